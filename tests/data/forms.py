"""One tiny data set per form, as its makers lay it out; and how many usable lines each has."""

import io
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import openpyxl
import pyarrow
import pyarrow.parquet
from PIL import Image, ImageDraw

from tests.data.fixtures import draw_strokes, make_texts, write_manifest

ARABIC = make_texts("ar", 12)
URDU = make_texts("ur", 12)
PERSIAN = make_texts("fa", 12)


def save(path: Path, text: str = "ا ب") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_strokes(text).save(path)


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def khatt_official(root: Path) -> int:
    """Twelve unique lines in Windows-1256 with trailing lines, three fixed ones that are left out."""
    top = root / "KHATT_v1.0"
    for at, text in enumerate(ARABIC):
        split = ("Train", "Train", "Validate", "Test")[at // 3]
        name = f"AHTD3A{at // 2 + 1:04d}_Para{2 + at % 2}_{at % 3 + 1}"
        save(top / f"LineImages_v1.0/UniqueTextLineImages/{split}/{name}.tif", text)
        write(
            top / f"GroundTruth_v1.0/UniqueTextUnicodeTruthValues-v1.0/{split}/{name}.txt",
            f"{text}\r\nsecond line\r\n",
            "cp1256",
        )
    for at in range(3):
        name = f"AHTD3A0001_Para1_{at + 1}"
        save(top / f"LineImages_v1.0/FixedTextLineImages/Train/{name}.tif")
        write(top / f"GroundTruth_v1.0/FixedTextUnicodeTruthValues-v1.0/Train/{name}.txt", "ثابت", "cp1256")
    write(
        top / "GroundTruth_v1.0/FixedTextLinesLatinTransliteration/TrainLabels_Translated.txt",
        "AHTD3A0001_Para1_1.tif ma na\n",
    )
    return 12


def write_workbook(path: Path, sheets: dict[str, list[tuple[str, str]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def khatt_pilot(root: Path) -> int:
    """Twelve training lines and five of the validation sheet, one of which lies in the training folder."""
    training = [(f"AHTD3A{at // 3 + 1:04d}_Para2_{at % 3 + 1}.tif", text) for at, text in enumerate(ARABIC)]
    validation = [(f"AHTD3A{9 + at // 2:04d}_Para3_{at % 2 + 1}.tif", text) for at, text in enumerate(ARABIC[:4])]
    validation.append(("AHTD3A0001_Para3_9.tif", ARABIC[4]))  # a writer of the training sheet
    validation += [(f"AHTD3A0020_Para2_{at}.tif", ARABIC[5]) for at in range(1, 9)]
    for name, text in training:
        save(root / "data/train_data" / name, text)
    for name, text in validation:
        folder = "train_data" if name == "AHTD3A0009_Para3_1.tif" else "test_data"
        save(root / "data" / folder / name, text)
    write_workbook(root / "data/Groundtruth-Unicode.xlsx", {"Training": training, "Validation": validation})
    write(root / "data/Groundtruth-Latin-TrainingSet.txt", "AHTD3A0001_Para2_1.tif\t ma  na  sp\n")
    return len(training) + len(validation)


def nust_uhwr(root: Path) -> int:
    """Nested as in the copies, no line end after the last row; one listed image is missing."""
    base = root / "DataSet/UHWR/UHWR"
    for split, numbers in (("train", range(8)), ("val", range(8, 10)), ("test", range(10, 12))):
        rows = [f"Dataset/images/{number:05d}.jpg\t{URDU[number]}" for number in numbers]
        for number in numbers:
            if number != 3:
                save(base / f"Dataset/images/{number:05d}.jpg", URDU[number])
        write(base / f"{split}.txt", "\n".join(rows))
    return 11


def phtd_lines(root: Path) -> int:
    """The prepared layout with PHTD's ids; one id occurs twice."""
    for split, page in (("train", 48), ("val", 50), ("test", 129)):
        rows = []
        for line in range(1, 5):
            line_id = f"persian_{page:03d}_line_{line:03d}"
            save(root / split / f"{line_id}.png", PERSIAN[line])
            rows.append(f"{line_id} {PERSIAN[line]}")
        write(root / split / "gt.txt", "\n".join([*rows, rows[0]]) + "\n")
    return 12


def prepared(root: Path) -> int:
    """Both places of images, both separators, ids with and without extension, an empty text, CRLF and a BOM."""
    rows = {
        "train": ["a1 " + ARABIC[0], "a2.png  " + ARABIC[1], "a3\t" + ARABIC[2], "a4 "],
        "Validate": ["b1 " + ARABIC[3]],
        "eval": ["c1 " + ARABIC[4], "c.2 " + ARABIC[5]],
    }
    for split, lines in rows.items():
        for line in lines:
            stem = line.split()[0].removesuffix(".png")
            save(root / "set" / split / ("images" if stem in ("a2", "c1") else "") / f"{stem}.png")
        write(root / "set" / split / "gt.txt", "\ufeff" + "\r\n".join(lines) + "\r\n")
    return 6


def list_files(root: Path) -> int:
    """Lists with TAB, a TAB inside the text, and the same file name in two folders."""
    for split, texts in (("train", ARABIC[:5]), ("valid", ARABIC[5:7]), ("testing", ARABIC[7:9])):
        rows = []
        for at, text in enumerate(texts):
            save(root / split / f"line{at}.png", text)
            rows.append(f"{split}/line{at}.png\t{text}")
        write(root / f"{split}.txt", "\n".join(rows) + "\n")
    with (root / "train.txt").open("a", encoding="utf-8") as file:
        file.write("train/tab.png\tباب\tبيت\n")
    save(root / "train/tab.png")
    return 10


def manifest(root: Path) -> int:
    """A table with a language column, beside list files that must not be counted too."""
    rows = []
    for at, (language, text) in enumerate(zip(("ar", "ur") * 3, (ARABIC[0], URDU[0]) * 3, strict=True)):
        save(root / f"images/{at}.png", text)
        rows.append((f"images/{at}.png", text, ("train", "val", "test")[at // 2], f"w{at // 2}", language))
    write_manifest(root, rows, ("image", "text", "split", "writer", "lang"))
    shutil.copy(root / "images/0.png", root / "images/unlisted.png")
    write(root / "train.txt", f"images/0.png\t{ARABIC[0]}\n")
    return 6


def pylaia(root: Path) -> int:
    """Texts in a list of symbols, in a plain list with a TAB, and as files in Windows-1256; an id without a text."""
    base = root / "KHATT"
    parts = {"train": ARABIC[:4], "valid": ARABIC[4:6], "test": ARABIC[6:9]}
    for part, texts in parts.items():
        ids = [f"{part}/AHTD3A{at:04d}_Para2_1" for at in range(len(texts))]
        for line_id, text in zip(ids, texts, strict=True):
            folder = "data" if part == "test" else "images"
            save(base / folder / f"{line_id}.jpg", text)
            if part == "test":
                write(base / "labels" / f"{line_id.partition('/')[2]}.txt", f"{text}\r\n", "cp1256")
        extra = [f"{part}/nobody"] if part == "train" else []
        write(base / f"{part}_ids.txt", "\n".join([*ids, *extra]) + "\n")
        if part == "train":
            symbols = [" ".join(text).replace("   ", " <space> ") for text in texts]
            write(base / "train_text.txt", "".join(f"{a} {b}\n" for a, b in zip(ids, symbols, strict=True)))
        elif part == "valid":
            write(base / "valid_text.txt", "".join(f"{a}\t{b}\n" for a, b in zip(ids, texts, strict=True)))
    return 9


def kraken_pairs(root: Path) -> int:
    """Folders for the parts, a binarised variant beside its line, a text without a line end, a blank at its start."""
    for split, texts in (("train", ARABIC[:4]), ("eval", ARABIC[4:6])):
        for at, text in enumerate(texts):
            save(root / "pairs" / split / f"{at:06d}.png", text)
            write(root / "pairs" / split / f"{at:06d}.gt.txt", f" {text}" if at else f"{text}\n")
    save(root / "pairs/train/000001.bin.png")
    (root / "pairs/train/000002.png").rename(root / "pairs/train/000002.nrm.png")
    return 6


def same_stem(root: Path) -> int:
    """One folder, texts with several line ends after them, and some words about it all."""
    for at, text in enumerate(PERSIAN[:5]):
        save(root / f"line {at}.jpg", text)
        write(root / f"line {at}.txt", f"{text}\r\n\r\n")
    write(root / "readme.md", "lines of a test")
    return 5


def sister_folders(root: Path) -> int:
    """Parts below the folders and above them, texts in Windows-1256, and a text that belongs to nothing."""
    for at, text in enumerate(ARABIC[:6]):
        part = ("train", "test")[at // 3]
        save(root / f"set/images/{part}/{at}.tif", text)
        write(root / f"set/labels/{part}/{at}.txt", text, "cp1256")
    save(root / "set/val/images/7.png", ARABIC[7])
    write(root / "set/val/labels/7.txt", ARABIC[7])
    write(root / "set/labels/train/9.txt", ARABIC[8])
    return 7


Box = tuple[int, int, int, int]
"""(left, top, width, height)"""


def save_page(path: Path, texts: Sequence[str], *, dpi: int | None = None) -> tuple[tuple[int, int], list[Box]]:
    """Draw a page of lines; give its size and the box of each line."""
    lines = [draw_strokes(text) for text in texts]
    width, boxes = max((line.width for line in lines), default=80) + 40, list[Box]()
    page = Image.new("L", (width, 60 * len(lines) + 40), 235)
    for at, line in enumerate(lines):
        boxes.append((width - 20 - line.width, 20 + 60 * at, line.width, line.height))
        page.paste(line.point(lambda level: min(level, 235)), boxes[-1][:2])
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path, **({"dpi": (dpi, dpi)} if dpi else {}))
    return page.size, boxes


def corners(box: Box) -> list[tuple[int, int]]:
    left, top, width, height = box
    right, bottom = left + width - 1, top + height - 1
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def spelled(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def page_line(line_id: str, box: Box, text: str, attributes: str = "") -> str:
    """A line as PAGE has it since 2013."""
    return (
        f'<TextLine id="{line_id}" {attributes}><Coords points="{spelled(corners(box))}"/>'
        f'<Baseline points="1,1 2,2"/><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>'
    )


def old_page_line(line_id: str, box: Box, text: str) -> str:
    """A line as PAGE had it until 2010."""
    points = "".join(f'<Point x="{x}" y="{y}"/>' for x, y in corners(box))
    return (
        f'<TextLine id="{line_id}"><Coords>{points}</Coords><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>'
    )


def page_file(image: str, size: tuple[int, int], content: str, year: str = "2019-07-15") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{year}">\n<Metadata/>\n'
        f"<Page imageFilename={quoteattr(image)} "
        f'imageWidth="{size[0]}" imageHeight="{size[1]}">\n{content}\n</Page>\n</PcGts>\n'
    )


def alto_line(line_id: str, box: Box, content: str, shape: str | None = None) -> str:
    """A line as ALTO has it, its polygon where `shape` gives one."""
    left, top, width, height = box
    polygon = f'<Shape><Polygon POINTS="{shape}"/></Shape>' if shape is not None else ""
    place = f'HPOS="{left}" VPOS="{top}" WIDTH="{width}" HEIGHT="{height}"'
    return f'<TextLine ID="{line_id}" BASELINE="{top + height}" {place}>{polygon}{content}</TextLine>'


def alto_file(
    image: str, size: tuple[float, float] | None, content: str, unit: str | None = "pixel", version: int = 4
) -> str:
    told = f'WIDTH="{size[0]}" HEIGHT="{size[1]}"' if size else ""
    return (
        f'<?xml version="1.0"?>\n<alto xmlns="http://www.loc.gov/standards/alto/ns-v{version}#">\n<Description>'
        f"{f'<MeasurementUnit>{unit}</MeasurementUnit>' if unit else ''}<sourceImageInformation>"
        f"<fileName>{image}</fileName></sourceImageInformation></Description>\n"
        f'<Layout><Page ID="page" PHYSICAL_IMG_NR="1" {told}>\n<PrintSpace>{content}</PrintSpace>\n</Page></Layout>'
        "</alto>\n"
    )


def page_xml(root: Path) -> int:
    """As Transkribus exports it, with lines out of order; an old page with `Point` elements; a METS file beside."""
    size, boxes = save_page(root / "set/train/0001.jpg", ARABIC[:3])
    lines = [page_line(f"l{at}", box, ARABIC[at]) for at, box in enumerate(boxes)]
    ordered = [line.replace(" ><", f' custom="readingOrder {{index:{at};}}"><', 1) for at, line in enumerate(lines)]
    region = f'<TextRegion id="r1" custom="readingOrder {{index:0;}}">{"".join(reversed(ordered))}</TextRegion>'
    write(root / "set/train/page/0001.xml", page_file("0001.jpg", size, region, "2013-07-15"))
    write(root / "set/train/mets.xml", '<mets:mets xmlns:mets="http://www.loc.gov/METS/"/>')
    size, boxes = save_page(root / "set/test/images/0001.png", ARABIC[3:5])
    old = [old_page_line(f"l{at}", box, ARABIC[3 + at]) for at, box in enumerate(boxes)]
    content = f'<TextRegion id="r1">{"".join(old)}</TextRegion>'
    write(root / "set/test/xml/0001.xml", page_file("0001.png", size, content, "2010-03-19"))
    return 5


def alto_xml(root: Path) -> int:
    """A page of eScriptorium with polygons, one with words and boxes in tenths of a millimetre, a line without text."""
    size, boxes = save_page(root / "book/one.png", URDU[:3])
    lines = [
        alto_line(f"eSc_line_{at}", box, f'<String CONTENT="{URDU[at]}"/>', spelled(corners(box)).replace(",", " "))
        for at, box in enumerate(boxes)
    ]
    lines.append(alto_line("eSc_line_9", (5, 5, 20, 10), '<String CONTENT=""/>'))
    block = f'<TextBlock ID="eSc_dummyblock_">{"".join(lines)}</TextBlock>'
    write(root / "book/one.xml", alto_file("one.png", size, block))
    size, boxes = save_page(root / "book/two.png", URDU[3:5])
    lines = [
        alto_line(
            f"l{at}",
            (box[0] * 5, box[1] * 5, box[2] * 5, box[3] * 5),
            "<SP/>".join(f'<String CONTENT="{word}"/>' for word in URDU[3 + at].split()),
        )
        for at, box in enumerate(boxes)
    ]
    told = (size[0] * 5, size[1] * 5)
    write(root / "book/two.xml", alto_file("file:///scans/two.tif", told, "".join(lines), "mm10", 2))
    return 5


def imagefolder(root: Path) -> int:
    """A table in each folder of a part: CSV, JSON lines, Parquet; one image that no row names."""
    base = root / "data"
    for part, texts in (("train", ARABIC[:4]), ("validation", ARABIC[4:6]), ("test", ARABIC[6:8])):
        names = [f"AHTD3A{at:04d}_Para2_{at + 1}.jpg" for at in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            save(base / part / name, text)
        rows = [{"file_name": name, "text": text} for name, text in zip(names, texts, strict=True)]
        if part == "train":
            write(base / part / "metadata.csv", "".join(f"{a['file_name']},{a['text']}\n" for a in [_HEAD, *rows]))
        elif part == "validation":
            write(base / part / "metadata.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        else:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), base / part / "metadata.parquet")
    save(base / "test/unlisted.jpg")
    return 8


_HEAD = {"file_name": "file_name", "text": "text"}


def drawn(text: str) -> bytes:
    """Bytes of a line image."""
    file = io.BytesIO()
    draw_strokes(text).save(file, "PNG")
    return file.getvalue()


IMAGE = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])


def write_parquet(path: Path, columns: dict[str, Any], *, rows_per_group: int = 3) -> None:
    """Write a shard as the library `datasets` does, in small groups of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    types = {"image": IMAGE}
    arrays = {name: pyarrow.array(values, type=types.get(name)) for name, values in columns.items()}
    pyarrow.parquet.write_table(pyarrow.table(arrays), path, row_group_size=rows_per_group)


def hf_parquet(root: Path) -> int:
    """Two shards of a part, a path used twice, rows without bytes of which one names a file, a row with neither."""
    rows = [{"bytes": drawn(text), "path": f"AHTD3A{at // 3:04d}_Para2_{at % 3}.tif"} for at, text in enumerate(ARABIC)]
    rows[5] = {**rows[5], "path": rows[4]["path"]}
    write_parquet(root / "data/train-00000-of-00002-0a1b.parquet", {"image": rows[:6], "text": list(ARABIC[:6])})
    write_parquet(root / "data/train-00001-of-00002-0a1b.parquet", {"image": rows[6:8], "text": list(ARABIC[6:8])})
    save(root / "data/beside.png", ARABIC[8])
    others = [{"bytes": None, "path": "beside.png"}, rows[9], {"bytes": None, "path": None}, None]
    texts = [*ARABIC[8:11], None]
    write_parquet(root / "data/validation-00000-of-00001.parquet", {"image": others, "text": texts})
    return 10


def write_kraken(path: Path, lines: Sequence[tuple[str, str | None]], *, kind: str = "bbox", batch: int = 3) -> None:
    """Write what kraken compiles: (text, part) of each line; a part of None is in no mask."""
    told = {"type": f"kraken_recognition_{kind}", "alphabet": {}, "text_type": "raw", "image_type": "raw"}
    told |= {"splits": ["train", "eval", "test"], "im_mode": "L", "counts": {"all": len(lines)}}
    table = pyarrow.table(
        {
            "lines": pyarrow.array([{"text": text, "im": drawn(text), "language": ["ara"]} for text, _ in lines]),
            **{part: [one == part for _, one in lines] for part in ("train", "validation", "test")},
        }
    ).replace_schema_metadata({"lines": json.dumps(told)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with pyarrow.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch)


def kraken_arrow(root: Path) -> int:
    """A file with masks, of which one line is in none, and a file named as a part whose masks are all false."""
    parts = ["train"] * 4 + ["validation"] * 2 + ["test", None]
    write_kraken(root / "set/lines.arrow", list(zip(ARABIC[:8], parts, strict=True)), kind="baseline")
    write_kraken(root / "set/test.arrow", [(text, None) for text in ARABIC[8:10]])
    return 10


def workbook(root: Path) -> int:
    """Sheets named as parts, one with names of columns and one without; images in a folder; a sheet of remarks."""
    for at, text in enumerate(URDU[:6]):
        save(root / f"scans/{at:05d}.jpg", text)
    train: list[Any] = [("Label", "Filename", "Writer"), *((URDU[at], f"{at:05d}.jpg", f"w{at}") for at in range(4))]
    test = [(f"{at:05d}.jpg", URDU[at]) for at in (4, 5, 9)]
    write_workbook(root / "lines.xlsx", {"Train": train, "Test": test, "About": [("some", "words")]})
    return 6


def write_page(root: Path, name: str, colours: Sequence[tuple[int, int, int]], *, paper: int = 255) -> Image.Image:
    """A page with as many lines as colours, and its mask, which is returned and not stored."""
    page = Image.new("L", (200, 20 + 50 * len(colours)), 255)
    mask = Image.new("RGB", page.size, (paper,) * 3)
    for at, colour in enumerate(colours):
        line = draw_strokes(PERSIAN[at])
        page.paste(line, (10, 10 + 50 * at))
        ImageDraw.Draw(mask).rectangle((12, 12 + 50 * at, 8 + line.width, 46 + 50 * at), fill=colour)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    page.save(root / name)
    return mask


def mask_pages(root: Path) -> int:
    """Masks in colours and in grey values, beside the page and in a folder of their own; a page that does not agree."""
    colours = [(255, 0, 0), (0, 0, 255), (0, 128, 0)]
    write_page(root, "pages/p1.png", colours).save(root / "pages/p1_mask.png")
    grey = write_page(root, "pages/p2.png", [(3, 3, 3), (1, 1, 1)], paper=0)
    (root / "pages/masks").mkdir()
    grey.convert("L").save(root / "pages/masks/p2.png")
    write_page(root, "pages/p3.png", colours).save(root / "pages/p3_mask.png")
    write(root / "pages/p1.txt", "\n".join(PERSIAN[:3]) + "\n")
    write(root / "pages/p2.txt", "\r\n".join(PERSIAN[:2]), "cp1256")
    write(root / "pages/p3.txt", "\n".join(PERSIAN[:2]) + "\n")
    return 5


FORMS: dict[str, Callable[[Path], int]] = {
    "imagefolder": imagefolder,
    "hf_parquet": hf_parquet,
    "kraken_arrow": kraken_arrow,
    "workbook": workbook,
    "mask_pages": mask_pages,
    "khatt_official": khatt_official,
    "khatt_pilot": khatt_pilot,
    "nust_uhwr": nust_uhwr,
    "phtd_lines": phtd_lines,
    "prepared": prepared,
    "list_files": list_files,
    "manifest": manifest,
    "pylaia": pylaia,
    "kraken_pairs": kraken_pairs,
    "same_stem": same_stem,
    "sister_folders": sister_folders,
    "page_xml": page_xml,
    "alto_xml": alto_xml,
}


def blank(path: Path, size: tuple[int, int] = (60, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, 255).save(path)

"""Everything that may be wrong with a file, a row or a name: the right words for it, and all other lines are read."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.fixtures import draw_strokes, make_texts
from tests.data.forms import save, write
from tests.data.test_images import png_of_size
from workbench.data.catalog import Inspection, inspect
from workbench.data.line import LineSet

GOOD = make_texts("ar", 3)
LINE = draw_strokes("كتاب قلم")


def look(path: Path) -> LineSet:
    *_, last = inspect(path)
    assert isinstance(last, Inspection)
    (lines,) = last.sets
    return lines


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(LINE.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)


def _pages() -> bytes:
    return encoded(LINE, "TIFF", save_all=True, append_images=[LINE])


PNG, JPEG = encoded(LINE, "PNG"), encoded(LINE, "JPEG")

BAD_IMAGES: dict[str, tuple[bytes, str]] = {
    "0 bytes": (b"", "the file is empty (0 bytes)"),
    "truncated PNG": (PNG[: len(PNG) // 2], "the image is damaged"),
    "truncated JPEG": (JPEG[: len(JPEG) // 2], "the image is damaged"),
    "a text with the ending of an image": (b"no image", "not a PNG, JPEG, TIFF or BMP image, or damaged"),
    "PDF": (encoded(LINE, "PDF"), "not a PNG, JPEG, TIFF or BMP image, or damaged"),
    "animated GIF": (
        encoded(LINE, "GIF", save_all=True, append_images=[LINE]),
        "not a PNG, JPEG, TIFF or BMP image, or damaged",
    ),
    "one pixel": (encoded(Image.new("L", (1, 1)), "PNG"), "1 × 1 px is too small for a line of text"),
    "one row": (encoded(Image.new("L", (30_000, 1)), "PNG"), "30000 × 1 px is too small for a line of text"),
    "one column": (encoded(Image.new("L", (1, 30_000)), "PNG"), "1 × 30000 px is too small for a line of text"),
    "a stripe": (encoded(Image.new("L", (3000, 5)), "PNG"), "3000 × 5 px is no line of text"),
    "a bomb": (png_of_size(60_000, 60_000), "it is larger than 50 megapixels"),
    "just too large": (png_of_size(10_000, 5_001), "10000 × 5001 px is more than 50 megapixels"),
}

ODD_IMAGES: dict[str, tuple[str, bytes, str]] = {
    "bilevel TIFF": ("tif", encoded(LINE.convert("1"), "TIFF", compression="group4"), ""),
    "16-bit PNG": ("png", encoded(Image.fromarray(np.asarray(LINE).astype(np.uint16) * 257), "PNG"), ""),
    "RGBA PNG": ("png", encoded(LINE.convert("RGBA"), "PNG"), ""),
    "palette PNG": ("png", encoded(LINE.convert("P"), "PNG"), ""),
    "CMYK JPEG": ("jpg", encoded(LINE.convert("RGB").convert("CMYK"), "JPEG", quality=95), ""),
    "JPEG lying on its side": ("jpg", _turned(), ""),
    "PNG called JPEG": ("jpg", PNG, ""),
    "several pages": ("tif", _pages(), "several pages, the first is used: 1 image"),
    "animated PNG": (
        "png",
        encoded(LINE, "PNG", save_all=True, append_images=[draw_strokes("بيت ليل")]),
        "several pages, the first is used: 1 image",
    ),
    "white on black": (
        "png",
        encoded(Image.fromarray(255 - np.asarray(LINE)), "PNG"),
        "white on black, inverted: 1 image",
    ),
    "blank": ("png", encoded(Image.new("L", LINE.size, 255), "PNG"), "no ink at all: 1 image"),
}


def good_lines(root: Path) -> list[str]:
    """Three good lines; the rows of a list that names them."""
    for at, text in enumerate(GOOD):
        save(root / f"good{at}.png", text)
    return [f"good{at}.png\t{text}" for at, text in enumerate(GOOD)]


def found_beside(root: Path) -> tuple[list[str], list[str], str]:
    """Ids of the lines beside the three good ones, which must all be there; reasons of problems; notes."""
    lines = look(root)
    ids = [line.id for line in lines.lines]
    assert set(ids) >= {"good0", "good1", "good2"}
    reasons = [problem.reason for problem in lines.problems if not problem.is_note]
    notes = "\n".join(problem.reason for problem in lines.problems if problem.is_note)
    return [one for one in ids if not one.startswith("good")], reasons, notes


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_an_image_that_cannot_be_used_is_listed_with_its_reason(name: str, tmp_path: Path) -> None:
    content, reason = BAD_IMAGES[name]
    rows = good_lines(tmp_path)
    (tmp_path / "bad.png").write_bytes(content)
    write(tmp_path / "train.txt", "\n".join(["bad.png\tباب", *rows]))
    ids, reasons, _ = found_beside(tmp_path)
    assert ids == []
    assert len(reasons) == 1
    assert reasons[0].removeprefix("bad.png: ").partition(" (")[0] == reason.partition(" (")[0]


@pytest.mark.parametrize("name", ODD_IMAGES)
def test_an_odd_image_is_a_line_like_others(name: str, tmp_path: Path) -> None:
    ending, content, note = ODD_IMAGES[name]
    rows = good_lines(tmp_path)
    (tmp_path / f"odd.{ending}").write_bytes(content)
    write(tmp_path / "train.txt", "\n".join([f"odd.{ending}\tباب", *rows]))
    ids, reasons, notes = found_beside(tmp_path)
    assert (ids, reasons) == (["odd"], [])
    assert note in notes
    assert ("several pages" in notes, "inverted" in notes) == ("several pages" in note, "inverted" in note)


LISTS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "UTF-8": (str.encode, ""),
    "UTF-8 with its mark": (lambda text: b"\xef\xbb\xbf" + text.encode(), ""),
    "UTF-16 with its mark": (lambda text: text.encode("utf-16"), "rows decoded as UTF-16 (4)"),
    "UTF-16 without": (lambda text: text.encode("utf-16-le"), "rows decoded as UTF-16 (4)"),
    "Windows-1256": (lambda text: text.encode("cp1256"), "rows decoded as Windows-1256 (4)"),
    "CRLF": (lambda text: text.replace("\n", "\r\n").encode(), ""),
    "CR": (lambda text: text.replace("\n", "\r").encode(), ""),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_in_any_encoding_gives_the_same_lines(name: str, tmp_path: Path) -> None:
    encode, note = LISTS[name]
    rows = [*good_lines(tmp_path), "more.png\tمدرسة في البيت"]
    save(tmp_path / "more.png")
    (tmp_path / "train.txt").write_bytes(encode("\n".join(rows) + "\n"))
    lines = look(tmp_path)
    assert [line.transcription for line in lines.lines] == [*GOOD, "مدرسة في البيت"]
    notes = [problem.reason for problem in lines.problems]
    assert [reason for reason in notes if reason.startswith("rows decoded")] == ([note] if note else [])


BAD_ROWS: dict[str, tuple[str, str]] = {
    "no text": ("row.png\t", "row.png: the transcription is empty"),
    "no text, no TAB": ("row.png", "row.png: the transcription is empty"),
    "missing image": ("nobody.png\tباب", "the image nobody.png is missing"),
    "an image twice": ("good0.png\tباب", "the image good0.png is listed twice; used as in train.txt, row 1"),
    "NUL in the text": ("row.png\tبا\x00ب", "row.png: the transcription holds the control character U+0000"),
    "C1 control": ("row.png\tبا\x9fب", "row.png: the transcription holds the control character U+009F"),
    "marks alone": ("row.png\t\u200f\u061c", "row.png: the transcription holds no visible character"),
    "upwards": ("../outside.png\tباب", "image '../outside.png': the path leads out of the data set"),
    "far upwards": (
        "../../etc/passwd.png\tباب",
        "image '../../etc/passwd.png': the path leads out of the data set",
    ),
    "down and upwards": (
        "a/../../outside.png\tباب",
        "image 'a/../../outside.png': the path leads out of the data set",
    ),
    "absolute": ("/etc/passwd.png\tباب", "image '/etc/passwd.png': the path is absolute and leads out of the data set"),
    "drive": ("C:\\a.png\tباب", "image 'C:\\\\a.png': the path is absolute and leads out of the data set"),
    "UNC": (
        "\\\\server\\share\\a.png\tباب",
        "image '\\\\\\\\server\\\\share\\\\a.png': the path is absolute and leads out of the data set",
    ),
    "address": ("file:///a.png\tباب", "image 'file:///a.png': the path is absolute and leads out of the data set"),
    "encoded upwards": ("%2e%2e/outside.png\tباب", "the image %2e%2e/outside.png is missing"),
    "twice encoded": ("%252e%252e/outside.png\tباب", "the image %252e%252e/outside.png is missing"),
    "NUL in the name": ("row\x00.png\tباب", "image 'row\\x00.png': the path holds a NUL character"),
    "link outwards": ("link.png\tباب", "image 'link.png': a link that leads out of the data set is not followed"),
    "pipe": ("pipe.png\tباب", "image 'pipe.png': not a plain file (pipe, socket or device), not opened"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_one_listed_problem(name: str, tmp_path: Path) -> None:
    row, reason = BAD_ROWS[name]
    root = tmp_path / "set"
    rows = good_lines(root)
    save(root / "row.png")
    save(tmp_path / "outside.png")
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(root / "pipe.png")
    write(root / "train.txt", "\n".join([*rows[:1], row, *rows[1:]]))
    lines = look(root)
    assert [line.id for line in lines.lines] == ["good0", "good1", "good2"]
    listed = [problem for problem in lines.problems if problem.path == "train.txt"]
    assert [(problem.row, problem.reason, problem.is_note) for problem in listed] == [(2, reason, False)]


ODD_ROWS: dict[str, tuple[str, str, str]] = {
    "a TAB inside": ("row.png\tباب\tبيت", "باب\tبيت", "a TAB: 1 transcription"),
    "a hash": ("row.png\tباب # بيت", "باب # بيت", "'#' (in KHATT: an illegible or struck-out piece): 1"),
    "two blanks": ("row.png\tباب  بيت", "باب  بيت", "two or more blanks in a row: 1"),
    "BOM inside": ("row.png\tباب\ufeffبيت", "باب\ufeffبيت", "other invisible characters"),
    "line separator inside": ("row.png\tباب\u2028بيت", "باب\u2028بيت", "other invisible characters"),
    "bidi controls": ("row.png\t\u202bباب\u202c", "\u202bباب\u202c", "direction marks"),
    "private use": ("row.png\tباب \ue000", "باب \ue000", "private-use or unassigned code points: 1"),
    "presentation forms": ("row.png\tﺑﺎﺏ ﷲ", "ﺑﺎﺏ ﷲ", "presentation forms"),
    "Tatweel": ("row.png\tبــاب بيت", "بــاب بيت", "Tatweel (U+0640): 1"),
    "decomposed": ("row.png\tا\u0653باب بيت", "ا\u0653باب بيت", "not in Unicode's composed form (NFC): 1"),
    "ZWNJ": ("row.png\tمی\u200cروم", "می\u200cروم", "ZWNJ (U+200C): 1"),
    "two digit systems": ("row.png\t12 ۱۲ باب", "12 ۱۲ باب", "two digit systems side by side: 1"),
    "two kinds of Yeh": ("row.png\tبيت بیت", "بيت بیت", "Arabic and Persian Yeh side by side"),
    "very long": ("row.png\t" + "ب" * 200_000, "ب" * 200_000, "longer than 1,000 characters: 1"),
    "encoded blank in the name": ("with%20blank.png\tباب بيت", "باب بيت", ""),
    "encoded letters in the name": ("%D8%B3.png\tباب بيت", "باب بيت", ""),
    "a percent sign of its own": ("100%.png\tباب بيت", "باب بيت", ""),
    "an id with dots": ("a.b.c.png\tباب بيت", "باب بيت", ""),
    "backslash": ("folder\\deep.png\tباب بيت", "باب بيت", ""),
    "other case": ("ROW.PNG\tباب بيت", "باب بيت", ""),
}


@pytest.mark.parametrize("name", ODD_ROWS)
def test_an_odd_row_is_a_line_and_keeps_its_text(name: str, tmp_path: Path) -> None:
    row, text, note = ODD_ROWS[name]
    rows = good_lines(tmp_path)
    for image in ("row", "with blank", "س", "100%", "a.b.c", "folder/deep"):
        save(tmp_path / f"{image}.png")
    write(tmp_path / "train.txt", "\n".join([*rows, row]))
    lines = look(tmp_path)
    assert [line.transcription for line in lines.lines] == [*GOOD, text]
    told = [problem.reason for problem in lines.problems]
    assert any(note in reason for reason in told) or not note
    if name == "an id with dots":
        assert lines.lines[-1].id == "a.b.c"


def test_texts_stored_backwards_are_told(tmp_path: Path) -> None:
    for at, text in enumerate(make_texts("ar", 8)):
        save(tmp_path / f"{at}.png")
        write(tmp_path / f"{at}.txt", f"{text} .."[::-1])
    lines = look(tmp_path)
    assert any("STORED REVERSED" in problem.reason and ", 0 against" in problem.reason for problem in lines.problems)


PAIRS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing text": (lambda root: (root / "bad.txt").unlink(), "no transcription (bad.txt) belongs to this image"),
    "missing image": (lambda root: (root / "bad.png").unlink(), "no image belongs to this transcription"),
    "0 bytes of text": (lambda root: (root / "bad.txt").write_bytes(b""), "bad.png: the transcription is empty"),
    "blank text": (lambda root: (root / "bad.txt").write_bytes(b" \r\n"), "bad.png: the transcription is empty"),
    "undecodable text": (
        lambda root: (root / "bad.txt").write_bytes("مدرسة".encode()[:-1]),
        "neither UTF-8 nor Windows-1256 text",
    ),
    "two rows of text": (
        lambda root: write(root / "bad.txt", "باب\nبيت\n"),
        "the file holds 2 rows of text: not the transcription of one line",
    ),
    "far too much text": (
        lambda root: (root / "bad.txt").write_bytes(b"a" * 1_000_001),
        "the file is larger than 1 MB",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_that_is_not_whole_is_listed(name: str, tmp_path: Path) -> None:
    damage, reason = PAIRS[name]
    for at, text in enumerate(GOOD):
        save(tmp_path / f"good{at}.png")
        write(tmp_path / f"good{at}.txt", text)
    save(tmp_path / "bad.png")
    write(tmp_path / "bad.txt", "باب")
    damage(tmp_path)
    ids, reasons, _ = found_beside(tmp_path)
    assert (ids, reasons) == ([], [reason])


TABLES: dict[str, tuple[bytes, list[str], list[tuple[int | None, str]]]] = {
    "semicolons": ("image;text\na.png;باب\nb.png;بيت\n".encode(), ["باب", "بيت"], []),
    "semicolons in Windows-1256": ("image;text\na.png;باب\nb.png;بيت\n".encode("cp1256"), ["باب", "بيت"], []),
    "a spreadsheet's hint": ('sep=;\nimage;text\na.png;"باب, بيت"\nb.png;بيت\n'.encode(), ["باب, بيت", "بيت"], []),
    "mark, CRLF, commas, quotes": (
        '\ufeffimage,text\r\na.png,"باب, ""بيت"""\r\nb.png,بيت\r\n'.encode(),
        ['باب, "بيت"', "بيت"],
        [],
    ),
    "UTF-16": ("image\ttext\na.png\tباب\nb.png\tبيت\n".encode("utf-16"), ["باب", "بيت"], []),
    "a line break in quotes": (
        'image,text\na.png,"باب\nبيت"\nb.png,بيت\n'.encode(),
        ["بيت"],
        [(2, "a.png: the transcription holds a line break")],
    ),
    "a quotation mark that never closes": (
        ('image,text\na.png,"باب\nb.png,بيت\n' + "c.png,ليل\n" * 30).encode(),
        ["بيت"],
        [
            (2, "a quotation mark opens in this row and does not close within 20 rows"),
            *((at, "the image c.png is missing") for at in range(4, 34)),
        ],
    ),
    "too many cells": (
        "image,text\na.png,باب,بيت\nb.png,بيت\n".encode(),
        ["بيت"],
        [(2, "the row has 3 cells, the table has 2 columns")],
    ),
    "too few cells": (
        "image,text\na.png\nb.png,بيت\n".encode(),
        ["بيت"],
        [(2, "a.png: the transcription is empty")],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_as_they_are_met(name: str, tmp_path: Path) -> None:
    content, texts, problems = TABLES[name]
    save(tmp_path / "a.png")
    save(tmp_path / "b.png")
    (tmp_path / "lines.csv").write_bytes(content)
    lines = look(tmp_path)
    assert [line.transcription for line in lines.lines] == texts
    assert [(one.row, one.reason) for one in lines.problems if not one.is_note] == problems


def test_json_lines_that_cannot_be_used_are_each_listed(tmp_path: Path) -> None:
    rows = {
        '{"file_name": "a.png", "text": "باب"}': "",
        '{"file_name": "b.png", "text": ': "the row is no JSON",
        "[1, 2]": "the row is no JSON object",
        '{"text": "باب"}': "the row has no file_name",
        '{"file_name": "b.png"}': "the row has none of text, transcription",
        '{"file_name": "b.png", "text": 5}': "'text' is no text",
        '{"file_name": "b.png", "text": ["باب"]}': "'text' is no text",
        '{"file_name": "b.png", "text": null}': "b.png: the transcription is empty",
        '{"file_name": "../../b.png", "text": "باب"}': "image '../../b.png': the path leads out",
        "[" * 100_000: "the row is no JSON",
        '{"file_name": "b.png", "text": "\\ud800"}': "the transcription holds the control character U+D800",
        '{"file_name": "c.png", "text": "بيت"}': "",
    }
    for name in ("a", "b", "c"):
        save(tmp_path / f"train/{name}.png")
    write(tmp_path / "train/metadata.jsonl", "\n".join(rows) + "\n")
    lines = look(tmp_path)
    assert (lines.form, [line.id for line in lines.lines]) == ("imagefolder", ["a", "c"])
    listed = {one.row: one.reason for one in lines.problems if one.path.endswith(".jsonl") and not one.is_note}
    wanted = {number: reason for number, reason in enumerate(rows.values(), 1) if reason}
    assert listed.keys() == wanted.keys()
    assert [(wanted[row], listed[row][:300]) for row in wanted if wanted[row] not in listed[row]] == []

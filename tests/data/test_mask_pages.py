"""Pages with masks of lines: read where mask and text agree, listed with what was found where they do not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.data import forms
from tests.data.forms import PERSIAN, write, write_page
from workbench.data.catalog import Inspection, OpenedDataset, import_datasets, inspect
from workbench.data.cuts import MaskCut
from workbench.data.images import decode_grey
from workbench.data.line import LineSet
from workbench.runs.workspace import open_workspace

COLOURS = [(255, 0, 0), (0, 0, 255), (0, 128, 0)]


def look(path: Path) -> LineSet:
    *_, last = inspect(path)
    assert isinstance(last, Inspection)
    (lines,) = last.sets
    return lines


def test_lines_are_ordered_from_the_top_and_cut_out_of_the_page(tmp_path: Path) -> None:
    forms.mask_pages(tmp_path / "set")
    lines = look(tmp_path / "set")
    assert [(line.id, line.page, line.transcription) for line in lines.lines] == [
        ("p1_line_001", "p1", PERSIAN[0]),
        ("p1_line_002", "p1", PERSIAN[1]),
        ("p1_line_003", "p1", PERSIAN[2]),
        ("p2_line_001", "p2", PERSIAN[0]),
        ("p2_line_002", "p2", PERSIAN[1]),
    ]
    cuts = [line.cut for line in lines.lines]
    assert cuts[:2] == [MaskCut("pages/p1_mask.png", 0xFF0000), MaskCut("pages/p1_mask.png", 0x0000FF)]
    assert cuts[3:] == [MaskCut("pages/masks/p2.png", 0x030303), MaskCut("pages/masks/p2.png", 0x010101)]
    faults = [(one.path, one.reason) for one in lines.problems if not one.is_note]
    assert faults == [("pages/p3.png", "pages/p3_mask.png cannot be used: it has 3 colours, the text has 2 rows")]
    *_, stored = import_datasets(open_workspace(tmp_path / "workspace"), tmp_path / "set", name="pages")
    assert isinstance(stored, OpenedDataset)
    page = decode_grey((tmp_path / "set/pages/p1.png").read_bytes(), "p1", is_page=True).ink
    second = stored.cache.image("p1_line_002")
    assert second.shape[0] <= 45
    rows = page[60:100]
    assert abs(int(second.astype(np.int64).sum()) - int(rows.astype(np.int64).sum())) < 0.02 * rows.sum()


def _sister_folders(root: Path, mask: Image.Image) -> None:
    (root / "images").mkdir()
    (root / "p.png").rename(root / "images/p.png")
    (root / "pixel_gt").mkdir()
    mask.save(root / "pixel_gt/p.png")
    write(root / "content_gt/p.txt", "\n".join(PERSIAN[:3]))


def _beside(ending: str) -> Callable[[Path, Image.Image], None]:
    def lay(root: Path, mask: Image.Image) -> None:
        mask.save(root / f"p{ending}.png")
        write(root / "p.txt", "\n".join(PERSIAN[:3]))

    return lay


def _palette(root: Path, mask: Image.Image) -> None:
    _beside("_labels")(root, mask.quantize(8))


@pytest.mark.parametrize("lay", [_sister_folders, _beside("_gt"), _beside("-pixel"), _beside("_MASK"), _palette])
@pytest.mark.parametrize("paper", [0, 255])
def test_masks_are_found_however_they_are_called(
    lay: Callable[[Path, Image.Image], None], paper: int, tmp_path: Path
) -> None:
    lay(tmp_path, write_page(tmp_path, "p.png", COLOURS, paper=paper))
    lines = look(tmp_path)
    assert (lines.form, [line.transcription for line in lines.lines]) == ("mask_pages", PERSIAN[:3])


def test_few_pixels_at_the_edges_do_not_count(tmp_path: Path) -> None:
    mask = write_page(tmp_path, "p.png", COLOURS)
    for at in range(5):
        mask.putpixel((12 + at, 12), (250 - at, 30, 30))
    _beside("_mask")(tmp_path, mask)
    assert len(look(tmp_path).lines) == 3


def _blurred(mask: Image.Image) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 200, (*mask.size[::-1], 3), dtype=np.uint8)
    return Image.fromarray(noise)


def _black_beside_white(mask: Image.Image) -> Image.Image:
    ImageDraw.Draw(mask).rectangle((0, 0, 199, 5), fill=(0, 0, 0))
    return mask


def _side_by_side(mask: Image.Image) -> Image.Image:
    other = Image.new("RGB", mask.size, "white")
    pen = ImageDraw.Draw(other)
    pen.rectangle((5, 20, 80, 50), fill=COLOURS[0])
    pen.rectangle((100, 20, 180, 50), fill=COLOURS[1])
    pen.rectangle((5, 100, 180, 130), fill=COLOURS[2])
    return other


UNCLEAR: dict[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "a photograph": (_blurred, "has"),
    "two backgrounds": (_black_beside_white, "it has both black and white: either could be the background"),
    "lines beside each other": (_side_by_side, "lie at the same height: their order is not clear"),
    "another size": (lambda mask: mask.resize((100, 85)), "the mask is 100 × 85 px, the page 200 × 170 px"),
    "blank": (lambda mask: Image.new("RGB", mask.size, "white"), "or nothing beside it"),
    "one colour for all": (lambda mask: mask.convert("L").point(lambda v: 255 if v == 255 else 9), "it has 1 colour"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_is_not_clear_is_listed_and_not_guessed(name: str, tmp_path: Path) -> None:
    change, reason = UNCLEAR[name]
    write_page(tmp_path, "a.png", COLOURS).save(tmp_path / "a_mask.png")
    write(tmp_path / "a.txt", "\n".join(PERSIAN[:3]))
    change(write_page(tmp_path, "p.png", COLOURS)).save(tmp_path / "p_mask.png")
    write(tmp_path / "p.txt", "\n".join(PERSIAN[:3]))
    lines = look(tmp_path)
    assert [line.page for line in lines.lines] == ["a"] * 3
    (fault,) = [one for one in lines.problems if not one.is_note]
    assert fault.path in ("p.png", "p_mask.png")
    assert reason in fault.reason


def test_a_page_without_mask_or_text_is_listed(tmp_path: Path) -> None:
    forms.mask_pages(tmp_path)
    write_page(tmp_path, "pages/p9.png", COLOURS)
    lines = look(tmp_path)
    assert ("pages/p9.png", "no mask or no text belongs to this image") in [
        (one.path, one.reason) for one in lines.problems
    ]

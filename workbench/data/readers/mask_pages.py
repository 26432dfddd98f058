"""Page images with a mask that gives each line its own colour, and a text file with one row per line (as in PHTD).

*Source:* the description of PHTD: a ground truth of pixels and one of content for every page. How its mask is coded
could not be seen, so a page is read only where everything agrees: the mask has the size of the page and is a pure label
image, and it has as many colours as the text has rows. Lines are ordered by the height at which their pixels lie. All
else is listed, with what was found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.data.cuts import MaskCut, mask_colours
from workbench.data.identifiers import natural_key, part_of_folder
from workbench.data.images import IMAGE_SUFFIXES, MAX_FILE_BYTES, check_page_pixels, opened_image
from workbench.data.line import ReadProblem
from workbench.data.list_file import encoding_notes
from workbench.data.reader import Found, FoundLine, Match, counted, folder_of, note
from workbench.data.text_file import read_text_rows
from workbench.data.tree import FileTree, Place, place_of
from workbench.errors import InputError

_ENDINGS = ("mask", "masks", "gt", "label", "labels", "pixel", "pixels", "lines")
"""What stands after the name of a page in that of its mask, with `_` or `-` before it."""
_MASK_FOLDERS = frozenset({"mask", "masks", "pixel", "pixels", "pixel_gt", "gt_pixel", "gt", "labels"})
_PAGE_FOLDERS = frozenset({"images", "image", "pages", "page", "imgs", "img", "scans"})
_TEXT_FOLDERS = frozenset({"text", "texts", "content", "contents", "content_gt", "gt_content", "gt", "labels"})
_KINDS_OF_FOLDER = _MASK_FOLDERS | _PAGE_FOLDERS | _TEXT_FOLDERS
_MARKED = tuple(f"{mark}{ending}" for ending in _ENDINGS for mark in ("_", "-"))

MAX_COLOURS = 64
LABEL_SHARE = 0.98
"""Share of all pixels beside the background that the colours of lines must cover."""
LEAST_SHARE = 0.001
"""Of these pixels; a colour with fewer is the edge of another, or a speck."""
LEAST_BACKGROUND = 0.001
"""Share of a mask from which on black, beside white, could be the background as well."""
LEAST_DISTANCE = 0.2
"""Between the heights of two lines, in distances between lines of that page; closer ones may stand side by side."""
Colour = tuple[int, int, int]
_BLACK, _WHITE = 0x000000, 0xFFFFFF


@dataclass(frozen=True, slots=True)
class _Page:
    image: str
    mask: str
    text: str


def match(tree: FileTree) -> Match | None:
    """Tell by pages that have a mask of their own size and a text; their masks are not decoded."""
    pages = _pages(tree)
    if not pages:
        return None
    try:
        if _size(tree, pages[0].image) != _size(tree, pages[0].mask):
            return None
    except InputError:
        pass  # said when it is read
    parts = any(part_of_folder(folder_of(page.image)) for page in pages)
    return Match(f"{counted(len(pages), 'page')} with a mask of lines and a text", metadata=3 if parts else 1)


def _pages(tree: FileTree) -> list[_Page]:
    """Pages by name, where the names of a mask and a text belong to them."""
    masks = _masks(tree.images)
    if not masks:
        return []
    texts: dict[Place, str] = {}
    for (folder, stem), name in tree.texts.items():
        texts.setdefault((_place(folder), stem), name)
    return [
        _Page(name, masks[name], text)
        for name in sorted(masks, key=natural_key)
        if (text := _text_of(name, masks[name], texts)) is not None
    ]


def _masks(images: dict[Place, list[str]]) -> dict[str, str]:
    """Page to mask: a name with an ending in the same folder or one for masks, or the same name in such a folder."""
    if not any(stem.lower().endswith(_MARKED) or _is_for_masks(folder) for folder, stem in images):
        return {}
    pages: defaultdict[Place, list[str]] = defaultdict(list)
    for (folder, stem), names in images.items():
        if not _is_for_masks(folder):
            pages[_place(folder), stem] += names
    found: dict[str, str] = {}
    for (folder, stem), names in images.items():
        place = _place(folder)
        base = next((stem[: -len(end)] for end in _MARKED if stem.lower().endswith(end)), None)
        wanted = base if base is not None else (stem if _is_for_masks(folder) else None)
        own = pages.get((place, wanted or ""), [])
        if len(own) == 1 and own[0] != names[0] and own[0] not in found:
            found[own[0]] = names[0]
    return found


@lru_cache(maxsize=1024)
def _is_for_masks(folder: str) -> bool:
    return any(part.lower() in _MASK_FOLDERS for part in folder.split("/"))


@lru_cache(maxsize=1024)
def _place(folder: str) -> str:
    """Folder without its parts that only say what lies in it: pages, masks and texts of one name share the rest."""
    return "/".join(part for part in folder.split("/") if part.lower() not in _KINDS_OF_FOLDER)


def _text_of(page: str, mask: str, texts: dict[Place, str]) -> str | None:
    folder, stem = place_of(page)
    place = _place(folder)
    stems = (stem, place_of(mask)[1], *(f"{stem}{end}" for end in _MARKED))
    return next((texts[place, one] for one in stems if (place, one) in texts), None)


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of every page in which mask and text agree."""
    pages = _pages(tree)
    encodings: Counter[str] = Counter()
    yield note("lines cut out of pages by a mask of pixels: the strokes of neighbours are blanked")
    for page in pages:
        rows = read_text_rows(tree, page.text, encodings)
        if isinstance(rows, ReadProblem):
            yield rows
            continue
        try:
            yield from _lines(tree, page, [(at, row) for at, row in enumerate(rows, 1) if row.strip()])
        except InputError as error:
            yield ReadProblem(page.image, None, f"{error.what}: {error.why}")
    yield from encoding_notes(encodings, "text files")
    used = {name for page in pages for name in (page.image, page.mask)}
    for name in tree.named(*IMAGE_SUFFIXES):
        if name not in used:
            yield ReadProblem(name, None, "no mask or no text belongs to this image")


def _lines(tree: FileTree, page: _Page, rows: list[tuple[int, str]]) -> Iterator[Found]:
    size, size_of_mask = _size(tree, page.image), _size(tree, page.mask)
    if size != size_of_mask:
        reason = f"the mask is {size_of_mask[0]} × {size_of_mask[1]} px, the page {size[0]} × {size[1]} px"
        yield ReadProblem(page.mask, None, reason)
        return
    colours = line_colours(tree.read(page.mask, MAX_FILE_BYTES), page.mask, len(rows))
    stem = place_of(page.image)[1]
    for number, (colour, (row, text)) in enumerate(zip(colours, rows, strict=True), start=1):
        yield FoundLine(
            (page.image,),
            text,
            page.text,
            row,
            part_of_folder(folder_of(page.image)),
            page=stem,
            id=f"{stem}_line_{number:03d}",
            cut=MaskCut(page.mask, colour),
        )


def _size(tree: FileTree, name: str) -> tuple[int, int]:
    with opened_image(tree.read(name, MAX_FILE_BYTES), name) as image:
        check_page_pixels(image, name)
        return image.size


def line_colours(content: bytes, name: str, count: int) -> list[int]:
    """Colours of the lines in a mask, from the top downwards, as 0xRRGGBB.

    Parameters
    ----------
    content : bytes
        Of the image file.
    name : str
        Of it, for messages.
    count : int
        How many lines there are.

    Raises
    ------
    InputError
        When it is no pure label image, has another number of colours, or the order of lines is not clear.
    """
    with opened_image(content, name) as image:
        check_page_pixels(image, name)
        found = _significant(image, name)
        if len(found) != count:
            colours = counted(len(found), "colour")
            raise InputError(f"{name} cannot be used", f"it has {colours}, the text has {counted(count, 'row')}")
        pixels = mask_colours(image)
    heights = {colour: _height(pixels == colour) for colour in found}
    ordered = sorted(found, key=lambda colour: heights[colour])
    distances = np.diff([heights[colour] for colour in ordered])
    if distances.size and distances.min() < max(1.0, LEAST_DISTANCE * float(np.median(distances))):
        at = int(distances.argmin())
        two = f"#{ordered[at]:06x} and #{ordered[at + 1]:06x}"
        raise InputError(f"{name} cannot be used", f"the lines {two} lie at the same height: their order is not clear")
    return ordered


def _height(marked: NDArray[np.bool_]) -> float:
    """Vertical centre of mass in px from the top."""
    mass = marked.sum(axis=1)
    return float(mass @ np.arange(len(mass)) / mass.sum())


def _significant(image: Image.Image, name: str) -> list[int]:
    """Colours that can be lines; the background is the black or the white."""
    told = cast("list[tuple[int, Colour]] | None", image.convert("RGB").getcolors(maxcolors=1 << 16))
    if told is None:
        raise InputError(f"{name} cannot be used", "it has more than 65,536 colours: no mask of lines")
    counts = {red << 16 | green << 8 | blue: number for number, (red, green, blue) in told}
    total = sum(counts.values())
    black, white = counts.get(_BLACK, 0), counts.get(_WHITE, 0)
    if min(black, white) >= LEAST_BACKGROUND * total:
        raise InputError(f"{name} cannot be used", "it has both black and white: either could be the background")
    background = _BLACK if black > white else _WHITE
    marked = {colour: number for colour, number in counts.items() if colour != background}
    inked = sum(marked.values())
    found = [colour for colour, number in marked.items() if number >= LEAST_SHARE * inked]
    if not inked or inked == total:
        raise InputError(f"{name} cannot be used", "it has no background in black or white, or nothing beside it")
    covered = sum(marked[colour] for colour in found) / inked
    if len(found) > MAX_COLOURS or covered < LABEL_SHARE:
        what = f"{len(found):,} larger colours among {len(marked):,} cover {covered:.0%} of what is marked"
        raise InputError(f"{name} cannot be used", f"no mask of lines: {what}")
    return found

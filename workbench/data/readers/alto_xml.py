"""ALTO XML, versions 2 to 4: a page image and its `alto` file with the shape and the words of each line.

*Source:* strings are separated by blanks (`SP`) or hyphens (`HYP`) by definition; eScriptorium and kraken put a whole
line into one string. The unit is `pixel`, `mm10` (tenths of a millimetre) or `inch1200`; Transkribus writes `mm10` and
pixels, so that only the size of the page tells what a unit is.
"""

import math
from collections.abc import Iterator

from workbench.data.page_lines import MarkedLine, MarkedPage, match_pages, read_pages
from workbench.data.page_points import BadPolygonError, Point, box_points, parse_number, parse_points
from workbench.data.reader import Found, Match
from workbench.data.tree import FileTree
from workbench.data.xml_file import Element, children, descendants, local_name

ROOT = "alto"

UNITS_PER_INCH = {"pixel": None, "mm10": 254.0, "inch1200": 1200.0}

_NO_BLANK = "words without a blank (SP) between them, joined by one"


def match(tree: FileTree) -> Match | None:
    """Tell by an alto file."""
    return match_pages(tree, ROOT)


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of all pages, in reading order."""
    return read_pages(tree, ROOT, pages_of)


def pages_of(root: Element) -> Iterator[MarkedPage]:
    """Pages of a file, given its root element."""
    unit = _told(root, "MeasurementUnit").lower() or "pixel"
    image = next((_content(one) for info in descendants(root, "sourceImageInformation") for one in _names(info)), "")
    ranks = _ranks(root)
    for page in descendants(root, "Page"):
        yield MarkedPage(
            row=page.sourceline,
            image=image,
            size=_size(page),
            lines=tuple(_line(line) for line in _in_reading_order(page, ranks)),
            unit=unit,
            units_per_inch=UNITS_PER_INCH.get(unit),
            fault="" if unit in UNITS_PER_INCH else f"measured in {unit[:40]!r}, an unknown unit",
        )


def _names(info: Element) -> list[Element]:
    return [one for one in children(info, "fileName") if _content(one)]


def _told(root: Element, name: str) -> str:
    return next((_content(one) for one in descendants(root, name)), "")


def _content(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _size(page: Element) -> tuple[float, float] | None:
    try:
        width, height = parse_number(page.get("WIDTH", "")), parse_number(page.get("HEIGHT", ""))
    except BadPolygonError:
        return None
    return (width, height) if width >= 1 and height >= 1 else None


def _ranks(root: Element) -> dict[str, int]:
    """Place of each block or line in the reading order; without one, blocks that name the next are chained."""
    named = [ref for order in descendants(root, "ReadingOrder") for one in order.iter() if (ref := one.get("REF"))]
    if not named:
        named = _chained([(one.get("ID", ""), one.get("IDNEXT", "")) for one in root.iterdescendants()])
    return {name: at for at, name in reversed(list(enumerate(named)))}


def _chained(blocks: list[tuple[str, str]]) -> list[str]:
    """Ids in the order of their chains; a chain begins at a block that is nobody's next."""
    following = {name: after for name, after in blocks if name and after}
    later = set(following.values())
    chained: dict[str, None] = {}
    for begin in [name for name in following if name not in later]:
        name = begin
        while name and name not in chained:
            chained[name] = None
            name = following.get(name, "")
    return list(chained)


def _in_reading_order(page: Element, ranks: dict[str, int]) -> list[Element]:
    """Lines as they stand in the file, but for those whose blocks (or which themselves) have a place."""

    def place(line: Element) -> float:
        return next((ranks[one.get("ID")] for one in (line, *line.iterancestors()) if one.get("ID") in ranks), math.inf)

    return sorted(descendants(page, "TextLine"), key=place)


def _line(line: Element) -> MarkedLine:
    text, remarks = _text(line)
    points: tuple[Point, ...] = ()
    fault = ""
    try:
        points = _points(line)
    except BadPolygonError as error:
        fault = str(error)
    return MarkedLine(
        id=line.get("ID", ""),
        row=line.sourceline,
        text=text,
        points=points,
        fault=fault,
        remarks=remarks,
        direction=_inherited(line, "BASEDIRECTION"),
        language=_inherited(line, "LANG"),
    )


def _points(line: Element) -> tuple[Point, ...]:
    """Polygon of a line, else its box."""
    for shape in children(line, "Shape"):
        for polygon in children(shape, "Polygon"):
            return parse_points(polygon.get("POINTS", ""))
    sides = [line.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(side is None for side in sides):
        has_baseline = line.get("BASELINE") is not None
        raise BadPolygonError("it has a baseline and no polygon or box" if has_baseline else "it has no polygon or box")
    left, top, width, height = (parse_number(side or "") for side in sides)
    return box_points(left, top, width, height)


def _text(line: Element) -> tuple[str, tuple[str, ...]]:
    """Words and blanks of a line joined, and what is peculiar about it."""
    parts: list[str] = []
    before = ""
    remarks: tuple[str, ...] = ()
    for one in children(line, "String", "SP", "HYP"):
        kind = local_name(one)
        if kind == before == "String":
            parts.append(" ")
            remarks = (_NO_BLANK,)
        parts.append(" " if kind == "SP" else one.get("CONTENT", ""))
        before = kind
    return "".join(parts), remarks


def _inherited(line: Element, attribute: str) -> str:
    """Attribute of the line, else of what it lies in."""
    return next((told for one in (line, *line.iterancestors()) if (told := one.get(attribute))), "")

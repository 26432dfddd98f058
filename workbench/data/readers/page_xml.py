"""PAGE XML: a page image and its `PcGts` file with the polygon and text of each line.

*Source:* schemas of 2010 to 2019, which differ in what is read here by the way points are written. Of several texts
the one with the lowest `index` is the main one. Transkribus writes the order of regions and lines into `custom`, and
puts the files into a folder `page` below the images.
"""

import math
import re
from collections.abc import Iterator

from workbench.data.page_lines import MarkedLine, MarkedPage, match_pages, read_pages
from workbench.data.page_points import BadPolygonError, Point, parse_points
from workbench.data.reader import Found, Match
from workbench.data.tree import FileTree
from workbench.data.xml_file import Element, children, descendants, local_name, whole_number

ROOT = "pcgts"

_CUSTOM_ORDER = re.compile(r"readingOrder\s*\{\s*index\s*:\s*([0-9]{1,9})")
_FROM_WORDS = "the text is that of its words, joined by blanks"
_SEVERAL_TEXTS = "several texts (TextEquiv), of which the first that is not empty is read"


def match(tree: FileTree) -> Match | None:
    """Tell by a PcGts file."""
    return match_pages(tree, ROOT)


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of all pages, in reading order."""
    return read_pages(tree, ROOT, pages_of)


def pages_of(root: Element) -> Iterator[MarkedPage]:
    """Pages of a file, given its root element."""
    for page in descendants(root, "Page"):
        width, height = whole_number(page.get("imageWidth")) or 0, whole_number(page.get("imageHeight")) or 0
        yield MarkedPage(
            row=page.sourceline,
            image=page.get("imageFilename", ""),
            size=(width, height) if width > 0 and height > 0 else None,
            lines=tuple(_line(line) for line in _in_reading_order(page)),
        )


def _in_reading_order(page: Element) -> list[Element]:
    """Lines by the place of their region in the reading order, then by their own in the region."""
    ranks = _ranks(page)
    lines = list(descendants(page, "TextLine"))
    around = {line.getparent() for line in lines}
    regions = {region: at for at, region in enumerate(page.iterdescendants()) if region in around}

    def place(at: int) -> tuple[float, float, int, float, int]:
        region = lines[at].getparent()
        ancestors = [region, *region.iterancestors()]
        rank = next((ranks[one.get("id")] for one in ancestors if one.get("id") in ranks), math.inf)
        custom = math.inf if rank < math.inf else _custom_order(region)
        return rank, custom, regions.get(region, -1), _own_order(lines[at]), at

    return [lines[at] for at in sorted(range(len(lines)), key=place)]


def _ranks(page: Element) -> dict[str, int]:
    """Place of each region that the reading order names; groups may lie in groups, and have a region themselves."""
    ranks: dict[str, int] = {}
    waiting = list(children(page, "ReadingOrder"))
    while waiting:
        one = waiting.pop()
        if region := one.get("regionRef"):
            ranks.setdefault(region, len(ranks))
        members = list(one)
        if local_name(one).startswith("OrderedGroup"):
            members.sort(key=lambda member: _or_last(whole_number(member.get("index"))))
        waiting += reversed(members)
    return ranks


def _own_order(line: Element) -> float:
    told = whole_number(line.get("index"))
    return _custom_order(line) if told is None else told


def _custom_order(element: Element) -> float:
    match = _CUSTOM_ORDER.search(element.get("custom", ""))
    return int(match[1]) if match else math.inf


def _or_last(number: int | None) -> float:
    return math.inf if number is None else number


def _line(line: Element) -> MarkedLine:
    text, remarks = _text(line)
    points: tuple[Point, ...] = ()
    fault = ""
    try:
        points = _points(line)
    except BadPolygonError as error:
        fault = str(error)
    return MarkedLine(
        id=line.get("id", ""),
        row=line.sourceline,
        text=text,
        points=points,
        fault=fault,
        remarks=remarks,
        direction=_inherited(line, "readingDirection"),
        language=_inherited(line, "primaryLanguage"),
    )


def _points(line: Element) -> tuple[Point, ...]:
    """Polygon of a line, in the spelling since 2013 or before."""
    for coords in children(line, "Coords"):
        spelled = coords.get("points") or " ".join(
            f"{point.get('x', '')},{point.get('y', '')}" for point in children(coords, "Point")
        )
        return parse_points(spelled)
    has_baseline = bool(children(line, "Baseline"))
    raise BadPolygonError("it has a baseline and no polygon" if has_baseline else "it has no polygon")


def _text(line: Element) -> tuple[str, tuple[str, ...]]:
    """Text of a line and what is peculiar about it."""
    texts = _texts(line)
    several = (_SEVERAL_TEXTS,) if len(texts) > 1 else ()
    if text := next((text for text in texts if text.strip()), ""):
        return text, several
    words = sorted(children(line, "Word"), key=_custom_order)
    found = [next((text for text in _texts(word) if text.strip()), "") for word in words]
    # Part of the words would be a wrong transcription of the line, and no one would see it.
    return (" ".join(found), (_FROM_WORDS,)) if found and all(found) else ("", ())


def _texts(element: Element) -> list[str]:
    """Texts of a line or word, the main one first."""
    equivalents = sorted(children(element, "TextEquiv"), key=lambda one: _or_last(whole_number(one.get("index"))))
    return [_unwrapped("".join(unicode.itertext())) for one in equivalents for unicode in children(one, "Unicode")]


def _unwrapped(text: str) -> str:
    """Text without the line breaks that programs put around it to indent their XML."""
    return re.sub(r"^\s*[\r\n]\s*|\s*[\r\n]\s*$", "", text)


def _inherited(line: Element, attribute: str) -> str:
    """Attribute of the line, else of what it lies in."""
    return next((told for one in (line, *line.iterancestors()) if (told := one.get(attribute))), "")

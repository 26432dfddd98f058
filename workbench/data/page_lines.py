"""Lines that XML files mark on the images of whole pages, whatever the dialect.

A reader gives the pages of a file as :class:`MarkedPage`. Here their images are found, their ids made unique, and what
is wrong or peculiar is told.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench.data.assembly import text_fault
from workbench.data.cuts import PolygonCut
from workbench.data.identifiers import part_of_folder
from workbench.data.line import ReadProblem
from workbench.data.page_images import base_name, find_page_image, resolution_of
from workbench.data.page_points import Point
from workbench.data.reader import Found, FoundLine, Match, counted, examples, folder_of, note
from workbench.data.tree import FileTree, RefusedPathError
from workbench.data.xml_file import Element, example_with_root, local_name, read_xml, root_name, stem_of, xml_files
from workbench.errors import InputError

MAX_ID_LENGTH = 100

UPRIGHT = 1.5
"""Height by width from which a line seems to be written vertically."""

_DIRECTIONS = {
    "left-to-right": "from left to right",
    "ltr": "from left to right",
    "top-to-bottom": "from top to bottom",
    "ttb": "from top to bottom",
    "bottom-to-top": "from bottom to top",
    "btt": "from bottom to top",
}
"""Directions in which no line of Arabic script is written, as PAGE and ALTO call them."""


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line as a file marks it."""

    id: str
    """Empty where the file gives none."""
    row: int
    """Row of the file, for whoever looks it up there."""
    text: str
    points: tuple[Point, ...]
    """In the unit of the page."""
    fault: str = ""
    """Why it cannot be cut out."""
    remarks: tuple[str, ...] = ()
    """What is peculiar about it though it is used."""
    direction: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page as a file marks it."""

    row: int
    image: str
    """As the file names it, empty where it does not."""
    size: tuple[float, float] | None
    """Width and height in the unit of the page, None where they are not told or 0."""
    lines: tuple[MarkedLine, ...]
    """In reading order."""
    unit: str = "pixel"
    """As the file calls it."""
    units_per_inch: float | None = None
    """None for pixels."""
    fault: str = ""
    """Why none of its lines can be used."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page whose image was found."""

    file: str
    name: str
    image: str
    size: tuple[int, int] | None
    """On which the points were drawn."""
    scale: tuple[float, float]
    """What makes the points those of `size`, or pixels where that is None."""


def match_pages(tree: FileTree, root: str) -> Match | None:
    """Tell by the root element of a few XML files."""
    example = example_with_root(tree, root)
    if example is None:
        return None
    has_parts = any(part_of_folder(folder_of(name)) for name in tree.named(".xml"))
    return Match(f"pages like {example}", metadata=3 if has_parts else 1)


def read_pages(tree: FileTree, root: str, pages_of: Callable[[Element], Iterator[MarkedPage]]) -> Iterator[Found]:
    """Lines of all XML files with this root element.

    Parameters
    ----------
    tree : FileTree
        Where they lie.
    root : str
        Name of the root element in lower case.
    pages_of : callable
        Gives the pages of a file from its root element.
    """
    roots = {name: root_name(tree.head(name)) for name in xml_files(tree)}
    others = [name for name, found in roots.items() if found not in (root, None)]
    reading = _Reading(tree)
    for name, page_name in page_names([name for name, found in roots.items() if found in (root, None)]).items():
        try:
            element = read_xml(tree, name)
        except InputError as error:
            yield ReadProblem(name, None, error.why)
            continue
        if local_name(element).lower() == root:
            yield from reading.lines_of(name, page_name, list(pages_of(element)))
        else:
            others.append(name)
    if others:
        yield note(f"XML files of another kind, not read: {examples(others)}")
    yield from reading.notes()


def page_names(files: list[str]) -> dict[str, str]:
    """Give every file the name of its page: its stem, its path where stems repeat."""
    paths = {name: str(PurePosixPath(name).with_name(stem_of(name))) for name in files}
    stems, repeated = Counter(stem_of(name) for name in files), Counter(paths.values())

    def shortest(name: str) -> str:
        if stems[stem_of(name)] == 1:
            return stem_of(name)
        return paths[name] if repeated[paths[name]] == 1 else name

    return {name: shortest(name) for name in files}


def line_names(told: Sequence[str]) -> list[str]:
    """Ids within a page: as told, else by position; one that repeats gets a number."""
    taken: Counter[str] = Counter()
    names: list[str] = []
    for at, line_id in enumerate(told, start=1):
        name = _line_name(line_id, at)
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}~{taken[name]}")
    return names


def _line_name(told: str, at: int) -> str:
    return "_".join(told.split())[:MAX_ID_LENGTH] or f"line{at}"


class _Reading:
    """What one reading of many pages gathers."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._used: set[str] = set()
        self._page_remarks: defaultdict[str, list[str]] = defaultdict(list)
        self._line_remarks: defaultdict[str, list[str]] = defaultdict(list)
        self._languages: defaultdict[str, list[str]] = defaultdict(list)

    def lines_of(self, file: str, name: str, pages: list[MarkedPage]) -> Iterator[Found]:
        """Lines of a file; it names one image, so that only its first page can be read."""
        if not pages:
            yield ReadProblem(file, None, "there is no page in it")
        for at, page in enumerate(pages):
            try:
                if at > 0:
                    raise InputError(
                        f"{file} is not wholly read", "a further page of the file, whose image is not told"
                    )
                yield from self._lines_of_page(file, name, page)
            except InputError as error:
                yield ReadProblem(file, page.row, f"{error.why}: {counted(len(page.lines), 'line')} not read")

    def _lines_of_page(self, file: str, name: str, page: MarkedPage) -> Iterator[Found]:
        if not page.lines:
            self._page_remarks["pages without a line"].append(name)
            return
        sheet = self._sheet(file, name, page)
        for line, its_id in zip(page.lines, self._line_ids(sheet, page.lines), strict=True):
            yield self._line(sheet, line, its_id)

    def _sheet(self, file: str, name: str, page: MarkedPage) -> _Sheet:
        if page.fault:
            raise InputError(f"{file} cannot be used", page.fault)
        image = self._image(file, page.image.strip(), name)
        if page.units_per_inch is None:
            if page.size is None:
                self._page_remarks["the size of the page is not told, points taken as pixels of its image"].append(name)
            return _Sheet(file, name, image, _whole(page.size), (1.0, 1.0))
        if page.size is not None:
            self._page_remarks[f"measured in {page.unit}, turned to pixels by the size of the page"].append(name)
            return _Sheet(file, name, image, _whole(page.size), (1.0, 1.0))
        resolution = resolution_of(self._tree, image)
        if resolution is None:
            why = f"measured in {page.unit}, and neither the size of the page nor the resolution of {image} is told"
            raise InputError(f"{file} cannot be used", why)
        self._page_remarks[f"measured in {page.unit}, turned to pixels by the image's resolution"].append(name)
        across, down = resolution
        return _Sheet(file, name, image, None, (across / page.units_per_inch, down / page.units_per_inch))

    def _image(self, file: str, told: str, name: str) -> str:
        try:
            image = find_page_image(self._tree, file, told)
        except RefusedPathError as error:
            raise InputError(f"{file} cannot be used", f"image {told[:200]!r}: {error}") from error
        if image is None:
            missing = (
                f"the image {told[:200]} is missing" if told else f"it names no image, and {stem_of(file)} has none"
            )
            raise InputError(f"{file} cannot be used", missing)
        if base_name(told).casefold() != PurePosixPath(image).name.casefold():
            self._page_remarks["the image is not there under the name told, one of the same stem is read"].append(name)
        return image

    def _line_ids(self, sheet: _Sheet, lines: tuple[MarkedLine, ...]) -> list[str]:
        ids = line_names([line.id for line in lines])
        for at, (line, used) in enumerate(zip(lines, ids, strict=True), start=1):
            told = _line_name(line.id, at)
            if used != told:
                self._line_remarks["an id that an earlier line of the page has, numbered"].append(
                    f"{sheet.name}/{told}"
                )
        return ids

    def _line(self, sheet: _Sheet, line: MarkedLine, its_id: str) -> Found:
        if faults := "; ".join(fault for fault in (line.fault, text_fault(line.text)) if fault):
            return ReadProblem(sheet.file, line.row, f"line {its_id}: {faults}")
        across, down = sheet.scale
        points = tuple((round(x * across), round(y * down)) for x, y in line.points)
        whole_id = f"{sheet.name}/{its_id}"
        self._remark(line, whole_id, points)
        self._used.add(sheet.name)
        return FoundLine(
            images=(sheet.image,),
            text=line.text,
            source=sheet.file,
            row=line.row,
            split=part_of_folder(folder_of(sheet.file)),
            page=sheet.name,
            id=whole_id,
            cut=PolygonCut(points, sheet.size),
        )

    def _remark(self, line: MarkedLine, whole_id: str, points: tuple[tuple[int, int], ...]) -> None:
        remarks = list(line.remarks)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if max(ys) - min(ys) > UPRIGHT * (max(xs) - min(xs)):
            remarks.append("taller than wide, cut out as it stands (written vertically, perhaps)")
        if direction := _DIRECTIONS.get(line.direction.strip().lower()):
            remarks.append(f"marked as written {direction}")
        for remark in remarks:
            self._line_remarks[remark].append(whole_id)
        if line.language:
            self._languages[line.language].append(whole_id)

    def notes(self) -> Iterator[ReadProblem]:
        """What one should know about the lines that were given."""
        if self._used:
            yield note(
                f"lines were cut out of {counted(len(self._used), 'page')} along their polygons, with the page's paper "
                "around them: not like lines whose images were made beforehand"
            )
        for noun, found in (("page", self._page_remarks), ("line", self._line_remarks)):
            for remark, names in found.items():
                yield note(f"{remark}: {counted(len(names), noun)} ({examples(names)})")
        most = max(self._languages, key=lambda language: len(self._languages[language]), default="")
        for language, ids in self._languages.items():
            if language != most:
                yield note(f"marked as {language}, most as {most}: {counted(len(ids), 'line')} ({examples(ids)})")


def _whole(size: tuple[float, float] | None) -> tuple[int, int] | None:
    return None if size is None else (round(size[0]), round(size[1]))

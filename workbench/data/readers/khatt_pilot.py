"""The pilot packaging of KHATT: TIFF lines in folders, texts in `Groundtruth-Unicode.xlsx` or beside the images.

Its parts (1,400 + 233 lines) are not those of KHATT v1.0, and some names denote other lines there: never merged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.identifiers import KHATT_ID, split_named
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.reader import MAX_TEXT_BYTES, Found, FoundLine, Match, counted, examples, folder_of, note
from workbench.data.tree import FileTree
from workbench.data.workbook import read_sheets
from workbench.errors import InputError

_UNOFFICIAL = "the parts of this packaging are not those of KHATT v1.0: do not mix the two"


def match(tree: FileTree) -> Match | None:
    """Tell by KHATT's ids beside a workbook, or in folders Training and Validation with texts."""
    images = _images(tree)
    if not images:
        return None
    book = _workbook(tree)
    if book is not None:
        return Match(f"KHATT line images and {book}", metadata=7)
    if _pairs(tree, images):
        return Match("KHATT line images with text files, in folders Training and Validation", metadata=7)
    return None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the workbook's sheets, else of the pairs of files."""
    yield note(_UNOFFICIAL)
    images = _images(tree)
    book = _workbook(tree)
    yield from _read_book(tree, book, images) if book else _read_pairs(tree, images)


def _images(tree: FileTree) -> dict[str, list[str]]:
    """Files with KHATT's ids, by stem: their folder is not relied on."""
    images: dict[str, list[str]] = defaultdict(list)
    for (_, stem), names in tree.images.items():
        if KHATT_ID.match(stem):
            images[stem] += names
    return images


def _workbook(tree: FileTree) -> str | None:
    books = tree.named(".xlsx")
    return next((name for name in books if "groundtruth" in name.lower()), books[0] if books else None)


def _read_book(tree: FileTree, book: str, images: dict[str, list[str]]) -> Iterator[Found]:
    listed: dict[str, tuple[str, str]] = {}
    try:
        for sheet, row, cells in read_sheets(tree, book):
            stem = PurePosixPath(cells[0].strip()).stem
            if not KHATT_ID.match(stem):
                yield ReadProblem(book, row, f"sheet {sheet}: '{cells[0][:60]}' is not the name of a KHATT line")
                continue
            places = images.get(stem, [cells[0].strip()])
            listed[stem] = (sheet, places[0])
            text = cells[1] if len(cells) > 1 else ""
            yield FoundLine(tuple(places), text, book, row, split_named(sheet))
    except InputError as error:
        yield ReadProblem(book, None, error.why)
    twice = [stem for stem, names in images.items() if len(names) > 1 and stem in listed]
    if twice:
        yield note(f"{counted(len(twice), 'image')} in more than one folder, the first is used: {examples(twice)}")
    for stem, names in images.items():
        if stem not in listed:
            yield ReadProblem(names[0], None, "no row of the workbook names this image")
    yield from _misplaced(listed)


def _misplaced(listed: dict[str, tuple[str, str]]) -> Iterator[ReadProblem]:
    """Note images outside the folder in which nearly all of their sheet lie."""
    folders: dict[str, Counter[str]] = defaultdict(Counter)
    for sheet, image in listed.values():
        folders[sheet][folder_of(image)] += 1
    for sheet, image in listed.values():
        usual, count = folders[sheet].most_common(1)[0]
        if folder_of(image) != usual and 10 * count > 9 * folders[sheet].total():
            yield note(f"belongs to sheet {sheet} but lies in another folder than its other images; used", image)


def _pairs(tree: FileTree, images: dict[str, list[str]]) -> list[tuple[str, OfficialSplit]]:
    """Images in a folder named as a part, where texts lie beside any of them."""
    found: list[tuple[str, OfficialSplit]] = []
    for names in images.values():
        for name in names:
            split = split_named(folder_of(name).rpartition("/")[2])
            if split is not None:
                found.append((name, split))
    return found if any(_text_of(name) in tree.files for name, _ in found) else []


def _text_of(image: str) -> str:
    return f"{image.rpartition('.')[0]}.txt"


def _read_pairs(tree: FileTree, images: dict[str, list[str]]) -> Iterator[Found]:
    without: list[str] = []
    for image, split in _pairs(tree, images):
        name = _text_of(image)
        if name not in tree.files:
            without.append(image)
            yield ReadProblem(image, None, "no transcription file belongs to this image")
            continue
        try:
            decoded = tree.text(name, MAX_TEXT_BYTES)
        except InputError as error:
            yield ReadProblem(name, None, error.why)
            continue
        if decoded.text is None:
            yield ReadProblem(name, None, tree.undecodable)
        else:
            yield FoundLine((image,), decoded.text.strip("\r\n"), name, split=split)
    if without:
        yield note(f"{len(without):,} images have no text: {examples(without)}")

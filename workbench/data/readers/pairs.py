"""One text file beside each image: `x.gt.txt` (kraken, OCRopus) or `x.txt`.

*Source:* kraken finds the text of `x.png`, and of the variants `x.nrm.png` and `x.bin.png`, by removing all endings
of the image's name; others pair files of the same stem.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.encodings import UTF8, decode, split_rows
from workbench.data.identifiers import split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import describe
from workbench.data.reader import MAX_TEXT_BYTES, Found, FoundLine, Match, counted, examples, folder_of, note
from workbench.data.tree import FileTree
from workbench.errors import InputError

KRAKEN_ENDING = ".gt.txt"
_VARIANTS = (".nrm", ".bin")
"""What may stand between the name of a line and the ending of its image, the better one first."""
LEAST_SHARE = 0.5
"""A folder of images beside which some text files lie is no set of pairs."""

Key = tuple[str, str]
"""Folder of a line and its name."""


def match_kraken(tree: FileTree) -> Match | None:
    """Tell by one text file that has its image."""
    images = _images(tree)
    pairs = [key for key in _texts(tree, KRAKEN_ENDING) if key in images]
    if not pairs:
        return None
    return Match(f"{counted(len(pairs), 'pair')} of an image and its {KRAKEN_ENDING}", _metadata(pairs))


def match_same_stem(tree: FileTree) -> Match | None:
    """Tell by text files of the same name, where at least half of all images have one."""
    images, texts = _images(tree), _plain_texts(tree)
    pairs = [key for key in images if key in texts]
    if not pairs or len(pairs) < LEAST_SHARE * len(images):
        return None
    return Match(f"{counted(len(pairs), 'pair')} of an image and a text of the same name", _metadata(pairs))


def read_kraken(tree: FileTree) -> Iterator[Found]:
    """Lines of the pairs; of several images of a line the plain one, else `.nrm`, else `.bin`."""
    yield from _read(tree, _texts(tree, KRAKEN_ENDING), KRAKEN_ENDING)


def read_same_stem(tree: FileTree) -> Iterator[Found]:
    """Lines of the pairs."""
    yield from _read(tree, _plain_texts(tree), ".txt")


def _metadata(pairs: list[Key]) -> int:
    return 2 if any(_split(folder) for folder, _ in pairs) else 0


def _split(folder: str) -> OfficialSplit | None:
    """Part that the nearest folder names."""
    return next((part for name in reversed(PurePosixPath(folder).parts) if (part := split_named(name))), None)


def _images(tree: FileTree) -> dict[Key, list[str]]:
    """Images by line, the one to be read first."""
    found: defaultdict[Key, list[tuple[int, str]]] = defaultdict(list)
    for name in tree.named(*IMAGE_SUFFIXES):
        base, rank = _variant(PurePosixPath(name).stem)
        found[folder_of(name), base].append((rank, name))
    return {key: [name for _, name in sorted(ranked)] for key, ranked in found.items()}


def _variant(stem: str) -> tuple[str, int]:
    """Name of the line that an image shows, and which of its variants it is."""
    for rank, ending in enumerate(_VARIANTS, start=1):
        if stem.lower().endswith(ending):
            return stem[: -len(ending)], rank
    return stem, 0


def _texts(tree: FileTree, ending: str) -> dict[Key, str]:
    return {(folder_of(name), PurePosixPath(name).name[: -len(ending)]): name for name in tree.named(ending)}


def _plain_texts(tree: FileTree) -> dict[Key, str]:
    return {key: name for key, name in _texts(tree, ".txt").items() if not name.lower().endswith(KRAKEN_ENDING)}


def _read(tree: FileTree, texts: dict[Key, str], ending: str) -> Iterator[Found]:
    images = _images(tree)
    encodings: Counter[str] = Counter()
    several = [names[0] for key, names in images.items() if len(names) > 1 and key in texts]
    if several:
        yield note(f"several images of one line, of which the first is read: {examples(several)}")
    for key, names in images.items():
        if key in texts:
            yield _line(tree, names[0], texts[key], encodings)
        else:
            yield ReadProblem(names[0], None, f"no transcription ({key[1]}{ending}) belongs to this image")
    for key, name in texts.items():
        if key not in images:
            yield ReadProblem(name, None, "no image belongs to this transcription")
    if set(encodings) - {UTF8}:
        yield note(f"text files decoded as {describe(encodings)}")


def _line(tree: FileTree, image: str, text: str, encodings: Counter[str]) -> Found:
    try:
        decoded = decode(tree.read(text, MAX_TEXT_BYTES))
    except InputError as error:
        return ReadProblem(text, None, error.why)
    if decoded.text is None:
        return ReadProblem(text, None, "neither UTF-8 nor Windows-1256 text")
    encodings[decoded.encoding] += 1
    rows = [row for row in split_rows(decoded.text) if row.strip()]
    if len(rows) > 1:
        return ReadProblem(text, None, f"the file holds {len(rows):,} rows of text: not the transcription of one line")
    return FoundLine((image,), rows[0] if rows else "", text, split=_split(folder_of(image)))

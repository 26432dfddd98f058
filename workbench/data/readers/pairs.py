"""One text file for each image: `x.gt.txt` (kraken, OCRopus) or `x.txt` beside it, or `labels/x.txt`.

*Source:* kraken finds the text of `x.png`, of `x.nrm.png`, `x.bin.png` and any `x.a.b.png`, by removing all endings of
the image's name; others pair files of the same stem.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from workbench.data.identifiers import part_of_folder
from workbench.data.line import ReadProblem
from workbench.data.list_file import encoding_notes
from workbench.data.reader import Found, FoundLine, Match, counted, examples, folder_of, note
from workbench.data.text_file import read_text_rows
from workbench.data.tree import FileTree

KRAKEN_ENDING = ".gt.txt"
_VARIANTS = (".nrm", ".bin")
"""What kraken's tools put between the name of a line and the ending of its image, the better one first."""
_IMAGE_FOLDERS = frozenset({"images", "image", "imgs", "img", "lines"})
_TEXT_FOLDERS = frozenset({"labels", "label", "texts", "text", "gt", "transcriptions", "transcripts"})
LEAST_SHARE = 0.5
"""A folder of images beside which some text files lie is no set of pairs."""

Key = tuple[str, str]
"""Folder of a line and its name."""


def match_kraken(tree: FileTree) -> Match | None:
    """Tell by one text file that has its image."""
    texts = _kraken_texts(tree)
    pairs = list(_kraken_images(tree, texts).keys() & texts.keys())
    if not pairs:
        return None
    return Match(f"{counted(len(pairs), 'pair')} of an image and its {KRAKEN_ENDING}", _metadata(pairs))


def match_same_stem(tree: FileTree) -> Match | None:
    """Tell by text files of the same name, where at least half of all images have one."""
    return _most(tree.images, _plain_texts(tree), "an image and a text of the same name")


def match_sister_folders(tree: FileTree) -> Match | None:
    """Tell by a folder of images beside one of texts, where at least half of all images have theirs."""
    return _most(*_sisters(tree), "an image and the text of the same name in a folder beside")


def _most(images: dict[Key, list[str]], texts: dict[Key, str], what: str) -> Match | None:
    pairs = [key for key in images if key in texts]
    if not pairs or len(pairs) < LEAST_SHARE * len(images):
        return None
    return Match(f"{counted(len(pairs), 'pair')} of {what}", _metadata(pairs))


def read_kraken(tree: FileTree) -> Iterator[Found]:
    """Lines of the pairs; of several images of a line the plain one, else `.nrm`, else `.bin`."""
    texts = _kraken_texts(tree)
    yield from _read(tree, _kraken_images(tree, texts), texts, KRAKEN_ENDING)


def read_same_stem(tree: FileTree) -> Iterator[Found]:
    """Lines of the pairs."""
    yield from _read(tree, tree.images, _plain_texts(tree), ".txt")


def read_sister_folders(tree: FileTree) -> Iterator[Found]:
    """Lines of the pairs; texts elsewhere are left alone."""
    images, texts = _sisters(tree)
    kept = set(texts.values())
    again = [
        name
        for (folder, stem), name in _plain_texts(tree).items()
        if name not in kept and (_place_of(folder, _TEXT_FOLDERS), stem) in texts
    ]
    if again:
        yield note(f"further texts of lines that have one, not read: {examples(again)}")
    yield from _read(tree, images, texts, ".txt")


def _metadata(pairs: list[Key]) -> int:
    return 2 if any(part_of_folder(folder) for folder, _ in pairs) else 0


def _kraken_images(tree: FileTree, texts: dict[Key, str]) -> dict[Key, list[str]]:
    """Images by the line that they show: the text of their stem, else of their name up to its first dot."""
    found: defaultdict[Key, list[tuple[int, str]]] = defaultdict(list)
    for (folder, stem), names in tree.images.items():
        first = (folder, stem.partition(".")[0])
        key = first if (folder, stem) not in texts and first in texts else (folder, stem)
        endings = ("", *_VARIANTS)
        ending = stem[len(key[1]) :].lower()
        rank = endings.index(ending) if ending in endings else len(endings)
        found[key] += [(rank, name) for name in names]
    return {key: [name for _, name in sorted(ranked)] for key, ranked in found.items()}


def _kraken_texts(tree: FileTree) -> dict[Key, str]:
    return {(folder, stem[:-3]): name for (folder, stem), name in tree.texts.items() if stem.lower().endswith(".gt")}


def _plain_texts(tree: FileTree) -> dict[Key, str]:
    return {key: name for key, name in tree.texts.items() if not key[1].lower().endswith(".gt")}


def _sisters(tree: FileTree) -> tuple[dict[Key, list[str]], dict[Key, str]]:
    """Images and texts whose folders differ in one name alone, `images` here and `labels` there."""
    images: defaultdict[Key, list[str]] = defaultdict(list)
    for (folder, stem), names in tree.images.items():
        if (place := _place_of(folder, _IMAGE_FOLDERS)) is not None:
            images[place, stem] += names
    texts: dict[Key, str] = {}
    for (folder, stem), name in _plain_texts(tree).items():
        if (place := _place_of(folder, _TEXT_FOLDERS)) is not None:
            texts.setdefault((place, stem), name)
    return images, texts


@lru_cache(maxsize=1024)
def _place_of(folder: str, names: frozenset[str]) -> str | None:
    """Folder without its last part that has one of these names; None where none has."""
    parts = PurePosixPath(folder).parts
    for at in range(len(parts) - 1, -1, -1):
        if parts[at].lower() in names:
            return "/".join(("*" if here == at else part) for here, part in enumerate(parts))
    return None


def _read(tree: FileTree, images: dict[Key, list[str]], texts: dict[Key, str], ending: str) -> Iterator[Found]:
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
    yield from encoding_notes(encodings, "text files")


def _line(tree: FileTree, image: str, text: str, encodings: Counter[str]) -> Found:
    found = read_text_rows(tree, text, encodings)
    if isinstance(found, ReadProblem):
        return found
    rows = [row for row in found if row.strip()]
    if len(rows) > 1:
        return ReadProblem(text, None, f"the file holds {len(rows):,} rows of text: not the transcription of one line")
    return FoundLine((image,), rows[0] if rows else "", text, split=part_of_folder(folder_of(image)))

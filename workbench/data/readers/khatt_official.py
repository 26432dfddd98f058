"""KHATT v1.0 as its makers give it out: `LineImages_v1.0` and `GroundTruth_v1.0`, one text file per line.

*Source:* the release's own tree; texts are Windows-1256 and only the first line of each file counts.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.identifiers import khatt_paragraph, split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import encoding_notes
from workbench.data.reader import Found, FoundLine, Match, examples, note
from workbench.data.text_file import read_text_rows
from workbench.data.tree import FileTree
from workbench.errors import InputError

_IMAGES = "lineimages_v1.0"
_TEXTS = "groundtruth_v1.0"


def match(tree: FileTree) -> Match | None:
    """Tell by the two top folders of the release."""
    folders = {part.lower() for folder in tree.folders for part in folder.split("/")}
    if _IMAGES in folders and _TEXTS in folders:
        return Match("folders LineImages_v1.0 and GroundTruth_v1.0", metadata=7)
    return None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the texts that the user chose: unique (the default), fixed or both.

    All writers copied the same fixed text: a network learns it by heart, so it is not mixed in unasked. Where there is
    nothing but the fixed text, that is read.

    Raises
    ------
    InputError
        When the fixed text was asked for and is not there.
    """
    images, texts = _files(tree, _IMAGES, IMAGE_SUFFIXES), _files(tree, _TEXTS, (".txt",))
    fixed = [key for key in images if key[0] == "fixed"]
    unique = [key for key in images if key[0] == "unique"]
    wanted = tree.overrides.texts
    if wanted == "fixed" and not fixed:
        raise InputError("This copy of KHATT has no lines of the fixed text", hint="Choose the unique texts.")
    kinds = {"unique": ("unique",) if unique else ("fixed",), "fixed": ("fixed",), "both": ("unique", "fixed")}[wanted]
    yield from _remarks(kinds, len(unique), len(fixed))
    encodings: Counter[str] = Counter()
    for key in (key for kind in kinds for key in (unique if kind == "unique" else fixed)):
        yield _line(tree, images[key], texts.get(key), encodings)
    for key, name in texts.items():
        if key[0] in kinds and key not in images:
            yield ReadProblem(name, None, "no image belongs to this transcription")
    yield from encoding_notes(encodings, "text files")
    wrong = [key[2] for key in unique if khatt_paragraph(key[2]) in (1, 4)]
    if wrong:
        yield note(f"{len(wrong):,} lines among the unique texts are named Para1 or Para4: {examples(wrong)}")


def _remarks(kinds: tuple[str, ...], unique: int, fixed: int) -> Iterator[ReadProblem]:
    """Note what is left out, and what the fixed text means."""
    if "fixed" not in kinds and fixed:
        yield note(f"{fixed:,} lines of the fixed text (Para1, Para4) are left out: all writers copied it")
    if "unique" not in kinds and unique:
        yield note(f"{unique:,} lines of the unique texts (Para2, Para3) are left out")
    if "fixed" in kinds and fixed:
        these = f"these {fixed:,} lines are" if "unique" not in kinds else f"{fixed:,} of these lines are of"
        yield note(f"{these} the fixed text that all writers copied: a network learns it by heart")


def _files(tree: FileTree, top: str, suffixes: tuple[str, ...]) -> dict[tuple[str, OfficialSplit, str], str]:
    """Files below a top folder by (unique or fixed, part, stem); other files of the release are left alone."""
    found: dict[tuple[str, OfficialSplit, str], str] = {}
    for folder, names in tree.folders.items():
        folders = folder.lower().split("/")
        split = split_named(folders[-1])
        kind = next((kind for kind in ("unique", "fixed") if any(part.startswith(kind) for part in folders)), None)
        if top in folders and split and kind:
            for name in names:
                if name.lower().endswith(suffixes):
                    found[kind, split, name.rpartition("/")[2].rpartition(".")[0]] = name
    return found


def _line(tree: FileTree, image: str, text: str | None, encodings: Counter[str]) -> Found:
    if text is None:
        return ReadProblem(image, None, "no transcription file belongs to this image")
    rows = read_text_rows(tree, text, encodings)
    if isinstance(rows, ReadProblem):
        return rows
    return FoundLine((image,), rows[0] if rows else "", text, split=split_named(PurePosixPath(image).parent.name))

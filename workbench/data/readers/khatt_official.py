"""KHATT v1.0 as its makers give it out: `LineImages_v1.0` and `GroundTruth_v1.0`, one text file per line.

*Source:* the release's own tree; texts are Windows-1256 and only the first line of each file counts.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.encodings import UTF8
from workbench.data.identifiers import khatt_paragraph, split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import describe
from workbench.data.reader import Found, FoundLine, Match, examples, note
from workbench.data.text_file import read_text_rows
from workbench.data.tree import FileTree

_IMAGES = "lineimages_v1.0"
_TEXTS = "groundtruth_v1.0"


def match(tree: FileTree) -> Match | None:
    """Tell by the two top folders of the release."""
    folders = {part.lower() for name in tree.files for part in PurePosixPath(name).parts[:-1]}
    if _IMAGES in folders and _TEXTS in folders:
        return Match("folders LineImages_v1.0 and GroundTruth_v1.0", metadata=7)
    return None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the texts that the user wants; else of the unique ones, or of the fixed text where that is all.

    All writers copied the same fixed text: a network learns it by heart, so it is not mixed in unasked.
    """
    images, texts = _files(tree, _IMAGES, IMAGE_SUFFIXES), _files(tree, _TEXTS, (".txt",))
    fixed = [key for key in images if key[0] == "fixed"]
    unique = [key for key in images if key[0] == "unique"]
    wanted = {"unique": unique or fixed, "fixed": fixed or unique, "both": unique + fixed}[tree.overrides.texts]
    kinds = {key[0] for key in wanted}
    if fixed and "fixed" not in kinds:
        yield note(f"{len(fixed):,} lines of the fixed text (Para1, Para4) are left out: all writers copied it")
    elif fixed:
        these = "among them are" if "unique" in kinds else "these are"
        yield note(
            f"{these} {len(fixed):,} lines of the fixed text that all writers copied: a network learns it by heart"
        )
    if unique and "unique" not in kinds:
        yield note(f"{len(unique):,} lines of unique texts (Para2, Para3) are left out")
    encodings: Counter[str] = Counter()
    for key in wanted:
        yield _line(tree, images[key], texts.get(key), encodings)
    for key, name in texts.items():
        if key[0] in kinds and key not in images:
            yield ReadProblem(name, None, "no image belongs to this transcription")
    if set(encodings) - {UTF8}:
        yield note(f"text files decoded as {describe(encodings)}")
    wrong = [key[2] for key in unique if khatt_paragraph(key[2]) in (1, 4)]
    if wrong:
        yield note(f"{len(wrong):,} lines among the unique texts are named Para1 or Para4: {examples(wrong)}")


def _files(tree: FileTree, top: str, suffixes: tuple[str, ...]) -> dict[tuple[str, OfficialSplit, str], str]:
    """Files below a top folder by (unique or fixed, part, stem); other files of the release are left alone."""
    found: dict[tuple[str, OfficialSplit, str], str] = {}
    for name in tree.files:
        path = PurePosixPath(name)
        folders = [part.lower() for part in path.parts[:-1]]
        split = split_named(folders[-1]) if folders else None
        kind = next((kind for kind in ("unique", "fixed") if any(part.startswith(kind) for part in folders)), None)
        if top in folders and split and kind and path.suffix.lower() in suffixes:
            found[kind, split, path.stem] = name
    return found


def _line(tree: FileTree, image: str, text: str | None, encodings: Counter[str]) -> Found:
    if text is None:
        return ReadProblem(image, None, "no transcription file belongs to this image")
    rows = read_text_rows(tree, text, encodings)
    if isinstance(rows, ReadProblem):
        return rows
    return FoundLine((image,), rows[0] if rows else "", text, split=split_named(PurePosixPath(image).parent.name))

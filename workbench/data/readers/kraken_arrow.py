"""kraken's binary data sets: an Arrow file with the lines' images and texts, and a mask for each part.

*Source:* column `lines` (a struct of `text`, `im` and, in newer files, a list of languages), columns `train`,
`validation` and `test` of truth values, and JSON under the key `lines` of the schema. That JSON calls the second part
`eval`; all three may be false everywhere. Texts are raw and in logical order.
"""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from workbench.data.arrow_tables import ARROW_MAGIC, ArrowTable, bounded_rows, is_pyarrow_installed, need_pyarrow
from workbench.data.identifiers import split_in, split_named
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.reader import Found, Match, counted, examples, note
from workbench.data.table_images import row_id
from workbench.data.table_lines import line_of
from workbench.data.tree import FileTree
from workbench.errors import InputError

_KEY = "lines"
_KIND = b"kraken_recognition"
_IMAGE, _TEXT = "lines.im", "lines.text"
_LANGUAGES = ("lines.language", "lines.languages", "lines.lang")


def match(tree: FileTree) -> Match | None:
    """Tell by what kraken writes at the beginning of such a file; nothing needs to be installed for that."""
    files = _files(tree)
    if not files:
        return None
    needed = "" if is_pyarrow_installed() else " (to read them, the package pyarrow is needed)"
    return Match(f"kraken's binary lines in {examples(files)}{needed}", metadata=2)


def _files(tree: FileTree) -> list[str]:
    heads = ((name, tree.head(name)) for name in tree.named(".arrow"))
    return [name for name, head in heads if head.startswith(ARROW_MAGIC) and _KIND in head]


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of all such files.

    Raises
    ------
    InputError
        When pyarrow is not installed.
    """
    for name in _files(tree):
        need_pyarrow(name)
        try:
            yield from _lines(tree, name)
        except InputError as error:
            yield ReadProblem(name, None, error.why)


def _lines(tree: FileTree, name: str) -> Iterator[Found]:
    images = tree.table(name)
    table = images.table
    if _TEXT not in table.columns:
        raise InputError(f"{name} cannot be used", "it has no column lines with text and im")
    yield from _remarks(name, table)
    by_name = split_in(PurePosixPath(name).stem) or split_named(PurePosixPath(name).parent.name)
    fallback: list[OfficialSplit] = [by_name] if by_name else []
    masks: dict[str, OfficialSplit] = {part: split for part in table.of_type("bool") if (split := split_named(part))}
    language = next((one for one in _LANGUAGES if one in table.columns), None)
    unassigned = 0
    for row, told in bounded_rows(table, name, [_TEXT, *masks, *([language] if language else [])]):
        masked: list[OfficialSplit] = [split for part, split in masks.items() if told[part]]
        parts = masked or fallback
        unassigned += not parts
        yield _line(name, row, told, images.names[row], parts, told.get(language or ""))
    if masks and unassigned:
        yield note(f"{counted(unassigned, 'line')} of {table.row_count:,} in no part", name)


def _line(name: str, row: int, told: dict[str, Any], member: str, parts: list[OfficialSplit], languages: Any) -> Found:
    text = told[_TEXT]
    if not member:
        return ReadProblem(name, row + 1, "the row holds no image")
    if isinstance(text, bytes):
        return ReadProblem(name, row + 1, "the text is not UTF-8")
    if len(parts) > 1:
        return ReadProblem(name, row + 1, f"the line is in more than one part: {', '.join(sorted(parts))}")
    known = [languages] if isinstance(languages, str) else [one for one in languages or [] if isinstance(one, str)]
    cells = {"text": text or "", "language": known[0] if len(known) == 1 else "", "id": row_id(name, row)}
    return line_of(cells, name, row + 1, (f"{name}/{member}",), parts[0] if parts else None)


def _remarks(name: str, table: ArrowTable) -> Iterator[ReadProblem]:
    """Note what the file says about how its lines were made."""
    try:
        told = json.loads(table.metadata.get(_KEY, ""))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        yield note("what kraken says about these lines cannot be read", name)
        return
    if told.get("type") == "kraken_recognition_baseline":
        yield note("lines cut along their baselines and straightened by kraken: other crops than of plain boxes", name)
    if told.get("text_type", "raw") != "raw":
        yield note(f"the texts are not raw but {str(told['text_type'])[:40]!r}", name)

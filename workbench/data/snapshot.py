"""What was read of a data set, kept in the workspace so that opening it again reads nothing but sizes and times."""

from pathlib import Path
from typing import Any

from workbench import files
from workbench.data.cuts import cut_from_json, cut_to_json
from workbench.data.line import LineSet, ReadProblem, TextLine
from workbench.data.sealed import read_sealed, write_sealed
from workbench.data.tree import FileTree, RefusedPathError, Stamp
from workbench.runs.workspace import Workspace

READING_VERSION = 3
"""Raised whenever readers would make other lines of the same files."""

Stamps = dict[str, Stamp | None]
"""Relative path to size and time; None for a file that was looked for and was not there."""


def _path(workspace: Workspace, name: str) -> Path:
    return workspace.cache / "sets" / f"{name}.json"


def stamps_of(tree: FileTree, lines: LineSet) -> Stamps:
    """Everything on which a reading depends: a whole folder, or a manifest and what it names."""
    if tree.given is None:
        return dict(tree.on_disk)
    wanted = {line.image.as_posix() for line in lines.lines} | {tree.given}
    stamps: Stamps = {name: stamp for name, stamp in tree.files.items() if name in wanted}
    return {**stamps, **dict.fromkeys(tree.missing)}


def save_snapshot(workspace: Workspace, name: str, lines: LineSet, stamps: Stamps) -> None:
    """Keep a reading; see :func:`workbench.files.replacing` for errors."""
    value = {
        "version": READING_VERSION,
        "fingerprint": lines.fingerprint,
        "form": lines.form,
        "language": lines.language,
        "is_synthetic": lines.is_synthetic,
        "lines": [
            [
                line.id,
                line.image.as_posix(),
                line.transcription,
                line.split,
                line.writer,
                line.page,
                cut_to_json(line.cut),
            ]
            for line in lines.lines
        ],
        "problems": [[one.path, one.row, one.reason, one.is_note] for one in lines.problems],
        "stamps": list(stamps.items()),
    }
    write_sealed(_path(workspace, name), value)


def load_snapshot(workspace: Workspace, name: str, root: Path) -> tuple[LineSet, Stamps] | None:
    """Give a kept reading, None where there is no good one."""
    value = read_sealed(_path(workspace, name))
    if value is None or value.get("version") != READING_VERSION:
        return None
    try:
        return _restored(value, name, root)
    except (ValueError, KeyError, TypeError, IndexError):  # sealed by another hand
        return None


def _restored(value: dict[str, Any], name: str, root: Path) -> tuple[LineSet, Stamps]:
    language = str(value["language"])
    lines = LineSet(
        name=name,
        form=str(value["form"]),
        root=root,
        language=language,
        lines=tuple(
            TextLine(line_id, Path(image), text, language, split, writer, page, cut_from_json(cut))
            for line_id, image, text, split, writer, page, cut in value["lines"]
        ),
        problems=tuple(ReadProblem(*row) for row in value["problems"]),
        fingerprint=str(value["fingerprint"]),
        is_synthetic=bool(value["is_synthetic"]),
    )
    stamps = {name: None if stamp is None else (stamp[0], stamp[1]) for name, stamp in value["stamps"]}
    return lines, stamps


def is_unchanged(tree: FileTree, stamps: Stamps) -> bool:
    """Tell whether the files are those that were read."""
    if tree.given is None:
        return tree.on_disk == stamps
    for name, stamp in stamps.items():
        try:
            found = tree.find(name)
        except RefusedPathError:
            return False
        if (tree.files[found] if found else None) != stamp:
            return False
    return True


def delete_snapshot(workspace: Workspace, name: str) -> None:
    """Forget a reading; see :func:`workbench.files.explained` for errors."""
    path = _path(workspace, name)
    with files.explained(path):
        path.unlink(missing_ok=True)

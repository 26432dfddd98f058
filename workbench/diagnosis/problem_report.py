"""What somebody needs who is to find out why something went wrong: one zip file, written here and sent by nobody.

No image, no transcription, no prediction and no list of lines is put into it; the user's home folder is called `~`.
What an error said goes in as it was said, and may name lines.
"""

import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench import files, settings
from workbench.diagnosis.doctor import Examined
from workbench.errors import InputError
from workbench.runs.events import SampleRead, dump
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

MAX_RUNS = 20
"""Runs that are told about, the latest."""
TAIL_LINES = 300
"""Of a log, at most."""
TAIL_BYTES = 1_000_000
"""Of a log, too."""

_UNHAPPY = ("failed", "diverged", "collapsed", "interrupted")
_README = f"""A problem report of htr-workbench

doctor.json       the program, the machine, the window and the workspace, as `htr-workbench doctor` tells them
log/              the last messages of the program
runs/<id>/        up to {MAX_RUNS} runs that failed, diverged, collapsed or were interrupted, the latest: what they are
                  (lists of lines replaced by their lengths), what they were trained with, what they told, what they
                  printed

No image, no transcription, no prediction and no list of lines was put into it, and the home folder is called ~.
What an error said stands here as it was said, and may name lines: look into it before you pass it on.
Nothing was sent anywhere.
"""


def write_problem_report(path: Path, workspace: Workspace, examined: Iterable[Examined]) -> tuple[str, ...]:
    """Write the zip file.

    Parameters
    ----------
    path : Path
        A file that is not there yet.
    workspace : Workspace
    examined : iterable of Examined
        What :func:`workbench.diagnosis.doctor.examine` found.

    Returns
    -------
    tuple of str
        What is in it.

    Raises
    ------
    InputError
        When the file is there already.
    WorkspaceError
        When it cannot be written.
    """
    if path.exists():
        raise InputError(f"{path} is there already", hint="Name another file.")
    names: list[str] = []
    with files.replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _contents(workspace, examined):
            archive.writestr(name, _without_home(text))
            names.append(name)
    return tuple(names)


def _contents(workspace: Workspace, examined: Iterable[Examined]) -> Iterator[tuple[str, str]]:
    yield "README.txt", _README
    yield "doctor.json", _as_json([asdict(each) for each in examined])
    for path in sorted((settings.cache_folder() / "log").glob("*")):
        yield f"log/{path.name}", _tail(path)
    store = RunStore(workspace)
    unhappy = [run for run in store.run_ids() if store.state(run) in _UNHAPPY]
    unhappy.sort(key=lambda run: store.spec_file(run).stat().st_mtime, reverse=True)
    for run in unhappy[:MAX_RUNS]:
        yield from _run(store, run)


def _run(store: RunStore, run: str) -> Iterator[tuple[str, str]]:
    spec = store.spec(run)
    if spec is not None:
        value = spec.model_dump(mode="json")
        for target in value["targets"]:
            for name in ("train_ids", "validation_ids", "test_ids", "test_clusters"):
                target[name] = len(target[name])
        yield f"runs/{run}/spec.json", _as_json(value)
    yield f"runs/{run}/environment.json", _as_json(store.environment(run))
    log = store.events(run)
    told = [_told(dump(event)) for event in log.events if not isinstance(event, SampleRead)]
    yield f"runs/{run}/events.jsonl", "\n".join(json.dumps(each) for each in told[-TAIL_LINES:])
    if log.damaged_lines:
        yield f"runs/{run}/damaged-lines.json", _as_json(list(log.damaged_lines))
    yield f"runs/{run}/log.txt", _tail(store.log_file(run))


def _told(event: dict[str, Any]) -> dict[str, Any]:
    """An event without names of writers and pages."""
    return event | {"clusters": len(event["clusters"])} if "clusters" in event else event


def _tail(path: Path) -> str:
    try:
        if path.is_symlink():  # it might name anything on this machine
            return "a link, not followed"
        with files.open_plain(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return "\n".join(lines[-TAIL_LINES:])


def _without_home(text: str) -> str:
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)

"""What somebody needs who is to find out why something went wrong: one zip file, written here and sent by nobody.

No transcription, no prediction and no list of lines is put into it, and images of lines only where the user wants
that; the user's home folder is called `~`. What an error said goes in as it was said, and may name lines.
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from workbench import files, settings
from workbench.data.cache import LineCache, find_cache
from workbench.diagnosis.doctor import Examined
from workbench.errors import InputError
from workbench.runs.events import RunFailed, SampleRead, dump
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

MAX_RUNS = 20
"""Runs that are told about, the latest."""
TAIL_LINES = 300
"""Of a log, at most."""
MAX_IMAGES = 4
"""Of a run and a data set, where images are wanted."""
TAIL_BYTES = 1_000_000
"""Of a log, too."""

_UNHAPPY = ("failed", "diverged", "collapsed", "interrupted")
_README = f"""A problem report of htr-workbench

doctor.json       the program, the machine, the window and the workspace, as `htr-workbench doctor` tells them
log/              the last messages of the program
runs/<id>/        up to {MAX_RUNS} runs that failed, diverged, collapsed or were interrupted, the latest: what they are
                  (lists of lines replaced by their lengths), what they were trained with, what they told, what they
                  printed
{{images}}
No transcription, no prediction and no list of lines was put into it, and the home folder is called ~.
What an error said stands here as it was said, and may name lines: look into it before you pass it on.
Nothing was sent anywhere.
"""
_WITHOUT_IMAGES = "\nNo image was put into it.\n"
_WITH_IMAGES = f"""images/           of each data set of these runs up to {MAX_IMAGES} lines as the runs see them: those
                  that the run's fault names, else the first of its training lines
"""


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A file of the report."""

    name: str
    """Path in the zip file."""
    content: bytes


def collect_report(
    workspace: Workspace, examined: Iterable[Examined], *, with_images: bool = False
) -> tuple[ReportPart, ...]:
    """Gather what goes into a report, to be looked at before it is written.

    Parameters
    ----------
    workspace : Workspace
    examined : iterable of Examined
        What :func:`workbench.diagnosis.doctor.examine` found.
    with_images : bool
        Put a few decoded lines of each run's data sets in as well.
    """
    return tuple(_contents(workspace, examined, with_images=with_images))


def save_report(path: Path, parts: Iterable[ReportPart], *, replaces: bool = False) -> None:
    """Write the zip file.

    Parameters
    ----------
    path : Path
    parts : iterable of ReportPart
    replaces : bool
        Whether the user agreed to replace a file that is there.

    Raises
    ------
    InputError
        When the file is there already.
    WorkspaceError
        When it cannot be written.
    """
    if path.exists() and not replaces:
        raise InputError(f"{path} is there already", hint="Name another file.")
    with files.replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part.name, part.content)


def write_problem_report(
    path: Path, workspace: Workspace, examined: Iterable[Examined], *, with_images: bool = False
) -> tuple[str, ...]:
    """Gather a report, write it to a file that is not there yet, and return what is in it; see the two above."""
    parts = collect_report(workspace, examined, with_images=with_images)
    save_report(path, parts)
    return tuple(part.name for part in parts)


def _contents(workspace: Workspace, examined: Iterable[Examined], *, with_images: bool) -> Iterator[ReportPart]:
    yield _text("README.txt", _README.format(images=_WITH_IMAGES if with_images else _WITHOUT_IMAGES))
    yield _text("doctor.json", _as_json([asdict(each) for each in examined]))
    for path in sorted((settings.cache_folder() / "log").glob("*")):
        yield _text(f"log/{path.name}", _tail(path))
    store = RunStore(workspace)
    unhappy = [run for run in store.run_ids() if store.state(run) in _UNHAPPY]
    unhappy.sort(key=lambda run: store.spec_file(run).stat().st_mtime, reverse=True)
    for run in unhappy[:MAX_RUNS]:
        for name, text in _run(store, run):
            yield _text(name, text)
    if with_images:
        pictures = {part.name: part for run in unhappy[:MAX_RUNS] for part in _images(store, run)}
        yield from pictures.values()


def _text(name: str, text: str) -> ReportPart:
    return ReportPart(name, _without_home(text).encode("utf-8", "backslashreplace"))


def _images(store: RunStore, run: str) -> Iterator[ReportPart]:
    """A few lines of a run: those that its fault names, else the first that it is trained on."""
    spec = store.spec(run)
    if spec is None:
        return
    said = _said(store.history(run).failure)
    for target in spec.targets:
        cache = find_cache(store.workspace, target.fingerprint, cropped=spec.preprocessing.crop_to_ink)
        if cache is None:
            continue
        ids = (*target.train_ids, *target.validation_ids, *target.test_ids)
        named = [line for line in ids if re.search(rf"(?<!\w){re.escape(line)}(?!\w)", said)] if said else []
        for line in (named or target.train_ids)[:MAX_IMAGES]:
            if line in cache and cache.is_whole(line):
                yield ReportPart(f"images/{_as_name(target.name)}/{_as_name(line)}.png", _png(cache, line))


def _said(failure: RunFailed | None) -> str:
    return f"{failure.reason}\n{failure.hint}\n{failure.log_tail}" if failure else ""


def _as_name(text: str) -> str:
    """A name of a file in the zip, whatever a line or data set is called."""
    return re.sub(r"[^\w.-]+", "_", text).strip(".") or "_"


def _png(cache: LineCache, line: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(255 - cache.image(line)).save(file, "PNG")
    return file.getvalue()


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

"""The demo data sets as folders of images with a manifest, made on the first start and kept.

``demo-ar``, ``demo-ur`` and ``demo-fa`` each hold ``images/``, ``manifest.tsv`` (id, image, text, split, writer,
language) and ``htr-workbench-synthetic.json``, which says that the lines are generated, how, and is written last:
a folder with a marker of the same parameters and generator version is complete and is not made again.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from workbench import files
from workbench.demo.hands import LOOKS, Hand, draw_hand
from workbench.demo.rendering import draw_line
from workbench.demo.words import draw_texts
from workbench.errors import InputError, WorkspaceError
from workbench.runs.control import Control

Part = Literal["train", "validation", "test"]

GENERATOR_VERSION = 1
"""Raised whenever the same parameters may give other lines."""
MARKER = "htr-workbench-synthetic.json"
MANIFEST = "manifest.tsv"
COLUMNS = ("id", "image", "text", "split", "writer", "language")
LINES_PER_TASK = 15
_LANGUAGE_NAMES = {"ar": "Arabic", "ur": "Urdu", "fa": "Persian"}


@dataclass(frozen=True, slots=True)
class DemoSizes:
    """Lines and writers of each data set. No writer is in two parts, no text occurs twice."""

    train_lines: int = 300
    validation_lines: int = 50
    test_lines: int = 100
    train_writers: int = 20
    validation_writers: int = 5
    test_writers: int = 10

    def parts(self) -> tuple[tuple[Part, int, int], ...]:
        """(part, lines, writers) in the order of the manifest."""
        return (
            ("train", self.train_lines, self.train_writers),
            ("validation", self.validation_lines, self.validation_writers),
            ("test", self.test_lines, self.test_writers),
        )


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """Lines drawn so far. The last one of a job has ``done == total`` unless it was cancelled."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class DemoLine:
    """One line to draw: everything but its pixels."""

    id: str
    text: str
    split: Part
    hand: Hand


def dataset_name(language: str) -> str:
    """Name of the demo data set of a language."""
    return f"demo-{language}"


def dataset_names() -> tuple[str, ...]:
    """Names of all demo data sets."""
    return tuple(dataset_name(language) for language in LOOKS)


def _random(*key: object) -> np.random.Generator:
    """Independent random numbers for a key; the same on every machine."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def plan_lines(language: str, seed: int, sizes: DemoSizes) -> tuple[DemoLine, ...]:
    """Decide who writes what. Faces go round among a part's writers, writers among its lines."""
    look = LOOKS[language]
    texts = iter(draw_texts(language, sum(lines for _, lines, _ in sizes.parts()), _random(seed, language, "texts")))
    planned: list[DemoLine] = []
    for part, lines, writers in sizes.parts():
        hands = [
            draw_hand(
                f"{language}-{part}-{number:02d}",
                look.faces[number % len(look.faces)],
                look,
                _random(seed, language, part, number),
            )
            for number in range(writers)
        ]
        planned.extend(
            DemoLine(f"{language}-{part}-{number:04d}", next(texts), part, hands[number % writers])
            for number in range(lines)
        )
    return tuple(planned)


def parameters(language: str, seed: int, sizes: DemoSizes) -> dict[str, Any]:
    """Everything that decides what the lines of a data set look like."""
    return {
        "generator_version": GENERATOR_VERSION,
        "language": language,
        "seed": seed,
        "sizes": asdict(sizes),
        "look": asdict(LOOKS[language]),
    }


def _hash(value: dict[str, Any]) -> str:
    return hashlib.sha256(files.canonical_json(value).encode()).hexdigest()


def is_current(folder: Path, language: str, seed: int = 0, sizes: DemoSizes | None = None) -> bool:
    """Tell whether a folder holds the complete data set of these parameters."""
    wanted = _hash(parameters(language, seed, sizes or DemoSizes()))
    try:
        marker = files.read_json(folder / MARKER)
    except (OSError, ValueError):
        return False
    return isinstance(marker, dict) and marker.get("hash") == wanted and (folder / MANIFEST).is_file()


def _image_name(line: DemoLine, language: str) -> str:
    return f"images/{line.id}{LOOKS[language].suffix}"


def draw_lines(folder: str, language: str, seed: int, lines: tuple[DemoLine, ...]) -> int:
    """Draw some lines into a folder; what a worker process does. Returns how many."""
    look = LOOKS[language]
    for line in lines:
        image = draw_line(line.text, language, line.hand, look, _random(seed, language, "line", line.id))
        path = Path(folder) / _image_name(line, language)
        if look.suffix == ".jpg":
            image.save(path, quality=90)
        else:
            image.save(path, compress_level=3)
    return len(lines)


def _manifest(language: str, lines: tuple[DemoLine, ...]) -> str:
    rows = ((line.id, _image_name(line, language), line.text, line.split, line.hand.writer, language) for line in lines)
    return "".join("\t".join(row) + "\n" for row in (COLUMNS, *rows))


def _marker(language: str, seed: int, sizes: DemoSizes) -> dict[str, Any]:
    value = parameters(language, seed, sizes)
    return {
        "synthetic": True,
        "what": f"Generated lines in {_LANGUAGE_NAMES[language]}: fonts bent by a program, not handwriting",
        "hash": _hash(value),
        "parameters": value,
    }


def _take_over(made: Path, place: Path) -> None:
    """Put a finished data set where it belongs, in place of an older one of ours.

    Raises
    ------
    InputError
        When something else lies there.
    """
    if place.exists():
        if not (place / MARKER).is_file():
            raise InputError(
                f"The demo data cannot be made in {place}",
                "other files lie there",
                "Move them away, or use another workspace.",
            )
        shutil.rmtree(place)
    made.replace(place)


def _worker_count(tasks: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, 4, tasks))


def _draw_all(tasks: list[tuple[str, str, int, tuple[DemoLine, ...]]], control: Control) -> Iterator[int]:
    """Run the tasks in worker processes (or here, when there is one core) and yield how many lines each drew."""
    workers = _worker_count(len(tasks))
    if workers == 1:
        for task in tasks:
            if control.is_cancelled:
                return
            yield draw_lines(*task)
        return
    # Fresh interpreters: a copy of a process that runs Qt and threads could hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pending: set[Future[int]] = {pool.submit(draw_lines, *task) for task in tasks}
        try:
            while pending and not control.is_cancelled:
                finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def generate(
    folder: Path, *, seed: int = 0, sizes: DemoSizes | None = None, control: Control | None = None
) -> Iterator[DemoProgress]:
    """Make the demo data sets that are not there yet, as sub-folders of `folder`.

    Parameters
    ----------
    folder : Path
        Made when missing.
    seed : int
        Same seed, sizes and generator version: same texts and hands, and same pixels with the same Pillow.
    control : Control, optional
        `cancel` stops within a second and leaves nothing behind.

    Yields
    ------
    DemoProgress
        After each few lines; at once the last one when everything is there already.

    Raises
    ------
    InputError
        When a folder of that name holds something else.
    WorkspaceError
        When the folder cannot be written.
    """
    sizes = sizes or DemoSizes()
    control = control or Control()
    missing = [language for language in LOOKS if not is_current(folder / dataset_name(language), language, seed, sizes)]
    lines = {language: plan_lines(language, seed, sizes) for language in missing}
    total = sum(map(len, lines.values()))
    yield DemoProgress(0, total, "demo data")
    if not missing:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # No sub-folder of `folder` before it is whole: a data set is there, or it is not.
        with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder) as temporary:
            yield from _generate_into(Path(temporary), folder, lines, seed, sizes, control)
    except BrokenProcessPool as error:
        raise WorkspaceError(
            "The demo data were not made",
            "a process that draws lines was ended from outside, perhaps because the memory is full",
            "Close other programs and try again.",
        ) from error
    except OSError as error:
        raise WorkspaceError(
            "The demo data were not made", error.strerror or str(error), "Use another workspace (--workspace)."
        ) from error


def _generate_into(
    temporary: Path,
    folder: Path,
    lines: dict[str, tuple[DemoLine, ...]],
    seed: int,
    sizes: DemoSizes,
    control: Control,
) -> Iterator[DemoProgress]:
    tasks: list[tuple[str, str, int, tuple[DemoLine, ...]]] = []
    for language, planned in lines.items():
        made = temporary / dataset_name(language)
        (made / "images").mkdir(parents=True)
        tasks.extend(
            (str(made), language, seed, planned[start : start + LINES_PER_TASK])
            for start in range(0, len(planned), LINES_PER_TASK)
        )
    # The slowest script first: no core is left waiting for it at the end.
    tasks.sort(key=lambda task: task[1] != "ur")
    done, total = 0, sum(map(len, lines.values()))
    for drawn in _draw_all(tasks, control):
        done += drawn
        yield DemoProgress(done, total, "demo data")
    if done < total:
        return
    for language, planned in lines.items():
        made = temporary / dataset_name(language)
        files.write_text(made / MANIFEST, _manifest(language, planned))
        files.write_json(made / MARKER, _marker(language, seed, sizes))
        _take_over(made, folder / dataset_name(language))

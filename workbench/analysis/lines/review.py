"""Which lines of a data set are worth looking at: those that models read unlike the reference.

Two orders lead to label errors. *CER*: lines that are read worst, which are hard ones or wrongly transcribed.
*Disagreement*: lines whose readings agree with one another and not with the reference; several models seldom make the
same mistake, so that rather the reference is wrong. No pandas, no scipy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein

from workbench.data.line import TextLine
from workbench.data.verification_log import LogRow, cer_field, time_field
from workbench.errors import InputError, WorkspaceError
from workbench.metrics.error_rate import EditCount, total
from workbench.runs.attached import load_whole_plan
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.runs.predictions import Prediction, read_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.grid import RunRequest
from workbench.study.schema import Selection

Order = Literal["disagreement", "cer", "dataset", "random"]

MAX_READINGS = 8
"""Of each line, the readings of so many runs count: those of the runs that read the data set best."""


@dataclass(frozen=True, slots=True)
class ReadRun:
    """What one run made of the lines of a data set, as one study asks: under the weights that it shows first."""

    study: str
    run: str
    """Its id."""
    requests: tuple[RunRequest, ...]
    """What it answers in that study; several where what they differ in does not matter to it."""
    wildcards: str
    """Placeholders that were not scored."""
    lines: tuple[Prediction, ...]
    """Test and validation lines, without frames and confidences."""
    is_collapsed: bool = False
    """Left out of all means; its readings are shown all the same."""

    @property
    def request(self) -> RunRequest:
        """What it was asked to be, first of all."""
        return self.requests[0]

    @property
    def count(self) -> EditCount:
        """Edits and reference characters of all its lines."""
        return total(EditCount(line.edits, line.length) for line in self.lines)


@dataclass(frozen=True, slots=True)
class LineReading:
    """One line as one run read it."""

    run: ReadRun
    prediction: Prediction

    @property
    def count(self) -> EditCount:
        """Edits and reference characters."""
        return EditCount(self.prediction.edits, self.prediction.length)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line with its readings, those of the best runs first."""

    line_id: str
    part: Split
    reference: str
    """Normalised as the study says."""
    readings: tuple[LineReading, ...]
    disagreement: float | None
    """Mean distance of the readings to the reference minus mean distance of the readings to one another, each as a
    share of the longer text: −1 to 1. High: they agree with one another and not with the reference. None for fewer
    than two readings that are not empty."""
    count: EditCount
    """Edits and reference characters over all readings."""

    @property
    def cer(self) -> float | None:
        """CER over all readings, a fraction; None without characters."""
        return self.count.rate

    @property
    def consensus(self) -> LineReading:
        """The reading that is nearest to all others; the best run's where several are."""
        texts = [reading.prediction.hypothesis for reading in self.readings]
        apart = [sum(Levenshtein.distance(text, other) for other in texts) for text in texts]
        return self.readings[apart.index(min(apart))]


def studies_on(workspace: Workspace, dataset: str) -> tuple[str, ...]:
    """Names of the planned studies that have a data set among their targets, sorted."""
    return tuple(name for name in workspace.study_names() if _plan_on(workspace, name, dataset) is not None)


def _plan_on(workspace: Workspace, study: str, dataset: str) -> Plan | None:
    try:
        plan = load_whole_plan(workspace, study)
    except WorkspaceError:
        return None  # not planned yet, or damaged: told where the study itself is opened
    return plan if any(target.name == dataset for target in plan.targets) else None


def read_runs(
    workspace: Workspace, dataset: str, study: str | None = None, control: Control | None = None
) -> Iterator[ReadRun]:
    """Read what the finished runs of a study, or of all studies, made of a data set; also those of other systems.

    A run that answers several studies comes once for each, because each compares it with others. Its file is read
    once, and its lines are the same value.

    Raises
    ------
    InputError
        When the named study has no plan or does not take the data set.
    """
    store = RunStore(workspace)
    known: dict[tuple[str, Selection], tuple[Prediction, ...]] = {}
    names = (study,) if study is not None else workspace.study_names()
    for name in names:
        plan = _plan_on(workspace, name, dataset)
        if plan is None and study is not None:
            others = studies_on(workspace, dataset)
            hint = f"Studies on it: {', '.join(others)}." if others else "No study on it has been planned yet."
            raise InputError(f"The study '{study}' has no readings of {dataset}", hint=hint)
        if plan is None:
            continue
        wildcards, selection = plan.study.placeholders.wildcards, plan.study.selection
        for run, requests in _requests(plan, dataset).items():
            if control is not None and control.is_cancelled:
                return
            if (run, selection) not in known:
                known[run, selection] = _lines(store, run, dataset, selection)
            if lines := known[run, selection]:
                record = store.record(run)
                is_collapsed = record is not None and record.state == "collapsed"
                yield ReadRun(name, run, requests, wildcards, lines, is_collapsed)


def _requests(plan: Plan, dataset: str) -> dict[str, tuple[RunRequest, ...]]:
    found: dict[str, list[RunRequest]] = defaultdict(list)
    for planned in plan.runs:
        if dataset in planned.request.targets:
            found[planned.run].append(planned.request)
    return {run: tuple(requests) for run, requests in found.items()}


def _lines(store: RunStore, run: str, dataset: str, selection: Selection) -> tuple[Prediction, ...]:
    try:
        return tuple(
            line
            for line in read_predictions(store.predictions_file(run), with_frames=False)
            if line.target == dataset and line.selection == selection
        )
    except WorkspaceError:
        return ()  # not finished yet


def read_lines(runs: Sequence[ReadRun], *, most: int = MAX_READINGS) -> Iterator[ReadLine]:
    """Put the readings of each line together, one line after the other.

    Parameters
    ----------
    runs : sequence of ReadRun
        A run of several studies counts once. Of a line that was read under several normalisations, those count that
        share the best run's reference.
    most : int
        Readings of a line that count at most.
    """
    readings: dict[str, list[LineReading]] = defaultdict(list)
    once: dict[str, ReadRun] = {}
    for run in runs:
        once.setdefault(run.run, run)  # as the first study shows it
    for run in sorted(once.values(), key=lambda one: _or_worst(one.count.rate)):
        for prediction in run.lines:
            found = readings[prediction.line_id]
            if len(found) < most and (not found or found[0].prediction.reference == prediction.reference):
                found.append(LineReading(run, prediction))
    for line_id, found in readings.items():
        first = found[0].prediction
        count = total(reading.count for reading in found)
        yield ReadLine(line_id, first.split, first.reference, tuple(found), _disagreement(found), count)


def _or_worst(rate: float | None) -> float:
    return float("inf") if rate is None else rate


def _disagreement(readings: Sequence[LineReading]) -> float | None:
    told = [reading for reading in readings if reading.prediction.hypothesis.strip()]
    if len(told) < 2:
        return None
    texts = [_scored(reading) for reading in told]
    reference = told[0].prediction.reference
    wrong = [_share(reading.prediction.edits, reference, text) for reading, text in zip(told, texts, strict=True)]
    # Not a CER: neither is the reference. Of all pairs, in C.
    apart = [_share(Levenshtein.distance(one, other), one, other) for one, other in combinations(texts, 2)]
    return sum(wrong) / len(wrong) - sum(apart) / len(apart)


def _scored(reading: LineReading) -> str:
    return "".join(letter for letter in reading.prediction.hypothesis if letter not in reading.run.wildcards)


def _share(edits: int, one: str, other: str) -> float:
    return edits / max(len(one), len(other), 1)


def best_order(lines: Iterable[ReadLine]) -> Order:
    """Return the order that finds most: by disagreement where several runs can agree, else by CER."""
    return "disagreement" if any(line.disagreement is not None for line in lines) else "cer"


def in_order(ids: Sequence[str], lines: Mapping[str, ReadLine], order: Order, *, seed: int = 0) -> tuple[str, ...]:
    """Put lines into the order in which they are looked at.

    Parameters
    ----------
    ids : sequence of str
        Lines, in the order of the data set.
    lines : mapping
        Those that were read, by id; the others come last, in the order of the data set.
    order : Order
        `cer` and `disagreement`: highest first. `random`: an unbiased sample, whichever beginning of it is looked at.
    seed : int
        Of the random order.
    """
    match order:
        case "dataset":
            return tuple(ids)
        case "random":
            places: list[int] = np.random.Generator(np.random.Philox(seed)).permutation(len(ids)).tolist()
            return tuple(ids[at] for at in places)
        case "cer":
            values = {line_id: line.cer for line_id, line in lines.items()}
        case "disagreement":
            values = {line_id: line.disagreement for line_id, line in lines.items()}
    known = [line_id for line_id in ids if values.get(line_id) is not None]
    unknown = [line_id for line_id in ids if values.get(line_id) is None]
    return (*sorted(known, key=lambda line_id: -(values[line_id] or 0.0)), *unknown)


def log_row(line: TextLine, root: Path, read: ReadLine | None, label: str, notes: str, at: datetime) -> LogRow:
    """Return a judgement of a line as the published logs write it.

    Parameters
    ----------
    line : TextLine
        The line.
    root : Path
        Of its data set.
    read : ReadLine, optional
        What models made of it: the reading that is nearest to all others is the prediction, CER is that of this
        reading, the reference the one it was scored with. Without readings the reference is as on disk.
    label, notes : str
        What a person found.
    at : datetime
        When, in local time.
    """
    found = read.consensus if read else None
    return LogRow(
        image_id=line.id,
        label=label,
        notes=clean_note(notes),
        cer=cer_field(found.count if found else None),
        reference=read.reference if read else line.transcription,
        prediction=found.prediction.hypothesis if found else "",
        image_path=(root / line.image).as_posix(),
        timestamp=time_field(at),
    )


def clean_note(text: str) -> str:
    """Return a note that a log can hold: without what is no character, and without blanks around it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()

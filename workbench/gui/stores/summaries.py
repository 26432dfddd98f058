"""What the open data sets hold, counted: characters, lengths and sizes, worked out in a worker."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal, Slot

from workbench.data.catalog import OpenedDataset
from workbench.data.leakage import Side, overlaps_within
from workbench.data.splits import Parts, split_lines
from workbench.data.statistics import SetStatistics, statistics_of
from workbench.execution.overlaps import decided
from workbench.gui.messages import Messages
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.workers import JobLane
from workbench.runs.control import Control
from workbench.runs.plan import SharedLines
from workbench.study.schema import LeakageRules
from workbench.text.effects import StepEffect, each_alone
from workbench.text.profile import TextProfile, profile


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """Counts of one data set."""

    name: str
    language: str
    is_synthetic: bool
    lines: int
    writers: int
    parts: tuple[tuple[str | None, int], ...]
    problems: int
    notes: int
    characters: Mapping[str, int]
    """Code point to how often it occurs."""
    text: TextProfile
    """What the transcriptions are made of, beside single characters."""
    effects: tuple[StepEffect, ...]
    """What each normalisation step would change if it were the only one."""
    statistics: SetStatistics
    """Everything else that was counted: lengths, sizes, writers."""
    assigned: Parts
    """Train, validation and test as a study with official parts takes them, and what was decided for that."""
    shared: tuple[SharedLines, ...]
    """What those parts have in common."""


@dataclass(frozen=True, slots=True)
class _Summarised:
    opened: OpenedDataset
    summary: DatasetSummary


def summarise(opened: OpenedDataset, control: Control) -> DatasetSummary | None:
    """Count one data set; None when it was cancelled."""
    counted = statistics_of(opened, control)
    if counted is None:
        return None
    texts = [line.transcription for line in opened.lines.lines]
    text, effects = profile(texts), each_alone(texts)
    if control.is_cancelled:
        return None
    parts = Counter(line.split for line in opened.lines.lines)
    assigned = split_lines(opened.lines, "official")
    return DatasetSummary(
        name=opened.entry.name,
        language=opened.entry.language,
        is_synthetic=opened.entry.is_synthetic,
        lines=counted.lines,
        writers=counted.writers,
        parts=tuple((part, parts[part]) for part in ("train", "validation", "test", None) if parts[part]),
        problems=counted.problems,
        notes=counted.notes,
        characters=MappingProxyType(counted.characters),
        text=text,
        effects=effects,
        statistics=counted,
        assigned=assigned,
        shared=decided(overlaps_within(Side(opened.lines, assigned, opened.cache)), LeakageRules()),
    )


class SummaryStore(QObject):
    """Counts of every open data set. Counted only while somebody looks at them."""

    changed = Signal()

    def __init__(self, datasets: DatasetStore, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._datasets = datasets
        self._messages = messages
        self._counted: dict[str, _Summarised] = {}
        self._tried: dict[str, OpenedDataset] = {}
        self._is_wanted = False
        self._lane = JobLane("summaries", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._go_on)
        datasets.changed.connect(self._follow)

    @property
    def summaries(self) -> tuple[DatasetSummary, ...]:
        """Counts of the open data sets, in the catalogue's order, as far as they are there."""
        opened = self._datasets.opened
        return tuple(
            found.summary
            for entry in self._datasets.entries
            if (found := self._counted.get(entry.name)) is not None and found.opened is opened.get(entry.name)
        )

    @property
    def is_counting(self) -> bool:
        """Tell whether counts are on their way."""
        return self._lane.is_running

    def want(self) -> None:
        """Count what is open now, and from now on what is opened."""
        self._is_wanted = True
        self._follow()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._lane.wait()

    @Slot()
    def _follow(self) -> None:
        self._forget_closed()
        if not self._is_wanted or self._lane.is_running:
            return
        missing = self._missing()
        if missing:
            self._tried.update((opened.entry.name, opened) for opened in missing)
            self._lane.start(lambda control: _summarise_all(missing, control))
            self.changed.emit()

    def _forget_closed(self) -> None:
        """Drop the counts of data sets that are open no longer."""
        closed = self._counted.keys() - self._datasets.opened.keys()
        for name in closed:
            del self._counted[name]
        if closed:
            self.changed.emit()

    def _missing(self) -> tuple[OpenedDataset, ...]:
        opened = self._datasets.opened
        return tuple(found for name, found in opened.items() if self._tried.get(name) is not found)

    @Slot()
    def _go_on(self) -> None:
        self._follow()  # with what was opened meanwhile
        self.changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        assert isinstance(value, _Summarised)
        self._counted[value.opened.entry.name] = value
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Counting the data sets")


def _summarise_all(missing: Sequence[OpenedDataset], control: Control) -> Iterator[_Summarised]:
    for opened in missing:
        summary = summarise(opened, control)
        if summary is None:
            return
        yield _Summarised(opened, summary)

"""The work behind the review page that is done beside the window: reading, ranking, writing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from workbench.analysis.lines.cleaning import ArmCounts, counts_of_arms
from workbench.analysis.lines.review import (
    Order,
    ReadLine,
    best_order,
    in_order,
    read_lines,
    read_runs,
    studies_on,
)
from workbench.data.catalog import OpenedDataset
from workbench.data.id_lists import LineNames
from workbench.data.line import TextLine
from workbench.data.review import (
    Imported,
    KeptReview,
    Review,
    Verdicts,
    imported,
    load_review,
    save_review,
    write_exclusions,
)
from workbench.data.verification_log import VerificationLog, read_log, write_log
from workbench.errors import WorkbenchError
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace

ORDERS: tuple[Order, ...] = ("disagreement", "cer", "dataset", "random")


@dataclass(frozen=True, slots=True)
class ReviewLines:
    """The lines of a data set, and what runs made of them."""

    dataset: str = ""
    study: str | None = None
    """Whose readings these are; None: those of all studies."""
    lines: Mapping[str, TextLine] = field(default_factory=dict)
    read: Mapping[str, ReadLine] = field(default_factory=dict)
    orders: Mapping[Order, tuple[str, ...]] = field(default_factory=dict)
    best: Order = "cer"
    arms: tuple[ArmCounts, ...] = ()
    """Counts of every arm, for the effect of cleaning."""
    studies: tuple[str, ...] = ()
    """Planned studies on the data set."""
    names: LineNames = field(default_factory=lambda: LineNames(()))
    root: Path = Path()


@dataclass(frozen=True, slots=True)
class Loaded:
    """Lines with their readings, and the review as it lies on the disk."""

    lines: ReviewLines
    kept: KeptReview | None
    """None: it is known already."""
    fault: WorkbenchError | None = None
    """Why the log on the disk cannot be used."""


@dataclass(frozen=True, slots=True)
class LogTaken:
    """A log that was read, and what taking it in would come to."""

    path: Path
    log: VerificationLog
    notes: tuple[str, ...]
    before: Review
    """The review that it was taken into."""
    done: Imported


@dataclass(frozen=True, slots=True)
class ExclusionsWritten:
    """A list of the lines found wrong."""

    dataset: str
    path: Path
    lines: int


class Shelf:
    """Reviews that wait to be written: put there by the window's thread, written by the saver's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[Workspace, str], Review] = {}
        self._digests: dict[tuple[Workspace, str], str] = {}
        self._aside: list[Path] = []

    @property
    def is_empty(self) -> bool:
        """Tell whether everything is on the disk."""
        return not self._waiting

    def know(self, key: tuple[Workspace, str], digest: str) -> None:
        """Remember which log lies on the disk."""
        with self._lock:
            self._digests[key] = digest

    def put(self, key: tuple[Workspace, str], review: Review) -> None:
        """Let the newest value of a review wait."""
        with self._lock:
            self._waiting[key] = review

    def take_aside(self) -> list[Path]:
        """Return where logs of other programs were put since the last time."""
        with self._lock:
            places, self._aside = self._aside, []
        return places

    def write(self) -> Iterator[str]:
        """Write all that waits; yields the names of data sets. What cannot be written waits on."""
        while self._waiting:
            with self._lock:
                (key, review), *_ = self._waiting.items()
            digest, aside = save_review(*key, review, self._digests.get(key, ""))
            with self._lock:
                self._digests[key] = digest
                if self._waiting.get(key) is review:
                    del self._waiting[key]
                if aside is not None:
                    self._aside.append(aside)
            yield key[1]


def load(
    workspace: Workspace, opened: OpenedDataset, study: str | None, control: Control, *, is_known: bool
) -> Iterator[Loaded]:
    """Read lines, readings, and the review where it is not known yet."""
    kept, fault = None, None
    if not is_known:
        try:
            kept = load_review(workspace, opened.entry.name)
        except WorkbenchError as error:
            fault = error
    name = opened.entry.name
    runs = tuple(read_runs(workspace, name, study, control))
    lines = {line.id: line for line in opened.lines.lines}
    read: dict[str, ReadLine] = {}
    for line in read_lines(runs):
        if control.is_cancelled:
            return
        if line.line_id in lines:
            read[line.line_id] = line
    ids = tuple(lines)
    orders: dict[Order, tuple[str, ...]] = {order: in_order(ids, read, order) for order in ORDERS}
    if not control.is_cancelled:
        found = ReviewLines(
            dataset=name,
            study=study,
            lines=lines,
            read=read,
            orders=orders,
            best=best_order(read.values()),
            arms=counts_of_arms(runs),
            studies=studies_on(workspace, name),
            names=LineNames(ids),
            root=opened.lines.root,
        )
        yield Loaded(found, kept, fault)


def take_log(path: Path, review: Review, names: LineNames) -> Iterator[LogTaken]:
    """Read a log, and take it into a review."""
    found = read_log(path)
    yield LogTaken(path, found.log, found.notes, review, imported(review, found.log, names))


def export(path: Path, log: VerificationLog) -> Iterator[Path]:
    """Write a log to a file of the user's choice."""
    write_log(path, log)
    yield path


def exclude(path: Path, dataset: str, verdicts: Verdicts, ids: tuple[str, ...]) -> Iterator[ExclusionsWritten]:
    """Write the lines found wrong as a list that a study can name."""
    yield ExclusionsWritten(dataset, write_exclusions(path, verdicts, ids), len(verdicts.wrong))

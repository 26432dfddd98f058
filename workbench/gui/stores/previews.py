"""What an import would give, read in a worker while its dialog is open: a newer wish overtakes the older one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from workbench.data.overrides import Overrides
from workbench.data.preview import Preview, Recognised, SampleLine, draw_sample, preview
from workbench.data.reader import Detection
from workbench.data.reading import ImportProgress
from workbench.errors import WorkbenchError
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Drawn:
    sample: tuple[SampleLine, ...]


class PreviewStore(QObject):
    """The preview of one import at a time."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._forget()
        self._seed = 0
        self._lane = JobLane("preview", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._end)

    def _forget(self) -> None:
        self._is_reading = False
        self._detections: tuple[Detection, ...] = ()
        self._progress: ImportProgress | None = None
        self._preview: Preview | None = None
        self._fault: Exception | None = None

    @property
    def is_reading(self) -> bool:
        """Tell whether something is read that is wanted; what is shown meanwhile is older."""
        return self._is_reading

    @property
    def detections(self) -> tuple[Detection, ...]:
        """Forms that match, the one that tells most first; known long before the preview."""
        return self._detections

    @property
    def progress(self) -> ImportProgress | None:
        """How far the reading is."""
        return self._progress

    @property
    def preview(self) -> Preview | None:
        """What the import would give; None as long as that is not known, or where there is a fault."""
        return self._preview

    @property
    def fault(self) -> Exception | None:
        """Why it cannot be read."""
        return self._fault

    def read(self, path: Path, overrides: Overrides, *, is_new: bool = False) -> None:
        """Find out what an import would give; `is_new`: it has nothing to do with what was read before."""
        if is_new:
            self._forget()
        self._is_reading, self._progress = True, None
        seed = self._seed
        self._lane.start(lambda control: seldom(preview(path, overrides, control, seed=seed), ImportProgress))
        self.changed.emit()

    def draw_again(self) -> None:
        """Draw other lines of what was read."""
        if self._preview is None or self._is_reading:
            return
        self._seed += 1
        self._is_reading = True
        seed, reading = self._seed, self._preview.reading

        def job(control: Control) -> Iterator[object]:
            yield _Drawn(draw_sample(reading, seed, control))

        self._lane.start(job)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop reading and forget what was read."""
        self._forget()
        self._lane.cancel()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._forget()
        self._lane.wait()

    @Slot(object)
    def _take(self, value: object) -> None:
        if not self._is_reading:
            return
        match value:
            case ImportProgress():
                self._progress = value
            case Recognised():
                self._detections = value.detections
            case Preview():
                self._preview, self._fault = value, None
                self._detections = value.reading.detections
            case _Drawn() if self._preview is not None:
                self._preview = replace(self._preview, sample=value.sample)
            case _:
                return
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        if self._is_reading:
            self._preview, self._fault = None, error
            if not isinstance(error, WorkbenchError):
                log.error("unexpected fault while looking at an import", exc_info=error)

    @Slot()
    def _end(self) -> None:
        if self._is_reading:
            self._is_reading, self._progress = False, None
            self.changed.emit()

"""The line at the bottom: what this machine trains on, what goes on now, and which workspace is open."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget
from superqt import QElidingLabel

from workbench import settings
from workbench.execution.devices import device_label
from workbench.gui.appearance import GRID_PX
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.stores.bundle import Stores
from workbench.gui.wording import counted, duration_between
from workbench.gui.workers import JobLane
from workbench.runs.control import Control


def _device(control: Control) -> Iterator[str]:
    yield device_label(settings.load().device)


def home_relative(path: Path) -> str:
    """Return a path with the user's folder as `~`."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)


class BusyLine(QWidget):
    """What is read now, how far it is, and a button that stops it."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = plain_label()
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName("Progress")
        stop = QToolButton()
        stop.setText("×")
        stop.setToolTip("Stop reading")
        stop.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        for widget in (self.label, self.bar, stop):
            layout.addWidget(widget)
        self.hide()


class StatusLine(QStatusBar):
    """Follows the stores."""

    def __init__(self, stores: Stores, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stores = stores
        self.setSizeGripEnabled(False)
        self.device = plain_label("…")
        self.queue = plain_label()
        self.queue.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        self.workspace = QElidingLabel()
        self.workspace.setTextFormat(Qt.TextFormat.PlainText)
        self.workspace.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.workspace.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.busy = BusyLine()
        self.busy.cancelled.connect(stores.datasets.cancel)
        self._arrange()
        stores.progress.changed.connect(self._show_queue)
        stores.datasets.changed.connect(self._show_reading)
        stores.workspaces.changed.connect(self._show_workspace)
        self._show_workspace()
        self._lane = JobLane("device", self)
        self._lane.produced.connect(self._show_device)
        self._lane.failed.connect(self._show_no_device)

    def look_at_device(self) -> None:
        """Find out, in a worker, what would train here."""
        self._lane.start(_device)

    def wait(self) -> None:
        """Block until the worker has ended."""
        self._lane.wait()

    def _arrange(self) -> None:
        self.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
        names: list[tuple[QLabel, str]] = [
            (self.device, "Device that trains"),
            (self.queue, "Runs and time left"),
            (self.workspace, "Workspace"),
        ]
        for label, name in names:
            label.setAccessibleName(name)
        self.addWidget(self.device)
        self.addWidget(self.queue)
        self.addWidget(self.busy)
        self.addPermanentWidget(self.workspace, 1)

    @Slot(object)
    def _show_device(self, label: object) -> None:
        self.device.setText(str(label))
        self.device.setToolTip("What runs are trained on; chosen under Study ▸ Device")

    @Slot(object)
    def _show_no_device(self, error: Exception) -> None:
        self._stores.messages.report(error, "Looking for a GPU")

    @Slot()
    def _show_workspace(self) -> None:
        workspace = self._stores.workspaces.workspace
        if workspace is None:
            self.workspace.setText("no workspace")
            return
        note = " (read only)" if self._stores.workspaces.is_read_only else ""
        self.workspace.setText(f"workspace {home_relative(workspace.root)}{note}")
        self.workspace.setToolTip(plain_tooltip(f"{workspace.root}\n{self._stores.workspaces.reader_reason}".strip()))

    @Slot()
    def _show_queue(self) -> None:
        progress = self._stores.progress
        if not progress.is_running:
            self.queue.setText("")
            return
        words = {
            "pause": "paused",
            "stop_after_epoch": "stopping after this epoch",
            "cancel": "stopping",
        }
        if progress.preparing:
            self.queue.setText(progress.preparing)
            return
        parts = [f"{progress.runs_over} of {counted(progress.runs_total, 'run')} done"]
        if progress.command in words:
            parts.append(words[progress.command])
        elif left := progress.time_left:
            parts.append(f"{duration_between(left.low, left.high)} left{', roughly' if left.is_rough else ''}")
        else:
            parts.append(f"{100 * progress.share:.0f} %")
        self.queue.setText(" · ".join(parts))

    @Slot()
    def _show_reading(self) -> None:
        datasets = self._stores.datasets
        self.busy.setVisible(datasets.is_busy)
        progress = datasets.progress
        self.busy.bar.setRange(0, progress.total if progress else 0)
        self.busy.bar.setValue(progress.done if progress else 0)
        count = f" · {progress.done:,} of {progress.total:,}" if progress and progress.total else ""
        self.busy.label.setText(f"{datasets.reading}{count}")

"""Runs that make no steps any more, while they train; nothing is ever stopped for it."""

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.execution.heartbeat import LOOK_EVERY_S, NO_STEP_S, Heartbeat, no_step_for
from workbench.gui.messages import Message, Messages
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.wording import run_label

HINT = "Study ▸ Cancel training stops it with its last checkpoint, from which it can be resumed."


class HeartbeatStore(QObject):
    """Looks every second while a study trains. A run that waits because it was paused is not silent."""

    changed = Signal()
    """A run fell silent, or makes steps again."""

    def __init__(
        self,
        progress: ProgressStore,
        messages: Messages,
        parent: QObject | None = None,
        *,
        limit_s: float = NO_STEP_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        super().__init__(parent)
        self._progress = progress
        self._messages = messages
        self._beat = Heartbeat(limit_s, look_every_s)
        self._silent: dict[str, float] = {}
        self._said: Message | None = None
        self._timer = QTimer(self, interval=round(1_000 * look_every_s))
        self._timer.timeout.connect(self.look)
        progress.changed.connect(self._follow)
        progress.run_changed.connect(self._hear)

    @property
    def silent(self) -> Mapping[str, float]:
        """Runs that made no step for too long, with the seconds since then when that was found."""
        return MappingProxyType(self._silent)

    @property
    def looks(self) -> bool:
        """Tell whether runs are looked at now."""
        return self._timer.isActive()

    @Slot()
    def look(self) -> None:
        """Look which runs are silent."""
        training = [run for run in self._progress.running_runs if self._progress.state(run) == "running"]
        found = self._beat.look(training)
        fresh = [run for run in found if run not in self._silent]
        if found.keys() == self._silent.keys():
            return
        self._silent = {run: self._silent.get(run, seconds) for run, seconds in found.items()}
        for run in fresh:
            self._say(run)
        if not found:
            self._take_back()
        self.changed.emit()

    @Slot(str)
    def _hear(self, run: str) -> None:
        self._beat.hear(run)

    def _say(self, run: str) -> None:
        planned = self._progress.planned(run)
        name = run_label(planned.request) if planned else run
        self._messages.post(Message("warning", f"{name}: {no_step_for(self._silent[run])}", HINT))
        self._said = self._messages.shown

    def _take_back(self) -> None:
        """Take the notice away, unless another one is shown by now."""
        if self._said is not None and self._said.says_the_same(self._messages.shown):
            self._messages.dismiss()
        self._said = None

    @Slot()
    def _follow(self) -> None:
        if self._progress.is_running and not self._timer.isActive():
            self._beat.look(())  # the time before does not count
            self._timer.start()
        elif not self._progress.is_running and self._timer.isActive():
            self._timer.stop()
            self.look()

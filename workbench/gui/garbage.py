"""Garbage is collected in the window's own thread, never in a worker.

Python collects cyclic garbage in whichever thread happens to allocate. Qt objects that die in a worker thread ask for
the interpreter's lock while they hold one of Qt's own locks; the window's thread, which holds the former and waits for
the latter, then never wakes up again. So automatic collection is switched off while there is a window, and a timer of
the window's thread collects instead.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

LOOK_EVERY_MS = 200
FULL_EVERY_S = 120.0
"""A full collection walks over every object there is and can be felt, so it is rare."""


class GarbageCollector(QObject):
    """Does in its own thread what Python would do in any: young objects often, old ones seldom."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._thresholds = gc.get_threshold()
        self._full_at = time.monotonic()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Take over from Python."""
        gc.disable()
        # What the imports left is there to stay; a full collection need not walk over it again and again.
        gc.collect()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def settle(self) -> None:
        """Leave what lives now out of later rounds: for moments at which much was made that stays, such as pages.

        It is still freed when nothing refers to it; only what refers to itself in a circle at that moment stays.
        A full round over a large study would take 0.2 s and more.
        """
        gc.collect(1)
        gc.freeze()

    @Slot()
    def look(self) -> None:
        """Collect what is due by Python's own thresholds."""
        young, middle, old = gc.get_count()
        if old > self._thresholds[2] and time.monotonic() - self._full_at > FULL_EVERY_S:
            gc.collect()
            self._full_at = time.monotonic()
        elif middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)

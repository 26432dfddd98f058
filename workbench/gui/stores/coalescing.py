"""Many changes, one signal: the only place where the window slows anything down."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

INTERVAL_MS = 100


class Coalescer(QObject):
    """Collects keys and tells them together, at most ten times a second."""

    fired = Signal(object)
    """The keys that were marked since the last time, as a frozenset."""

    def __init__(self, parent: QObject | None = None, interval_ms: int = INTERVAL_MS) -> None:
        super().__init__(parent)
        self._keys: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.flush)

    def mark(self, key: str) -> None:
        """Tell of this key within the interval."""
        self._keys.add(key)
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def flush(self) -> None:
        """Tell now what is waiting."""
        self._timer.stop()
        keys, self._keys = frozenset(self._keys), set()
        if keys:
            self.fired.emit(keys)

"""Images that are wanted now, made in a thread beside the window: the latest wish first, the oldest dropped."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from workbench.errors import WorkbenchError

MAX_WAITING = 96
"""More than a screen full of rows: what was scrolled past is not made."""

MakeImage = Callable[[], QImage]
"""Called in the loader's thread; may raise WorkbenchError, OSError, ValueError or KeyError."""


class _Wishes(QObject):
    """What is wanted, and the signal that tells of what was made. All that the thread knows of its loader."""

    made = Signal(int, object, object, str)

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._waiting: OrderedDict[Hashable, tuple[int, MakeImage]] = OrderedDict()

    def put(self, key: Hashable, number: int, make: MakeImage) -> list[Hashable]:
        """Add a wish in front; return the keys that fell off the end."""
        with self._lock:
            self._waiting[key] = (number, make)
            surplus = max(len(self._waiting) - MAX_WAITING, 0)
            return [self._waiting.popitem(last=False)[0] for _ in range(surplus)]

    def repeat(self, key: Hashable) -> None:
        """Move a wish to the front; one that is being fulfilled is no wish any more, and must not become one again."""
        with self._lock:
            if key in self._waiting:
                self._waiting.move_to_end(key)

    def clear(self) -> None:
        """Want nothing any more."""
        with self._lock:
            self._waiting.clear()

    def fulfil_one(self) -> None:
        """Make the image that was wished for last; called in the loader's thread."""
        with self._lock:
            if not self._waiting:
                return
            key, (number, make) = self._waiting.popitem(last=True)
        try:
            self.made.emit(number, key, make(), "")
        except (WorkbenchError, OSError, ValueError, KeyError) as error:
            self.made.emit(number, key, None, str(error))


class ImageLoader(QObject):
    """Makes images by request number and remembers the last ones.

    Parameters
    ----------
    remembered : int
        Images kept; the ones used longest ago go first.
    """

    loaded = Signal(int, object)
    """Request number and key of an image that is remembered now."""
    failed = Signal(int, object, str)
    """Request number, key, and why there is no image."""

    def __init__(self, remembered: int = 512, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._remembered = remembered
        self._images: OrderedDict[Hashable, QImage] = OrderedDict()
        self._numbers: dict[Hashable, int] = {}
        self._last_number = 0
        self._wishes = _Wishes()
        self._wishes.made.connect(self._take, Qt.ConnectionType.QueuedConnection)
        # Its thread starts with the first request, and ends when this object is gone.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="images")

    @property
    def is_idle(self) -> bool:
        """Tell whether every request was answered."""
        return not self._numbers

    def image(self, key: Hashable) -> QImage | None:
        """Return the image of a key where it is remembered."""
        if key in self._images:
            self._images.move_to_end(key)
        return self._images.get(key)

    def request(self, key: Hashable, make: MakeImage) -> int:
        """Ask for an image; the answer carries the returned number. What is asked twice is made once."""
        if key in self._numbers:
            self._wishes.repeat(key)
            return self._numbers[key]
        self._last_number += 1
        self._numbers[key] = self._last_number
        for dropped in self._wishes.put(key, self._last_number, make):
            self._numbers.pop(dropped, None)
        self._pool.submit(self._wishes.fulfil_one)
        return self._numbers[key]

    def forget(self) -> None:
        """Drop all images and wishes: what they showed is gone, or is drawn in another way now."""
        self._images.clear()
        self._numbers.clear()
        self._wishes.clear()

    @Slot(int, object, object, str)
    def _take(self, number: int, key: Hashable, image: QImage | None, reason: str) -> None:
        if self._numbers.get(key) != number:
            return  # asked for before `forget`
        del self._numbers[key]
        if image is None:
            self.failed.emit(number, key, reason)
            return
        self._images[key] = image
        while len(self._images) > self._remembered:
            self._images.popitem(last=False)
        self.loaded.emit(number, key)

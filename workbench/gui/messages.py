"""The one way to tell the user something: one sentence, what to do about it, details on demand.

Stores and panels post messages here; the message bar shows the latest, the log panel keeps them all. Texts are plain
everywhere: names of files and transcriptions may hold anything, also what looks like mark-up.
"""

import logging
import traceback
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from workbench.errors import WorkbenchError

Severity = Literal["info", "warning", "error"]

MAX_KEPT = 500
MAX_BACK = 20
"""Messages back to which one that says the same is counted, and not repeated."""
MAX_TOOLTIP = 4_000
"""Characters of a tool tip: Qt lays all of it out before it is shown."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """Something that the user should know."""

    severity: Severity
    text: str
    """One sentence: what happened, and why."""
    hint: str = ""
    """What can be done about it."""
    details: str = ""
    """A traceback, the tail of a log, a list: shown on demand, made to be copied."""
    offer: tuple[str, str] | None = None
    """What a button beside it offers: its text, and what is handed to whoever hears :attr:`MessageBar.offer_taken`."""
    at: datetime | None = None
    """When it was posted, in local time."""
    count: int = 1
    """How often the same was said, one shortly after the other."""

    def says_the_same(self, other: "Message | None") -> bool:
        """Tell whether another message differs in its time at most."""
        return other is not None and (self.severity, self.text, self.hint) == (other.severity, other.text, other.hint)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def message_of(error: BaseException, doing: str = "") -> Message:
    """Put an exception into words; `doing` says what was being done ("Reading KHATT")."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, WorkbenchError):
        text = f"{error.what}: {error.why}" if error.why else error.what
        return Message("error", _sentence(text), error.hint, details)
    begin = f"{doing} failed" if doing else "Something went wrong"
    if isinstance(error, MemoryError):
        return Message("error", f"{begin}: the memory is full.", "Close other programs, or use less data.", details)
    reason = " ".join(str(error).split()) or type(error).__name__
    hint = "This is a fault of the program, which goes on; Details can be copied into a report."
    return Message("error", _sentence(f"{begin}: {reason[:300]}"), hint, details)


class Messages(QObject):
    """Everything that was said to the user since the start."""

    changed = Signal()
    """A message was posted, counted up or dismissed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: deque[Message] = deque(maxlen=MAX_KEPT)
        self._shown: Message | None = None

    @property
    def kept(self) -> tuple[Message, ...]:
        """Messages so far, oldest first; the same one said again is counted, not repeated."""
        return tuple(self._kept)

    @property
    def shown(self) -> Message | None:
        """What the message bar shows now."""
        return self._shown

    def inform(self, text: str, hint: str = "") -> None:
        """Tell something pleasant or neutral."""
        self.post(Message("info", _sentence(text), hint))

    def warn(self, text: str, hint: str = "", details: str = "") -> None:
        """Tell something that may need the user."""
        self.post(Message("warning", _sentence(text), hint, details))

    def report(self, error: BaseException, doing: str = "") -> None:
        """Tell of a fault; one that is not the user's also goes to the log with its traceback."""
        if not isinstance(error, WorkbenchError):
            log.error("%s", doing or "unexpected fault", exc_info=error)
        self.post(message_of(error, doing))

    def post(self, message: Message) -> None:
        """Show a message and keep it."""
        message = replace(message, at=datetime.now(UTC).astimezone())
        known = next((each for each in islice(reversed(self._kept), MAX_BACK) if message.says_the_same(each)), None)
        if known is not None:
            message = replace(message, count=known.count + 1)
            self._kept.remove(known)
        self._kept.append(message)
        self._shown = message
        log.info("%s %s", message.text, message.hint)
        self.changed.emit()

    @Slot()
    def dismiss(self) -> None:
        """Take the shown message away; it stays in the log."""
        self._shown = None
        self.changed.emit()


def plain_label(
    text: str = "", *, wrap: bool = False, selectable: bool = False, parent: QWidget | None = None
) -> QLabel:
    """Make a label that shows its text as it is, whatever it looks like: the only way to make one in this window."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(wrap)
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def plain_tooltip(text: str) -> str:
    """Text for `setToolTip` that Qt shows as it is: tool tips cannot be told to be plain, so mark-up is escaped.

    Of a text that no screen could hold, the beginning.
    """
    if len(text) > MAX_TOOLTIP:
        text = f"{text[:MAX_TOOLTIP]} …"
    if "<" not in text and "&" not in text:
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<span>{escaped}</span>"

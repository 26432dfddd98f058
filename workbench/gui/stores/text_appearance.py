"""How large transcriptions are drawn, and in which font Urdu is: one choice for every page, kept for the next start."""

from PySide6.QtCore import QObject, Signal, Slot

from workbench import settings
from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.gui.text_rendering import MAX_SIZE_PT, MIN_SIZE_PT, TextStyle, UrduFont

STEP_PT = 2
TABLE_SHARE = 0.78
"""Rows of a table are drawn smaller than the one line that is looked at."""


class TextAppearance(QObject):
    """Size and font of transcriptions."""

    changed = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        known = settings.load()
        self._size_pt = min(max(known.text_size_pt, MIN_SIZE_PT), MAX_SIZE_PT)
        self._urdu_font: UrduFont = known.urdu_font

    @property
    def size_pt(self) -> int:
        """Size of the line that is looked at."""
        return self._size_pt

    @property
    def urdu_font(self) -> UrduFont:
        """Font that Urdu is drawn in."""
        return self._urdu_font

    def style(self, language: str) -> TextStyle:
        """Return the style of a language for the line that is looked at."""
        return TextStyle(language, float(self._size_pt), self._urdu_font)

    def table_style(self, language: str) -> TextStyle:
        """Return the style of a language for rows of a table."""
        return self.style(language).sized(round(self._size_pt * TABLE_SHARE))

    @Slot()
    def enlarge(self) -> None:
        """Draw transcriptions larger."""
        self._set(self._size_pt + STEP_PT, self._urdu_font)

    @Slot()
    def reduce(self) -> None:
        """Draw transcriptions smaller."""
        self._set(self._size_pt - STEP_PT, self._urdu_font)

    def choose_urdu_font(self, font: UrduFont) -> None:
        """Draw Urdu in this font."""
        self._set(self._size_pt, font)

    def _set(self, size_pt: int, urdu_font: UrduFont) -> None:
        size_pt = min(max(size_pt, MIN_SIZE_PT), MAX_SIZE_PT)
        if (size_pt, urdu_font) == (self._size_pt, self._urdu_font):
            return
        self._size_pt, self._urdu_font = size_pt, urdu_font
        try:
            known = settings.load()
            settings.save(known.model_copy(update={"text_size_pt": size_pt, "urdu_font": urdu_font}))
        except WorkspaceError as error:
            self._messages.report(error)
        self.changed.emit()

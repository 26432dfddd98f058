"""The most frequent characters of a data set as horizontal bars: letter, number, name, share."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.meanings import emphasised, muted, tabular
from workbench.gui.text_rendering import ShapedText, TextStyle, code_point, draw_in, visible
from workbench.gui.wording import count

ROW_PX = 24
HEAD_PX = 24
LETTER_PX = 30
NAME_PX = 128
NUMBER_PX = 50
BAR_PX = 9
SHOWN = 12
_DOTTED_CIRCLE = "\u25cc"


@dataclass(frozen=True, slots=True)
class CharacterBar:
    """One character of a data set."""

    character: str
    number: int
    share: float
    """Of the data set's running characters, in [0, 1]."""
    is_everywhere: bool
    """Whether all data sets that are compared have it."""

    @property
    def label(self) -> str:
        """Return number and name: 'U+06CC FARSI YEH'."""
        point, _, name = code_point(self.character).split(" ", 2)
        return f"{point} {name}"


def frequent_characters(
    counts: Mapping[str, int], alphabets: "list[Mapping[str, int]]", most: int = SHOWN
) -> tuple[CharacterBar, ...]:
    """Return the commonest characters of a data set; of equally common ones those of lower number first."""
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(
        CharacterBar(character, number, number / total, all(character in one for one in alphabets))
        for character, number in ranked
    )


class CharacterBars(QWidget):
    """Bars of one data set. Filled: a character that all data sets have; hollow: one that some data set lacks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._total = "", 0
        self._colour = QColor()
        self._text = TextStyle("ar")
        self.bars: tuple[CharacterBar, ...] = ()
        self._longest = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(
        self, name: str, colour: QColor, text: TextStyle, bars: tuple[CharacterBar, ...], total: int, longest: float
    ) -> None:
        """Draw a data set's characters; `longest` is the share that fills the width, the same for all data sets."""
        self._name, self._colour, self._text = name, colour, text.sized(12)
        self.bars, self._total, self._longest = bars, total, max(longest, 1e-9)
        said = ", ".join(f"{bar.label} {100 * bar.share:.1f} %" for bar in bars)
        self.setAccessibleName(f"Most frequent characters of {name}: {said}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """One row per character and one for the name."""
        return QSize(LETTER_PX + NAME_PX + NUMBER_PX + 80, HEAD_PX + ROW_PX * len(self.bars))

    def paintEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw the head and a row per character."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_head(painter)
        for row, bar in enumerate(self.bars):
            self._draw_row(painter, QRectF(0, HEAD_PX + row * ROW_PX, self.width(), ROW_PX), bar)
        painter.end()

    def _draw_head(self, painter: QPainter) -> None:
        font = emphasised(self.font())
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = QRectF(0, 0, self.width(), HEAD_PX)
        number = f"n {count(self._total)}"
        width = QFontMetricsF(font).horizontalAdvance(number)
        name = QFontMetricsF(font).elidedText(self._name, Qt.TextElideMode.ElideMiddle, room.width() - width - 12)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(self._small())
        painter.setPen(muted(self.palette()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)

    def _small(self) -> QFont:
        font = tabular(QFont(self.font()))
        font.setPointSizeF(font.pointSizeF() * 0.85)
        return font

    def _draw_row(self, painter: QPainter, row: QRectF, bar: CharacterBar) -> None:
        text, quiet = self.palette().color(QPalette.ColorRole.WindowText), muted(self.palette())
        letter = QRectF(row.left(), row.top() + 1, LETTER_PX - 8, row.height() - 2)
        draw_in(painter, letter, ShapedText(_shown(bar.character), self._text), text)
        font = self._small()
        painter.setFont(font)
        painter.setPen(quiet)
        place = QRectF(row.left() + LETTER_PX, row.top(), NAME_PX - 8, row.height())
        label = QFontMetricsF(font).elidedText(bar.label, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
        painter.setPen(text)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{100 * bar.share:.1f} %")
        room = row.width() - LETTER_PX - NAME_PX - NUMBER_PX
        width = max(room * bar.share / self._longest, 2.0)
        box = QRectF(row.left() + LETTER_PX + NAME_PX, row.center().y() - BAR_PX / 2, width, BAR_PX)
        painter.setPen(QPen(self._colour, 1.2))
        painter.setBrush(self._colour if bar.is_everywhere else Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0.6, 0.6, -0.6, -0.6))


def _shown(character: str) -> str:
    """Return a character as it can be seen alone: a mark on a circle, a blank as a sign."""
    if character == " ":
        return "␣"
    label = code_point(character)
    return f"{_DOTTED_CIRCLE}{character}" if _DOTTED_CIRCLE in label else visible(character)

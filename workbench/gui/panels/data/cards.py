"""How a data set is drawn in the list: name, language, lines, parts and what is wrong."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import CARD_ROLE, DatasetCard
from workbench.gui.meanings import FAULT_COLOUR, draw_language, emphasised, is_dark, language_colour, muted

Index = QModelIndex | QPersistentModelIndex

_PART_STRENGTH = {"train": 1.0, "validation": 0.62, "test": 0.34, None: 0.12}
_PART_LETTERS = {"train": "train", "validation": "val.", "test": "test", None: "unassigned"}
BAR_PX = 6


class DatasetCell(QStyledItemDelegate):
    """Draws one card."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of four lines of text and a bar."""
        metrics = QFontMetricsF(option.font)
        card = index.data(CARD_ROLE)
        rows = 3 if isinstance(card, DatasetCard) and not (card.problem_text or card.fault) else 4
        return QSize(220, round(metrics.height() * rows + BAR_PX + 5.5 * GRID_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw name and language, counts, parts, problems."""
        self.initStyleOption(option, index)
        card = index.data(CARD_ROLE)
        if not isinstance(card, DatasetCard):
            return
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        painter.save()
        painter.setClipRect(option.rect)
        _Card(painter, option, card).draw()
        painter.restore()


class _Card:
    """One drawing of a card, from the top down."""

    def __init__(self, painter: QPainter, option: QStyleOptionViewItem, card: DatasetCard) -> None:
        self._painter = painter
        self._card = card
        self._font = option.font
        self._height = QFontMetricsF(option.font).height()
        self._room = QRectF(option.rect).adjusted(2 * GRID_PX, 1.5 * GRID_PX, -2 * GRID_PX, -GRID_PX)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        self._text = palette.color(role)
        self._muted = self._text if is_selected else muted(palette)
        self._is_dark = is_dark(palette)
        self._y = self._room.top()

    def draw(self) -> None:
        """Draw everything."""
        self._heading()
        self._say(self._card.counts, self._muted)
        if self._card.parts:
            self._bar()
        if self._card.fault:
            self._say(f"✗ {self._card.fault}", self._fault_colour())
        elif self._card.problem_text:
            sign = "⚠ " if self._card.problems else ""
            self._say(sign + self._card.problem_text, self._text if self._card.problems else self._muted)

    def _fault_colour(self) -> QColor:
        return QColor(FAULT_COLOUR).lighter(125 if self._is_dark else 90)

    def _row(self) -> QRectF:
        row = QRectF(self._room.left(), self._y, self._room.width(), self._height)
        self._y = row.bottom() + 0.5 * GRID_PX
        return row

    def _heading(self) -> None:
        row = self._row()
        draw_language(self._painter, row, self._card.entry.language)
        row.setLeft(row.left() + 34)
        if self._card.entry.is_synthetic:
            row.setRight(self._tag(row, "synthetic"))
        font = emphasised(self._font)
        self._painter.setFont(font)
        self._painter.setPen(self._text)
        name = QFontMetricsF(font).elidedText(self._card.name, Qt.TextElideMode.ElideRight, row.width())
        self._painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _tag(self, row: QRectF, word: str) -> float:
        """Draw a word in a frame at the right end and return where it begins."""
        self._painter.setFont(self._font)
        width = QFontMetricsF(self._font).horizontalAdvance(word) + 10
        box = QRectF(row.right() - width, row.top(), width, row.height())
        self._painter.setPen(self._muted)
        self._painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        self._painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
        return box.left() - 6

    def _say(self, text: str, colour: QColor) -> None:
        row = self._row()
        self._painter.setFont(self._font)
        self._painter.setPen(colour)
        shown = QFontMetricsF(self._font).elidedText(text, Qt.TextElideMode.ElideRight, row.width())
        self._painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _bar(self) -> None:
        """Draw the parts in proportion, in shades of the language's colour, and their numbers under it."""
        total = sum(lines for _, lines in self._card.parts)
        colour = language_colour(self._card.entry.language)
        x = self._room.left()
        for part, lines in self._card.parts:
            width = self._room.width() * lines / max(total, 1)
            shade = QColor(colour)
            shade.setAlphaF(_PART_STRENGTH[part])
            box = QRectF(x, self._y + 1, max(width - 1, 1), BAR_PX)
            self._painter.fillRect(box, shade)
            x += width
        self._y += BAR_PX + 0.75 * GRID_PX
        if tuple(part for part, _ in self._card.parts) != (None,):
            said = " · ".join(f"{_PART_LETTERS[part]} {lines:,}" for part, lines in self._card.parts)
            self._say(said, self._muted)

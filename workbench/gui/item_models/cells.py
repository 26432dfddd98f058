"""How images and transcriptions are drawn in tables: no ink leaves its row, nothing is taken for mark-up."""

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from workbench.gui.meanings import tabular
from workbench.gui.text_rendering import ShapedText, TextStyle, draw_in, elide, shown_name

Index = QModelIndex | QPersistentModelIndex

PADDING_PX = 6
CELL_PADDING_PX = 8
MAX_SHAPED = 400
"""Shaped texts kept: some screens full."""
MAX_PLAIN = 1_000
"""Characters of a plain text that are drawn at most."""


def _draw_ground(painter: QPainter, option: QStyleOptionViewItem) -> QPalette.ColorRole:
    """Draw selection and stripes as the style does, and return the role that text has on them."""
    style = option.widget.style() if option.widget else QApplication.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    return QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text


class TextCell(QStyledItemDelegate):
    """Draws a transcription in the font and direction of its language."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._style = TextStyle("ar")
        self._ink: tuple[float, float] | None = None
        self._shaped: OrderedDict[tuple[str, int], ShapedText] = OrderedDict()

    def set_style(self, style: TextStyle, ink: tuple[float, float]) -> None:
        """Draw in this style; rows keep `ink` free above and below the baseline."""
        if style != self._style:
            self._shaped.clear()
        self._style, self._ink = style, ink

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        self.initStyleOption(option, index)
        role = _draw_ground(painter, option)
        room = QRectF(option.rect).adjusted(PADDING_PX, 1, -PADDING_PX, -1)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        colour = option.palette.color(role)
        painter.save()
        painter.setClipRect(option.rect)
        draw_in(painter, room, self._shape(text, int(room.width())), colour, self._ink)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the row height that the style needs."""
        above, below = self._ink or (16.0, 8.0)
        return QSize(200, round(above + below) + PADDING_PX)

    def _shape(self, text: str, width: int) -> ShapedText:
        key = (text, width)
        shaped = self._shaped.get(key)
        if shaped is None:
            shaped = self._shaped[key] = elide(text, self._style, width)
            if len(self._shaped) > MAX_SHAPED:
                self._shaped.popitem(last=False)
        else:
            self._shaped.move_to_end(key)
        return shaped


class ImageCell(QStyledItemDelegate):
    """Draws the image of a line on its paper, flush with the side that reading starts from."""

    def __init__(self, parent: QObject | None = None, *, from_right: bool = True) -> None:
        super().__init__(parent)
        self.from_right = from_right

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell; while the image is being made, a strip of its size in paper grey."""
        self.initStyleOption(option, index)
        _draw_ground(painter, option)
        room = QRectF(option.rect).adjusted(PADDING_PX, 3, -PADDING_PX, -3)
        image = index.data(Qt.ItemDataRole.DecorationRole)
        if not isinstance(image, QImage) or image.isNull():
            return
        size = image.deviceIndependentSize()
        left = room.right() - size.width() if self.from_right else room.left()
        place = QPointF(round(max(left, room.left())), round(room.center().y() - size.height() / 2))
        painter.save()
        painter.setClipRect(room)
        painter.drawImage(place, image)
        painter.restore()


class PlainCell(QStyledItemDelegate):
    """Draws plain text with the same side bearings as the headers; numbers in figures of equal width.

    Parameters
    ----------
    wraps : bool
        Break long texts into lines; else what does not fit ends in an ellipsis.
    """

    def __init__(self, parent: QObject | None = None, *, wraps: bool = False) -> None:
        super().__init__(parent)
        self._wraps = wraps

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        self.initStyleOption(option, index)
        role = _draw_ground(painter, option)
        alignment = option.displayAlignment
        painter.save()
        painter.setPen(option.palette.color(role))
        room = option.rect.adjusted(CELL_PADDING_PX, 2, -CELL_PADDING_PX, -2)
        text = shown_name(option.text, MAX_PLAIN)
        if self._wraps:
            painter.setFont(option.font)
            painter.drawText(room, int(alignment) | int(Qt.TextFlag.TextWordWrap), text)
        else:
            self._draw_line(painter, QRectF(room), text, option)
        painter.restore()

    @staticmethod
    def _draw_line(painter: QPainter, room: QRectF, text: str, option: QStyleOptionViewItem) -> None:
        """Draw on the baseline of the cell's own font: a letter of a taller fallback font moves nothing."""
        is_right = bool(option.displayAlignment & Qt.AlignmentFlag.AlignRight)
        font = tabular(option.font) if is_right else option.font
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, option.textElideMode, room.width())
        x = room.right() - metrics.horizontalAdvance(shown) if is_right else room.left()
        y = room.center().y() + (metrics.ascent() - metrics.descent()) / 2
        painter.setFont(font)
        painter.drawText(QPointF(x, round(y)), shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of the text in its column's width."""
        self.initStyleOption(option, index)
        if not self._wraps:
            return QSize(80, option.fontMetrics.height() + 10)
        view = self.parent()
        width = view.columnWidth(index.column()) if isinstance(view, QTableView) else 200
        room = QRect(0, 0, max(width - 2 * CELL_PADDING_PX, 40), 10_000)
        text = shown_name(option.text, MAX_PLAIN)
        return QSize(80, option.fontMetrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height() + 12)

"""Rows of plain text with room around them, and a remark at the right edge where there is one."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from workbench.gui.appearance import GRID_PX
from workbench.gui.meanings import muted

REMARK_ROLE = Qt.ItemDataRole.UserRole + 1


class SpacedText(QStyledItemDelegate):
    """Draws a row's text elided, and its remark in a quieter colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size with a margin on every side."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 2 * GRID_PX, max(hint.height(), option.fontMetrics.height() + GRID_PX + 4))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        is_enabled = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        palette = option.palette
        painter.save()
        if is_chosen:
            painter.fillRect(option.rect, palette.highlight())
        room = option.rect.adjusted(GRID_PX, 0, -GRID_PX, 0)
        quiet = palette.highlightedText().color() if is_chosen else muted(palette)
        remark = str(index.data(REMARK_ROLE) or "")
        vertical = Qt.AlignmentFlag.AlignVCenter
        if remark:
            painter.setPen(quiet)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | vertical, remark)
            room.setRight(room.right() - option.fontMetrics.horizontalAdvance(remark) - 2 * GRID_PX)
        normal = palette.highlightedText().color() if is_chosen else palette.text().color()
        painter.setPen(normal if is_enabled else palette.placeholderText().color())
        text = option.fontMetrics.elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | vertical, text)
        painter.restore()


class WrappedText(QStyledItemDelegate):
    """Draws a cell's text in as many lines as it needs, with room around it, in a table whose rows fit them."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size with a margin on every side."""
        view = option.widget
        inner = QStyleOptionViewItem(option)
        if isinstance(view, QTableView):
            inner.rect.setWidth(view.columnWidth(index.column()) - 2 * GRID_PX)
        hint = super().sizeHint(inner, index)
        return QSize(hint.width() + 2 * GRID_PX, hint.height() + GRID_PX + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell."""
        inner = QStyleOptionViewItem(option)
        inner.rect = option.rect.adjusted(GRID_PX - 3, GRID_PX // 2 + 1, 3 - GRID_PX, -GRID_PX // 2)
        super().paint(painter, inner, index)

"""Characters that data sets have in common: numbers, and the share of the running text that they are, as a heatmap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.meanings import emphasised, ink_on, is_dark, language_icon, tabular
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.wording import NO_VALUE, count, percent
from workbench.text.overlap import Overlap

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
CELL_WIDTH, CELL_HEIGHT = 74, 42
CELL_ROLE = Qt.ItemDataRole.UserRole + 1
FURTHER = ("all", "no other")
_LIGHT, _DARK = ("#F4F6F8", "#86B3DF"), ("#26292D", "#2C659C")
"""Grounds of a share of 0 and of 1 in the light and in the dark scheme: one hue, as a share has no middle, on which
black (white) is read everywhere."""


@dataclass(frozen=True, slots=True)
class SharedCell:
    """Characters of a row's data set that a column's has too."""

    characters: tuple[str, ...]
    share: float | None
    """Of the row's running characters, in [0, 1]; None where it has none."""

    @property
    def text(self) -> str:
        """Return number and share."""
        return f"{count(len(self.characters))} · {percent(self.share)}"


class OverlapModel(QAbstractTableModel):
    """Data sets as rows; as columns the data sets again, all of them together, and what no other has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self._languages: tuple[str, ...] = ()
        self._cells: tuple[tuple[SharedCell, ...], ...] = ()

    def show(self, overlap: Overlap, languages: Sequence[str]) -> None:
        """Put another comparison into the table."""
        self.beginResetModel()
        self.names, self._languages = overlap.names, tuple(languages)
        self._cells = tuple(_row(overlap, name) for name in overlap.names)
        self.endResetModel()

    def cell(self, index: Index) -> SharedCell:
        """Return what the data sets of a row and a column share."""
        return self._cells[index.row()][index.column()]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of data sets."""
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() or not self.names else len(self.names) + len(FURTHER)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return number and share, and in words for the tooltip and for who listens."""
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.cell(index).text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self.sentence(index))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.sentence(index)
            case _ if role == CELL_ROLE:
                return self.cell(index)
            case _:
                return None

    def sentence(self, index: Index) -> str:
        """Say a cell in words."""
        cell, name, column = self.cell(index), self.names[index.row()], index.column()
        number = f"{count(len(cell.characters))} characters of {name}"
        others = (*self.names, *FURTHER)
        relation = {
            index.row(): "all that it has",
            len(self.names): "that all data sets have",
            len(self.names) + 1: "that no other data set has",
        }.get(column, f"that {others[column]} has too")
        return f"{number}, {relation}: {percent(cell.share)} of its running characters"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the names, with the sign of the language in front of a row."""
        if role == Qt.ItemDataRole.DisplayRole:
            return (*self.names, *FURTHER)[section]
        if role == Qt.ItemDataRole.DecorationRole and orientation == Qt.Orientation.Vertical:
            return language_icon(self._languages[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip((*self.names, *FURTHER)[section])
        return None


def _row(overlap: Overlap, name: str) -> tuple[SharedCell, ...]:
    found = [overlap.shared_by(name, other) for other in overlap.names]
    return tuple(
        SharedCell(characters, overlap.share(name, characters))
        for characters in (*found, overlap.common, overlap.own(name))
    )


class _SharedDelegate(QStyledItemDelegate):
    """Paints a cell: ground by the share, number, and the share below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        cell: SharedCell = index.data(CELL_ROLE)
        palette = QGuiApplication.palette()  # not the option's: the table's ground is transparent
        rect = QRectF(option.rect).adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        ground = share_colour(cell.share or 0.0, is_dark=is_dark(palette))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, 3, 3)
        painter.setPen(ink_on(ground))
        number, share = emphasised(tabular(painter.font())), tabular(painter.font())
        number.setPixelSize(14)
        share.setPixelSize(11)
        middle = rect.center().y()
        painter.setFont(number)
        upper = QRectF(rect.left(), middle - 17, rect.width() - 10, 18)
        painter.drawText(
            upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count(len(cell.characters))
        )
        painter.setFont(share)
        lower = QRectF(rect.left(), middle, rect.width() - 10, 15)
        said = percent(cell.share) if cell.share is not None else NO_VALUE
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 3, 3)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every cell is of one size."""
        del option, index
        return QSize(CELL_WIDTH, CELL_HEIGHT)


def share_colour(share: float, *, is_dark: bool) -> QColor:
    """Ground of a cell: pale for a share of 0, full for one of 1."""
    low, high = (QColor(end) for end in (_DARK if is_dark else _LIGHT))
    ends = ((low.redF(), high.redF()), (low.greenF(), high.greenF()), (low.blueF(), high.blueF()))
    return QColor.fromRgbF(*(one + (other - one) * share for one, other in ends))


class OverlapMatrix(QWidget):
    """A titled matrix that is as large as its cells."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = OverlapModel(self)
        heading = plain_label(title)
        heading.setFont(emphasised(heading.font()))
        heading.setWordWrap(True)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setItemDelegate(_SharedDelegate(self))
        self.table.setAccessibleName(title)
        self._dress_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(heading)
        layout.addWidget(self.table)
        layout.addStretch(1)

    def _dress_table(self) -> None:
        table = self.table
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.viewport().setAutoFillBackground(False)
        table.setStyleSheet(
            "QTableView, QHeaderView, QHeaderView::section, QTableCornerButton::section"
            " { background: transparent; border: none; }"
            "QHeaderView::section { padding: 2px 4px; }"
        )
        for header, size in ((table.horizontalHeader(), CELL_WIDTH), (table.verticalHeader(), CELL_HEIGHT)):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
            header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
            header.setIconSize(QSize(24, 18))
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_overlap(self, overlap: Overlap, languages: Sequence[str]) -> None:
        """Show another comparison; `languages` are those of the overlap's names."""
        self.model.show(overlap, languages)
        names = self.table.verticalHeader()
        names.setFixedWidth(min(max(names.sizeHint().width(), 70), 160))
        height = self.table.horizontalHeader().sizeHint().height() + names.length()
        self.table.setFixedHeight(height + 4)
        self.table.setMinimumWidth(names.width() + min(self.table.horizontalHeader().length(), 5 * CELL_WIDTH) + 4)

"""Widgets side by side, in as many columns as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget


class Columns(QWidget):
    """Lays widgets out row by row; every column is at least `least_px` wide, and all are of one width."""

    def __init__(self, least_px: int, most: int, spacing_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._most = least_px, most
        self._widgets: tuple[QWidget, ...] = ()
        self._count = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * spacing_px)
        self._grid.setVerticalSpacing(2 * spacing_px)

    @property
    def count(self) -> int:
        """How many columns there are now."""
        return self._count

    def show_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Lay out other widgets; those from before stay children and are hidden."""
        for widget in self._widgets:
            self._grid.removeWidget(widget)
            widget.setVisible(widget in widgets)
        self._widgets = tuple(widgets)
        self._count = 0
        self._arrange(self.width())

    def minimumSizeHint(self) -> QSize:
        """Return the width of one column: with less room there is only one."""
        widest = max((widget.minimumSizeHint().width() for widget in self._widgets), default=0)
        return QSize(widest, self._grid.minimumSize().height())

    def set_least(self, least_px: int) -> None:
        """Change how wide a column is at least."""
        self._least = least_px
        self._arrange(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take more or fewer columns."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def _arrange(self, width: int) -> None:
        fitting = (width + self._grid.horizontalSpacing()) // (self._least + self._grid.horizontalSpacing())
        columns = min(max(fitting, 1), self._most, max(len(self._widgets), 1))
        if columns == self._count:
            return
        for column in range(max(self._count, columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._count = columns
        for at, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, at // columns, at % columns)
            widget.show()

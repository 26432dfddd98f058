"""The queue: every run of the study with its mark, how far it is, and what it reads."""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui.item_models.runs import BRIEF_ROLE, RUN, RUN_ROLE, SHARE_ROLE, STATE_ROLE, RunTableModel
from workbench.gui.meanings import draw_state, muted, tabular

Index = QModelIndex | QPersistentModelIndex

ROW_PX = 62


class _RunRowDelegate(QStyledItemDelegate):
    """Three lines per run: what trains on what, the rest of its name, and how far it is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one run."""
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        if is_selected:
            painter.fillRect(rect, palette.color(QPalette.ColorRole.AlternateBase))
            painter.fillRect(
                QRectF(rect.left(), rect.top(), 3, rect.height()), palette.color(QPalette.ColorRole.Accent)
            )
        mark = QRectF(rect.left() + 12, rect.top() + 6, 17, 17)
        draw_state(painter, mark, index.data(STATE_ROLE), palette, index.data(SHARE_ROLE))
        words = rect.adjusted(38, 5, -8, 0)
        words.setHeight(18)
        parts = index.data().split(" · ", 2)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        self._draw_text(painter, words, " · ".join(parts[:2]))
        font = tabular(painter.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        painter.setPen(muted(palette))
        self._draw_text(painter, words.translated(0, 17), parts[-1])
        self._draw_text(painter, words.translated(0, 33), index.data(BRIEF_ROLE))
        painter.restore()

    @staticmethod
    def _draw_text(painter: QPainter, rect: QRectF, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is of one height."""
        del option, index
        return QSize(200, ROW_PX)


class QueueView(QListView):
    """Lists the runs. `runs_chosen` tells the runs that the user picked, the current one first."""

    runs_chosen = Signal(object)

    def __init__(self, model: RunTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setModelColumn(RUN)
        self.setItemDelegate(_RunRowDelegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName("Runs")

    @property
    def selected_runs(self) -> tuple[str, ...]:
        """Ids of the picked runs, the current one first."""
        current = self.currentIndex()
        indexes = sorted(self.selectionModel().selectedIndexes(), key=lambda index: (index != current, index.row()))
        return tuple(index.data(RUN_ROLE) for index in indexes)

    def show_selected(self, runs: tuple[str, ...]) -> None:
        """Mark these runs, the first as the current one; not taken as the user's choice."""
        rows = [row for run in runs if (row := self._model.row_of(run)) is not None]
        selection = QItemSelection()
        for row in rows:
            index = self._model.index(row, RUN)
            selection.select(index, index)
        model = self.selectionModel()
        if rows and self.currentIndex().row() != rows[0]:
            current = self._model.index(rows[0], RUN)
            model.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(current)
        if set(self.selected_runs) != set(runs):
            model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell what was picked with the mouse."""
        super().mouseReleaseEvent(event)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell what was picked with the keys."""
        before = self.selected_runs
        super().keyPressEvent(event)
        if self.selected_runs != before:
            self._tell()

    def _tell(self) -> None:
        if self.selected_runs:
            self.runs_chosen.emit(self.selected_runs)

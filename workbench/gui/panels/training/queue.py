"""The queue: every run of the study with its mark, how far it is, what it reads, and when it has its turn."""

from dataclasses import dataclass

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.icons import dress
from workbench.gui.item_models.runs import BRIEF_ROLE, RUN, RUN_ROLE, SHARE_ROLE, STATE_ROLE, RunTableModel
from workbench.gui.meanings import draw_state, muted, tabular
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.progress import RETRIABLE, ProgressStore

Index = QModelIndex | QPersistentModelIndex

ROW_PX = 62


@dataclass(frozen=True, slots=True)
class _ActionRow:
    """An action of the queue; `does` names a method of the view."""

    name: str
    text: str
    keys: str
    tip: str
    does: str
    icon: str


_ACTIONS = (
    _ActionRow("first", "Train first", "Alt+Home", "Give these runs the next turns", "move_first", "arrow-collapse-up"),
    _ActionRow("up", "Earlier", "Alt+Up", "One turn earlier", "move_up", "arrow-up"),
    _ActionRow("down", "Later", "Alt+Down", "One turn later", "move_down", "arrow-down"),
    _ActionRow("last", "Train last", "Alt+End", "After all others", "move_last", "arrow-collapse-down"),
    _ActionRow("skip", "Skip", "Del", "Leave these runs out of this sitting", "skip", "debug-step-over"),
    _ActionRow("retry", "Train again", "Ctrl+R", "Failed, diverged and collapsed ones", "retry", "restart"),
    _ActionRow("only", "Train only these", "", "Start the study with these runs alone", "train_only", "play"),
    _ActionRow(
        "duplicate",
        "Duplicate with a change…",
        "Ctrl+Shift+D",
        "Begin a new study from this run",
        "duplicate",
        "content-duplicate",
    ),
)
_BUTTONS = ("first", "up", "down", "skip", "retry")


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
    """Lists the runs, in the order in which they are trained; those to come can be dragged to another place.

    `runs_chosen` tells the runs that the user picked, the current one first.
    """

    runs_chosen = Signal(object)
    duplicate_requested = Signal(str)
    """A new study is to begin from this run."""

    def __init__(self, model: RunTableModel, progress: ProgressStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._progress = progress
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
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setAccessibleName("Runs")
        self.offered = {row.name: self._action(row) for row in _ACTIONS}
        self.selectionModel().selectionChanged.connect(self.refresh_actions)
        progress.changed.connect(self.refresh_actions)
        self.refresh_actions()

    def _action(self, row: _ActionRow) -> QAction:
        action = QAction(row.text, self)
        action.setObjectName(row.name)
        action.setShortcut(row.keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setToolTip(plain_tooltip(f"{row.tip} ({row.keys})" if row.keys else row.tip))
        action.triggered.connect(getattr(self, row.does))
        dress(action, row.icon)
        self.addAction(action)
        return action

    @Slot()
    def refresh_actions(self) -> None:
        """Offer what can be done with the picked runs now."""
        runs, progress = self.selected_runs, self._progress
        to_come = [run for run in runs if progress.may_move(run)]
        for name in ("first", "up", "down", "last", "skip"):
            self.offered[name].setEnabled(bool(to_come))
        is_skipped = bool(to_come) and all(progress.state(run) == "skipped" for run in to_come)
        self.offered["skip"].setText("Do not skip" if is_skipped else "Skip")
        can_retry = any(progress.state(run) in RETRIABLE for run in runs)
        self.offered["retry"].setEnabled(can_retry)
        self.offered["duplicate"].setEnabled(bool(runs))
        self.offered["only"].setEnabled(not progress.is_running and (bool(to_come) or can_retry))

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

    @Slot()
    def move_first(self) -> None:
        """Give the picked runs the next turns."""
        self._progress.move(self.selected_runs, "first")

    @Slot()
    def move_up(self) -> None:
        """Let the picked runs have their turn one run earlier."""
        self._progress.move(self.selected_runs, "up")

    @Slot()
    def move_down(self) -> None:
        """Let the picked runs have their turn one run later."""
        self._progress.move(self.selected_runs, "down")

    @Slot()
    def move_last(self) -> None:
        """Train the picked runs after all others."""
        self._progress.move(self.selected_runs, "last")

    @Slot()
    def skip(self) -> None:
        """Leave the picked runs out of this sitting; take that back where all of them are left out."""
        to_come = [run for run in self.selected_runs if self._progress.may_move(run)]
        if all(self._progress.state(run) == "skipped" for run in to_come):
            self._progress.take_in(to_come)
        else:
            self._progress.skip(to_come)

    @Slot()
    def retry(self) -> None:
        """Train the picked runs once more that failed, diverged or collapsed."""
        self._progress.retry(self.selected_runs)

    @Slot()
    def train_only(self) -> None:
        """Start the study with the picked runs alone."""
        self._progress.train_only(self.selected_runs)

    @Slot()
    def duplicate(self) -> None:
        """Ask for a new study from the run that was picked last."""
        if self.selected_runs:
            self.duplicate_requested.emit(self.selected_runs[0])

    def make_menu(self) -> QMenu:
        """Make the menu of what can be done with the picked runs."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self.offered.values()))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the picked runs."""
        self.make_menu().popup(event.globalPos())

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


class QueueBar(QWidget):
    """Buttons for what is done most with the picked runs."""

    def __init__(self, queue: QueueView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, 0, GRID_PX, GRID_PX // 2)
        layout.setSpacing(GRID_PX // 2)
        for name in _BUTTONS:
            button = QToolButton()
            button.setDefaultAction(queue.offered[name])
            button.setAutoRaise(True)
            button.setAccessibleName(queue.offered[name].text())
            layout.addWidget(button)
        layout.addStretch(1)

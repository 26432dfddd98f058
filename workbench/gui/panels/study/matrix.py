"""The grid of runs: one mark per run, under its K and budget, beside what it trains on."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from workbench.gui.item_models.run_matrix import (
    RUN_ROLE,
    SHARE_ROLE,
    STATE_ROLE,
    STEPS_ROLE,
    UNPLANNED_ROLE,
    MatrixRow,
    RunMatrixModel,
)
from workbench.gui.meanings import STATE_WORDS, draw_language, draw_state, emphasised, muted, tabular
from workbench.gui.wording import NO_VALUE, architecture_label, budget_label

Index = QModelIndex | QPersistentModelIndex

CELL_PX = 24
MARK_PX = 18
STEPS_PX = 64
GROUP_PX = 140
"""Least width of the runs of one K and budget, so that its heading can be read."""
DRAWS_GAP_PX = 6
"""Parts the draws of one arm from those of the next, and one regime from the next."""
LABEL_PX = 190
MAX_LABEL_PX = 340
"""Bounds of the room for what is trained on; longer names end in an ellipsis."""
SIGN_PX = 28
HEADING_PX = 30
CONDITIONS_PX = 16


class _RunDelegate(QStyledItemDelegate):
    """Paints the mark of a run, or the steps that the runs beside it make."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        palette = QGuiApplication.palette()  # not the option's: cells that cannot be chosen are not disabled
        state = index.data(STATE_ROLE)
        if state is not None:
            box = QRectF(0, 0, MARK_PX, MARK_PX)
            box.moveCenter(QPointF(rect.left() + CELL_PX / 2, rect.bottom() - CELL_PX / 2))
            draw_state(painter, box, state, palette, index.data(SHARE_ROLE))
            if option.state & QStyle.StateFlag.State_Selected:  # pyright: ignore[reportAttributeAccessIssue]
                painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 4, 4)
        elif index.data(STEPS_ROLE):
            painter.setFont(tabular(painter.font()))
            painter.setPen(muted(palette))
            place = rect.adjusted(0, rect.height() - CELL_PX, -16, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data())
        elif index.data(UNPLANNED_ROLE):
            painter.setPen(muted(palette))
            place = rect.adjusted(0, rect.height() - CELL_PX, 0, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, NO_VALUE)


class _GroupHeader(QHeaderView):
    """K and budget once over all their columns."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(8)

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        return QSize(super().sizeHint().width(), 2 * self.fontMetrics().lineSpacing() + 12)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """Draw the part of the group's heading that lies over this column."""
        model = self.model()
        assert isinstance(model, RunMatrixModel)
        column = model.columns[logicalIndex]
        first = next(number for number, other in enumerate(model.columns) if other.group == column.group)
        left = self.sectionViewportPosition(first)
        width = sum(self.sectionSize(n) for n, other in enumerate(model.columns) if other.group == column.group)
        whole = QRect(left + 3, rect.top() + 4, width - 8, rect.height() - 8)
        painter.save()
        painter.setClipRect(rect)
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.WindowText))
        painter.setFont(emphasised(self.font()))
        painter.drawText(whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, f"K {column.k:,}")
        painter.setFont(tabular(self.font()))
        painter.setPen(muted(QGuiApplication.palette()))
        budget = budget_label(column.budget.unit, column.budget.amount)
        painter.drawText(whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, budget)
        if column.budget.unit != "steps":
            whole.setRight(whole.right() - 11)
            painter.drawText(whole, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, "steps")
        painter.restore()


class _ArmHeader(QHeaderView):
    """Architectures as headings; below each what is trained on, with the signs of its languages."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(8)

    def sizeHint(self) -> QSize:
        """Wide enough for the names of the rows, as far as there is room."""
        model = self.model()
        assert isinstance(model, RunMatrixModel)
        wanted = max((self._width_of(row) for row in model.rows), default=0)
        return QSize(min(max(wanted, LABEL_PX), MAX_LABEL_PX), super().sizeHint().height())

    def _width_of(self, row: MatrixRow) -> int:
        if row.is_heading:
            name = QFontMetrics(emphasised(self.font())).horizontalAdvance(architecture_label(row.architecture))
            return max(name, self.fontMetrics().horizontalAdvance(row.conditions)) + 16
        signs = SIGN_PX * len(set(row.languages))
        return self.fontMetrics().horizontalAdvance(row.label) + signs + 28

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """Draw one row's name."""
        model = self.model()
        assert isinstance(model, RunMatrixModel)
        row = model.rows[logicalIndex]
        painter.save()
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.WindowText))
        place = rect.adjusted(4, 0, -8, 0)
        if row.is_heading:
            self._paint_heading(painter, place, row)
            painter.restore()
            return
        if row.draw == 0:
            place.setTop(rect.bottom() + 1 - CELL_PX)
            place.setLeft(place.left() + 8)
            for language in dict.fromkeys(row.languages):
                draw_language(painter, QRectF(place.left(), place.top(), 26, place.height()), language)
                place.setLeft(place.left() + SIGN_PX)
            place.setLeft(place.left() + 4)
        _draw_elided(painter, place, row.label)
        painter.restore()

    def _paint_heading(self, painter: QPainter, place: QRect, row: MatrixRow) -> None:
        """Draw an architecture, and below it what is unusual about the conditions."""
        if row.conditions:
            below = place.adjusted(0, place.height() - HEADING_PX // 2 - 4, 0, -2)
            place = place.adjusted(0, 4, 0, below.top() - place.bottom())
            painter.setFont(self.font())
            painter.setPen(muted(QGuiApplication.palette()))
            _draw_elided(painter, below, row.conditions)
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.WindowText))
        painter.setFont(emphasised(self.font()))
        _draw_elided(painter, place, architecture_label(row.architecture))


def _draw_elided(painter: QPainter, place: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class RunMatrixView(QTableView):
    """Shows a plan's runs; `run_chosen(id)` for a click, Enter or Space on one."""

    run_chosen = Signal(str)

    def __init__(self, model: RunMatrixModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHorizontalHeader(_GroupHeader(self))
        self.setVerticalHeader(_ArmHeader(self))
        self.setModel(model)
        self.setItemDelegate(_RunDelegate(self))
        self.setAccessibleName("Grid of runs")
        self.setStyleSheet(
            "QTableView, QHeaderView, QTableCornerButton::section { background: transparent; border: none; }"
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setCornerWidget(QWidget(self))  # the style draws a stray mark where both scroll bars meet
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.clicked.connect(self._choose)
        model.modelReset.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Give rows and columns their sizes."""
        model = self.model()
        assert isinstance(model, RunMatrixModel)
        seeds = sum(column.seed is not None and column.group == 0 for column in model.columns)
        steps = max(STEPS_PX, GROUP_PX - seeds * CELL_PX)
        for number, column in enumerate(model.columns):
            self.setColumnWidth(number, steps if column.seed is None else CELL_PX)
        has_draws = any(row.draw for row in model.rows)
        for number, row in enumerate(model.rows):
            gap = DRAWS_GAP_PX if row.is_first or (has_draws and not row.draw) else 0
            heading = HEADING_PX + (CONDITIONS_PX if row.conditions else 0)
            self.setRowHeight(number, heading if row.is_heading else CELL_PX + gap)
        self.verticalHeader().setFixedWidth(self.verticalHeader().sizeHint().width())

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        run = index.data(RUN_ROLE)
        if run:
            self.run_chosen.emit(run)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space choose the run that has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Draw anew in the colours of another scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.horizontalHeader().viewport().update()
            self.verticalHeader().viewport().update()


class Legend(QWidget):
    """What the marks of the grid mean."""

    STATES = ("planned", "queued", "running", "finished", "failed", "diverged", "collapsed", "interrupted")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(22)
        self.setAccessibleName("Marks: " + ", ".join(STATE_WORDS[state] for state in self.STATES))

    def paintEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw each mark with its word."""
        del event
        painter = QPainter(self)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        x = 0.0
        for state in self.STATES:
            draw_state(painter, QRectF(x, 3, 15, 15), state, QGuiApplication.palette(), 0.6)
            painter.setPen(muted(QGuiApplication.palette()))
            word = STATE_WORDS[state]
            width = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(QRectF(x + 18, 0, width + 4, 22), Qt.AlignmentFlag.AlignVCenter, word)
            x += 18 + width + 14
        painter.end()

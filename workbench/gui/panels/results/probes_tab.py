"""The tab on what networks depend on: CER through windows of limited width, and how alike encoders are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.place_plot import Place, PlacedValue
from workbench.gui.item_models.similarity import SORT_ROLE, SimilarityModel
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.panels.results.target_plots import ArmCurve, TargetPlots
from workbench.gui.stores.probes import ProbesStore
from workbench.gui.wording import count, counted, duration, duration_between, signed

if TYPE_CHECKING:
    from workbench.analysis.probes.values import ArmKey, ContextPoint, PairKey, ProbeTables

MAX_LINES = 100_000
ROW_PX = 28
MOST_ROWS = 14
_WIDTHS = (170, 300, 230, 80, 130, 96, 70, 70)
_PICTURES = "Pictures (*.png *.svg *.pdf)"
_CONTEXT = (
    "Every test line is read again through windows: each frame sees at most so many pixels of the network's input, at "
    "most half of them on either side; LSTMs begin anew in each window. What a network gains from there to the whole "
    "line is what it owes to the context. A bar: from here on a network of convolutions sees all that it can see."
)
_SIMILARITY = (
    "Linear CKA between what two encoders make of the same frames: 1 is alike but for rotation and scale. Read it "
    "against “Two seeds”: how far two trainings of one kind are apart."
)

_Setting = tuple[int, str, str]
"""K, budget and conditions."""


class ProbesTab(QWidget):
    """Shows what was measured, and measures what is missing."""

    def __init__(self, probes: ProbesStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._probes = probes
        self._shown: tuple[ProbeTables, _Setting | None] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(self._command_row())
        layout.addWidget(self._progress_row())
        layout.addWidget(self._content(), 1)
        probes.changed.connect(self.refresh)
        self.refresh()

    # Parts

    def _command_row(self) -> QHBoxLayout:
        self.standing = MutedLabel()
        self.standing.setWordWrap(False)
        self.lines = QSpinBox()
        self.lines.setRange(1, MAX_LINES)
        self.lines.setValue(self._probes.lines)
        self.lines.setKeyboardTracking(False)
        self.lines.setGroupSeparatorShown(True)
        self.lines.setAccessibleName("Test lines of each data set")
        self.lines.setToolTip("The same ones for every run; more lines take longer and give narrower intervals")
        self.lines.valueChanged.connect(self._probes.set_lines)
        self.measure = QPushButton("Measure")
        self.measure.clicked.connect(self._probes.measure)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(self.standing)
        row.addStretch(1)
        row.addWidget(plain_label("Lines per data set"))
        for part in (self.lines, self.measure, self._export_button()):
            row.addWidget(part)
        return row

    def _setting_row(self) -> QWidget:
        self.setting = QComboBox()
        self.setting.setAccessibleName("K, budget and conditions")
        self.setting.setToolTip("Which runs of the study the numbers are of")
        self.setting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setting.activated.connect(self.refresh)
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.setting)
        row.addStretch(1)
        return part

    def _export_button(self) -> QPushButton:
        self.tables_action = QAction("Tables as CSV…", self)
        self.tables_action.triggered.connect(self._export_tables)
        self.picture_action = QAction("Curves as a picture…", self)
        self.picture_action.triggered.connect(self._export_picture)
        self.export = QPushButton("Export probes…")
        self.export.setToolTip("Write what was measured as CSV, or the curves as a picture")
        menu = QMenu(self.export)
        menu.addActions([self.tables_action, self.picture_action])
        self.export.setMenu(menu)
        return self.export

    def _progress_row(self) -> QWidget:
        self.progress = QWidget()
        self.progress_text = MutedLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(200)
        self.bar.setAccessibleName("Progress of measuring")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop measuring; what is complete by then is kept")
        self.cancel.clicked.connect(self._probes.cancel)
        row = QHBoxLayout(self.progress)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        row.addWidget(self.progress_text, 1)
        return self.progress

    def _content(self) -> QScrollArea:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, GRID_PX, 0, GRID_PX)
        layout.setSpacing(GRID_PX)
        self.nothing = plain_label(
            "Nothing was measured yet. Measure reads test lines again with the weights of the finished runs.", wrap=True
        )
        self.notes = plain_label(wrap=True, selectable=True)
        self.notes.setAccessibleName("What must be known beside the numbers")
        self.context = TargetPlots("CER over window width")
        self._context_parts = (_heading("Context reliance"), MutedLabel(_CONTEXT), self.context)
        self._similarity_parts = (_heading("Similarity of encoders"), MutedLabel(_SIMILARITY), self._table())
        for part in (self.nothing, self._setting_row(), *self._context_parts, *self._similarity_parts, self.notes):
            layout.addWidget(part)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        return area

    def _table(self) -> QTableView:
        self.model = SimilarityModel(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self.sorted)
        self.table.setAccessibleName("Similarity of encoders")
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        return self.table

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Read what was measured, the first time that somebody looks."""
        super().showEvent(event)
        self._probes.want()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is known as it is."""
        self._show_commands()
        self._show_progress()
        tables = self._probes.tables
        if tables is None:
            self._forget()
            return
        if not self.isVisible():
            return
        self._offer_settings(tables)
        setting: _Setting | None = self.setting.currentData()
        if self._shown is None or self._shown[0] is not tables or self._shown[1] != setting:
            self._shown = (tables, setting)
            self._show_tables(tables, setting)

    def _forget(self) -> None:
        self._shown = None
        self.setting.clear()
        self.context.show_arms((), (), {}, {})
        self.model.show(())
        self._show_parts(None)

    def _show_commands(self) -> None:
        probes = self._probes
        agenda, obstacle = probes.agenda, probes.obstacle
        words: list[str] = []
        if agenda is not None:
            every = len(agenda.units) + agenda.kept
            words.append(f"{count(agenda.kept)} of {counted(every, 'measurement')} made")
            if agenda.skipped:
                words.append(f"{counted(len(agenda.skipped), 'reading')} not possible")
            if agenda.units and probes.seconds is not None and not probes.is_measuring:
                rough = ", roughly" if probes.seconds.is_rough else ""
                words.append(f"{duration_between(probes.seconds.low, probes.seconds.high)} for the rest{rough}")
            tip = "\n".join(dict.fromkeys(f"{each.label}: {each.reason}" for each in agenda.skipped[:20]))
            self.standing.setToolTip(plain_tooltip(tip))
        if probes.is_reading:
            words.append("looking …")
        self.standing.setText(" · ".join(words))
        self.measure.setEnabled(not obstacle and not probes.is_measuring)
        self.measure.setToolTip(
            plain_tooltip(obstacle or "Read test lines again with the weights of the runs, beside the window")
        )
        self.lines.setEnabled(not probes.is_measuring)
        if not self.lines.hasFocus():
            with QSignalBlocker(self.lines):
                self.lines.setValue(probes.lines)
        tables = probes.tables
        has_context = tables is not None and bool(tables.context)
        has_any = has_context or (tables is not None and bool(tables.similarity))
        self.tables_action.setEnabled(has_any and not probes.is_exporting)
        self.picture_action.setEnabled(has_context and not probes.is_exporting)
        self.export.setEnabled(has_any)

    def _show_progress(self) -> None:
        self.progress.setVisible(self._probes.is_measuring)
        progress = self._probes.measuring
        if progress is None:
            self.bar.setRange(0, 0)
            self.progress_text.setText("starting …")
            return
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        left = f"about {duration(progress.left_s)} left · " if progress.left_s is not None else ""
        self.progress_text.setText(f"{left}{progress.what}")

    def _offer_settings(self, tables: "ProbeTables") -> None:
        keys = (*(point.arm for point in tables.context), *(row.key for row in tables.similarity))
        settings = dict.fromkeys(map(_setting_of, keys))
        known = [self.setting.itemData(number) for number in range(self.setting.count())]
        if known != list(settings):
            current: _Setting | None = self.setting.currentData()
            self.setting.clear()
            for k, budget, conditions in settings:
                unusual = f" · {conditions}" if conditions else ""
                self.setting.addItem(f"K {k:,} · {budget}{unusual}", (k, budget, conditions))
            self.setting.setCurrentIndex(list(settings).index(current) if current in settings else 0)

    def _show_parts(self, tables: "ProbeTables | None") -> None:
        has_context, has_similarity = bool(self.context.plots), self.model.rowCount() > 0
        self.nothing.setVisible(not has_context and not has_similarity)
        self.setting.setVisible(self.setting.count() > 1)
        for part in self._context_parts:
            part.setVisible(has_context)
        for part in self._similarity_parts:
            part.setVisible(has_similarity)
        self.notes.setVisible(tables is not None and bool(tables.notes))

    def _show_tables(self, tables: "ProbeTables", setting: _Setting | None) -> None:
        self._show_plots([point for point in tables.context if _setting_of(point.arm) == setting], tables.targets)
        self.model.show([row for row in tables.similarity if _setting_of(row.key) == setting])
        rows = min(max(self.model.rowCount(), 1), MOST_ROWS)
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + rows * ROW_PX + 2 * self.table.frameWidth() + 2)
        self.notes.setText("\n".join(tables.notes))
        self._show_parts(tables)

    def _show_plots(self, points: "Sequence[ContextPoint]", order: Sequence[str]) -> None:
        by_target: dict[str, list[ContextPoint]] = {}
        by_arm: dict[ArmKey, list[ContextPoint]] = {}
        for point in points:
            by_target.setdefault(point.arm.target, []).append(point)
            by_arm.setdefault(point.arm, []).append(point)
        widest = {target: max((point.width_px or 0 for point in own), default=0) for target, own in by_target.items()}
        self.context.show_arms(
            [_curve(own, widest[own[0].arm.target]) for own in by_arm.values()],
            order,
            {target: f"% CER over px that a frame may see · {_lines_of(own[0])}" for target, own in by_target.items()},
            {target: float(np.log2(_field_px(own))) for target, own in by_target.items()},
        )

    # Commands

    @Slot()
    def _export_tables(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the tables")
        if folder:
            self._probes.export(Path(folder))

    @Slot()
    def _export_picture(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the curves as", "context.png", _PICTURES)
        if chosen:
            path = Path(chosen)
            self._probes.export_picture(path if path.suffix else path.with_suffix(".png"))


def _heading(text: str) -> QWidget:
    heading = plain_label(text)
    heading.setFont(emphasised(heading.font()))
    return heading


def _setting_of(key: "ArmKey | PairKey") -> _Setting:
    return key.k, key.budget, key.conditions


def _lines_of(point: "ContextPoint") -> str:
    """'50 lines, 38 writers'."""
    clusters = counted(point.clusters, point.cluster_unit.removesuffix("s"), point.cluster_unit)
    return f"{counted(point.lines, 'line')}, {clusters}"


def _field_px(points: "Sequence[ContextPoint]") -> float:
    """Receptive field of the networks, the smallest where there are several."""
    return min((point.width_px / point.fields for point in points if point.width_px and point.fields), default=1.0)


def _place(width_px: int | None, widest_px: int) -> Place:
    """Place of a width on the axis; the whole line stands one step beyond the widest window."""
    if width_px is None:
        return Place(float(np.log2(2 * max(widest_px, 1))), "line", "whole line")
    return Place(float(np.log2(width_px)), f"{width_px:,}", f"windows of {width_px:,} px")


def _curve(points: "Sequence[ContextPoint]", widest_px: int) -> ArmCurve:
    arm = points[0].arm
    values = tuple(
        PlacedValue(
            _place(point.width_px, widest_px),
            100 * point.cer,
            None if point.low is None else 100 * point.low,
            None if point.high is None else 100 * point.high,
            "" if point.width_px is None else signed(point.rise_pp),
        )
        for point in points
    )
    sure_px = points[0].sure_width_px
    bar_x = None if sure_px is None else float(np.log2(sure_px))
    return ArmCurve(arm.target, arm.language, arm.architecture, arm.regime, values, bar_x)

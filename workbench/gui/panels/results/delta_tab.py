"""The tab with the ΔCER heatmaps: an architecture each, then their differences, and what they say in words."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.delta_heatmap import DeltaHeatmap, DivergingBar
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.panels.results.cells import (
    HeatmapContent,
    Setting,
    Shown,
    excluded_words,
    heatmaps_of,
    largest,
    meaning_of,
    sentence_of,
)
from workbench.study.arms import arm_label, regime_of
from workbench.study.grid import REGIMES

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import StudyReport


class DeltaTab(QScrollArea):
    """Heatmaps of one setting. A click on a cell chooses it; the right button offers more."""

    cell_chosen = Signal(object)
    """(target, K, architectures): show the lines behind it."""
    runs_requested = Signal(object)
    """(target, K, architectures): show the runs behind it."""
    picture_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: StudyReport | None = None
        self._setting = Setting("")
        self._contents: tuple[HeatmapContent, ...] = ()
        self.heatmaps: tuple[DeltaHeatmap, ...] = ()
        content = QWidget()
        heatmaps = QWidget()
        self._flow = QFlowLayout(heatmaps)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(4 * GRID_PX)
        self._flow.setVerticalSpacing(3 * GRID_PX)
        self._make_words()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, GRID_PX, 0, GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(self._option_row())
        layout.addWidget(self.explanation)
        layout.addWidget(heatmaps)
        layout.addWidget(self.bar)
        for label in (self.sentence, self.remarks, self.excluded, self.meaning):
            layout.addWidget(label)
        layout.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def _make_words(self) -> None:
        self.bar = DivergingBar()
        self.explanation = MutedLabel()
        self.meaning = MutedLabel()
        self.sentence = plain_label(wrap=True, selectable=True)
        self.sentence.setAccessibleName("What the numbers say")
        self.remarks = plain_label(wrap=True, selectable=True)
        self.remarks.setAccessibleName("What must be known beside the numbers")
        self.excluded = MutedLabel()
        self.excluded.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _option_row(self) -> QHBoxLayout:
        self.scale = self._combo("Scale", "In which unit differences are shown")
        self.scale.addItem("percentage points", "points")
        self.scale.addItem("% of the baseline", "relative")
        self.average = self._combo("Average", "How the pairs of trainings of a cell are put together")
        self.average.addItem("mean over trainings", "mean")
        self.average.addItem("median over trainings", "median")
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(self.scale)
        row.addWidget(self.average)
        row.addStretch(1)
        return row

    def _combo(self, name: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(plain_tooltip(tip))
        box.activated.connect(self._show_again)
        return box

    @property
    def shown(self) -> Shown:
        """In which form differences are shown."""
        return Shown(self.scale.currentData(), self.average.currentData())

    def show_report(self, report: "StudyReport", setting: Setting) -> None:
        """Show the numbers of a report in one setting."""
        self._report, self._setting = report, setting
        self._show_again()

    @Slot()
    def _show_again(self) -> None:
        report, setting, shown = self._report, self._setting, self.shown
        if report is None:
            return
        self.average.setEnabled(shown.scale == "points")  # a median of relative changes has no interval to go with it
        self._contents = heatmaps_of(report, setting, shown)
        self._make_heatmaps(len(self._contents))
        reach = largest(self._contents)
        self.bar.set_largest(reach, shown.unit)
        for heatmap, content in zip(self.heatmaps, self._contents, strict=True):
            heatmap.set_title(content.title)
            heatmap.show_cells(content.rows, content.ks, content.cells, reach)
        self.bar.setVisible(bool(self._contents))
        self.meaning.setVisible(bool(setting.regime))
        self.explanation.setVisible(bool(setting.regime) and setting.regime != "multi")
        if setting.regime:
            explanation = REGIMES[regime_of(setting.regime)].explanation
            self.explanation.setText(f"{arm_label(setting.regime)}. {explanation}")
            self.meaning.setText(meaning_of(report, setting, shown))
        self.sentence.setText(sentence_of(report, setting))
        self.remarks.setText("\n".join(report.remarks))
        self.remarks.setVisible(bool(report.remarks))
        words = excluded_words(report.excluded)
        self.excluded.setText("\n".join(["Left out of all means:", *words]) if words else "")
        self.excluded.setVisible(bool(words))

    def _make_heatmaps(self, number: int) -> None:
        """Keep as many heatmaps as there are to show."""
        kept = list(self.heatmaps[:number])
        for surplus in self.heatmaps[number:]:
            self._flow.removeWidget(surplus)
            surplus.hide()
            surplus.deleteLater()
        while len(kept) < number:
            heatmap = DeltaHeatmap("")
            heatmap.cell_chosen.connect(self._choose_cell)
            heatmap.menu_requested.connect(self._open_menu)
            self._flow.addWidget(heatmap)
            kept.append(heatmap)
        self.heatmaps = tuple(kept)

    def _content_of(self, sender: object) -> HeatmapContent:
        return self._contents[self.heatmaps.index(sender)]  # pyright: ignore[reportArgumentType]

    @Slot(str, int)
    def _choose_cell(self, target: str, k: int) -> None:
        self.cell_chosen.emit((target, k, self._content_of(self.sender()).architectures))

    @Slot(str, int, QPoint)
    def _open_menu(self, target: str, k: int, place: QPoint) -> None:
        menu = self.menu_of(self._content_of(self.sender()), target, k)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu_of(self, content: HeatmapContent, target: str, k: int) -> QMenu:
        """Return what the right button offers on a cell."""
        menu = QMenu(self)
        cell, key = content.cells.get((target, k)), (target, k, content.architectures)
        lines = QAction("Show the lines", menu)
        lines.triggered.connect(lambda: self.cell_chosen.emit(key))
        runs = QAction("Show the runs", menu)
        runs.triggered.connect(lambda: self.runs_requested.emit(key))
        for action in (lines, runs):
            action.setEnabled(cell is not None and cell.value is not None)
        copy_cell = QAction("Copy the cell", menu)
        copy_cell.triggered.connect(lambda: QGuiApplication.clipboard().setText(content.cell_text(target, k)))
        copy_all = QAction("Copy the heatmap", menu)
        copy_all.triggered.connect(lambda: QGuiApplication.clipboard().setText(content.as_text()))
        picture = QAction("Save the heatmaps as a picture…", menu)
        picture.triggered.connect(self.picture_requested)
        menu.addActions([lines, runs])
        menu.addSeparator()
        menu.addActions([copy_cell, copy_all, picture])
        return menu

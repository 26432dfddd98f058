"""Data sets side by side in numbers and pictures: counts, lengths, sizes, characters in common, lines that recur."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QFontMetricsF, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.data.comparison import Comparison
from workbench.data.duplicates import DuplicateKind
from workbench.data.measures import Distribution
from workbench.gui.appearance import GRID_PX
from workbench.gui.icons import dress
from workbench.gui.item_models.datasets import PARTS
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import language_icon, tabular
from workbench.gui.messages import plain_tooltip
from workbench.gui.page_header import ActionButton
from workbench.gui.stores.comparison import ComparisonStore
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import NO_VALUE, architecture_label, count, language_name, percent

if TYPE_CHECKING:
    from workbench.gui.panels.data.statistics_charts import StatisticsCharts

ROW_PX = 24


def _parts(summary: DatasetSummary) -> str:
    known = dict(summary.parts)
    if set(known) == {None}:
        return "none"
    return " / ".join(count(known.get(part, 0)) for part in PARTS[:3])


def _spread(spread: Distribution, digits: int = 0) -> str:
    if not spread.count:
        return NO_VALUE
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f}–{spread.high:,.{digits}f})"


def _rare(summary: DatasetSummary) -> str:
    return count(sum(1 for number in summary.characters.values() if number < 5))


def _known(number: int) -> str:
    return count(number) if number else "unknown"


Row = tuple[str, Callable[[DatasetSummary], str]]

ROWS: tuple[Row, ...] = (
    ("Language", lambda one: language_name(one.language) + (" (synthetic)" if one.is_synthetic else "")),
    ("Lines", lambda one: count(one.lines)),
    ("Train / validation / test", _parts),
    ("Writers", lambda one: _known(one.writers)),
    ("Pages", lambda one: _known(one.statistics.pages)),
    ("Characters", lambda one: count(sum(one.characters.values()))),
    ("Different characters", lambda one: count(len(one.characters))),
    ("… of them rarer than 5 times", _rare),
    ("Words", lambda one: count(int(one.statistics.measures.words.sum()))),
    ("Characters per line, median (5–95 %)", lambda one: _spread(one.statistics.lengths)),
    ("Words per line, median (5–95 %)", lambda one: _spread(one.statistics.words)),
    ("Longest line, characters", lambda one: count(int(one.statistics.lengths.maximum))),
    ("Image width, px, median (5–95 %)", lambda one: _spread(one.statistics.widths)),
    ("Image height, px, median (5–95 %)", lambda one: _spread(one.statistics.heights)),
    ("Px per character, median (5–95 %)", lambda one: _spread(one.statistics.px_per_character, 1)),
    ("Problems / notes", lambda one: f"{count(one.problems)} / {count(one.notes)}"),
)

_RECURRING: tuple[tuple[DuplicateKind, str], ...] = (
    ("same_text", "Lines with the text of another"),
    ("same_text_but_blanks", "… blanks collapsed"),
    ("same_image", "Lines with the image file of another"),
    ("similar_image", "Lines whose image looks like another"),
)


class StatisticsTab(QScrollArea):
    """Follows the counts of all open data sets. The pictures are made when the tab is first looked at."""

    def __init__(self, comparison: ComparisonStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._text = text
        self._summaries: tuple[DatasetSummary, ...] = ()
        self._shown: Comparison | None = None
        self.charts: StatisticsCharts | None = None
        self._make_actions()
        self._make_table()
        self._lay_out()
        comparison.changed.connect(self._follow)
        text.changed.connect(self._redraw)
        self._follow()

    def _make_actions(self) -> None:
        self.export_action = QAction("Export CSV…", self)
        self.export_action.setToolTip("Write summary, lines, characters, overlap and duplicates as CSV files")
        dress(self.export_action, "table-arrow-down")
        self.export_action.triggered.connect(self._export)
        self.similar_action = QAction("Find images that look alike", self)
        self.similar_action.setToolTip("Compare what the images show, not only their files; reads every pixel")
        self.similar_action.triggered.connect(self._find_similar)

    def _make_table(self) -> None:
        self.table = QTableWidget()
        self.table.setAccessibleName("Statistics of the data sets")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.horizontalScrollBar().rangeChanged.connect(self._fit_table)
        titles, names = self.table.verticalHeader(), self.table.horizontalHeader()
        titles.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        titles.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        titles.setDefaultSectionSize(ROW_PX)
        titles.setStyleSheet("QHeaderView::section { border: none; padding: 0 8px; }")
        names.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        names.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        names.setHighlightSections(False)
        names.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        names.setStyleSheet("QHeaderView::section { padding: 6px 3px 6px 12px; }")

    def _lay_out(self) -> None:
        self.note = MutedLabel()
        top = QHBoxLayout()
        top.addWidget(self.note, 1)
        top.addWidget(ActionButton(self.similar_action))
        top.addWidget(ActionButton(self.export_action))
        inner = QWidget()
        self._layout = QVBoxLayout(inner)
        self._layout.setContentsMargins(GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        self._layout.setSpacing(2 * GRID_PX)
        self._layout.addLayout(top)
        self._layout.addWidget(self.table)
        self._layout.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_summaries(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the counts of these data sets, one column each."""
        self._summaries = tuple(summaries)
        self._fill_table()

    def _fill_table(self) -> None:
        titles = [title for title, _ in ROWS]
        columns = [[say(summary) for _, say in ROWS] for summary in self._summaries]
        compared = self._comparison.comparison
        if compared is not None and compared.sets == tuple(summary.statistics for summary in self._summaries):
            more, cells = _compared_rows(compared)
            titles += more
            columns = [[*one, *other] for one, other in zip(columns, cells, strict=True)]
        self.table.setRowCount(len(titles))
        self.table.setVerticalHeaderLabels(titles)
        self.table.setColumnCount(len(columns))
        for column, (summary, texts) in enumerate(zip(self._summaries, columns, strict=True)):
            header = QTableWidgetItem(language_icon(summary.language), summary.name)
            header.setToolTip(plain_tooltip(summary.name))
            self.table.setHorizontalHeaderItem(column, header)
            for row, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(tabular(self.table.font()))
                self.table.setItem(row, column, item)
        metrics = QFontMetricsF(tabular(self.table.font()))
        widest = max((metrics.horizontalAdvance(text) for texts in columns for text in texts), default=0.0)
        self.table.horizontalHeader().setMinimumSectionSize(round(widest) + 2 * GRID_PX)
        self._fit_table()

    @Slot()
    def _fit_table(self) -> None:
        """Make the table as high as its rows, and as its scroll bar where there is not enough room for the columns."""
        high = self.table.horizontalHeader().sizeHint().height() + self.table.verticalHeader().length()
        bar = self.table.horizontalScrollBar()
        self.table.setFixedHeight(high + 4 + (bar.sizeHint().height() if bar.maximum() > 0 else 0))

    def showEvent(self, event: QShowEvent) -> None:
        """Work the comparison out, and draw it, now that somebody looks."""
        super().showEvent(event)
        self._comparison.want()
        self._follow()

    @Slot()
    def _follow(self) -> None:
        compared = self._comparison.comparison
        is_looking = self._comparison.is_looking_for_similar
        self.export_action.setEnabled(compared is not None and not self._comparison.is_exporting)
        self.similar_action.setText("Stop comparing images" if is_looking else "Find images that look alike")
        self.similar_action.setEnabled(
            is_looking
            or (compared is not None and not compared.looked_for_similar and not self._comparison.is_comparing)
        )
        self.note.setText(_note(self._comparison))
        if self.isVisible() and compared is not self._shown:
            self._show(compared)

    def _show(self, compared: Comparison | None) -> None:
        before, self._shown = self._shown, compared
        self._fill_table()
        if compared is None:
            if self.charts is not None:
                self.charts.hide()
        elif before is None or before.sets != compared.sets or before.rule is not compared.rule:
            self._draw(compared)

    def _draw(self, compared: Comparison) -> None:
        if self.charts is None:
            from workbench.gui.panels.data.statistics_charts import StatisticsCharts  # imports pyqtgraph

            self.charts = StatisticsCharts(self._text)
            self._layout.insertWidget(self._layout.count() - 1, self.charts)
        self.charts.show_comparison(compared)
        self.charts.show()

    @Slot()
    def _redraw(self) -> None:
        """Draw letters in another font."""
        if self.charts is not None and self._shown is not None:
            self.charts.show_comparison(self._shown)

    @Slot()
    def _find_similar(self) -> None:
        if self._comparison.is_looking_for_similar:
            self._comparison.cancel()
        else:
            self._comparison.find_similar()

    @Slot()
    def _export(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the tables")
        if folder:
            self._comparison.export(Path(folder))


def _note(store: ComparisonStore) -> str:
    if store.is_looking_for_similar:
        return "Comparing images …"
    if store.is_comparing:
        return "Counting …"
    return "Sizes in px of the scan, cut to the ink. Transcriptions as they are on disk."


def _compared_rows(compared: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return titles of the rows, and per data set the cells, of what only a comparison tells."""
    titles = [title for _, title in _RECURRING]
    columns = [
        [
            _of(compared.duplicate_lines(one.name, kind), one.lines)
            if kind != "similar_image" or compared.looked_for_similar
            else "not looked for"
            for kind, _ in _RECURRING
        ]
        for one in compared.sets
    ]
    if compared.rule is not None:
        titles.append(
            f"Too few frames: {architecture_label(compared.rule.architecture)}, {compared.rule.line_height_px} px"
        )
        for column, fit, one in zip(columns, compared.fits, compared.sets, strict=True):
            column.append(_of(fit.too_narrow, one.lines))
    return titles, columns


def _of(number: int, lines: int) -> str:
    return f"{count(number)} ({percent(number / lines if lines else None)})"

"""Data sets side by side in numbers: counts, lengths and sizes."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import PARTS
from workbench.gui.meanings import language_icon, tabular, target_colours
from workbench.gui.panels.data.histogram import Histogram, Outline
from workbench.gui.stores.summaries import DatasetSummary, Spread
from workbench.gui.wording import NO_VALUE, count, language_name


def _parts(summary: DatasetSummary) -> str:
    known = dict(summary.parts)
    if set(known) == {None}:
        return "none"
    return " / ".join(count(known.get(part, 0)) for part in PARTS[:3])


def _spread(spread: Spread) -> str:
    return f"{spread.median:,.0f} ({spread.low:,.0f}–{spread.high:,.0f})"


def _rare(summary: DatasetSummary) -> str:
    return count(sum(1 for number in summary.characters.values() if number < 5))


def _mean_length(summary: DatasetSummary) -> str:
    characters = sum(summary.characters.values())
    return f"{characters / summary.lines:.1f}" if summary.lines else NO_VALUE


ROWS: tuple[tuple[str, Callable[[DatasetSummary], str]], ...] = (
    ("Language", lambda one: language_name(one.language) + (" (synthetic)" if one.is_synthetic else "")),
    ("Lines", lambda one: count(one.lines)),
    ("Train / validation / test", _parts),
    ("Writers", lambda one: count(one.writers) if one.writers else "unknown"),
    ("Characters", lambda one: count(sum(one.characters.values()))),
    ("Different characters", lambda one: count(len(one.characters))),
    ("… of them rarer than 5 times", _rare),
    ("Words", lambda one: count(one.words)),
    ("Characters per line, mean", _mean_length),
    ("Characters per line, median (5–95 %)", lambda one: _spread(one.lengths)),
    ("Longest line, characters", lambda one: count(one.lengths.most)),
    ("Image width, px, median (5–95 %)", lambda one: _spread(one.widths)),
    ("Image height, px, median (5–95 %)", lambda one: _spread(one.heights)),
    ("Problems / notes", lambda one: f"{count(one.problems)} / {count(one.notes)}"),
)


class StatisticsTab(QScrollArea):
    """Follows the counts of all open data sets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(len(ROWS), 0)
        self.table.setAccessibleName("Statistics of the data sets")
        self.table.setVerticalHeaderLabels([title for title, _ in ROWS])
        self.table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(27)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lengths = Histogram("Length of the lines", "characters")
        self.widths = Histogram("Width of the images", "px of the scan")
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(self.table)
        layout.addWidget(self.lengths)
        layout.addWidget(self.widths)
        layout.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_summaries(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the counts of these data sets, one column each."""
        self.table.setColumnCount(len(summaries))
        for column, summary in enumerate(summaries):
            header = QTableWidgetItem(language_icon(summary.language), summary.name)
            self.table.setHorizontalHeaderItem(column, header)
            for row, (_, say) in enumerate(ROWS):
                item = QTableWidgetItem(say(summary))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(tabular(self.table.font()))
                self.table.setItem(row, column, item)
        high = self.table.horizontalHeader().sizeHint().height() + self.table.verticalHeader().length()
        self.table.setFixedHeight(high + 4)
        colours = target_colours((summary.name, summary.language) for summary in summaries)
        self.lengths.show_outlines([Outline(one.name, colours[one.name], one.lengths) for one in summaries])
        self.widths.show_outlines([Outline(one.name, colours[one.name], one.widths) for one in summaries])

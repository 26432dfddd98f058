"""The Statistics tab on real stores: numbers, pictures, export, and what is worked out when."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.execution.small_data import write_dataset
from tests.gui.conftest import wait_until
from workbench.data.measures import distribution
from workbench.data.overrides import Overrides
from workbench.gui.charts.character_bars import CharacterBars, frequent_characters
from workbench.gui.charts.distribution_plot import DistributionPlot
from workbench.gui.charts.outlines import BINS, Outline, beyond, bin_edges, shares_of, styles_of
from workbench.gui.charts.overlap_matrix import OverlapMatrix, share_colour
from workbench.gui.columns import Columns
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import ink_on
from workbench.gui.panels.data.statistics_tab import StatisticsTab
from workbench.gui.stores.bundle import Stores
from workbench.gui.text_rendering import TextStyle
from workbench.text.overlap import overlap


@pytest.fixture
def tab(qtbot: QtBot, stores: Stores) -> Iterator[StatisticsTab]:
    tab = StatisticsTab(stores.comparison, stores.text)
    stores.summaries.changed.connect(lambda: tab.show_summaries(stores.summaries.summaries))
    qtbot.addWidget(tab)
    tab.resize(948, 560)
    tab.show()
    wait_until(qtbot, lambda: stores.comparison.comparison is not None and not stores.comparison.is_comparing)
    yield tab
    wait_until(qtbot, lambda: not (stores.comparison.is_comparing or stores.comparison.is_exporting))


def cells(tab: StatisticsTab, title: str) -> list[str]:
    """Row of the table whose title begins so."""
    table = tab.table
    row = next(n for n in range(table.rowCount()) if table.verticalHeaderItem(n).text().startswith(title))
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_numbers_and_pictures_are_those_of_the_lines(tab: StatisticsTab, stores: Stores) -> None:
    texts = [line.transcription for line in stores.datasets.opened["arabic"].lines.lines]
    lengths = sorted(map(len, texts))
    assert cells(tab, "Longest line")[0] == str(lengths[-1])
    assert tab.charts is not None
    plot = tab.charts.plots[2]
    assert plot.title == "Length of the lines, characters"
    name, n, median, *_ = plot.key.rows[0]
    assert (name, n, median) == ("arabic", "21", f"{lengths[10]}")
    assert plot.shares("arabic").sum() == pytest.approx(100 * (21 - int(plot.key.rows[0][-1])) / 21)
    assert [bars.bars[0].character for bars in tab.charts.bars] == [
        max(set("".join(texts)), key=lambda one: ("".join(texts).count(one), -ord(one))),
        tab.charts.bars[1].bars[0].character,
    ]
    assert tab.charts.raw.model.names == ("arabic", "persian")
    tab.grab()


def test_every_picture_says_how_many_there_are(tab: StatisticsTab) -> None:
    assert tab.charts is not None
    *of_lines, of_writers = tab.charts.plots
    assert of_writers.isHidden()  # list files tell no writers
    for plot in (*of_lines, tab.charts.frames):
        assert not plot.isHidden()
        assert [name for name, *_ in plot.key.rows] == ["arabic", "persian"]
        assert [n for _, n, *_ in plot.key.rows] == ["21", "21"]
        assert "arabic: n 21, median" in plot.accessibleDescription()


def test_nothing_is_wider_than_the_tab(tab: StatisticsTab) -> None:
    assert tab.charts is not None
    assert tab.widget().width() == tab.viewport().width()
    for plot in (*tab.charts.plots, tab.charts.frames):
        right = plot.mapTo(tab.widget(), QPoint(plot.width(), 0)).x()
        assert right <= tab.widget().width()
    tab.resize(520, 560)
    assert tab.widget().width() == tab.viewport().width()


def test_no_number_is_cut_short(tab: StatisticsTab) -> None:
    tab.resize(520, 560)
    metrics = tab.table.fontMetrics()
    for column in range(tab.table.columnCount()):
        texts = [tab.table.item(row, column).text() for row in range(tab.table.rowCount())]
        assert tab.table.columnWidth(column) > max(map(metrics.horizontalAdvance, texts))
    bar = tab.table.horizontalScrollBar()
    last = tab.table.visualItemRect(tab.table.item(tab.table.rowCount() - 1, 0))
    assert last.bottom() <= tab.table.viewport().height()
    assert bar.maximum() > 0


def test_recurring_lines_are_counted(tab: StatisticsTab, stores: Stores) -> None:
    for column, name in enumerate(("arabic", "persian")):
        texts = [line.transcription for line in stores.datasets.opened[name].lines.lines]
        again = sum(texts.count(text) > 1 for text in texts)
        assert cells(tab, "Lines with the text of another")[column].startswith(f"{again} (")
    assert cells(tab, "Lines whose image looks") == ["not looked for"] * 2


def test_images_are_compared_when_asked(qtbot: QtBot, tab: StatisticsTab, stores: Stores) -> None:
    tab.similar_action.trigger()
    assert tab.note.text() == "Comparing images …"
    assert tab.similar_action.text() == "Stop comparing images"
    wait_until(qtbot, lambda: not stores.comparison.is_comparing)
    assert cells(tab, "Lines whose image looks")[0].endswith(" %)")
    assert not tab.similar_action.isEnabled()


def test_comparing_images_can_be_stopped(qtbot: QtBot, tab: StatisticsTab, stores: Stores) -> None:
    before = stores.comparison.comparison
    tab.similar_action.trigger()
    stores.comparison.cancel()
    wait_until(qtbot, lambda: not stores.comparison.is_comparing)
    found = stores.comparison.comparison
    assert found is before or (found is not None and found.looked_for_similar)
    assert tab.similar_action.isEnabled() == (found is before)


def test_tables_are_exported(
    qtbot: QtBot, tab: StatisticsTab, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "tables"))
    tab.export_action.trigger()
    wait_until(qtbot, lambda: not stores.comparison.is_exporting)
    with (tmp_path / "tables/lines.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [
        (name, line.id, str(opened.cache.size(line.id)[1]))
        for name, opened in stores.datasets.opened.items()
        for line in opened.lines.lines
    ]
    assert [(row["data_set"], row["id"], row["width_px"]) for row in rows] == expected
    shown = stores.messages.shown
    assert shown is not None
    assert "5 tables were written" in shown.text


def test_a_folder_that_cannot_be_written_is_said(
    qtbot: QtBot, tab: StatisticsTab, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "file"))
    tab.export_action.trigger()
    wait_until(qtbot, lambda: not stores.comparison.is_exporting)
    shown = stores.messages.shown
    assert shown is not None
    assert "is a file" in shown.text


def test_frames_follow_the_study(qtbot: QtBot, tab: StatisticsTab, stores: Stores) -> None:
    study = stores.study.study
    changes = {
        "architectures": ("both",),
        "preprocessing": study.preprocessing.model_copy(update={"line_height_px": 64}),
    }
    stores.study.set_study(study.model_copy(update=changes))
    wait_until(qtbot, lambda: not stores.comparison.is_comparing)
    assert tab.charts is not None
    assert tab.charts.frames.title == "Frames per character, CRNN (published), 64 px"
    assert len(cells(tab, "Too few frames: CRNN (published), 64 px")) == 2


def test_a_further_data_set_joins(qtbot: QtBot, tab: StatisticsTab, stores: Stores, tmp_path: Path) -> None:
    stores.datasets.add(write_dataset(tmp_path / "more", "ar", seed=3), "more", Overrides(language="ar"))
    wait_until(qtbot, lambda: len(stores.summaries.summaries) == 3 and not stores.comparison.is_comparing)
    assert tab.charts is not None
    assert [bars.isHidden() for bars in tab.charts.bars] == [False] * 3
    assert len(cells(tab, "Lines with the text of another")) == 3
    stores.datasets.remove("more")
    wait_until(qtbot, lambda: not stores.datasets.is_busy and not stores.comparison.is_comparing)
    assert [bars.isHidden() for bars in tab.charts.bars] == [False, False, True]
    for name in ("arabic", "persian"):
        stores.datasets.remove(name)
    wait_until(qtbot, lambda: not stores.datasets.is_busy and not stores.comparison.is_comparing)
    assert stores.comparison.comparison is None
    assert not tab.export_action.isEnabled()
    assert tab.charts.isHidden()


def test_nothing_is_compared_before_somebody_looks(qtbot: QtBot, stores: Stores) -> None:
    tab = StatisticsTab(stores.comparison, stores.text)
    qtbot.addWidget(tab)
    assert stores.comparison.comparison is None
    assert not stores.comparison.is_comparing
    assert tab.charts is None


def test_the_window_starts_without_pyqtgraph() -> None:
    code = "import sys, workbench.gui.panels.data; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The charts by themselves


def outline(name: str, values: list[float], style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> Outline:
    return Outline(name, QColor("#0072B2"), style, distribution(values))


def test_bins_of_whole_numbers_hold_equally_many() -> None:
    edges = bin_edges([distribution([1, 2, 2, 5])])
    assert edges.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    wide = bin_edges([distribution(range(1000))])
    assert wide[0] == -0.5
    assert len(wide) <= BINS + 2
    assert len(set(np.diff(wide))) == 1
    assert bin_edges([]).size == BINS + 1


def test_shares_are_of_all_values_and_the_tail_is_counted() -> None:
    spread = distribution([*[1.25] * 97, 50.5, 60.5, 70.5])
    edges = bin_edges([spread])
    assert beyond(spread, edges) == sum(value > edges[-1] for value in spread.values) > 0
    assert shares_of(spread, edges).sum() == 100 - beyond(spread, edges)


def test_data_sets_of_a_plot_differ_in_style() -> None:
    styles = styles_of(["a", "b", "c", "d"])
    assert len(set(styles.values())) == 4
    assert styles["a"] == Qt.PenStyle.SolidLine


def test_a_plot_reads_out_the_bin_under_the_mouse(qtbot: QtBot) -> None:
    plot = DistributionPlot("Length", "characters")
    qtbot.addWidget(plot)
    plot.show_outlines([outline("one", [1, 1, 2, 4]), outline("none", []), outline("two", [2, 2])])
    assert plot.told_at(1.2) == "1: one 50.0 % (2) · two 0.0 % (0)"
    assert plot.told_at(2.0) == "2: one 25.0 % (1) · two 100.0 % (2)"
    assert plot.told_at(-5) == plot.told_at(99) == ""
    assert plot.key.rows[1] == ("none", "0", "–", "–", "–", "–")
    assert len(plot._items) == 2
    plot.grab()


def test_the_most_frequent_characters_and_whether_all_have_them() -> None:
    bars = frequent_characters({"ا": 3, "ب": 5, "ت": 3, " ": 1}, [{"ا": 1, "ب": 1}, {"ب": 2, "ا": 1, " ": 1}], most=3)
    assert [(bar.character, bar.number, bar.share, bar.is_everywhere) for bar in bars] == [
        ("ب", 5, 5 / 12, True),
        ("ا", 3, 3 / 12, True),
        ("ت", 3, 3 / 12, False),
    ]
    assert bars[0].label == "U+0628 BEH"
    assert frequent_characters({}, []) == ()


def test_bars_are_drawn_with_their_letters(qtbot: QtBot) -> None:
    widget = CharacterBars()
    qtbot.addWidget(widget)
    bars = frequent_characters({"ب": 5, "\u064e": 2, " ": 1, "\u200c": 1}, [{"ب": 1}])
    widget.show_bars("one", QColor("#0072B2"), TextStyle("ar"), bars, 9, 5 / 9)
    widget.resize(320, widget.height())
    image = widget.grab().toImage()
    blue = QColor("#0072B2").rgb()
    inked = {y for y in range(image.height()) for x in range(image.width()) if image.pixel(x, y) == blue}
    assert inked  # the filled bar, and the frames of the hollow ones
    assert "U+0628 BEH 55.6 %" in widget.accessibleName()


def test_a_matrix_tells_numbers_and_shares_in_words(qtbot: QtBot) -> None:
    matrix = OverlapMatrix("raw")
    qtbot.addWidget(matrix)
    matrix.show_overlap(overlap({"one": ["aab"], "two": ["bc"]}), ["ar", "fa"])
    model = matrix.model
    shown = [[model.index(row, column).data() for column in range(4)] for row in range(2)]
    assert shown == [
        ["2 · 100.0 %", "1 · 33.3 %", "1 · 33.3 %", "1 · 66.7 %"],
        ["1 · 50.0 %", "2 · 100.0 %", "1 · 50.0 %", "1 · 50.0 %"],
    ]
    said = model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "1 characters of one, that two has too: 33.3 % of its running characters"
    matrix.grab()


@pytest.mark.parametrize("is_dark", [False, True])
def test_numbers_are_read_in_one_ink_on_every_share(is_dark: bool) -> None:
    inks = {ink_on(share_colour(share / 20, is_dark=is_dark)).name() for share in range(21)}
    assert inks == {"#ffffff" if is_dark else "#000000"}


def test_columns_are_as_many_as_fit(qtbot: QtBot) -> None:
    columns = Columns(least_px=200, most=3, spacing_px=8)
    qtbot.addWidget(columns)
    widgets = [MutedLabel(str(number)) for number in range(4)]
    columns.show_widgets(widgets)
    columns.show()
    for width, count in ((150, 1), (416, 2), (415, 1), (2000, 3)):
        columns.resize(width, 300)
        assert columns.count == count
    columns.show_widgets(widgets[:2])
    assert columns.count == 2
    assert widgets[3].isHidden()

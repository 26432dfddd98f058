"""Browsing lines: search by code points, orders made beside the window, the full view, columns, problems as a file."""

import csv
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.execution.small_data import write_dataset
from tests.gui.conftest import wait_until
from tests.gui.test_data_panel import make_panel
from tests.gui.test_item_models import FakeCache, opened_of
from workbench.data.line import ReadProblem, TextLine
from workbench.data.overrides import Overrides
from workbench.errors import InputError
from workbench.gui.folders import folder_url
from workbench.gui.image_conversion import ink_image, ink_of
from workbench.gui.item_models.line_index import LineFilter, LineIndex, SortKey, Wanted
from workbench.gui.item_models.lines import ID, LENGTH, WIDTH, LinesModel
from workbench.gui.item_models.problems import REASON, ProblemsModel
from workbench.gui.item_models.ranking import OvertakenError, natural_key, order_of, text_ranks
from workbench.gui.line_frames import architectures_to_choose, frames_of
from workbench.gui.line_overlays import CropBox, FrameGrid
from workbench.gui.panels.data import DataPanel
from workbench.gui.panels.data.lines_tab import LinesTab
from workbench.gui.side_job import SideJob
from workbench.gui.stores.bundle import Stores
from workbench.gui.text_rendering import MAX_CHARACTERS, shown_name
from workbench.models.registry import ARCHITECTURES
from workbench.runs.control import Control
from workbench.study.schema import Study
from workbench.text.search import matcher

# Searching


@pytest.mark.parametrize(
    ("query", "text", "is_found"),
    [
        ("U+06CC", "علی", True),
        ("U+06CC", "علي", False),
        ("u+064a", "علي", True),
        ("\\u06cc", "علی", True),
        ("\\u{6CC}", "علی", True),
        ("\\U0001F600", "\U0001f600", True),
        ("U+0644 U+06CC", "علی", True),
        ("U+06CC U+0644", "علی", False),
        ("U+0020 U+0020", "a  b", True),
        ("U+0020 U+0020", "a b", False),
        ("عل\\u06cc", "علی", True),
        ("U+0061", "A", False),  # a number means exactly this character
        ("a", "A", True),
        ("/[\\u064A\\u06CC]$/", "علی", True),
        ("/U+0644U+06CC/", "علی", True),
        ("/^ل/", "علی", False),
        ("U+202E", "a\u202eb", True),
        ("U+06CC is", "U+06CC", False),
    ],
)
def test_code_points_are_searched_by_their_numbers(query: str, text: str, is_found: bool) -> None:
    assert matcher(query)(text) is is_found


@pytest.mark.parametrize("query", ["U+110000", "\\u{FFFFFF}", "/(/", "/a{99999999999}/"])
def test_what_cannot_be_searched_is_said(query: str) -> None:
    with pytest.raises(InputError):
        matcher(query)


@given(st.text(), st.characters())
def test_a_character_is_found_by_its_number(text: str, character: str) -> None:
    assert matcher(f"U+{ord(character):04X}")(text) == (character in text)


# Orders


@given(st.lists(st.text(max_size=4), max_size=30), st.booleans())
def test_ranks_sort_as_python_does(keys: list[str], is_descending: bool) -> None:
    order = order_of(text_ranks(keys, Control()), is_descending=is_descending)
    assert order.tolist() == sorted(range(len(keys)), key=lambda n: keys[n], reverse=is_descending)


def test_numbers_in_names_are_numbers() -> None:
    names = ["l10", "L9", "l09b", "l2", "l" + "9" * 5000]
    assert sorted(names, key=natural_key) == ["l2", "L9", "l09b", "l10", "l" + "9" * 5000]


class SizedCache(FakeCache):
    """Images of different sizes."""

    def size(self, line_id: str) -> tuple[int, int]:
        number = int(line_id.removeprefix("line"))
        return 20 + number % 3, 60 + 10 * (number % 7)


def many(number: int, **fields: Any) -> Any:
    lines = tuple(
        TextLine(f"line{n}", Path(f"i/{n}.png"), "ب" * (1 + n % 5), "ar", "train", f"w{n % 12}" if n % 2 else None)
        for n in range(number)
    )
    opened = opened_of(lines, **fields)
    opened.cache = SizedCache()
    return opened


KEYS: dict[SortKey, Any] = {
    "id": lambda line, size: int(line.id[4:]),
    "writer": lambda line, size: int(line.writer[1:]) if line.writer else -1,
    "part": lambda line, size: line.split,
    "length": lambda line, size: len(line.transcription),
    "width": lambda line, size: size[1],
    "height": lambda line, size: size[0],
    "density": lambda line, size: len(line.transcription) / size[1],
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_every_column_sorts_and_keeps_the_order_of_equals(key: SortKey, is_descending: bool) -> None:
    opened = many(100)
    found = LineIndex(opened).arrange(Wanted(LineFilter(), key, is_descending), Control())
    lines = opened.lines.lines
    expected = sorted(
        range(100), key=lambda n: KEYS[key](lines[n], opened.cache.size(lines[n].id)), reverse=is_descending
    )
    assert found.positions.tolist() == expected
    assert found.rows[found.positions].tolist() == list(range(100))


def test_writers_are_filtered_known_and_unknown() -> None:
    index = LineIndex(many(24))
    one = index.arrange(Wanted(LineFilter(writer="w3")), Control())
    assert one.positions.tolist() == [3, 15]
    assert one.rows[4] == -1
    unknown = index.arrange(Wanted(LineFilter(writer=None, shortest=5)), Control())
    assert unknown.positions.tolist() == [4, 14]


def test_an_order_that_was_overtaken_ends_early() -> None:
    control = Control()
    control.request("cancel")
    with pytest.raises(OvertakenError):
        LineIndex(many(10)).arrange(Wanted(key="id"), control)


def test_only_the_last_wish_is_shown(qtbot: QtBot) -> None:
    model = LinesModel(at_once_lines=0)
    model.show(many(200))
    shown: list[int] = []
    model.modelReset.connect(lambda: shown.append(model.rowCount()))
    model.set_filter(LineFilter(longest=1))
    model.set_filter(LineFilter(longest=2))
    model.set_filter(LineFilter(writer="w1"))
    assert model.is_arranging
    wait_until(qtbot, lambda: not model.is_arranging)
    assert shown == [17]
    model.sort(LENGTH, Qt.SortOrder.DescendingOrder)
    model.show(many(7))  # the order of the other data set never arrives
    wait_until(qtbot, lambda: not model.is_arranging)
    assert model.total == 7
    assert all(model.id_at(row) is not None for row in range(model.rowCount()))


def test_notes_are_known_as_soon_as_rows_are(qtbot: QtBot) -> None:
    model = LinesModel(at_once_lines=0)
    note = ReadProblem("i/3.png", 1, "odd", is_note=True)
    model.show(many(50, problems=(note,)))
    wait_until(qtbot, lambda: not model.is_arranging)
    assert model.problems_of("line3") == (note,)
    assert model.row_of("line3") == 3
    assert model.row_of("nobody") is None


def test_a_side_job_that_was_overtaken_says_nothing(qtbot: QtBot) -> None:
    job = SideJob("test")
    gate = threading.Event()
    heard: list[object] = []
    job.done.connect(lambda _number, value: heard.append(value))
    job.start(lambda control: gate.wait(10))
    number = job.start(lambda control: "new")
    gate.set()
    with qtbot.waitSignal(job.done) as answer:
        pass
    assert answer.args == [number, "new"]
    job.start(lambda control: "never")
    job.cancel()
    assert not job.is_running
    assert heard == ["new"]


def test_many_problems_are_sorted_beside_the_window(qtbot: QtBot) -> None:
    problems = tuple(ReadProblem(f"p{n}.png", n, f"reason {n % 7}", is_note=n % 3 == 0) for n in range(5_000))
    model = ProblemsModel()
    model.show(problems)
    model.sort(REASON, Qt.SortOrder.DescendingOrder)
    model.set_filter("U+0036", is_note=False)
    wait_until(qtbot, lambda: not model.is_arranging)
    expected = [p for p in problems if not p.is_note and ("6" in p.reason or "6" in p.path)]
    expected.sort(key=lambda p: p.reason, reverse=True)
    assert [model.problem_at(row) for row in range(model.rowCount())] == expected


# The tab


@pytest.fixture
def panel(qtbot: QtBot, stores: Stores) -> DataPanel:
    panel = make_panel(qtbot, stores)
    panel.activateWindow()
    return panel


def test_a_table_of_20000_rows_opens(qtbot: QtBot, stores: Stores) -> None:
    tab = LinesTab(stores.study, stores.text)
    qtbot.addWidget(tab)
    tab.resize(900, 500)
    tab.show()
    tab.show_dataset(many(20_000))
    assert tab.model.rowCount() == 20_000
    tab.go_to("line19999")
    wait_until(qtbot, lambda: tab.line is not None and tab.line.id == "line19999")
    tab.filters.writer.setCurrentIndex(tab.filters.writer.findText("w11"))
    wait_until(qtbot, lambda: not tab.model.is_arranging)
    assert tab.model.rowCount() == 20_000 // 12
    assert tab.filters.reset_button.isEnabled()
    tab.filters.reset()
    wait_until(qtbot, lambda: tab.model.rowCount() == 20_000)
    wait_until(qtbot, lambda: not tab.model.is_arranging and tab.model._loader.is_idle)
    tab.grab()


def test_thumbnails_of_visible_rows_arrive_and_only_those(qtbot: QtBot, panel: DataPanel) -> None:
    model = panel.lines.model
    panel.grab()
    first = model.id_at(0)
    wait_until(qtbot, lambda: model._loader.is_idle and model._loader.image(first) is not None)
    table = panel.lines.table
    visible = table.viewport().height() // table.rowHeight(0) + 2
    assert len(model._loader._images) <= visible < model.rowCount()
    panel.list.choose("persian")
    assert all(line_id in model._cache for line_id in model._loader._images)


def test_everything_is_reached_by_keyboard(qtbot: QtBot, panel: DataPanel) -> None:
    table, tab = panel.lines.table, panel.lines
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_J)
    second = tab.line
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert tab.is_full
    assert not panel.detail.isVisible()
    assert tab.full.line is second
    assert QApplication.focusWidget() is tab.full.view
    wait_until(qtbot, lambda: not tab.full.view.image.isNull())
    qtbot.keyClick(tab.full.view, Qt.Key.Key_J)
    assert tab.full.line is tab.line is not second
    qtbot.keyClick(tab.full.view, Qt.Key.Key_W)
    assert tab.full.view.mode == "width"
    qtbot.keyClick(tab.full.view, Qt.Key.Key_1)
    assert tab.full.view.zoom * tab.full.devicePixelRatioF() == pytest.approx(1)
    qtbot.keyClick(tab.full.view, Qt.Key.Key_Escape)
    assert not tab.is_full
    assert QApplication.focusWidget() is table
    assert panel.detail.isVisible()
    qtbot.keyClick(table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is tab.filters.search


def test_copies_are_plain_and_logical(qtbot: QtBot, panel: DataPanel) -> None:
    panel.lines.table.setFocus()
    line = panel.lines.line
    clipboard = QGuiApplication.clipboard()
    qtbot.keyClick(panel.lines.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == line.transcription
    panel.lines.copy_id_action.trigger()
    assert clipboard.text() == line.id
    panel.lines.copy_both_action.trigger()
    assert clipboard.text() == f"{line.id}\t{line.transcription}"


def test_a_folder_is_opened_by_its_local_address(
    panel: DataPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "workbench.gui.folders.QDesktopServices",
        SimpleNamespace(openUrl=lambda url: opened.append(url.toLocalFile()) or True),
    )
    panel.lines.folder_action.trigger()
    root = panel.lines.opened.lines.root
    assert [Path(place) for place in opened] == [(root / panel.lines.line.image).parent.resolve()]
    assert folder_url(tmp_path / "gone" / "x.png").toLocalFile() == str(tmp_path.resolve())


def test_columns_are_chosen_and_remembered(qtbot: QtBot, panel: DataPanel, stores: Stores) -> None:
    columns = panel.lines.columns
    panel.resize(1900, 700)
    assert ID in columns.shown
    assert WIDTH in columns.shown
    columns.menu.aboutToShow.emit()
    columns.actions[ID].trigger()
    assert ID not in columns.shown
    again = make_panel(qtbot, stores)
    again.resize(1900, 700)
    assert ID not in again.lines.columns.shown
    again.lines.columns.automatic.trigger()
    assert ID in again.lines.columns.shown


def test_the_palette_offers_what_the_tab_can_do(panel: DataPanel) -> None:
    assert panel.lines.full_action in panel.further_actions
    panel.tabs.setCurrentWidget(panel.problems)
    assert panel.problems.export_action in panel.further_actions


def test_control_characters_are_marks_and_long_texts_are_cut(qtbot: QtBot, stores: Stores) -> None:
    texts = ("abc \u202eقلم 123\u202c", "ب" * 200_000, "a\x00b\u2028c")
    lines = tuple(
        TextLine(f"id\u202e{n}", Path(f"i/{n}.png"), text, "ar", None, "w\u200e") for n, text in enumerate(texts)
    )
    opened = opened_of(lines)
    opened.entry.is_synthetic = False
    tab = LinesTab(stores.study, stores.text)
    qtbot.addWidget(tab)
    tab.resize(1200, 400)
    tab.show()
    tab.show_dataset(opened)
    tab.grab()
    wait_until(qtbot, lambda: tab.model._loader.is_idle)
    shaped = {text.text for text in tab.table.text_cell._shaped.values()}
    assert "abc ⇇قلم 123⇡" in shaped
    assert "a␀b↵c" in shaped
    assert max(map(len, shaped)) < 2_000
    assert shown_name(lines[0].id) == "id⇇0"
    panel = make_panel(qtbot, stores)
    detail = panel.detail
    detail.show_line(opened, lines[1], ())
    assert detail.name.text() == "id⇇1"
    assert len(detail.points) == MAX_CHARACTERS + 1
    assert "196,000 more" in detail.points[-1]


# The full view


def test_the_full_view_shows_ink_frames_and_scan(qtbot: QtBot, panel: DataPanel) -> None:
    tab = panel.lines
    tab.show_full()
    full, cache, line = tab.full, tab.opened.cache, tab.line
    height, width = cache.size(line.id)
    wait_until(qtbot, lambda: full.view.image.width() == width)
    assert full.columns.values.shape == (width,)
    assert full.rows.values.shape == (height,)
    assert full.columns.values == pytest.approx(cache.image(line.id).mean(axis=0) / 255)
    assert full.greys.counts.sum() == width * height
    (grid,) = full.view._overlays
    assert isinstance(grid, FrameGrid)
    assert f"{grid.frames.frames} ≥ {grid.frames.needed}" in full.frames.text()
    full.architecture.setCurrentIndex(full.architecture.findData("both"))
    assert "CRNN (published)" in full.frames.text()
    full.architecture.setCurrentIndex(0)
    assert full.view._overlays == ()
    assert full.frames.isHidden()
    full.scan_action.trigger()
    wait_until(qtbot, lambda: full.view.image.width() > width)
    (box,) = full.view._overlays
    assert isinstance(box, CropBox)
    assert (box.bottom - box.top, box.right - box.left) == (height, width)
    panel.grab()
    full.profiles_action.trigger()
    assert full.columns.isHidden()
    panel.grab()


def test_a_scan_that_has_changed_is_not_shown(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "own", "ar")
    stores.datasets.add(folder, "own", Overrides(language="ar"))
    wait_until(qtbot, lambda: "own" in stores.datasets.opened and not stores.datasets.is_busy)
    panel = make_panel(qtbot, stores)
    panel.list.choose("own")
    line = panel.lines.line
    other = next(path for path in (folder / "images").iterdir() if path.name != line.image.name)
    (folder / line.image).write_bytes(other.read_bytes())
    panel.lines.show_full()
    panel.lines.full.scan_action.trigger()
    wait_until(qtbot, lambda: "has changed" in panel.lines.full.view.note)
    assert panel.lines.full.view._overlays == ()


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("border_px", [0, 6])
def test_frames_cover_the_line(name: str, border_px: int) -> None:
    study = Study.model_validate({"name": "s", "preprocessing": {"border_px": border_px}})
    frames = frames_of(96, 1000, "كتاب", study, name)
    scale = 96 / (study.preprocessing.line_height_px - 2 * border_px)
    assert frames.step_px == pytest.approx(ARCHITECTURES[name].geometry.frame_px * scale, rel=0.01)
    end = frames.first_px + frames.frames * frames.step_px
    assert frames.first_px <= frames.step_px
    assert abs(end - 1000) <= 2 * frames.step_px + 8 * scale
    assert frames.needed == 4
    assert frames.fits


def test_frames_follow_the_text_as_it_is_trained() -> None:
    study = Study.model_validate({"name": "s", "training": {"pad_transcription": True}})
    assert frames_of(48, 500, "بب", study, "small-cnn").needed == 2 + 2 + 1
    mirrored = Study.model_validate({"name": "s", "training": {"reading_order": "logical_mirrored"}})
    assert frames_of(48, 500, "بب", mirrored, "small-cnn").is_mirrored
    own = Study.model_validate({"name": "s", "architectures": ["both"]})
    assert architectures_to_choose(own)[0] == "both"
    assert set(architectures_to_choose(own)) == set(ARCHITECTURES)


def test_ink_comes_back_from_its_image() -> None:
    ink = np.random.default_rng(1).integers(0, 256, (7, 13), dtype=np.uint8)
    assert np.array_equal(ink_of(ink_image(ink)), ink)
    assert ink_of(QImage()).size == 0


# Problems


def test_problems_are_gone_to_copied_and_exported(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "torn", "ar")
    next((folder / "images").glob("*train3.png")).write_bytes(b"no image")
    stores.datasets.add(folder, "torn", Overrides(language="ar"))
    wait_until(qtbot, lambda: "torn" in stores.datasets.opened and not stores.datasets.is_busy)
    panel = make_panel(qtbot, stores)
    panel.list.choose("torn")
    panel.tabs.setCurrentWidget(panel.problems)
    problems = panel.problems
    problems.table.selectRow(0)
    problems.copy_row_action.trigger()
    assert QGuiApplication.clipboard().text().split("\t")[:2] == ["problem", problems.problem.path]
    problems.go_to_line()
    assert "No line in the table" in problems.fault.problem
    problems.export_to(str(tmp_path / "list.csv"))
    wait_until(qtbot, lambda: "written to list.csv" in problems.count.text())
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = panel.opened.lines.problems
    assert [(row["path"], row["row"], row["reason"], row["is_note"]) for row in rows] == [
        (p.path, "" if p.row is None else str(p.row), p.reason, str(p.is_note).lower()) for p in known
    ]


def test_a_note_leads_to_its_line_whatever_is_filtered(qtbot: QtBot, panel: DataPanel) -> None:
    opened = panel.opened
    line = opened.lines.lines[5]
    panel.lines.filters.part.setCurrentIndex(panel.lines.filters.part.findData("test"))
    panel.problems.model.show((ReadProblem(line.image.as_posix(), 6, "odd", is_note=True),))
    panel.tabs.setCurrentWidget(panel.problems)
    panel.problems.table.selectRow(0)
    panel.problems.table.setFocus()
    qtbot.keyClick(panel.problems.table, Qt.Key.Key_Return)
    assert panel.tabs.currentWidget() is panel.lines
    assert panel.lines.line is line
    assert panel.detail.line is line

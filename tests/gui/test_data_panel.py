"""The Data panel on real stores: what is recognised, looked at, filtered, counted and removed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study, write_dataset, write_leaky_dataset
from tests.gui.conftest import wait_until
from workbench.data.overrides import Overrides
from workbench.gui.line_frames import frames_text
from workbench.gui.panels.data import DataPanel
from workbench.gui.panels.data.import_dialog import ImportDialog
from workbench.gui.stores.bundle import Stores
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study


def make_panel(qtbot: QtBot, stores: Stores) -> DataPanel:
    panel = DataPanel(
        datasets=stores.datasets,
        summaries=stores.summaries,
        comparison=stores.comparison,
        study=stores.study,
        text=stores.text,
    )
    qtbot.addWidget(panel)
    panel.resize(1208, 640)
    panel.show()
    return panel


@pytest.fixture
def panel(qtbot: QtBot, stores: Stores) -> Iterator[DataPanel]:
    panel = make_panel(qtbot, stores)
    yield panel
    wait_until(qtbot, lambda: not stores.comparison.is_comparing)


def names(panel: DataPanel) -> list[str]:
    return [card.name for card in panel.list.model.cards]


def test_every_data_set_has_a_card(panel: DataPanel) -> None:
    assert names(panel) == ["arabic", "persian"]
    card = panel.list.model.cards[0]
    assert card.counts == "21 lines · 4 writers" or card.counts.startswith("21 lines")
    assert dict(card.parts) == {"train": 12, "validation": 4, "test": 5}
    assert "Arabic" in card.spoken()
    assert "12 train, 4 validation, 5 test" in card.spoken()
    assert panel.list.current == "arabic"


def test_the_first_line_is_shown_at_once(qtbot: QtBot, panel: DataPanel, stores: Stores) -> None:
    first = stores.datasets.opened["arabic"].lines.lines[0]
    assert panel.lines.line == first
    assert panel.detail.name.text() == first.id
    assert panel.detail.transcription.text == first.transcription
    assert panel.detail.transcription.text_style.is_right_to_left
    height, width = stores.datasets.opened["arabic"].cache.size(first.id)
    assert f"{width} × {height} px" in panel.detail.facts.text()
    assert len(panel.detail.points) == len(first.transcription)
    assert panel.detail.points[0].startswith(f"U+{ord(first.transcription[0]):04X} ")
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    assert panel.detail.image.image.width() == width
    panel.grab()


def test_j_and_k_page_through_the_lines(qtbot: QtBot, panel: DataPanel, stores: Stores) -> None:
    lines = stores.datasets.opened["arabic"].lines.lines
    panel.activateWindow()
    panel.lines.table.setFocus()
    for key, expected in ((Qt.Key.Key_J, 1), (Qt.Key.Key_J, 2), (Qt.Key.Key_K, 1), (Qt.Key.Key_Down, 2)):
        qtbot.keyClick(panel.lines.table, key)
        assert panel.detail.line == lines[expected]
    for _ in range(40):
        panel.lines.table.go_next()
    assert panel.detail.line == lines[-1]
    for _ in range(40):
        panel.lines.table.go_previous()
    assert panel.detail.line == lines[0]


def test_j_can_be_typed_into_the_search(qtbot: QtBot, panel: DataPanel) -> None:
    panel.lines.filters.search.setFocus()
    before = panel.detail.line
    qtbot.keyClicks(panel.lines.filters.search, "jk")
    assert panel.lines.filters.search.text() == "jk"
    assert panel.detail.line is before


def test_another_data_set_is_chosen(panel: DataPanel, stores: Stores) -> None:
    panel.list.choose("persian")
    assert panel.lines.opened is stores.datasets.opened["persian"]
    assert panel.lines.model.total == 21
    assert panel.detail.line is stores.datasets.opened["persian"].lines.lines[0]


def test_lines_are_searched_and_filtered(panel: DataPanel, stores: Stores) -> None:
    word = stores.datasets.opened["arabic"].lines.lines[3].transcription.split()[0]
    panel.lines.filters.search.setText(word)
    panel.lines.apply_filter()
    shown = [panel.lines.model.line_at(row) for row in range(panel.lines.model.rowCount())]
    assert shown
    assert all(line is not None and word in line.transcription for line in shown)
    assert panel.lines.filters.count.text() == f"21 lines · {len(shown)} shown"
    panel.lines.filters.search.clear()
    panel.lines.filters.part.setCurrentIndex(panel.lines.filters.part.findData("test"))
    panel.lines.apply_filter()
    assert panel.lines.model.rowCount() == 5
    assert panel.detail.line is panel.lines.line


def test_the_line_stays_while_filters_let_it_through(panel: DataPanel) -> None:
    for _ in range(3):
        panel.lines.table.go_next()
    before = panel.detail.line
    panel.lines.filters.part.setCurrentIndex(panel.lines.filters.part.findData("test"))
    assert panel.detail.line is before
    panel.lines.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert panel.detail.line is before


def test_no_line_left_is_said(panel: DataPanel) -> None:
    panel.lines.filters.search.setText("nowhere")
    panel.lines.apply_filter()
    assert panel.detail.line is None
    assert panel.detail.name.text() == "No line chosen"


def test_a_wrong_pattern_is_said_beside_the_field(panel: DataPanel) -> None:
    panel.lines.filters.search.setText("/(/")
    panel.lines.apply_filter()
    assert "regular expression" in panel.lines.filters.fault.problem
    panel.lines.filters.search.setText("")
    panel.lines.apply_filter()
    assert panel.lines.filters.fault.problem == ""


def test_text_size_is_one_choice_for_rows_and_line(panel: DataPanel, stores: Stores) -> None:
    row_before = panel.lines.table.verticalHeader().defaultSectionSize()
    high_before = panel.detail.transcription.height()
    for _ in range(4):
        stores.text.enlarge()
    assert panel.detail.transcription.height() > high_before
    assert panel.lines.table.verticalHeader().defaultSectionSize() >= row_before
    for _ in range(40):
        stores.text.reduce()
    assert stores.text.size_pt == 8
    panel.grab()


def test_frames_are_compared_with_the_transcription() -> None:
    study = Study(name="s", architectures=("small-cnn",))
    assert "≥" in frames_text(40, 900, "كتاب", study)
    assert "<" in frames_text(40, 60, "كتاب" * 30, study)
    assert frames_text(40, 900, "كتاب", Study(name="s", architectures=("nothing",))) == ""


def test_a_narrow_page_gives_the_table_the_room(panel: DataPanel) -> None:
    assert panel.detail.isVisible()
    panel.resize(900, 600)
    assert not panel.detail.isVisible()
    panel.resize(1208, 640)
    assert panel.detail.isVisible()
    assert panel.minimumSizeHint().width() <= 1000


def test_problems_and_notes_are_listed(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "torn", "ar")
    next((folder / "images").glob("*train3.png")).write_bytes(b"no image")
    stores.datasets.add(folder, "torn", Overrides(language="ar"))
    wait_until(qtbot, lambda: "torn" in stores.datasets.opened and not stores.datasets.is_busy)
    panel = make_panel(qtbot, stores)
    panel.list.choose("torn")
    assert panel.tabs.tabText(1) == "Problems (1)"
    assert panel.list.model.cards[2].problem_text.startswith("1 problem")
    panel.tabs.setCurrentWidget(panel.problems)
    model = panel.problems.model
    assert model.index(0, 0).data() == "problem"
    panel.problems.copy()
    assert QGuiApplication.clipboard().text().startswith("problem\t")
    assert "1 problem (not used)" in panel.problems.count.text()
    wait_until(qtbot, lambda: not panel.problems._fitting.isActive())
    panel.grab()


def test_characters_statistics_and_leakage_are_counted_when_wanted(
    qtbot: QtBot, panel: DataPanel, stores: Stores
) -> None:
    assert stores.summaries.summaries == ()
    panel.tabs.setCurrentWidget(panel.characters)
    wait_until(qtbot, lambda: len(stores.summaries.summaries) == 2)
    model = panel.characters.model
    assert [model.headerData(column, Qt.Orientation.Horizontal) for column in (2, 3)] == ["arabic", "persian"]
    texts = [line.transcription for line in stores.datasets.opened["arabic"].lines.lines]
    alef = next(row for row in range(model.rowCount()) if model.row_at(row).character == "ا")
    assert model.index(alef, 2).data() == f"{sum(text.count('ا') for text in texts):,}"
    assert "In all languages" in panel.characters.own.text()
    titles = [row.title for row in panel.characters.peculiarities_model.rows]
    assert "Kaf, one of several: U+0643 ك KAF" in titles
    panel.tabs.setCurrentWidget(panel.statistics)
    assert panel.statistics.table.columnCount() == 2
    assert panel.statistics.table.item(1, 0).text() == "21"
    assert panel.statistics.table.item(2, 1).text() == "12 / 4 / 5"
    panel.tabs.setCurrentWidget(panel.leakage)
    assert "train 12, validation 4, test 5" in panel.leakage.sentence.text()
    assert not panel.detail.isVisible()
    panel.grab()


def test_what_parts_share_is_decided_in_the_study(
    qtbot: QtBot, panel: DataPanel, stores: Stores, tmp_path: Path
) -> None:
    stores.datasets.add(write_leaky_dataset(tmp_path / "leaky", "ar"), "leaky", Overrides(language="ar"))
    wait_until(qtbot, lambda: "leaky" in stores.datasets.opened and not stores.datasets.is_busy)
    panel.list.choose("leaky")
    tab = panel.leakage
    panel.tabs.setCurrentWidget(tab)
    wait_until(qtbot, lambda: len(stores.summaries.summaries) == 3)
    stores.study.set_study(small_study(targets=["persian"], regimes=["single"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    assert "Official parts: train 12" in tab.sentence.text()
    assert "does not take this data set" in tab.notes.text()
    assert not tab.exclude.isEnabled()
    study = small_study(targets=["leaky", "persian"])
    stores.study.set_study(study)
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    assert tab.sentence.text().startswith("Study “small” (parts: official; 5 test lines).")
    record = tab.record
    assert record is not None
    assert record.is_open
    assert tab.model.decision_at(0) == "undecided"
    assert tab.examples_model.rowCount() == min(record.findings, 20)
    assert tab.consequence.text().startswith(f"Exclude: {record.left_lines} line")
    tab.accept.click()
    assert [each.decision for each in stores.study.study.leakage.decisions] == ["accept"]
    assert tab.model.decision_at(0) == "accepted"
    tab.exclude.click()
    assert [each.decision for each in stores.study.study.leakage.decisions] == ["exclude"]
    wait_until(qtbot, lambda: stores.study.startable_plan is not None or stores.study.plan_problem is not None)
    stores.study.undo()
    assert [each.decision for each in stores.study.study.leakage.decisions] == ["accept"]
    tab.take_back.click()
    assert stores.study.study == study
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    panel.grab()


# No data, moved data, adding and removing


@pytest.fixture
def bare(qtbot: QtBot, empty_stores: Stores, tmp_path: Path) -> Stores:
    empty_stores.workspaces.open(tmp_path / "bare")
    wait_until(qtbot, lambda: empty_stores.datasets.is_known and not empty_stores.datasets.is_busy)
    return empty_stores


def test_an_empty_workspace_says_what_to_do(qtbot: QtBot, bare: Stores) -> None:
    panel = make_panel(qtbot, bare)
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No data set yet"
    assert [button.text() for button in panel.empty.buttons] == ["Open folder…", "Try the demo data"]
    panel.grab()


def test_while_the_first_set_is_read_the_empty_page_says_so(qtbot: QtBot, bare: Stores, tmp_path: Path) -> None:
    panel = make_panel(qtbot, bare)
    bare.datasets.add(write_dataset(tmp_path / "new", "fa"))
    assert panel.empty.title.text() == "The first data sets are on their way"
    assert panel.empty.progress.isVisible()
    assert not any(button.isVisible() for button in panel.empty.buttons)
    wait_until(qtbot, lambda: not bare.datasets.is_busy)
    assert not panel.empty.isVisible()


def test_a_folder_appears_with_its_progress(qtbot: QtBot, bare: Stores, tmp_path: Path) -> None:
    panel = make_panel(qtbot, bare)
    panel._add(str(write_dataset(tmp_path / "new", "fa")))
    wait_until(qtbot, lambda: isinstance(panel._dialog, ImportDialog) and panel._dialog.add.isEnabled())
    assert bare.datasets.entries == ()
    qtbot.mouseClick(panel._dialog.add, Qt.MouseButton.LeftButton)
    assert "Adding new" in panel.list.progress.label.text()
    wait_until(qtbot, lambda: names(panel) == ["new"] and not bare.datasets.is_busy)
    assert not panel.empty.isVisible()
    assert not panel.list.progress.isVisible()
    assert panel.detail.line is not None


def test_what_normalisation_would_change_is_shown_on_demand(qtbot: QtBot, panel: DataPanel, stores: Stores) -> None:
    panel.tabs.setCurrentWidget(panel.characters)
    wait_until(qtbot, lambda: len(stores.summaries.summaries) == 2)
    effects = panel.characters.effects
    assert not effects.isVisible()
    panel.characters.steps_button.click()
    assert effects.isVisible()
    row = next(number for number, each in enumerate(effects.model.rows) if each.key == "fold_kaf")
    effects.table.setCurrentIndex(effects.model.index(row, 1))
    assert effects.title.text() == "fold kaf in arabic"
    kafs = sum(line.transcription.count("ك") for line in stores.datasets.opened["arabic"].lines.lines)
    assert f"U+0643 ك KAF\u2069   {kafs} → 0" in effects.changes.text()
    before, after = effects.examples[0]
    assert before.isVisible()
    assert after.text == before.text.replace("ك", "ک") != before.text
    assert before.text_style.is_right_to_left
    effects.table.setCurrentIndex(effects.model.index(row, 2))
    assert "nothing" in effects.changes.text()
    assert not before.isVisible()
    assert not panel.characters.grab().toImage().isNull()


def test_cancel_stops_reading(qtbot: QtBot, bare: Stores, tmp_path: Path) -> None:
    panel = make_panel(qtbot, bare)
    bare.datasets.add(write_dataset(tmp_path / "new", "fa", parts={"train": 300}))
    qtbot.mouseClick(panel.list.progress.cancel, Qt.MouseButton.LeftButton)
    wait_until(qtbot, lambda: not bare.datasets.is_busy)
    assert panel.empty.isVisible() == (not bare.datasets.entries)


def test_a_moved_data_set_says_so_and_can_be_found_again(
    qtbot: QtBot, empty_stores: Stores, workspace: Workspace, tmp_path: Path
) -> None:
    place = tmp_path / "movable"
    write_dataset(place, "ar")
    empty_stores.workspaces.open(workspace.root)
    datasets = empty_stores.datasets
    wait_until(qtbot, lambda: datasets.is_known and not datasets.is_busy)
    datasets.add(place, "movable", Overrides(language="ar"))
    wait_until(qtbot, lambda: "movable" in datasets.opened and not datasets.is_busy)
    shutil.move(place, tmp_path / "elsewhere")
    datasets.reload()
    wait_until(qtbot, lambda: "movable" in datasets.faults and not datasets.is_busy)
    panel = make_panel(qtbot, empty_stores)
    panel.list.choose("movable")
    assert panel.closed.isVisible()
    assert panel.closed.title.text() == "movable cannot be opened"
    assert panel.closed.text.text() == str(datasets.faults["movable"])
    panel._asked_about = "movable"
    panel._relink(str(tmp_path / "elsewhere"))
    wait_until(qtbot, lambda: "movable" in datasets.opened and not datasets.is_busy)
    assert panel.tabs.isVisible()
    assert panel.lines.model.total == 21


def test_removing_asks_first_and_keeps_the_files(qtbot: QtBot, panel: DataPanel, stores: Stores) -> None:
    place = stores.datasets.entry("persian").path
    panel.list.choose("persian")
    panel.list.remove_action.trigger()
    box = panel._dialog
    assert isinstance(box, QMessageBox)
    assert "persian" in box.text()
    assert box.textFormat() == Qt.TextFormat.PlainText
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Remove"), Qt.MouseButton.LeftButton)
    wait_until(qtbot, lambda: names(panel) == ["arabic"] and not stores.datasets.is_busy)
    assert place.exists()
    assert panel.list.current == "arabic"
    wait_until(qtbot, lambda: panel._dialog is None)


def test_every_control_can_be_named_and_labels_are_plain(panel: DataPanel) -> None:
    for control in (
        panel.lines.filters.search, panel.lines.filters.part, panel.lines.filters.problems,
        panel.lines.filters.writer, panel.lines.filters.shortest, panel.lines.filters.longest, panel.lines.table,
        panel.lines.full.view, panel.lines.full.transcription, panel.lines.full.architecture, panel.lines.full.frames,
        panel.list.view, panel.problems.table, panel.characters.table, panel.characters.peculiarities,
        panel.characters.effects.table, panel.statistics.table, panel.leakage.table, panel.leakage.examples,
        panel.detail.image, panel.detail.transcription, panel.detail.code_points,
    ):  # fmt: skip
        assert control.accessibleName()
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in panel.findChildren(QLabel) if label.text())


@pytest.mark.real_lines
def test_real_lines_of_three_languages(qtbot: QtBot, bare: Stores, real_lines: Path) -> None:
    bare.datasets.add(real_lines / "three_languages.tsv", "three")
    qtbot.waitUntil(lambda: len(bare.datasets.opened) == 3 and not bare.datasets.is_busy, timeout=120_000)
    panel = make_panel(qtbot, bare)
    assert {card.name: card.lines for card in panel.list.model.cards} == {
        "three-ar": 1633, "three-ur": 2467, "three-fa": 1482,
    }  # fmt: skip
    for name in names(panel):
        panel.list.choose(name)
        wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
        above, below = panel.lines.table.text_cell._ink
        assert panel.lines.table.rowHeight(0) >= above + below
    assert [message.text for message in bare.messages.kept if message.severity == "error"] == []

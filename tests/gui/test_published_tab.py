"""The tab of published values: empty at first, then one row per number with ours beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.analysis.made_up import by_regime, make_plan, make_records
from tests.gui.conftest import wait_until
from workbench.analysis.results.published import PublishedValue, load_published, save_published
from workbench.analysis.results.report import report_of
from workbench.analysis.results.report_values import StudyReport
from workbench.gui.item_models.published import DIFFERENCE, INTERVAL, OURS, THEIRS
from workbench.gui.messages import Messages
from workbench.gui.panels.results.published_dialog import PublishedDialog
from workbench.gui.panels.results.published_tab import PublishedTab
from workbench.gui.stores.published import PublishedStore
from workbench.runs.workspace import Workspace, open_workspace


@pytest.fixture
def report() -> StudyReport:
    plan = make_plan(architectures=("cnn", "both"), k_lines=(100,), seeds=(0, 1), budgets=("10 steps",))
    table = {("cnn", "single"): 10, ("cnn", "multi"): 9, ("both", "single"): 8, ("both", "multi"): 6}
    return report_of(plan, make_records(plan, by_regime(table)))


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "place")


@pytest.fixture
def store(qtbot: QtBot, place: Workspace, report: StudyReport) -> Iterator[PublishedStore]:
    store = PublishedStore(Messages())
    store.show_beside(place, report)
    wait_until(qtbot, lambda: not store._lane.is_running)
    yield store
    store.wait()


@pytest.fixture
def tab(qtbot: QtBot, store: PublishedStore) -> PublishedTab:
    tab = PublishedTab(store)
    qtbot.addWidget(tab)
    tab.resize(1192, 560)
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def settled(qtbot: QtBot, store: PublishedStore, number: int) -> None:
    wait_until(qtbot, lambda: not store._lane.is_running and len(store.values) == number)


def cells_of(tab: PublishedTab, column: int) -> list[str]:
    return [tab.sorted.index(row, column).data() for row in range(tab.sorted.rowCount())]


def type_in(dialog: PublishedDialog, **texts: str) -> None:
    for name in ("target", "architecture", "k"):
        if name in texts:
            getattr(dialog, name).setEditText(texts[name])
    for name in ("single", "multi", "source", "remark"):
        if name in texts:
            getattr(dialog, name).setText(texts[name])


def press_ok(qtbot: QtBot, dialog: PublishedDialog) -> None:
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)


def test_a_value_that_is_typed_in_stands_beside_ours(
    qtbot: QtBot, tab: PublishedTab, store: PublishedStore, place: Workspace
) -> None:
    assert tab._pages.currentIndex() == 0
    tab.add_action.trigger()
    dialog = tab._dialog
    assert isinstance(dialog, PublishedDialog)
    assert [dialog.architecture.itemText(at) for at in range(2)] == ["CNN-only (published)", "CRNN (published)"]
    type_in(dialog, target="khatt", architecture="CRNN (published)", k="100", single="9,5", multi="7.25")
    assert "\u22122.25 points" in dialog.delta.text()
    press_ok(qtbot, dialog)
    assert dialog.fault.isVisible()
    assert dialog.fault.problem == "A published value needs a source."
    type_in(dialog, source="paper, table 2")
    press_ok(qtbot, dialog)
    settled(qtbot, store, 1)
    assert load_published(place.published_file("made up")) == (
        PublishedValue("khatt", "both", 100, 9.5, 7.25, "paper, table 2"),
    )
    assert tab._pages.currentIndex() == 1
    assert cells_of(tab, THEIRS) == ["9.50", "7.25", "\u22122.25"]
    assert cells_of(tab, OURS) == ["9.00", "7.00", "\u22122.00"]
    assert cells_of(tab, DIFFERENCE) == ["\u22120.50", "\u22120.25", "+0.25"]
    assert all(" … " in text for text in cells_of(tab, INTERVAL))


def test_values_are_edited_and_removed(
    qtbot: QtBot, tab: PublishedTab, store: PublishedStore, place: Workspace
) -> None:
    store.add(PublishedValue("khatt", "cnn", 100, 9.5, None, "a"))
    store.add(PublishedValue("uhwr", "cnn", 100, 9.5, 8.0, "a"))
    settled(qtbot, store, 2)
    tab.table.selectRow(0)
    tab.edit_action.trigger()
    dialog = tab._dialog
    assert isinstance(dialog, PublishedDialog)
    assert (dialog.single.text(), dialog.multi.text(), dialog.source.text()) == ("9.5", "", "a")
    type_in(dialog, single="10.5", source="b")
    press_ok(qtbot, dialog)
    wait_until(qtbot, lambda: not store._lane.is_running and {value.source for value in store.values} == {"a", "b"})
    assert len(store.values) == 2
    tab.table.selectAll()
    assert not tab.edit_action.isEnabled()
    tab.remove_action.trigger()
    settled(qtbot, store, 0)
    assert tab._pages.currentIndex() == 0
    assert not place.published_file("made up").exists()


def test_csv_and_known_values_are_added(qtbot: QtBot, tab: PublishedTab, store: PublishedStore, tmp_path: Path) -> None:
    save_published([PublishedValue("khatt", "cnn", 100, 9.5, None, "<b>a</b>")], tmp_path / "values.csv")
    tab._import_from(str(tmp_path / "values.csv"))
    tab.literature_action.trigger()
    wait_until(qtbot, lambda: not store._lane.is_running and len(store.values) > 30)
    assert "1 value beside ours" in tab.standing.text()
    assert "the study has no data set PHTD" in tab.standing.text()
    assert "&lt;b&gt;" in tab.sorted.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_table_that_cannot_be_taken_is_said_and_changes_nothing(
    qtbot: QtBot, tab: PublishedTab, store: PublishedStore, tmp_path: Path
) -> None:
    store.add(PublishedValue("khatt", "cnn", 100, 9.5, None, "a"))
    settled(qtbot, store, 1)
    (tmp_path / "values.csv").write_text("target,architecture,k,single_cer,source\nkhatt,cnn,100,x,b\n")
    tab._import_from(str(tmp_path / "values.csv"))
    wait_until(qtbot, lambda: store._messages.shown is not None)
    assert "'x' is no CER" in store._messages.shown.text
    wait_until(qtbot, lambda: not store._lane.is_running)
    assert len(store.values) == 1


def test_another_study_shows_its_own_values(qtbot: QtBot, tab: PublishedTab, store: PublishedStore) -> None:
    store.add(PublishedValue("khatt", "cnn", 100, 9.5, None, "a"))
    settled(qtbot, store, 1)
    store.show_beside(None, None)
    assert store.cells == ()
    assert tab._pages.currentIndex() == 0

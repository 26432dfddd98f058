"""Runs as a table and as the matrix of a study."""

from dataclasses import replace

from PySide6.QtCore import QSortFilterProxyModel, Qt
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.gui.item_models.run_matrix import RUN_ROLE as MATRIX_RUN_ROLE
from workbench.gui.item_models.run_matrix import STATE_ROLE as MATRIX_STATE_ROLE
from workbench.gui.item_models.run_matrix import STEPS_ROLE, UNPLANNED_ROLE, RunMatrixModel
from workbench.gui.item_models.runs import (
    BRIEF_ROLE,
    FIRST_CER,
    PROGRESS,
    RUN,
    RUN_ROLE,
    SORT_ROLE,
    STATE,
    STATE_ROLE,
    STEPS,
    RunTableModel,
)
from workbench.gui.panels.study.matrix import RunMatrixView
from workbench.gui.stores.bundle import Stores
from workbench.gui.wording import run_labels
from workbench.runs.events import RunStarted, Validated
from workbench.runs.history import fold
from workbench.study.grid import REGIMES


def watched(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores whose progress looks at the planned study."""
    plan = stores.study.startable_plan
    assert plan is not None
    stores.progress.watch(plan)
    wait_until(qtbot, lambda: stores.progress.plan == plan)
    return stores


def test_a_row_per_run_with_its_name(qtbot: QtBot, planned: Stores) -> None:
    model = RunTableModel(watched(qtbot, planned).progress)
    assert model.rowCount() == 3
    assert [model.index(row, RUN).data() for row in range(3)] == [
        "CNN-only (small) · arabic · K 4 · seed 0",
        "CNN-only (small) · persian · K 4 · seed 0",
        "CNN-only (small) · both · K 4 · seed 0",
    ]
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert titles == ["State", "Run", "Progress", "Steps", "Time", "CER arabic", "CER persian"]
    assert model.index(0, STATE).data() == "planned"
    assert not model.index(0, STATE).data(Qt.ItemDataRole.DecorationRole).isNull()
    assert model.index(0, STEPS).data() == "0 / 6"
    assert model.index(0, FIRST_CER).data() == "–"


def test_numbers_stand_at_the_right(qtbot: QtBot, planned: Stores) -> None:
    model = RunTableModel(watched(qtbot, planned).progress)
    for column in (PROGRESS, STEPS, FIRST_CER):
        assert model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert not model.index(0, RUN).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def test_rows_follow_the_runs_to_their_end(qtbot: QtBot, planned: Stores) -> None:
    model = RunTableModel(watched(qtbot, planned).progress)
    changes: list[int] = []
    model.dataChanged.connect(lambda first, last: changes.append(first.row()))
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: model.index(2, STATE).data(STATE_ROLE) == "finished")
    assert changes
    assert model.index(0, PROGRESS).data() == "100 %"
    assert model.index(0, FIRST_CER).data() == "50.0 %"  # latest on validation lines
    assert model.index(0, FIRST_CER + 1).data() == "–"  # it never trained on the other one
    assert "CER 50.0, 50.0 %" in model.index(2, RUN).data(BRIEF_ROLE)
    model.show_results("test", "last")
    assert model.index(0, FIRST_CER).data() == "10.0 %"
    assert "test lines" in model.headerData(FIRST_CER, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_a_blank_run_is_marked_while_it_trains(qtbot: QtBot, planned: Stores) -> None:
    row = RunTableModel(watched(qtbot, planned).progress).run(0)
    started = RunStarted(
        run="a", steps=6, steps_per_epoch=2, targets=("arabic",), parameters=1, device="cpu", threads=1, frame_px=4
    )
    empty = Validated(run="a", step=3, epoch=2, target="arabic", lines=4, edits=8, length=8, empty_lines=4)
    blank = replace(row, state="running", history=fold("a", [started, empty]))
    assert blank.brief == "running · 50 % · still blank"
    assert "still blank" not in replace(blank, state="collapsed").brief
    reads = empty.model_copy(update={"step": 4, "empty_lines": 0})
    assert "still blank" not in replace(blank, history=fold("a", [started, empty, reads])).brief


def test_a_run_that_ended_early_shows_the_steps_it_made(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    drive.trainer = "struggles"
    model = RunTableModel(watched(qtbot, planned).progress)
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: model.index(2, STATE).data(STATE_ROLE) == "finished")
    assert (model.index(0, STEPS).data(), model.index(0, PROGRESS).data()) == ("5 / 6", "100 %")
    tip = model.index(0, RUN).data(Qt.ItemDataRole.ToolTipRole)
    assert "memory was short" in tip
    assert "Stopped early" in tip


def test_failed_runs_are_sorted_before_what_is_done(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    drive.trainer = "diverges"
    model = RunTableModel(watched(qtbot, planned).progress)
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: model.index(0, STATE).data() == "diverged")
    tip = model.index(0, RUN).data(Qt.ItemDataRole.ToolTipRole)
    assert "diverged" in tip
    assert "learning_rate" in tip
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(model)
    proxy.setSortRole(SORT_ROLE)
    proxy.sort(RUN, Qt.SortOrder.DescendingOrder)
    assert proxy.index(0, RUN).data().startswith("CNN-only (small) · persian")


def test_another_plan_takes_the_place_of_the_first(qtbot: QtBot, planned: Stores) -> None:
    model = RunTableModel(watched(qtbot, planned).progress)
    planned.study.set_study(small_study(regimes=["single"], seeds=[1, 2]))
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    watched(qtbot, planned)
    wait_until(qtbot, lambda: model.rowCount() == 4)
    runs = [model.index(row, RUN).data(RUN_ROLE) for row in range(4)]
    assert [model.row_of(run) for run in runs] == [0, 1, 2, 3]
    assert model.row_of("none of them") is None


def test_a_run_that_answers_two_budgets_is_named_by_both(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(budgets=["3 epochs", "6 steps"], regimes=["single"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    assert len(plan.runs) == 4
    assert sorted(run_labels(plan).values()) == [
        "CNN-only (small) · arabic · K 4 · 3 epochs = 6 steps · seed 0",
        "CNN-only (small) · persian · K 4 · 3 epochs = 6 steps · seed 0",
    ]


# Matrix


def matrix_of(qtbot: QtBot, stores: Stores) -> RunMatrixModel:
    model = RunMatrixModel(stores.progress)
    model.show(stores.study.startable_plan)
    return model


def test_the_matrix_has_a_cell_per_run(qtbot: QtBot, stores: Stores) -> None:
    study = small_study(k_lines=[2, 4], seeds=[0, 1], draws=2, budgets=["6 steps", "2 epochs"])
    stores.study.set_study(study)
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    model = matrix_of(qtbot, stores)
    assert model.rowCount() == 1 + 3 * 2  # a heading, then three arms with two draws each
    assert model.columnCount() == 2 * 2 * (2 + 1)  # per K and budget two seeds and the steps
    found = [
        model.index(row, column).data(MATRIX_RUN_ROLE)
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    ]
    assert sorted(filter(None, found)) == sorted(run.run for run in plan.runs)
    assert [row.label for row in model.rows] == ["CNN-only (small)", "arabic", "", "persian", "", "both", ""]
    assert model.rows[5].languages == ("ar", "fa")


def test_every_arm_has_its_rows_and_every_condition_its_heading(qtbot: QtBot, stores: Stores) -> None:
    regimes = [name for name in REGIMES if name != "leave_one_out"]
    stores.study.set_study(small_study(regimes=regimes, conditions={"folding": ["off", "on"]}, k_lines=[4, 8]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    model = matrix_of(qtbot, stores)
    labels = [row.label for row in model.rows]
    arms = [
        "arabic", "persian", "both", "arabic + persian", "arabic ×2", "persian ×2",
        "arabic + others' labels permuted", "persian + others' labels permuted",
        "arabic + all of the others", "persian + all of the others", "arabic, after arabic",
        "persian, after persian", "arabic, after both", "persian, after both", "arabic: new head on arabic",
        "persian: new head on persian", "arabic: new head on both", "persian: new head on both",
    ]  # fmt: skip
    assert labels == ["CNN-only (small)", *arms, "CNN-only (small) · code points folded", *arms]
    found = {
        model.index(row, column).data(MATRIX_RUN_ROLE)
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    }
    assert found - {None} == set(plan.run_ids)
    unplanned = model.index(labels.index("arabic ×2"), 2)  # K = 8 takes 16 lines, there are 12
    assert unplanned.data(MATRIX_RUN_ROLE) is None
    assert unplanned.data(UNPLANNED_ROLE)
    assert "too few lines" in unplanned.data(Qt.ItemDataRole.ToolTipRole)
    assert not model.index(0, 0).data(UNPLANNED_ROLE), "a heading has no runs"
    view = RunMatrixView(model)
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    names = view.verticalHeader().fontMetrics()
    widest = max(names.horizontalAdvance(row.label) for row in model.rows if not row.is_heading)
    assert view.verticalHeader().width() >= widest, "names of arms are not cut off"
    assert not view.grab().isNull()


def test_a_run_is_named_by_the_conditions_that_matter(qtbot: QtBot, stores: Stores) -> None:
    conditions = {"batches": ["one_target", "mixed"], "folding": ["on"]}
    stores.study.set_study(small_study(conditions=conditions))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    assert sorted(run_labels(plan).values()) == [
        "CNN-only (small) · arabic · K 4 · seed 0 · code points folded",
        "CNN-only (small) · both · K 4 · seed 0 · code points folded",
        "CNN-only (small) · both · K 4 · seed 0 · code points folded, batches of one data set",
        "CNN-only (small) · persian · K 4 · seed 0 · code points folded",
    ]


def test_steps_stand_beside_the_runs(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(budgets=["2 epochs"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    model = matrix_of(qtbot, stores)
    beside = [model.index(row, 1) for row in range(1, 4)]
    assert all(index.data(STEPS_ROLE) for index in beside)
    assert [index.data() for index in beside] == ["4", "4", "8"]  # both together: twice the lines, twice the steps


def test_only_runs_can_be_chosen(qtbot: QtBot, planned: Stores) -> None:
    model = matrix_of(qtbot, planned)
    assert model.flags(model.index(0, 0)) == Qt.ItemFlag.NoItemFlags
    assert model.flags(model.index(1, 1)) == Qt.ItemFlag.NoItemFlags
    assert model.flags(model.index(1, 0)) & Qt.ItemFlag.ItemIsSelectable


def test_cells_say_their_state_in_words(qtbot: QtBot, planned: Stores) -> None:
    model = matrix_of(qtbot, planned)
    index = model.index(1, 0)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "CNN-only (small) · arabic · K 4 · seed 0, planned"
    assert index.data(MATRIX_STATE_ROLE) == "planned"
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: index.data(MATRIX_STATE_ROLE) == "finished")
    assert "test CER 10.0 %" in index.data(Qt.ItemDataRole.ToolTipRole)
    model.show(None)
    assert model.rowCount() == model.columnCount() == 0

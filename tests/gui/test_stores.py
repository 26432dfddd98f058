"""Stores on a real workspace: what they hold, what their commands do, what they say when something is wrong."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study, write_dataset
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from tests.runs.test_migrations import of_schema
from workbench import resource_files
from workbench.data.overrides import Overrides
from workbench.execution.studies import prepare
from workbench.gui.stores.bundle import Stores, make_stores
from workbench.gui.stores.predictions import Arm, runs_of
from workbench.gui.stores.results import Cell, ResultOptions
from workbench.runs.control import Control
from workbench.runs.plan import Plan, load_plan, save_plan
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, save_study


def shown(stores: Stores) -> str:
    message = stores.messages.shown
    return f"{message.text} {message.hint}" if message else ""


# Data sets


def test_data_sets_of_a_workspace_are_opened(stores: Stores) -> None:
    assert [entry.name for entry in stores.datasets.entries] == ["arabic", "persian"]
    assert set(stores.datasets.opened) == {"arabic", "persian"}
    assert len(stores.datasets.opened["arabic"].lines.lines) == 21
    assert stores.datasets.progress is None


def test_a_folder_is_added_and_removed(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "more", "ar", seed=1)
    stores.datasets.add(folder, name="more", overrides=Overrides(language="ar"))
    assert stores.datasets.is_busy
    wait_until(qtbot, lambda: not stores.datasets.is_busy)
    assert set(stores.datasets.opened) == {"arabic", "persian", "more"}
    stores.datasets.remove("more")
    wait_until(qtbot, lambda: not stores.datasets.is_busy)
    assert [entry.name for entry in stores.datasets.entries] == ["arabic", "persian"]
    assert folder.is_dir()


def test_a_folder_without_lines_is_one_sentence(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    stores.datasets.add(tmp_path / "nothing")
    wait_until(qtbot, lambda: not stores.datasets.is_busy)
    assert "nothing" in shown(stores).lower()
    assert set(stores.datasets.opened) == {"arabic", "persian"}


def test_a_moved_data_set_is_said_and_relinked(
    qtbot: QtBot, empty_stores: Stores, workspace: Workspace, tmp_path: Path
) -> None:
    datasets = empty_stores.datasets
    folder = write_dataset(tmp_path / "here", "ar", seed=2)
    empty_stores.workspaces.open(workspace.root)
    datasets.add(folder, name="wanders", overrides=Overrides(language="ar"))
    wait_until(qtbot, lambda: datasets.is_known and not datasets.is_busy)
    folder.rename(tmp_path / "there")
    datasets.reload()
    wait_until(qtbot, lambda: datasets.is_known and not datasets.is_busy)
    assert "moved" in str(datasets.faults["wanders"])
    assert datasets.problem_count >= 1
    datasets.relink("wanders", tmp_path / "there")
    wait_until(qtbot, lambda: not datasets.is_busy)
    assert not datasets.faults
    assert "wanders" in datasets.opened


def test_cancelling_an_import_keeps_nothing(qtbot: QtBot, stores: Stores, tmp_path: Path) -> None:
    stores.datasets.add(write_dataset(tmp_path / "more", "ar", seed=1), name="more", overrides=Overrides(language="ar"))
    stores.datasets.cancel()
    wait_until(qtbot, lambda: not stores.datasets.is_busy)
    stores.datasets.reload()
    wait_until(qtbot, lambda: stores.datasets.is_known and not stores.datasets.is_busy)
    assert "more" not in stores.datasets.opened


def test_a_second_program_offers_nothing_to_go_on_with(
    qtbot: QtBot, empty_stores: Stores, workspace: Workspace, tmp_path: Path
) -> None:
    plan = list(prepare(workspace, small_study(), Control()))[-1]
    assert isinstance(plan, Plan)
    save_study(plan.study, workspace.study_file("small"))
    save_plan(plan, workspace.plan_file("small"))
    from filelock import FileLock

    with FileLock(workspace.lock_file, is_singleton=False):
        empty_stores.workspaces.open(workspace.root)
        wait_until(qtbot, lambda: not empty_stores.datasets.is_busy)
        assert empty_stores.workspaces.is_read_only
        wait_until(qtbot, lambda: not empty_stores.progress._search.is_running)
        assert empty_stores.progress.unfinished == (), "the other program trains it, or may"
    empty_stores.workspaces.open(tmp_path / "elsewhere")
    empty_stores.workspaces.open(workspace.root)
    wait_until(qtbot, lambda: [study.name for study in empty_stores.progress.unfinished] == ["small"])


def test_a_workspace_of_an_earlier_version_is_brought_up_to_date(empty_stores: Stores, tmp_path: Path) -> None:
    empty_stores.workspaces.open(of_schema(1, tmp_path / "old").root)
    assert "brought up to date (datasets.toml)" in shown(empty_stores)
    assert str(tmp_path / "old" / "backups") in shown(empty_stores)
    assert not empty_stores.workspaces.is_read_only


def test_a_workspace_of_a_later_version_is_only_read(empty_stores: Stores, tmp_path: Path) -> None:
    later = of_schema(1, tmp_path / "later")
    later.schema_file.write_text('{"schema": 99}', encoding="utf-8")
    empty_stores.workspaces.open(later.root)
    assert empty_stores.workspaces.is_read_only
    assert "a newer htr-workbench made it, with schema 99" in shown(empty_stores)


def test_a_second_program_only_reads(qtbot: QtBot, empty_stores: Stores, workspace: Workspace) -> None:
    workspace.lock_file.parent.mkdir(exist_ok=True)
    from filelock import FileLock

    with FileLock(workspace.lock_file, is_singleton=False):
        empty_stores.workspaces.open(workspace.root)
        assert empty_stores.workspaces.is_read_only
        assert "reading only" in shown(empty_stores)
        wait_until(qtbot, lambda: not empty_stores.datasets.is_busy)
        assert set(empty_stores.datasets.opened) == {"arabic", "persian"}
        assert not empty_stores.study.save()
        empty_stores.datasets.remove("arabic")
        assert not empty_stores.datasets.is_busy


# The study


def test_undo_and_redo_walk_through_earlier_values(stores: Stores) -> None:
    study = stores.study
    study.set_study(small_study())
    assert not study.edit(k_lines=(2, 4))
    assert not study.edit(training={"batch_lines": 3})
    assert study.study.training.batch_lines == 3
    assert study.study.training.validations == 2
    study.undo()
    assert study.study.training.batch_lines == 2
    study.undo()
    assert study.study == small_study()
    study.redo()
    assert study.study.k_lines == (2, 4)
    assert not study.edit(seeds=(0, 1))
    assert not study.can_redo


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"k_lines": ()}, "k_lines"),
        ({"k_lines": (0,)}, "k_lines"),
        ({"name": "a/b"}, "name"),
        ({"seeds": (1, 1)}, "seeds"),
        ({"budgets": ("many steps",)}, "budgets"),
        ({"training": {"batch_lines": 0}}, "training.batch_lines"),
        ({"preprocessing": {"line_height_px": 4}}, "preprocessing.line_height_px"),
    ],
)
def test_a_wrong_edit_leaves_the_study_and_names_the_field(
    stores: Stores, changes: dict[str, object], field: str
) -> None:
    before = stores.study.study
    problems = stores.study.edit(**changes)
    assert list(problems) == [field]
    assert dict(stores.study.problems) == dict(problems)
    assert stores.study.study == before
    assert stores.study.startable_plan is None
    right: dict[str, object] = {"k_lines": (4,), "name": "ab", "seeds": (1,), "budgets": ("5 steps",)}
    inner = {"training": {"batch_lines": 2}, "preprocessing": {"line_height_px": 32}}
    section = field.split(".")[0]
    assert not stores.study.edit(**{section: (right | inner)[section]})
    assert not stores.study.problems


def test_the_plan_follows_the_study(qtbot: QtBot, planned: Stores) -> None:
    plan = planned.study.startable_plan
    assert plan is not None
    assert len(plan.run_ids) == 3
    assert planned.study.estimate is not None
    assert planned.study.estimate.runs_left == 3
    planned.study.edit(seeds=(0, 1))
    assert planned.study.startable_plan is None
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert len(planned.study.startable_plan.run_ids) == 6


def test_whole_scans_get_their_own_cache(qtbot: QtBot, planned: Stores) -> None:
    planned.study.edit(preprocessing={"crop_to_ink": False})
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert planned.study.plan_problem is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"k_lines": (5000,)}, "5000 is more than"),
        ({"targets": ("arabik",)}, "arabic"),
        ({"targets": ("arabic",)}, "at least two"),
        ({"architectures": ("crnm",)}, "Unknown architecture"),
    ],
)
def test_a_study_without_a_plan_says_why(
    qtbot: QtBot, planned: Stores, changes: dict[str, object], sentence: str
) -> None:
    planned.study.edit(**changes)
    wait_until(qtbot, lambda: planned.study.plan_problem is not None)
    assert sentence in str(planned.study.plan_problem)
    assert planned.study.startable_plan is None
    planned.study.undo()
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert planned.study.plan_problem is None


def test_a_preset_keeps_name_and_targets(stores: Stores) -> None:
    stores.study.set_study(small_study(name="mine"))
    stores.study.load_preset("controlled")
    expected = load_study(resource_files.study_files()["controlled"])
    assert stores.study.study.name == "mine"
    assert stores.study.study.targets == ("arabic", "persian")
    assert stores.study.study.architectures == expected.architectures
    stores.study.undo()
    assert stores.study.study == small_study(name="mine")


def test_a_study_is_saved_and_loaded(stores: Stores, workspace: Workspace, tmp_path: Path) -> None:
    stores.study.set_study(small_study())
    assert stores.study.is_modified
    assert stores.study.save()
    assert not stores.study.is_modified
    assert load_study(workspace.study_file("small")) == small_study()
    assert stores.study.export(tmp_path / "copy.toml")
    stores.study.edit(seeds=(5,))
    assert stores.study.load(tmp_path / "copy.toml")
    assert stores.study.study == small_study()


def test_a_wrong_study_file_is_one_sentence(stores: Stores, tmp_path: Path) -> None:
    before = stores.study.study
    path = tmp_path / "wrong.toml"
    path.write_text('name = "x"\nregims = ["single"]\n', encoding="utf-8")
    assert not stores.study.load(path)
    assert "regimes" in shown(stores)
    assert stores.study.study == before


def test_what_was_edited_is_there_at_the_next_start(
    qtbot: QtBot, stores: Stores, workspace: Workspace, drive: ScriptedDrive
) -> None:
    stores.study.set_study(small_study(seeds=(7,)))
    stores.study.keep_draft()
    stores.wait()
    again = make_stores(drive=drive)
    again.workspaces.open(workspace.root)
    again.study.open_last()
    assert again.study.study == small_study(seeds=(7,))
    again.wait()


# Training


def test_a_study_is_run_to_its_end(qtbot: QtBot, planned: Stores, workspace: Workspace) -> None:
    progress = planned.progress
    heard: list[str] = []
    progress.run_changed.connect(heard.append)
    run_to_end(qtbot, planned)
    assert {progress.state(run) for run in progress.plan.run_ids} == {"finished"}
    assert set(heard) == set(progress.plan.run_ids)
    assert progress.share == 1.0
    assert progress.runs_over == progress.runs_total == 3
    assert load_plan(workspace.plan_file("small")).run_ids == progress.plan.run_ids
    wait_until(qtbot, lambda: planned.study.estimate.runs_done == 3)


def test_cancel_and_resume(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    progress = planned.progress
    drive.trainer = "hold"
    assert progress.start(planned.study.startable_plan)
    assert not progress.start(planned.study.startable_plan)
    assert "already" in shown(planned)
    wait_until(qtbot, lambda: bool(progress.running_runs))
    progress.cancel()
    wait_until(qtbot, lambda: not progress.is_running)
    assert "interrupted" in {progress.state(run) for run in progress.plan.run_ids}
    wait_until(qtbot, lambda: bool(progress.unfinished))
    assert progress.unfinished[0].name == "small"
    drive.trainer = "train"
    assert progress.resume("small")
    wait_until(qtbot, lambda: not progress.is_running)
    assert {progress.state(run) for run in progress.plan.run_ids} == {"finished"}
    first = progress.history(progress.plan.run_ids[0])
    assert [point.step for point in first.losses] == [1, 2, 3, 4, 5, 6]
    wait_until(qtbot, lambda: not progress.unfinished)


def test_pause_and_go_on(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    progress = planned.progress
    drive.trainer = "hold"
    assert progress.start(planned.study.startable_plan)
    wait_until(qtbot, lambda: any(history.step == 3 for history in progress.histories.values()))
    progress.pause()
    assert progress.command == "pause"
    wait_until(qtbot, lambda: any(progress.state(run) == "paused" for run in progress.plan.run_ids))
    progress.go_on()
    wait_until(qtbot, lambda: progress.runs_over > 0)
    progress.cancel()
    wait_until(qtbot, lambda: not progress.is_running)


def test_a_wait_for_room_is_told(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    drive.trainer = "needs_room"
    run_to_end(qtbot, planned)
    said = {message.text: message.count for message in planned.messages.kept}
    assert said["A run waits: a.pt was not written: the disk is full."] == len(planned.progress.plan.run_ids)
    assert "There is room on the disk again; training goes on." in said
    assert all(not history.waits_for for history in planned.progress.histories.values())


def test_children_train_are_cancelled_and_go_on(
    qtbot: QtBot, planned: Stores, drive: ScriptedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    progress = planned.progress
    drive.in_children = True
    drive.trainer = "hold"
    assert progress.start(planned.study.startable_plan)
    wait_until(qtbot, lambda: any(history.step == 3 for history in progress.histories.values()))
    progress.cancel()
    wait_until(qtbot, lambda: not progress.is_running)
    drive.trainer = "train"
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    run_to_end(qtbot, planned)
    assert {progress.state(run) for run in progress.plan.run_ids} == {"finished"}


def test_a_failing_run_is_told_and_the_study_goes_on(
    qtbot: QtBot, planned: Stores, drive: ScriptedDrive, expected_log: list[object]
) -> None:
    drive.trainer = "first_fails"
    run_to_end(qtbot, planned)
    progress = planned.progress
    states = [progress.state(run) for run in progress.plan.run_ids]
    assert sorted(states) == ["failed", "finished", "finished"]
    assert progress.runs_failed == 1
    assert "unforeseen" in shown(planned)
    drive.trainer = "train"
    assert progress.start(planned.study.plan, retry=True)
    wait_until(qtbot, lambda: not progress.is_running)
    assert {progress.state(run) for run in progress.plan.run_ids} == {"finished"}


def test_runs_of_earlier_starts_are_known(qtbot: QtBot, planned: Stores) -> None:
    run_to_end(qtbot, planned)
    plan = planned.progress.plan
    planned.workspaces.changed.emit()
    assert planned.progress.plan is None
    planned.progress.watch(plan)
    wait_until(qtbot, lambda: len(planned.progress.histories) == 3)
    assert {planned.progress.state(run) for run in plan.run_ids} == {"finished"}


# Results and predictions


def test_results_and_the_lines_behind_a_cell(qtbot: QtBot, planned: Stores) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: planned.results.report is not None and not planned.results.is_working)
    report = planned.results.report
    assert report.targets == ("arabic", "persian")
    cell = report.cell("small-cnn", "arabic", 4, "6 steps")
    assert cell.delta_pp == pytest.approx(0.0)
    write_predictions_of(planned)
    planned.results.select_cell(Cell("arabic", 4, "6 steps", ("small-cnn",)))
    wait_until(qtbot, lambda: bool(planned.predictions.rows))
    assert planned.predictions.arms == (Arm("small-cnn", "single"), Arm("small-cnn", "multi"))
    row = planned.predictions.rows[0]
    shown = planned.shown_lines.shown
    assert shown is not None
    assert shown.selection.single[0] == pytest.approx(0.5)
    assert shown.selection.delta[0] == pytest.approx(-0.25)
    assert [reading.prediction.hypothesis for reading in row.readings] == ["قم", "قلما"]
    planned.results.set_options(ResultOptions(selection="best"))
    wait_until(qtbot, lambda: not planned.predictions.rows)


def write_predictions_of(stores: Stores) -> None:
    """Give the finished runs on `arabic` something that they read."""
    from tests.analysis.finished import finish_run
    from workbench.runs.predictions import Prediction
    from workbench.runs.store import RunStore

    plan = stores.results.plan
    store = RunStore(stores.workspaces.workspace)
    for run in runs_of(plan, Cell("arabic", 4, "6 steps")):
        is_single = run.request.regime == "single"
        hypothesis, edits = ("قم", 2) if is_single else ("قلما", 1)
        one = Prediction("line", "arabic", "test", "last", "قلمم", hypothesis, edits, 4)
        finish_run(store, run, [one])


def test_a_stale_plan_is_never_started(planned: Stores) -> None:
    planned.study.set_study(Study(name="other", targets=("arabic", "persian")))
    assert planned.study.startable_plan is None

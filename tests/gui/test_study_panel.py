"""The study page: every edit checked as it is typed, undone and redone; the plan shown; started only when it can be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study, write_leaky_dataset
from tests.gui.conftest import run_to_end, wait_until
from workbench.data.overrides import Overrides
from workbench.errors import InputError
from workbench.gui.labels import MutedLabel
from workbench.gui.panels.study import StudyPanel
from workbench.gui.panels.study.amounts import whole_numbers
from workbench.gui.panels.study.choice import Choice
from workbench.gui.panels.study.rows import Fold
from workbench.gui.panels.study.schema_fields import explanations, text_of, title_of, value_of
from workbench.gui.stores.bundle import Stores
from workbench.models.registry import ARCHITECTURES
from workbench.study.conditions import AXES
from workbench.study.grid import REGIMES
from workbench.study.schema import Preprocessing, Training
from workbench.study.toml_file import load_study


def panel_of(qtbot: QtBot, stores: Stores) -> StudyPanel:
    panel = StudyPanel(study=stores.study, datasets=stores.datasets, progress=stores.progress)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores) -> Iterator[StudyPanel]:
    panel = panel_of(qtbot, planned)
    yield panel
    panel.hide()


def is_startable(panel: StudyPanel) -> bool:
    assert panel.primary_action is not None
    return panel.primary_action.isEnabled()


# Pure parts


@pytest.mark.parametrize(
    ("text", "least", "expected"),
    [
        ("100, 500", 1, ["100", "500"]),
        ("0-4", 0, ["0", "1", "2", "3", "4"]),
        ("2–3;7", 0, ["2", "3", "7"]),
        ("", 1, []),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, least: int, expected: list[str]) -> None:
    assert whole_numbers(text, least=least) == expected


@pytest.mark.parametrize(("text", "least"), [("1e3", 1), ("0", 1), ("-4", 0), ("4-2", 0), ("0-99999", 0), ("many", 1)])
def test_what_is_no_number_is_said(text: str, least: int) -> None:
    with pytest.raises(ValueError, match=r"whole number"):
        whole_numbers(text, least=least)


def test_fields_are_explained_by_their_docstrings() -> None:
    words = explanations(Training)
    assert words["gradient_clip_norm"] == "0: no clipping."
    assert "`" not in "".join([*words.values(), *explanations(Preprocessing).values()])
    assert title_of("line_height_px") == "Line height (px)"


def test_fields_are_written_and_read_as_text() -> None:
    fields = {**Training.model_fields, **Preprocessing.model_fields}
    assert text_of(3e-3) == "0.003"
    assert text_of((0.5, 0.75)) == "0.5, 0.75"
    assert value_of("0.5, 0.75", fields["milestone_shares"].annotation) == ["0.5", "0.75"]
    assert value_of(" none ", fields["canvas_width_px"].annotation) is None
    assert value_of("512", fields["canvas_width_px"].annotation) == "512"


# The page


def test_the_page_shows_the_study(planned: Stores, panel: StudyPanel) -> None:
    form = panel.form
    assert form.targets.checked == ("arabic", "persian")
    assert "12 lines" not in form.targets.box("arabic").text()
    assert "21 lines" in form.targets.box("arabic").text()
    assert form.arms.architectures.checked == ("small-cnn",)
    assert form.amounts.ks.values == ("4",)
    assert form.amounts.steps.values == ("6",)
    assert form.amounts.epochs.values == ()
    assert "2 times the updates" in panel.form.amounts.epochs_words.text()
    assert panel.summary.text().startswith("3 runs")
    assert panel.primary_action is not None
    assert panel.primary_action.text() == "Start 3 runs"
    assert is_startable(panel)
    notes = [note.text for note in panel.notes_model.notes]
    assert any(text.startswith("arabic: ") and "test lines" in text for text in notes)
    assert panel.matrix_model.rowCount() == 4


def test_every_field_of_the_schema_has_an_editor(panel: StudyPanel) -> None:
    assert set(panel.form.training.fields) == set(Training.model_fields)
    assert set(panel.form.preprocessing.fields) == set(Preprocessing.model_fields)
    for field in (*panel.form.training.fields.values(), *panel.form.preprocessing.fields.values()):
        assert field.row.editor.accessibleName()


def test_chips_add_and_take_away(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    entry = panel.form.amounts.ks.entry
    qtbot.keyClicks(entry, "2")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert planned.study.study.k_lines == (2, 4)
    assert entry.text() == ""
    panel.form.amounts.ks.buttons[1].click()
    assert planned.study.study.k_lines == (2,)
    qtbot.keyClicks(panel.form.amounts.seeds.entry, "0-2,")
    assert planned.study.study.seeds == (0, 1, 2)


def test_the_message_stands_beside_the_field_while_it_is_typed(
    qtbot: QtBot, planned: Stores, panel: StudyPanel
) -> None:
    before = planned.study.study
    qtbot.keyClicks(panel.form.amounts.ks.entry, "ten")
    assert panel.form.rows["k_lines"].problem == "'ten' is not a whole number"
    panel.form.amounts.ks.entry.clear()
    qtbot.keyClicks(panel.form.amounts.ks.entry, "3")
    assert panel.form.rows["k_lines"].problem == ""
    assert planned.study.study == before


def test_what_cannot_be_is_taken_back_and_said(planned: Stores, panel: StudyPanel) -> None:
    before = planned.study.study
    panel.form.amounts.ks.buttons[0].click()
    panel.form.arms.architectures.box("small-cnn").click()
    for name in ("arabic", "persian"):
        panel.form.targets.box(name).click()
    assert planned.study.study == before.model_copy(update={"targets": ("persian",)})
    assert panel.form.targets.checked == ("persian",)
    assert panel.form.targets.box("persian").isChecked()
    assert panel.form.rows["targets"].problem == "At least one is needed"
    assert panel.form.arms.architectures.checked == ("small-cnn",)
    assert panel.form.amounts.ks.values == ("4",)


def test_a_wrong_field_keeps_the_study_and_blocks_the_start(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    field = panel.form.preprocessing.fields["line_height_px"]
    editor = field.row.editor
    editor.selectAll()
    qtbot.keyClicks(editor, "5000")
    assert "512" in field.row.problem
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert planned.study.study.preprocessing.line_height_px == 32
    assert editor.text() == "5000"
    assert not is_startable(panel)
    assert "line height" in panel.start_blocker
    editor.selectAll()
    qtbot.keyClicks(editor, "40")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert planned.study.study.preprocessing.line_height_px == 40
    assert field.row.problem == ""
    wait_until(qtbot, lambda: is_startable(panel))


def test_choices_and_switches_change_the_study(planned: Stores, panel: StudyPanel) -> None:
    panel.form.preprocessing.fields["crop_to_ink"].row.editor.click()
    assert planned.study.study.preprocessing.crop_to_ink is False
    choice = panel.form.training.fields["schedule"].row.editor
    choice.setCurrentIndex(choice.findData("constant"))
    choice.activated.emit(choice.currentIndex())
    assert planned.study.study.training.schedule == "constant"
    panel.form.arms.regimes.box("multi").click()
    assert planned.study.study.regimes == ("single",)
    panel.form.amounts.draws.setValue(2)
    assert planned.study.study.draws == 2
    panel.form.texts.normalisation.box("nfc").click()
    panel.form.texts.normalisation.box("drop_tatweel").click()
    assert planned.study.study.normalisation == ("nfc", "drop_tatweel")
    assert panel.form.texts.step_order.text() == "Normalised by: nfc → drop tatweel"


def test_placeholders_are_kept_unless_chosen_otherwise(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    choice = panel.form.texts.placeholders.box
    assert choice.currentData() == "keep"
    choice.setCurrentIndex(choice.findData("wildcard"))
    choice.activated.emit(choice.currentIndex())
    assert planned.study.study.placeholders.policy == "wildcard"
    assert planned.study.study.placeholders.characters == "#@"
    edit = panel.form.texts.placeholder_characters.row.editor
    edit.setText("# #")
    edit.editingFinished.emit()
    assert "no blanks" in panel.form.texts.placeholder_characters.row.problem
    assert planned.study.study.placeholders.characters == "#@"
    edit.setText("#")
    edit.editingFinished.emit()
    assert planned.study.study.placeholders.characters == "#"


def test_the_form_never_has_to_be_scrolled_sideways(panel: StudyPanel) -> None:
    for fold in panel.form.findChildren(Fold):
        fold.button.setChecked(True)
    panel.form.parts.split.show_value("blocks")
    assert panel.form.widget().minimumSizeHint().width() <= panel.form.viewport().width()


def choose(choice: Choice, key: str) -> None:
    choice.box.setCurrentIndex(choice.box.findData(key))
    choice.box.activated.emit(choice.box.currentIndex())


def test_parts_and_draws_are_chosen(planned: Stores, panel: StudyPanel) -> None:
    form = panel.form
    assert not form.parts.folds.isEnabled()
    choose(form.parts.split, "blocks")
    form.parts.split_seed.setValue(3)
    form.parts.folds.setValue(4)
    form.parts.fold.setValue(3)
    study = planned.study.study
    assert (study.split, study.split_seed, study.folds, study.fold) == ("blocks", 3, 4, 3)
    form.parts.folds.setValue(2)
    assert (planned.study.study.folds, planned.study.study.fold) == (2, 2)
    choose(form.parts.split, "official")
    assert (planned.study.study.folds, planned.study.study.fold) == (1, 1)
    choose(form.parts.stratify, "writers")
    assert planned.study.study.stratify == "writers"
    choose(form.parts.undecided, "refuse")
    assert planned.study.study.leakage.undecided == "refuse"
    for _ in range(8):
        planned.study.undo()
    assert planned.study.study == small_study()


def test_k_counts_lines_or_characters(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    choose(panel.form.amounts.k_unit, "characters")
    assert planned.study.study.k_characters == (240,)
    assert panel.form.amounts.ks.values == ("240",)
    panel.form.amounts.ks.buttons[0].click()
    assert panel.form.rows["k_lines"].problem == "At least one is needed"
    qtbot.keyClicks(panel.form.amounts.ks.entry, "20,")
    assert planned.study.study.k_characters == (20, 240)
    planned.study.edit(k_characters=[20])
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert "K in characters" in panel.summary.text()
    choose(panel.form.amounts.k_unit, "lines")
    assert (planned.study.study.ks, panel.form.amounts.ks.values) == ((4,), ("4",))


def test_lists_of_lines_are_added_and_taken_away(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(line.id for line in planned.datasets.opened["arabic"].lines.lines if line.split == "train")
    (tmp_path / "bad.txt").write_text(f"{first}\n", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([str(tmp_path / "bad.txt")], ""))
    row = panel.form.parts.lists.targets["arabic"]
    assert not row.from_test.isVisibleTo(panel)
    row.add.click()
    assert planned.study.study.rules_of("arabic").exclude == (str(tmp_path / "bad.txt"),)
    assert [chip.text() for chip in row.chips] == ["bad.txt  ✕"]
    row.from_test.click()
    assert planned.study.study.rules_of("arabic").exclude_from_test
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert "1 line excluded" in panel.summary.text()
    assert any("arabic: 1 line excluded (1 of train)" in note.text for note in panel.notes_model.notes)
    row.chips[0].click()
    assert planned.study.study.rules_of("arabic").exclude == ()
    row.from_test.click()
    assert planned.study.study == small_study()


def test_a_list_that_is_gone_is_said(qtbot: QtBot, planned: Stores, panel: StudyPanel, tmp_path: Path) -> None:
    planned.study.edit(target_rules={"arabic": {"exclude": [str(tmp_path / "gone.txt")]}})
    wait_until(qtbot, lambda: isinstance(planned.study.plan_problem, InputError))
    assert "gone.txt" in panel.blocker.problem
    assert not is_startable(panel)


def test_a_strict_study_waits_for_decisions(qtbot: QtBot, planned: Stores, panel: StudyPanel, tmp_path: Path) -> None:
    planned.datasets.add(write_leaky_dataset(tmp_path / "leaky", "ar"), "leaky", Overrides(language="ar"))
    wait_until(qtbot, lambda: "leaky" in planned.datasets.opened and not planned.datasets.is_busy)
    planned.study.edit(targets=["leaky", "persian"])
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    plan = planned.study.plan
    assert plan is not None
    assert plan.open_questions
    assert panel.notes_model.notes[0].text.startswith("Undecided, in train and in test: ")
    planned.study.edit(leakage={"undecided": "refuse"})
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert "undecided" in panel.blocker.problem
    assert not is_startable(panel)
    for record in plan.open_questions:
        planned.study.decide(record, "accept")
    wait_until(qtbot, lambda: is_startable(panel))
    assert panel.blocker.problem == ""


def test_budgets_of_both_kinds_stand_side_by_side(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    qtbot.keyClicks(panel.form.amounts.epochs.entry, "3")
    qtbot.keyClick(panel.form.amounts.epochs.entry, Qt.Key.Key_Return)
    assert [str(budget) for budget in planned.study.study.budgets] == ["6 steps", "3 epochs"]
    panel.form.amounts.steps.buttons[0].click()
    assert [str(budget) for budget in planned.study.study.budgets] == ["3 epochs"]


def test_budgets_in_exposures_say_when_they_are_epochs(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    amounts = panel.form.amounts
    assert amounts.exposures_words.text().endswith("The same as equal epochs in this study.")
    qtbot.keyClicks(amounts.exposures.entry, "7,")
    assert [str(budget) for budget in planned.study.study.budgets] == ["6 steps", "7 exposures"]
    panel.form.arms.axes["sampling"].options.box("balanced").click()
    assert amounts.exposures_words.text().endswith("equal epochs in this study."), "every data set has K lines"
    panel.form.arms.regimes.box("others_whole").click()
    assert "Not the same as equal epochs here" in amounts.exposures_words.text()


def test_every_regime_and_condition_can_be_ticked_and_explains_itself(planned: Stores, panel: StudyPanel) -> None:
    arms = panel.form.arms
    for name, regime in REGIMES.items():
        box = arms.regimes.box(name)
        assert box.text() == regime.label
        assert box.accessibleDescription().startswith(regime.explanation)
    assert "Compared with" in arms.regimes.box("head_on_multi").accessibleDescription()
    for axis in AXES.values():
        for option in axis.options:
            assert arms.axes[axis.name].options.box(option.key).accessibleDescription() == option.explanation
    assert not arms.axes_fold.button.isChecked(), "all is usual"
    assert not arms.second_stage.isVisibleTo(panel)
    for name in ("extra", "permuted"):
        arms.regimes.box(name).click()
    assert planned.study.study.regimes == ("single", "multi", "extra", "permuted")
    assert arms.regimes.folds["Controls"].button.text() == "Controls  (2 of 5)"


def test_a_second_stage_brings_what_it_needs_and_loses_what_it_stands_on(planned: Stores, panel: StudyPanel) -> None:
    arms = panel.form.arms
    arms.regimes.box("multi").click()
    assert planned.study.study.regimes == ("single",)
    arms.regimes.box("head_on_multi").click()
    assert planned.study.study.regimes == ("single", "multi", "head_on_single", "head_on_multi")
    assert "“Multi-script”, “New head, single-script encoder”" in arms.hint.text()
    assert arms.second_stage.isVisibleTo(panel)
    assert panel.form.rows["regimes"].problem == ""
    arms.regimes.box("multi").click()
    assert planned.study.study.regimes == ("single", "head_on_single")
    assert "Taken away as well" in arms.hint.text()
    planned.study.undo()
    planned.study.undo()
    assert planned.study.study.regimes == ("single",)
    assert not arms.hint.isVisibleTo(panel)


def test_regimes_without_a_partner_are_told(planned: Stores, panel: StudyPanel) -> None:
    panel.form.arms.regimes.box("single").click()
    assert planned.study.study.regimes == ("multi",)
    assert panel.form.arms.hint.text() == "No ΔCER of “Multi-script” without “Single-script”."
    panel.form.arms.regimes.box("single").click()
    assert not panel.form.arms.hint.isVisibleTo(panel)


def test_what_keeps_a_regime_from_being_planned_stands_beside_it(
    qtbot: QtBot, planned: Stores, panel: StudyPanel
) -> None:
    panel.form.arms.regimes.box("leave_one_out").click()
    assert "at least three targets" in panel.form.rows["regimes"].problem
    wait_until(qtbot, lambda: planned.study.plan_problem is not None)
    panel.form.arms.regimes.box("leave_one_out").click()
    assert panel.form.rows["regimes"].problem == ""
    planned.study.edit(regimes=["single", "finetuned"])
    assert "goes on from runs of 'multi'" in panel.form.rows["regimes"].problem


def test_conditions_multiply_the_grid(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    arms = panel.form.arms
    arms.axes["folding"].options.box("on").click()
    arms.axes["batches"].options.box("one_target").click()
    conditions = planned.study.study.conditions
    assert (conditions.folding, conditions.batches) == (("off", "on"), ("mixed", "one_target"))
    assert arms.axes_fold.button.isChecked()
    assert arms.axes_fold.button.text() == "Further axes  (4 combinations)"
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert panel.summary.text().startswith("8 runs for 12 cells of the grid")
    assert panel.matrix_model.rowCount() == 4 * 4
    arms.axes["folding"].options.box("off").click()
    arms.axes["folding"].options.box("on").click()
    assert panel.form.rows["conditions.folding"].problem == "At least one is needed"
    assert planned.study.study.conditions.folding == ("on",)
    assert arms.axes["folding"].options.box("on").isChecked()


def test_runs_that_too_few_lines_forbid_are_counted_and_told_first(
    qtbot: QtBot, planned: Stores, panel: StudyPanel
) -> None:
    planned.study.edit(regimes=["single", "multi", "extra"], k_lines=[4, 8])
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert "2 not planned: too few lines" in panel.summary.text()
    notes = [note.text for note in panel.notes_model.notes if not note.text.startswith("Undecided")]
    assert notes[:2] == [
        f"{name}: NOT PLANNED: “Same language, more lines” at K = 8 takes 16 lines, there are 12"
        for name in ("arabic", "persian")
    ]
    assert len(notes) == len(set(notes))


def test_architectures_are_explained_where_they_are_ticked(planned: Stores, panel: StudyPanel) -> None:
    groups = panel.form.arms.architectures
    shown = [label.text() for label in groups.findChildren(MutedLabel) if label.isVisibleTo(panel)]
    assert shown == [ARCHITECTURES["small-cnn"].explanation]
    assert groups.folds["Small, for a CPU"].button.isChecked()
    assert not groups.folds["Full size, for a GPU"].button.isChecked()
    assert {name for name in ARCHITECTURES if groups.box(name).toolTip()} == set(ARCHITECTURES)
    groups.box("both").click()
    assert planned.study.study.architectures == ("small-cnn", "both")
    assert groups.folds["Full size, for a GPU"].button.isChecked()


def test_undo_and_redo(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    first = planned.study.study
    panel.form.arms.regimes.box("multi").click()
    second = planned.study.study
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert planned.study.study == first
    assert panel.form.arms.regimes.checked == ("single", "multi")
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel, Qt.Key.Key_Z, both)
    assert planned.study.study == second
    assert not panel.redo_action.isEnabled()


def test_undo_is_the_entrys_while_something_is_typed(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    panel.form.amounts.draws.setValue(2)
    entry = panel.form.name
    entry.setFocus()
    qtbot.keyClicks(entry, "x")
    qtbot.keyClick(entry, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert entry.text() == "small"
    assert planned.study.study.draws == 2
    qtbot.keyClick(entry, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert planned.study.study.draws == 1


def test_what_is_typed_is_taken_over_before_the_study_is_saved_or_started(
    qtbot: QtBot, planned: Stores, panel: StudyPanel
) -> None:
    editor = panel.form.preprocessing.fields["line_height_px"].row.editor
    panel.form.preprocessing.setVisible(True)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "40")
    qtbot.keyClick(editor, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    workspace = planned.workspaces.workspace
    assert workspace is not None
    assert load_study(workspace.study_file("small")).preprocessing.line_height_px == 40
    editor.selectAll()
    qtbot.keyClicks(editor, "48")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert planned.study.study.preprocessing.line_height_px == 48
    assert not planned.progress.is_running  # not before the plan of exactly this study is there


def test_a_preset_keeps_the_data_sets(planned: Stores, panel: StudyPanel) -> None:
    box = panel.form.preset
    assert {"demo", "quick", "paper", "controlled"} <= {box.itemData(n) for n in range(box.count())}
    box.setCurrentIndex(box.findData("controlled"))
    box.activated.emit(box.currentIndex())
    assert planned.study.study.preset == "controlled"
    assert planned.study.study.targets == ("arabic", "persian")
    assert panel.form.arms.architectures.checked == planned.study.study.architectures


def test_too_large_a_k_says_what_can_be_done(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    planned.study.edit(k_lines=[5000])
    wait_until(qtbot, lambda: planned.study.plan_problem is not None)
    assert not is_startable(panel)
    assert "5000" in panel.blocker.problem
    assert panel.summary.text() == "3 runs · it cannot be planned"
    planned.study.undo()
    wait_until(qtbot, lambda: is_startable(panel))
    assert panel.blocker.problem == ""


def test_start_trains_and_goes_where_it_is_watched(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    assert panel.primary_action is not None
    panel.primary_action.trigger()
    assert asked == ["training"]
    assert planned.progress.is_running
    assert not is_startable(panel)
    wait_until(qtbot, lambda: not planned.progress.is_running)
    wait_until(qtbot, lambda: panel.start_blocker.startswith("Every run"))
    assert panel.summary.text().startswith("3 runs · 3 done")
    assert not planned.study.is_modified


def test_a_click_on_a_run_leads_to_it(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    index = panel.matrix_model.index(2, 0)
    run = panel.matrix_model.planned(2, 0)
    assert run is not None
    place: QPoint = panel.matrix.visualRect(index).center()
    qtbot.mouseClick(panel.matrix.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == ["training"]
    assert planned.progress.selected_run == run.run


def test_states_of_finished_runs_are_known_when_the_page_opens(qtbot: QtBot, planned: Stores) -> None:
    run_to_end(qtbot, planned)
    panel = panel_of(qtbot, planned)
    run = panel.matrix_model.planned(1, 0)
    assert run is not None
    assert panel.matrix_model.state(run) == "finished"
    panel.hide()


def test_save_open_and_save_as(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert panel.save_action.isEnabled()
    panel.save_action.trigger()
    workspace = planned.workspaces.workspace
    assert workspace is not None
    assert load_study(workspace.study_file("small")) == planned.study.study
    assert not panel.save_action.isEnabled()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "mine"), ""))
    panel.save_as_action.trigger()
    assert load_study(tmp_path / "mine.toml") == planned.study.study
    (tmp_path / "mine.toml").write_text('name = "mine"\nregims = []\n')
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(tmp_path / "mine.toml"), ""))
    panel.open_action.trigger()
    shown = planned.messages.shown
    assert shown is not None
    assert "regimes" in shown.hint
    assert planned.study.study == small_study()


def test_without_data_the_page_says_what_to_do(qtbot: QtBot, empty_stores: Stores, tmp_path: Path) -> None:
    empty_stores.workspaces.open(tmp_path / "new")
    wait_until(qtbot, lambda: empty_stores.datasets.is_known)
    panel = panel_of(qtbot, empty_stores)
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    wait_until(qtbot, lambda: panel.pages.currentIndex() == 0)
    assert "no data set" in panel.start_blocker
    panel._go_action.trigger()
    assert asked == ["data"]
    panel.hide()


def test_an_unknown_data_set_is_a_reason_and_not_a_crash(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    planned.study.edit(targets=["arabik"])
    wait_until(qtbot, lambda: isinstance(planned.study.plan_problem, InputError))
    assert "arabic" in panel.start_blocker
    panel.form.targets.box("arabic").click()
    assert "arabic" in planned.study.study.targets

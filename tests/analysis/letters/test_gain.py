"""Letters of a finished study, from its files to classes, confusions, lines and tables."""

import csv
import json
import shutil
from dataclasses import replace

import pytest

from tests.analysis.letters_made_up import cell_of
from tests.execution.letter_study import finish, letter_study, make_letter_workspace, write_readings
from workbench.analysis.letters.gain import LettersReport, LettersStudy, SideKey, best_rows, work_out
from workbench.analysis.letters.read_cells import ReadingProgress
from workbench.analysis.letters.sentences import fit_sentences, missing_words, pairs_in_words, summary
from workbench.analysis.letters.setting import Setting, setting_of
from workbench.analysis.letters.tables import CLASS_COLUMNS, TABLES, cell_confusions, export_letters, to_json
from workbench.errors import WorkspaceError
from workbench.runs.control import Control
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.text.code_points import code_point


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    workspace = make_letter_workspace(tmp_path_factory.mktemp("letters"))
    finish(workspace, letter_study())
    return workspace


@pytest.fixture
def workspace(template, tmp_path):
    shutil.copytree(template.root, tmp_path / "workspace")
    return Workspace(tmp_path / "workspace")


def worked_out(workspace, control=None, **asked):
    plan = load_plan(workspace.plan_file("letters"))
    return list(work_out(plan, RunStore(workspace), setting_of(plan, **asked), control or Control()))


def study_of(workspace, **asked) -> LettersStudy:
    *progress, last = worked_out(workspace, **asked)
    assert all(isinstance(value, ReadingProgress) for value in progress)
    assert isinstance(last, LettersStudy)
    return last


def test_every_cell_has_its_letters(template):
    study = study_of(template)
    cells = study.report.cells
    assert [(cell.key.architecture, cell.key.target, cell.trainings, cell.lines) for cell in cells] == [
        ("small-cnn", "arabic", 2, 24), ("small-cnn", "persian", 2, 24),
        ("small-crnn", "arabic", 2, 24), ("small-crnn", "persian", 2, 24),
    ]  # fmt: skip
    cell = cells[0]
    row = best_rows(cell)[0]
    assert (row.name, row.single.rate_pct, row.multi.rate_pct, row.delta_pp) == (code_point("ب"), 100.0, 0.0, -100.0)
    (everything,) = cell.of("all")
    readings = study.read[cell.key]
    assert everything.single.misread * 2 == sum(trace.edits for trace in readings.single)
    assert study.report.missing == ()


def test_facts_are_those_of_the_training_lines(template):
    cell = study_of(template).report.cells[0]
    store = RunStore(template)
    single = store.spec(study_of(template).read[cell.key].single[0].run)
    assert single is not None
    lines = single.target("arabic").train_ids
    assert len(lines) == 4
    facts = cell.facts_of["ا"]
    assert facts.training_count > 0
    assert set(facts.languages) <= {"ar", "fa"}
    assert "ar" in facts.languages
    assert {row.grouping for row in cell.rows} >= {"shared_code_points", "frequency", "novelty_4", "length"}


def test_confusions_of_regimes_and_of_architectures(template):
    study = study_of(template)
    single, multi = (SideKey("small-cnn", is_multi) for is_multi in (False, True))
    found = {(one.reference, one.read): one for one in study.confusions("arabic", 4, single, multi)}
    missed = found["ب", ""]
    assert (missed.left, missed.right, missed.left_share) == (missed.occurrences, 0.0, 1.0)
    between = study.confusions("arabic", 4, single, SideKey("small-crnn", False))
    by_name = {(one.reference, one.read): one for one in between}
    assert by_name["ا", ""].left == 0
    assert by_name["ا", ""].right == by_name["ا", ""].occurrences
    assert study.confusions("arabic", 99, single, multi) == ()
    sides = [(side.architecture, side.is_multi) for side in study.sides("arabic", 4)]
    assert sides == [(name, is_multi) for name in ("small-cnn", "small-crnn") for is_multi in (False, True)]


def test_sides_of_two_architectures_are_compared_in_the_trainings_that_both_have():
    lines = ["باب", "باب"]
    right, missed, confused = ["باب", "باب"], ["اب", "اب"], ["تاب", "تاب"]
    cnn = cell_of(lines, [right, missed], [right, right], architecture="small-cnn")
    crnn = replace(cell_of(lines, [confused, right], [right, right]), trainings=((0, 1), (0, 7)))
    report = LettersReport("made up", Setting("multi", "50 steps"), (), (), ())
    study = LettersStudy(report, {cell.key: cell for cell in (cnn, crnn)}, {})
    sides = SideKey("small-cnn", False), SideKey("small-crnn", False)
    assert study.trainings("khatt", 100, *sides) == ((0, 1),)
    found = {(one.reference, one.read): (one.left, one.right) for one in study.confusions("khatt", 100, *sides)}
    assert found == {("ب", ""): (2.0, 0.0), ("ب", "ت"): (0.0, 2.0)}  # seed 0 of one, seed 7 of the other are alone
    behind = study.lines_of_confusion("khatt", 100, *sides, "ب", "")
    assert [(line.left, line.right, len(line.readings)) for line in behind] == [(1.0, 0.0, 2)] * 2
    apart = LettersStudy(report, {cnn.key: cnn, crnn.key: replace(crnn, trainings=((1, 0), (1, 1)))}, {})
    assert apart.trainings("khatt", 100, *sides) == ()
    assert apart.confusions("khatt", 100, *sides) == ()


def test_lines_behind_a_class_and_a_confusion(template):
    study = study_of(template)
    cell = study.report.cells[0]
    row = best_rows(cell)[0]
    lines = study.lines_of_class(cell.key, "character", row.number)
    assert len(lines) == row.lines
    for line in lines:
        assert [line.reference[place] for place in line.places] == ["ب"] * len(line.places)
        assert (line.left, line.right) == (len(line.places), 0)
        assert len(line.readings) == 4
    sides = SideKey("small-cnn", False), SideKey("small-cnn", True)
    behind = study.lines_of_confusion("arabic", 4, *sides, "ب", "")
    assert {line.line_id for line in behind} == {line.line_id for line in lines}
    assert study.lines_of_confusion("nobody", 4, *sides, "ب", "") == ()


def test_a_setting_that_the_study_lacks_is_its_first(template):
    plan = load_plan(template.plan_file("letters"))
    setting = setting_of(plan, regime="pairs", budget="9 steps", conditions="folded")
    assert (setting.regime, setting.budget, setting.conditions) == ("multi", "6 steps", "")
    assert setting_of(plan, regime="multi").regime == "multi"


def test_cancelled_work_has_no_result(template):
    control = Control()
    control.request("cancel")
    assert worked_out(template, control) == []


def test_no_validation_readings_no_cells(template):
    assert study_of(template, split="validation").report.cells == ()


def test_missing_predictions_are_told(workspace):
    study = study_of(workspace)
    run = study.read[study.report.cells[0].key].single[0].run
    RunStore(workspace).predictions_file(run).unlink()
    with pytest.raises(WorkspaceError, match="cannot be read"):
        worked_out(workspace)


def test_runs_that_read_other_lines_make_no_pair(workspace):
    plan = load_plan(workspace.plan_file("letters"))
    study = study_of(workspace)
    key = study.report.cells[0].key
    run = study.read[key].single[0].run
    path = RunStore(workspace).predictions_file(run)
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(rows[:-1]), encoding="utf-8")
    left = study_of(workspace)
    cell = left.report.cell("small-cnn", "arabic", 4)
    assert cell is not None
    assert (cell.trainings, pairs_in_words(cell)) == (1, "1 of 2 pairs, the others read other lines")
    assert plan.study.name == left.report.study


def test_without_the_data_sets_what_needs_their_text_is_left_out_and_said(workspace):
    shutil.rmtree(workspace.cache)
    report = study_of(workspace).report
    assert report.missing == ("arabic", "persian")
    assert "arabic, persian" in missing_words(report)
    ways = {row.grouping for row in report.cells[0].rows}
    assert "character" in ways
    assert not any(way.startswith(("shared", "novelty", "frequency")) for way in ways)
    assert report.cells[0].facts == ()
    assert report.fits == ()


def test_letters_that_joint_training_reads_are_named(workspace):
    cell = study_of(workspace).report.cells[0]
    # 3 blocks of 10 lines are too few clusters to be sure of anything
    assert summary(cell) == ""
    sentences = fit_sentences(study_of(workspace).report, "small-cnn", 4)
    assert len(sentences) == 2
    assert sentences[0].startswith("By code points, ")


def test_tables_hold_the_numbers_of_the_report(template, tmp_path):
    study = study_of(template)
    written = export_letters(study, tmp_path / "tables")
    assert tuple(path.name for path in written) == TABLES
    with written[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(CLASS_COLUMNS)
    expected = [row for cell in study.report.cells for row in cell.rows if not row.grouping.startswith("novelty")]
    assert [(row["way"], row["class"], int(row["occurrences"])) for row in rows] == [
        (row.grouping, row.name, row.occurrences) for row in expected
    ]
    ba = next(row for row in rows if row["code_point"] == "U+0628" and row["architecture"] == "small-cnn")
    assert (float(ba["delta_pp"]), ba["languages"] in ("ar", "ar fa"), ba["low_pp"]) == (-100.0, True, "")
    with written[1].open(encoding="utf-8", newline="") as file:
        confusion_rows = list(csv.DictReader(file))
    assert len(confusion_rows) == sum(len(cell_confusions(study, cell)) for cell in study.report.cells)
    again = json.loads(json.dumps(to_json(study)))
    assert len(again["classes"]) == sum(len(cell.rows) for cell in study.report.cells)
    assert again["confusions"][0]["reference_code_point"].startswith("U+")


def test_tables_are_not_written_over_a_file(template, tmp_path):
    (tmp_path / "tables").write_text("")
    with pytest.raises(WorkspaceError, match="is a file"):
        export_letters(study_of(template), tmp_path / "tables")


def test_a_control_character_in_a_text_goes_through(workspace):
    plan = load_plan(workspace.plan_file("letters"))
    write_readings(
        workspace, plan, lambda run, reference, number: f"\u202e{reference}<b>" if number == 1 else reference
    )
    study = study_of(workspace)
    found = cell_confusions(study, study.report.cells[0])
    assert {one.read for one in found} == {"\u202e", "<", "b", ">"}
    assert all(one.reference == "" for one in found)

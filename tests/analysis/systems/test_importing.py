"""Runs of other systems: scored by our counts, attached to a study, part of its results, and taken out again."""

import json
import shutil
from pathlib import Path

import pytest

from tests.execution.scripted import HERE
from tests.execution.small_data import make_workspace, small_study
from workbench.analysis.exports.csv_files import export_study
from workbench.analysis.results.readings import read_run
from workbench.analysis.results.report import report
from workbench.analysis.systems.importing import ImportedRun, SystemWish, import_system, take_out
from workbench.cli.app import main
from workbench.data.catalog import OpenedDataset, open_dataset
from workbench.errors import InputError, WorkspaceError
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.files import sha256_of, write_csv
from workbench.metrics.error_rate import count_characters
from workbench.runs.attached import load_attached, load_imported, load_whole_plan, with_attached
from workbench.runs.control import Control
from workbench.runs.plan import load_plan, save_plan
from workbench.runs.predictions import Prediction, read_predictions, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.text.normalize import normalise

STEPS = ("fold_yeh", "fold_kaf")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a study that is planned, and none of whose runs has begun."""
    workspace = make_workspace(tmp_path_factory.mktemp("template"))
    study = small_study(normalisation=STEPS, architectures=["small-cnn", "small-crnn"], seeds=[0, 1])
    save_plan(list(prepare(workspace, study, Control()))[-1], workspace.plan_file("small"))
    return workspace


@pytest.fixture
def workspace(planned: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(planned.root, tmp_path / "copy")
    return Workspace(tmp_path / "copy")


def texts_of(workspace: Workspace, name: str = "persian") -> dict[str, str]:
    """Raw transcriptions of the test part."""
    opened = next(value for value in open_dataset(workspace, name) if isinstance(value, OpenedDataset))
    return {line.id: line.transcription for line in opened.lines.lines if line.split == "test"}


def file_of(path: Path, rows: dict[str, str], references: dict[str, str] | None = None) -> Path:
    if references is None:
        write_csv(path, ("id", "hypothesis"), rows.items())
    else:
        write_csv(path, ("id", "reference", "hypothesis"), [(i, references[i], text) for i, text in rows.items()])
    return path


def wish_of(path: Path, **changes: object) -> SystemWish:
    values = {"file": path, "architecture": "Kraken", "regime": "single", "target": "persian", "k": 4}
    return SystemWish(**(values | changes))  # pyright: ignore[reportArgumentType]


def imported(workspace: Workspace, wish: SystemWish) -> ImportedRun:
    last = list(import_system(workspace, "small", wish, Control()))[-1]
    assert isinstance(last, ImportedRun)
    return last


def worse(texts: dict[str, str], cut: int) -> dict[str, str]:
    return {line_id: text[: max(len(text) - cut, 0)] for line_id, text in texts.items()}


def test_it_is_scored_by_our_counts_after_the_studys_normalisation(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    read = {line_id: text.replace("ک", "ك") for line_id, text in worse(texts, 2).items()}
    path = file_of(tmp_path / "kraken.csv", read)
    found = imported(workspace, wish_of(path))
    counts = [
        count_characters(normalise(texts[line_id], STEPS), normalise(text, STEPS)) for line_id, text in read.items()
    ]
    (evaluated,) = found.record.evaluations
    assert evaluated.edits == sum(count.edits for count in counts) == 2 * len(texts)
    assert evaluated.length == sum(count.length for count in counts)
    assert (found.record.origin, found.record.state, found.lines, found.test_lines) == ("imported", "finished", 5, 5)
    assert found.is_new
    assert found.is_paired
    source = load_imported(workspace, found.run)
    assert source is not None
    assert (source.file, source.sha256, source.form) == ("kraken.csv", sha256_of(path), "table")
    assert RunStore(workspace).record(found.run) == found.record
    predictions = list(read_predictions(RunStore(workspace).predictions_file(found.run)))
    assert [p.line_id for p in predictions] == list(load_plan(workspace.plan_file("small")).target("persian").test_ids)


def test_it_takes_part_in_tables_heatmaps_and_exports(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    for regime, cut in (("single", 3), ("multi", 1)):
        for seed in (0, 1):
            path = file_of(tmp_path / f"{regime}-{seed}.csv", worse(texts, cut + seed))
            imported(workspace, wish_of(path, regime=regime, seed=seed))
    plan = load_whole_plan(workspace, "small")
    assert plan.study.architectures == ("small-cnn", "small-crnn", "Kraken")
    found = report(plan, RunStore(workspace))
    cell = found.cell("Kraken", "persian", 4, "6 steps")
    assert cell is not None
    length = sum(len(text) for text in texts.values())
    assert (cell.pairs, cell.seeds, cell.lines) == (2, 2, 5)
    assert cell.delta_pp == pytest.approx(100 * -2 * 5 / length)
    assert [(rate.architecture, rate.regime, len(rate.runs)) for rate in found.rates] == [
        ("Kraken", "single", 2), ("Kraken", "multi", 2),
    ]  # fmt: skip
    assert any("Kraken" in remark and "other systems" in remark for remark in found.remarks)
    for written in export_study(plan, RunStore(workspace), tmp_path / "tables"):
        is_there = written.name in ("runs.csv", "results.csv", "delta.csv", "rates.csv", "pooled.csv")
        assert ("Kraken" in written.read_text(encoding="utf-8")) == is_there, written.name
    readings = read_run(RunStore(workspace), cell.multi_runs[0])["persian", "test", "last"]
    assert readings.clusters
    assert readings.recounted(readings.counts) == RunStore(workspace).record(readings.run).evaluations[0].clusters


def test_training_the_study_keeps_it_and_does_not_train_it(workspace: Workspace, tmp_path: Path) -> None:
    found = imported(workspace, wish_of(file_of(tmp_path / "a.csv", worse(texts_of(workspace), 1))))
    plan = list(prepare(workspace, small_study(normalisation=STEPS), Control()))[-1]
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    events = list(run_study(workspace, plan, executor=executor, control=Control()))
    assert found.run not in {event.run for event in events}
    assert [each.run for each in load_attached(workspace, "small")] == [found.run]
    assert found.run in load_whole_plan(workspace, "small").run_ids


def test_references_come_from_a_finished_run_where_there_is_one(workspace: Workspace, tmp_path: Path) -> None:
    plan = list(prepare(workspace, small_study(normalisation=STEPS), Control()))[-1]
    planned = next(run for run in plan.runs if run.request.targets == ("persian",))
    store = RunStore(workspace)
    store.save_spec(plan.specs[planned.run])
    texts = {line_id: normalise(text, STEPS) for line_id, text in texts_of(workspace).items()}
    write_predictions(
        store.predictions_file(planned.run),
        [Prediction(line_id, "persian", "test", "last", texts[line_id], "", 1, 1)
         for line_id in plan.target("persian").test_ids],
    )  # fmt: skip
    path = file_of(tmp_path / "a.csv", worse(texts_of(workspace), 1))
    from_dataset = imported(workspace, wish_of(path))
    save_plan(plan, workspace.plan_file("small"))
    shutil.rmtree(workspace.cache)  # the data set cannot be opened as it was
    again = imported(workspace, wish_of(path))
    assert (again.run, again.record) == (from_dataset.run, from_dataset.record)
    assert not again.is_new


def test_other_lines_are_not_paired_and_it_is_said(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    imported(workspace, wish_of(file_of(tmp_path / "a.csv", worse(texts, 2))))
    part = dict(list(worse(texts, 1).items())[:3])
    found = imported(workspace, wish_of(file_of(tmp_path / "b.csv", part), regime="multi"))
    assert not found.is_paired
    assert any("2 test lines of 5 missing in the file" in remark for remark in found.remarks)
    cell = report(load_whole_plan(workspace, "small"), RunStore(workspace)).cell("Kraken", "persian", 4, "6 steps")
    assert cell is not None
    assert (cell.pairs, cell.delta_pp, cell.missing) == (0, None, ("scored on other lines",))


def test_what_is_peculiar_about_the_file_is_said(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    first, second, third, *_ = texts
    rows = [(f"images/{line_id}.png", text, text) for line_id, text in texts.items()]
    rows[0] = (first, texts[first] + "!", texts[first])
    rows += [(second, "", "x"), ("unknown", "a", "a"), (third, texts[third], texts[third])]
    write_csv(tmp_path / "a.csv", ("id", "reference", "hypothesis"), rows)
    found = imported(workspace, wish_of(tmp_path / "a.csv"))
    assert found.lines == 4
    said = "\n".join(found.remarks)
    assert f"another reference in the file: that of the data set is scored: 2 lines ({first}, {second})" in said
    assert "an id that the test part does not have, left out: 1 line (unknown)" in said
    assert f"an id of several different rows, left out: which one counts is not told: 1 line ({second})" in said


def test_a_collapsed_system_is_left_out_of_means(workspace: Workspace, tmp_path: Path) -> None:
    found = imported(workspace, wish_of(file_of(tmp_path / "a.csv", dict.fromkeys(texts_of(workspace), ""))))
    assert found.record.state == "collapsed"
    (excluded,) = report(load_whole_plan(workspace, "small"), RunStore(workspace)).excluded
    assert (excluded.run, excluded.architecture) == (found.run, "Kraken")


def test_it_can_be_taken_out_again(workspace: Workspace, tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", worse(texts_of(workspace), 1))
    found = imported(workspace, wish_of(path))
    plan = load_plan(workspace.plan_file("small"))
    save_plan(
        plan.model_copy(update={"study": plan.study.model_copy(update={"name": "other"})}),
        workspace.plan_file("other"),
    )
    workspace.study_file("other").write_text("", encoding="utf-8")
    list(import_system(workspace, "other", wish_of(path), Control()))
    take_out(workspace, "small", found.run)
    assert load_whole_plan(workspace, "small") == load_plan(workspace.plan_file("small"))
    assert RunStore(workspace).record(found.run) is not None, "the other study still has it"
    take_out(workspace, "other", found.run)
    assert not RunStore(workspace).folder(found.run).exists()
    with pytest.raises(InputError, match="No imported run"):
        take_out(workspace, "small", found.run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "urdu"}, "no data set 'urdu'. It has arabic, persian"),
        ({"regime": "both"}, "no regime 'both'"),
        ({"architecture": " "}, "needs a name"),
        ({"k": 0}, "K is at least 1"),
        ({"budget": "7 steps"}, "no budget '7 steps'. It has 6 steps"),
        ({"budget": "much"}, "no budget 'much'"),
    ],
)
def test_what_cannot_be_said_of_a_system(
    workspace: Workspace, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = file_of(tmp_path / "a.csv", {"x": "y"})
    with pytest.raises(InputError, match=message):
        imported(workspace, wish_of(path, **changes))


def test_files_that_cannot_be_imported_leave_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", {"other": "y"})
    with pytest.raises(InputError, match="no line of the test part of persian: its ids are like 'other'"):
        imported(workspace, wish_of(path))
    write_csv(path, ("reference", "hypothesis"), [("a", "a")])
    with pytest.raises(InputError, match="no column for the ids"):
        imported(workspace, wish_of(path))
    assert load_attached(workspace, "small") == ()
    assert not list(workspace.runs.glob("*/result.json"))


def test_a_second_run_in_the_same_place_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    imported(workspace, wish_of(file_of(tmp_path / "a.csv", worse(texts, 1))))
    with pytest.raises(InputError, match="has a run of Kraken, single, K 4, seed 0, draw 0 on persian already"):
        imported(workspace, wish_of(file_of(tmp_path / "b.csv", worse(texts, 2))))
    with pytest.raises(InputError, match="has a run of small-cnn"):
        imported(workspace, wish_of(file_of(tmp_path / "b.csv", worse(texts, 2)), architecture="small-cnn"))


def test_a_file_is_compared_with_a_run_of_another_system_by_the_rules_of_the_study(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {line_id: text.replace("ک", "ك") + "\u0640" for line_id, text in texts_of(workspace).items()}
    assert any("ك" in text for text in texts.values())
    path = file_of(tmp_path / "a.csv", texts)
    found = imported(workspace, wish_of(path))
    (evaluated,) = found.record.evaluations
    assert evaluated.edits == len(texts)  # the tatweels

    def compared(*asked: str) -> tuple[float, float]:
        assert main(["compare", *asked, "-w", str(workspace.root), "--json"], open_window=lambda *_, **__: 0) == 0
        cer = json.loads(capsys.readouterr().out)["metrics"][0]
        return cer["a"], cer["delta_pp"]

    assert compared(found.run, str(path)) == (evaluated.edits / evaluated.length, 0)
    assert compared(str(path), found.run, "--normalise", "drop_tatweel") == (0, 0)
    assert compared(found.run, found.run, "--normalise", "drop_tatweel") == (0, 0)


def test_a_run_that_the_study_trains_by_now_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    texts = texts_of(workspace)
    for regime in ("single", "multi"):
        path = file_of(tmp_path / f"{regime}.csv", worse(texts, 1))
        imported(workspace, wish_of(path, architecture="small-cnn", regime=regime, seed=2))
    assert len(load_whole_plan(workspace, "small").runs) == len(load_plan(workspace.plan_file("small")).runs) + 2
    larger = small_study(normalisation=STEPS, architectures=["small-cnn", "small-crnn"], seeds=[0, 1, 2])
    plan = list(prepare(workspace, larger, Control()))[-1]
    assert with_attached(plan, workspace) == plan


def test_damaged_files_of_the_workspace_are_said(workspace: Workspace, tmp_path: Path) -> None:
    found = imported(workspace, wish_of(file_of(tmp_path / "a.csv", worse(texts_of(workspace), 1))))
    path = workspace.attached_file("small")
    assert json.loads(path.read_text(encoding="utf-8"))["runs"][0]["run"] == found.run
    path.write_text("{", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"attached\.json cannot be used"):
        load_whole_plan(workspace, "small")

"""Exports: what is written is read back exactly, whatever the texts hold; failures leave the old files."""

import csv
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.made_up import by_regime, make_plan, make_records
from workbench.analysis.exports.csv_files import PREDICTION_COLUMNS, export_study
from workbench.analysis.exports.spreadsheet import restored
from workbench.analysis.results.frames import CURVE_COLUMNS, results_frame
from workbench.analysis.results.statistics_frames import delta_frame, reports_of
from workbench.errors import WorkspaceError
from workbench.files import write_csv
from workbench.metrics.error_rate import EditCount, count_characters
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.conditions import FOLDING_STEPS
from workbench.text.normalize import normalise

TABLE = by_regime({("small-cnn", "single"): 50, ("small-cnn", "multi"): 48})
AWKWARD = ('=1+1, "x"', "a\nb\r\nc\r", " ٣٤\u200c\u2028\x0b\x85 ", "", "'", '"', "NA", "\ufeffا")


def fold(text):
    return normalise(text, FOLDING_STEPS)


def sum_of(counts):
    return sum(counts, EditCount(0, 0))


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@settings(max_examples=40)
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5))
def test_any_text_comes_back(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.csv"
        write_csv(path, ("a", "b"), rows)
        assert read(path) == [["a", "b"], *rows]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
@settings(max_examples=20)
def test_numbers_come_back_to_the_last_bit(values):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.csv"
        write_csv(path, ("x",), [[value] for value in values])
        assert [float(row[0]) for row in read(path)[1:]] == values


@pytest.fixture
def study(tmp_path):
    plan = make_plan(architectures=("small-cnn",), seeds=(0, 1))
    store = RunStore(Workspace(tmp_path / "workspace"))
    records = make_records(plan, TABLE)
    records.pop("small-cnn-uhwr-k100-d0-s1-1500steps")
    for run, record in records.items():
        store.folder(run).mkdir(parents=True)
        store.result_file(run).write_text(record.model_dump_json(by_alias=True), encoding="utf-8")
        predictions = [
            Prediction(f"line {n}", target, "test", "last", text, text[::-1], n, len(text))
            for target in record.targets
            for n, text in enumerate(AWKWARD)
        ]
        write_predictions(store.predictions_file(run), predictions)
    return plan, store, records


TABLES = (
    "runs.csv", "results.csv", "delta.csv", "interactions.csv", "pooled.csv", "trends.csv", "rates.csv",
    "excluded.csv", "curves.csv", "predictions.csv",
)  # fmt: skip


def by_name(paths):
    return {path.name: path for path in paths}


def test_ten_tables(study, tmp_path):
    plan, store, records = study
    paths = export_study(plan, store, tmp_path / "new" / "folder")
    assert tuple(path.name for path in paths) == TABLES
    tables = {path.name: read(path) for path in paths}
    runs, results, delta, curves, predictions = (
        tables[f"{name}.csv"] for name in ("runs", "results", "delta", "curves", "predictions")
    )
    assert [len(tables[f"{name}.csv"]) for name in ("interactions", "pooled", "trends", "rates", "excluded")] == [
        1, 2, 1, 5, 1,
    ], "one architecture and one K: no interaction, no trend"  # fmt: skip
    assert len(runs) == 1 + 6
    assert len(results) == 1 + 3 + 2 * 2
    assert len(delta) == 1 + 2
    assert curves == [list(CURVE_COLUMNS)], "these runs have results and no logs"
    assert tuple(predictions[0]) == PREDICTION_COLUMNS
    assert len(predictions) == 1 + len(AWKWARD) * sum(len(record.targets) for record in records.values())
    assert [row[5] for row in predictions[1 : 1 + len(AWKWARD)]] == list(AWKWARD)
    assert [row[6] for row in predictions[1 : 1 + len(AWKWARD)]] == [text[::-1] for text in AWKWARD]


def test_what_is_written_is_what_is_shown(study, tmp_path):
    plan, store, records = study
    paths = by_name(export_study(plan, store, tmp_path / "out"))
    folded = {
        (run, target, "test", "last"): sum_of(count_characters(text, text[::-1]) for text in map(fold, AWKWARD))
        for run, record in records.items()
        for target in record.targets
    }
    reports = reports_of(plan, records)
    for name, frame in {"results.csv": results_frame(plan, records, folded), "delta.csv": delta_frame(reports)}.items():
        columns = dict(frame.dtypes)
        numbers = [column for column, dtype in columns.items() if dtype == "Float64"]
        back = pd.read_csv(
            paths[name], dtype=columns, keep_default_na=False, na_values={key: [""] for key in numbers},
            encoding="utf-8",
        )  # fmt: skip
        pd.testing.assert_frame_equal(back, frame, check_exact=True)


def test_folded_counts_forgive_code_points_alone(study, tmp_path):
    plan, store, records = study
    run = next(iter(records))
    (target, *_) = records[run].targets
    read_as = {"علي كتب ٣": "علی کتب 3", "علي": "علا", "بيت": "بيت"}
    lines = [Prediction(t, target, "test", "last", t, h, 9, len(t)) for t, h in read_as.items()]
    write_predictions(store.predictions_file(run), lines)
    paths = by_name(export_study(plan, store, tmp_path / "out"))
    results, predictions = paths["results.csv"], paths["predictions.csv"]
    rows = [dict(zip(PREDICTION_COLUMNS, row, strict=True)) for row in read(predictions) if row[0] == run]
    assert [(row["folded_edits"], row["folded_length"]) for row in rows] == [("0", "9"), ("1", "3"), ("0", "3")]
    head, *others = read(results)
    own = next(row for row in (dict(zip(head, each, strict=True)) for each in others) if row["run"] == run)
    assert (own["folded_edits"], own["folded_length"], float(own["folded_cer"])) == ("1", "15", 1 / 15)


def test_missing_values_are_empty_fields(study, tmp_path):
    plan, store, _ = study
    runs, *_ = export_study(plan, store, tmp_path / "out")
    unfinished = next(row for row in read(runs) if row[1] == "small-cnn-uhwr-k100-d0-s1-1500steps")
    assert unfinished[-8:] == ["planned", "", "", "", "", "", "", ""]


def test_a_second_export_replaces_the_first(study, tmp_path):
    plan, store, _ = study
    first = [path.read_bytes() for path in export_study(plan, store, tmp_path / "out")]
    second = [path.read_bytes() for path in export_study(plan, store, tmp_path / "out")]
    assert first == second
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(TABLES)


def test_for_spreadsheets_every_text_can_be_had_back(study, tmp_path):
    plan, store, _ = study
    usual = export_study(plan, store, tmp_path / "usual")
    paths = export_study(plan, store, tmp_path / "safe", for_spreadsheets=True)
    assert tuple(path.name for path in paths) == (*TABLES, "spreadsheet.txt")
    assert "one apostrophe" in paths[-1].read_text(encoding="utf-8")
    apostrophes = 0
    for plain, safe in zip(usual, paths[:-1], strict=True):
        assert safe.read_bytes().startswith(b"\xef\xbb\xbf")
        assert not plain.read_bytes().startswith(b"\xef\xbb\xbf")
        with safe.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert [[restored(cell) for cell in row] for row in rows[1:]] == [
            [restored(cell) if cell.startswith("'") and name not in ("reference", "hypothesis") else cell
             for name, cell in zip(rows[0], row, strict=True)]
            for row in read(plain)[1:]
        ]  # fmt: skip
        assert rows[0] == read(plain)[0]
        for row in rows[1:]:
            for name, cell in zip(rows[0], row, strict=True):
                if name in ("reference", "hypothesis", "line_id", "run"):
                    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
                    apostrophes += cell.startswith("'")
    assert apostrophes
    export_study(plan, store, tmp_path / "safe")
    assert not (tmp_path / "safe" / "spreadsheet.txt").exists(), "it would be untrue of the tables now"


def test_lost_predictions_are_said(study, tmp_path):
    plan, store, _ = study
    store.predictions_file(plan.run_ids[0]).unlink()
    with pytest.raises(WorkspaceError, match="predictions"):
        export_study(plan, store, tmp_path / "out")
    assert not (tmp_path / "out" / "predictions.csv").exists()


def test_a_file_is_no_folder(study, tmp_path):
    plan, store, _ = study
    (tmp_path / "out").write_text("mine")
    with pytest.raises(WorkspaceError, match="is a file"):
        export_study(plan, store, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"

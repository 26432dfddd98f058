"""`review …`: all that the window does, from a terminal, on the published format."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.execution.small_data import make_workspace, small_study
from workbench import cli
from workbench.data.verification_log import read_log
from workbench.execution.plan import resolve
from workbench.execution.studies import open_targets
from workbench.metrics.error_rate import count_characters
from workbench.runs.control import Control
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import load_plan, save_plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import load_study, save_study

SUSPECT = 2
"""Place of the test line that no run reads as its reference has it."""


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(place: Workspace, *arguments: str | Path) -> int:
    return cli.main(["review", *map(str, arguments), "-w", str(place.root)], open_window=window)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """Two tiny data sets and a study, all of whose runs read every test line; one of them as another text."""
    workspace = make_workspace(tmp_path)
    study = small_study()
    (*_, opened) = open_targets(workspace, study, Control())
    plan = resolve(study, opened)
    save_study(study, workspace.study_file(study.name))
    save_plan(plan, workspace.plan_file(study.name))
    texts = {line.id: line.transcription for line in opened["arabic"].lines.lines}
    for number, planned in enumerate(run for run in plan.runs if "arabic" in run.request.targets):
        rows: list[Prediction] = []
        for at, line_id in enumerate(plan.target("arabic").test_ids):
            read = "شمس شمس شمس" if at == SUSPECT else texts[line_id][number:]
            edits = count_characters(texts[line_id], read)
            rows.append(Prediction(line_id, "arabic", "test", "last", texts[line_id], read, edits.edits, edits.length))
        write_predictions(RunStore(workspace).predictions_file(planned.run), rows)
    return workspace


def a_test_line(place: Workspace, number: int = SUSPECT) -> str:
    return load_plan(place.plan_file("small")).target("arabic").test_ids[number]


def values(capsys: pytest.CaptureFixture[str], place: Workspace, *arguments: str) -> object:
    capsys.readouterr()
    assert run(place, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_lines_are_listed_as_they_are_worth_looking_at(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    suspect = a_test_line(place)
    rows = values(capsys, place, "list", "arabic")
    assert rows[0]["id"] == suspect
    assert rows[0]["prediction"] == "شمس شمس شمس"
    assert rows[0]["readings"] == 2
    assert rows[-1]["part"] is None  # training lines were not read, and come last
    assert len(rows) == 20
    assert values(capsys, place, "list", "arabic", "--by", "dataset", "--first", "1")[0]["id"] != suspect
    assert len(values(capsys, place, "list", "arabic", "--part", "test", "--study", "small")) == 5
    assert run(place, "list", "arabic", "--first", "1") == 0
    out = capsys.readouterr().out
    assert f"{suspect} · test · CER" in out
    assert "over 2 readings · disagreement +" in out
    assert "… and 20 more" in out
    assert run(place, "list", "arabic", "--study", "nothing") == 2
    assert "Studies on it: small." in capsys.readouterr().err


def test_labels_are_written_changed_and_taken_back(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    suspect = a_test_line(place)
    assert run(place, "label", "arabic", suspect, "1", "--note", "=another line") == 0
    log = read_log(place.review_file("arabic")).log
    (row,) = log.rows
    assert (row.image_id, row.label, row.notes) == (suspect, "Wrong transcription", "=another line")
    assert float(row.cer) == count_characters(row.reference, row.prediction).rate
    assert row.prediction == "شمس شمس شمس"
    assert Path(row.image_path).is_file()
    assert run(place, "label", "arabic", suspect, "valid BUT hard") == 0
    assert run(place, "note", "arabic", suspect, "really") == 0
    (row,) = read_log(place.review_file("arabic")).log.rows
    assert (row.label, row.notes) == ("Valid but hard", "really")
    assert values(capsys, place, "list", "arabic", "--unlabelled", "--first", "99")[0]["id"] != suspect
    for taken in ("note", "label"):
        assert run(place, "undo", "arabic") == 0
        assert f"Taken back: {taken} of {suspect}" in capsys.readouterr().err
    assert run(place, "skip", "arabic", suspect) == 0
    assert values(capsys, place, "status", "arabic")["skipped"] == 0  # it has a label
    assert run(place, "undo", "arabic") == run(place, "undo", "arabic") == 0
    assert read_log(place.review_file("arabic")).log.rows == ()
    assert run(place, "undo", "arabic") == 0
    assert "nothing to take back" in capsys.readouterr().err


def test_what_is_not_there_is_told(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "label", "arabic", a_test_line(place), "Blurred") == 2
    assert "6 = Valid but hard" in capsys.readouterr().err
    assert run(place, "label", "arabic", "nobody", "1") == 2
    assert "there is no such line" in capsys.readouterr().err
    assert run(place, "status", "nothing") == 2
    assert not place.reviews.exists()
    place.reviews.mkdir()
    place.review_file("arabic").write_text("something else", encoding="utf-8")
    assert run(place, "label", "arabic", a_test_line(place), "1") == 2
    assert "lacks the column" in capsys.readouterr().err
    assert place.review_file("arabic").read_text(encoding="utf-8") == "something else"


def test_logs_travel_both_ways(place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suspect = a_test_line(place)
    theirs = tmp_path / "theirs.csv"
    theirs.write_bytes(
        "\ufeffImageID,Label,Notes,CER,GroundTruth,Prediction,ImagePath,Timestamp\n"
        f"{Path(suspect).name},Wrong transcription,,73.0,#,كتاب,../x.png,2025-12-13T12:16:23\n"
        "elsewhere,Wrong transcription,,,,,,\n"
        f"{a_test_line(place, 0)},Torn,,,,,,\n".encode()
    )
    assert run(place, "import", "arabic", theirs) == 0
    printed = capsys.readouterr()
    assert "theirs.csv: 3 rows added, 0 known already" in printed.err
    assert "1 row with an id that the data set lacks; kept as they are" in printed.out
    assert "1 row with a label that is not one of the published ones" in printed.out
    assert run(place, "export", "arabic", "--to", tmp_path / "ours.csv") == 0
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()
    assert run(place, "label", "arabic", suspect, "6") == run(place, "import", "arabic", theirs) == 0
    err = capsys.readouterr().err
    assert "0 rows added, 3 known already" in err
    assert "1 line labelled otherwise here" in err
    assert values(capsys, place, "status", "arabic")["labels"] == {"Valid but hard": 1, "Torn": 1}


def test_lines_found_wrong_are_left_out_of_a_study(
    place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = values(capsys, place, "list", "arabic", "--first", "99")
    train = next(row["id"] for row in rows if "train" in row["id"])
    assert run(place, "label", "arabic", train, "2") == 0
    assert run(place, "label", "arabic", a_test_line(place), "1") == 0
    capsys.readouterr()
    assert run(place, "export", "arabic", "--to", tmp_path / "wrong.csv", "--exclusions") == 0
    table = capsys.readouterr().out
    assert tomllib.loads(table) == {"target_rules": {"arabic": {"exclude": ["wrong.csv"]}}}
    path = tmp_path / "study.toml"
    save_study(small_study(), path)
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    study = load_study(path)
    (*_, opened) = open_targets(place, study, Control())
    target = resolve(study, opened).target("arabic")
    assert [(one.line_id, one.kind) for one in target.exclusions] == [(train, "listed")]
    assert "Segmentation error" in target.exclusions[0].reason
    assert any("1 listed line of the test part" in note for note in target.notes)


def test_the_effect_of_cleaning_is_printed_with_its_counts(
    place: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(place, "label", "arabic", a_test_line(place), "1") == 0
    single, multi = values(capsys, place, "effect", "arabic")
    assert (single["lines"], single["left_out"], single["runs"]) == (5, 1, 1)
    assert single["cer_without"] == 0 < single["cer"]
    assert multi["delta_cer_pp_without"] == pytest.approx(100 * multi["cer_without"])
    assert run(place, "effect", "arabic", "--study", "small") == 0
    out = capsys.readouterr().out
    assert "small · test: 5 lines, 1 of them found wrong" in out
    assert "small-cnn · multi" in out
    assert run(place, "effect", "persian") == 0
    assert "No finished run has read lines" in capsys.readouterr().out


def test_a_workspace_in_use_is_not_written(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    import subprocess
    import sys

    with WorkspaceLock(place):
        code = "from workbench import __main__; raise SystemExit(__main__.main())"
        arguments = ["review", "skip", "arabic", a_test_line(place), "-w", str(place.root)]
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is in use" in done.stderr
    assert not place.review_file("arabic").exists()

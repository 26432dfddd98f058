"""`demo`, `run`, `resume`, `report`, `export`, from the shell to the files, with real trainings of a few steps."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from workbench import cli
from workbench.data.catalog import import_datasets
from workbench.demo.datasets import DemoSizes, generate
from workbench.files import write_csv
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted, from_json
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import load_plan
from workbench.runs.predictions import read_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.toml_file import load_study

SIZES = DemoSizes(8, 2, 3, 4, 1, 1)

STUDY = """
schema = 1
name = "{name}"
targets = ["demo-ar", "demo-ur"]
architectures = ["small-cnn"]
k_lines = [4]
budgets = ["{steps} steps"]
[preprocessing]
line_height_px = 32
[training]
batch_lines = 4
log_every_steps = 1
validations = 2
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with two small generated data sets."""
    workspace = open_workspace(tmp_path_factory.mktemp("workspace"))
    list(generate(workspace.root / "demo-data", sizes=SIZES))
    for name in ("demo-ar", "demo-ur"):
        list(import_datasets(workspace, workspace.root / "demo-data" / name, name=name))
    return workspace


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


def study_file(folder: Path, name: str, steps: int) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(STUDY.format(name=name, steps=steps), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(place: Workspace) -> Workspace:
    """The workspace after a study of three short runs, run as the user does."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "run", str(study_file(place.root, "short", 24)), "-w", str(place.root)],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "Study short: 3 runs, 0 done" in done.stderr
    assert all(f"[{number}/3] CNN-only (small) · " in done.stderr for number in (1, 2, 3))
    assert "ΔCER" in done.stdout
    return place


def test_a_run_of_another_system_takes_part(trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    plan = load_plan(trained.plan_file("short"))
    multi = next(each.run for each in plan.runs if each.request.regime == "multi")
    rows = [p for p in read_predictions(RunStore(trained).predictions_file(multi))
            if (p.target, p.split, p.selection) == ("demo-ar", "test", "last")]  # fmt: skip
    said = ["--study", "short", "-w", trained.root, "--architecture", "Other", "--target", "demo-ar", "--k", "4"]
    for regime, cut in (("single", 2), ("multi", 1)):
        path = tmp_path / f"{regime}.csv"
        write_csv(path, ("id", "hypothesis"), [(p.line_id, p.reference[:-cut]) for p in rows])
        assert run("import", path, *said, "--regime", regime) == 0
        assert f"takes part in the study short: {len(rows)} of {len(rows)} test lines" in capsys.readouterr().err
    assert run("report", "--study", "short", "-w", trained.root, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    cell = next(cell for cell in found["cells"] if cell["architecture"] == "Other")
    length = sum(len(p.reference) for p in rows)
    assert cell["delta_pp"] == pytest.approx(-100 * len(rows) / length)
    assert run("report", "--study", "short", "-w", trained.root) == 0
    assert "Other" in capsys.readouterr().out
    single = cell["single_runs"][0]
    assert run("compare", single, cell["multi_runs"][0], "-w", trained.root, "--json") == 0
    assert json.loads(capsys.readouterr().out)["metrics"][0]["delta_pp"] == pytest.approx(cell["delta_pp"])
    assert run("export", "--study", "short", "-w", trained.root, "--to", tmp_path / "tables") == 0
    assert "Other" in (tmp_path / "tables" / "delta.csv").read_text(encoding="utf-8")
    capsys.readouterr()
    assert run("import", tmp_path / "multi.csv", *said, "--json") == 2
    assert "has a run of Other" in capsys.readouterr().err
    assert run("import", tmp_path / "multi.csv", "--study", "short", "-w", trained.root) == 2
    assert "--architecture" in capsys.readouterr().err
    for each in (single, cell["multi_runs"][0]):
        assert run("import", "--take-out", each[:8], "--study", "short", "-w", trained.root) == 0
    capsys.readouterr()
    assert run("report", "--study", "short", "-w", trained.root, "--json") == 0
    assert "Other" not in capsys.readouterr().out


def test_references_of_a_data_set_are_scored(trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    plan = load_plan(trained.plan_file("short"))
    multi = next(each.run for each in plan.runs if each.request.regime == "multi")
    rows = [p for p in read_predictions(RunStore(trained).predictions_file(multi))
            if (p.target, p.split, p.selection) == ("demo-ar", "test", "last")]  # fmt: skip
    spelled = [" ".join("<space>" if letter == " " else letter for letter in p.reference[:-1]) for p in rows]
    path = tmp_path / "decoded.txt"
    path.write_text("".join(f"{p.line_id} {text}\n" for p, text in zip(rows, spelled, strict=True)), encoding="utf-8")
    assert run("score", path, "--dataset", "demo-ar", "-w", trained.root, "--json") == 0
    (score,) = json.loads(capsys.readouterr().out)
    assert (score["form"], score["lines"], score["edits"]) == ("pylaia", len(rows), len(rows))
    assert score["length"] == sum(len(p.reference) for p in rows)
    assert run("score", path, "--dataset", "demo-xx", "-w", trained.root) == 2
    assert "no data set 'demo-xx'" in capsys.readouterr().err
    assert run("score", path) == 2
    assert "--dataset" in capsys.readouterr().err


def test_published_values_stand_beside_ours(trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    path = tmp_path / "values.csv"
    path.write_text("target,architecture,k,regime,cer,source\ndemo-ar,small-cnn,4,single,12.5,[made] up\n")
    asked = ("--study", "short", "-w", trained.root)
    assert run("published", *asked) == 0
    assert "No published values" in capsys.readouterr().err
    assert run("published", *asked, "--add", path, "--literature", "--json") == 0
    cells = json.loads(capsys.readouterr().out)
    assert (cells[0]["target"], cells[0]["single_cer"], cells[0]["source"]) == ("demo-ar", 12.5, "[made] up")
    assert len(cells) > 30
    assert run("report", *asked) == 0
    assert "the study has no data set KHATT" in capsys.readouterr().out
    path.write_text("target,architecture,k,regime,cer,source\ndemo-ar,small-cnn,4,single,x,[made] up\n")
    assert run("published", *asked, "--add", path) == 2
    assert "row 2: 'x' is no CER" in capsys.readouterr().err
    assert run("published", *asked, "--clear") == 0
    assert not trained.published_file("short").exists()


def test_runs_and_files_are_compared(trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    plan = load_plan(trained.plan_file("short"))
    single, multi = (
        next(each.run for each in plan.runs if each.request.regime == regime and "demo-ar" in each.request.targets)
        for regime in ("single", "multi")
    )
    assert run("compare", single, multi, "-w", trained.root, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    one, other = (RunStore(trained).record(each).evaluation("demo-ar", "test", "last") for each in (single, multi))
    assert found["metrics"][0]["delta_pp"] == pytest.approx(100 * (other.edits - one.edits) / one.length)
    assert (found["cluster_unit"], found["clusters"]) == (one.cluster_unit, len(one.clusters))

    with RunStore(trained).predictions_file(multi).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if (row["target"], row["split"], row["selection"]) == ("demo-ar", "test", "last")]  # fmt: skip
    path = tmp_path / "multi.csv"
    write_csv(path, ("id", "reference", "hypothesis"), [(r["line_id"], r["reference"], r["hypothesis"]) for r in rows])
    assert run("compare", single[:8], path, "-w", trained.root, "--json") == 0
    assert json.loads(capsys.readouterr().out)["metrics"] == found["metrics"]
    assert run("compare", path, multi, "-w", trained.root, "--json") == 2
    assert "demo-ar, demo-ur" in capsys.readouterr().err
    assert run("compare", path, multi, "-w", trained.root, "--target", "demo-ar", "--json") == 0
    assert json.loads(capsys.readouterr().out)["metrics"][0]["delta_pp"] == 0
    write_csv(path, ("id", "reference", "hypothesis"), [(r["line_id"], r["reference"], r["reference"]) for r in rows])
    assert run("compare", single, path, "-w", trained.root, "--json") == 0
    assert json.loads(capsys.readouterr().out)["metrics"][0]["delta_pp"] == pytest.approx(-100 * one.edits / one.length)


def test_a_finished_study_leaves_table_picture_and_csv(trained: Workspace):
    folder = trained.studies / "short" / "results"
    names = {
        "table.txt",
        "heatmap.png",
        "curves.png",
        "runs.csv",
        "results.csv",
        "delta.csv",
        "interactions.csv",
        "pooled.csv",
        "trends.csv",
        "rates.csv",
        "excluded.csv",
        "curves.csv",
        "predictions.csv",
    }
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    assert "Budget: 24 steps" in (folder / "table.txt").read_text(encoding="utf-8")


def test_run_again_trains_nothing_and_prints_pure_json(
    trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert run("run", study_file(tmp_path, "short", 24), "-w", trained.root, "--json") == 0
    assert capsys.readouterr() == ("", "")
    assert run("run", "short", "-w", trained.root) == 0
    assert "3 runs, 3 done" in capsys.readouterr().err


def test_report_and_export_say_the_same(trained: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert run("report", "-w", trained.root, "--study", "short", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    cells = json.loads(out)["cells"]
    assert [(cell["target"], cell["budget"]) for cell in cells] == [("demo-ar", "24 steps"), ("demo-ur", "24 steps")]
    assert run("export", "-w", trained.root, "--study", "short", "--to", tmp_path / "out") == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in paths] == [
        "runs.csv", "results.csv", "delta.csv", "interactions.csv", "pooled.csv", "trends.csv", "rates.csv",
        "excluded.csv", "curves.csv", "predictions.csv",
    ]  # fmt: skip
    assert all(path.is_file() for path in paths)
    with paths[2].open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["split"], row["selection"]) == ("test", "last")]
    assert {row["target"]: row["delta_cer_pp"] for row in rows} == {
        cell["target"]: str(cell["delta_pp"]) for cell in cells if cell["delta_pp"] is not None
    }
    assert run("report", "-w", trained.root) == 0
    assert "synthetic lines: this replicates nothing" in capsys.readouterr().out


def test_resume_with_nothing_left(trained: Workspace, capsys: pytest.CaptureFixture[str]):
    assert run("resume", "-w", trained.root, "--study", "short") == 0
    assert "Nothing is left" in capsys.readouterr().err
    assert run("resume", "-w", trained.root, "--study", "other") == 2
    assert "was not begun" in capsys.readouterr().err


def test_a_gpu_that_is_not_there(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("workbench.cli.running.cuda_devices", tuple)
    assert run("run", "demo", "--device", "cuda", "-w", place.root) == 2
    assert "There is no GPU to train on" in capsys.readouterr().err


def begun_runs(place: Workspace, name: str, out: str) -> list[str]:
    """What each run that began trains on, in that order."""
    plan = load_plan(place.plan_file(name))
    requests = {planned.run: planned.request for planned in plan.runs}
    events = [from_json(line) for line in out.splitlines()]
    return [" ".join(requests[event.run].targets) for event in events if event.type == "run_started"]


def test_the_order_is_said_and_runs_are_left_out(place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = study_file(tmp_path, "ordered", 2)
    base = ["run", path, "-w", place.root, "--json", "--devices", "cpu", "--per-device", "1"]
    assert run(*base, "--first", "multi", "--skip", "demo-ur, single") == 0
    out, err = capsys.readouterr()
    assert begun_runs(place, "ordered", out) == ["demo-ar demo-ur", "demo-ar"], err
    (last,) = (planned.run for planned in load_plan(place.plan_file("ordered")).runs[1:2])
    assert run(*base, "--only", last[:8]) == 0
    assert begun_runs(place, "ordered", capsys.readouterr().out) == ["demo-ur"]
    assert run(*base, "--first", "sngle") == 2
    assert "Did you mean 'single'?" in capsys.readouterr().err
    assert run(*base[:5], "--devices", "cuda:7") == 2
    assert "There is no GPU cuda:7" in capsys.readouterr().err


def test_a_plan_tells_what_a_study_takes(place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = study_file(tmp_path, "unseen", 77)
    base = ["plan", path, "-w", place.root, "--device", "cpu", "--processes", "1"]
    assert run(*base, "--json", "--skip", "multi") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["runs_left"], found["at_once"]) == (3, 2, 1)
    assert [line["state"] for line in found["order"]] == ["planned", "planned", "skipped"]
    assert 0 < found["disk"]["low"] < found["disk"]["high"] < found["free"]
    assert not (place.studies / "unseen").exists()
    assert run(*base, "--measure", "--runs", "--first", "multi") == 0
    out = capsys.readouterr().out
    assert "a measurement" in out or "finished runs" in out
    assert "Disk: " in out
    rows = [line for line in out.splitlines() if "planned" in line]
    assert "demo-" not in rows[0], "the joint run has the first turn"
    assert not (place.studies / "unseen").exists()


def test_a_plan_says_which_runs_are_not_planned(place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = study_file(tmp_path, "more", 77)
    text = path.read_text(encoding="utf-8").replace("k_lines = [4]", 'regimes = ["single", "extra"]\nk_lines = [6]')
    path.write_text(text, encoding="utf-8")
    base = ["plan", path, "-w", place.root, "--device", "cpu"]
    assert run(*base) == 0
    out = capsys.readouterr().out
    assert "2 runs, 0 done" in out
    assert "demo-ar: NOT PLANNED: 'extra' at K = 6 takes 12 lines, there are 8" in out
    assert run(*base, "--json") == 0
    assert any("NOT PLANNED" in note for note in json.loads(capsys.readouterr().out)["notes"])


def test_a_run_is_duplicated_with_a_change(trained: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    plan = load_plan(trained.plan_file("short"))
    base = ["duplicate", plan.run_ids[0][:10], "-w", trained.root]
    assert run(*base, "--set", "training.learning_rate=1e-4", "--set", "budgets=2 steps", "--name", "slow") == 0
    path = tmp_path / "slow.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    study = load_study(path)
    assert (study.name, study.training.learning_rate) == ("slow", 1e-4)
    assert study.only == ("small-cnn, single, demo-ar",)
    assert run("plan", path, "-w", trained.root, "--json") == 0
    assert json.loads(capsys.readouterr().out)["runs_left"] == 1
    assert run(*base, "--run", "--device", "cpu") == 0, "unchanged it is done already"
    assert "Study short-2: 1 run, 1 done" in capsys.readouterr().err
    assert run("duplicate", "0000", "-w", trained.root) == 2
    assert run(*base, "--set", "training.lerning_rate=1") == 2
    assert "Did you mean 'learning_rate'?" in capsys.readouterr().err


def test_a_workspace_in_use(place: Workspace, tmp_path: Path):
    with WorkspaceLock(place):
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "run", study_file(tmp_path, "other", 2), "-w", place.root],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2
    assert "is in use" in done.stderr
    assert done.stdout == ""


def test_an_unknown_study_is_named_with_those_that_are_there(trained: Workspace, capsys: pytest.CaptureFixture[str]):
    assert run("report", "-w", trained.root, "--study", "shrt") == 2
    assert "short" in capsys.readouterr().err


PROGRAM = (sys.executable, "-m", "workbench")


@contextmanager
def begun(place: Workspace, path: Path) -> Iterator[tuple[subprocess.Popen[str], list[RunEvent]]]:
    """Run a study of one run with --json, up to its first logged step; then yield it with the events so far."""
    command = [*PROGRAM, "run", str(path), "--json", "-w", str(place.root), "--processes", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        events: list[RunEvent] = []
        for line in process.stdout:
            events.append(from_json(line))
            if events[-1].type == "step_logged":
                break
        yield process, events


def rest(process: "subprocess.Popen[str]") -> list[RunEvent]:
    """Read the events that are still told, to the end."""
    assert process.stdout is not None
    return [from_json(line) for line in process.stdout]


def last_words(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.read()


def resumed(place: Workspace, name: str) -> "subprocess.CompletedProcess[str]":
    command = [*PROGRAM, "resume", "--study", name, "-w", str(place.root), "--processes", "1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=240)


def study_of_one_run(folder: Path, name: str, steps: int) -> Path:
    path = study_file(folder, name, steps)
    text = path.read_text(encoding="utf-8").replace('["demo-ar", "demo-ur"]', '["demo-ar"]\nregimes = ["single"]')
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_leaves_a_checkpoint_and_resume_goes_on(place: Workspace, tmp_path: Path):
    with begun(place, study_of_one_run(tmp_path, "long", 40)) as (process, events):
        process.send_signal(signal.SIGINT)
        events += rest(process)
        assert process.wait(60) == 130
        assert "checkpoints are being written" in last_words(process)
    assert isinstance(events[-1], RunInterrupted)
    assert events[-1].reason == "cancelled"
    done = resumed(place, "long")
    assert done.returncode == 0, done.stderr
    log = (place.runs / events[-1].run / "events.jsonl").read_text(encoding="utf-8")
    told = [from_json(line.partition(" ")[2]) for line in log.splitlines()]
    assert "run_resumed" in [event.type for event in told]
    assert isinstance(told[-1], RunFinished)


def test_a_killed_training_is_no_success_and_resume_goes_on(place: Workspace, tmp_path: Path):
    with begun(place, study_of_one_run(tmp_path, "killed", 60)) as (process, events):
        for child in psutil.Process(process.pid).children():
            child.kill()
        events += rest(process)
        assert process.wait(60) == 1
        assert "1 run not finished; 'htr-workbench resume' goes on." in last_words(process)
    assert isinstance(events[-1], RunFailed)
    assert events[-1].kind == "died"
    done = resumed(place, "killed")
    assert done.returncode == 0, done.stderr


def test_demo_headless_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The whole path of `make demo` without a display; the study is cut to a few steps by editing its file first."""
    root = tmp_path / "demo"
    workspace = open_workspace(root)
    workspace.study_file("demo").parent.mkdir(parents=True)
    workspace.study_file("demo").write_text(STUDY.format(name="demo", steps=2), encoding="utf-8")
    monkeypatch.setattr("workbench.execution.demo.generate", lambda folder, control: generate(folder, sizes=SIZES))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert run("demo", "--workspace", root) == 0
    out, err = capsys.readouterr()
    for name in ("table", "heatmap", "results", "delta", "predictions"):
        assert name in out
    assert str(root / "studies" / "demo" / "results" / "heatmap.png") in out
    assert "[3/3]" in err
    assert os.environ.get("DISPLAY") is None

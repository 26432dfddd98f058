"""The main job from beginning to end: lines in, a study through the command line, the same numbers in the window.

Once with generated lines and once with some hundred real ones; networks are trained until they read something.
"""

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import editdistance
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import wait_until
from workbench.demo.datasets import DemoSizes, generate
from workbench.gui.app import make_window
from workbench.gui.main_window import MainWindow
from workbench.gui.panels.predictions import PredictionsPanel
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.predictions import Arm
from workbench.gui.wording import signed
from workbench.runs.workspace import Workspace

SIZES = DemoSizes(16, 6, 12, 4, 3, 4)
PARTS = {"train": 24, "val": 6, "test": 12}
TABLES = ("runs.csv", "results.csv", "delta.csv", "curves.csv", "predictions.csv")

STUDY = """
schema = 1
name = "three-scripts"
architectures = {architectures}
k_lines = [12]
budgets = {budgets}
[preprocessing]
line_height_px = 32
[training]
batch_lines = 4
learning_rate = 3e-3
schedule = "one_cycle"
validations = 2
"""

Row = dict[str, str]


def program(*arguments: str | Path) -> str:
    """Run the program as a user does and return what it printed."""
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


def generated_lines(folder: Path) -> list[tuple[str, Path]]:
    """Draw three small data sets."""
    list(generate(folder, sizes=SIZES))
    return [(name, folder / name) for name in ("demo-ar", "demo-ur", "demo-fa")]


def some_real_lines(source: Path, folder: Path) -> list[tuple[str, Path]]:
    """Copy the first lines of every language and part into a folder of the test."""
    with (source / "three_languages.tsv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    taken: Counter[tuple[str, str]] = Counter()
    kept: list[list[str]] = []
    for row in rows:
        told = dict(zip(header, row, strict=True))
        key = told["lang"], told["split"]
        if taken[key] < PARTS.get(told["split"], 0):
            taken[key] += 1
            kept.append(row)
            (folder / told["image"]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / told["image"], folder / told["image"])
    manifest = folder / "three_languages.tsv"
    manifest.write_text("".join("\t".join(row) + "\n" for row in [header, *kept]), encoding="utf-8")
    return [("real", manifest)]


class Job:
    """A finished study in its workspace, and its exported tables."""

    def __init__(
        self, root: Path, datasets: list[tuple[str, Path]], architectures: list[str], budgets: list[str]
    ) -> None:
        self.architectures = architectures
        self.budgets = budgets
        self.workspace = Workspace(root / "workspace")
        self.tables = root / "tables"
        for name, path in datasets:
            program("datasets", "add", name, path, "--workspace", self.workspace.root)
        study = root / "three-scripts.toml"
        axes = {"architectures": json.dumps(architectures), "budgets": json.dumps(budgets)}
        study.write_text(STUDY.format(**axes), encoding="utf-8")
        program("run", study, "--workspace", self.workspace.root)
        program("export", "--study", "three-scripts", "--workspace", self.workspace.root, "--to", self.tables)

    def rows(self, table: str, **wanted: str) -> list[Row]:
        """Rows of an exported table whose columns have these values."""
        with (self.tables / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if wanted.items() <= row.items()]


@pytest.fixture(scope="module", params=["generated", pytest.param("real", marks=pytest.mark.real_lines)])
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    root = tmp_path_factory.mktemp("main-job")
    if request.param == "generated":
        return Job(root, generated_lines(root / "lines"), ["small-cnn"], ["180 steps", "20 epochs"])
    lines = some_real_lines(request.getfixturevalue("real_lines"), root / "lines")
    return Job(root, lines, ["small-cnn", "small-crnn"], ["180 steps"])


def test_every_run_comes_to_its_end(job: Job) -> None:
    runs = job.rows("runs")
    # Three data sets alone, for each budget, and together: the multi-script runs of both budgets are the same.
    assert len({run["run"] for run in runs}) == (3 * len(job.budgets) + 1) * len(job.architectures)
    # So few updates are too few for some CRNN: it collapses, which is an end too.
    assert {run["state"] for run in runs} <= {"finished", "collapsed"}
    assert {run["state"] for run in runs if run["architecture"] == "small-cnn"} == {"finished"}


def test_every_cer_follows_from_the_predictions(job: Job) -> None:
    """CER counted anew, from the strings alone, by a library that is asked directly."""
    results = job.rows("results", split="test")
    cells = {(row["target"], row["architecture"], row["regime"], row["budget"]) for row in results}
    assert len(cells) == 3 * 2 * len(job.budgets) * len(job.architectures)
    for row in results:
        lines = job.rows("predictions", run=row["run"], target=row["target"], split="test", selection=row["selection"])
        edits = [editdistance.eval(line["hypothesis"], line["reference"]) for line in lines]
        assert [int(line["edits"]) for line in lines] == edits
        assert (int(row["lines"]), int(row["edits"])) == (12, sum(edits))
        assert int(row["length"]) == sum(len(line["reference"]) for line in lines)
        assert float(row["cer"]) == sum(edits) / int(row["length"])


def test_every_delta_follows_from_the_results(job: Job) -> None:
    """There is one for each pair whose runs both read something, and none where one of them collapsed."""
    keys = ("target", "architecture", "budget", "split", "selection")
    expected: dict[tuple[str, ...], float] = {}
    for multi in job.rows("results", split="test", regime="multi"):
        same = {key: multi[key] for key in keys}
        (single,) = job.rows("results", regime="single", **same)
        if {multi["status"], single["status"]} == {"finished"}:
            expected[tuple(same.values())] = 100 * (float(multi["cer"]) - float(single["cer"]))
    deltas = job.rows("delta", split="test")
    assert {tuple(row[key] for key in keys): float(row["delta_cer_pp"]) for row in deltas} == pytest.approx(expected)
    assert len([row for row in deltas if row["architecture"] == "small-cnn"]) == 3 * 2 * len(job.budgets)


@pytest.fixture
def opened(qtbot: QtBot, job: Job) -> Iterator[tuple[MainWindow, Stores]]:
    """The window on the workspace, the finished study open, its report worked out."""
    window, stores = make_window(job.workspace.root, job.workspace.study_file("three-scripts"))
    window.show()
    wait_until(qtbot, lambda: window.has_page("results") and window.has_page("predictions"))
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    yield window, stores
    window.stop_now()
    wait_until(qtbot, lambda: not window.isVisible())
    stores.wait()
    window.deleteLater()


def test_the_window_shows_the_numbers_of_the_tables(qtbot: QtBot, job: Job, opened: tuple[MainWindow, Stores]) -> None:
    window, stores = opened
    results, predictions = window.page("results"), window.page("predictions")
    assert isinstance(results, ResultsPanel)
    assert isinstance(predictions, PredictionsPanel)
    for number, architecture in enumerate(job.architectures):
        heatmap = results.delta_tab.heatmaps[number]
        same = {"architecture": architecture, "budget": "180 steps", "split": "test", "selection": "last"}
        deltas = {row["target"]: row for row in job.rows("delta", **same)}
        assert len(heatmap.model.rows) == 3
        for place, target in enumerate(row.target for row in heatmap.model.rows):
            index = heatmap.model.index(place, 0)
            assert index.data() == (signed(float(deltas[target]["delta_cer_pp"])) if target in deltas else "")
            window.show_page("results")
            centre = heatmap.table.visualRect(index).center()
            qtbot.mouseClick(heatmap.table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
            wait_until(qtbot, lambda: not stores.predictions.is_reading and bool(stores.predictions.rows))
            wait_until(qtbot, lambda target=target: stores.predictions.rows[0].target == target)
            assert window.current_page == "predictions"
            assert predictions.rows.model.architecture == architecture
            assert predictions.rows.model.rowCount() == 12
            for regime in ("single", "multi"):
                (result,) = job.rows("results", target=target, regime=regime, **same)
                arm = Arm(architecture, regime)
                own = [each.prediction for row in stores.predictions.rows for each in row.readings if each.arm == arm]
                assert sum(prediction.edits for prediction in own) == int(result["edits"])
                assert sum(prediction.length for prediction in own) == int(result["length"])
                told = job.rows("predictions", run=result["run"], target=target, split="test", selection="last")
                shown = [
                    (row.line_id, row.reference, reading.prediction.hypothesis)
                    for row in stores.predictions.rows
                    for reading in row.readings
                    if reading.arm == arm
                ]
                assert shown == [(line["line_id"], line["reference"], line["hypothesis"]) for line in told]


def test_the_window_writes_the_same_tables(
    qtbot: QtBot, job: Job, opened: tuple[MainWindow, Stores], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, stores = opened
    results = window.page("results")
    assert isinstance(results, ResultsPanel)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    results.exports.tables.trigger()
    wait_until(qtbot, lambda: not stores.results.is_exporting)
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (job.tables / name).read_bytes()

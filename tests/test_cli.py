"""The command line: what is understood, what is refused, and how it is told."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import __version__, cli, settings
from workbench.cli.program import interruptible, interruption
from workbench.errors import InputError
from workbench.runs.control import Control


class Window:
    """Stands where the window would be opened, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Path | None, Path | None, bool]] = []

    def __call__(self, workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
        self.calls.append((workspace, study_file, is_demo))
        return 0


@pytest.fixture
def window() -> Window:
    return Window()


def refused(window: Window, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must end with exit code 2 and one sentence on stderr; return it."""
    assert cli.main(arguments, open_window=window) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (None, None)),
        (["gui"], (None, None)),
        (["--workspace", "w"], (Path("w"), None)),
        (["--workspace", "w", "--study", "s.toml"], (Path("w"), Path("s.toml"))),
        (["gui", "-w", "w", "--study", "s.toml"], (Path("w"), Path("s.toml"))),
        (["--workspace", "w", "gui"], (Path("w"), None)),
    ],
)
def test_without_a_command_the_window_is_opened(
    window: Window, arguments: list[str], expected: tuple[Path | None, Path | None]
):
    assert cli.main(arguments, open_window=window) == 0
    assert window.calls == [(*expected, False)]


def test_the_window_s_exit_code_is_handed_on(window: Window):
    def failing(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
        return 130

    assert cli.main([], open_window=failing) == 130


def test_demo_with_a_display_opens_the_window(window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DISPLAY", ":99")
    assert cli.main(["demo", "--workspace", str(tmp_path / "w")], open_window=window) == 0
    assert window.calls == [(tmp_path / "w", None, True)]
    assert settings.load().last_workspace == str((tmp_path / "w").resolve())


def test_version(window: Window, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--version"], open_window=window) == 0
    assert capsys.readouterr().out == f"htr-workbench {__version__}\n"
    assert window.calls == []


@pytest.mark.parametrize(
    "command",
    [
        "gui",
        "demo",
        "run",
        "resume",
        "report",
        "export",
        "bundle",
        "score",
        "datasets",
        "datasets check",
        "datasets add",
    ],
)
def test_every_command_explains_itself(window: Window, capsys: pytest.CaptureFixture[str], command: str):
    assert cli.main([*command.split(), "--help"], open_window=window) == 0
    assert "Usage: htr-workbench" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "Did you mean 'run'?"),
        (["run"], "Missing argument 'STUDY.toml'"),
        (["run", "demoo"], "Did you mean 'demo'?"),
        (["run", "nothing-like-it.toml"], "Ready studies: controlled, demo, paper, quick"),
        (["run", "quick", "--device", "tpu"], "'tpu' is not one of"),
        (["run", "quick", "--processes", "0"], "--processes"),
        (["score"], "Missing argument"),
        (["export"], "Missing option '--to'"),
        (["export", "--to", "x", "--what", "everything"], "'everything' is not one of"),
        (["export", "--to", "x", "--format", "gif"], "'gif' is not one of"),
        (["bundle"], "It takes the name of a study and a file"),
        (["bundle", "study", "x.zip", "--open", "y.zip"], "either written or opened"),
        (["bundle", "--open", "y.zip"], "Name a new folder with --workspace"),
        (["report", "--workspace", "/nowhere/at/all"], "There is no workspace at /nowhere/at/all"),
        (["datasets", "check", "/nowhere/at/all"], "/nowhere/at/all"),
        (["score", "/nowhere/at/all.csv"], "cannot be read"),
    ],
)
def test_wrong_input_is_one_sentence(
    window: Window, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
):
    assert words in refused(window, capsys, *arguments)


def test_a_misspelt_key_of_a_study_file(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "s.toml").write_text('name = "s"\nregims = ["single"]\n')
    assert "unknown key 'regims'. Did you mean 'regimes'?" in refused(window, capsys, "run", str(tmp_path / "s.toml"))


def test_report_of_an_empty_workspace(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    message = refused(window, capsys, "report", "--workspace", str(tmp_path))
    assert "has no results yet" in message
    assert "htr-workbench run" in message


def test_run_without_data(window: Window, capsys: pytest.CaptureFixture[str]):
    assert "datasets add" in refused(window, capsys, "run", "quick")


def test_a_workspace_that_is_a_file(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert "is a file" in refused(window, capsys, "run", "quick", "--workspace", str(tmp_path / "file"))


def test_what_nobody_foresaw_ends_with_a_report(
    window: Window,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    expected_log: list[object],
):
    def broken(paths: object, wildcards: str) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("workbench.analysis.systems.scoring.score_files", broken)
    assert cli.main(["score", "x.csv"], open_window=window) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert len(expected_log) == 1


def test_score(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    path = tmp_path / "p.csv"
    path.write_text("id,reference,hypothesis\n1,سلام دنیا,سلام دنا\n2,باد,باد\n", encoding="utf-8")
    assert cli.main(["score", str(path), "--json"], open_window=window) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (found,) = json.loads(out)
    named = {"file": str(path), "lines": 2, "edits": 1, "length": 12, "cer": 1 / 12, "wer": 1 / 3}
    assert found | named == found
    assert (found["cer_by_line"], found["clusters"], found["cluster_unit"]) == ([0.0, 1 / 9], 1, "blocks")
    assert cli.main(["score", str(path)], open_window=window) == 0
    assert "8.33" in capsys.readouterr().out
    assert cli.main(["score", str(path), "--ignore", "ی #", "--json"], open_window=window) == 0
    (ignoring,) = json.loads(capsys.readouterr().out)
    assert (ignoring["edits"], ignoring["length"]) == (0, 11)


def test_scores_as_csv(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    path = tmp_path / "p.csv"
    path.write_text("id,reference,hypothesis\n1,سلام دنیا,سلام دنا\n2,باد,باد\n", encoding="utf-8")
    assert cli.main(["score", str(path), "--csv", str(tmp_path / "scores.csv")], open_window=window) == 0
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["lines"], float(row["cer_micro"]), float(row["wer_micro"])) == ("2", 1 / 12, 1 / 3)


def test_compare_files(window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    a, b, lines = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "lines.csv"
    a.write_text("id,reference,hypothesis\n1,سلام دنیا,سلام\n2,باد,باد\n3,آب,آ\n", encoding="utf-8")
    b.write_text("ImageID,GroundTruth,Prediction\n1,سلام دنیا,سلام دنیا\n2,باد,با\x1b\n", encoding="utf-8")
    assert cli.main(["compare", str(a), str(b), "--json"], open_window=window) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["lines"], found["only_a"], found["examples_only_a"]) == (2, 1, ["3"])
    assert found["metrics"][0]["delta_pp"] == pytest.approx(100 * (1 - 5) / 12)
    assert cli.main(["compare", str(a), str(b), "--csv", str(lines)], open_window=window) == 0
    out = capsys.readouterr().out
    assert "2 lines in common" in out
    assert "Left out, only in A: 1 line (3)" in out
    assert "\u2067سلام دنیا\u2069" in out
    assert "\x1b" not in out
    with lines.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line_id"], row["edits_a"], row["edits_b"]) for row in rows] == [("1", "5", "0"), ("2", "0", "1")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["p.csv", "nothing-here"], "no file and no finished run 'nothing-here'"),
        (["p.csv", "p.csv", "--where", "split"], "'split' keeps no rows"),
        (["p.csv", "p.csv", "--where", "split=test"], "no column 'split'"),
    ],
)
def test_compare_says_what_is_wrong(
    window: Window, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], message: str
):
    (tmp_path / "p.csv").write_text("id,reference,hypothesis\n1,ab,ab\n", encoding="utf-8")
    (tmp_path / "workspace").mkdir()
    paths = [str(tmp_path / each) if each == "p.csv" else each for each in arguments]
    assert cli.main(["compare", *paths], open_window=window) == 2
    assert message in capsys.readouterr().err


def test_a_workspace_of_an_earlier_version_is_brought_up_to_date_and_that_is_told(tmp_path: Path):
    """In a process of its own: how a program logs is the process's."""
    shutil.copytree(Path(__file__).parent / "runs" / "workspaces" / "schema-1", tmp_path / "workspace")
    command = ("-m", "workbench", "datasets", "remove", "khatt", "-w", str(tmp_path / "workspace"))
    done = fresh(*command)
    assert done.returncode == 0
    assert "An earlier version made the workspace" in done.stderr
    assert str(tmp_path / "workspace" / "backups") in done.stderr
    assert (tmp_path / "workspace" / "backups" / "schema-1" / "datasets.toml").is_file()
    assert "earlier version" not in fresh(*command).stderr


def test_qt_that_cannot_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch):
    from workbench.__main__ import open_window

    monkeypatch.setitem(sys.modules, "workbench.gui.app", None)
    with pytest.raises(InputError, match="Qt cannot be loaded"):
        open_window(None, None)


def fresh(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60
    )


def test_importing_the_command_line_stays_light():
    code = (
        "import sys, workbench.__main__, workbench.cli\n"
        "heavy = {'torch', 'pandas', 'scipy', 'numpy', 'PIL', 'matplotlib', 'PySide6', 'kornia'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = fresh("-c", code)
    assert done.returncode == 0, f"imported at module level: {done.stderr}"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_asks_for_the_end_and_gives_the_exit_code(
    number: int, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    control = Control()
    with interruptible(control):
        os.kill(os.getpid(), number)
    assert control.is_cancelled
    assert "Press Ctrl-C again to stop at once." in capfd.readouterr().err
    assert [interruption.exit_code(each) for each in (0, 1, 130)] == [0, 1, code]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback():
    code = (
        "import os, signal, sys\n"
        "from workbench.__main__ import main\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'workbench.cli.app': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "main()"
    )
    done = fresh("-c", code)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_the_module_runs_as_a_program():
    done = fresh("-m", "workbench", "--version")
    assert (done.returncode, done.stdout) == (0, f"htr-workbench {__version__}\n")
    done = fresh("-m", "workbench", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 2
    assert "there is no display" in done.stderr

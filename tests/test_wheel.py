"""The wheel: built, installed elsewhere, and used from there without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import from, holding what an installation of the wheel would hold."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def from_wheel(installed: Path, code: str) -> str:
    """Run code with the installed package in front of the checkout's, in a folder of its own."""
    program = f"import sys; sys.path.insert(0, {str(installed)!r})\n{code}"
    return run(sys.executable, "-c", program, cwd=installed.parent)


def test_holds_resources_and_licences_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
        entry_points = archive.read(next(name for name in names if name.endswith("/entry_points.txt"))).decode()
    assert "workbench/_resources/studies/demo.toml" in names
    assert "workbench/_resources/text/words-ur.json" in names
    assert "workbench/_resources/icons/htr-workbench.svg" in names
    fonts = [name for name in names if name.endswith(".woff2")]
    licences = [name for name in names if "/licenses/" in name and name.endswith("-OFL.txt")]
    assert len(fonts) == len(licences) == 11
    assert any(name.endswith("/licenses/NOTICE") for name in names)
    assert any(name.endswith("/licenses/resources/text/LICENSE.txt") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"workbench", "htr_workbench"}
    assert not [name for name in names if "test" in name.split("/")[0:2] or name.endswith(".pyc")]
    assert "Requires-Dist: torch" in metadata
    assert "htr-workbench = workbench.__main__:main" in entry_points


def test_finds_its_resources_elsewhere(installed: Path):
    code = (
        "from workbench.resource_files import resource_path, study_files\n"
        "print(resource_path('fonts'))\n"
        "print(','.join(study_files()))"
    )
    fonts, studies = from_wheel(installed, code).splitlines()
    assert Path(fonts).is_relative_to(installed)
    assert studies == "controlled,demo,paper,quick,reviewer"


def test_the_demo_starts_from_it(installed: Path, tmp_path: Path):
    """Demo data, their import and the plan of the demo study; that it trains is tested elsewhere."""
    script = tmp_path / "start.py"
    script.write_text(
        f"""
import sys
sys.path.insert(0, {str(installed)!r})
from pathlib import Path
import workbench
from workbench.execution.demo import make_demo
from workbench.execution.studies import prepare
from workbench.runs.control import Control
from workbench.runs.workspace import open_workspace

if __name__ == "__main__":
    assert Path(workbench.__file__).is_relative_to({str(installed)!r})
    workspace, control = open_workspace(Path({str(tmp_path / "w")!r})), Control()
    study = list(make_demo(workspace, control))[-1]
    plan = list(prepare(workspace, study, control))[-1]
    print(len(plan.runs), len(plan.run_ids), all(target.is_synthetic for target in plan.targets))
""",
        encoding="utf-8",
    )
    # 16 cells, of which the two multi-script runs serve both budgets.
    assert run(sys.executable, script, cwd=tmp_path).split() == ["16", "14", "True"]

"""What is wrong is found and told with what to do; what is right is not called wrong."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from workbench import settings
from workbench.diagnosis import doctor
from workbench.diagnosis.doctor import Examined, examine
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.workspace_check import Checked
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.runs.lock import Holder
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Qt, which takes a second to start."""
    monkeypatch.setattr(doctor, "_qt", lambda: iter(()))


def found(workspace: Workspace) -> dict[str, Examined]:
    return {each.name: each for each in examine(workspace, Control()) if isinstance(each, Examined)}


def test_a_sound_installation(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    told = found(workspace)
    assert {name: each.said for name, each in told.items() if each.state == "fault"} == {}
    assert list(told) == [
        "program", "libraries", "own files", "processor", "memory", "GPU", "display", "Qt", "fonts", "settings",
        "cache folder", "workspace", "workspace content",
    ]  # fmt: skip
    assert "torch 2." in told["libraries"].said
    assert told["fonts"].said == "all 13 can be used"
    assert told["own files"].said.endswith("13 fonts")
    assert told["workspace content"].said.endswith("none damaged")
    assert all(each.advice or each.state == "ok" for each in told.values())


@pytest.mark.usefixtures("quick")
class TestLibraries:
    def test_one_that_is_missing_and_one_of_a_wrong_version(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = metadata.version

        def version(name: str) -> str:
            if name == "lxml":
                raise metadata.PackageNotFoundError(name)
            return "6.12.0" if name.startswith("pyside6") else real(name)

        monkeypatch.setattr(doctor.metadata, "version", version)
        told = found(Workspace(tmp_path))
        assert (told["library lxml"].state, told["library lxml"].said) == ("fault", "it is not installed")
        assert told["library lxml"].advice.startswith("Install lxml>=")
        (qt,) = [each for name, each in told.items() if name.startswith("library pyside6")]
        assert qt.state == "fault"
        assert "6.12.0 is installed" in qt.said

    def test_a_program_that_is_not_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "DISTRIBUTION", "no-such-program")
        assert found(Workspace(tmp_path))["libraries"].state == "note"

    def test_own_files_that_are_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def lacking(*_: object) -> Path:
            raise InputError("The program's own file fonts is missing", hint="Install htr-workbench again.")

        monkeypatch.setattr(doctor, "resource_path", lacking)
        assert found(Workspace(tmp_path))["own files"].state == "fault"


class TestWindow:
    def test_qt_that_ends_the_process(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script = "import sys; print('libEGL.so.1: cannot open', file=sys.stderr); sys.exit(3)"
        monkeypatch.setattr(doctor, "_QT_SCRIPT", script)
        told = found(Workspace(tmp_path))
        assert (told["Qt"].state, told["Qt"].said) == ("fault", "libEGL.so.1: cannot open")
        assert "system_libraries" in told["Qt"].advice
        assert "fonts" not in told

    def test_qt_that_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "_QT_SCRIPT", "import time; time.sleep(60)")
        monkeypatch.setattr(doctor, "_QT_S", 0.5)
        assert "did not start within" in found(Workspace(tmp_path))["Qt"].said

    def test_a_font_that_is_damaged(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "broken.woff2").write_bytes(b"wOF2" + bytes(40))
        monkeypatch.setattr(doctor, "_fonts", lambda: [str(tmp_path / "broken.woff2")])
        told = found(Workspace(tmp_path / "w"))
        assert (told["fonts"].state, told["fonts"].said) == ("fault", "cannot be used: broken.woff2")

    @pytest.mark.usefixtures("quick")
    def test_no_display_is_no_fault(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.delenv(name, raising=False)
        told = found(Workspace(tmp_path))["display"]
        assert (told.state, "--headless" in told.advice) == ("note", True)


@pytest.mark.usefixtures("quick")
class TestMachine:
    def test_little_memory_and_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        little = SimpleNamespace(available=5e8, total=4e9, free=1e8)
        monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: little)
        told = found(Workspace(tmp_path))
        for name in ("memory", "cache folder", "workspace"):
            assert (told[name].state, bool(told[name].advice)) == ("note", True), name

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "cannot be used"),
            ("[1]", "holds no settings"),
            ('{"device": "tpu", "text_size_pt": 12}', "has bad values of device"),
            ('{"last_workspace": "a\\u0000"}', "has bad values of last_workspace"),
            ("{}", ".json"),
        ],
    )
    def test_settings(self, tmp_path: Path, text: str, said: str) -> None:
        settings.settings_file().parent.mkdir(parents=True)
        settings.settings_file().write_text(text, encoding="utf-8")
        told = found(Workspace(tmp_path))["settings"]
        assert said in told.said
        assert told.state == ("ok" if text == "{}" else "note")


@pytest.mark.usefixtures("quick")
class TestWorkspace:
    def test_one_that_is_not_there_and_one_that_is_a_file(self, tmp_path: Path) -> None:
        told = found(Workspace(tmp_path / "new"))["workspace"]
        assert (told.state, "not there yet" in told.said) == ("ok", True)
        assert not (tmp_path / "new").exists()
        (tmp_path / "file").write_text("", encoding="utf-8")
        assert found(Workspace(tmp_path / "file"))["workspace"].state == "fault"

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor.os, "access", lambda *_: False)
        told = found(Workspace(tmp_path))["workspace"]
        assert (told.state, "cannot be written" in told.said) == ("fault", True)

    def test_damage_leads_to_verify(self, workspace: Workspace) -> None:
        run = load_plan(workspace.plan_file("small")).run_ids[0]
        RunStore(workspace).result_file(run).unlink()
        told = found(workspace)["workspace content"]
        assert (told.state, f"runs/{run}/result.json" in told.said) == ("fault", True)
        assert "htr-workbench verify" in told.advice

    def test_another_program_writes_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "holder", lambda _: Holder(4711, 0.0, "2026-01-01 10:00"))
        told = found(Workspace(tmp_path))["workspace in use"]
        assert (told.state, "4711" in told.said) == ("note", True)

    def test_a_check_that_is_cancelled_claims_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def check(_: Workspace, control: Control) -> Iterator[Checked | Finding]:
            yield Checked("run", "a", 1, 2)
            control.request("cancel")

        monkeypatch.setattr(doctor, "check_workspace", check)
        assert "workspace content" not in found(Workspace(tmp_path))

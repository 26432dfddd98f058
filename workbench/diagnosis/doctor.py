"""Whether this machine and this installation can do the work: each thing looked at, with what to do where it cannot."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import psutil
from packaging.requirements import Requirement

from workbench import __version__, files, settings
from workbench.diagnosis.display import check_display
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.workspace_check import Checked, check_workspace
from workbench.errors import InputError, WorkbenchError
from workbench.execution.devices import cores, cuda_devices, has_bfloat16, processor
from workbench.resource_files import resource_path, study_files
from workbench.runs.control import Control
from workbench.runs.lock import holder
from workbench.runs.workspace import Workspace

DISTRIBUTION = "htr-workbench"
LOW_MEMORY_GB, LOW_DISK_GB = 2.0, 2.0
"""Below which a note is made: a run of the small networks takes up to 1.7 GB, a study of them about as much disk."""
_QT_S = 60

_QT_SCRIPT = """
import json, sys
from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
application = QGuiApplication(sys.argv[:1])
fonts = {path: QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(path)) for path in sys.argv[1:]}
print(json.dumps({"qt": qVersion(), "platform": application.platformName(), "fonts": fonts}))
"""

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at."""

    name: str
    state: State
    said: str
    advice: str = ""
    """What to do, where something is not as it should be."""


def examine(workspace: Workspace, control: Control) -> Iterator[Examined | Checked]:
    """Look at the program, the machine, the window and a workspace. Nothing is changed.

    Parameters
    ----------
    workspace : Workspace
        It need not be there.
    control : Control
        Cancels the check of the workspace, which may take a while.

    Yields
    ------
    Examined
        What was found.
    Checked
        How far the check of the workspace is.
    """
    yield _program()
    yield from _libraries()
    yield from _resources()
    yield _processor()
    yield _memory()
    yield _gpu()
    yield _display()
    yield from _qt()
    yield _settings()
    yield _folder("cache folder", settings.cache_folder(), "Set $HTR_WORKBENCH_CACHE to another folder.")
    yield from _workspace(workspace, control)


# The program


def _program() -> Examined:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    return Examined("program", "ok", f"{DISTRIBUTION} {__version__}, Python {platform.python_version()}, {system}")


def _libraries() -> Iterator[Examined]:
    """What the program needs, against what is installed."""
    try:
        wanted = [Requirement(text) for text in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:
        yield Examined("libraries", "note", "the program runs without being installed, so that they cannot be checked")
        return
    versions: dict[str, str] = {}
    for need in wanted:
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            found = versions[need.name] = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            yield Examined(f"library {need.name}", "fault", "it is not installed", f"Install {need}.")
            continue
        if not need.specifier.contains(found, prereleases=True):
            said = f"{found} is installed, {need.specifier} is needed"
            yield Examined(f"library {need.name}", "fault", said, f"Install {need}.")
    shown = ("torch", "numpy", "pyside6-essentials", "pandas", "scipy", "matplotlib", "pillow")
    main = ", ".join(f"{name} {versions[name]}" for name in shown if name in versions)
    yield Examined("libraries", "ok", f"{len(versions)} found: {main} …")


def _resources() -> Iterator[Examined]:
    try:
        studies, fonts = study_files(), _fonts()
    except InputError as error:
        yield Examined("own files", "fault", error.what, error.hint)
        return
    yield Examined("own files", "ok", f"{len(studies)} studies, {len(fonts)} fonts")


def _fonts() -> list[str]:
    return [str(path) for path in sorted(resource_path("fonts").iterdir()) if path.suffix in (".ttf", ".woff2")]


# The machine


def _processor() -> Examined:
    name, _ = processor()
    said = f"{name or 'unknown'}, {cores()} {'core' if cores() == 1 else 'cores'}"
    if has_bfloat16():
        return Examined("processor", "ok", f"{said}; computes in bfloat16")
    return Examined("processor", "ok", f"{said}; bfloat16 is emulated and slow here, float32 is not")


def _memory() -> Examined:
    memory = psutil.virtual_memory()
    said = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    if memory.available / 1e9 < LOW_MEMORY_GB:
        return Examined("memory", "note", said, "Train one run at a time (--processes 1), or close other programs.")
    return Examined("memory", "ok", said)


def _gpu() -> Examined:
    names = cuda_devices()
    if names:
        return Examined("GPU", "ok", ", ".join(f"cuda:{number} {name}" for number, name in enumerate(names)))
    return Examined("GPU", "ok", "none that CUDA can use; the processor trains")


def _folder(name: str, path: Path, advice: str) -> Examined:
    """A folder that can be written, or be made, and the room in it."""
    if not files.is_text(path):
        return Examined(name, "fault", f"the name of {files.printable(path)} is not UTF-8 text", advice)
    place = next(parent for parent in (path, *path.parents) if os.path.exists(parent))  # noqa: PTH110 - Path.exists raises where it may not look
    if not place.is_dir():
        return Examined(name, "fault", f"{place} is a file", advice)
    if not os.access(place, os.W_OK | os.X_OK) or os.statvfs(place).f_flag & os.ST_RDONLY:
        return Examined(name, "fault", f"{place} cannot be written", advice)
    free = shutil.disk_usage(place).free / 1e9
    said = f"{path}, {free:.1f} GB free"
    if free < LOW_DISK_GB:
        return Examined(name, "note", said, "Free some space before a study is run.")
    return Examined(name, "ok", said)


# The window


def _display() -> Examined:
    try:
        check_display()
    except InputError as error:
        return Examined("display", "note", error.why, error.hint)
    return Examined("display", "ok", "a window can be opened")


def _qt() -> Iterator[Examined]:
    """Qt in a process of its own, because it ends the one that it cannot start in; without a screen."""
    try:
        fonts = _fonts()
    except InputError:
        return
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    advice = "On Debian or Ubuntu, tools/system_libraries.sh installs what Qt needs; the commands work without."
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _QT_SCRIPT, *fonts],
            capture_output=True, text=True, timeout=_QT_S, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield Examined("Qt", "fault", f"it did not start within {_QT_S} seconds", advice)
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
        yield Examined("Qt", "fault", last, advice)
        return
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    yield Examined("Qt", "ok", f"Qt {told['qt']}")
    unusable = [Path(path).name for path, families in told["fonts"].items() if not families]
    if unusable:
        yield Examined("fonts", "fault", f"cannot be used: {', '.join(unusable)}", "Install htr-workbench again.")
    else:
        yield Examined("fonts", "ok", f"all {len(fonts)} can be used")


def _settings() -> Examined:
    path, problem = settings.settings_file(), settings.problem()
    if problem:
        return Examined("settings", "note", f"{path} {problem}", "The usual ones are taken for what is wrong.")
    return Examined("settings", "ok", str(path) if path.is_file() else "none yet: everything is as usual")


# The workspace


def _workspace(workspace: Workspace, control: Control) -> Iterator[Examined | Checked]:
    folder = _folder("workspace", workspace.root, "Name another folder with --workspace.")
    if not workspace.root.exists():
        yield Examined("workspace", folder.state, f"{folder.said}; it is not there yet", folder.advice)
        return
    yield folder
    other = holder(workspace)
    if other is not None and not other.is_this_process:
        said = f"htr-workbench with process id {other.pid} writes there since {other.since}"
        yield Examined("workspace in use", "note", said, "Reading works; to write, close that program first.")
    findings: list[Finding] = []
    checked = 0
    try:
        for value in check_workspace(workspace, control):
            if isinstance(value, Finding):
                findings.append(value)
            else:
                checked = value.done
                yield value
    except WorkbenchError as error:
        yield Examined("workspace content", "fault", str(error))
        return
    if control.is_cancelled:
        return
    if findings:
        first = f"{len(findings):,} damaged, the first is {findings[0].place}"
        yield Examined(
            "workspace content",
            "fault",
            first,
            "Help ▸ Check the workspace, or 'htr-workbench verify', tells them all and mends what can be mended.",
        )
    else:
        yield Examined("workspace content", "ok", f"{checked:,} parts looked at, none damaged")

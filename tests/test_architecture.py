"""The rules of the structure, as far as a program can check them."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))

HEAVY = (
    "torch",
    "pandas",
    "scipy",
    "matplotlib",
    "kornia",
    "safetensors",
    "pyqtgraph",
    "openpyxl",
    "lxml",
    "typer",
    "qtawesome",
)
"""What the window does without until it is needed, so that it can be seen at once."""

MAY_WRITE = {
    "files.py": "the only module that writes state",
    "runs/record.py": "appends to the event log",
    "gui/app.py": "the interpreter's last words, appended",
}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=280
    )


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_imports_go_one_way() -> None:
    result = run(tool("lint-imports"), "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


def test_style() -> None:
    checked = run(tool("ruff"), "check", "--no-cache", ".")
    assert checked.returncode == 0, checked.stdout
    formatted = run(tool("ruff"), "format", "--no-cache", "--check", ".")
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.slow
def test_types() -> None:
    result = run(tool("basedpyright"))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("module", ["workbench.gui.main_window", "workbench.gui.app"])
def test_the_window_is_there_before_anything_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = run(sys.executable, "-c", code, QT_QPA_PLATFORM="offscreen")
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_the_core_needs_no_qt() -> None:
    names = [
        f"workbench.{path.name}" for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").is_file()
    ]
    names = [name for name in names if name != "workbench.gui"]
    code = f"import sys, importlib; [importlib.import_module(n) for n in {names!r}]; print('PySide6' in sys.modules)"
    assert run(sys.executable, "-c", code).stdout.strip() == "False"


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the last part of its name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node
                case _:
                    continue


def writes(name: str, call: ast.Call) -> bool:
    """Tell whether a call opens or writes a file other than through `workbench.files`."""
    if name in ("write_text", "write_bytes"):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        return not (isinstance(owner, ast.Name) and owner.id == "files")
    if name in ("open", "fdopen"):
        texts = [
            part.value for part in (*call.args, *(k.value for k in call.keywords)) if isinstance(part, ast.Constant)
        ]
        return any(isinstance(text, str) and 0 < len(text) <= 3 and set(text) & set("wax+") for text in texts)
    return False


def test_state_is_written_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in MODULES
        if str(path.relative_to(PACKAGE)) not in MAY_WRITE
        for name, call in calls(path)
        if writes(name, call)
    ]
    assert found == [], "use workbench.files"


def test_labels_and_questions_show_plain_text() -> None:
    found: list[str] = []
    for path in (PACKAGE / "gui").rglob("*.py"):
        names = {name for name, _ in calls(path)}
        if "QLabel" in names and path.name != "messages.py":
            found.append(f"{path.relative_to(ROOT)}: QLabel; use plain_label")
        if "QMessageBox" in names and "setTextFormat" not in names:
            found.append(f"{path.relative_to(ROOT)}: QMessageBox without setTextFormat")
    assert found == []


def test_nothing_is_unpickled() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in MODULES
        for name, call in calls(path)
        for keyword in call.keywords
        if (keyword.arg, getattr(keyword.value, "value", None)) in {("weights_only", False), ("allow_pickle", True)}
    ]
    assert found == []


def test_every_exception_of_the_writing_rule_still_exists() -> None:
    assert [name for name in MAY_WRITE if not (PACKAGE / name).is_file()] == []

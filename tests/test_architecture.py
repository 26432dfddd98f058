"""The rules of the structure, as far as a program can check them."""

import ast
import os
import re
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


KEYED_DRAWS = ("numpy.random.Generator", "numpy.random.Philox")
SHARED_DRAWS = ("random", "numpy.random", "kornia.augmentation", "torch.random", "torch.cuda.random")
"""Modules whose draws depend on what was drawn before."""
TORCH_DRAWS = (
    "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "bernoulli", "multinomial",
    "normal", "poisson", "seed", "manual_seed", "set_rng_state",
)  # fmt: skip


def is_shared_draw(name: str) -> bool:
    """Tell whether a dotted name draws from random state that everybody shares."""
    owner, _, member = name.rpartition(".")
    if owner in ("torch", "torch.cuda"):
        return member in TORCH_DRAWS
    return name not in KEYED_DRAWS and any(name == each or name.startswith(f"{each}.") for each in SHARED_DRAWS)


def shared_draws(source: str) -> list[str]:
    """Return what a module imports or names of shared random state, with the lines."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [(alias.name, node.lineno) for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                found += [(f"{module}.{alias.name}", node.lineno) for alias in names]
            case ast.Attribute():
                name = re.sub(r"^np\b", "numpy", ast.unparse(node))
                # A variable may be called `random`; the module would have to be imported, which is found above.
                if not name.startswith("random.") and name != "numpy.random":
                    found.append((name, node.lineno))
            case _:
                continue
    return [f"{line}: {name}" for name, line in found if is_shared_draw(name)]


DROPS_LIKE_DROPOUT = PACKAGE / "models" / "transformer.py"
"""Hides stretches of a line in training: drawn by torch's generator, which is seeded for each step, as dropout is."""


def test_training_draws_from_no_shared_random_state() -> None:
    """Every draw is keyed by what it is for; one module seeds torch, for each step and each new network."""
    found = [
        f"{path.relative_to(ROOT)}:{draw}"
        for folder in ("training", "models")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if path.name != "randomness.py" and path != DROPS_LIKE_DROPOUT
        for draw in shared_draws(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "use workbench.training.randomness"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import random", 1),
        ("from random import choice", 1),
        ("from kornia.augmentation import RandomAffine", 1),
        ("np.random.shuffle(x)", 1),
        ("x = np.random.default_rng()", 1),
        ("from numpy.random import default_rng", 1),
        ("from numpy import random", 1),
        ("torch.rand(3) + torch.randperm(2)", 2),
        ("torch.cuda.manual_seed(1)", 1),
        ("def f(random: np.random.Generator): return random.permutation(3)", 0),
        ("torch.stack([])", 0),
    ],
)
def test_shared_draws_are_recognised(source: str, count: int) -> None:
    assert len(shared_draws(source)) == count


def test_labels_and_questions_show_plain_text() -> None:
    found: list[str] = []
    for path in (PACKAGE / "gui").rglob("*.py"):
        names = {name for name, _ in calls(path)}
        if "QLabel" in names and path.name != "messages.py":
            found.append(f"{path.relative_to(ROOT)}: QLabel; use plain_label")
        if "QMessageBox" in names and "setTextFormat" not in names:
            found.append(f"{path.relative_to(ROOT)}: QMessageBox without setTextFormat")
    assert found == []


def is_plain_tip(node: ast.expr | None) -> bool:
    """Tell whether a tool tip is a text of the program itself, or was made plain."""
    match node:
        case None | ast.Constant() | ast.Call(func=ast.Name(id="plain_tooltip")):
            return True
        case ast.Call(func=ast.Attribute(attr="toolTip" | "statusTip")):  # of something that shows it, too
            return True
        case ast.IfExp(body=first, orelse=second):
            return is_plain_tip(first) and is_plain_tip(second)
        case ast.BoolOp(values=values):
            return all(map(is_plain_tip, values))
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name.isupper()
        case _:
            return False


def tips(tree: ast.AST) -> Iterator[ast.expr | None]:
    """What is shown as a tool tip: given to a widget, or returned by a model for that role."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="setToolTip" | "setWhatsThis"), args=[*_, tip]):
                yield tip
            case ast.Call(func=ast.Attribute(attr="showText"), args=[_, tip, *_]):
                yield tip
            case ast.match_case(pattern=pattern, body=body) if "ToolTipRole" in ast.unparse(pattern):
                yield from (inner.value for each in body for inner in ast.walk(each) if isinstance(inner, ast.Return))
            case _:
                continue


def test_tool_tips_show_plain_text() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{tip.lineno}"
        for path in (PACKAGE / "gui").rglob("*.py")
        for tip in tips(ast.parse(path.read_text(encoding="utf-8")))
        if tip is not None and not is_plain_tip(tip)
    ]
    assert found == [], "use plain_tooltip"


RICH = {
    "setHtml", "insertHtml", "appendHtml", "toHtml", "QTextBrowser", "QTextEdit", "QErrorMessage", "QTextDocument",
    "QStaticText", "setMarkdown",
}  # fmt: skip
ASKING = {"information", "warning", "critical", "question", "about"}
"""Static functions of QMessageBox, which take no format of text."""


def test_nothing_shows_rich_text() -> None:
    found: list[str] = []
    for path in (PACKAGE / "gui").rglob("*.py"):
        for name, call in calls(path):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            is_box = isinstance(owner, ast.Name) and owner.id == "QMessageBox" and name in ASKING
            if name in RICH or is_box or "RichText" in ast.unparse(call) or "AutoText" in ast.unparse(call):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}: {name}")
    assert found == []


@pytest.mark.parametrize(
    ("source", "is_plain"),
    [
        ("box.setToolTip('words')", True),
        ("box.setToolTip(plain_tooltip(name))", True),
        ("box.setToolTip(f'{name}')", False),
        ("QToolTip.showText(place, name, self)", False),
        ("match role:\n  case Qt.ItemDataRole.ToolTipRole:\n    return self.name", False),
        ("match role:\n  case Qt.ItemDataRole.ToolTipRole:\n    return plain_tooltip(self.name)", True),
    ],
)
def test_tool_tips_are_recognised(source: str, is_plain: bool) -> None:
    body = source if not source.startswith("match") else "def f():\n " + source.replace("\n", "\n ")
    assert all(map(is_plain_tip, tips(ast.parse(body)))) == is_plain


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

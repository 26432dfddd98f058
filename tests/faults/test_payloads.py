"""Files that would run code for whoever unpickles or imports them: told, and a canary that they would touch is not."""

import hashlib
import io
import json
import pickle
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
import torch

from tests.analysis.finished import finished_study
from tests.data.fixtures import draw_strokes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench import cli, settings
from workbench.analysis.lines.reading_index import ReadingIndex
from workbench.errors import RunError
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.studies import prepare, run_study
from workbench.models.registry import architecture_spec, build
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved, RunFailed, RunFinished, RunStarted, to_log_line
from workbench.runs.plan import Plan
from workbench.runs.probes import Probed
from workbench.runs.spec import RunSpec, StartSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.training.probes import load_network
from workbench.training.stages import take_first_weights


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (self.path, "w"))


@dataclass(frozen=True)
class Scene:
    """Where a payload is tried."""

    root: Path
    workspace: Workspace
    canary: Path
    told: Callable[[], str]

    def command(self, *arguments: str | Path) -> tuple[int, str]:
        """Exit code and everything printed, white space folded."""
        place = () if "check" in arguments else ("-w", str(self.workspace.root))
        code = cli.main([*map(str, arguments), *place], open_window=_window)
        return code, " ".join(self.told().split())


def _window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    def told() -> str:
        said = capsys.readouterr()
        return said.out + said.err

    scene = Scene(tmp_path, Workspace(tmp_path / "place"), tmp_path / "canary", told)
    yield scene
    assert not scene.canary.exists()


def pickled(canary: Path) -> bytes:
    return pickle.dumps(Touch(canary))


def torch_file(canary: Path) -> bytes:
    buffer = io.BytesIO()
    torch.save({"format": 2, "run": "a", "network": Touch(canary)}, buffer)
    return buffer.getvalue()


def old_torch_file(canary: Path) -> bytes:
    buffer = io.BytesIO()
    torch.save({"network": Touch(canary)}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def numpy_file(canary: Path) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Touch(canary)], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def numpy_archive(canary: Path) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, hypothesis=np.array([Touch(canary)], dtype=object))
    return buffer.getvalue()


def pandas_file(canary: Path) -> bytes:
    return pickle.dumps(pd.DataFrame({"id": ["a"], "hypothesis": [Touch(canary)]}))


def safetensors_file(canary: Path) -> bytes:
    header = json.dumps({"__metadata__": {"pickle": pickled(canary).hex()}, "w": {"dtype": "O"}}).encode()
    return len(header).to_bytes(8, "little") + header + pickled(canary)


FILES: dict[str, Callable[[Path], bytes]] = {
    "model.pt": torch_file,
    "model.ckpt": old_torch_file,
    "lines.npy": numpy_file,
    "lines.npz": numpy_archive,
    "table.pkl": pandas_file,
    "weights.safetensors": safetensors_file,
}


@pytest.mark.parametrize("name", FILES)
def test_every_way_in_refuses_it(name: str, scene: Scene) -> None:
    """Given as a data set, beside the lines of one, as predictions, as a bundle, and as a study."""
    file = scene.root / name
    file.write_bytes(FILES[name](scene.canary))
    for arguments in (
        ("datasets", "check", file),
        ("datasets", "add", "lines", file),
        ("score", file),
        ("compare", file, file),
        ("bundle", "--open", file),
        ("run", file),
    ):
        code, told = scene.command(*arguments)
        assert code == 2, told
        assert told.startswith("Error: "), told
        assert "--help" not in told, told
        assert "Traceback" not in told
    folder = scene.root / "set"
    folder.mkdir()
    for at in range(3):
        draw_strokes("باب").save(folder / f"{at}.png")
        (folder / f"{at}.txt").write_text("باب", encoding="utf-8")
    shutil.copy(file, folder / name)
    code, told = scene.command("datasets", "add", "lines", folder)
    assert code == 0, told


@pytest.mark.parametrize("name", FILES)
def test_none_becomes_the_run_of_another_system(name: str, scene: Scene) -> None:
    plan, _ = finished_study(scene.workspace.root, seeds=(0,), k_lines=(100,))
    file = scene.root / name
    file.write_bytes(FILES[name](scene.canary))
    code, told = scene.command(
        "import", file, "--study", plan.study.name, "--architecture", "x", "--target", "khatt", "--k", "7"
    )
    assert (code, "Error: " in told) == (2, True), told


def test_a_checkpoint_of_a_run_is_not_unpickled(workspace: Workspace, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    plan = list(prepare(workspace, small_study(targets=["arabic"], regimes=["single"]), Control()))[-1]
    assert isinstance(plan, Plan)
    (run,), store = plan.run_ids, RunStore(workspace)
    for content in (torch_file(canary), old_torch_file(canary), pickled(canary)):
        shutil.rmtree(store.folder(run), ignore_errors=True)
        store.save_spec(plan.specs[run])
        (store.folder(run) / "checkpoint-1.pt").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        log = (
            RunStarted(run=run, steps=6, steps_per_epoch=1, targets=("arabic",), parameters=1, device="cpu",
                       threads=1, frame_px=8),
            CheckpointSaved(run=run, step=1, path="checkpoint-1.pt", sha256=digest, bytes=len(content)),
        )  # fmt: skip
        store.events_file(run).write_text("".join(f"{to_log_line(event)}\n" for event in log))
        events = list(run_study(workspace, plan, executor=InlineExecutor(workspace, device="cpu"), control=Control()))
        assert isinstance(events[-1], RunFailed), events
        assert "checkpoint-1.pt" in events[-1].reason
        assert "cannot be used" in events[-1].reason
    assert not canary.exists()


def a_spec(**changes: object) -> RunSpec:
    _, store = changes.pop("study")  # pyright: ignore[reportGeneralTypeIssues]
    spec = store.spec(store.run_ids()[0])
    return spec.model_copy(update={"architecture": architecture_spec("small-cnn"), **changes})


@pytest.mark.parametrize("make", [safetensors_file, torch_file, pickled])
def test_weights_are_not_unpickled(make: Callable[[Path], bytes], scene: Scene) -> None:
    """Neither those that a probe reads with, nor those that a second stage begins with."""
    study = finished_study(scene.workspace.root, seeds=(0,), k_lines=(100,))
    spec = a_spec(study=study, start=StartSpec(run="first", takes="network", steps=1))
    content = make(scene.canary)
    (scene.workspace.runs / "first").mkdir()
    (scene.workspace.runs / "first" / "last.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="weights of run first cannot be taken"):
        take_first_weights(build(spec.architecture, len(spec.alphabet) + 1), spec, scene.workspace.runs)
    probed = Probed(
        run="first", target="khatt", selection="last", weights_path="last.safetensors",
        weights_sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    with pytest.raises(RunError, match=r"last.safetensors of run first cannot be used"):
        load_network(spec, scene.workspace.runs / "first", probed, torch.device("cpu"))


def hostile_schema(canary: Path) -> pyarrow.Schema:
    """What older versions of pyarrow unpickled when they opened a file."""
    told = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": pickled(canary)}
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    return pyarrow.schema(
        [pyarrow.field("image", image), pyarrow.field("text", pyarrow.string(), metadata=told)],
        metadata={b"pandas": pickled(canary), b"huggingface": pickled(canary)},
    )


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_tables_of_columns_are_not_unpickled(form: str, scene: Scene) -> None:
    buffer = io.BytesIO()
    draw_strokes("باب").save(buffer, "PNG")
    rows = [{"image": {"bytes": buffer.getvalue(), "path": f"{at}.png"}, "text": "باب"} for at in range(4)]
    table = pyarrow.Table.from_pylist(rows, schema=hostile_schema(scene.canary))
    folder = scene.root / "set"
    (folder / "data").mkdir(parents=True)
    path = folder / f"data/train-00000-of-00001.{form}"
    if form == "parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    for given in (folder, path):
        code, told = scene.command("datasets", "check", given)
        assert code in (0, 2), told
        assert "Traceback" not in told


def test_files_of_the_caches_are_not_unpickled(scene: Scene) -> None:
    finished_study(scene.workspace.root, seeds=(0,), k_lines=(100,))
    content = pickled(scene.canary)
    cache = scene.workspace.cache / "0123456789abcdef-ink"
    places = (cache / "index.json", cache / "pixels.bin", scene.workspace.cache / "sets/khatt.json",
              scene.workspace.cache / "measured.json", settings.cache_folder() / "log/htr-workbench.log",
              scene.workspace.root / "marks/khatt.json", settings.settings_file())  # fmt: skip
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    code, told = scene.command("verify")
    assert code == 1, told
    assert "its index is missing or damaged" in told
    code, told = scene.command("doctor", "--report", scene.root / "report.zip")
    assert "Traceback" not in told
    with zipfile.ZipFile(scene.root / "report.zip") as report:
        assert report.testzip() is None
    index = settings.cache_folder() / "predictions/x/index.sqlite"
    index.parent.mkdir(parents=True)
    with sqlite3.connect(index) as connection:
        connection.execute("CREATE TABLE facts (value)")
        connection.execute("INSERT INTO facts VALUES (?)", (content,))
    connection.close()
    assert ReadingIndex.open(index) is None


def test_modules_in_the_folder_of_the_user_are_not_imported(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who trains from inside the folder of a data set must not run what lies there."""
    folder, canary = tmp_path / "downloaded", tmp_path / "canary"
    folder.mkdir()
    for name in ("torch", "numpy", "argparse", "psutil", "json", "tests", "workbench", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').close()\n")
    monkeypatch.chdir(folder)
    plan = list(prepare(workspace, small_study(targets=["arabic"], regimes=["single"]), Control()))[-1]
    assert isinstance(plan, Plan)
    executor = LocalExecutor(workspace, device="cpu", processes=1, trainer=f"{HERE}:train")
    events = list(run_study(workspace, plan, executor=executor, control=Control()))
    assert isinstance(events[-1], RunFinished), events
    assert not canary.exists()

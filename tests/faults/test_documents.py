"""Study files, and every file that the program keeps, with anything in them: a value or one sentence, never a crash."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analysis.finished import finished_study
from tests.faults.documents import CASES, FIXED_JSON, FIXED_TOML, VALUES, as_json, as_toml, mutated
from workbench.data.cache import LineCache
from workbench.data.datasets_file import load_catalog
from workbench.data.line_marks import read_marks
from workbench.data.review import load_review
from workbench.data.sealed import read_sealed
from workbench.errors import WorkbenchError
from workbench.execution.measuring import load_measured
from workbench.execution.queue import load_order
from workbench.runs.attached import load_attached, load_imported
from workbench.runs.lock import holder
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.settings import load as load_settings
from workbench.study.grid import expand
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, parse_study

FEW = max(10, CASES // 10)
SAME_FOLDER = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

GOOD_STUDY: dict[str, Any] = {
    **Study(name="a").model_dump(mode="json", by_alias=True, exclude_none=True),
    "targets": ["x", "y"],
    "target_rules": {"x": {"exclude": ["a"], "exclude_from_test": True}},
    "leakage": {"decisions": [{"kind": "text", "left": "x/train", "right": "x/test", "decision": "accept"}]},
    "only": [{"architectures": ["small-cnn"], "k_lines": [100]}],
}


def complaint(read: Callable[[], object]) -> str:
    """What the user is told, empty where something could be read. Anything but a sentence is a crash."""
    try:
        read()
    except WorkbenchError as error:
        return str(error)
    return ""


@settings(max_examples=CASES, suppress_health_check=SAME_FOLDER)
@given(mutated(GOOD_STUDY))
def test_a_study_file_is_a_study_or_a_sentence(value: Any) -> None:
    if isinstance(value, dict):
        text = "\n".join(f"{json.dumps(str(key))} = {as_toml(inner)}" for key, inner in value.items())
    else:
        text = as_toml(value)
    said = complaint(lambda: parse_study(text, "any.toml"))
    assert not said or "any.toml" in said
    assert len(said) < 2_000


@pytest.mark.parametrize("at", range(len(FIXED_TOML)))
def test_study_files_that_no_search_finds(at: int, tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(FIXED_TOML[at].encode("utf-8", "surrogatepass"))
    said = complaint(lambda: load_study(path))
    assert "any.toml" in said
    assert len(said) < 2_000


def test_a_wrong_value_is_named_with_its_path() -> None:
    for key, value, path in (
        ("seeds", "[1e400]", "seeds.0"),
        ("seeds", '[0, "x"]', "seeds.1"),
        ("training", "{learning_rate = inf}", "training.learning_rate"),
        ("training", "{weight_decay = nan}", "training.weight_decay"),
        ("draws", "99999999999999999999", "draws"),
        ("k_lines", f"[{'9' * 30}]", "k_lines.0"),
        ("budgets", f'["{"9" * 30} steps"]', "budgets.0"),
        ("preprocessing", "{line_height_px = 99999999999999999999}", "preprocessing.line_height_px"),
        ("budgets", '["1 steps", 7]', "budgets.1"),
        ("target_rules", "{x = {exclude = [[1]]}}", "target_rules.x"),
    ):
        with pytest.raises(WorkbenchError) as caught:
            parse_study(f'name = "a"\n{key} = {value}', "any.toml")
        assert path in str(caught.value), str(caught.value)


def test_a_study_of_too_many_runs_is_refused_before_they_are_counted_out() -> None:
    axes = {"draws": 1_000, "seeds": tuple(range(1_000)), "k_lines": tuple(range(1, 1_000))}
    with pytest.raises(WorkbenchError, match="more than 100,000 runs"):
        expand(Study.model_validate({"name": "a", "regimes": ["single"], **axes}), ("x", "y"))


Reader = Callable[[Workspace, str], object]


def _run(read: Callable[[RunStore, str], object]) -> Reader:
    return lambda workspace, run: read(RunStore(workspace), run)


def catalog_file(workspace: Workspace, _: str) -> Path:
    return workspace.datasets_file


KEPT: dict[str, tuple[Callable[[Workspace, str], Path], Reader]] = {
    "plan.json": (lambda w, _: w.plan_file("made up"), lambda w, _: load_plan(w.plan_file("made up"))),
    "queue.json": (lambda w, _: w.queue_file("made up"), lambda w, _: load_order(w.queue_file("made up"))),
    "attached.json": (lambda w, _: w.attached_file("made up"), lambda w, _: load_attached(w, "made up")),
    "spec.json": (lambda w, run: RunStore(w).spec_file(run), _run(lambda store, run: store.spec(run))),
    "result.json": (lambda w, run: RunStore(w).result_file(run), _run(lambda store, run: store.record(run))),
    "environment.json": (
        lambda w, run: RunStore(w).environment_file(run),
        _run(lambda store, run: store.environment(run)),
    ),
    "imported.json": (lambda w, run: w.runs / run / "imported.json", lambda w, run: load_imported(w, run)),
    "marks": (lambda w, _: w.marks_file("khatt"), lambda w, _: read_marks(w.marks_file("khatt"))),
    "steps of reviews": (lambda w, _: w.review_steps_file("khatt"), lambda w, _: load_review(w, "khatt")),
    "measured.json": (lambda w, _: w.cache / "measured.json", lambda w, _: load_measured(w)),
    "lock": (lambda w, _: w.lock_file.with_name(".lock.json"), lambda w, _: holder(w)),
    "settings.json": (lambda w, _: w.root.parent / "config/settings.json", lambda w, _: load_settings()),
}
"""By name: where it lies, and what reads it."""


@pytest.fixture
def place(tmp_path: Path) -> tuple[Workspace, str]:
    _, store = finished_study(tmp_path / "place", seeds=(0,), k_lines=(100,))
    store.workspace.queue_file("made up").write_text('{"schema":1,"order":["a"]}')
    for path, text in (
        (store.workspace.marks_file("khatt"), '{"schema":1,"lines":{"a":{"bookmarked":true,"note":"x"}}}'),
        (store.workspace.lock_file.with_name(".lock.json"), '{"pid":1,"created":1.0,"since":"now"}'),
        (tmp_path / "config/settings.json", '{"last_workspace":"x","recent_workspaces":["x"]}'),
        (
            store.workspace.cache / "measured.json",
            '{"schema":1,"machine":"x","training_version":3,"kinds":[],"rows":[{"targets":["a"],"bytes":1}]}',
        ),
        (
            store.workspace.review_steps_file("khatt"),
            '{"schema":1,"steps":[{"kind":"label","line_id":"a","added":[],"removed":null,"at":"x"}]}',
        ),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return store.workspace, store.run_ids()[0]


def check(name: str, text: str, place: tuple[Workspace, str]) -> None:
    """Whatever the file says: a value, or one sentence."""
    path_of, read = KEPT[name]
    path = path_of(*place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    complaint(lambda: read(*place))


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_file_with_anything_in_it(name: str, place: tuple[Workspace, str]) -> None:
    path = KEPT[name][0](*place)
    good: Any = {}
    with suppress(OSError):
        good = json.loads(path.read_text(encoding="utf-8"))

    @settings(max_examples=FEW, suppress_health_check=SAME_FOLDER)
    @given(mutated(good))
    def search(value: Any) -> None:
        check(name, as_json(value), place)

    search()
    for text in FIXED_JSON:
        check(name, text, place)


def test_a_log_of_events_with_anything_in_it(place: tuple[Workspace, str]) -> None:
    """With the right sums, as whoever changes a log on purpose would write them."""
    import zlib

    workspace, run = place
    store = RunStore(workspace)
    log = store.events_file(run).read_text(encoding="utf-8").splitlines()
    good = [json.loads(line.partition(" ")[2]) for line in log]

    @settings(max_examples=FEW, suppress_health_check=SAME_FOLDER)
    @given(mutated(good))
    def search(value: Any) -> None:
        rows = value if isinstance(value, list) else [value]
        lines = (as_json(row).encode("utf-8", "surrogatepass") for row in rows)
        store.events_file(run).write_bytes(b"".join(b"%08x %s\n" % (zlib.crc32(line), line) for line in lines))
        for read in (store.history, store.state, store.record, store.resume_point, store.rebuilt):
            with suppress(WorkbenchError):
                read(run)

    search()
    for text in FIXED_JSON:
        line = text.encode("utf-8", "surrogatepass")
        store.events_file(run).write_bytes(b"%08x %s\n" % (zlib.crc32(line), line))
        assert store.state(run) == "finished", "its result is whole"


def test_a_list_of_data_sets_with_anything_in_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    entry = {"path": "lines", "form": "pairs", "language": "ar", "fingerprint": "0", "overrides": {"language": "ar"}}

    def check_text(text: str) -> None:
        workspace.datasets_file.write_bytes(text.encode("utf-8", "surrogatepass"))
        said = complaint(lambda: load_catalog(workspace))
        assert not said or "datasets.toml" in said
        assert len(said) < 3_000

    @settings(max_examples=FEW, suppress_health_check=SAME_FOLDER)
    @given(mutated({"schema": 1, "datasets": {"lines": entry}}))
    def search(value: Any) -> None:
        rows = value.items() if isinstance(value, dict) else [("datasets", value)]
        check_text("\n".join(f"{json.dumps(str(key))} = {as_toml(inner)}" for key, inner in rows))

    search()
    for text in FIXED_TOML:
        check_text(text)


@settings(max_examples=FEW, suppress_health_check=SAME_FOLDER)
@given(st.lists(st.tuples(st.sampled_from(["version", "bytes", "lines", "fingerprint", "cropped", "x"]), VALUES)))
def test_sealed_files_by_another_hand(tmp_path: Path, rows: list[tuple[str, Any]]) -> None:
    """The checksum of a cache is right, and its content is anything."""
    import hashlib

    body = "".join(f"{as_json([name, value])}\n" for name, value in [("version", 1), *rows]).encode()
    (tmp_path / "pixels.bin").write_bytes(b"123456")
    sealed = f"htr-workbench sealed 2 {hashlib.sha256(body).hexdigest()}\n".encode() + body
    (tmp_path / "index.json").write_bytes(sealed)
    read_sealed(tmp_path / "index.json")
    with pytest.raises(WorkbenchError):
        LineCache.open(tmp_path)

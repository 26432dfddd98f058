"""Events on disk before they are seen; what a run folder holds, whatever happened to it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.test_history import checkpoint, evaluated, finished, logged, parted, started
from workbench.errors import WorkspaceError
from workbench.files import sha256_of
from workbench.runs.events import CheckpointSaved, RunEvent, RunFailed, RunFinished, RunInterrupted, RunResumed
from workbench.runs.history import fold
from workbench.runs.record import RunRecord, record
from workbench.runs.spec import ArchitectureSpec, RunSpec, StartSpec, TargetSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Preprocessing, Training


def make_spec(**changes: object) -> RunSpec:
    target = TargetSpec(
        name="a", language="ar", fingerprint="f" * 64, train_ids=("1", "2"), validation_ids=("3",), test_ids=("4",),
        test_clusters=("w",), cluster_unit="writers",
    )  # fmt: skip
    spec = RunSpec(
        architecture=ArchitectureSpec(name="small-cnn", sizes={"n": 1}), preprocessing=Preprocessing(),
        normalisation=(), training=Training(), steps=9, validate_every_steps=3, k=2, draw=0, seed=0,
        alphabet=("ا",), targets=(target,),
    )  # fmt: skip
    return spec.model_copy(update=changes)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path))


@pytest.fixture
def spec(store: RunStore) -> RunSpec:
    spec = make_spec()
    store.save_spec(spec)
    return spec


def of(spec: RunSpec, *events: RunEvent) -> list[RunEvent]:
    return [event.model_copy(update={"run": spec.id}) for event in events]


def saved(store: RunStore, spec: RunSpec, step: int) -> CheckpointSaved:
    path = store.folder(spec.id) / f"c{step}"
    path.write_bytes(b"state")
    return CheckpointSaved(run=spec.id, step=step, path=path.name, sha256=sha256_of(path), bytes=5)


def write(store: RunStore, events: list[RunEvent]) -> None:
    assert list(record(iter(events), store)) == events


def test_an_event_is_on_disk_before_it_is_seen(store: RunStore, spec: RunSpec) -> None:
    told = of(spec, started(), logged(1), logged(2))
    for seen, event in enumerate(record(iter(told), store), start=1):
        assert store.events(spec.id).events[-1] == event
        assert len(store.events(spec.id).events) == seen


def test_the_previous_checkpoint_goes_only_when_the_next_is_durable(
    store: RunStore, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (saved(store, spec, step) for step in (3, 6, 9))
    write(store, [*of(spec, started()), first, second])
    assert not (store.folder(spec.id) / first.path).exists()
    assert store.resume_point(spec.id) == second
    monkeypatch.setattr("workbench.files.os.fsync", _fails)
    with pytest.raises(WorkspaceError, match="disk"):
        write(store, [third])
    assert (store.folder(spec.id) / second.path).is_file()


def _fails(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_checkpoint_that_is_not_yet_named_is_left_alone(store: RunStore, spec: RunSpec) -> None:
    """The process that trains may be one checkpoint ahead of the log."""
    first, second = saved(store, spec, 3), saved(store, spec, 6)
    write(store, [*of(spec, started()), first])
    assert (store.folder(spec.id) / second.path).is_file()


def test_a_second_stage_counts_the_updates_that_its_first_stage_made(store: RunStore, spec: RunSpec) -> None:
    """Not those that were planned: a run may end early."""
    write(store, of(spec, started(), logged(6), evaluated(), finished().model_copy(update={"steps": 6})))
    start = StartSpec(run=spec.id, takes="network", steps=spec.steps)
    second = make_spec(start=start)
    store.save_spec(second)
    write(store, of(second, started(), logged(9), evaluated(), finished()))
    found = store.record(second.id)
    assert found is not None
    assert (found.steps, found.prior_steps, second.prior_steps) == (9, 6, 9)
    store.result_file(second.id).unlink()
    assert store.record(second.id) == found, "the log tells the same"


def test_the_result_comes_last_and_the_checkpoint_goes(store: RunStore, spec: RunSpec) -> None:
    store.environment_file(spec.id).write_text(json.dumps({"python": "3"}))
    last = saved(store, spec, 9)
    seen: list[bool] = []
    for _ in record(iter([*of(spec, started(), logged(9)), last, *of(spec, evaluated(), finished())]), store):
        seen.append(store.result_file(spec.id).is_file())
    assert seen == [False, False, False, False, True]
    assert not (store.folder(spec.id) / last.path).exists()
    found = store.record(spec.id)
    assert found is not None
    assert store.scan() == {spec.id: found}
    assert (found.state, found.architecture, found.k, found.steps) == ("finished", "small-cnn", 2, 9)
    assert (found.parameters, found.environment, found.origin) == (5, {"python": "3"}, "trained")
    assert found.evaluation("a", "test", "last") == of(spec, evaluated())[0]
    assert found.evaluation("a", "test", "best") is None
    assert RunRecord.model_validate_json(store.result_file(spec.id).read_bytes()) == found


def test_an_early_end_and_short_memory_are_part_of_the_result(store: RunStore, spec: RunSpec) -> None:
    early = RunFinished(run="x", steps=6, predictions_sha256="0")
    write(store, of(spec, started(), parted(2, 4), logged(6), evaluated(), early))
    found = store.record(spec.id)
    assert found is not None
    assert (found.steps, found.is_stopped_early, found.batch_parts) == (6, True, 4)
    assert RunRecord.model_validate_json(store.result_file(spec.id).read_bytes()) == found


def test_events_of_several_runs_go_to_their_own_logs(store: RunStore, spec: RunSpec) -> None:
    other = make_spec(seed=1)
    store.save_spec(other)
    assert other.id != spec.id
    mixed = [*of(spec, started()), *of(other, started()), *of(spec, logged(1)), *of(other, logged(1), logged(2))]
    write(store, mixed)
    assert len(store.events(spec.id).events) == 2
    assert len(store.events(other.id).events) == 3
    assert store.run_ids() == tuple(sorted((spec.id, other.id)))


def test_half_a_line_is_dropped_with_a_note(store: RunStore, spec: RunSpec, caplog: pytest.LogCaptureFixture) -> None:
    write(store, of(spec, started(), logged(1)))
    with store.events_file(spec.id).open("ab") as file:
        file.write(b"1234abcd {half")
    assert len(store.events(spec.id).events) == 2
    with caplog.at_level(logging.INFO):
        write(store, of(spec, logged(2)))
    assert "half a line" in caplog.text
    log = store.events(spec.id)
    assert (len(log.events), log.damaged_lines) == (3, ())


def test_a_damaged_log_is_not_continued(store: RunStore, spec: RunSpec) -> None:
    write(store, of(spec, started(), logged(1), logged(2)))
    content = store.events_file(spec.id).read_bytes().splitlines(keepends=True)
    store.events_file(spec.id).write_bytes(content[0] + b"rubbish\n" + content[2])
    with pytest.raises(WorkspaceError, match="line 2") as caught:
        write(store, of(spec, logged(3)))
    assert str(store.folder(spec.id)) in caught.value.hint


def test_a_damaged_log_tells_no_result(store: RunStore, spec: RunSpec) -> None:
    """What its lost lines said might be a part of the result: none is better than one with gaps."""
    write(store, of(spec, started(), evaluated(edits=1), finished()))
    whole = store.record(spec.id)
    assert whole is not None
    store.result_file(spec.id).unlink()
    assert store.record(spec.id) == whole
    content = store.events_file(spec.id).read_bytes().splitlines(keepends=True)
    store.events_file(spec.id).write_bytes(content[0] + b"rubbish\n" + b"".join(content[2:]))
    assert store.record(spec.id) is None
    assert (store.state(spec.id), store.is_finished(spec.id)) == ("interrupted", False)


def test_closing_closes_what_is_read(store: RunStore, spec: RunSpec) -> None:
    closed: list[bool] = []

    def source() -> Iterator[RunEvent]:
        try:
            yield from of(spec, started(), logged(1))
        finally:
            closed.append(True)

    events = record(source(), store)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert len(store.events(spec.id).events) == 1


def test_states_on_disk(store: RunStore, spec: RunSpec) -> None:
    assert store.state(spec.id) == "planned"
    write(store, of(spec, started(), logged(1)))
    assert store.state(spec.id) == "interrupted", "nobody runs it"
    write(store, of(spec, RunFailed(run="x", step=1, kind="error", reason="x")))
    assert store.state(spec.id) == "failed"
    write(
        store, of(spec, RunResumed(run="x", step=0, device="cpu"), RunFailed(run="x", step=1, kind="died", reason="x"))
    )
    assert store.state(spec.id) == "interrupted", "it goes on like any other"
    write(store, of(spec, RunInterrupted(run="x", step=1, reason="cancelled")))
    assert store.state(spec.id) == "interrupted"
    write(store, of(spec, started(), evaluated(edits=10), finished()))
    assert store.state(spec.id) == "collapsed"
    assert store.is_finished(spec.id)


@pytest.mark.parametrize("spoil", [b"STATE", b"longer than it was", None])
def test_a_checkpoint_that_is_not_what_was_written_is_not_used(
    store: RunStore, spec: RunSpec, spoil: bytes | None
) -> None:
    point = saved(store, spec, 3)
    write(store, [*of(spec, started()), point])
    assert store.resume_point(spec.id) == point
    path = store.folder(spec.id) / point.path
    if spoil is None:
        path.unlink()
    else:
        path.write_bytes(spoil)
    assert store.resume_point(spec.id) is None


def test_sweeping_keeps_the_named_checkpoint(store: RunStore, spec: RunSpec) -> None:
    folder = store.folder(spec.id)
    names = ("checkpoint-3.pt", "checkpoint-6.pt", ".checkpoint-9.pt.x.part", "last.safetensors")
    for name in names:
        (folder / name).write_bytes(b"state")
    store.sweep(spec.id, keep=checkpoint(3).model_copy(update={"path": "checkpoint-3.pt"}))
    assert {path.name for path in folder.iterdir()} == {"checkpoint-3.pt", "last.safetensors", "spec.json"}


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"schema": 2}'])
def test_a_foreign_result_is_no_result(store: RunStore, spec: RunSpec, content: bytes) -> None:
    store.result_file(spec.id).write_bytes(content)
    assert store.scan() == {}
    assert store.record(spec.id) is None
    assert store.state(spec.id) == "planned"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]"])
def test_foreign_files_in_a_run_folder(store: RunStore, spec: RunSpec, content: bytes) -> None:
    store.spec_file(spec.id).write_bytes(content)
    store.environment_file(spec.id).write_bytes(content)
    assert store.spec(spec.id) is None
    assert store.environment(spec.id) == {}


def test_a_scan_sees_a_result_that_changed(store: RunStore, spec: RunSpec) -> None:
    write(store, of(spec, started(), evaluated(), finished()))
    (before,) = store.scan().values()
    changed = before.model_copy(update={"seconds": 12345.0})
    store.result_file(spec.id).write_text(changed.model_dump_json(by_alias=True))
    assert store.scan()[spec.id].seconds == 12345.0


def test_a_run_that_begins_anew_keeps_its_old_log(store: RunStore, spec: RunSpec) -> None:
    for _ in range(2):
        write(store, of(spec, started(), evaluated(edits=10), finished()))
        store.begin_anew(spec.id)
        assert store.state(spec.id) == "planned"
    assert sorted(path.name for path in store.folder(spec.id).glob("*.jsonl")) == ["events-1.jsonl", "events-2.jsonl"]


def test_the_store_reads_the_fold(store: RunStore, spec: RunSpec) -> None:
    told = of(spec, started(), logged(1), logged(2))
    write(store, told)
    assert store.history(spec.id) == fold(spec.id, told)


def test_a_log_that_cannot_be_read_is_not_cut_off(
    store: RunStore, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails while the log is read: it must not count as a log in which nothing is whole."""
    write(store, of(spec, started(), logged(1)))
    content = store.events_file(spec.id).read_bytes()
    usual = Path.open

    def failing(path: Path, mode: str = "r", **options: object) -> object:
        if path.name == "events.jsonl" and mode == "rb":
            raise OSError(5, "Input/output error")
        return usual(path, mode, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(WorkspaceError, match="Input/output error"):
        list(record(iter(of(spec, logged(2))), store))
    monkeypatch.undo()
    assert store.events_file(spec.id).read_bytes() == content

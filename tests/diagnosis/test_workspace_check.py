"""Nothing that was damaged passes as whole, and nothing that is whole is called damaged."""

import csv
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.diagnosis.conftest import planned, train
from workbench.data.verification_log import LABELS, LogRow, VerificationLog, write_log
from workbench.diagnosis.findings import REMEDIES, REPAIRED, Finding
from workbench.diagnosis.repair import SET_ASIDE, repair
from workbench.diagnosis.run_folder import check_run
from workbench.diagnosis.workspace_check import Checked, check_workspace
from workbench.errors import WorkspaceError
from workbench.files import sha256_of
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved
from workbench.runs.lock import Holder
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


def findings(workspace: Workspace) -> list[Finding]:
    return [value for value in check_workspace(workspace, Control()) if isinstance(value, Finding)]


def content(workspace: Workspace) -> dict[str, str]:
    """Digest of every file, but for the lock's."""
    return {
        path.relative_to(workspace.root).as_posix(): sha256_of(path)
        for path in sorted(workspace.root.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def finished(workspace: Workspace) -> str:
    return load_plan(workspace.plan_file("small")).run_ids[0]


def stopped(workspace: Workspace) -> str:
    return load_plan(workspace.plan_file("stopped")).run_ids[0]


def flip(path: Path, at: int | None = None) -> None:
    """Turn one bit of a byte, the middle one by default."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 if at is None else at] ^= 1
    path.write_bytes(raw)


def test_a_whole_workspace_is_called_whole_and_left_as_it_is(workspace: Workspace) -> None:
    before = content(workspace)
    told = list(check_workspace(workspace, Control()))
    assert all(isinstance(value, Checked) for value in told), told
    assert [value.done for value in told if isinstance(value, Checked)] == list(range(1, len(told) + 1))
    assert told[-1].done == told[-1].total == len(told)
    kinds = [value.kind for value in told if isinstance(value, Checked)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "run": 4, "study": 2, "list of data sets": 1, "data set": 2, "cache": 2, "workspace": 2,
    }  # fmt: skip
    assert content(workspace) == before


def test_an_empty_workspace_is_whole(tmp_path: Path) -> None:
    assert findings(Workspace(tmp_path)) == []


def test_a_check_can_be_cancelled(workspace: Workspace) -> None:
    control = Control()
    told = []
    for value in check_workspace(workspace, control):
        told.append(value)
        control.request("cancel")
    assert [(value.done, value.total > 1) for value in told if isinstance(value, Checked)] == [(1, True)]


# Runs

Damage = Callable[[RunStore, str], None]


def without(name: str) -> Damage:
    return lambda store, run: (store.folder(run) / name).unlink()


def flipped(name: str) -> Damage:
    return lambda store, run: flip(store.folder(run) / name)


def written(name: str, text: str) -> Damage:
    return lambda store, run: (store.folder(run) / name).write_text(text, encoding="utf-8") and None


def cut(name: str) -> Damage:
    return lambda store, run: os.truncate(store.folder(run) / name, 100)


def another_spec(store: RunStore, run: str) -> None:
    other = next(each for each in load_plan(store.workspace.plan_file("small")).run_ids if each != run)
    shutil.copyfile(store.spec_file(other), store.spec_file(run))


def another_cluster(store: RunStore, run: str) -> None:
    """What no id and no digest covers: whose lines they are."""
    text = store.spec_file(run).read_text(encoding="utf-8")
    spec = json.loads(text)
    spec["targets"][0]["test_clusters"][0] = "nobody"
    store.spec_file(run).write_text(json.dumps(spec), encoding="utf-8")


def other_numbers(store: RunStore, run: str) -> None:
    result = json.loads(store.result_file(run).read_text(encoding="utf-8"))
    result["evaluations"][0]["edits"] -= 1
    store.result_file(run).write_text(json.dumps(result), encoding="utf-8")


def half_a_file(store: RunStore, run: str) -> None:
    (store.folder(run) / ".predictions.csv.x.part").write_bytes(b"line_id,tar")


OF_A_FINISHED_RUN: list[tuple[Damage, str, str]] = [
    (without("result.json"), "result", "result.json"),
    (cut("result.json"), "result", "result.json"),
    (other_numbers, "result", "result.json"),
    (half_a_file, "leftover", ".predictions.csv.x.part"),
    (without("predictions.csv"), "run", "predictions.csv"),
    (flipped("predictions.csv"), "run", "predictions.csv"),
    (without("spec.json"), "run", "spec.json"),
    (cut("spec.json"), "run", "spec.json"),
    (another_spec, "run", "spec.json"),
    (another_cluster, "other", "predictions.csv"),
    (flipped("events.jsonl"), "record", "events.jsonl"),
    (without("events.jsonl"), "record", "events.jsonl"),
    (without("environment.json"), "record", "environment.json"),
    (flipped("last.safetensors"), "weights", "last.safetensors"),
    (without("last.safetensors"), "weights", "last.safetensors"),
]


@pytest.mark.parametrize(("damage", "fault", "name"), OF_A_FINISHED_RUN)
def test_damage_of_a_finished_run(workspace: Workspace, damage: Damage, fault: str, name: str) -> None:
    run, store = finished(workspace), RunStore(workspace)
    before = content(workspace)
    damage(store, run)
    found = findings(workspace)
    assert {(each.fault, each.place) for each in found} == {(fault, f"runs/{run}/{name}")}
    done = list(repair(workspace, found))
    assert len(done) == (len(found) if fault in REPAIRED else 0)
    if fault in ("result", "leftover"):
        assert content(workspace) == before
    if fault == "run":
        assert not store.folder(run).exists()
        assert (workspace.root / SET_ASIDE / "runs" / run).is_dir(), "nothing is deleted"
        train(workspace, planned(workspace))
        again = content(workspace)
        for kept in ("predictions.csv", "last.safetensors", "spec.json"):
            assert again[f"runs/{run}/{kept}"] == before[f"runs/{run}/{kept}"], "trained anew, it is the same"
    if fault in REPAIRED:
        assert findings(workspace) == []


def test_two_faults_in_one_folder_are_both_told(workspace: Workspace) -> None:
    run, store = finished(workspace), RunStore(workspace)
    without("result.json")(store, run)
    flipped("events.jsonl")(store, run)
    (found,) = findings(workspace)
    assert (found.fault, found.place) == ("run", f"runs/{run}/events.jsonl"), "what is left tells no result"
    assert "damaged lines" in found.what


def test_a_checkpoint_that_is_damaged(workspace: Workspace) -> None:
    run, store = stopped(workspace), RunStore(workspace)
    saved = store.resume_point(run)
    assert saved is not None
    flip(store.folder(run) / saved.path)
    found = findings(workspace)
    assert [(each.fault, each.place) for each in found] == [("checkpoint", f"runs/{run}/{saved.path}")]
    assert f"step {saved.step}" in found[0].what
    list(repair(workspace, found))
    assert not (store.folder(run) / saved.path).exists()


@pytest.mark.parametrize("name", ["events.jsonl", "predictions.csv", "last.safetensors", "result.json"])
def test_no_flipped_bit_passes(workspace: Workspace, name: str) -> None:
    """At places drawn at random, wherever in the file."""
    store, run = RunStore(workspace), finished(workspace)
    path = store.folder(run) / name
    whole = path.read_bytes()
    choose = random.Random(name)
    for _ in range(25):
        at = choose.randrange(len(whole))
        flip(path, at)
        told = [each for each in findings(workspace) if each.place.startswith(f"runs/{run}/")]
        assert told, at
        path.write_bytes(whole)


def test_what_another_program_is_writing_is_no_fault(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    half_a_file(RunStore(workspace), stopped(workspace))
    (workspace.studies / "small" / ".plan.json.x.part").write_bytes(b"{")
    assert [each.fault for each in findings(workspace)] == ["leftover", "leftover"]
    other = Holder(pid=1, created=0.0, since="2026-01-01 10:00")
    monkeypatch.setattr("workbench.diagnosis.workspace_check.holder", lambda _: other)
    assert findings(workspace) == []


def test_a_write_in_the_middle_of_a_look_is_no_fault(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that is replaced between the reading of the log and of the file."""
    store, run = RunStore(workspace), stopped(workspace)
    real, looks = RunStore.resume_point, [0]

    def resume_point(self: RunStore, run: str) -> CheckpointSaved | None:
        looks[0] += 1
        return None if looks[0] == 1 else real(self, run)

    monkeypatch.setattr(RunStore, "resume_point", resume_point)
    assert list(check_run(store, run, in_use=True)) == []
    assert looks == [2]
    looks[0] = 0
    assert [each.fault for each in check_run(store, run)] == ["checkpoint"]
    flip(store.folder(run) / "spec.json", 3)
    assert [each.fault for each in check_run(store, run, in_use=True)] == ["run"]


@contextmanager
def held_by_another(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise WorkspaceError("The workspace is in use")

    with monkeypatch.context() as patch:
        patch.setattr("workbench.diagnosis.repair.WorkspaceLock.acquire", refuse)
        yield


def test_nothing_is_repaired_under_another_program(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    half_a_file(RunStore(workspace), finished(workspace))
    found, before = findings(workspace), content(workspace)
    with held_by_another(monkeypatch), pytest.raises(WorkspaceError, match="in use"):
        list(repair(workspace, found))
    assert content(workspace) == before


# Studies, data sets, notes


def test_a_study_file_is_made_anew_from_its_plan(workspace: Workspace) -> None:
    path = workspace.study_file("small")
    path.write_text("schema = 1\nname = \n", encoding="utf-8")
    found = findings(workspace)
    assert [(each.fault, each.place) for each in found] == [("study", "studies/small/study.toml")]
    list(repair(workspace, found))
    assert findings(workspace) == []
    assert planned(workspace).run_ids == load_plan(workspace.plan_file("small")).run_ids
    assert (workspace.root / SET_ASIDE / "studies/small/study.toml").read_text(encoding="utf-8").endswith("name = \n")


def test_a_plan_and_an_order_that_cannot_be_read(workspace: Workspace) -> None:
    workspace.plan_file("small").write_text("{", encoding="utf-8")
    workspace.queue_file("small").write_text("[1]", encoding="utf-8")
    found = findings(workspace)
    assert [(each.fault, each.place) for each in found] == [
        ("plan", "studies/small/plan.json"), ("order", "studies/small/queue.json"),
    ]  # fmt: skip
    list(repair(workspace, found))
    assert findings(workspace) == []


def test_two_that_are_set_aside_do_not_meet(workspace: Workspace) -> None:
    for text in ("{", "["):
        workspace.plan_file("small").write_text(text, encoding="utf-8")
        list(repair(workspace, findings(workspace)))
    kept = sorted((workspace.root / SET_ASIDE / "studies/small").iterdir())
    assert [path.read_text(encoding="utf-8") for path in kept] == ["{", "["]


@pytest.mark.parametrize("name", ["pixels.bin", "index.json"])
def test_a_cache_is_deleted_and_made_anew(workspace: Workspace, name: str) -> None:
    folder = next(path for path in sorted(workspace.cache.iterdir()) if path.name != "sets")
    before = content(workspace)
    flip(folder / name)
    found = findings(workspace)
    assert [(each.fault, each.place) for each in found] == [("cache", f"cache/{folder.name}")]
    list(repair(workspace, found))
    assert not folder.exists()
    planned(workspace)
    assert content(workspace) == before


def test_what_was_read_of_a_data_set(workspace: Workspace) -> None:
    path = workspace.cache / "sets" / "arabic.json"
    flip(path)
    found = findings(workspace)
    assert [(each.fault, each.place) for each in found] == [("cache", "cache/sets/arabic.json")]
    list(repair(workspace, found))
    planned(workspace)
    assert findings(workspace) == []


def test_data_that_are_gone_and_files_that_people_wrote_are_told_and_left_alone(workspace: Workspace) -> None:
    write_log(workspace.review_file("arabic"), VerificationLog((LogRow("1", LABELS[0]),)))
    marks = workspace.marks_file("persian")
    marks.parent.mkdir()
    marks.write_text('{"schema": 1, "lines": {"a": {"note": "?"}}}', encoding="utf-8")
    workspace.published_file("small").write_text("", encoding="utf-8")
    assert [each.place for each in findings(workspace)] == ["studies/small/published.csv"]
    workspace.published_file("small").unlink()
    workspace.review_file("arabic").write_text("my own notes", encoding="utf-8")
    marks.write_text("{", encoding="utf-8")
    text = workspace.datasets_file.read_text(encoding="utf-8")
    gone = text.replace("/persian", "/nowhere")
    assert gone != text
    workspace.datasets_file.write_text(gone, encoding="utf-8")
    before, found = content(workspace), findings(workspace)
    assert [(each.fault, each.place) for each in found] == [
        ("other", "datasets.toml"), ("other", "reviews/arabic.csv"), ("other", "marks/persian.json"),
    ]  # fmt: skip
    assert "no longer at" in found[0].what
    assert list(repair(workspace, found)) == []
    assert content(workspace) == before


def test_a_list_of_data_sets_of_a_later_program(tmp_path: Path) -> None:
    """What the program says elsewhere is said here too, with its advice: it is not damaged."""
    (tmp_path / "datasets.toml").write_text("schema = 99", encoding="utf-8")
    (found,) = findings(Workspace(tmp_path))
    assert found.what == "datasets.toml has schema 99: this program knows schemas up to 2"
    assert "Use a newer htr-workbench" in found.remedy


def test_every_fault_has_a_remedy() -> None:
    for fault in REMEDIES:
        assert Finding(fault, "here", "gone").can_be_repaired == (fault in REPAIRED)
    assert replace(Finding("cache", "here", "gone"), fault="other").remedy == REMEDIES["other"]


def test_predictions_that_count_otherwise_than_the_result(workspace: Workspace) -> None:
    """The right digest over wrong counts: only a program with a fault would write that."""
    run, store = finished(workspace), RunStore(workspace)
    path = store.predictions_file(run)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index("edits")] = str(int(rows[1][rows[0].index("edits")]) + 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    result = json.loads(store.result_file(run).read_text(encoding="utf-8")) | {"predictions_sha256": sha256_of(path)}
    store.result_file(run).write_text(json.dumps(result), encoding="utf-8")
    store.events_file(run).unlink()
    found = findings(workspace)
    assert [(each.fault, each.place.rpartition("/")[2]) for each in found] == [
        ("record", "events.jsonl"), ("other", "predictions.csv"),
    ]  # fmt: skip
    assert "not those of result.json" in found[1].what

"""A report holds what helps to find a fault, and nothing of the lines."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.execution.small_data import WORDS
from workbench import files, settings
from workbench.data.cache import cache_folder, find_cache
from workbench.diagnosis.doctor import Examined
from workbench.diagnosis.problem_report import TAIL_LINES, collect_report, save_report, write_problem_report
from workbench.errors import InputError
from workbench.runs.events import RunFailed, to_log_line
from workbench.runs.plan import load_plan
from workbench.runs.predictions import read_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

EXAMINED = (Examined("disk", "note", f"{Path.home()}/data is nearly full", "Free some."),)


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def test_what_helps_is_there_and_what_was_read_is_not(workspace: Workspace, tmp_path: Path) -> None:
    log = settings.cache_folder() / "log" / "htr-workbench.log"
    log.parent.mkdir(parents=True)
    log.write_text("\n".join(f"line {number}" for number in range(5_000)), encoding="utf-8")
    store = RunStore(workspace)
    unhappy = {run: store.state(run) for run in store.run_ids() if store.state(run) in ("collapsed", "interrupted")}
    assert set(unhappy.values()) == {"collapsed", "interrupted"}
    names = write_problem_report(tmp_path / "report.zip", workspace, EXAMINED)
    found = read(tmp_path / "report.zip")
    assert tuple(found) == names
    assert json.loads(found["doctor.json"])[0]["said"] == "~/data is nearly full"
    assert found["log/htr-workbench.log"].splitlines() == [f"line {number}" for number in range(4_700, 5_000)]
    for run in unhappy:
        assert json.loads(found[f"runs/{run}/spec.json"])["targets"][0]["test_ids"] == 5
        assert "torch" in found[f"runs/{run}/environment.json"] or not store.environment(run)
        told = [json.loads(line) for line in found[f"runs/{run}/events.jsonl"].splitlines()]
        assert told[0]["type"] == "run_started"
        assert len(told) <= TAIL_LINES
    everything = "\n".join(found.values())
    plan = load_plan(workspace.plan_file("small"))
    words = {word for language in WORDS.values() for word in language}
    hypotheses = {
        row.hypothesis.strip()
        for run in plan.run_ids
        for row in read_predictions(store.predictions_file(run))
        if len(row.hypothesis.strip()) > 2
    }
    ids = {line_id for target in plan.targets for line_id in target.test_ids}
    assert not [each for each in (*words, *hypotheses, *ids) if each in everything]


def test_images_go_in_only_where_they_are_wanted(workspace: Workspace, tmp_path: Path) -> None:
    """Those that a run's fault names; of other runs the first ones."""
    store = RunStore(workspace)
    run = load_plan(workspace.plan_file("stopped")).run_ids[0]
    target = store.spec(run).targets[0]
    plain = {part.name for part in collect_report(workspace, ())}
    assert not any(name.startswith("images/") for name in plain)
    assert b"No image was put" in collect_report(workspace, ())[0].content
    found = {part.name: part for part in collect_report(workspace, (), with_images=True)}
    first = f"images/{target.name}/{target.train_ids[0]}.png"
    assert {name for name in found if not name.startswith("images/")} == plain
    with Image.open(io.BytesIO(found[first].content)) as image:
        cache = find_cache(workspace, target.fingerprint, cropped=True)
        assert image.size == cache.size(target.train_ids[0])[::-1]
        assert np.array_equal(np.asarray(image), 255 - cache.image(target.train_ids[0]))
    named = target.train_ids[-1]
    said = RunFailed(run=run, step=5, kind="error", reason=f"The line {named} has no ink")
    with store.events_file(run).open("ab") as file:
        files.append_line(file, to_log_line(said), durable=False)
    others = [other for other in store.run_ids() if other != run]
    for other in others:
        shutil.rmtree(store.folder(other))
    found = [part.name for part in collect_report(workspace, (), with_images=True)]
    assert [name for name in found if name.startswith("images/")] == [f"images/{target.name}/{named}.png"]


def test_damaged_lines_are_left_out_and_the_cache_is_left_alone(workspace: Workspace) -> None:
    run = load_plan(workspace.plan_file("stopped")).run_ids[0]
    target = RunStore(workspace).spec(run).targets[0]
    folder = cache_folder(workspace, target.fingerprint, cropped=True)
    (folder / "pixels.bin").write_bytes(bytes((folder / "pixels.bin").stat().st_size))
    names = [part.name for part in collect_report(workspace, (), with_images=True)]
    assert not any(name.startswith(f"images/{target.name}/") for name in names)
    assert (folder / "index.json").is_file()


def test_damaged_logs_and_an_empty_workspace(workspace: Workspace, tmp_path: Path) -> None:
    run = load_plan(workspace.plan_file("stopped")).run_ids[0]
    with RunStore(workspace).events_file(run).open("ab") as file:
        file.write(b"no event\n")
    write_problem_report(tmp_path / "damaged.zip", workspace, ())
    assert json.loads(read(tmp_path / "damaged.zip")[f"runs/{run}/damaged-lines.json"])
    assert write_problem_report(tmp_path / "empty.zip", Workspace(tmp_path), ()) == ("README.txt", "doctor.json")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="there already"):
        write_problem_report(tmp_path / "mine.zip", Workspace(tmp_path), ())
    assert (tmp_path / "mine.zip").read_text(encoding="utf-8") == "mine"
    save_report(tmp_path / "mine.zip", collect_report(Workspace(tmp_path), ()), replaces=True)
    assert set(read(tmp_path / "mine.zip")) == {"README.txt", "doctor.json"}

"""Probing a study: what is measured, kept, left out and why; in this process and in child processes."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.execution.talkative import finish_study
from workbench.data.cache import cache_folder
from workbench.errors import InputError
from workbench.execution.probe_units import ProbeAgenda, probe_agenda
from workbench.execution.probing import ProbeProblem, Probing, ProbingProgress, unit_told
from workbench.files import write_text
from workbench.runs.control import Control
from workbench.runs.plan import load_plan
from workbench.runs.probes import (
    ContextUnit,
    SimilarityRead,
    SimilarityUnit,
    StoredContext,
    StoredSimilarity,
    UnitDone,
    UnitFailed,
    UnitStarted,
    WidthRead,
    all_stored,
    probes_folder,
)
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

NAME = "small"


@pytest.fixture(scope="session")
def probed_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace with a finished study of two architectures and seeds."""
    root = tmp_path_factory.mktemp("probed") / "workspace"
    shutil.copytree(template, root)
    finish_study(Workspace(root), seeds=[0, 1])
    return root


@pytest.fixture
def place(probed_template: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(probed_template, tmp_path / "probed")
    return Workspace(tmp_path / "probed")


def agenda_of(place: Workspace, **options: object) -> ProbeAgenda:
    return probe_agenda(load_plan(place.plan_file(NAME)), RunStore(place), **options)  # type: ignore[arg-type]


def probing(place: Workspace, processes: int = 2) -> Probing:
    return Probing(place, device="cpu", processes=processes, niceness=0)


def kept(place: Workspace) -> list[StoredContext | StoredSimilarity]:
    return list(all_stored(probes_folder(place, NAME)))


def test_everything_is_asked_for_once(place: Workspace) -> None:
    agenda = agenda_of(place, lines=3)
    context = [each for each in agenda.units if isinstance(each.unit, ContextUnit)]
    pairs = [each.unit for each in agenda.units if isinstance(each.unit, SimilarityUnit)]
    assert len(context) == 2 * 2 * (2 + 2), "multi runs read both targets"
    assert len(pairs) == 2 * 2 * 2 + 2 * (2 + 2) + 2 * (2 + 2), "regimes, architectures, seeds"
    assert len({(pair.left.run, pair.right.run, pair.left.target) for pair in pairs}) == len(pairs)
    assert agenda.skipped == ()
    assert agenda.kept == 0
    first = context[0].unit
    assert isinstance(first, ContextUnit)
    assert len(first.line_ids) == 3
    assert first.widths_px[:3] == (None, 13, 25), "without the whole line nothing can be shown"
    assert None not in first.widths_px[1:]
    assert {each.unit.line_ids for each in context if each.unit.probed.target == "arabic"} == {first.line_ids}
    assert agenda.seconds(1).high > agenda.seconds(2).high > 0
    assert agenda_of(place, lines=3, kinds=("similarity",)).units == tuple(
        each for each in agenda.units if isinstance(each.unit, SimilarityUnit)
    )


def test_a_study_is_measured_in_child_processes_and_kept(place: Workspace) -> None:
    agenda = agenda_of(place, lines=2)
    told = list(probing(place).run(agenda, Control()))
    assert all(isinstance(each, ProbingProgress) for each in told), told
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == told[-1].total
    assert children() == []
    found = kept(place)
    contexts = [each for each in found if isinstance(each, StoredContext)]
    assert len(found) == len(agenda.units)
    for each in contexts:
        assert each.other_readings == 0, "the whole line is read as when the run ended"
        assert [read.width_px for read in each.widths][-1] is None
        assert each.environment["packages"]["torch"]
        assert each.seconds > 0
        assert each.widths[0].length == each.widths[-1].length
    cnn = [each for each in contexts if each.sure_width_px is not None]
    assert len(cnn) == len(contexts) / 2
    for each in cnn:
        whole = each.width(None)
        wide = [read for read in each.widths if read.width_px and read.width_px >= (each.sure_width_px or 0)]
        assert all(read.edits == whole.edits for read in wide)
    for each in found:
        if isinstance(each, StoredSimilarity):
            assert 0 < each.found.cka <= 1
            assert len(each.found.without) == len(set(each.clusters)) or not each.found.without
    again = agenda_of(place, lines=2)
    assert (again.units, again.kept) == ((), len(found))
    assert list(probing(place).run(again, Control())) == []


def test_only_what_is_missing_is_measured(place: Workspace) -> None:
    first = agenda_of(place, lines=2, kinds=("context",)).units[0]
    assert isinstance(first.base, StoredContext)
    unit = first.unit
    assert isinstance(unit, ContextUnit)
    only = ProbeAgenda(NAME, "last", (first,), 0, ())
    control = Control()
    for each in probing(place, 1).run(only, control):
        if kept(place):  # one width at least
            control.request("cancel")
        assert isinstance(each, ProbingProgress)
    (stored,) = kept(place)
    assert isinstance(stored, StoredContext)
    done = {read.width_px for read in stored.widths}
    assert done
    rest = [each.unit for each in agenda_of(place, lines=2, kinds=("context",)).units]
    asked = {width for each in rest if isinstance(each, ContextUnit) and each.probed == unit.probed
             for width in each.widths_px}  # fmt: skip
    assert asked | done == set(unit.widths_px)
    assert not asked & done


def inline(place: Workspace, agenda: ProbeAgenda) -> Iterator[list[object]]:
    """What is told of each unit, measured in this process."""
    for each in agenda.units:
        yield list(unit_told(each.unit, place, Control(), device="cpu"))


def test_what_is_told_of_a_unit(place: Workspace) -> None:
    context = agenda_of(place, lines=2, kinds=("context",))
    told = next(inline(place, context))
    assert isinstance(told[0], UnitStarted)
    assert isinstance(told[-1], UnitDone)
    assert sum(isinstance(each, WidthRead) for each in told) == len(context.units[0].unit.widths_px)
    pair = next(inline(place, agenda_of(place, lines=2, kinds=("similarity",))))
    assert sum(isinstance(each, SimilarityRead) for each in pair) == 1


def test_other_lines_or_weights_are_measured_anew(place: Workspace) -> None:
    every = agenda_of(place, lines=2, kinds=("similarity",))
    few = ProbeAgenda(NAME, "last", every.units[:2], 0, ())
    list(probing(place, 1).run(few, Control()))
    assert agenda_of(place, lines=2, kinds=("similarity",)).kept == 2
    assert agenda_of(place, lines=3, kinds=("similarity",)).kept == 0
    assert agenda_of(place, lines=2, selection="best", kinds=("similarity",)).kept == 0
    unit = few.units[0].unit
    assert isinstance(unit, SimilarityUnit)
    path = RunStore(place).result_file(unit.left.run)
    write_text(path, path.read_text(encoding="utf-8").replace(unit.left.weights_sha256, "1" * 64))
    assert agenda_of(place, lines=2, kinds=("similarity",)).kept < 2


def reasons(agenda: ProbeAgenda) -> set[str]:
    return {each.reason for each in agenda.skipped}


def test_runs_that_cannot_be_read_are_left_out_with_the_reason(place: Workspace) -> None:
    store = RunStore(place)
    runs = list(load_plan(place.plan_file(NAME)).run_ids)

    def change(run: str, before: str, after: str) -> None:
        path = store.result_file(run)
        text = path.read_text(encoding="utf-8")
        assert before in text
        write_text(path, text.replace(before, after))

    shutil.rmtree(store.folder(runs[0]))
    change(runs[1], '"state": "finished"', '"state": "collapsed"')
    change(runs[2], '"training_version": 3', '"training_version": 2')
    (store.folder(runs[3]) / "last.safetensors").unlink()
    change(runs[4], '"origin": "trained"', '"origin": "imported"')
    write_text(store.spec_file(runs[5]), "{")
    agenda = agenda_of(place, lines=2)
    assert reasons(agenda) == {
        "not finished",
        "collapsed: it reads nothing that could be compared",
        "trained by another version (training 2, this is 3)",
        "its 'last' weights are not in its folder",
        "imported: its weights are not here",
        "its spec.json is missing or damaged",
    }
    assert all(each.unit.probed.run not in runs[:6] for each in agenda.units if isinstance(each.unit, ContextUnit))
    assert len({each.label for each in agenda.skipped}) == len(agenda.skipped)


def test_a_data_set_that_is_not_open_or_has_changed(place: Workspace) -> None:
    target = load_plan(place.plan_file(NAME)).target("arabic")
    for is_cropped in (True, False):
        shutil.rmtree(cache_folder(place, target.fingerprint, cropped=is_cropped), ignore_errors=True)
    agenda = agenda_of(place, lines=2)
    assert reasons(agenda) == {"the data set 'arabic' is not open as it was trained on: open it again"}
    targets = {each.unit.probed.target for each in agenda.units if isinstance(each.unit, ContextUnit)}
    assert targets == {"persian"}


def test_no_lines(place: Workspace) -> None:
    with pytest.raises(InputError, match="No lines would be read"):
        agenda_of(place, lines=0)


def test_weights_that_change_on_the_way_fail_alone(place: Workspace) -> None:
    agenda = agenda_of(place, lines=1, kinds=("context",))
    first = agenda.units[0].unit
    assert isinstance(first, ContextUnit)
    (RunStore(place).folder(first.probed.run) / "last.safetensors").write_bytes(b"other")
    two = next(each for each in agenda.units if each.unit.probed.run != first.probed.run)  # type: ignore[union-attr]
    told = list(probing(place, 1).run(ProbeAgenda(NAME, "last", (agenda.units[0], two), 0, ()), Control()))
    (problem,) = (each for each in told if isinstance(each, ProbeProblem))
    assert "cannot be used: the file is not the one that was written" in problem.reason
    (stored,) = kept(place)
    assert isinstance(stored, StoredContext)
    assert stored.probed == two.unit.probed  # type: ignore[union-attr]


def test_predictions_that_are_damaged_stop_nothing(place: Workspace) -> None:
    units = agenda_of(place, lines=1, kinds=("context",)).units[:2]
    runs = [each.unit.probed.run for each in units]  # type: ignore[union-attr]
    assert len(set(runs)) == 2
    RunStore(place).predictions_file(runs[0]).write_text("line_id\nno", encoding="utf-8")
    told = list(probing(place, 1).run(ProbeAgenda(NAME, "last", units, 0, ()), Control()))
    assert all(isinstance(each, ProbingProgress) for each in told), told
    found = {each.probed.run: each.other_readings for each in kept(place) if isinstance(each, StoredContext)}
    assert found == {runs[0]: None, runs[1]: 0}


def test_a_unit_that_meets_something_unforeseen_says_so(place: Workspace) -> None:
    unit = agenda_of(place, lines=1, kinds=("context",)).units[0].unit
    told = list(unit_told(unit, place, Control(), device="cpu", prober="json"))
    assert isinstance(told[0], UnitFailed)
    assert "AttributeError" in told[0].what
    assert isinstance(told[1], UnitDone)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "workbench.execution.probe_child" in child.cmdline()]


def test_a_process_that_dies_is_told_and_the_rest_is_measured(place: Workspace) -> None:
    agenda = agenda_of(place, lines=2, kinds=("context",))
    two = ProbeAgenda(NAME, "last", agenda.units[:2], 0, ())
    problems: list[ProbeProblem] = []
    for each in probing(place, 1).run(two, Control()):
        if isinstance(each, ProbeProblem):
            problems.append(each)
        elif not problems:
            for child in children():
                os.kill(child.pid, signal.SIGKILL)
    assert "SIGKILL" in problems[0].reason
    assert kept(place)


def test_cancel_ends_the_processes_and_closing_early_too(place: Workspace) -> None:
    agenda = agenda_of(place, lines=5)
    control = Control()
    for _ in probing(place).run(agenda, control):
        control.request("cancel")
    assert children() == []
    driven = probing(place, 1).run(agenda, Control())
    next(iter(driven))
    driven.close()  # type: ignore[attr-defined]
    assert children() == []


def test_the_driver_never_loads_torch() -> None:
    import subprocess

    code = "import sys, workbench.execution.probing, workbench.execution.probe_units; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"

"""What another system read becomes a run of the workspace, scored by our own counts, and takes part in a study."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench import files
from workbench.analysis.results.readings import by_cluster, read_run
from workbench.analysis.systems.forms import open_predictions
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.analysis.systems.wish import SystemWish
from workbench.data.catalog import ImportProgress, OpenedDataset, open_dataset
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.reader import counted
from workbench.data.splits import clusters_of
from workbench.errors import InputError, WorkspaceError
from workbench.files import canonical_json
from workbench.metrics.error_rate import EditCount, count_characters, count_words, total
from workbench.runs.attached import (
    AttachedRun,
    ImportedSource,
    imported_file,
    load_attached,
    load_imported,
    run_in_place_of,
    save_attached,
    with_attached,
)
from workbench.runs.control import Control
from workbench.runs.events import Evaluated
from workbench.runs.history import is_collapsed
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import Plan, load_plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.grid import REGIMES, Composition, RunRequest
from workbench.study.schema import Selection
from workbench.text.normalize import normalise


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """What came of an import."""

    run: str
    study: str
    record: RunRecord
    lines: int
    test_lines: int
    is_new: bool
    """Not the same file, imported as the same before."""
    remarks: tuple[str, ...]

    @property
    def is_paired(self) -> bool:
        """Tell whether it was scored on all test lines, as the study's own runs are."""
        return self.lines == self.test_lines


@dataclass(frozen=True, slots=True)
class _TestLines:
    """The target's test lines as the study's own runs are scored on them."""

    references: Mapping[str, str]
    """By id, in the order of the plan; normalised."""
    clusters: Mapping[str, str]
    unit: str


__all__ = ["ImportedRun", "SystemWish", "import_system", "request_of", "take_out"]


def request_of(plan: Plan, wish: SystemWish) -> RunRequest:
    """Say what the system is in the terms of the study's grid.

    Raises
    ------
    InputError
        For a target that the study lacks, an unknown regime, one with several runs for a target, or a bad number.
    """
    names = tuple(target.name for target in plan.targets)
    if wish.target not in names:
        raise InputError(
            f"The study {plan.study.name} has no data set '{wish.target}'", hint=f"It has {_listed(names)}."
        )
    if not wish.architecture.strip() or len(wish.architecture) > 60:
        raise InputError("The system needs a name of at most 60 characters")
    if wish.regime not in REGIMES:
        raise InputError(f"There is no regime '{wish.regime}'", hint=f"Known regimes: {_listed(tuple(REGIMES))}.")
    if wish.k < 1 or wish.seed < 0 or wish.draw < 0:
        raise InputError("K is at least 1, seed and draw are at least 0")
    compositions = [
        composition
        for composition in REGIMES[wish.regime].compositions(names, wish.k)
        if any(part.target == wish.target and part.is_evaluated for part in composition)
    ]
    if len(compositions) != 1:
        raise InputError(
            f"In the regime '{wish.regime}' several runs read {wish.target}",
            "which data sets the system was trained on is not told by it",
            "Use single or multi.",
        )
    budgets = {str(budget): budget for budget in plan.study.budgets}
    if wish.budget is not None and wish.budget not in budgets:
        raise InputError(
            f"The study {plan.study.name} has no budget '{wish.budget}'", hint=f"It has {_listed(tuple(budgets))}."
        )
    return RunRequest(
        architecture=wish.architecture.strip(),
        regime=wish.regime,
        composition=_evaluated_on(compositions[0], wish.target),
        k=wish.k,
        draw=wish.draw,
        seed=wish.seed,
        budget=budgets[wish.budget] if wish.budget else plan.study.budgets[0],
        conditions=plan.study.conditions.combinations()[0],
    )


def _evaluated_on(composition: Composition, target: str) -> Composition:
    """Return the same training, evaluated on one target alone: the one whose lines are in the file."""
    return tuple(part.model_copy(update={"is_evaluated": part.target == target}) for part in composition)


def import_system(
    workspace: Workspace, study: str, wish: SystemWish, control: Control
) -> Iterator[ImportProgress | ImportedRun]:
    """Import what a system read in a target's test lines as a run, and let it take part in a study.

    Yields
    ------
    ImportProgress or ImportedRun
        The run comes last; after `cancel` it does not come.

    Raises
    ------
    InputError
        When the file cannot be read, has no line of the target's test part, or the study has such a run already.
    WorkspaceError
        When another program writes in the workspace.
    """
    plan = load_plan(workspace.plan_file(study))
    request = request_of(plan, wish)
    yield ImportProgress(0, 0, f"reading {wish.file.name}")
    test_lines = _from_runs(plan, RunStore(workspace), request, wish.target)
    if test_lines is None:
        opened = None
        for value in open_dataset(workspace, wish.target, control=control):
            if isinstance(value, OpenedDataset):
                opened = value
            else:
                yield value
        if opened is None or control.is_cancelled:
            return
        test_lines = _from_dataset(plan, opened, request, wish.target)
    remarks = Remarks()
    form, encoding, readings = _readings(
        wish, test_lines, remarks, request.conditions.normalisation(plan.study.normalisation)
    )
    if control.is_cancelled:
        return
    with WorkspaceLock(workspace):
        yield _store(workspace, plan, wish, request, test_lines, readings, (form, encoding), remarks)


def _from_runs(plan: Plan, store: RunStore, request: RunRequest, target: str) -> _TestLines | None:
    """Test lines as a finished run of the study read them, under the conditions of the request; None without one."""
    for planned in plan.runs:
        if target not in planned.request.targets or planned.request.conditions != request.conditions:
            continue
        with suppress(WorkspaceError):
            for (name, split, _), read in read_run(store, planned.run).items():
                if name == target and split == "test" and set(read.line_ids) == set(plan.target(target).test_ids):
                    return _TestLines(
                        dict(zip(read.line_ids, read.references, strict=True)),
                        dict(zip(read.line_ids, read.clusters, strict=True)),
                        read.cluster_unit,
                    )
    return None


def _from_dataset(plan: Plan, opened: OpenedDataset, request: RunRequest, target: str) -> _TestLines:
    planned = plan.target(target)
    if opened.lines.fingerprint != planned.fingerprint:
        raise InputError(
            f"The data set {target} has changed since the study {plan.study.name} was planned",
            hint="Plan the study again.",
        )
    texts = {line.id: line.transcription for line in opened.lines.lines}
    steps = request.conditions.normalisation(plan.study.normalisation)
    unit, clusters = clusters_of(opened.lines, planned.test_ids)
    return _TestLines(
        {line_id: _as_scored(texts[line_id], steps, plan) for line_id in planned.test_ids},
        dict(zip(planned.test_ids, clusters, strict=True)),
        unit,
    )


def _as_scored(text: str, steps: tuple[str, ...], plan: Plan) -> str:
    text = normalise(text, steps)
    return text.strip() if plan.study.training.pad_transcription else text


def _readings(
    wish: SystemWish, test_lines: _TestLines, remarks: Remarks, steps: tuple[str, ...]
) -> tuple[str, str, dict[str, str]]:
    """Form, encoding, and what was read in each test line, normalised."""
    form, predictions = open_predictions(wish.file, wish.form, wish.encoding, dict(wish.where))
    if not predictions.has_ids:
        raise InputError(
            f"{wish.file.name} has no column for the ids of the lines", hint="Add a column 'id' (or ImageID)."
        )
    readings: dict[str, str] = {}
    contradicting: set[str] = set()
    first = ""
    for read in predictions.read():
        first = first or read.id
        line_id = _id_among(read.id, test_lines.references)
        if line_id is None:
            remarks.add("an id that the test part does not have, left out", read.id or f"row {read.row}")
            continue
        hypothesis = normalise(read.hypothesis, steps)
        _look_at(read, hypothesis, line_id, test_lines, remarks, steps)
        if readings.setdefault(line_id, hypothesis) != hypothesis:
            contradicting.add(line_id)
    for line_id in sorted(contradicting):
        del readings[line_id]
        remarks.add("an id of several different rows, left out: which one counts is not told", line_id)
    if not readings:
        raise InputError(
            f"{wish.file.name} has no line of the test part of {wish.target}",
            f"its ids are like '{first}', those of the test part like '{next(iter(test_lines.references), '')}'",
            "Give the file the ids of the data set.",
        )
    for said in predictions.remarks.sentences():
        remarks.add(said)
    return form, predictions.encoding_name, readings


def _id_among(line_id: str, known: Mapping[str, str]) -> str | None:
    """Id of a test line that a file names, also by the path of its image."""
    if line_id in known:
        return line_id
    name = line_id.replace("\\", "/").rpartition("/")[2]
    for ending in IMAGE_SUFFIXES:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return name if name in known else None


def _look_at(
    read: ReadText, hypothesis: str, line_id: str, test_lines: _TestLines, remarks: Remarks, steps: tuple[str, ...]
) -> None:
    remarks.look_at(hypothesis, "hypotheses", line_id)
    if read.reference is not None and normalise(read.reference, steps) != test_lines.references[line_id]:
        remarks.add("another reference in the file: that of the data set is scored", line_id)


def _store(
    workspace: Workspace,
    plan: Plan,
    wish: SystemWish,
    request: RunRequest,
    test_lines: _TestLines,
    readings: Mapping[str, str],
    form: tuple[str, str],
    remarks: Remarks,
) -> ImportedRun:
    selection = wish.selection or plan.study.selection
    wildcards = plan.study.placeholders.wildcards
    steps = request.conditions.normalisation(plan.study.normalisation)
    line_ids = tuple(line_id for line_id in test_lines.references if line_id in readings)
    missing = len(test_lines.references) - len(line_ids)
    if missing:
        remarks.add(
            f"{counted(missing, 'test line')} of {len(test_lines.references):,} missing in the file: it is not paired "
            "with runs that were scored on all of them"
        )
    source = ImportedSource(
        file=wish.file.name,
        sha256=_digest(wish.file),
        form=form[0],
        encoding=form[1],
        request=request,
        target=wish.target,
        fingerprint=plan.target(wish.target).fingerprint,
        normalisation=steps,
        wildcards=wildcards,
        cluster_unit=test_lines.unit,
        line_ids=line_ids,
        clusters=tuple(test_lines.clusters[line_id] for line_id in line_ids),
        test_lines=len(test_lines.references),
        remarks=tuple(remarks.sentences()),
    )
    run = _id_of(source, {line_id: readings[line_id] for line_id in line_ids}, selection)
    attached = load_attached(workspace, plan.study.name)
    is_new = run not in {each.run for each in attached}
    _refuse_second(plan, workspace, request, run)
    record = _write(workspace, run, source, test_lines, readings, selection, plan.target(wish.target).language)
    if is_new:
        save_attached(workspace, plan.study.name, (*attached, AttachedRun(request=request, run=run)))
    return ImportedRun(run, plan.study.name, record, len(line_ids), source.test_lines, is_new, source.remarks)


def _id_of(source: ImportedSource, readings: Mapping[str, str], selection: Selection) -> str:
    """Id from the content: what was read, and what it is said to be."""
    identity = {
        "imported": 1,
        "request": source.request.model_dump(mode="json"),
        "fingerprint": source.fingerprint,
        "normalisation": source.normalisation,
        "wildcards": source.wildcards,
        "selection": selection,
        "readings": sorted(readings.items()),
    }
    return hashlib.sha256(canonical_json(identity).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _refuse_second(plan: Plan, workspace: Workspace, request: RunRequest, run: str) -> None:
    known = run_in_place_of(with_attached(plan, workspace), request)
    if known is not None and known.run != run:
        raise InputError(
            f"The study {plan.study.name} has a run of {request.architecture}, {request.regime}, K {request.k}, "
            f"seed {request.seed}, draw {request.draw} on {request.targets[0]} already",
            f"run {known.run}",
            "Give this one another name, seed or draw, or take the other out.",
        )


def _write(
    workspace: Workspace,
    run: str,
    source: ImportedSource,
    test_lines: _TestLines,
    readings: Mapping[str, str],
    selection: Selection,
    language: str,
) -> RunRecord:
    references = [test_lines.references[line_id] for line_id in source.line_ids]
    hypotheses = [readings[line_id] for line_id in source.line_ids]
    both = list(zip(references, hypotheses, strict=True))
    counts = tuple(count_characters(reference, read, source.wildcards) for reference, read in both)
    words = total(count_words(reference, read, source.wildcards) for reference, read in both)
    store = RunStore(workspace)
    predictions = (
        Prediction(line_id, source.target, "test", selection, reference, read, count.edits, count.length)
        for line_id, (reference, read), count in zip(source.line_ids, both, counts, strict=True)
    )
    digest = write_predictions(store.predictions_file(run), predictions)
    evaluated = _evaluated(run, source, selection, counts, words, language, empty=sum(not read for read in hypotheses))
    request = source.request
    record = RunRecord(
        run=run,
        origin="imported",
        state="collapsed" if is_collapsed((evaluated,)) else "finished",
        architecture=request.architecture,
        targets=(source.target,),
        k=request.k,
        draw=request.draw,
        seed=request.seed,
        training_version=0,
        training_lines=sum(part.amount or 0 for part in request.composition),
        batch_lines=0,
        line_height_px=0,
        steps=0,
        parameters=0,
        seconds=0.0,
        device="",
        threads=0,
        evaluations=(evaluated,),
        weights=(),
        predictions_sha256=digest,
    )
    files.write_text(imported_file(workspace, run), source.model_dump_json(indent=1, by_alias=True) + "\n")
    files.write_text(store.result_file(run), record.model_dump_json(indent=1, by_alias=True) + "\n")
    return record


def _evaluated(
    run: str,
    source: ImportedSource,
    selection: Selection,
    counts: tuple[EditCount, ...],
    words: EditCount,
    language: str,
    *,
    empty: int,
) -> Evaluated:
    sums = total(counts)
    return Evaluated(
        run=run,
        target=source.target,
        language=language,
        split="test",
        selection=selection,
        step=0,
        lines=len(counts),
        edits=sums.edits,
        length=sums.length,
        word_edits=words.edits,
        words=words.length,
        empty_lines=empty,
        unseen_characters=0,
        cluster_unit=source.cluster_unit,
        clusters=by_cluster(source.clusters, counts),
    )


def _digest(path: Path) -> str:
    if path.is_file():
        return files.sha256_of(path)
    digest = hashlib.sha256()
    for one in sorted(each for each in path.rglob("*") if each.is_file()):
        digest.update(f"{one.relative_to(path).as_posix()}\0{files.sha256_of(one)}\n".encode())
    return digest.hexdigest()


def take_out(workspace: Workspace, study: str, run: str) -> None:
    """Take a run of another system out of a study; its folder goes when no study has it any more.

    Raises
    ------
    InputError
        When the study has no such run.
    """
    with WorkspaceLock(workspace):
        attached = load_attached(workspace, study)
        if run not in {each.run for each in attached}:
            known = _listed(tuple(each.run for each in attached)) or "none"
            raise InputError(f"No imported run {run} takes part in the study {study}", hint=f"Those that do: {known}.")
        save_attached(workspace, study, tuple(each for each in attached if each.run != run))
        others = {each.run for name in workspace.study_names() for each in load_attached(workspace, name)}
        if run not in others and load_imported(workspace, run) is not None:
            shutil.rmtree(workspace.runs / run, ignore_errors=True)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)

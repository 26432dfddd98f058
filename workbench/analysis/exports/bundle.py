"""A study packed so that another person gets the same tables from it.

A .zip with the folders of a workspace: everything but the images and, unless they are asked for, the texts. The same
study gives the same bytes.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from workbench import __version__, files
from workbench.analysis.exports.bundle_form import (
    LISTS,
    MANIFEST,
    README,
    SUMS,
    BundledData,
    BundledFile,
    Manifest,
    belongs,
)
from workbench.analysis.exports.line_counts import COLUMNS, COUNTS_FILE, read_counts, rows_of
from workbench.errors import InputError
from workbench.runs.events import RunFailed, SampleRead, to_log_line
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.study.schema import Study
from workbench.study.toml_file import format_study

_EPOCH = (1980, 1, 1, 0, 0, 0)
_TEXT_KINDS = ("text", "near_text")
_LOG_COLUMNS = ("imageid", "label")


class _Packer:
    """Puts files into the archive and remembers what they are."""

    def __init__(self, archive: zipfile.ZipFile, study: str) -> None:
        self._archive = archive
        self._study = study
        self.files: dict[str, BundledFile] = {}

    def add(self, name: str, content: bytes) -> None:
        if not belongs(name, self._study):
            raise InputError(f"'{name}' cannot be put into a bundle", "not every system can have a file of this name")
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        self._archive.writestr(info, content, compresslevel=9)
        self.files[name] = BundledFile(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def save_bundle(plan: Plan, store: RunStore, path: Path, *, with_texts: bool = False) -> Manifest:
    """Pack a study into a .zip and return what is in it.

    Study file, plan with the ids of all lines, lists of ids that the study names, and per run its spec, its events,
    its result, the versions that it was trained with, and the counts of every line.

    Parameters
    ----------
    with_texts : bool
        References and hypotheses too, as predictions, sample lines and texts that parts share. Off, as data may be
        for research only.

    Raises
    ------
    InputError
        When the study has no runs in this workspace.
    WorkspaceError
        When a run cannot be read, or the file cannot be written.
    """
    runs = [run for run in plan.run_ids if store.spec(run) is not None]
    if not runs:
        raise InputError("There is nothing to bundle", f"no run of the study {plan.study.name} has begun")
    with files.replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        packer = _Packer(archive, plan.study.name)
        notes = _pack_study(packer, plan, with_texts=with_texts)
        for run in runs:
            _pack_run(packer, plan, store, run, with_texts=with_texts)
        manifest = Manifest(
            program=__version__,
            study=plan.study.name,
            has_texts=with_texts,
            data=tuple(BundledData(name=t.name, language=t.language, fingerprint=t.fingerprint) for t in plan.targets),
            runs=tuple(runs),
            notes=tuple(notes),
            files={},
        )
        packer.add(README, _readme(manifest).encode())
        sums = "".join(f"{entry.sha256}  {name}\n" for name, entry in sorted(packer.files.items()))
        packer.add(SUMS, sums.encode())
        manifest = manifest.model_copy(update={"files": dict(sorted(packer.files.items()))})
        packer.add(MANIFEST, (manifest.model_dump_json(indent=1, by_alias=True) + "\n").encode())
    return manifest


# The study


def _pack_study(packer: _Packer, plan: Plan, *, with_texts: bool) -> list[str]:
    folder = f"studies/{plan.study.name}"
    names, notes = _pack_lists(packer, folder, plan.study, with_texts=with_texts)
    rules = {
        target: rules.with_files(lambda file, target=target: names[target, file])
        for target, rules in plan.study.target_rules.items()
    }
    study = plan.study.model_copy(update={"target_rules": rules})
    shared = plan.shared if with_texts else tuple(
        each.model_copy(update={"examples": ()}) if each.kind in _TEXT_KINDS else each for each in plan.shared
    )  # fmt: skip
    kept = plan.model_copy(update={"study": study, "shared": shared})
    packer.add(f"{folder}/study.toml", format_study(study).encode())
    packer.add(f"{folder}/plan.json", (kept.model_dump_json(indent=1, by_alias=True) + "\n").encode())
    return notes


def _pack_lists(
    packer: _Packer, folder: str, study: Study, *, with_texts: bool
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Pack every list that the study names; return by (data set, path) how the study file names it then, and notes."""
    names: dict[tuple[str, str], str] = {}
    notes: list[str] = []
    for target, rules in study.target_rules.items():
        for number, file in enumerate(dict.fromkeys(rules.files), start=1):
            base = re.sub(r"[^\w.-]+", "-", PurePosixPath(file.replace("\\", "/")).name).strip("-_.") or "list"
            names[target, file] = f"{LISTS}/{target}/{number}-{base[-80:].lstrip('-_.')}"
            try:
                content = Path(file).read_bytes()
            except OSError:
                notes.append(f"The list {base} of {target} was not there any more; its lines are in plan.json.")
                continue
            if file.lower().endswith(".csv") and not with_texts:
                content = _without_texts(content)
            packer.add(f"{folder}/{names[target, file]}", content)
    return names, notes


def _without_texts(log: bytes) -> bytes:
    """Log of human verification with ids and verdicts alone: its other columns hold texts and notes."""
    rows = list(csv.reader(io.StringIO(log.decode("utf-8-sig", errors="replace"), newline="")))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    places = [header.index(name) for name in _LOG_COLUMNS if name in header]
    kept = io.StringIO(newline="")
    csv.writer(kept, lineterminator="\r\n").writerows(
        [row[at] if at < len(row) else "" for at in places] for row in rows
    )
    return kept.getvalue().encode()


# Runs


def _pack_run(packer: _Packer, plan: Plan, store: RunStore, run: str, *, with_texts: bool) -> None:
    folder = f"runs/{run}"
    packer.add(f"{folder}/spec.json", store.spec_file(run).read_bytes())
    if store.environment_file(run).is_file():
        packer.add(f"{folder}/environment.json", store.environment_file(run).read_bytes())
    packer.add(f"{folder}/events.jsonl", "".join(_events(store, run, with_texts=with_texts)).encode())
    record = store.record(run)
    if record is None:
        return
    packer.add(f"{folder}/result.json", (record.model_dump_json(indent=1, by_alias=True) + "\n").encode())
    if with_texts and store.predictions_file(run).is_file():
        with files.explained(store.predictions_file(run)):
            packer.add(f"{folder}/predictions.csv", store.predictions_file(run).read_bytes())
        return
    counts = io.StringIO(newline="")
    writer = csv.writer(counts, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows_of(read_counts(store, run, plan.study.placeholders.wildcards)))
    packer.add(f"{folder}/{COUNTS_FILE}", counts.getvalue().encode())


def _events(store: RunStore, run: str, *, with_texts: bool) -> Iterator[str]:
    """Lines of the log; what a failed process printed stays here, as it names folders of this machine."""
    for event in store.events(run).events:
        if isinstance(event, SampleRead) and not with_texts:
            continue
        kept = event.model_copy(update={"log_tail": ""}) if isinstance(event, RunFailed) else event
        yield to_log_line(kept) + "\n"


# What is said


def _readme(manifest: Manifest) -> str:
    data = "".join(f"  {each.name} ({each.language}): {each.fingerprint}\n" for each in manifest.data)
    notes = "".join(f"- {note}\n" for note in manifest.notes)
    texts = (
        "References and hypotheses of every line are in it: check the terms of the data sets before you pass it on."
        if manifest.has_texts
        else f"Neither images nor texts of lines are in it; of every line there are its id and its counts "
        f"({COUNTS_FILE})."
    )
    return f"""\
Study {manifest.study}: reproducibility bundle of htr-workbench {manifest.program}

{texts}
Names of writers and ids of lines are those of the data sets.

The same tables
    htr-workbench bundle --open THIS.zip --workspace NEW-FOLDER
    htr-workbench report --workspace NEW-FOLDER --study "{manifest.study}"
    htr-workbench export --workspace NEW-FOLDER --study "{manifest.study}" --to TABLES
print and write the same numbers, to the last digit, without any data.

The same trainings
Add the data sets under their names (htr-workbench datasets add NAME PATH), compare their fingerprints with those below,
and run studies/{manifest.study}/study.toml. Equal specs give runs of the same ids.

What is in it
    studies/…/study.toml   what was asked; lists of lines that it names lie beside it
    studies/…/plan.json    what it came to: the ids of training, validation and test lines, of every draw; the runs
    runs/…/spec.json       one run, completely
    runs/…/environment.json  versions and machine
    runs/…/events.jsonl    what happened, with every validation
    runs/…/result.json     its counts by writer or page
    bundle.json            this list, with the sha256 of every file
    SHA256SUMS             the same for `sha256sum -c SHA256SUMS`

Fingerprints of the data sets
{data}{notes}"""

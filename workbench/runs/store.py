"""The folders of runs: what lies in them, read without trusting that the last program ended well."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench import files
from workbench.runs.events import CheckpointSaved, EventLog, FailureKind, LogReader, RunFinished, read_log
from workbench.runs.history import RunHistory, RunState, fold
from workbench.runs.lock import holder
from workbench.runs.result import RunRecord, result_of
from workbench.runs.spec import RunSpec
from workbench.runs.workspace import Workspace

logger = logging.getLogger(__name__)

CHECKPOINTS = "checkpoint*"
_NOT_ITS_OWN: frozenset[FailureKind] = frozenset({"died", "blocked", "disk_full", "device_lost"})
"""Failures in which nothing was wrong with the run itself, as far as anybody knows."""


class RunStore:
    """Reads run folders; :func:`workbench.runs.record.record` writes them.

    The truth of an unfinished run is its event log, of a finished one its `result.json`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._records: dict[Path, tuple[tuple[int, int], RunRecord]] = {}

    def folder(self, run: str) -> Path:
        """Folder of a run, there or not."""
        return self.workspace.runs / run

    def spec_file(self, run: str) -> Path:
        """Everything that the run is: `spec.json`."""
        return self.folder(run) / "spec.json"

    def environment_file(self, run: str) -> Path:
        """What it was trained with: `environment.json`."""
        return self.folder(run) / "environment.json"

    def events_file(self, run: str) -> Path:
        """What happened: `events.jsonl`."""
        return self.folder(run) / "events.jsonl"

    def result_file(self, run: str) -> Path:
        """What it came to: `result.json`, written last."""
        return self.folder(run) / "result.json"

    def predictions_file(self, run: str) -> Path:
        """What it read: `predictions.csv`."""
        return self.folder(run) / "predictions.csv"

    def log_file(self, run: str) -> Path:
        """What its training processes printed: `log.txt`."""
        return self.folder(run) / "log.txt"

    def run_ids(self) -> tuple[str, ...]:
        """Ids of all runs that have a folder, sorted."""
        return tuple(sorted(path.parent.name for path in self.workspace.runs.glob("*/spec.json")))

    def save_spec(self, spec: RunSpec) -> None:
        """Write `spec.json`, once per run: the id says that it never changes."""
        if not self.spec_file(spec.id).is_file():
            files.write_text(self.spec_file(spec.id), spec.model_dump_json(indent=1) + "\n")

    def spec(self, run: str) -> RunSpec | None:
        """Return what the run is, None where its folder does not tell."""
        try:
            return RunSpec.model_validate_json(files.read_plain(self.spec_file(run)))
        except OSError:
            return None
        except ValidationError as error:
            logger.info("%s cannot be used: %s", self.spec_file(run), error.errors()[0]["msg"])
            return None

    def environment(self, run: str) -> dict[str, Any]:
        """Return what the run was trained with, empty where its folder does not tell."""
        try:
            value: Any = files.read_json(self.environment_file(run))
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def events(self, run: str) -> EventLog:
        """Events of the run that are on the disk, and what is wrong with the log; empty where there is none."""
        try:
            return read_log(files.read_plain(self.events_file(run)))
        except OSError:
            return EventLog((), 0, ())

    def history(self, run: str) -> RunHistory:
        """Fold of the run's events; a run that was never started is `planned`."""
        return self._folded(run)[0]

    def damaged_lines(self, run: str) -> tuple[int, ...]:
        """Numbers (from 1) of lines in the middle of the run's log that are not what was written."""
        return self._folded(run)[1]

    def _folded(self, run: str) -> tuple[RunHistory, tuple[int, ...]]:
        """Fold of the run's events, and its damaged lines; the events are not held."""
        try:
            with files.open_plain(self.events_file(run)) as file:
                reader = LogReader(file)
                return fold(run, reader), tuple(reader.damaged_lines)
        except OSError:
            return RunHistory(run=run), ()

    def record(self, run: str) -> RunRecord | None:
        """Result of a finished run, None for any other.

        A run whose last event is there and whose `result.json` is not (the power failed in between) is finished.
        """
        return self._read_result(run) or self.rebuilt(run)

    def rebuilt(self, run: str) -> RunRecord | None:
        """Return the result of a finished run as its events tell it, None for any other; `result.json` is not asked.

        A log of which lines are damaged tells none: what they said might be a part of it.
        """
        log, spec = self.events(run), self.spec(run)
        finish = log.events[-1] if log.events else None
        if not isinstance(finish, RunFinished) or spec is None or log.damaged_lines:
            return None
        history, environment = fold(run, log.events), self.environment(run)
        return result_of(spec, history, finish.predictions_sha256, environment, self.prior_steps(spec))

    def scan(self) -> dict[str, RunRecord]:
        """Read the results of all finished runs, by run id: `result.json` only, the unchanged ones once."""
        found = {path.parent.name: path for path in self.workspace.runs.glob("*/result.json")}
        records = {run: self._read_result(run) for run in sorted(found)}
        return {run: record for run, record in records.items() if record is not None}

    def prior_steps(self, spec: RunSpec) -> int:
        """Updates that a run's weights had seen before it: those that its first stage made, which may end early."""
        first = self.record(spec.start.run) if spec.start else None
        return first.steps + first.prior_steps if first else spec.prior_steps

    def is_finished(self, run: str) -> bool:
        """Tell whether the run has a result (a collapsed one has)."""
        return self.record(run) is not None

    def state(self, run: str) -> RunState:
        """State of the run as the disk tells it.

        A run that began and did not end is `interrupted`, unless another program runs it right now. So is one whose
        process died, or that the machine left without room or without its GPU: it goes on from its last checkpoint
        like any other. One that waited for another run in vain can begin whenever that one is finished.
        """
        record = self._read_result(run)
        if record is not None:
            return record.state
        history = self.history(run)
        if history.state in ("running", "paused"):
            other = holder(self.workspace)
            return history.state if other is not None and not other.is_this_process else "interrupted"
        if history.state in ("finished", "collapsed") and self.rebuilt(run) is None:
            return "interrupted"  # its log is damaged: what it came to cannot be told
        if history.failure is not None and history.state == "failed" and history.failure.kind in _NOT_ITS_OWN:
            return "interrupted"
        return history.state

    def resume_point(self, run: str) -> CheckpointSaved | None:
        """Return the last durable checkpoint, None where there is none or its file is not what was written."""
        saved = self.history(run).checkpoint
        if saved is None:
            return None
        path = self.folder(run) / saved.path
        if not path.is_file() or path.stat().st_size != saved.bytes or files.sha256_of(path) != saved.sha256:
            logger.info("The checkpoint %s of run %s is missing or damaged; the run begins anew", saved.path, run)
            return None
        return saved

    def sweep(self, run: str, keep: CheckpointSaved | None) -> None:
        """Delete checkpoints that no durable event names, and halves of files that were never completed."""
        kept = self.folder(run) / keep.path if keep else None
        for pattern in (CHECKPOINTS, ".*.part"):
            for path in self.folder(run).glob(pattern):
                if path != kept:
                    with suppress(OSError):  # what cannot be deleted is only in the way
                        path.unlink(missing_ok=True)

    def begin_anew(self, run: str) -> None:
        """Make the run begin from nothing the next time; its event log is kept beside the new one.

        Its result and checkpoints go: only an explicit retry of a run that diverged or collapsed asks for this.
        """
        log = self.events_file(run)
        with files.explained(log):
            self.result_file(run).unlink(missing_ok=True)
            if log.is_file():
                earlier = len(list(self.folder(run).glob("events-*.jsonl")))
                log.rename(log.with_name(f"events-{earlier + 1}.jsonl"))
        self.sweep(run, keep=None)

    def _read_result(self, run: str) -> RunRecord | None:
        path = self.result_file(run)
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._records.get(path)
            if known and known[0] == stamp:
                return known[1]
            record = RunRecord.model_validate_json(files.read_plain(path))
        except OSError:
            return None
        except ValidationError as error:
            logger.info("%s cannot be used: %s", path, error.errors()[0]["msg"])
            return None
        self._records[path] = (stamp, record)
        return record

    def finish(self, run: str) -> RunFinished | None:
        """Return the event with which the run came to its end, None where it did not."""
        events = self.events(run).events
        return events[-1] if events and isinstance(events[-1], RunFinished) else None

"""Events written to disk before anybody sees them."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import IO

from workbench import files
from workbench.errors import DiskFullError, WorkspaceError
from workbench.runs.control import Control
from workbench.runs.events import (
    CheckpointSaved,
    LogReader,
    RunEvent,
    RunFailed,
    RunFinished,
    RunInterrupted,
    step_of,
    to_log_line,
)
from workbench.runs.history import RunHistory, fold
from workbench.runs.result import RunRecord, result_of
from workbench.runs.room import when_there_is_room
from workbench.runs.store import RunStore

__all__ = ["RunRecord", "record"]

logger = logging.getLogger(__name__)


def record(events: Iterator[RunEvent], store: RunStore, control: Control | None = None) -> Iterator[RunEvent]:
    """Append each event to the log of its run, then yield it. Events of several runs may be mixed.

    `CheckpointSaved` and `RunFinished` are on the disk before they are yielded. Only then the previous checkpoint is
    deleted, and `result.json` written. Closing this generator closes the one that it reads.

    With a control, it waits for room where the disk is full, and ends early where the user no longer wants to wait: a
    run then stands where its log says. The `RunPaused` and `RunContinued` that tell of such a wait are not recorded.

    Raises
    ------
    WorkspaceError
        When the disk is full or not writable, or a log that has to be continued is damaged.
    """
    logs: dict[str, _Log] = {}
    try:
        for event in events:
            for write in (_append, _settle):
                if control is None:
                    write(logs, store, event)
                    continue
                yield from when_there_is_room(
                    event.run, step_of(event) or 0, control, partial(write, logs, store, event)
                )
            if isinstance(event, RunFinished | RunFailed | RunInterrupted):
                logs.pop(event.run).close()
            yield event
    except DiskFullError:
        if control is None or not control.is_cancelled:
            raise
    finally:
        for log in logs.values():
            log.close()
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _append(logs: "dict[str, _Log]", store: RunStore, event: RunEvent) -> None:
    if event.run not in logs:
        logs[event.run] = _Log(store, event.run)
    logs[event.run].append(event)


def _settle(logs: "dict[str, _Log]", store: RunStore, event: RunEvent) -> None:
    del store
    logs[event.run].settle(event)


def complete(store: RunStore, run: str) -> None:
    """Write the `result.json` that is missing although the run's last event is there (the power failed between)."""
    if not store.result_file(run).is_file():
        rebuild(store, run)


def rebuild(store: RunStore, run: str) -> bool:
    """Write the `result.json` of a finished run anew, from its events; False where they tell none."""
    record = store.rebuilt(run)
    if record is not None:
        _save_result(store, record)
    return record is not None


def refuse_damaged(store: RunStore, run: str) -> None:
    """Raise a WorkspaceError when lines in the middle of the run's log are not what was written."""
    damaged = store.damaged_lines(run)
    if damaged:
        lines = ", ".join(map(str, damaged[:5])) + (" …" if len(damaged) > 5 else "")
        raise WorkspaceError(
            f"The event log of run {run} is damaged",
            f"line {lines} of {store.events_file(run)} is not what was written",
            f"Move the folder {store.folder(run)} away to train this run anew, or put a copy of the log back.",
        )


def _save_result(store: RunStore, record: RunRecord) -> None:
    files.write_text(store.result_file(record.run), record.model_dump_json(indent=1, by_alias=True) + "\n")


class _Log:
    """The open log of one run, and the fold of what it holds."""

    def __init__(self, store: RunStore, run: str) -> None:
        refuse_damaged(store, run)
        self._store = store
        self._run = run
        self._file, self._history = self._open()
        self._replaced: CheckpointSaved | None = None

    def _open(self) -> tuple[IO[bytes], RunHistory]:
        path = self._store.events_file(self._run)
        with files.explained(path):
            files.make_folder(path.parent)
            # Read here and not by the store, to which a log that cannot be read is an empty one: it would be cut off.
            with ExitStack() as opened:
                if path.exists():
                    files.open_plain(path).close()  # a pipe would be waited for
                file = opened.enter_context(path.open("ab", buffering=0))
                with path.open("rb") as content:
                    reader = LogReader(content)
                    history = fold(self._run, reader)
                torn = file.tell() - reader.intact_bytes
                if torn:
                    file.truncate(reader.intact_bytes)
                    logger.info("The log of run %s ended in half a line (%d bytes): dropped", self._run, torn)
                opened.pop_all()
        return file, history

    def append(self, event: RunEvent) -> None:
        is_durable = isinstance(event, CheckpointSaved | RunFinished)
        files.append_line(self._file, to_log_line(event), durable=is_durable)
        if isinstance(event, CheckpointSaved):
            self._replaced = self._history.checkpoint
        self._history = self._history.apply(event)

    def settle(self, event: RunEvent) -> None:
        """Do what an event that was appended asks for; may be tried again."""
        match event:
            case CheckpointSaved(path=path) if self._replaced and self._replaced.path != path:
                self._delete(self._replaced)
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _finish(self, event: RunFinished) -> None:
        spec = self._store.spec(self._run)
        if spec is None:
            raise WorkspaceError(
                f"The result of run {self._run} cannot be written",
                f"{self._store.spec_file(self._run)} is missing",
                "Run the study again.",
            )
        environment = self._store.environment(self._run)
        prior_steps = self._store.prior_steps(spec)
        _save_result(self._store, result_of(spec, self._history, event.predictions_sha256, environment, prior_steps))
        if self._history.checkpoint:
            self._delete(self._history.checkpoint)

    def _delete(self, checkpoint: CheckpointSaved) -> None:
        try:
            (self._store.folder(self._run) / checkpoint.path).unlink(missing_ok=True)
        except OSError as error:  # it is only in the way; the next sitting tries again
            logger.info("The checkpoint %s of run %s cannot be deleted: %s", checkpoint.path, self._run, error)

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()

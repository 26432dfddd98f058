"""A run as the fold over its events: the one value that curves, tables and the command line read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from workbench.runs.events import (
    BatchParted,
    CheckpointSaved,
    Evaluated,
    Pace,
    RunContinued,
    RunEvent,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleRead,
    StepLogged,
    Validated,
    WeightsSaved,
)
from workbench.runs.logged_steps import LoggedSteps

RunState = Literal["planned", "running", "paused", "interrupted", "finished", "collapsed", "failed", "diverged"]

COLLAPSED_EMPTY_SHARE = 0.5
COLLAPSED_CER = 0.95
BLANK_SHARE = 0.9
"""A target counts as blank when this part of its validation lines, or more, came out empty."""
BLANK_AFTER = 0.2
"""Part of its steps after which a run is warned of that still reads blank lines.

The small networks, 1,000 steps on 100 generated lines, begin to output something within a tenth of their steps."""

STEPS_AT_ONCE = 1000
"""Logged steps that a fold takes in at once; as many events of a log are held in memory."""


def is_collapsed(evaluations: "tuple[Evaluated, ...]") -> bool:
    """Tell whether more than half of a target's test lines came out empty, or its test CER is above 0.95."""
    return any(
        evaluation.split == "test"
        and (
            evaluation.empty_lines > COLLAPSED_EMPTY_SHARE * evaluation.lines
            or evaluation.edits > COLLAPSED_CER * evaluation.length
        )
        for evaluation in evaluations
        if evaluation.lines
    )


@dataclass(frozen=True, slots=True)
class RunHistory:
    """What is known of a run after some of its events. Points are in the order of their steps."""

    run: str
    state: RunState = "planned"
    started: RunStarted | None = None
    losses: LoggedSteps = field(default_factory=lambda: LoggedSteps(""))
    parted: tuple[BatchParted, ...] = ()
    """Where the memory was short."""
    validations: tuple[Validated, ...] = ()
    readings: tuple[SampleRead, ...] = ()
    """Every reading of the sample lines, as they came."""
    checkpoint: CheckpointSaved | None = None
    weights: tuple[WeightsSaved, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()
    failure: RunFailed | None = None
    waits_for: str = ""
    """Why it is paused, where that was not the user's wish."""
    step: int = 0
    pace: Pace = field(default_factory=Pace)

    @property
    def steps(self) -> int:
        """Steps that the run will make in all, 0 before it started."""
        return self.started.steps if self.started else 0

    @property
    def is_over(self) -> bool:
        """No further event comes unless the run is resumed or retried."""
        return self.state in ("interrupted", "finished", "collapsed", "failed", "diverged")

    @property
    def is_stopped_early(self) -> bool:
        """It came to its end before all its steps were made, because it no longer improved."""
        return self.state in ("finished", "collapsed") and self.step < self.steps

    @property
    def batch_parts(self) -> int:
        """Micro-batches in which its batches were computed in the end; 1 unless the memory was short."""
        return max((parted.parts for parted in self.parted if parted.work == "training"), default=1)

    @property
    def blank_targets(self) -> tuple[str, ...]:
        """Targets of which it still reads next to nothing although a fifth of its steps is made: a warning.

        CTC networks begin by outputting nothing. Most leave that plateau; one that stays on it will be collapsed in
        the end, and this is the time to notice.
        """
        latest = {point.target: point for point in self.validations}
        return tuple(
            target
            for target, point in latest.items()
            if point.step >= BLANK_AFTER * self.steps > 0 and point.empty_lines >= BLANK_SHARE * point.lines
        )

    def sample(self, target: str) -> SampleRead | None:
        """Latest reading of a target's first sample line."""
        return next(iter(self.samples_of(target)), None)

    def samples_of(self, target: str) -> tuple[SampleRead, ...]:
        """Latest reading of each of a target's sample lines, in the order in which they first came."""
        return tuple({read.line_id: read for read in self.readings if read.target == target}.values())

    def readings_of(self, target: str, line_id: str) -> tuple[SampleRead, ...]:
        """Every reading of one sample line, as they came."""
        return tuple(read for read in self.readings if (read.target, read.line_id) == (target, line_id))

    def curve(self, target: str) -> tuple[tuple[int, float], ...]:
        """(step, validation CER as a fraction) of a target."""
        return tuple(
            (point.step, point.edits / max(point.length, 1)) for point in self.validations if point.target == target
        )

    def apply(self, event: RunEvent) -> "RunHistory":
        """Return the history with one more event."""
        match event:
            case RunStarted():
                return RunHistory(run=self.run, state="running", started=event, losses=LoggedSteps(self.run))
            case RunResumed(step=step):
                return self._back_to(step, event.pace)
            case StepLogged():
                return self.with_steps((event,))
            case BatchParted():
                others = (p for p in self.parted if (p.work, p.parts) != (event.work, event.parts))
                return replace(self, parted=(*others, event))
            case Validated():
                return replace(
                    self,
                    validations=self._validations_with(event),
                    step=event.step,
                    pace=event.pace,
                    state="running",
                )
            case SampleRead():
                return replace(self, readings=self._readings_with(event))
            case CheckpointSaved():
                return replace(self, checkpoint=event, step=event.step)
            case RunPaused(reason=reason):
                return replace(self, state="paused", waits_for=reason)
            case RunContinued():
                return replace(self, state="running", waits_for="")
            case WeightsSaved():
                others = tuple(w for w in self.weights if (w.selection, w.target) != (event.selection, event.target))
                return replace(self, weights=(*others, event))
            case Evaluated():
                key = (event.target, event.split, event.selection)
                others = tuple(e for e in self.evaluations if (e.target, e.split, e.selection) != key)
                return replace(self, evaluations=(*others, event))
            case RunFinished():
                state: RunState = "collapsed" if is_collapsed(self.evaluations) else "finished"
                return replace(self, state=state, step=event.steps, pace=event.pace)
            case RunInterrupted():
                return replace(self, state="interrupted", step=event.step, waits_for="")
            case RunFailed():
                return replace(
                    self,
                    waits_for="",
                    state="diverged" if event.kind == "diverged" else "failed",
                    failure=event,
                    step=event.step,
                )
            case _:
                assert_never(event)

    def with_steps(self, steps: Sequence[StepLogged]) -> "RunHistory":
        """Apply logged steps that came one after the other, at once; at least one."""
        last = steps[-1]
        return replace(self, losses=self.losses.with_more(steps), step=last.step, pace=last.pace, state="running")

    def _validations_with(self, event: Validated) -> tuple[Validated, ...]:
        """Add a validation; a run that stopped between two targets of one may read a target again at that step."""
        first = len(self.validations)
        while first and self.validations[first - 1].step == event.step:
            first -= 1
        others = (point for point in self.validations[first:] if point.target != event.target)
        return (*self.validations[:first], *others, event)

    def _readings_with(self, event: SampleRead) -> tuple[SampleRead, ...]:
        """Add a reading; one of the same line at the same step, which only the latest can be, is replaced."""
        first = len(self.readings)
        while first and self.readings[first - 1].step == event.step:
            first -= 1
        line = (event.target, event.line_id)
        others = (read for read in self.readings[first:] if (read.target, read.line_id) != line)
        return (*self.readings[:first], *others, event)

    def _back_to(self, step: int, pace: Pace) -> "RunHistory":
        """Drop all points after a step: the checkpoint that training goes on from knows nothing of them."""
        return replace(
            self,
            state="running",
            losses=self.losses.until(step),
            parted=tuple(parted for parted in self.parted if parted.step <= step),
            validations=tuple(point for point in self.validations if point.step <= step),
            readings=tuple(read for read in self.readings if read.step <= step),
            weights=tuple(weights for weights in self.weights if weights.step <= step),
            evaluations=(),
            failure=None,
            waits_for="",
            step=step,
            pace=pace,
        )


def fold(run: str, events: Iterable[RunEvent]) -> RunHistory:
    """History of a run from its events; equal to applying them one by one as they came."""
    history, steps = RunHistory(run=run), list[StepLogged]()
    for event in events:
        if isinstance(event, StepLogged):
            steps.append(event)
        if steps and (not isinstance(event, StepLogged) or len(steps) == STEPS_AT_ONCE):
            history, steps = history.with_steps(steps), []
        if not isinstance(event, StepLogged):
            history = history.apply(event)
    return history.with_steps(steps) if steps else history

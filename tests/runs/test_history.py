"""The fold: pure, equal to its replay, and true to what a resumed run knows."""

from hypothesis import given
from hypothesis import strategies as st

from tests.runs.test_events import events
from workbench.runs.events import (
    BatchParted,
    CheckpointSaved,
    Evaluated,
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
    from_json,
    to_json,
)
from workbench.runs.history import RunHistory, fold, is_collapsed

RUN = "0123456789abcdef"


def started() -> RunStarted:
    return RunStarted(
        run=RUN, steps=9, steps_per_epoch=3, targets=("a", "b"), parameters=5, device="cpu", threads=1, frame_px=4
    )


def logged(step: int) -> StepLogged:
    return StepLogged(run=RUN, step=step, epoch=1, loss=1.0, learning_rate=0.1, gradient_norm=1.0)


def validated(step: int, target: str = "a", edits: int = 5, *, lines: int = 2, empty: int = 0) -> Validated:
    return Validated(run=RUN, step=step, epoch=1, target=target, lines=lines, edits=edits, length=10, empty_lines=empty)


def parted(step: int, parts: int, work: str = "training") -> BatchParted:
    return BatchParted.model_validate({"run": RUN, "step": step, "work": work, "parts": parts, "lines": 8 // parts})


def evaluated(target: str = "a", *, split: str = "test", edits: int = 5, empty: int = 0, lines: int = 4) -> Evaluated:
    return Evaluated.model_validate(
        {
            "run": RUN, "target": target, "language": "ar", "split": split, "selection": "last", "step": 9,
            "lines": lines, "edits": edits, "length": 10, "word_edits": 1, "words": 2, "empty_lines": empty,
            "unseen_characters": 0, "cluster_unit": "writers", "clusters": [],
        }
    )  # fmt: skip


def finished() -> RunFinished:
    return RunFinished(run=RUN, steps=9, predictions_sha256="0")


def checkpoint(step: int) -> CheckpointSaved:
    return CheckpointSaved(run=RUN, step=step, path=f"c{step}", sha256="", bytes=1)


def states(told: list[RunEvent]) -> list[str]:
    history = RunHistory(run=RUN)
    found: list[str] = []
    for event in told:
        history = history.apply(event)
        found.append(history.state)
    return found


@given(st.lists(events, max_size=12))
def test_a_fold_is_its_replay_from_disk(told: list[RunEvent]) -> None:
    live = RunHistory(run=RUN)
    for event in told:
        live = live.apply(event)
    assert fold(RUN, told) == live
    assert fold(RUN, [from_json(to_json(event)) for event in told]) == live


@given(st.lists(events, max_size=12), events)
def test_applying_changes_nothing_behind_the_back(told: list[RunEvent], event: RunEvent) -> None:
    before = fold(RUN, told)
    before.apply(event)
    assert before == fold(RUN, told)


def test_states_of_a_life() -> None:
    life = [
        started(), logged(1), RunPaused(run=RUN, step=1), RunContinued(run=RUN, step=1), checkpoint(3),
        RunInterrupted(run=RUN, step=3, reason="cancelled"), RunResumed(run=RUN, step=3, device="cpu"),
        RunFailed(run=RUN, step=4, kind="error", reason="x"), RunResumed(run=RUN, step=3, device="cpu"),
        RunFailed(run=RUN, step=4, kind="diverged", reason="x"), started(), evaluated(), finished(),
    ]  # fmt: skip
    assert states(life) == [
        "running", "running", "paused", "running", "running",
        "interrupted", "running",
        "failed", "running",
        "diverged", "running", "running", "finished",
    ]  # fmt: skip


def test_a_resumed_run_forgets_what_came_after_its_checkpoint() -> None:
    told = [
        started(), logged(1), validated(3), checkpoint(3), logged(4), validated(6),
        WeightsSaved(run=RUN, selection="best", target="a", step=6, path="w", sha256=""),
        evaluated(), RunResumed(run=RUN, step=3, device="cpu"),
    ]  # fmt: skip
    history = fold(RUN, told)
    assert [point.step for point in history.losses] == [1]
    assert [point.step for point in history.validations] == [3]
    assert history.weights == ()
    assert history.evaluations == ()
    assert history.checkpoint == checkpoint(3)
    assert history.step == 3
    assert history.state == "running"


def test_a_run_that_begins_anew_knows_nothing() -> None:
    assert fold(RUN, [started(), logged(1), checkpoint(3), started()]) == fold(RUN, [started()])


def test_a_target_validated_again_at_a_step_counts_once() -> None:
    history = fold(RUN, [started(), validated(3), validated(3, "b"), validated(3, edits=2)])
    assert history.curve("a") == ((3, 0.2),)
    assert history.curve("b") == ((3, 0.5),)


def test_the_latest_sample_of_each_target() -> None:
    def sample(step: int, target: str, text: str, line: str = "l") -> SampleRead:
        return SampleRead(run=RUN, step=step, target=target, line_id=line, reference="r", hypothesis=text)

    history = fold(RUN, [started(), sample(1, "a", "x"), sample(1, "b", "y"), sample(2, "a", "z")])
    assert [history.sample(name).hypothesis for name in ("a", "b")] == ["z", "y"]  # type: ignore[union-attr]
    assert history.sample("c") is None
    history = history.apply(sample(2, "a", "w", "m")).apply(sample(3, "a", "v"))
    assert [(one.line_id, one.hypothesis) for one in history.samples_of("a")] == [("l", "v"), ("m", "w")]
    assert history.sample("a") == sample(3, "a", "v")
    assert [(one.step, one.hypothesis) for one in history.readings_of("a", "l")] == [(1, "x"), (2, "z"), (3, "v")]
    again = history.apply(sample(3, "a", "u"))
    assert [one.hypothesis for one in again.readings_of("a", "l")] == ["x", "z", "u"], "a step is read once"
    back = history.apply(RunResumed(run=RUN, step=2, device="cpu"))
    assert back.sample("a") == sample(2, "a", "z"), "what was read after the checkpoint is void"


def test_collapse() -> None:
    assert not is_collapsed(())
    assert not is_collapsed((evaluated(edits=9, empty=2),))
    assert is_collapsed((evaluated(edits=10),)), "CER above 0.95"
    assert is_collapsed((evaluated(empty=3),)), "more than half of the lines empty"
    assert is_collapsed((evaluated(), evaluated("b", edits=10))), "one target is enough"
    assert not is_collapsed((evaluated(split="validation", edits=10),)), "only the test part counts"
    assert not is_collapsed((evaluated(lines=0, empty=0, edits=10),))
    assert fold(RUN, [started(), evaluated(edits=10), finished()]).state == "collapsed"


def test_blank_after_a_fifth_of_the_steps_is_warned_of() -> None:
    blank = validated(1, lines=10, empty=10)
    assert fold(RUN, [started(), blank]).blank_targets == (), "every network begins like that"
    later = blank.model_copy(update={"step": 2})
    assert fold(RUN, [started(), blank, later]).blank_targets == ("a",)
    assert fold(RUN, [started(), later.model_copy(update={"empty_lines": 9})]).blank_targets == ("a",)
    assert fold(RUN, [started(), later.model_copy(update={"empty_lines": 8})]).blank_targets == ()
    reads = validated(3, lines=10, empty=0)
    assert fold(RUN, [started(), later, reads]).blank_targets == (), "the latest validation counts"
    both = [started(), later, validated(2, "b", lines=10, empty=10), reads]
    assert fold(RUN, both).blank_targets == ("b",), "each target by itself"
    assert fold(RUN, [later]).blank_targets == (), "a history without its beginning knows of no share"


def test_parts_of_batches_are_known_once_and_forgotten_with_their_steps() -> None:
    history = fold(RUN, [started(), logged(1), parted(2, 2), parted(5, 4), parted(5, 2, "reading"), parted(6, 4)])
    assert history.batch_parts == 4
    assert [(each.step, each.work, each.parts) for each in history.parted] == [
        (2, "training", 2), (5, "reading", 2), (6, "training", 4),
    ]  # fmt: skip
    resumed = history.apply(RunResumed(run=RUN, step=3, device="cpu"))
    assert (resumed.batch_parts, [each.step for each in resumed.parted]) == (2, [2])
    assert fold(RUN, [started()]).batch_parts == 1


def test_a_run_that_ends_before_its_last_step_was_stopped_early() -> None:
    early = RunFinished(run=RUN, steps=6, predictions_sha256="0")
    assert fold(RUN, [started(), logged(6), evaluated(), early]).is_stopped_early
    assert not fold(RUN, [started(), evaluated(), finished()]).is_stopped_early
    assert not fold(RUN, [started(), logged(6)]).is_stopped_early, "it still trains"

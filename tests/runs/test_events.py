"""Events to lines and back, and logs as a crash leaves them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    from_json,
    read_log,
    step_of,
    to_json,
    to_log_line,
)

counts = st.integers(0, 10**9)
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.sampled_from(["checkpoint-7.pt", "best-بيت %2F.safetensors"])
ids = st.sampled_from(["0123456789abcdef", "fedcba9876543210"])
targets = st.sampled_from(["arabic", "پارسی", "a b"])
paces = st.builds(
    Pace, seconds=numbers, lines_per_second=numbers, memory_mb=numbers, device_memory_mb=numbers,
    device_utilisation=st.none() | numbers,
)  # fmt: skip
clusters = st.lists(st.tuples(texts, counts, counts, counts), max_size=3).map(tuple)

events = st.one_of(
    st.builds(
        RunStarted, run=ids, steps=counts, steps_per_epoch=counts, targets=st.lists(targets).map(tuple),
        parameters=counts, device=texts, threads=counts, frame_px=counts,
        exposures_per_step=st.lists(st.tuples(targets, numbers), max_size=3).map(tuple),
    ),
    st.builds(RunResumed, run=ids, step=counts, device=texts, pace=paces),
    st.builds(StepLogged, run=ids, step=counts, epoch=counts, loss=numbers, learning_rate=numbers,
              gradient_norm=numbers, pace=paces),
    st.builds(BatchParted, run=ids, step=counts, work=st.sampled_from(["training", "reading"]), parts=counts,
              lines=counts),
    st.builds(Validated, run=ids, step=counts, epoch=counts, target=targets, lines=counts, edits=counts,
              length=counts, empty_lines=counts, pace=paces),
    st.builds(SampleRead, run=ids, step=counts, target=targets, line_id=texts, reference=texts, hypothesis=texts),
    st.builds(CheckpointSaved, run=ids, step=counts, path=names, sha256=texts, bytes=counts, pace=paces),
    st.builds(RunPaused, run=ids, step=counts),
    st.builds(RunContinued, run=ids, step=counts),
    st.builds(WeightsSaved, run=ids, selection=st.sampled_from(["last", "best"]), target=targets, step=counts,
              path=names, sha256=texts),
    st.builds(
        Evaluated, run=ids, target=targets, language=texts, split=st.sampled_from(["validation", "test"]),
        selection=st.sampled_from(["last", "best"]), step=counts, lines=counts, edits=counts, length=counts,
        word_edits=counts, words=counts, empty_lines=counts, unseen_characters=counts, cluster_unit=texts,
        clusters=clusters,
    ),
    st.builds(RunFinished, run=ids, steps=counts, predictions_sha256=texts, pace=paces),
    st.builds(RunInterrupted, run=ids, step=counts, reason=st.sampled_from(["cancelled", "driver_gone"])),
    st.builds(RunFailed, run=ids, step=counts, kind=st.sampled_from(["error", "died"]), reason=texts, hint=texts,
              log_tail=texts),
)  # fmt: skip


@given(events)
def test_there_and_back(event: RunEvent) -> None:
    line = to_json(event)
    assert "\n" not in line
    again = from_json(line)
    assert again == event
    assert type(again) is type(event)
    assert to_json(again) == line, "what equality ignores comes back too"


@given(st.lists(events, max_size=8), st.data())
def test_a_log_torn_anywhere_loses_its_last_line_at_most(told: list[RunEvent], data: st.DataObject) -> None:
    content = b"".join(to_log_line(event).encode() + b"\n" for event in told)
    whole = read_log(content)
    assert (list(whole.events), whole.intact_bytes, whole.damaged_lines) == (told, len(content), ())
    cut = data.draw(st.integers(0, len(content)))
    torn = read_log(content[:cut])
    assert list(torn.events) == told[: len(torn.events)]
    assert torn.damaged_lines == ()
    assert content[: torn.intact_bytes].count(b"\n") == len(torn.events)
    assert torn.intact_bytes <= cut


@given(st.lists(events, min_size=2, max_size=6), st.data())
def test_a_damaged_line_is_named_and_the_others_are_kept(told: list[RunEvent], data: st.DataObject) -> None:
    lines = [to_log_line(event).encode() for event in told]
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[number]) - 1))
    old = lines[number][place : place + 1]
    new = data.draw(st.sampled_from([byte for byte in (b"x", b"7", b"{", b"\xff") if byte != old]))
    # A hex digit of the checksum in capitals would be the same number.
    damaged = lines[number][:place] + new + lines[number][place + 1 :]
    log = read_log(b"".join(line + b"\n" for line in [*lines[:number], damaged, *lines[number + 1 :]]))
    assert log.damaged_lines == (number + 1,)
    assert list(log.events) == [*told[:number], *told[number + 1 :]]


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(content: bytes) -> None:
    log = read_log(content)
    assert log.intact_bytes <= len(content)
    assert log.events == ()


def test_every_kind_has_a_name_of_its_own() -> None:
    kinds = get_args(RunEvent)
    assert len({kind.model_fields["type"].default for kind in kinds}) == len(kinds) == 14


@given(events)
def test_steps(event: RunEvent) -> None:
    match event:
        case RunStarted():
            assert step_of(event) is None
        case RunFinished():
            assert step_of(event) == event.steps
        case _:
            assert step_of(event) == event.step


def test_pace_does_not_count_in_comparisons() -> None:
    slow, fast = (RunFinished(run="a", steps=1, predictions_sha256="", pace=Pace(seconds=s)) for s in (1.0, 2.0))
    assert slow == fast
    assert hash(slow.pace) == hash(fast.pace)
    assert slow.pace != 1.0


@pytest.mark.parametrize("line", ["", "{}", '{"type": "run_paused"}', '{"type": "no_such", "run": "a"}', "not json"])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        from_json(line)


def test_logs_from_before_utilisation_and_exposures_were_told_are_read() -> None:
    started = (
        b'{"run":"a","type":"run_started","steps":9,"steps_per_epoch":4,"targets":["x"],"parameters":1,'
        b'"device":"cpu","threads":1,"frame_px":4}'
    )
    event = from_json(started)
    assert isinstance(event, RunStarted)
    assert event.exposures_of("x") == 1 / 4, "every line was drawn once per epoch"
    told = event.model_copy(update={"exposures_per_step": (("x", 0.5), ("y", 0.125))})
    assert (told.exposures_of("x"), told.exposures_of("y")) == (0.5, 0.125)
    logged = from_json(
        b'{"run":"a","type":"step_logged","step":1,"epoch":1,"loss":1,"learning_rate":1,"gradient_norm":1,'
        b'"pace":{"seconds":2,"lines_per_second":3,"memory_mb":4,"device_memory_mb":0}}'
    )
    assert isinstance(logged, StepLogged)
    assert logged.pace.device_utilisation is None

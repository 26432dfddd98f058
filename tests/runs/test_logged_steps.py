"""Logged steps, packed: what goes in comes out, and longer sequences leave the shorter ones as they are."""

import tracemalloc

import pytest

from tests.runs.test_history import logged
from workbench.runs.events import Pace, StepLogged
from workbench.runs.history import RunHistory, fold
from workbench.runs.logged_steps import LoggedSteps


def steps(*numbers: int) -> list[StepLogged]:
    return [logged(number) for number in numbers]


def test_what_goes_in_comes_out() -> None:
    known = Pace(seconds=1.5, lines_per_second=30.0, memory_mb=512.0, device_memory_mb=3.0, device_utilisation=0.0)
    told = [logged(1).model_copy(update={"pace": known}), logged(2)]
    packed = LoggedSteps("r").with_more(told)
    assert list(packed) == told
    assert [repr(point) for point in packed] == [repr(point) for point in told], "what equality ignores, too"
    assert (packed[-1], packed[:1], len(packed)) == (told[1], told[:1], 2)
    with pytest.raises(IndexError):
        packed[2]


def test_sequences_that_go_on_from_one_leave_each_other_alone() -> None:
    begin = LoggedSteps("r").with_more(steps(1, 2))
    one, other = begin.with_more(steps(3)), begin.with_more(steps(4))
    assert [[point.step for point in each] for each in (begin, one, other)] == [[1, 2], [1, 2, 3], [1, 2, 4]]
    assert [point.step for point in one.until(2)] == [1, 2]
    assert one != other
    assert one.until(2) == begin


def test_many_steps_cost_time_and_memory_by_their_number_alone() -> None:
    """As a tuple of values each took 2.5 kB, and the copies for 20,000 of them 11 s."""
    point = logged(1)
    tracemalloc.start()
    try:
        history = fold("r", (point for _ in range(4_000)))
        for _ in range(200):
            history = history.apply(point)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(history.losses) == 4_200
    assert most / 4_200 < 1000, "bytes for each, those that a fold takes in at once included"
    assert history == fold("r", history.losses)
    assert isinstance(history, RunHistory)

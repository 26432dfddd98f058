"""Draws: seeded, nested, and deaf to everything that must not matter."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.draws import draw_lines, draw_validation, lines_for

POOL = [f"line {at}" for at in range(200)]

pools = st.sets(st.text(min_size=1, max_size=6), max_size=60)


@given(pool=pools, draw=st.integers(0, 5))
def test_a_draw_is_the_whole_pool_in_another_order(pool: set[str], draw: int) -> None:
    order = draw_lines(pool, fingerprint="f", rule="official", draw=draw)
    assert sorted(order) == sorted(pool)


@given(pool=pools)
def test_the_order_of_the_pool_does_not_matter(pool: set[str]) -> None:
    ids = sorted(pool)
    assert draw_lines(ids, fingerprint="f", rule="official", draw=0) == draw_lines(
        ids[::-1], fingerprint="f", rule="official", draw=0
    )


@given(pool=pools, data=st.data())
def test_excluded_lines_are_never_drawn(pool: set[str], data: st.DataObject) -> None:
    excluded = data.draw(st.sets(st.sampled_from(sorted(pool)))) if pool else set()
    order = draw_lines(pool, fingerprint="f", rule="official", exclusions=excluded, draw=0)
    assert sorted(order) == sorted(pool - excluded)
    already_without = draw_lines(pool - excluded, fingerprint="f", rule="official", exclusions=excluded, draw=0)
    assert order == already_without


def test_everything_that_is_named_gives_another_draw() -> None:
    draws = {
        draw_lines(POOL, fingerprint="f", rule="official", draw=0),
        draw_lines(POOL, fingerprint="f", rule="official", draw=1),
        draw_lines(POOL, fingerprint="g", rule="official", draw=0),
        draw_lines(POOL, fingerprint="f", rule="writers", draw=0),
        draw_validation(POOL, fingerprint="f", rule="official", draw=0),
        draw_lines(POOL, fingerprint="f", rule="official", exclusions=["x"], draw=0),
    }
    assert len(draws) == 6


def test_draws_are_independent_of_each_other() -> None:
    shared = [
        len(
            set(draw_lines(POOL, fingerprint="f", rule="official", draw=2 * at)[:50])
            & set(draw_lines(POOL, fingerprint="f", rule="official", draw=2 * at + 1)[:50])
        )
        for at in range(40)
    ]
    assert abs(np.mean(shared) - 50 * 50 / 200) < 2


EXPECTED = tuple(f"line {at}" for at in (3, 0, 7, 2, 5, 4, 1, 6))


def test_a_draw_is_the_same_on_every_machine() -> None:
    assert draw_lines(POOL[:8], fingerprint="f", rule="official", draw=0) == EXPECTED


# Writers in turns, and K in characters

sizes = st.lists(st.integers(1, 9), min_size=1, max_size=25)


def written_by(counts: list[int]) -> dict[str, str]:
    return {f"line {writer}-{at}": f"w{writer}" for writer, size in enumerate(counts) for at in range(size)}


def in_turns(writers: dict[str, str], draw: int = 0) -> tuple[str, ...]:
    return draw_lines(writers, fingerprint="f", rule="official", draw=draw, writers=writers)


@given(counts=sizes, draw=st.integers(0, 3), k=st.integers(1, 60))
def test_k_lines_come_from_as_many_writers_as_they_can(counts: list[int], draw: int, k: int) -> None:
    writers = written_by(counts)
    order = in_turns(writers, draw)
    assert sorted(order) == sorted(writers)
    taken = Counter(writers[line_id] for line_id in order[:k])
    assert len(taken) == min(k, len(counts), len(order))
    still = [taken[f"w{writer}"] for writer, size in enumerate(counts) if taken[f"w{writer}"] < size]
    assert not still or max(taken.values()) - min(still) <= 1


def test_turns_are_drawn_anew_and_draws_differ() -> None:
    writers = written_by([5] * 30)
    order = in_turns(writers)
    turns = [[writers[line_id] for line_id in order[at : at + 30]] for at in range(0, 150, 30)]
    assert len({tuple(turn) for turn in turns}) == 5
    assert len({in_turns(writers, draw) for draw in range(5)}) == 5
    assert in_turns(writers) == order
    assert order != draw_lines(writers, fingerprint="f", rule="official", draw=0)


@given(lengths=st.lists(st.integers(0, 90), min_size=1, max_size=40), k=st.integers(1, 2000), more=st.integers(0, 500))
def test_k_characters_are_the_shortest_beginning_that_has_them(lengths: list[int], k: int, more: int) -> None:
    characters = {f"line {at}": length for at, length in enumerate(lengths)}
    order = draw_lines(characters, fingerprint="f", rule="official", draw=0)
    count = lines_for(order, k, characters)
    total = sum(characters[line_id] for line_id in order[:count])
    assert total >= k or count == len(order)
    assert sum(characters[line_id] for line_id in order[: count - 1]) < k
    assert lines_for(order, k + more, characters) >= count
    assert lines_for(order, k) == min(k, len(order))

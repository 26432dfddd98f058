"""Draws: seeded, nested, and deaf to everything that must not matter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.draws import draw_lines, draw_validation

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

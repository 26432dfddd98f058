"""Polygons in every spelling that is met."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.page_points import MAX_COORDINATE, BadPolygonError, box_points, parse_points

WHOLE = st.integers(-MAX_COORDINATE, MAX_COORDINATE)
BROKEN = st.floats(-MAX_COORDINATE, MAX_COORDINATE, allow_nan=False)
SPELLINGS = {
    "x,y x,y": (",", " "),
    "x y x y": (" ", " "),
    "x,y,x,y": (",", ","),
    "x, y, x, y": (", ", ", "),
    "rows": (" ", "\n\t"),
}


@pytest.mark.parametrize("name", SPELLINGS)
@given(points=st.lists(st.tuples(WHOLE, WHOLE) | st.tuples(BROKEN, BROKEN), min_size=3, max_size=9))
def test_every_spelling_gives_the_points(name: str, points: list[tuple[float, float]]) -> None:
    within, between = SPELLINGS[name]
    spelled = between.join(f"{x}{within}{y}" for x, y in points)
    assert parse_points(f" {spelled}\n") == tuple(points)


@pytest.mark.parametrize(
    ("spelled", "reason"),
    [
        ("", "its polygon has 0 points, and needs three"),
        ("1,2", "its polygon has 1 point, and needs three"),
        ("1,2 3,4", "its polygon has 2 points, and needs three"),
        ("1,2 3,4 5", "its polygon has an odd number of coordinates (5)"),
        ("1,2 3,4 5,x", "its polygon holds 'x', which is no number"),
        ("1,2 3,4 5,nan", "its polygon holds 'nan', which is no number"),
        ("1,2 3,4 5,1_0", "its polygon holds '1_0', which is no number"),
        ("1,2 3,4 5,٣", "its polygon holds '٣', which is no number"),
        ("1,2 3,4 5,1e999", "its polygon holds 1e999, which lies on no page"),
        ("1,2 3,4 5,10000000", "its polygon holds 10000000, which lies on no page"),
    ],
)
def test_what_is_no_polygon_is_said(spelled: str, reason: str) -> None:
    with pytest.raises(BadPolygonError) as error:
        parse_points(spelled)
    assert str(error.value) == reason


@given(st.text(max_size=60))
def test_anything_else_is_refused_or_a_polygon(spelled: str) -> None:
    with suppress(BadPolygonError):
        assert len(parse_points(spelled)) >= 3


def test_a_box_holds_its_last_row_and_column() -> None:
    assert box_points(10, 5, 20, 10) == ((10, 5), (29, 5), (29, 14), (10, 14))
    assert box_points(10, 5, 0, 0) == ((10, 5),) * 4

"""Polygons as XML files of pages write them."""

import math
import re

from workbench.data.reader import counted

MAX_COORDINATE = 1_000_000
"""Beyond any page."""

Point = tuple[float, float]

_SEPARATORS = re.compile(r"[\s,]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class BadPolygonError(Exception):
    """What is written is no polygon; the message says why."""


def parse_points(spelled: str) -> tuple[Point, ...]:
    """Points of `x,y x,y`, `x y x y` or `x,y,x,y`, whole numbers or not.

    Raises
    ------
    BadPolygonError
        When they make no polygon.
    """
    numbers = [parse_number(token) for token in _SEPARATORS.split(spelled.strip(" ,\t\r\n")) if token]
    if len(numbers) % 2:
        raise BadPolygonError(f"its polygon has an odd number of coordinates ({len(numbers):,})")
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if len(points) < 3:
        raise BadPolygonError(f"its polygon has {counted(len(points), 'point')}, and needs three")
    return points


def parse_number(spelled: str) -> float:
    """A coordinate.

    Raises
    ------
    BadPolygonError
        When it is no number, or none of a page.
    """
    if not _NUMBER.fullmatch(spelled.strip()):
        raise BadPolygonError(f"its polygon holds {spelled[:40]!r}, which is no number")
    number = float(spelled)
    if not math.isfinite(number) or abs(number) > MAX_COORDINATE:
        raise BadPolygonError(f"its polygon holds {spelled[:40]}, which lies on no page")
    return number


def box_points(left: float, top: float, width: float, height: float) -> tuple[Point, ...]:
    """Corners of a box; its last column and row belong to it."""
    right, bottom = max(left, left + width - 1), max(top, top + height - 1)
    return ((left, top), (right, top), (right, bottom), (left, bottom))

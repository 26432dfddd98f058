"""The one diverging scale: blue helps (negative), red hurts (positive), centred on 0."""

from PySide6.QtGui import QColor

_BLUES = ((0.97, 0.97, 0.97), (0.82, 0.90, 0.94), (0.57, 0.77, 0.87), (0.26, 0.58, 0.76), (0.13, 0.40, 0.67))
_REDS = ((0.97, 0.97, 0.97), (0.99, 0.86, 0.78), (0.96, 0.65, 0.51), (0.84, 0.38, 0.30), (0.70, 0.09, 0.17))
_DARK_CENTRE = (0.22, 0.22, 0.24)
"""Source: ColorBrewer's RdBu, safe for colour-blind readers; near 0 a dark scheme has its own ground."""

LEAST_LIMIT_PP = 1.0
"""The scale never shows differences below a point in full colour: they would look larger than they are."""


def limit(values: tuple[float, ...]) -> float:
    """Largest magnitude of the scale, in percentage points: the same on both sides of 0."""
    return max([LEAST_LIMIT_PP, *(abs(value) for value in values)])


def colour(value: float, largest: float, *, is_dark: bool = False) -> QColor:
    """Colour of a difference on a scale that reaches from −`largest` to +`largest` percentage points."""
    ramp = list(_BLUES if value < 0 else _REDS)
    if is_dark:
        ramp = [
            _DARK_CENTRE,
            *(_mix(_DARK_CENTRE, part, share) for part, share in zip(ramp[2:], (0.55, 0.8, 1.0), strict=True)),
        ]
    place = min(abs(value) / largest, 1.0) * (len(ramp) - 1)
    index = min(int(place), len(ramp) - 2)
    return QColor.fromRgbF(*_mix(ramp[index], ramp[index + 1], place - index))


def _mix(
    one: tuple[float, float, float], other: tuple[float, float, float], share: float
) -> tuple[float, float, float]:
    red, green, blue = (a * (1 - share) + b * share for a, b in zip(one, other, strict=True))
    return red, green, blue

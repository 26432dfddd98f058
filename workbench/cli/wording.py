"""Numbers as a reader expects them."""

MINUS = "\N{MINUS SIGN}"

_ISOLATE, _END_OF_ISOLATE = "\N{RIGHT-TO-LEFT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_LEFT_OUT: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")),
    **{point: chr(0x2400 + point) for point in range(0x20)},
    ord("\t"): "⇥",
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}"),
}
"""Marks of direction in a text would end its isolation; control characters would steer the terminal."""


def isolated(text: str) -> str:
    """Return a text of a line so that it does not turn what stands around it on a terminal."""
    return f"{_ISOLATE}{text.translate(_LEFT_OUT)}{_END_OF_ISOLATE}"


def percent(share: float | None) -> str:
    """Return a rate in percent with one decimal, a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def signed(value: float | None) -> str:
    """Return percentage points with their sign, a dash where there are none."""
    if value is None:
        return "–"
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else f"{MINUS if value < 0 else '+'}{text}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it: '40 s', '12 min', '3.5 h'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def about(low: float, high: float) -> str:
    """Return an estimate with its range: 'about 12 min (9 min to 18 min)'."""
    middle = (low * high) ** 0.5
    if duration(low) == duration(high):
        return f"about {duration(middle)}"
    return f"about {duration(middle)} ({duration(low)} to {duration(high)})"


def count(number: int, one: str, many: str = "") -> str:
    """Return '1 run', '14 runs', '1,633 lines'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

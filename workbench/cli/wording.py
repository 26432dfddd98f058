"""Numbers as a reader expects them."""

MINUS = "\N{MINUS SIGN}"


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

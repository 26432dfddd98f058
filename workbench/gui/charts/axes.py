"""What a curve can be drawn over, in words and in units."""

from dataclasses import dataclass

from workbench.gui.charts.curve_points import Axis


@dataclass(frozen=True, slots=True)
class AxisWords:
    """How an axis is named where it is chosen, under the plot, and beside a value."""

    choice: str
    label: str
    meaning: str


AXES: dict[Axis, AxisWords] = {
    "steps": AxisWords("steps", "step", "Optimiser updates"),
    "epochs": AxisWords("epochs", "epoch", "Passes over the run's training lines"),
    "exposures": AxisWords(
        "exposures",
        "times that each line was seen",
        "How often each training line of the target was seen, on average; curves of a run as a whole go by its "
        "target that is seen least often",
    ),
    "time": AxisWords("time", "time", "Time spent in the run, pauses left out"),
}

_TIME_UNITS = ((7200.0, 3600.0, "h"), (180.0, 60.0, "min"), (0.0, 1.0, "s"))


def time_unit(reach_s: float) -> tuple[float, str]:
    """Return the unit that suits an axis of so many seconds, as its length in seconds and its name."""
    return next((length, name) for least, length, name in _TIME_UNITS if reach_s >= least)


def place_words(axis: Axis, x: float) -> str:
    """Say where on an axis something is: 'step 1,240', 'epoch 3.5', 'seen 3.5 times', '0:12:30'."""
    match axis:
        case "steps":
            return f"step {x:,.0f}"
        case "epochs":
            return f"epoch {x:,.2f}"
        case "exposures":
            return f"seen {x:,.2f} times"
        case "time":
            minutes, seconds = divmod(round(x), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02d}:{seconds:02d}"

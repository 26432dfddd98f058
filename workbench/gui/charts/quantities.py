"""What can be drawn over a run: a literal table, read by the curves, the tiles and the readout."""

from collections.abc import Callable
from dataclasses import dataclass

from workbench.runs.events import StepLogged, Validated

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number that a run tells again and again.

    Attributes
    ----------
    title : str
        What stands over its plot.
    unit : str
        Follows a value, a blank included where there is one.
    least : float
        Smallest value that a logarithmic scale shows; what is less, nought too, is drawn there.
    empty_top : float
        Where the axis ends as long as there is no curve.
    step_value, validation_value : callable or None
        Either of them: the value of an event, in the unit. A validation tells one of each target.
    is_smoothed : bool
        Whether smoothing, where it is wanted, applies.
    """

    key: str
    title: str
    unit: str
    digits: str
    least: float
    empty_top: float = 1.0
    step_value: Callable[[StepLogged], float] | None = None
    validation_value: Callable[[Validated], float] | None = None
    is_smoothed: bool = False

    def text(self, value: float) -> str:
        """Return a value with its unit."""
        return f"{value:{self.digits}}{self.unit}"


def _memory_gb(point: StepLogged) -> float:
    return point.pace.memory_mb / 1024 or NAN


def _device_memory_gb(point: StepLogged) -> float:
    return point.pace.device_memory_mb / 1024 or NAN


def _utilisation(point: StepLogged) -> float:
    known = point.pace.device_utilisation
    return NAN if known is None else known


QUANTITIES: dict[str, Quantity] = {
    quantity.key: quantity
    for quantity in (
        Quantity(
            "cer", "CER on validation lines, per cent", " %", ".1f", least=0.1, empty_top=100.0,
            validation_value=lambda point: 100 * point.edits / max(point.length, 1),
        ),
        Quantity(
            "loss", "Training loss", "", ".3f", least=1e-3,
            step_value=lambda point: point.loss, is_smoothed=True,
        ),
        Quantity(
            "learning_rate", "Learning rate", "", ".2g", least=1e-8, empty_top=1e-3,
            step_value=lambda point: point.learning_rate,
        ),
        Quantity(
            "gradient", "Gradient norm before clipping", "", ".2f", least=1e-4,
            step_value=lambda point: point.gradient_norm, is_smoothed=True,
        ),
        Quantity(
            "empty", "Validation lines for which nothing is output, per cent", " %", ".1f", least=0.1,
            empty_top=100.0, validation_value=lambda point: 100 * point.empty_lines / max(point.lines, 1),
        ),
        Quantity(
            "speed", "Training lines per second", " lines/s", ",.1f", least=1e-2, empty_top=100.0,
            step_value=lambda point: point.pace.lines_per_second or NAN, is_smoothed=True,
        ),
        Quantity("memory", "Memory of the training process, GB", " GB", ".2f", least=1e-3, step_value=_memory_gb),
        Quantity(
            "device_memory", "Memory of the GPU, GB at most so far", " GB", ".2f", least=1e-3,
            step_value=_device_memory_gb,
        ),
        Quantity(
            "utilisation", "How busy the device is, per cent", " %", ".0f", least=1.0, empty_top=100.0,
            step_value=_utilisation, is_smoothed=True,
        ),
    )
}  # fmt: skip
"""By key. Those that are not known are not a number: they are no point of a curve."""

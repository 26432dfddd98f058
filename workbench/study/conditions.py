"""What the runs of a grid may differ in beside architecture, regime, K, draw, seed and budget. A literal table.

Each condition has a usual value; a study that names no other one has no further axes.
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, field_validator

Folding = Literal["off", "on"]
Batches = Literal["mixed", "one_target"]
Sampling = Literal["proportional", "balanced"]
Norm = Literal["batch", "group"]

FOLDING_STEPS = ("nfc", "fold_yeh", "fold_kaf", "fold_heh", "fold_digits", "fold_full_stop")
"""Normalisation that `folding = "on"` adds to the study's own, as far as it lacks it: letters, digits and full stops
that Arabic, Urdu and Persian write alike and encode differently. Heh Doachashmee stays: in Urdu it is another letter.
"""


class Conditions(BaseModel):
    """The conditions of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folding: Folding = "off"
    batches: Batches = "mixed"
    sampling: Sampling = "proportional"
    norm: Norm = "batch"

    def __str__(self) -> str:
        """Return what is not usual about them: 'code points folded, group norm'; empty where all is."""
        return ", ".join(
            option.words
            for axis in AXES.values()
            for option in axis.options[1:]
            if option.key == getattr(self, axis.name)
        )

    def normalisation(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """Return the normalisation of a run, given that of its study."""
        if self.folding == "off":
            return steps
        return (*steps, *(step for step in FOLDING_STEPS if step not in steps))


@dataclass(frozen=True, slots=True)
class AxisOption:
    """One value of a condition."""

    key: str
    words: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A condition with its values, the usual one first."""

    name: str
    title: str
    options: tuple[AxisOption, ...]


AXES: dict[str, Axis] = {
    "folding": Axis(
        "folding",
        "Code points",
        (
            AxisOption("off", "code points as read", "The same letter may be another class in another language."),
            AxisOption(
                "on",
                "code points folded",
                "Yeh, Kaf, Heh, digits and full stops of the three languages share classes; scored folded, too.",
            ),
        ),
    ),
    "batches": Axis(
        "batches",
        "Batches",
        (
            AxisOption("mixed", "mixed batches", "Lines of all data sets are shuffled together."),
            AxisOption(
                "one_target",
                "batches of one data set",
                "Each batch holds lines of one data set, so that BatchNorm's statistics do not mix domains.",
            ),
        ),
    ),
    "sampling": Axis(
        "sampling",
        "Sampling",
        (
            AxisOption("proportional", "proportional sampling", "Every line is seen once per epoch."),
            AxisOption(
                "balanced",
                "balanced sampling",
                "As many lines of every data set per epoch: where one has fewer, its lines come again.",
            ),
        ),
    ),
    "norm": Axis(
        "norm",
        "Normalisation of features",
        (
            AxisOption("batch", "batch norm", "Published: statistics over the batch, whatever it mixes."),
            AxisOption("group", "group norm", "Statistics of each line's own columns; the same parameters."),
        ),
    ),
}
"""By name, as a study file writes it."""


class ConditionAxes(BaseModel):
    """The conditions under which a study trains every arm: all combinations of the values that it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folding: tuple[Folding, ...] = ("off",)
    batches: tuple[Batches, ...] = ("mixed",)
    sampling: tuple[Sampling, ...] = ("proportional",)
    norm: tuple[Norm, ...] = ("batch",)

    @field_validator("folding", "batches", "sampling", "norm")
    @classmethod
    def _each_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values:
            raise ValueError("at least one is needed")
        if len(set(values)) < len(values):
            raise ValueError("each value once")
        return values

    def combinations(self) -> tuple[Conditions, ...]:
        """All conditions, those with usual values first where the study names them first."""
        return tuple(
            Conditions(folding=folding, batches=batches, sampling=sampling, norm=norm)
            for folding, batches, sampling, norm in product(self.folding, self.batches, self.sampling, self.norm)
        )


assert all(
    tuple(option.key for option in axis.options) == get_args(values)
    for axis, values in zip(AXES.values(), (Folding, Batches, Sampling, Norm), strict=True)
)

"""What the user asks for: a study, as a frozen value and as the keys of a TOML file.

Units stand in the key names. Every key is checked, an unknown one is an error. What a study names (data sets,
architectures, regimes) is looked up later, when it is resolved into a plan.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.text.reading_order import ReadingOrder

SCHEMA_VERSION = 1

Selection = Literal["last", "best"]
BudgetUnit = Literal["steps", "epochs"]
SplitRule = Literal["official", "writers"]
PlaceholderPolicy = Literal["keep", "drop_line", "wildcard"]

_BUDGET = re.compile(r"^\s*(\d+)\s*(steps|epochs)\s*$")
_NAME = re.compile(r"^[^\W_][\w.-]*( [\w.-]+)*$")


class FrozenModel(BaseModel):
    """Values that are read from files: never changed in place, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Budget(FrozenModel):
    """How long a run trains, counted so that arms can be compared: `1500 steps` or `40 epochs`.

    Equal *steps*: every run makes the same number of optimiser updates. Equal *epochs*: every run sees each of its
    lines equally often, so that a run on three targets makes three times the updates of a run on one.
    """

    unit: BudgetUnit
    amount: PositiveInt

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = _BUDGET.match(value)
        if match is None:
            raise ValueError(f"'{value}' is not a budget; write '1500 steps' or '40 epochs'")
        return {"unit": match[2], "amount": int(match[1])}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    def steps(self, lines: int, batch_lines: int) -> int:
        """Optimiser steps of a run that trains on `lines` lines in batches of `batch_lines`."""
        return self.amount if self.unit == "steps" else self.amount * -(-lines // batch_lines)


class Preprocessing(FrozenModel):
    """How a line image becomes the network's input."""

    line_height_px: Annotated[int, Field(ge=16, le=512)] = 48
    """Height of the network's input, border included."""
    crop_to_ink: bool = True
    """Cut to the rows and columns between the 0.5 % and 99.5 % quantile of ink mass, with a 4 px margin."""
    scaling: Literal["to_height", "never_enlarge"] = "to_height"
    """`to_height`: every line fills the height. `never_enlarge` (published): smaller lines stay small, top left."""
    canvas_width_px: Annotated[int, Field(ge=64, le=16384)] | None = None
    """None: batches of lines of like width. A number: one fixed canvas, too wide lines are squeezed into it."""
    border_px: Annotated[int, Field(ge=0, le=64)] = 0
    background: Literal["paper", "median"] = "paper"
    """What fills the canvas beside the line: paper (0), or the published median of each column and row."""
    equalise_contrast: bool = False
    """Stretch each line's grey values between its 40 % and 99.5 % quantile, so that pen and paper matter less."""


class Placeholders(FrozenModel):
    """What becomes of signs that stand for an illegible or struck-out piece of a line (KHATT's `#` and `@`).

    Under every policy all test and validation lines are kept and scored.
    """

    characters: str = "#@"
    """Signs that stand for what was not transcribed, without blanks between them."""
    policy: PlaceholderPolicy = "keep"
    """`keep` (published): characters like any other, learnt and scored. `drop_line`: training lines that hold one
    are left out before lines are drawn. `wildcard`: learnt, but not scored. Where they are not kept, a placeholder
    of a reference matches anything at no cost, and those of a hypothesis are removed before it is scored."""

    @field_validator("characters")
    @classmethod
    def _check_characters(cls, characters: str) -> str:
        if not characters or any(character.isspace() for character in characters):
            raise ValueError("at least one character, and no blanks")
        if len(set(characters)) < len(characters):
            raise ValueError("each character once")
        return characters

    @property
    def wildcards(self) -> str:
        """Characters that scoring ignores; see :func:`workbench.metrics.error_rate.count_characters`."""
        return "" if self.policy == "keep" else self.characters

    def within(self, text: str) -> tuple[str, ...]:
        """Placeholders that a text holds, each once."""
        return tuple(character for character in self.characters if character in text)


class Training(FrozenModel):
    """Optimiser, loss, schedule, text order and validation of every run."""

    batch_lines: PositiveInt = 8
    learning_rate: PositiveFloat = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 5e-5
    schedule: Literal["one_cycle", "milestones", "constant"] = "one_cycle"
    warmup_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Part of a `one_cycle` run in which the learning rate rises."""
    milestone_shares: tuple[float, ...] = (0.5, 0.75)
    """Parts of a `milestones` run after which the learning rate is divided by ten."""
    gradient_clip_norm: Annotated[float, Field(ge=0)] = 5.0
    """0: no clipping."""
    auxiliary_loss_weight: Annotated[float, Field(ge=0)] = 0.1
    """Weight of the CTC loss of the shortcut head, for architectures that have one."""
    loss: Literal["line_mean", "batch_sum"] = "line_mean"
    """`line_mean`: mean of the lines' CTC losses. `batch_sum` (published): their sum over `batch_lines`."""
    augmentation: Literal["none", "light", "published"] = "none"
    precision: Literal["float32", "bfloat16"] = "float32"
    reading_order: ReadingOrder = "ltr_runs"
    alphabet: Literal["training_lines", "all_lines"] = "training_lines"
    """`all_lines` (published): the characters of train, validation and test of all targets of the study."""
    decoding: Literal["free", "target_characters"] = "free"
    """`target_characters`: only characters of the target's own data set may be output (the CTC blank always)."""
    pad_transcription: bool = False
    """Published: one space before and after each transcription, stripped again before scoring."""
    validations: Annotated[int, Field(ge=1, le=1000)] = 10
    """How often a run is validated, evenly over its steps; the last time at its last step."""
    validation_lines: Annotated[int, Field(ge=1)] | Literal["all", "auto"] = "auto"
    """Validation lines per target; `auto` = min(100, K/2)."""
    log_every_steps: PositiveInt = 10
    threads_per_run: Annotated[int, Field(ge=1, le=64)] = 1
    """CPU threads of one run. Part of the run's identity: sums in another order give other bits."""


class Study(FrozenModel):
    """A grid of trainings and the rules they share."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: str
    preset: str = "quick"
    """The ready study whose rules this one started from; only a label."""
    description: str = ""
    targets: tuple[str, ...] = ()
    """Names of data sets of the workspace, or `language:ar` for all data sets of a language; empty: all of them."""
    architectures: tuple[str, ...] = ("small-cnn", "small-crnn")
    regimes: tuple[str, ...] = ("single", "multi")
    k_lines: tuple[PositiveInt, ...] = (100,)
    """Training lines per target."""
    draws: PositiveInt = 1
    """Number of independent samples of lines."""
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    budgets: tuple[Budget, ...] = (Budget(unit="steps", amount=1500),)
    selection: Selection = "last"
    """Which weights the tables show first; both are always recorded."""
    split: SplitRule = "official"
    """`official`: the data set's own parts, missing ones carved out. `writers`: drawn anew, disjoint by writer."""
    normalisation: tuple[str, ...] = ()
    """Named steps of :mod:`workbench.text.normalize`, in this order, before training and scoring."""
    placeholders: Placeholders = Placeholders()
    preprocessing: Preprocessing = Preprocessing()
    training: Training = Training()

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not _NAME.match(name) or len(name) > 80:
            raise ValueError("letters, digits, '-', '_', '.' and single blanks only, beginning with a letter or digit")
        return name

    @field_validator("architectures", "regimes", "k_lines", "seeds", "budgets")
    @classmethod
    def _not_empty(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if not values:
            raise ValueError("at least one is needed")
        return values

    @field_validator("targets", "architectures", "regimes", "k_lines", "seeds", "budgets", "normalisation")
    @classmethod
    def _no_duplicates(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[str] = set()
        for value in values:
            if str(value) in seen:
                raise ValueError(f"{value} is named twice")
            seen.add(str(value))
        return values

"""What the user asks for: a study, as a frozen value and as the keys of a TOML file.

Units stand in the key names. Every key is checked, an unknown one is an error. What a study names (data sets,
architectures, regimes) is looked up later, when it is resolved into a plan.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.study.conditions import ConditionAxes
from workbench.text.reading_order import ReadingOrder

SCHEMA_VERSION = 1

Selection = Literal["last", "best"]
BudgetUnit = Literal["steps", "epochs", "exposures"]
SplitRule = Literal["official", "writers", "forms", "paragraphs", "pages", "blocks"]
LeakKind = Literal["writer", "page", "text", "near_text", "image", "near_image"]
PlaceholderPolicy = Literal["keep", "drop_line", "wildcard"]
Resampling = Literal["triangle", "gaussian"]

_BUDGET = re.compile(r"^\s*(\d+)\s*(steps|epochs|exposures)\s*$")
_NAME = re.compile(r"^[^\W_][\w.-]*( [\w.-]+)*$")
_PLACE = re.compile(r"^[^\W_][\w.-]*/(train|validation|test)$")


PlainName = Annotated[str, Field(pattern=r"^[^./\\:\x00][^/\\:\x00]*$")]
"""Of a file or folder, as a file tells it: no path, so that nothing but what lies in the folder meant can be meant."""


Count = Annotated[int, Field(gt=0, le=1_000_000_000)]
"""Of steps, lines, epochs: more of them is a slip of the pen, and would be counted out one by one."""


class FrozenModel(BaseModel):
    """Values that are read from files: never changed in place, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Budget(FrozenModel):
    """How long a run trains, counted so that arms can be compared: `1500 steps` or `40 epochs`.

    Equal *steps*: every run makes the same number of optimiser updates. Equal *epochs*: every run draws as many
    lines as it has equally often, so that a run on three targets makes three times the updates of a run on one.
    Equal *exposures*: every run sees each line of its target equally often. With proportional sampling that is the
    same as equal epochs; with balanced sampling, and more lines of other data sets, it is not.
    """

    unit: BudgetUnit
    amount: Count

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = _BUDGET.match(value)
        if match is None:
            raise ValueError(f"'{value}' is not a budget; write '1500 steps', '40 epochs' or '40 exposures'")
        return {"unit": match[2], "amount": int(match[1])}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


class Preprocessing(FrozenModel):
    """How a line image becomes the network's input."""

    line_height_px: Annotated[int, Field(ge=16, le=512)] = 48
    """Height of the network's input, border included."""
    crop_to_ink: bool = True
    """Cut to the rows and columns between the 0.5 % and 99.5 % quantile of ink mass, with a 4 px margin."""
    scaling: Literal["to_height", "never_enlarge"] = "to_height"
    """`to_height`: every line fills the height. `never_enlarge` (published): smaller lines stay small, top left."""
    resampling: Resampling = "triangle"
    """Anti-aliasing where lines shrink. `triangle`: a filter as wide as the scale. `gaussian` (published): a narrower
    blur before linear interpolation; sharper, and slower."""
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

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    batch_lines: Count = 8
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
    loss: Literal["line_mean", "batch_sum", "character_mean"] = "line_mean"
    """`line_mean`: mean of the lines' CTC losses. `batch_sum` (published): their sum over `batch_lines`. In both a
    long line weighs more. `character_mean`: each line's loss over the length of its label, then the mean; every line
    weighs the same."""
    augmentation: Literal["none", "light", "published"] = "none"
    precision: Literal["float32", "bfloat16"] = "float32"
    reading_order: ReadingOrder = "ltr_runs"
    alphabet: Literal["training_lines", "all_lines", "all_targets"] = "training_lines"
    """`all_lines` (published): the characters of train, validation and test of the run's own targets. `all_targets`:
    of all targets of the study, so that single-script runs have the outputs of multi-script runs."""
    decoding: Literal["free", "target_characters"] = "free"
    """`target_characters`: only characters of the target's own data set may be output (the CTC blank always)."""
    pad_transcription: bool = False
    """Published: one space before and after each transcription, stripped again before scoring."""
    validations: Annotated[int, Field(ge=1, le=1000)] = 10
    """How often a run is validated, evenly over its steps; the last time at its last step."""
    validation_lines: Annotated[int, Field(ge=1)] | Literal["all", "auto"] = "auto"
    """Validation lines per target; `auto` = min(100, K/2)."""
    stop_after_validations: Count | None = None
    """None: every run makes all its steps. A number: a run ends once no target's validation CER has improved for so
    many validations, and runs then make unequal steps. A network that has not begun to read does not improve either:
    the number should be larger than the validations that fall into that time. The test part is never looked at."""
    log_every_steps: Count = 10
    threads_per_run: Annotated[int, Field(ge=1, le=64)] = 1
    """CPU threads of one run. Part of the run's identity: sums in another order give other bits."""


class SecondStage(FrozenModel):
    """How runs train that go on from the weights of another run: fine-tuned ones, and heads on a frozen encoder."""

    steps_share: Annotated[float, Field(gt=0, le=10)] = 0.25
    """Updates, as a share of what the budget gives a run from the start."""
    finetuning_rate_factor: Annotated[float, Field(gt=0, le=1)] = 0.2
    """What the learning rate is multiplied by where a whole network is fine-tuned. A new head has the full rate."""


class TargetRules(FrozenModel):
    """What holds for one data set alone. Files are named relative to the study file."""

    exclude: tuple[str, ...] = ()
    """Lists of lines that are left out before anything is drawn: one id per row, or a published verification log."""
    exclude_from_test: bool = False
    """Leave listed lines out of the test part too; its CER is then over fewer lines, and the plan says so."""
    train_ids: str | None = None
    """File with the ids of the training part; with test_ids it takes the place of the split rule."""
    validation_ids: str | None = None
    """File with the ids of the validation part; without it one is carved from train."""
    test_ids: str | None = None
    """File with the ids of the test part."""
    draw_ids: tuple[str, ...] = ()
    """One file per draw: its training lines, in the order in which K is counted."""
    validation_draw_ids: tuple[str, ...] = ()
    """One file per draw: its validation lines, in order."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.train_ids is None) != (self.test_ids is None):
            raise ValueError("train_ids and test_ids are needed together")
        if self.validation_ids is not None and self.train_ids is None:
            raise ValueError("validation_ids needs train_ids and test_ids")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is named."""
        parts = (self.train_ids, self.validation_ids, self.test_ids)
        return (*self.exclude, *(name for name in parts if name), *self.draw_ids, *self.validation_draw_ids)

    def with_files(self, place: Callable[[str], str]) -> "TargetRules":
        """Return the same rules with every file named as `place` says."""

        def placed(name: str | None) -> str | None:
            return None if name is None else place(name)

        return self.model_copy(
            update={
                "exclude": tuple(map(place, self.exclude)),
                "train_ids": placed(self.train_ids),
                "validation_ids": placed(self.validation_ids),
                "test_ids": placed(self.test_ids),
                "draw_ids": tuple(map(place, self.draw_ids)),
                "validation_draw_ids": tuple(map(place, self.validation_draw_ids)),
            }
        )


class LeakageDecision(FrozenModel):
    """What is done about one kind of thing that two parts have in common."""

    kind: LeakKind
    left: str
    """Data set and part whose lines would be left out, such as `khatt/train`."""
    right: str
    """Data set and part that it is compared with, such as `khatt/test`."""
    decision: Literal["exclude", "accept"]
    """`exclude`: its lines leave the left part before anything is drawn. `accept`: it is noted, nothing else."""
    reason: str = ""

    @field_validator("left", "right")
    @classmethod
    def _check_place(cls, place: str) -> str:
        if not _PLACE.match(place):
            raise ValueError(f"'{place}' is no part of a data set; write 'name/train' or 'name/test', for instance")
        return place

    @property
    def subject(self) -> tuple[str, str, str]:
        """What it is about: kind, left and right."""
        return self.kind, self.left, self.right


class LeakageRules(FrozenModel):
    """What holds where training, validation and test lines have something in common."""

    undecided: Literal["report", "refuse"] = "report"
    """`report`: what is shared between train and test is said in plan and report. `refuse`: nothing trains before it
    is decided."""
    decisions: tuple[LeakageDecision, ...] = ()

    @field_validator("decisions")
    @classmethod
    def _no_contradictions(cls, decisions: tuple[LeakageDecision, ...]) -> tuple[LeakageDecision, ...]:
        seen: set[tuple[str, str, str]] = set()
        for each in decisions:
            if each.subject in seen:
                raise ValueError(f"{each.kind} of {each.left} and {each.right} is decided twice")
            seen.add(each.subject)
        return decisions

    def of(self, kind: str, left: str, right: str) -> LeakageDecision | None:
        """Return what was decided about a kind of finding, None where nothing was."""
        return next((each for each in self.decisions if each.subject == (kind, left, right)), None)


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
    k_lines: tuple[Count, ...] = (100,)
    """Training lines per target."""
    k_characters: tuple[Count, ...] = ()
    """Characters (code points, as read) of training text per target; not empty, it takes the place of k_lines."""
    draws: Annotated[int, Field(gt=0, le=1_000)] = 1
    """Number of independent samples of lines."""
    stratify: Literal["none", "writers"] = "none"
    """`none`: every line is as likely. `writers`: writers take turns, so that K lines come from as many as possible."""
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = (0,)
    budgets: tuple[Budget, ...] = (Budget(unit="steps", amount=1500),)
    conditions: ConditionAxes = ConditionAxes()
    """Further axes of the grid: code-point folding, batches, sampling, normalisation of features."""
    second_stage: SecondStage = SecondStage()
    selection: Selection = "last"
    """Which weights the tables show first; both are always recorded."""
    only: tuple[str, ...] = ()
    """Runs of the grid that are trained, each by what it is: `small-crnn, multi, draw 0`; empty: all of them. What is
    decided about the data is decided over the whole grid all the same."""
    split: SplitRule = "official"
    """`official`: the data set's own parts, missing ones carved out. `writers`, `forms`, `paragraphs`, `pages`: drawn
    anew, none of them in two parts. `blocks`: stretches of neighbouring ids, where no writers are known."""
    split_seed: Annotated[int, Field(ge=0)] = 0
    """Another number draws other parts."""
    folds: Annotated[int, Field(ge=1, le=100)] = 1
    """From 2 on: the lines are parted into so many folds, and one of them is the test part."""
    fold: Count = 1
    """Number of the fold that is the test part, from 1 on."""
    target_rules: dict[str, TargetRules] = Field(default_factory=dict)
    """By data set: lists of lines to leave out, and parts and draws from files of ids."""
    leakage: LeakageRules = LeakageRules()
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

    @field_validator(
        "targets", "architectures", "regimes", "k_lines", "k_characters", "seeds", "budgets", "normalisation"
    )
    @classmethod
    def _no_duplicates(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[str] = set()
        for value in values:
            if str(value) in seen:
                raise ValueError(f"{value} is named twice")
            seen.add(str(value))
        return values

    @field_validator("target_rules")
    @classmethod
    def _drop_empty_rules(cls, rules: dict[str, TargetRules]) -> dict[str, TargetRules]:
        return {name: rule for name, rule in rules.items() if rule != TargetRules()}

    @model_validator(mode="after")
    def _check_folds(self) -> Self:
        if self.fold > self.folds:
            raise ValueError(f"fold {self.fold} of {self.folds}: folds are counted from 1 to folds")
        if self.folds > 1 and self.split == "official":
            raise ValueError("folds are drawn: write split = 'writers', 'forms', 'paragraphs', 'pages' or 'blocks'")
        return self

    @property
    def ks(self) -> tuple[int, ...]:
        """Every K, in the unit of :attr:`k_unit`."""
        return self.k_characters or self.k_lines

    @property
    def k_unit(self) -> Literal["lines", "characters"]:
        """What K counts."""
        return "characters" if self.k_characters else "lines"

    def with_files_from(self, folder: Path) -> "Study":
        """Return the same study with files, as a study file in `folder` names them, named by their full paths."""
        return self._with_files(lambda name: str(folder.absolute() / name))

    def with_files_below(self, folder: Path) -> "Study":
        """Return the same study as a file in `folder` says it: what lies below is named from there on."""
        root = folder.absolute()

        def place(name: str) -> str:
            path = Path(name)
            return path.relative_to(root).as_posix() if path.is_relative_to(root) else name

        return self._with_files(place)

    def _with_files(self, place: Callable[[str], str]) -> "Study":
        if not self.target_rules:
            return self
        rules = {name: rules.with_files(place) for name, rules in self.target_rules.items()}
        return self.model_copy(update={"target_rules": rules})

    def rules_of(self, target: str) -> TargetRules:
        """Return what holds for one data set alone."""
        return self.target_rules.get(target, TargetRules())

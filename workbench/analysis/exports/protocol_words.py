"""Everything that a study file says, in words: what a reader of the numbers needs to know to repeat them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from workbench.analysis.results.comparisons import label_of
from workbench.study.conditions import AXES
from workbench.study.grid import REGIMES
from workbench.study.schema import Study


@dataclass(frozen=True, slots=True)
class Statement:
    """One key of the study file."""

    key: str
    """As the file writes it, tables joined by points: `training.learning_rate`."""
    label: str
    words: str


LABELS: Mapping[str, str] = {
    "schema": "Version of the study file",
    "name": "Name",
    "preset": "Rules started from",
    "description": "Description",
    "targets": "Data sets",
    "architectures": "Architectures",
    "regimes": "Regimes",
    "k_lines": "K: training lines per target",
    "k_characters": "K: characters of training text per target",
    "draws": "Draws: independent samples of training lines",
    "stratify": "How lines are drawn",
    "seeds": "Seeds",
    "budgets": "Budgets",
    "conditions.folding": "Code points",
    "conditions.batches": "Batches",
    "conditions.sampling": "Sampling",
    "conditions.norm": "Normalisation of features",
    "second_stage.steps_share": "Second stage: updates as a share of the budget",
    "second_stage.finetuning_rate_factor": "Second stage: factor of the learning rate",
    "selection": "Weights shown first",
    "only": "Runs of the grid that are trained",
    "split": "Train, validation and test parts",
    "split_seed": "Seed of the parts",
    "folds": "Folds",
    "fold": "Fold that is the test part",
    "target_rules": "Rules for single data sets",
    "leakage.undecided": "What is shared by train and test and not decided about",
    "leakage.decisions": "Decisions about what is shared",
    "normalisation": "Normalisation of texts, before training and scoring",
    "placeholders.characters": "Placeholders of what was not transcribed",
    "placeholders.policy": "What becomes of placeholders",
    "preprocessing.line_height_px": "Height of the network's input, pixels",
    "preprocessing.crop_to_ink": "Lines are cropped to their ink",
    "preprocessing.scaling": "Scaling",
    "preprocessing.resampling": "Filter where lines shrink",
    "preprocessing.canvas_width_px": "Canvas width, pixels",
    "preprocessing.border_px": "Border, pixels",
    "preprocessing.background": "Background beside a line",
    "preprocessing.equalise_contrast": "Contrast is equalised",
    "training.batch_lines": "Lines per batch",
    "training.learning_rate": "Learning rate",
    "training.weight_decay": "Weight decay",
    "training.schedule": "Schedule of the learning rate",
    "training.warmup_share": "Share of the steps in which the learning rate rises",
    "training.milestone_shares": "Shares of the steps after which it is divided by ten",
    "training.gradient_clip_norm": "Gradients are clipped at the norm",
    "training.auxiliary_loss_weight": "Weight of the loss of the shortcut head",
    "training.loss": "Loss",
    "training.augmentation": "Augmentation",
    "training.precision": "Precision",
    "training.reading_order": "Order in which the network reads",
    "training.alphabet": "Alphabet",
    "training.decoding": "Decoding",
    "training.pad_transcription": "Transcriptions are padded with blanks",
    "training.validations": "Validations per run",
    "training.validation_lines": "Validation lines per target",
    "training.stop_after_validations": "Early stopping",
    "training.log_every_steps": "The loss is logged every … steps",
    "training.threads_per_run": "CPU threads per run",
}
"""Every key of a study file in words; a test compares them with the schema."""

_CHOICES: Mapping[tuple[str, str], str] = {
    ("stratify", "none"): "every line is as likely",
    ("stratify", "writers"): "writers take turns",
    ("selection", "last"): "those of the last step",
    ("selection", "best"): "those of the step with the lowest validation CER of each target",
    ("split", "official"): "the data set's own; missing ones are carved out",
    ("leakage.undecided", "report"): "is said in plan and report",
    ("leakage.undecided", "refuse"): "stops the study",
    ("placeholders.policy", "keep"): "they are characters like any other, learnt and scored",
    ("placeholders.policy", "drop_line"): "training lines that hold one are left out; they are not scored",
    ("placeholders.policy", "wildcard"): "they are learnt and not scored",
    ("preprocessing.scaling", "to_height"): "every line fills the height",
    ("preprocessing.scaling", "never_enlarge"): "smaller lines stay small",
    ("preprocessing.resampling", "triangle"): "triangle, as wide as the scale",
    ("preprocessing.resampling", "gaussian"): "Gaussian blur, then linear interpolation",
    ("preprocessing.canvas_width_px", "none"): "none: batches of lines of like width",
    ("preprocessing.background", "paper"): "paper",
    ("preprocessing.background", "median"): "the median of each column and row",
    ("training.schedule", "one_cycle"): "one cycle: it rises, then falls to nearly 0",
    ("training.schedule", "milestones"): "constant, divided by ten at milestones",
    ("training.loss", "line_mean"): "CTC, mean over lines",
    ("training.loss", "batch_sum"): "CTC, sum over a batch divided by its lines",
    ("training.loss", "character_mean"): "CTC, mean over lines of the loss per character",
    ("training.reading_order", "ltr_runs"): "right to left, numbers and Latin words from left to right",
    ("training.reading_order", "reversed"): "all code points back to front",
    ("training.reading_order", "logical_mirrored"): "as read, over flipped images",
    ("training.alphabet", "training_lines"): "the characters of each run's own training lines",
    ("training.alphabet", "all_lines"): "the characters of train, validation and test of each run's targets",
    ("training.alphabet", "all_targets"): "the characters of all targets of the study",
    ("training.decoding", "free"): "any character of the alphabet",
    ("training.decoding", "target_characters"): "only characters of the target's data set",
    ("training.validation_lines", "auto"): "half of K, at most 100",
    ("training.validation_lines", "all"): "all of them",
    ("training.stop_after_validations", "none"): "none: every run makes all its steps",
}

NOTHING = "none"


def statements(study: Study) -> tuple[Statement, ...]:
    """Say everything that a study asks for, key by key, in the order of the study file."""
    return tuple(
        Statement(key, LABELS.get(key, key.rpartition(".")[2].replace("_", " ")), _words(key, value))
        for key, value in keys_of(study)
    )


def keys_of(model: BaseModel, place: str = "") -> Iterator[tuple[str, Any]]:
    """Give every key of a study with its value, tables joined by points."""
    for name, field in type(model).model_fields.items():
        value, key = getattr(model, name), place + (field.alias or name)
        if isinstance(value, BaseModel):
            yield from keys_of(value, f"{key}.")
        else:
            yield key, value


def _words(key: str, value: Any) -> str:
    if key == "target_rules":
        return _rules(value)
    if key == "leakage.decisions":
        return _joined(f"{d.kind.replace('_', ' ')} of {d.left} and {d.right}: {d.decision}"
                       + (f" ({d.reason})" if d.reason else "") for d in value)  # fmt: skip
    if isinstance(value, tuple):
        return _joined(_one(key, each) for each in value)
    return _one(key, value)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words) or NOTHING


def _one(key: str, value: Any) -> str:
    axis = AXES.get(key.removeprefix("conditions.")) if key.startswith("conditions.") else None
    if axis is not None:
        return next(option.words for option in axis.options if option.key == value)
    if key == "architectures":
        return f"{label_of(value)} ({value})"
    if key == "regimes":
        return f"{REGIMES[value].label} ({value})" if value in REGIMES else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    written = NOTHING if value is None or value == "" else str(value)
    return _CHOICES.get((key, written), written.replace("_", " ") if key in _TOKENS else written)


_TOKENS = frozenset({"training.schedule", "training.augmentation", "split", "training.loss"})
"""Keys whose values are words with `_` for blanks."""


def _rules(rules: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name}: "
        + ", ".join(
            f"{key.replace('_', ' ')} {_one('', value) if not isinstance(value, tuple) else _joined(map(str, value))}"
            for key, value in rule
            if value not in (None, (), False)
        )
        for name, rule in rules.items()
    ) or NOTHING  # fmt: skip

"""What one training is, completely: everything that can change its result, and nothing else.

The :attr:`RunSpec.id` is a hash over that. Two studies that ask for the same training share it.
"""

import hashlib
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field

from workbench.files import canonical_json
from workbench.study.conditions import Batches, Sampling
from workbench.study.epochs import EpochShape, epoch_shape
from workbench.study.schema import FrozenModel, Placeholders, PlainName, Preprocessing, Training

TRAINING_VERSION = 3
"""Raised whenever the same spec may give another result: it makes all earlier runs other runs."""

Sizes = dict[str, int | float | str | bool | list[int]]


class ArchitectureSpec(FrozenModel):
    """An architecture with all its sizes, as :data:`workbench.models.registry.ARCHITECTURES` names them."""

    name: str
    sizes: Sizes


class TargetSpec(FrozenModel):
    """The lines of one training target. Ids are those of the data set, in the order in which they were drawn."""

    name: str
    language: str
    fingerprint: str
    """Of the data set; see :mod:`workbench.data.line`."""
    train_ids: tuple[str, ...]
    validation_ids: tuple[str, ...]
    """Empty, like `test_ids`, for a data set that the run only trains on."""
    test_ids: tuple[str, ...]
    test_clusters: tuple[str, ...]
    """Writer, page or block of each test line, parallel to `test_ids`."""
    cluster_unit: str
    """What the clusters are: `writers`, `pages` or `blocks` (of 10 consecutive ids; writers unknown)."""
    allowed_characters: tuple[str, ...] | None = None
    """Characters that decoding may output for this target (`decoding = target_characters`), else None."""
    label_map: tuple[tuple[str, str], ...] = ()
    """Characters that training labels show in the place of others, as (read, trained) pairs; empty: as they are."""


class StartSpec(FrozenModel):
    """The run whose weights of the last step a run begins with."""

    run: PlainName
    """Id of the run; it contains everything that those weights follow from."""
    takes: Literal["network", "encoder"]
    """`network`: all weights, trained further. `encoder`: the encoder alone, which stays as it is."""
    steps: int
    """Updates that the weights have seen, those of its own first stages included."""


def _digest(ids: tuple[str, ...]) -> str:
    return hashlib.sha256(canonical_json(list(ids)).encode()).hexdigest()


class RunSpec(FrozenModel):
    """One training, resolved: it can be run anywhere where the cached lines of its targets lie."""

    training_version: int = TRAINING_VERSION
    architecture: ArchitectureSpec
    preprocessing: Preprocessing
    normalisation: tuple[str, ...]
    placeholders: Placeholders = Placeholders()
    training: Training
    steps: int
    """Optimiser updates of the whole run."""
    validate_every_steps: int
    k: int
    draw: int
    seed: int
    batches: Batches = "mixed"
    sampling: Sampling = "proportional"
    start: StartSpec | None = None
    """None: from random weights."""
    alphabet: tuple[str, ...]
    """Characters in the order of their class index; class 0 is the CTC blank and not listed."""
    targets: tuple[TargetSpec, ...] = Field(min_length=1)

    def identity(self) -> dict[str, Any]:
        """What the id is hashed over: this spec with lists of lines replaced by their digests."""
        value = self.model_dump(mode="json", exclude={"targets": {"__all__": {"test_clusters", "cluster_unit"}}})
        for target, lines in zip(value["targets"], self.targets, strict=True):
            target["train_ids"] = _digest(lines.train_ids)
            target["validation_ids"] = _digest(lines.validation_ids)
            target["test_ids"] = _digest(lines.test_ids)
        if self.training.stop_after_validations is None:
            del value["training"]["stop_after_validations"]
        if self.placeholders.policy == "keep":  # which characters they would be then changes nothing
            del value["placeholders"]
        return value

    @cached_property
    def id(self) -> str:
        """First 16 hex digits of the sha256 over the canonical JSON of :meth:`identity`."""
        return hashlib.sha256(canonical_json(self.identity()).encode()).hexdigest()[:16]

    def __copy__(self) -> Self:
        """Copy without the cached id: `model_copy(update=…)` gives another run."""
        copied = super().__copy__()
        for cached in ("id", "epoch"):
            vars(copied).pop(cached, None)
        return copied

    @cached_property
    def epoch(self) -> EpochShape:
        """What an epoch draws from each target."""
        lines = [len(target.train_ids) for target in self.targets]
        return epoch_shape(lines, self.training.batch_lines, self.batches, self.sampling)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch; with proportional sampling each training line is seen once in them."""
        return self.epoch.steps

    @property
    def prior_steps(self) -> int:
        """Updates that the weights had seen before this run began."""
        return self.start.steps if self.start else 0

    @property
    def train_line_count(self) -> int:
        """Training lines of all targets together."""
        return sum(len(target.train_ids) for target in self.targets)

    def target(self, name: str) -> TargetSpec:
        """Return the lines of one target by its name."""
        return next(target for target in self.targets if target.name == name)


def exposures_per_step(spec: RunSpec) -> dict[str, float]:
    """How often a step shows each training line of a target, on average, by the target's name."""
    return {target.name: spec.epoch.exposures_per_step(at) for at, target in enumerate(spec.targets)}

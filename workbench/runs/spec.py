"""What one training is, completely: everything that can change its result, and nothing else.

The :attr:`RunSpec.id` is a hash over that. Two studies that ask for the same training share it.
"""

import hashlib
from functools import cached_property
from typing import Any, Self

from pydantic import Field

from workbench.files import canonical_json
from workbench.study.schema import FrozenModel, Placeholders, Preprocessing, Training

TRAINING_VERSION = 1
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
    test_ids: tuple[str, ...]
    test_clusters: tuple[str, ...]
    """Writer, page or block of each test line, parallel to `test_ids`."""
    cluster_unit: str
    """What the clusters are: `writers`, `pages` or `blocks` (of 10 consecutive ids; writers unknown)."""
    allowed_characters: tuple[str, ...] | None = None
    """Characters that decoding may output for this target (`decoding = target_characters`), else None."""


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
        vars(copied).pop("id", None)
        return copied

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which each training line is seen once."""
        return -(-self.train_line_count // self.training.batch_lines)

    @property
    def train_line_count(self) -> int:
        """Training lines of all targets together."""
        return sum(len(target.train_ids) for target in self.targets)

    def target(self, name: str) -> TargetSpec:
        """Return the lines of one target by its name."""
        return next(target for target in self.targets if target.name == name)


def exposures_per_step(spec: RunSpec) -> dict[str, float]:
    """How often a step shows each training line of a target, on average, by the target's name.

    Batches mix all targets, and an epoch draws every line once.
    """
    return {target.name: 1 / spec.steps_per_epoch for target in spec.targets}

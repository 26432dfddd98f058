"""Which architectures are compared with which: a CRNN with the CNN-only network that has the same encoder."""

from dataclasses import dataclass
from typing import Any

from workbench.models.registry import ARCHITECTURES, Family

_ENCODER_SIZES = ("stem_", "stage_", "pool_")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Names of two architectures that differ in what reads the frames."""

    crnn: str
    cnn: str


def family_of(architecture: str) -> Family | None:
    """Family of an architecture, None where its name is not known (an imported run)."""
    known = ARCHITECTURES.get(architecture)
    return known.family if known else None


def label_of(architecture: str) -> str:
    """Label of an architecture, its name where it is not known."""
    known = ARCHITECTURES.get(architecture)
    return known.label if known else architecture


def _encoder(architecture: str) -> dict[str, Any]:
    return {name: size for name, size in ARCHITECTURES[architecture].sizes.items() if name.startswith(_ENCODER_SIZES)}


def comparisons(architectures: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Every CRNN with the CNN-only networks of the same encoder, in the order of the study."""
    return tuple(
        Comparison(crnn, cnn)
        for crnn in architectures
        if family_of(crnn) == "crnn"
        for cnn in architectures
        if family_of(cnn) == "cnn" and _encoder(crnn) == _encoder(cnn)
    )

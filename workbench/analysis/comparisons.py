"""Which architectures are compared with which: each with its CNN-only references, as the table of networks names them.

A reference has the same encoder, or as many parameters; see :attr:`workbench.models.registry.Architecture.references`.
"""

from dataclasses import dataclass

from workbench.models.registry import ARCHITECTURES, Family


@dataclass(frozen=True, slots=True)
class Comparison:
    """Names of two architectures that differ in what reads the frames.

    `architecture` is the one whose ΔCER the other's is taken from: a CRNN, or another network that is not CNN-only.
    """

    architecture: str
    cnn: str


def family_of(architecture: str) -> Family | None:
    """Family of an architecture, None where its name is not known (an imported run)."""
    known = ARCHITECTURES.get(architecture)
    return known.family if known else None


def label_of(architecture: str) -> str:
    """Label of an architecture, its name where it is not known."""
    known = ARCHITECTURES.get(architecture)
    return known.label if known else architecture


def comparisons(architectures: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Every architecture with those of its references that are among them, in their order."""
    return tuple(
        Comparison(name, reference)
        for name in architectures
        for reference in architectures
        if (known := ARCHITECTURES.get(name)) and reference in known.references
    )

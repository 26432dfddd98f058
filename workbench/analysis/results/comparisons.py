"""Which architectures are compared with which: each with its CNN-only references, as the table of networks names them.

A reference has the same encoder, or as many parameters; see :attr:`workbench.models.registry.Architecture.references`.
"""

from collections.abc import Iterable
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


def style_places(architectures: Iterable[str]) -> dict[str, int]:
    """Place of each architecture's line style, the same in the window and in pictures.

    0 (solid) is the first CRNN, 1 (dashed) the first CNN-only network, the others follow as they come.
    """
    firsts = {"crnn": 0, "cnn": 1}
    places: dict[str, int] = {}
    others = len(firsts)
    for name in architectures:
        first = firsts.pop(family_of(name) or "", None)
        places[name] = others if first is None else first
        others += first is None
    return places


def comparisons(architectures: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Every architecture with those of its references that are among them, in their order."""
    return tuple(
        Comparison(name, reference)
        for name in architectures
        for reference in architectures
        if (known := ARCHITECTURES.get(name)) and reference in known.references
    )

"""What the user says of a file that is to be imported; light, so that the window can ask for it at once."""

from dataclasses import dataclass
from pathlib import Path

from workbench.study.schema import Selection


@dataclass(frozen=True, slots=True)
class SystemWish:
    """What the user says of a file: which system it is of, and what that was trained on."""

    file: Path
    architecture: str
    """A name of an architecture of the program, or any label."""
    regime: str
    target: str
    k: int
    seed: int = 0
    draw: int = 0
    budget: str | None = None
    """As a study file writes it; None: the study's first. Cells are told apart by it."""
    selection: Selection | None = None
    """None: the weights that the study shows first."""
    form: str | None = None
    encoding: str | None = None
    where: tuple[tuple[str, str], ...] = ()

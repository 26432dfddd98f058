"""Characters, counts and confusions in the words of the window."""

from typing import TYPE_CHECKING

from workbench.gui.wording import MINUS
from workbench.text.code_points import code_point

if TYPE_CHECKING:
    from workbench.analysis.letters.confusions import Confusion

NOT_READ = "missed"
NOT_WRITTEN = "nothing (inserted)"


def number(value: float) -> str:
    """Return a mean count: whole where it is, else with one decimal."""
    text = f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"
    return text.replace("-", MINUS)


def written(one: "Confusion") -> str:
    """Return the character that stands in the reference."""
    return code_point(one.reference) if one.reference else NOT_WRITTEN


def read_as(one: "Confusion") -> str:
    """Return the character that was read."""
    return code_point(one.read) if one.read else NOT_READ


def in_words(one: "Confusion") -> str:
    """Return a confusion as a title: 'U+0641 ف FEH read as U+0642 ق QAF', '… missed', '… inserted'."""
    if not one.reference:
        return f"{code_point(one.read)} inserted"
    return f"{written(one)} missed" if not one.read else f"{written(one)} read as {read_as(one)}"

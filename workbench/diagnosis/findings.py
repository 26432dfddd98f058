"""What a check of a workspace finds, and what can be done about it."""

from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "result", "leftover", "checkpoint", "run", "record", "weights", "cache", "study", "plan", "order", "other"
]
"""What is damaged, as far as the repair has to know.

`result`: `result.json` can be made anew from the events. `leftover`: half of a file that was never completed.
`checkpoint`: a run that is not over has none to go on from. `run`: a run that cannot be used, as too much of it is
lost. `record`, `weights`: of a run whose results are whole. `cache`: can be made anew from the data set. `study`:
`study.toml` can be made anew from its plan. `plan`: it is made anew when the study is run. `order`: the queue's.
`other`: nothing that a program could mend.
"""

REMEDIES: dict[Fault, str] = {
    "result": "it can be made anew from the run's events",
    "leftover": "it can be deleted",
    "checkpoint": "the run begins anew when its study goes on",
    "run": "the run can be set aside; its study then trains it anew",
    "record": "its results are whole; what this file told beside them, such as points of a curve, is lost",
    "weights": "its results are whole; runs and probes that need these weights cannot be made",
    "cache": "it can be deleted; it is made anew when the data set is opened",
    "study": "it can be made anew from the study's plan",
    "plan": "it can be set aside; it is made anew when the study is run",
    "order": "it can be set aside; runs are then trained in the usual order",
    "other": "put a copy of it back, or correct it by hand",
}
"""What a fault means, and what can be done."""

REPAIRED: frozenset[Fault] = frozenset({"result", "leftover", "checkpoint", "run", "cache", "study", "plan", "order"})
"""What a repair does something about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a workspace that is not what was written, or that should not be there."""

    fault: Fault
    place: str
    """Path below the workspace; of a run, its folder's or a file's in it."""
    what: str
    """What is wrong, without a full stop."""
    advice: str = ""
    """What else to do about it than is usual for its kind."""

    @property
    def remedy(self) -> str:
        """What it means, and what can be done."""
        return self.advice or REMEDIES[self.fault]

    @property
    def can_be_repaired(self) -> bool:
        """Tell whether a repair does something about it."""
        return self.fault in REPAIRED

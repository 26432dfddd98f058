"""What all cells of a table of letters share. Light: the window asks for it before anything is worked out."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.analysis.results.pairs import CellKey
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.study.grid import is_baseline
from workbench.study.schema import Selection


@dataclass(frozen=True, slots=True)
class Setting:
    """What all cells of a table share."""

    regime: str
    budget: str
    conditions: str = ""
    split: Split = "test"
    selection: Selection = "last"

    def holds(self, key: CellKey) -> bool:
        """Tell whether a cell is one of this setting."""
        return (key.regime, key.budget, key.conditions, key.split, key.selection) == (
            self.regime, self.budget, self.conditions, self.split, self.selection,
        )  # fmt: skip


def setting_of(
    plan: Plan,
    *,
    split: Split = "test",
    selection: Selection | None = None,
    regime: str | None = None,
    budget: str | None = None,
    conditions: str | None = None,
) -> Setting:
    """Return what is asked for where the study has it, else the study's first of each.

    Parameters
    ----------
    regime : str, optional
        An arm (:attr:`workbench.study.grid.RunRequest.arm`), or a regime that has several: then its first.
    """
    compared = [run.request for run in plan.runs if not is_baseline(run.request.regime)]
    arms = [request.arm for request in compared]
    regimes = {request.regime: request.arm for request in reversed(compared)}
    return Setting(
        regime=_known(regimes.get(regime or "", regime), arms, "multi"),
        budget=_known(budget, [str(request.budget) for request in compared]),
        conditions=_known(conditions, [str(request.conditions) for request in compared]),
        split=split,
        selection=selection or plan.study.selection,
    )


def _known(asked: str | None, known: Sequence[str], nothing: str = "") -> str:
    if asked is not None and asked in known:
        return asked
    return known[0] if known else nothing

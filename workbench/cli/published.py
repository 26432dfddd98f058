"""`published`: what papers print, kept with a study and put beside its own numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.cli.wording import MINUS, count
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.analysis.results.report_values import PublishedCell, PublishedQuantity

_KINDS = {"single": "CER single", "multi": "CER multi", "delta": "ΔCER"}


def change_published(workspace: Workspace, study: str, add: Path | None, *, with_literature: bool, clear: bool) -> None:
    """Add published values to those that are kept with a study, or take all of them out first.

    Raises
    ------
    InputError
        When a file cannot be taken; the values that are kept stay as they are.
    """
    from workbench.analysis.results.published import (
        literature,
        load_published,
        read_published,
        save_published,
        with_value,
    )

    path = workspace.published_file(study)
    new = (read_published(add.expanduser()) if add else ()) + (literature() if with_literature else ())
    if not new and not clear:
        return
    with WorkspaceLock(workspace):
        values = () if clear else load_published(path)
        for value in new:
            values = with_value(values, value)
        save_published(values, path)


def print_published(cells: "Sequence[PublishedCell]", console: Console) -> None:
    """Print published values beside ours; where nothing of ours stands beside them, why."""
    if not cells:
        return
    by_setting: dict[str, list[PublishedCell]] = {}
    for cell in cells:
        if not cell.why_alone:
            by_setting.setdefault(_setting(cell), []).append(cell)
    if by_setting:
        console.print("Published values beside ours", style="bold")
    for setting, members in by_setting.items():
        console.print(f"{setting}", markup=False, soft_wrap=True)
        console.print(_table(members))
    alone: dict[str, int] = {}
    for cell in cells:
        if cell.why_alone:
            alone[cell.why_alone] = alone.get(cell.why_alone, 0) + 1
    if alone:
        console.print("Published values with nothing of ours beside them:")
    for why, number in alone.items():
        console.print(f"  {count(number, 'value')}: {why}", markup=False, soft_wrap=True)


def _table(cells: "Sequence[PublishedCell]") -> Table:
    table = Table(box=box.SIMPLE)
    table.add_column("target, K", overflow="fold")
    table.add_column("", no_wrap=True)
    for name in ("theirs", "ours", "95 % interval", "ours − theirs"):
        table.add_column(name, justify="right", no_wrap=True)
    for cell in cells:
        for quantity in cell.quantities:
            table.add_row(f"{escape(cell.target)}, {cell.k or 'all'}", *_cells(quantity))
    return table


def _setting(cell: "PublishedCell") -> str:
    parts = (cell.architecture, cell.budget, cell.conditions, cell.source)
    return " · ".join(part for part in parts if part)


def _cells(quantity: "PublishedQuantity") -> tuple[str, ...]:
    is_delta = quantity.kind == "delta"
    ends = "–"
    if quantity.low is not None and quantity.high is not None:
        ends = f"{_number(quantity.low, is_delta)} … {_number(quantity.high, is_delta)}"
    return (
        _KINDS[quantity.kind],
        _number(quantity.theirs, is_delta),
        _number(quantity.ours, is_delta),
        ends,
        _number(quantity.difference, True),
    )


def _number(value: float | None, is_signed: bool) -> str:
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    if not is_signed or text == "0.00":
        return text
    return f"{MINUS if value < 0 else '+'}{text}"

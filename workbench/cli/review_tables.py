"""Reviews as tables on stdout."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.analysis.lines.cleaning import CleaningEffect
from workbench.cli.tables import isolated
from workbench.cli.wording import count, percent, signed
from workbench.study.arms import short_label


def print_status(found: dict[str, Any], console: Console) -> None:
    """Print what was found so far."""
    left = found["lines"] - found["labelled"] - found["skipped"]
    console.print(
        f"{found['dataset']}: {count(found['lines'], 'line')}, {found['labelled']:,} labelled, "
        f"{found['skipped']:,} passed over, {left:,} not looked at",
        markup=False,
        soft_wrap=True,
    )
    for label, lines in found["labels"].items():
        console.print(f"  {lines:>6,}  {label}", markup=False, soft_wrap=True)
    for remark in found["remarks"]:
        console.print(f"  {remark}; kept as they are", markup=False, soft_wrap=True)
    if found["wrong"]:
        console.print(f"{count(found['wrong'], 'line')} found wrong; 'review export --exclusions' lists them.")


def print_ranked(rows: Sequence[dict[str, Any]], first: int, console: Console) -> None:
    """Print lines with their texts under one another, each isolated."""
    for row in rows[:first]:
        said = [row["id"], row["part"] or "not read"]
        if row["cer"] is not None:
            said.append(f"CER {percent(row['cer'])} % over {count(row['readings'], 'reading')}")
        if row["disagreement"] is not None:
            said.append(f"disagreement {signed(100 * row['disagreement'])}")
        if row["label"]:
            said.append(row["label"])
        console.print(" · ".join(said), markup=False, soft_wrap=True)
        console.print(f"    reference  {isolated(row['reference'])}", markup=False, soft_wrap=True)
        if row["prediction"] is not None:
            console.print(f"    models     {isolated(row['prediction'])}", markup=False, soft_wrap=True)
    if len(rows) > first:
        console.print(f"… and {len(rows) - first:,} more (--first N shows more, --json gives values)")


def print_effects(found: Sequence[CleaningEffect], console: Console) -> None:
    """Print CER and ΔCER with and without the lines found wrong, counts beside them."""
    if not found:
        console.print("No finished run has read lines of this data set.")
        return
    for (study, split, lines, wrong), group in groupby(found, _heading):
        console.print(
            f"{study} · {split}: {count(lines, 'line')}, {wrong:,} of them found wrong", markup=False, soft_wrap=True
        )
        console.print(_effect_table(list(group)))
    console.print("change, ΔCER: percentage points; negative: the CER falls.")


def _heading(effect: CleaningEffect) -> tuple[str, str, int, int]:
    return effect.arm.study, effect.arm.split, effect.lines, effect.left_out


def _effect_table(found: Sequence[CleaningEffect]) -> Table:
    table = Table(box=box.SIMPLE)
    has_gaps = any(each.pairs != each.runs for each in found if each.pairs)
    has_budgets = len({each.arm.budget for each in found}) > 1
    table.add_column("arm", overflow="fold")
    pairs = ("pairs",) if has_gaps else ()
    for name in ("K", "runs", "CER %", "without", "change", *pairs, "ΔCER", "without"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found:
        budget = each.arm.budget if has_budgets else ""
        named = (each.arm.architecture, short_label(each.arm.arm), budget, each.arm.conditions)
        table.add_row(
            escape(" · ".join(filter(None, named))),
            f"{each.arm.k:,}",
            f"{each.runs:,}",
            _two(each.cer),
            _two(each.cer_without),
            _points(each.change_pp),
            *([f"{each.pairs:,}" if each.pairs else "–"] if has_gaps else []),
            _points(each.delta_pp),
            _points(each.delta_without_pp),
        )
    return table


def _two(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f}"


def _points(value: float | None) -> str:
    """Two decimals: a few lines of a thousand change the second."""
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("\N{MINUS SIGN}" if value < 0 else "+") + text

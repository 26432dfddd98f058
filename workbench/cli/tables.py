"""Results as tables on stdout, and the files that a finished study leaves."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from workbench.analysis.comparisons import label_of
from workbench.cli.wording import count, percent, signed

if TYPE_CHECKING:
    from workbench.analysis.pairs import ExcludedRun
    from workbench.analysis.published import Score
    from workbench.analysis.report import DeltaCell, StudyReport

SHOWN_PROBLEMS = 20


def console_for(width: int | None = None) -> Console:
    """Console on stdout; lines are only as wide as asked for, or as the terminal is."""
    return Console(width=width, highlight=False)


def print_report(report: "StudyReport", console: Console) -> None:
    """Print ΔCER per architecture, target, K and budget with both CERs and steps, and what it means."""
    words = "synthetic lines: this replicates nothing" if report.is_synthetic else ""
    console.print(f"Study {report.study}: {report.finished_runs} of {count(report.runs, 'run')} finished", end="")
    console.print(f"    ({words})" if words else "", style="yellow")
    console.print(
        f"ΔCER = CER(multi) − CER(single) in percentage points; negative: multi-script training helps. "
        f"Part: {report.split}; weights: {report.selection}."
    )
    for budget in report.budgets:
        console.print(_budget_table(report, budget))
    for excluded in report.excluded:
        console.print(f"Left out: {_excluded(excluded)}", style="yellow")
    console.print(report.sentence)


def _budget_table(report: "StudyReport", budget: str) -> Table:
    table = Table(title=f"Budget: {budget}", title_justify="left", title_style="bold")
    for name in ("architecture", "target"):
        table.add_column(name)
    for name in ("K", "CER single %", "CER multi %", "ΔCER pp", "95 % interval", "steps single", "steps multi"):
        table.add_column(name, justify="right")
    for cell in report.cells:
        if cell.budget == budget:
            table.add_row(*_cells(cell))
    return table


def _cells(cell: "DeltaCell") -> tuple[str, ...]:
    interval = "–" if cell.low_pp is None else f"{signed(cell.low_pp)} … {signed(cell.high_pp)}"
    if cell.delta_pp is None and cell.missing:
        interval = "; ".join(cell.missing)
    return (
        label_of(cell.architecture),
        f"{cell.target} ({cell.language})",
        f"{cell.k:,}",
        percent(cell.single_cer),
        percent(cell.multi_cer),
        signed(cell.delta_pp),
        interval,
        _steps(cell.single_steps),
        _steps(cell.multi_steps),
    )


def _steps(steps: int | None) -> str:
    return "–" if steps is None else f"{steps:,}"


def _excluded(run: "ExcludedRun") -> str:
    targets = ", ".join(run.targets)
    return f"{label_of(run.architecture)} on {targets}, K {run.k}, seed {run.seed}: {run.state} ({run.reason})"


def write_results(report: "StudyReport", exported: Iterable[Path], folder: Path) -> dict[str, Path]:
    """Write the table as text and the heatmap as a picture beside the CSV files; return all by what they are."""
    from workbench import files
    from workbench.analysis.heatmap_picture import save_heatmaps

    console = Console(width=160, record=True, highlight=False, quiet=True)
    print_report(report, console)
    places = {"table": folder / "table.txt"}
    files.write_text(places["table"], console.export_text())
    if report.cells:  # a study of one regime has no pairs, so nothing to draw
        places["heatmap"] = folder / "heatmap.png"
        save_heatmaps(report, places["heatmap"])
    return {**places, **{path.stem: path for path in exported}}


def print_places(places: dict[str, Path], console: Console) -> None:
    """Say where the files lie."""
    for name, path in places.items():
        console.print(f"{name:>16}  {path}", soft_wrap=True)


def print_check(report: dict[str, Any], console: Console) -> None:
    """Print what `datasets check` found."""
    console.print(f"Form: {report['form']}", end="")
    console.print(f" (also readable as {', '.join(report['others'])}: not read)" if report["others"] else "")
    table = Table("language")
    for name in ("lines", "train", "validation", "test", "no part", "writers", "characters"):
        table.add_column(name, justify="right")
    for language, found in report["languages"].items():
        parts = (f"{found['splits'].get(part, 0):,}" for part in ("train", "validation", "test", "none"))
        table.add_row(
            language, f"{found['lines']:,}", *parts, f"{found['writers']:,}" if found["writers"] else "unknown",
            f"{found['characters']:,}",
        )  # fmt: skip
    console.print(table)
    _print_problems("problem", report["problems"], console)
    _print_problems("note", report["notes"], console)


def _print_problems(kind: str, problems: list[dict[str, Any]], console: Console) -> None:
    if not problems:
        return
    console.print(f"{count(len(problems), kind)}:")
    for problem in problems[:SHOWN_PROBLEMS]:
        row = f", row {problem['row']}" if problem["row"] is not None else ""
        console.print(f"  {problem['path']}{row}: {problem['reason']}", soft_wrap=True, markup=False)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"  … and {len(problems) - SHOWN_PROBLEMS:,} more (--json lists all)")


def print_scores(scores: "list[Score]", console: Console) -> None:
    """Print error rates of prediction files."""
    table = Table("file")
    for name in ("lines", "edits", "length", "CER %", "WER %"):
        table.add_column(name, justify="right")
    for score in scores:
        rates = ("–" if rate is None else f"{100 * rate:.2f}" for rate in (score.cer, score.wer))
        table.add_row(score.file, f"{score.lines:,}", f"{score.edits:,}", f"{score.length:,}", *rates)
    console.print(table)


def print_datasets(rows: list[dict[str, Any]], console: Console) -> None:
    """Print the data sets of a workspace."""
    if not rows:
        console.print("No data set yet. 'htr-workbench datasets add NAME PATH' adds one.")
        return
    table = Table("name", "language", "form", "path")
    for row in rows:
        path = row["path"] if row["is_there"] else f"{row['path']} (not there any more)"
        table.add_row(row["name"], row["language"], row["form"] + (", synthetic" if row["is_synthetic"] else ""), path)
    console.print(table)

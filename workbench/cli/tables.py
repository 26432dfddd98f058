"""Results as tables on stdout, and the files that a finished study leaves."""

import io
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.analysis.results.comparisons import label_of
from workbench.cli.published import print_published
from workbench.cli.wording import about, count, isolated, percent, signed
from workbench.files import size_in_words
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label, baseline_of, conditions_label, difference_in_words, short_label

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.analysis.results.pairs import ExcludedRun
    from workbench.analysis.results.report import DeltaCell, StudyReport
    from workbench.analysis.results.report_values import Mark
    from workbench.cli.parts import LeakageReport
    from workbench.cli.planning import PlanReport
    from workbench.execution.estimates import Estimate

SHOWN_PROBLEMS = 20
SHOWN_FINDINGS = 3
TABLE_WIDTH = 120
"""Of the table that is written to a file."""


def console_for(width: int | None = None) -> Console:
    """Console on stdout; lines are only as wide as asked for, or as the terminal is."""
    return Console(width=width, highlight=False)


def print_report(report: "StudyReport", console: Console) -> None:
    """Print ΔCER per architecture, target, K and budget with both CERs and steps, and what it means."""
    synthetic = " (synthetic lines: this replicates nothing)" if report.is_synthetic else ""
    console.print(f"Study {report.study}: {report.finished_runs} of {count(report.runs, 'run')} finished{synthetic}")
    rate = MEASURES[report.measure].short
    console.print(
        f"Δ{rate} = {_difference(report).replace('CER', rate)}, percentage points; negative: it helps.\n"
        f"Part: {report.split}; weights: {report.selection}.\n"
    )
    for setting in product(report.budgets, report.regimes, report.conditions):
        console.print(_setting_table(report, *setting))
    if any(cell.excludes_zero for cell in report.cells):
        console.print("* The interval excludes 0. ** It does so after Holm's correction for all cells of a table.\n")
    for remark in report.remarks:
        console.print(remark, markup=False)
    for excluded in report.excluded:
        console.print(f"Left out: {_excluded(excluded)}", style="yellow", markup=False)
    for paragraph in report.sentence.split("\n"):
        console.print(f"{paragraph}\n", markup=False)
    print_published(report.published, console)


def _difference(report: "StudyReport") -> str:
    """Say what ΔCER is of: of one regime by name, of several in general."""
    if len(report.regimes) == 1:
        return difference_in_words(report.regimes[0])
    return "CER(regime) − CER(what it is compared with)"


def _setting_title(report: "StudyReport", budget: str, regime: str, conditions: str) -> str:
    """Name budget, regime and conditions; the last two only where there is more than the multi-script run."""
    parts = [f"Budget: {budget}"]
    if report.regimes != ("multi",):
        parts.append(arm_label(regime))
    if any(report.conditions):
        parts.append(conditions_label(conditions))
    return escape(" · ".join(parts))


def _setting_table(report: "StudyReport", budget: str, regime: str, conditions: str) -> Table:
    """One section per architecture, so that a row fits into 80 columns."""
    title = _setting_title(report, budget, regime, conditions)
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("target")
    table.add_column("K", justify="right", no_wrap=True)
    difference = "ΔCER" if report.measure == "cer" else "Δ"  # its full name stands above
    for name in (short_label(baseline_of(regime)), short_label(regime), difference):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="center", min_width=len("-9.9 … -9.9 **"))
    table.add_column("steps", justify="right", no_wrap=True)
    for architecture in report.architectures:
        table.add_section()
        table.add_row(f"[bold]{label_of(architecture)}[/bold]")
        for cell in report.cells:
            place = (cell.budget, cell.regime, cell.conditions, cell.architecture)
            if place == (budget, regime, conditions, architecture):
                table.add_row(*_cells(cell))
    return table


def _cells(cell: "DeltaCell") -> tuple[str, ...]:
    interval = "–" if cell.low_pp is None else f"{signed(cell.low_pp)} … {signed(cell.high_pp)}{_STARS[cell.mark]}"
    if cell.delta_pp is None and cell.missing:
        interval = "; ".join(cell.missing)
    return (
        escape(f"  {cell.target}"),
        f"{cell.k:,}",
        percent(cell.single_cer),
        percent(cell.multi_cer),
        signed(cell.delta_pp),
        escape(interval),
        _steps(cell),
    )


_STARS: "dict[Mark, str]" = {"": "", "alone": " *", "corrected": " **"}


def _steps(cell: "DeltaCell") -> str:
    if not cell.single_steps or not cell.multi_steps:
        return "–"  # no pair, or runs of another system, which do not tell them
    if cell.single_steps == cell.multi_steps:
        return f"{cell.single_steps:,}"
    return f"{cell.single_steps:,} | {cell.multi_steps:,}"


def _excluded(run: "ExcludedRun") -> str:
    targets = ", ".join(run.targets)
    unusual = f", {run.conditions}" if run.conditions else ""
    return (
        f"{label_of(run.architecture)} on {targets}, {arm_label(run.regime)}, K {run.k}, seed {run.seed}{unusual}: "
        f"{run.state} ({run.reason})"
    )


def write_results(
    report: "StudyReport", curves: "DataFrame", exported: Iterable[Path], folder: Path
) -> dict[str, Path]:
    """Write the table as text, heatmaps and curves as pictures beside the CSV files; return all by what they are."""
    from pandas import isna

    from workbench import files
    from workbench.analysis.pictures.curves import save_curves
    from workbench.analysis.pictures.heatmaps import save_heatmaps

    text = io.StringIO()
    print_report(report, Console(file=text, width=TABLE_WIDTH, highlight=False))
    places = {"table": folder / "table.txt"}
    files.write_text(places["table"], text.getvalue())
    if report.cells:  # a study of one regime has no pairs, so nothing to draw
        places["heatmap"] = folder / "heatmap.png"
        save_heatmaps(report, places["heatmap"])
    if not all(isna(value) for value in curves["cer"]):
        places["learning curves"] = folder / "curves.png"
        save_curves(curves, places["learning curves"])
    return {**places, **{path.stem: path for path in exported}}


def print_places(places: dict[str, Path], console: Console) -> None:
    """Say where the files lie."""
    for name, path in places.items():
        console.print(f"{name:>16}  {path}", soft_wrap=True)


def print_check(report: dict[str, Any], console: Console) -> None:
    """Print what `datasets check` found."""
    _print_form(report, console)
    table = Table("language", box=box.SIMPLE)
    for name in ("lines", "train", "val.", "test", "no part", "writers", "characters"):
        table.add_column(name, justify="right")
    for language, found in report["languages"].items():
        parts = (f"{found['splits'].get(part, 0):,}" for part in ("train", "validation", "test", "none"))
        table.add_row(
            language, f"{found['lines']:,}", *parts, f"{found['writers']:,}" if found["writers"] else "unknown",
            f"{found['characters']:,}",
        )  # fmt: skip
    console.print(table)
    _print_reading(report, console)
    _print_problems("problem", report["problems"], console)
    _print_problems("note", report["notes"], console)
    for line in report.get("preview", ()):
        _print_line(line, console)


def _print_form(report: dict[str, Any], console: Console) -> None:
    """Print which form was read and why, and which others match."""
    reasons = {found["form"]: found["reason"] for found in report["detections"]}
    why = reasons.get(report["form"], "you chose it; it was not recognised")
    console.print(f"Form: {report['form']} ({why})", markup=False, soft_wrap=True)
    for other in report["others"]:
        console.print(f"  also readable as {other} ({reasons[other]}): not read", markup=False, soft_wrap=True)


def _print_reading(report: dict[str, Any], console: Console) -> None:
    """Print how texts were decoded and separated, and what the user's rule made of the parts."""
    for encoding, use in report["encodings"].items():
        rows = f", {count(use['rows'], 'row')}" if use["rows"] else ""
        console.print(f"Encoding: {encoding} in {count(use['files'], 'file')}{rows}")
    for separator, rows in report["separators"].items():
        console.print(f"Separator: {separator} in {count(rows, 'row')}")
    rule, told = report["parts"]["rule"], report["parts"]["told"]
    if rule != "told":
        become = "parts are ignored, a study draws new ones" if rule == "none" else f"every line belongs to {rule}"
        kinds = ", ".join(f"{lines:,} {'without a part' if part == 'none' else part}" for part, lines in told.items())
        console.print(f"Parts: {become} (the data set itself: {kinds})", soft_wrap=True)


def _print_line(line: dict[str, Any], console: Console) -> None:
    """Print a line of the sample; its text is isolated, so that it does not turn what stands around it."""
    size = f"{line['width']:,} × {line['height']:,} px" if line["width"] else line["fault"]
    about = f"{line['id']} · {line['language']} · {line['part'] or 'no part'} · {size}"
    console.print(f"{about}\n    {isolated(line['text'])}", markup=False, soft_wrap=True)


def _print_problems(kind: str, problems: list[dict[str, Any]], console: Console) -> None:
    if not problems:
        return
    console.print(f"{count(len(problems), kind)}:")
    for problem in problems[:SHOWN_PROBLEMS]:
        row = f", row {problem['row']}" if problem["row"] is not None else ""
        console.print(f"  {problem['path']}{row}: {problem['reason']}", soft_wrap=True, markup=False)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"  … and {len(problems) - SHOWN_PROBLEMS:,} more (--json lists all)")


def print_leakage(report: "LeakageReport", console: Console) -> None:
    """Print what the parts of a study share, with examples, and what is undecided."""
    for name, assigned in report.look.assigned.items():
        parts = assigned.parts
        sizes = f"train {len(parts.train):,}, validation {len(parts.validation):,}, test {len(parts.test):,}"
        console.print(f"{name}: {sizes} (parts by {assigned.rule})", markup=False, soft_wrap=True)
        for note in parts.notes:
            console.print(f"  {note}", markup=False, soft_wrap=True)
    if not report.shared:
        console.print("Train, validation and test have no writer, page, text or image in common.")
        return
    for overlap, record in report.pairs:
        state = record.decision or ("UNDECIDED" if record.is_serious else "not serious")
        reason = f" ({record.reason})" if record.reason else ""
        lines = f"{record.left_lines:,} | {record.right_lines:,} lines"
        console.print(
            f"{record.left} and {record.right}: {overlap.words}, {lines}: {state}{reason}", markup=False, soft_wrap=True
        )
        for finding in overlap.findings[:SHOWN_FINDINGS]:
            left, right = (", ".join(ids[:SHOWN_FINDINGS]) for ids in (finding.left_ids, finding.right_ids))
            console.print(f"    {left} | {right}", markup=False, soft_wrap=True)
        if (more := len(overlap.findings) - SHOWN_FINDINGS) > 0:
            console.print(f"    … and {more:,} more (--json lists all)")
    console.print("\nDecide in the study file, or in the window on the Data page, Leakage:")
    example = next((record for record in report.shared if record.is_open), report.shared[0])
    console.print(
        f'[[leakage.decisions]]\nkind = "{example.kind}"\nleft = "{example.left}"\nright = "{example.right}"\n'
        'decision = "exclude"    # or "accept"',
        markup=False,
    )


def print_plan(found: "PlanReport", console: Console, *, with_runs: bool) -> None:
    """Print what a study comes to: runs, time and disk, each with how well it is known."""
    estimate = found.estimate
    words = [count(estimate.runs, "run"), f"{estimate.runs_done:,} done", f"{found.slots:,} at a time"]
    if skipped := sum(line.state == "skipped" for line in found.runs):
        words.append(f"{skipped:,} left out")
    console.print(f"Study {found.study}: {', '.join(words)}")
    if estimate.warning:
        console.print(escape(f"  {estimate.warning}"), highlight=False, soft_wrap=True)
    for note in found.notes:
        console.print(escape(f"  {note}"), highlight=False, soft_wrap=True)
    if estimate.runs_left:
        _print_kinds(estimate, console)
        if estimate.seconds is None:
            console.print("Time: not known yet; --measure finds out.")
        else:
            rough = ", roughly; --measure finds out" if estimate.seconds.is_rough else ""
            console.print(f"Time: {about(estimate.seconds.low, estimate.seconds.high)}{rough}")
        low, high = size_in_words(estimate.disk.low), size_in_words(estimate.disk.high)
        needed = low if low == high else f"{low} to {high}"
        short = " TOO LITTLE MAY BE FREE." if estimate.is_disk_short else ""
        console.print(f"Disk: {needed}; {size_in_words(estimate.free)} free.{short}")
    if with_runs:
        table = Table("id", "run", "state", box=box.SIMPLE)
        for line in found.runs:
            table.add_row(line.run, escape(line.name), line.state)
        console.print(table)


def _print_kinds(estimate: "Estimate", console: Console) -> None:
    table = Table("network", "targets", box=box.SIMPLE)
    for name in ("runs", "time of one"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("told from", no_wrap=True)
    for each in estimate.kinds:
        time = "not known" if each.seconds is None else about(each.seconds.low, each.seconds.high)
        targets = escape(", ".join(each.kind.targets))
        table.add_row(each.kind.architecture, targets, f"{each.runs:,}", time, each.source)
    console.print(table)


def print_datasets(rows: list[dict[str, Any]], console: Console) -> None:
    """Print the data sets of a workspace."""
    if not rows:
        console.print("No data set yet. 'htr-workbench datasets add NAME PATH' adds one.")
        return
    table = Table("name", "language", "form", box=box.SIMPLE)
    table.add_column("path", overflow="fold")
    for row in rows:
        path = row["path"] if row["is_there"] else f"{row['path']} (not there any more)"
        form = row["form"] + (", synthetic" if row["is_synthetic"] else "")
        table.add_row(row["name"], row["language"], form, escape(path))
    console.print(table)

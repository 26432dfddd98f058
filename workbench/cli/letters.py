"""The job behind `letters`: which characters joint training helps, by class, with confusions, as tables."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.analysis.letters.character_classes import GROUPINGS
from workbench.analysis.letters.characters import ClassRow
from workbench.analysis.letters.confusions import Confusion
from workbench.analysis.letters.gain import CellLetters, LettersStudy, ReadingProgress, best_rows, work_out
from workbench.analysis.letters.sentences import fit_sentences, missing_words, p_in_words, pairs_in_words, summary
from workbench.analysis.letters.setting import setting_of
from workbench.analysis.letters.tables import cell_confusions, export_letters
from workbench.analysis.results.comparisons import label_of
from workbench.cli.live import follow
from workbench.cli.program import interruptible, tell
from workbench.cli.wording import count, signed
from workbench.errors import InputError
from workbench.runs.attached import with_attached
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.study.arms import short_label
from workbench.study.grid import is_baseline
from workbench.study.schema import Selection
from workbench.text.code_points import code_point

SHOWN_CHARACTERS = 12
SHOWN_CONFUSIONS = 12


def letters_of(
    plan: Plan, store: RunStore, asked: dict[str, str | None], split: Split, selection: Selection | None
) -> LettersStudy | None:
    """Work the tables out with progress on stderr; None when the user stopped it.

    Parameters
    ----------
    asked : dict
        Regime, budget and conditions, where the user names them; else the study's first.

    Raises
    ------
    InputError
        When the study lacks what is asked for, or no pair of runs is finished.
    """
    plan = with_attached(plan, store.workspace)
    _check(plan, asked)
    control = Control()
    found: LettersStudy | None = None
    setting = setting_of(plan, split=split, selection=selection, **asked)
    with interruptible(control):
        for value in follow(work_out(plan, store, setting, control), ReadingProgress):
            found = value if isinstance(value, LettersStudy) else found
    if found is not None and not found.report.cells:
        raise InputError(
            f"The study {plan.study.name} has no pair of finished runs that can be compared",
            hint="'htr-workbench report' tells what is missing.",
        )
    return found


def _check(plan: Plan, asked: dict[str, str | None]) -> None:
    """Raise for a regime, budget or conditions that the study does not compare under."""
    requests = [run.request for run in plan.runs if not is_baseline(run.request.regime)]
    known = {
        "regime": [*(one.arm for one in requests), *(one.regime for one in requests)],
        "budget": [str(one.budget) for one in requests],
        "conditions": [str(one.conditions) for one in requests],
    }
    for name, value in asked.items():
        if value is not None and value not in known[name]:
            there = ", ".join(f"'{one}'" for one in dict.fromkeys(known[name]))
            raise InputError(f"The study {plan.study.name} has no {name} '{value}' to compare", hint=f"It has {there}.")


def write_tables(study: LettersStudy, folder: Path) -> None:
    """Write the CSV files and name them on stderr."""
    for path in export_letters(study, folder.expanduser()):
        tell(f"written: {path}")


def print_letters(study: LettersStudy, console: Console) -> None:
    """Print every cell: classes, the characters most helped and most hurt, confusions, and the regressions."""
    report = study.report
    for cell in report.cells:
        console.print(escape(_title(cell)), style="bold", soft_wrap=True)
        console.print(_table("Classes: misread characters in %", cell, list(_class_rows(cell))))
        rows = best_rows(cell)
        judged = [row for row in rows if not row.is_too_few]
        shown = (
            judged if len(judged) <= 2 * SHOWN_CHARACTERS else [*judged[:SHOWN_CHARACTERS], *judged[-SHOWN_CHARACTERS:]]
        )
        left = len(rows) - len(shown)
        console.print(_table("Characters, most helped first: misread in %", cell, [(row.name, row) for row in shown]))
        console.print(
            f"{count(left, 'more character')} in --csv and --json. {summary(cell)}", markup=False, soft_wrap=True
        )
        console.print(_confusion_table(cell, cell_confusions(study, cell)[:SHOWN_CONFUSIONS]))
    for architecture, k in dict.fromkeys((cell.key.architecture, cell.key.k) for cell in report.cells):
        console.print(escape(f"{label_of(architecture)}, K {k:,}: what goes with Δ"), style="bold")
        for sentence in fit_sentences(report, architecture, k):
            console.print(sentence, markup=False, soft_wrap=True)
    if words := missing_words(report):
        console.print(words, style="yellow", markup=False, soft_wrap=True)


def _title(cell: CellLetters) -> str:
    key = cell.key
    clusters = f", {cell.clusters:,} {cell.cluster_unit}" if cell.clusters else ""
    said = [
        label_of(key.architecture),
        key.target,
        f"K {key.k:,}",
        key.budget,
        *([key.conditions] if key.conditions else []),
    ]
    sizes = f"{count(cell.lines, f'{key.split} line')}, {count(cell.characters, 'character')}{clusters}"
    return f"{' · '.join(said)}: {sizes}, {pairs_in_words(cell)}"


def _class_rows(cell: CellLetters) -> Iterator[tuple[str, ClassRow | None]]:
    for key, way in GROUPINGS.items():
        rows = cell.of(key)
        if key == "character" or not rows:
            continue
        yield way.title, None
        for row in rows:
            yield f"  {row.name}", row


def _table(title: str, cell: CellLetters, rows: Sequence[tuple[str, ClassRow | None]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("class", overflow="fold", min_width=18)
    names = ("times", short_label(cell.baseline), short_label(cell.key.regime), "Δ")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="center", no_wrap=True)
    table.add_column("Holm p", justify="right", no_wrap=True)
    for name, row in rows:
        if row is None:
            table.add_row(f"[bold]{escape(name)}[/bold]")
            continue
        interval = _why_none(row) if row.low_pp is None else f"{signed(row.low_pp)} … {signed(row.high_pp)}"
        rates = ("–" if side.rate_pct is None else f"{side.rate_pct:.1f}" for side in (row.single, row.multi))
        table.add_row(
            escape(name), f"{row.occurrences:,}", *rates, signed(row.delta_pp), interval, p_in_words(row.holm_p)
        )
    return table


def _why_none(row: ClassRow) -> str:
    """Say in two words why there is no interval; --json has the whole reason."""
    return "too few" if row.is_too_few else "no interval"


def _confusion_table(cell: CellLetters, found: tuple[Confusion, ...]) -> Table:
    table = Table(title="Confusions, most frequent first", title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("written", overflow="fold", min_width=16)
    table.add_column("read", overflow="fold", min_width=16)
    for name in ("times", short_label(cell.baseline), short_label(cell.key.regime), "Δ", "lines"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            escape(code_point(one.reference)) if one.reference else "(nothing)",
            escape(code_point(one.read)) if one.read else "(missed)",
            f"{one.occurrences:,}", f"{one.left:.4g}", f"{one.right:.4g}", signed(one.delta_pp), f"{one.lines:,}",
        )  # fmt: skip
    return table

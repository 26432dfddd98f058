"""`datasets profile`: what transcriptions are made of, and what normalisation steps would change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.cli.live import follow
from workbench.cli.program import interruptible
from workbench.cli.wording import count
from workbench.data.catalog import ImportProgress, Inspection, find_entry, inspect
from workbench.data.overrides import Overrides
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace
from workbench.text.code_points import code_point, visible
from workbench.text.effects import StepEffect, each_alone, effects
from workbench.text.normalize import STEPS, check_steps
from workbench.text.profile import TextProfile, profile

ALL_STEPS = "all"
SHOWN_CHANGES = 6
SHOWN_EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class ProfiledSet:
    """One language of a data set, counted."""

    name: str
    language: str
    profile: TextProfile
    effects: tuple[StepEffect, ...]
    """Of the steps that were asked for."""
    is_each_alone: bool
    """Whether each step was applied alone, or to what the ones before it have left."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "language": self.language,
            **self.profile.to_json(),
            "effects": [effect.to_json() for effect in self.effects],
            "is_each_step_alone": self.is_each_alone,
        }


def wanted_steps(text: str) -> tuple[str, ...]:
    """Read 'nfc,fold_yeh' as names of steps; 'all' stands for every step.

    Raises
    ------
    InputError
        For a step that does not exist.
    """
    if text.strip() == ALL_STEPS:
        return tuple(STEPS)
    steps = tuple(step.strip() for step in text.split(",") if step.strip())
    check_steps(steps)
    return steps


def profiles(
    workspace: Callable[[], Workspace], source: str, steps: str, form: str | None, language: str | None
) -> list[ProfiledSet] | None:
    """Read a data set wholly and count its transcriptions; None when the user stopped it.

    Parameters
    ----------
    workspace : callable
        Gives the workspace whose data sets have names; asked only where `source` is no path.
    source : str
        A path, or the name of a data set.
    steps : str
        Normalisation steps parted by commas, or 'all': each alone.
    form, language : str, optional
        What the user says instead of having it recognised.
    """
    chosen = wanted_steps(steps)
    path = Path(source).expanduser()
    overrides = Overrides(form=form, language=language)
    if not path.exists() and not path.is_absolute():
        entry = find_entry(workspace(), source)
        path = entry.path
        told = {"form": form or entry.form, "language": language or entry.language}
        overrides = entry.overrides.model_copy(update=told)
    control = Control()
    found = None
    with interruptible(control):
        for value in follow(inspect(path, overrides=overrides, control=control), ImportProgress):
            found = value if isinstance(value, Inspection) else found
    return None if found is None else list(_counted(found, chosen, is_each_alone=steps.strip() == ALL_STEPS))


def _counted(found: Inspection, steps: tuple[str, ...], *, is_each_alone: bool) -> Iterator[ProfiledSet]:
    for lines in found.sets:
        texts = [line.transcription for line in lines.lines]
        changed = each_alone(texts) if is_each_alone else effects(texts, steps)
        yield ProfiledSet(lines.name, lines.language, profile(texts), changed, is_each_alone)


def print_profile(found: ProfiledSet, console: Console) -> None:
    """Print the tables of one data set."""
    counts = found.profile
    console.print(f"[bold]{escape(found.name)}[/bold]", highlight=False)
    console.print(
        f"{count(counts.lines, 'line')}, {count(counts.words, 'word')}, {count(counts.length, 'character')}, "
        f"{count(len(counts.characters), 'code point')}"
    )
    if counts.order.is_reversed:
        console.print(
            f"The texts seem to be stored REVERSED: {count(counts.order.for_reversed, 'sign')} of it, "
            f"{counts.order.for_logical:,} against it.",
            style="yellow",
        )
    console.print(_peculiarities(counts))
    if counts.variants:
        console.print(_variants(counts))
    console.print(_characters(counts))
    if found.effects:
        _print_effects(found, console)


def _table(title: str, first_column: str) -> Table:
    """Words in the first column may be broken, numbers never."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column(first_column, overflow="fold")
    return table


def _peculiarities(counts: TextProfile) -> Table:
    table = _table("Peculiarities", "what")
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("taken away by", overflow="fold")
    for finding in counts.findings:
        times = "" if finding.occurrences is None else f"{finding.occurrences:,}"
        steps = ", ".join(finding.peculiarity.steps)
        table.add_row(escape(finding.peculiarity.title), f"{finding.lines:,}", times, steps)
    if not counts.findings:
        table.add_row("none", "", "", "")
    return table


def _variants(counts: TextProfile) -> Table:
    table = _table("Letters and digits with several encodings", "which")
    table.add_column("encoding", overflow="fold")
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("lines", justify="right", no_wrap=True)
    for group in counts.variants:
        for row, (what, times, lines) in enumerate(group.members):
            table.add_row("" if row else group.title, escape(what), f"{times:,}", f"{lines:,}")
    return table


def _characters(counts: TextProfile) -> Table:
    table = _table("Code points", "code point")
    table.add_column("kind", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("lines", justify="right", no_wrap=True)
    for one in counts.characters:
        table.add_row(escape(one.code_point), one.kind, f"{one.count:,}", f"{one.lines:,}")
    return table


def _print_effects(found: ProfiledSet, console: Console) -> None:
    words = "each step alone" if found.is_each_alone else "one step after the other"
    console.print(f"[bold]What normalisation would change, {words}[/bold]")
    for effect in found.effects:
        if not effect.lines:
            console.print(f"\n{effect.step}: nothing")
            continue
        length = f"length {effect.length_before:,} → {effect.length_after:,}"
        what = count(effect.characters, "character") if effect.counts else "the same characters in another order"
        console.print(f"\n{effect.step}: {count(effect.lines, 'line')}, {what}, {length}")
        _print_changes(effect.counts, console)
        for before, after in effect.examples[:SHOWN_EXAMPLES]:
            console.print(f"  before  {visible(before)}", markup=False)
            console.print(f"  after   {visible(after)}", markup=False)


def _print_changes(counts: Sequence[tuple[str, int, int]], console: Console) -> None:
    for character, before, after in counts[:SHOWN_CHANGES]:
        console.print(f"  {code_point(character)}: {before:,} → {after:,}", markup=False)
    if len(counts) > SHOWN_CHANGES:
        console.print(f"  … and {count(len(counts) - SHOWN_CHANGES, 'code point')} more (--json lists all)")

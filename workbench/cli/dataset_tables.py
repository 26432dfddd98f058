"""Data sets side by side as tables on stdout."""

from collections.abc import Callable, Iterator

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.cli.wording import percent
from workbench.data.comparison import Comparison
from workbench.data.duplicates import DuplicateKind
from workbench.data.measures import Distribution, distribution
from workbench.data.statistics import SetStatistics
from workbench.text.overlap import Overlap

SHOWN_CHARACTERS = 10
_DUPLICATES: tuple[tuple[DuplicateKind, str], ...] = (
    ("same_text", "by text"),
    ("same_text_but_blanks", "… blanks collapsed"),
    ("same_image", "by image file"),
    ("similar_image", "by look of the image"),
)

Cells = tuple[str, list[str]]


def print_comparison(compared: Comparison, console: Console) -> None:
    """Print counts, spreads, characters in common and duplicates, one column per data set."""
    console.print(_table(compared, "Lines", _counts(compared)))
    console.print(_table(compared, "Per line: median (5–95 %)", _spreads(compared)))
    for title, overlap in (("raw", compared.raw), ("Yeh, Kaf, Heh, digits and full stop folded", compared.folded)):
        console.print(_overlap_table(overlap, f"Characters in common, {title}"))
    console.print(_table(compared, "Most frequent characters", _frequent(compared)))
    console.print(_table(compared, "Lines that occur more than once", _duplicates(compared)))
    if not compared.looked_for_similar:
        console.print("--similar also looks for images that look alike.")


def _table(compared: Comparison, title: str, rows: Iterator[Cells]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("")
    for one in compared.sets:
        table.add_column(escape(f"{one.name} ({one.language})"), justify="right", no_wrap=True)
    for name, cells in rows:
        table.add_row(name, *cells)
    return table


_COUNTS: tuple[tuple[str, Callable[[SetStatistics], str]], ...] = (
    ("lines", lambda one: f"{one.lines:,}"),
    ("… train", lambda one: f"{one.splits.get('train', 0):,}"),
    ("… validation", lambda one: f"{one.splits.get('validation', 0):,}"),
    ("… test", lambda one: f"{one.splits.get('test', 0):,}"),
    ("… of no part", lambda one: f"{one.splits.get('none', 0):,}"),
    ("writers", lambda one: f"{one.writers:,}" if one.writers else "unknown"),
    ("pages", lambda one: f"{one.pages:,}" if one.pages else "unknown"),
    ("characters", lambda one: f"{one.characters.total():,}"),
    ("different characters", lambda one: f"{len(one.characters):,}"),
    ("words", lambda one: f"{int(one.measures.words.sum()):,}"),
    ("problems / notes", lambda one: f"{one.problems:,} / {one.notes:,}"),
)


def _counts(compared: Comparison) -> Iterator[Cells]:
    for name, say in _COUNTS:
        yield name, [say(one) for one in compared.sets]


def _spread(spread: Distribution, digits: int = 0) -> str:
    if not spread.count:
        return "–"
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f}–{spread.high:,.{digits}f})"


def _spreads(compared: Comparison) -> Iterator[Cells]:
    yield "characters", [_spread(one.lengths) for one in compared.sets]
    yield "words", [_spread(one.words) for one in compared.sets]
    yield "width, px", [_spread(one.widths) for one in compared.sets]
    yield "height, px", [_spread(one.heights) for one in compared.sets]
    yield "px per character", [_spread(one.px_per_character, 1) for one in compared.sets]
    rule = compared.rule
    if rule is not None:
        scaled = (distribution(one.measures.px_per_character_at(rule.line_height_px)) for one in compared.sets)
        yield f"… at {rule.line_height_px} px height", [_spread(spread, 1) for spread in scaled]
        frames = [_spread(distribution(fit.per_character), 2) for fit in compared.fits]
        yield f"frames per char. ({rule.architecture})", frames
        yield (
            "lines with too few frames",
            [_of(fit.too_narrow, one) for fit, one in zip(compared.fits, compared.sets, strict=True)],
        )
    yield "lines per writer", [_spread(one.lines_per_writer) for one in compared.sets]


def _of(number: int, one: SetStatistics) -> str:
    return f"{number:,} ({percent(number / one.lines if one.lines else None)} %)"


def _overlap_table(overlap: Overlap, title: str) -> Table:
    """One row per data set: the characters that each other one has too, and the share of its running text they are."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("of", overflow="fold")
    table.caption = "Number of characters, and the share of the row's running characters that they are."
    table.caption_justify = "left"
    for name in (*overlap.names, "all", "no other"):
        table.add_column(escape(name), justify="right", no_wrap=True)
    for name in overlap.names:
        found = [overlap.shared_by(name, other) for other in overlap.names]
        cells = [_shared(overlap, name, characters) for characters in (*found, overlap.common, overlap.own(name))]
        table.add_row(escape(name), *cells)
    return table


def _shared(overlap: Overlap, name: str, characters: tuple[str, ...]) -> str:
    return f"{len(characters):,} · {percent(overlap.share(name, characters))}%"


def _frequent(compared: Comparison) -> Iterator[Cells]:
    commonest = [one.characters.most_common(SHOWN_CHARACTERS) for one in compared.sets]
    for rank in range(max(map(len, commonest), default=0)):
        yield (
            f"{rank + 1}",
            [_frequent_cell(one, rank, found) for one, found in zip(compared.sets, commonest, strict=True)],
        )


def _frequent_cell(one: SetStatistics, rank: int, found: list[tuple[str, int]]) -> str:
    if rank >= len(found):
        return ""
    character, number = found[rank]
    shown = "␣" if character == " " else character if character.isprintable() else ""
    return escape(f"{shown} U+{ord(character):04X} {percent(number / one.characters.total()):>5} %")


def _duplicates(compared: Comparison) -> Iterator[Cells]:
    for kind, name in _DUPLICATES:
        if kind != "similar_image" or compared.looked_for_similar:
            yield name, [_of(compared.duplicate_lines(one.name, kind), one) for one in compared.sets]

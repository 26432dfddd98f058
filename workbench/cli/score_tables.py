"""Scores of prediction files and what parts two of them, as tables on stdout and as CSV."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbench.cli.wording import MINUS, count, isolated

if TYPE_CHECKING:
    from workbench.analysis.systems.paired import LineDifference, PairedDifference
    from workbench.analysis.systems.scoring import Ends, Score

_ONE = {"writers": "writer", "pages": "page", "blocks": "block"}

SCORE_COLUMNS = (
    "file", "form", "encoding", "lines", "edits", "length", "word_edits", "words", "exact_lines", "empty_lines",
    "cer_micro", "cer_line_low", "cer_line_high", "cer_cluster_low", "cer_cluster_high", "cer_macro_lines",
    "cer_macro_clusters", "wer_micro", "wer_line_low", "wer_line_high", "wer_cluster_low", "wer_cluster_high",
    "wer_macro_lines", "cluster_unit", "clusters", "block_lines", "remarks",
)  # fmt: skip
"""Of `score --csv`; rates are fractions."""


def print_scores(scores: "Sequence[Score]", console: Console) -> None:
    """Print error rates of prediction files with their intervals."""
    for score in scores:
        console.print(escape(score.file), style="bold", soft_wrap=True)
        console.print(f"  {_basis(score)}", soft_wrap=True)
        console.print(_score_table(score))
        exact = f" ({100 * score.exact_lines / score.lines:.1f} %)"
        console.print(
            f"  {count(score.exact_lines, 'line')} without an error{exact}; of {score.empty_lines:,} nothing was read",
            soft_wrap=True,
        )
        for remark in score.remarks:
            console.print(f"  Note: {remark}", style="yellow", markup=False, soft_wrap=True)
        console.print()


def cluster_words(unit: str, clusters: int, block_lines: int | None) -> str:
    """Say what intervals are taken over: `72 writers`, `107 blocks of 10 lines (writers unknown …)`."""
    words = count(clusters, _ONE[unit])
    if block_lines is None:
        return words
    return f"{words} of {count(block_lines, 'line')} (writers unknown: the interval may be too narrow)"


def _basis(score: "Score") -> str:
    sizes = f"{count(score.lines, 'line')}, {count(score.length, 'character')}, {count(score.words, 'word')}"
    return f"{sizes}; {cluster_words(score.cluster_unit, score.clusters, score.block_lines)}"


def _score_table(score: "Score") -> Table:
    table = Table(box=box.SIMPLE)
    one = _ONE[score.cluster_unit]
    table.add_column("%", no_wrap=True)
    for name in ("micro", "95 % by line", f"95 % by {one}", "macro: lines", f"{one}s"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(
        "CER", _rate(score.cer), _ends(score.cer_by_line), _ends(score.cer_by_cluster), _rate(score.macro_cer),
        _rate(score.cluster_macro_cer),
    )  # fmt: skip
    table.add_row(
        "WER", _rate(score.wer), _ends(score.wer_by_line), _ends(score.wer_by_cluster), _rate(score.macro_wer), "",
    )  # fmt: skip
    return table


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.2f}"


def _ends(ends: "Ends | None") -> str:
    return "–" if ends is None else f"{100 * ends[0]:.2f} … {100 * ends[1]:.2f}"


def write_scores(scores: "Sequence[Score]", path: Path) -> None:
    """Write scores as CSV, one row per file."""
    from workbench.files import write_csv

    write_csv(path, SCORE_COLUMNS, _score_rows(scores))


def _score_rows(scores: "Sequence[Score]") -> Iterator[tuple[Any, ...]]:
    for score in scores:
        yield (
            score.file, score.form, score.encoding, score.lines, score.edits, score.length, score.word_edits,
            score.words, score.exact_lines, score.empty_lines, score.cer, *_both(score.cer_by_line),
            *_both(score.cer_by_cluster), score.macro_cer, score.cluster_macro_cer, score.wer,
            *_both(score.wer_by_line), *_both(score.wer_by_cluster), score.macro_wer, score.cluster_unit,
            score.clusters, score.block_lines, "; ".join(score.remarks),
        )  # fmt: skip


def _both(ends: "Ends | None") -> "tuple[float | None, float | None]":
    return ends or (None, None)


DIFFERENCE_COLUMNS = ("line_id", "reference", "hypothesis_a", "hypothesis_b", "edits_a", "edits_b", "length")
"""Of `compare --csv`: the lines on which the sides differ, the furthest apart first."""


def print_difference(found: "PairedDifference", console: Console) -> None:
    """Print what parts two sides, with its interval, and the lines on which they differ most."""
    console.print(f"A  {found.a}\nB  {found.b}", markup=False, soft_wrap=True)
    basis = cluster_words(found.cluster_unit, found.clusters, found.block_lines)
    console.print(f"  {count(found.lines, 'line')} in common; {basis}", soft_wrap=True)
    for side, number, names in (("A", found.only_a, found.examples_only_a), ("B", found.only_b, found.examples_only_b)):
        if number:
            shown = ", ".join(names) + (" …" if number > len(names) else "")
            console.print(
                f"  Left out, only in {side}: {count(number, 'line')} ({shown})", markup=False, soft_wrap=True,
                style="yellow",
            )  # fmt: skip
    if found.other_references:
        console.print(f"  References differ in {count(found.other_references, 'line')}; one side's count.")
    console.print(_difference_table(found))
    console.print("  B − A in percentage points; negative: B makes fewer errors.")
    console.print("  p: of no difference, by the interval; p exch.: by exchanging the sides of")
    console.print(f"  whole {found.cluster_unit}.")
    if found.coverage:
        console.print(f"  {found.coverage}", markup=False, soft_wrap=True)
    console.print(
        f"  A better in {count(found.a_better, 'line')}, B in {found.b_better:,}, the same in {found.same:,}",
        soft_wrap=True,
    )
    for remark in found.remarks:
        console.print(f"  Note: {remark}", style="yellow", markup=False, soft_wrap=True)
    if found.most_different:
        console.print("\nFurthest apart (edits of A | B of characters):")
        for line in found.most_different:
            _print_difference(line, console)


def _print_difference(line: "LineDifference", console: Console) -> None:
    console.print(f"{line.id}: {line.edits_a} | {line.edits_b} of {line.length}", markup=False, soft_wrap=True)
    for name, text in (("ref", line.reference), ("A", line.a), ("B", line.b)):
        console.print(f"  {name:>3} {isolated(text)}", markup=False, soft_wrap=True)


def _difference_table(found: "PairedDifference") -> Table:
    table = Table(box=box.SIMPLE)
    table.add_column("", no_wrap=True)
    for name in ("A %", "B %", "B − A", "95 % interval", "p", "p exch.", "rel."):
        table.add_column(name, justify="right", no_wrap=True)
    for metric in found.metrics:
        has_ends = metric.low_pp is not None
        ends = f"{_pp(metric.low_pp)} … {_pp(metric.high_pp)}" if has_ends else "–"
        relative = "–" if metric.relative_pct is None else f"{_pp(metric.relative_pct)[:-1]} %"
        table.add_row(
            metric.metric, _rate(metric.a), _rate(metric.b), _pp(metric.delta_pp), ends, _p(metric.p),
            _p(metric.permutation_p), relative,
        )  # fmt: skip
    return table


def _pp(value: float | None) -> str:
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else f"{MINUS if value < 0 else '+'}{text}"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def write_differences(found: "PairedDifference", path: Path) -> None:
    """Write the lines on which two sides differ as CSV."""
    from workbench.files import write_csv

    rows = ((d.id, d.reference, d.a, d.b, d.edits_a, d.edits_b, d.length) for d in found.most_different)
    write_csv(path, DIFFERENCE_COLUMNS, rows)

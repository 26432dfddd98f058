"""Columns of the tables of characters and confusions: what each number is, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.gui.item_models.ordered_rows import Column
from workbench.gui.letter_wording import number, read_as, written
from workbench.gui.wording import NO_VALUE, count, p_value, signed
from workbench.text.code_points import code_point

if TYPE_CHECKING:
    from workbench.analysis.letters.characters import ClassRow, SideCounts
    from workbench.analysis.letters.confusions import Confusion
    from workbench.analysis.letters.gain import CellLetters, CharacterFacts

DOT = " •"
"""Marks an interval that excludes 0, as in the heatmaps."""


def rate(side: "SideCounts") -> str:
    """Return the error rate of a side in per cent."""
    return NO_VALUE if side.rate_pct is None else f"{side.rate_pct:.1f}"


def delta(row: "ClassRow") -> str:
    """Return Δ in points, with a dot where its interval excludes 0."""
    return NO_VALUE if row.delta_pp is None else signed(row.delta_pp) + (DOT if row.excludes_zero else "")


def interval(row: "ClassRow") -> str:
    """Return the 95 % interval, or in two words why there is none."""
    if row.low_pp is not None and row.high_pp is not None:
        return f"{signed(row.low_pp)} … {signed(row.high_pp)}"
    return "too few" if row.is_too_few else "no interval"


def instead(row: "ClassRow", side: "SideCounts") -> str:
    """Return what was read instead most often, as shares of the occurrences."""
    said = [f"{_short(read)} {100 * times / row.occurrences:.0f} %" for read, times in side.instead if row.occurrences]
    return " · ".join(said)


def _short(character: str) -> str:
    """Return a character with its name and without its number."""
    return code_point(character).partition(" ")[2]


def shared(facts: "CharacterFacts | None") -> str:
    """Return which languages have a character: by its code point, and where they are more, as a letter."""
    if facts is None:
        return ""
    held = " ".join(facts.languages) or "none"
    more = [one for one in facts.letter_languages if one not in facts.languages]
    return f"{held} (+{' '.join(more)})" if more else held


def class_columns(
    cell: "CellLetters", names: tuple[str, str], *, is_characters: bool
) -> "tuple[Column[ClassRow], ...]":
    """Columns of a table of classes; `names` are those of the two sides."""
    single, multi = names
    facts = cell.facts_by_name
    of_characters: tuple[Column[ClassRow], ...] = (
        Column(
            "Shared by", lambda row: shared(facts.get(row.name)), lambda row: _breadth(facts.get(row.name)),
            is_number=False,
            tip="Languages whose training text has this code point; in brackets those that write the same letter "
            "with another one (Yeh, Kaf, Heh, digits, full stop)",
        ),
        Column(
            "In training", lambda row: number(facts[row.name].training_count) if row.name in facts else "",
            lambda row: facts[row.name].training_count if row.name in facts else None,
            tip="How often it occurs in the target's own training text",
        ),
    )  # fmt: skip
    what = "characters that were substituted or missed, in per cent"
    return (
        Column("Character" if is_characters else "Class", lambda row: row.name,
               lambda row: row.name if is_characters else row.number, is_number=False),
        *(of_characters if is_characters else ()),
        Column("Times", lambda row: count(row.occurrences), lambda row: row.occurrences,
               tip="Characters of the test lines"),
        Column(single, lambda row: rate(row.single), lambda row: row.single.rate_pct, tip=f"{single}: {what}"),
        Column(multi, lambda row: rate(row.multi), lambda row: row.multi.rate_pct, tip=f"{multi}: {what}"),
        Column("Δ", delta, lambda row: None if row.is_too_few else row.delta_pp,
               tip=f"{multi} − {single} in percentage points; negative: it helps. A dot: the interval excludes 0"),
        Column("95 % interval", interval, lambda row: row.low_pp),
        Column("Holm p", lambda row: p_value(row.holm_p), lambda row: row.holm_p,
               tip="Corrected for the number of rows that are judged"),
        Column(f"{single} reads", lambda row: instead(row, row.single), lambda row: _most(row.single),
               is_number=False, tip="What is read in its place most often; missed characters are not in it"),
        Column(f"{multi} reads", lambda row: instead(row, row.multi), lambda row: _most(row.multi), is_number=False),
    )  # fmt: skip


def _breadth(facts: "CharacterFacts | None") -> tuple[int, int] | None:
    return None if facts is None else (len(facts.languages), len(facts.letter_languages))


def _most(side: "SideCounts") -> float | None:
    return side.instead[0][1] if side.instead else None


def class_tip(row: "ClassRow", names: Sequence[str], unit: str) -> str:
    """Say everything about a class in words."""
    said = [f"{row.name}: {count(row.occurrences)} times on {count(row.lines)} lines of {count(row.clusters)} {unit}"]
    for name, side in zip(names, (row.single, row.multi), strict=True):
        said.append(
            f"{name}: {number(side.substituted)} substituted, {number(side.deleted)} missed; "
            f"{number(side.inserted)} inserted after it"
        )
    if row.remark:
        said.append(row.remark)
    said.append("A click shows the lines behind it.")
    return "\n".join(said)


def confusion_columns(names: tuple[str, str]) -> "tuple[Column[Confusion], ...]":
    """Columns of a table of confusions; `names` are those of the two sides."""
    left, right = names
    return (
        Column("Written", written, lambda one: one.reference, is_number=False),
        Column("Read", read_as, lambda one: one.read, is_number=False),
        Column("Times", lambda one: count(one.occurrences), lambda one: one.occurrences,
               tip="Occurrences of the written character; for insertions all characters"),
        Column(left, lambda one: number(one.left), lambda one: one.left, tip=f"{left}: how often, mean over its runs"),
        Column(right, lambda one: number(one.right), lambda one: one.right,
               tip=f"{right}: how often, mean over its runs"),
        Column(f"{left} %", lambda one: f"{100 * one.left_share:.1f}", lambda one: one.left_share,
               tip="Share of the occurrences of the written character"),
        Column(f"{right} %", lambda one: f"{100 * one.right_share:.1f}", lambda one: one.right_share,
               tip="Share of the occurrences of the written character"),
        Column("Δ", lambda one: signed(one.delta_pp), lambda one: one.delta_pp,
               tip=f"{right} − {left} in points of the occurrences; negative: less often"),
        Column("Fewer", lambda one: number(one.left - one.right), lambda one: one.left - one.right,
               tip=f"Errors that {right} makes less than {left}"),
        Column("Lines", lambda one: count(one.lines), lambda one: one.lines, tip="Lines on which either side does it"),
    )  # fmt: skip

"""A reference and its hypotheses cut into columns that stand under one another. Pure, without Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.metrics.alignment import align


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of the reference and what each hypothesis has in its place, as (start, end) in characters."""

    reference: tuple[int, int]
    hypotheses: tuple[tuple[int, int], ...]


def columns(reference: str, hypotheses: Sequence[str], wildcards: str = "") -> tuple[Column, ...]:
    """Cut between words of the reference, there only where no hypothesis would be cut inside a word.

    Joined letters are thus never torn apart: words that a hypothesis runs together share a column. `wildcards` are
    placeholders that match anything, as in :func:`workbench.metrics.alignment.align`.

    Returns
    -------
    tuple of Column
        In logical order; the stretches of each text follow one another and cover it. At least one column.
    """
    starts = [i for i in range(1, len(reference)) if reference[i - 1].isspace() and not reference[i].isspace()]
    places = [_places(reference, hypothesis, starts, wildcards) for hypothesis in hypotheses]
    kept = [start for start in starts if all(found[start] is not None for found in places)]
    bounds = [0, *kept, len(reference)]
    cuts = [
        [0, *(found[start] or 0 for start in kept), len(text)] for found, text in zip(places, hypotheses, strict=True)
    ]
    return tuple(
        Column((bounds[n], bounds[n + 1]), tuple((cut[n], cut[n + 1]) for cut in cuts)) for n in range(len(bounds) - 1)
    )


def _places(reference: str, hypothesis: str, starts: Sequence[int], wildcards: str) -> dict[int, int | None]:
    """Return where each cut of the reference falls in a hypothesis; None where that is inside a word."""
    ranges = _ranges(reference, hypothesis, wildcards)
    places: dict[int, int | None] = {}
    least = 0
    for start in starts:
        low, high = ranges[start]
        fitting = [at for at in range(high, max(low, least) - 1, -1) if _is_between_words(hypothesis, at)]
        places[start] = fitting[0] if fitting else None
        least = fitting[0] if fitting else least
    return places


def _ranges(reference: str, hypothesis: str, wildcards: str) -> list[tuple[int, int]]:
    """For each place in the reference the first and the last place of the hypothesis that stand for it."""
    low: list[int] = [0] * (len(reference) + 1)
    high: list[int] = [0] * (len(reference) + 1)
    for edit in align(reference, hypothesis, wildcards):
        end = edit.hypothesis_at + len(edit.hypothesis)
        if not edit.reference:
            high[edit.reference_at] = end
            continue
        if edit.reference_at == 0 and not high[0]:
            low[0] = high[0] = edit.hypothesis_at
        if edit.kind == "ignored":  # what a placeholder matches stands for all of it
            for n in range(1, len(edit.reference) + 1):
                low[edit.reference_at + n], high[edit.reference_at + n] = edit.hypothesis_at, end
            low[edit.reference_at + len(edit.reference)] = end
            continue
        for n in range(1, len(edit.reference) + 1):
            at = edit.hypothesis_at + (0 if edit.kind == "delete" else n)
            low[edit.reference_at + n] = high[edit.reference_at + n] = at
    return list(zip(low, high, strict=True))


def _is_between_words(text: str, at: int) -> bool:
    return at in (0, len(text)) or text[at - 1].isspace() or text[at].isspace()

"""What the tables of letters say, in a few sentences: the same in the window and on the command line."""

from collections.abc import Callable, Iterator

from workbench.analysis.letters.gain import CellLetters, LettersReport, SharednessFit, best_rows
from workbench.analysis.results.report_values import ALPHA
from workbench.analysis.results.sentences import signed

SHOWN_LETTERS = 5

_NUMBERS = {
    "sharedness": "a character that all other languages share against one that none does",
    "log_frequency": "ten times as many occurrences in the training text",
    "dots": "a letter that dots or a small sign tell from others",
}


def summary(cell: CellLetters, shown: int = SHOWN_LETTERS, named: Callable[[str], str] = str) -> str:
    """Say which characters joint training helps and hurts beyond doubt; empty where the cell has none.

    Parameters
    ----------
    cell : CellLetters
    shown : int
        Characters that are named on either side.
    named : callable
        Makes of a class's name (`U+06CC ی FARSI YEH`) what is said.
    """
    judged = [row for row in best_rows(cell) if row.holm_p is not None]
    if not judged:
        return ""
    sure = [row for row in judged if row.holm_p is not None and row.holm_p < ALPHA]
    helped = [row for row in sure if (row.delta_pp or 0) < 0]
    hurt = [row for row in reversed(sure) if (row.delta_pp or 0) > 0]
    parts = [
        f"{word} {', '.join(f'{named(row.name)} {signed(row.delta_pp or 0)}' for row in rows[:shown])}"
        + (f" and {len(rows) - shown} more" if len(rows) > shown else "")
        for word, rows in (("helps", helped), ("hurts", hurt))
        if rows
    ]
    if not parts:
        return f"No character of {len(judged)} can be told apart from 0 after Holm's correction."
    return f"Of {len(judged)} characters joint training {'; it '.join(parts)} (points, p < {ALPHA} after Holm)."


def fit_sentences(report: LettersReport, architecture: str, k: int) -> tuple[str, ...]:
    """Say what the regressions of an architecture at a K come to, first by code points, then by letters."""
    fits = [one for one in report.fits if (one.architecture, one.k) == (architecture, k)]
    return tuple(" ".join(_fit_words(one)) for one in fits)


def _fit_words(one: SharednessFit) -> Iterator[str]:
    fit = one.fit
    what = "letters (Yeh, Kaf, Heh, digits folded)" if one.by_letters else "code points"
    yield f"By {what}, {fit.characters} characters of {fit.targets} data sets:"
    for found in fit.coefficients:
        yield (
            f"{_NUMBERS[found.name]}: {signed(found.value_pp)} points "
            f"(p {p_in_words(found.p)}; alone {signed(found.alone_pp)});"
        )
    if fit.coefficients:
        yield f"together {100 * fit.r_squared:.0f} % of the variance of Δ explained."
    if fit.remark:
        yield fit.remark


def pairs_in_words(cell: CellLetters) -> str:
    """Say how many pairs of runs are counted, and how many are not."""
    if cell.trainings == cell.pairs:
        return f"{cell.pairs:,} {'pair' if cell.pairs == 1 else 'pairs'}"
    return f"{cell.trainings:,} of {cell.pairs:,} pairs, the others read other lines"


def p_in_words(p: float | None) -> str:
    """Return a p value: '0.034', '< 0.001', '–'."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def missing_words(report: LettersReport) -> str:
    """Say which training texts are not there, and what is left out for that; empty where all are."""
    if not report.missing:
        return ""
    return (
        f"The training text of {', '.join(report.missing)} is not here: shared characters, frequency, n-grams and the "
        "regression are left out. Open the data set on the Data page, then work this out again."
    )

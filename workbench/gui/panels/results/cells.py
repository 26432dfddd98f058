"""A report's numbers as cells of heatmaps, and in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from workbench.analysis.statistics.coverage import coverage_in_words
from workbench.gui.charts import diverging
from workbench.gui.charts.delta_heatmap import CellKey, HeatCell, HeatRow
from workbench.gui.wording import architecture_label, count, counted, p_value, percent, signed
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label, difference_in_words

if TYPE_CHECKING:
    from workbench.analysis.results.pairs import ExcludedRun
    from workbench.analysis.results.report_values import DeltaCell, InteractionCell, Mark, StudyReport


@dataclass(frozen=True, slots=True)
class HeatmapContent:
    """One heatmap: ΔCER of an architecture, or the difference of two."""

    title: str
    architectures: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    ks: tuple[int, ...]
    cells: dict[CellKey, HeatCell]

    def cell_text(self, target: str, k: int) -> str:
        """Return a cell as text: its value with the interval in brackets, empty without a value."""
        cell = self.cells.get((target, k))
        if cell is None or cell.value is None:
            return ""
        return signed(cell.value) + (f" ({cell.interval})" if cell.interval else "")

    def as_text(self) -> str:
        """Return the heatmap as a table, tab-separated."""
        lines = ["\t".join([self.title, *(f"K {k:,}" for k in self.ks)])]
        lines += ["\t".join([row.target, *(self.cell_text(row.target, k) for k in self.ks)]) for row in self.rows]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """In which form differences are shown."""

    scale: Literal["points", "relative"] = "points"
    average: Literal["mean", "median"] = "mean"
    rate: str = "CER"
    """What error rates are called."""

    @property
    def is_median(self) -> bool:
        """Tell whether medians are shown: of points only."""
        return self.average == "median" and self.scale == "points"

    @property
    def unit(self) -> str:
        """What the values are in."""
        return "points" if self.scale == "points" else "%"

    def values(self, cell: "DeltaCell | InteractionCell") -> tuple[float | None, float | None, float | None]:
        """Return value and ends: of the interval, for a median the least and most of the pairs."""
        if self.scale == "relative":
            return cell.relative_pct, cell.relative_low_pct, cell.relative_high_pct
        if self.is_median:
            return cell.median_pp, cell.least_pp, cell.most_pp
        return cell.delta_pp, cell.low_pp, cell.high_pp


def meaning_of(report: "StudyReport", setting: "Setting", shown: Shown) -> str:
    """Say what the numbers are of, and what stands in a cell."""
    difference = difference_in_words(setting.regime).replace("CER", MEASURES[report.measure].short)
    unit = "percentage points" if shown.scale == "points" else "in per cent of the baseline"
    if shown.is_median:
        return (
            f"{difference}, {unit}: median over the pairs of trainings; below it the least and the most of them, and "
            "the steps made. Hatched: no pair of runs yet."
        )
    return (
        f"{difference}, {unit}; below it the 95 % interval, and the steps made. A ring where the interval excludes 0, "
        "a dot where that also holds after Holm's correction for all cells. Hatched: no pair of runs yet."
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What all heatmaps of a page share."""

    budget: str
    regime: str = "multi"
    conditions: str = ""

    def holds(self, cell: "DeltaCell | InteractionCell") -> bool:
        """Tell whether a cell is one of this setting."""
        return (cell.budget, cell.regime, cell.conditions) == (self.budget, self.regime, self.conditions)


def heatmaps_of(report: "StudyReport", setting: Setting, shown: Shown = Shown()) -> tuple[HeatmapContent, ...]:
    """ΔCER of each architecture, then CRNN − CNN-only for each two that can be compared, in one setting."""
    shown = replace(shown, rate=MEASURES[report.measure].short)
    deltas = list(filter(setting.holds, report.cells))
    differences = list(filter(setting.holds, report.interactions))
    return (*_deltas(report, deltas, shown), *_interactions(report, differences, shown))


def sentence_of(report: "StudyReport", setting: Setting) -> str:
    """Return what the numbers of an arm say, under its conditions and with every budget."""
    if len(report.regimes) < 2 and len(report.conditions) < 2:
        return report.sentence
    from workbench.analysis.results.sentences import sentence  # whoever made the report has loaded it

    shown = (setting.regime, setting.conditions)
    return sentence(
        replace(
            report,
            cells=tuple(cell for cell in report.cells if (cell.regime, cell.conditions) == shown),
            interactions=tuple(cell for cell in report.interactions if (cell.regime, cell.conditions) == shown),
            pooled=tuple(cell for cell in report.pooled if (cell.regime, cell.conditions) == shown),
        )
    )


def _deltas(report: "StudyReport", cells: "list[DeltaCell]", shown: Shown) -> Iterator[HeatmapContent]:
    for name in report.architectures:
        found = [cell for cell in cells if cell.architecture == name]
        if found:
            yield HeatmapContent(
                architecture_label(name),
                (name,),
                _rows(report, found),
                report.k_lines,
                _unplanned(report, found) | {(cell.target, cell.k): _delta_cell(cell, shown) for cell in found},
            )


def _unplanned(report: "StudyReport", cells: "list[DeltaCell]") -> dict[CellKey, HeatCell]:
    """Cells of every K, as they are where the data set has too few lines for what the regime takes."""
    empty = HeatCell(None, detail="Not planned: too few lines for this regime, or a K of another system alone.")
    return {(cell.target, k): empty for cell in cells for k in report.k_lines}


def _interactions(report: "StudyReport", cells: "list[InteractionCell]", shown: Shown) -> Iterator[HeatmapContent]:
    for crnn, cnn in dict.fromkeys((cell.architecture, cell.cnn) for cell in cells):
        found = [cell for cell in cells if (cell.architecture, cell.cnn) == (crnn, cnn)]
        yield HeatmapContent(
            f"{architecture_label(crnn)} − {architecture_label(cnn)}",
            (crnn, cnn),
            _rows(report, found),
            report.k_lines,
            {(cell.target, cell.k): _interaction_cell(cell, shown) for cell in found},
        )


def _rows(report: "StudyReport", cells: "Iterable[DeltaCell | InteractionCell]") -> tuple[HeatRow, ...]:
    languages = {cell.target: cell.language for cell in cells}
    return tuple(HeatRow(target, languages[target]) for target in report.targets if target in languages)


def _delta_cell(cell: "DeltaCell", shown: Shown) -> HeatCell:
    if cell.delta_pp is None:
        return HeatCell(None, detail="\n".join(cell.missing))
    lines = [
        f"{arm_label(cell.baseline_regime)}: {shown.rate} {percent(cell.single_cer)} after {_steps(cell.single_steps)}",
        f"{arm_label(cell.regime)}: {shown.rate} {percent(cell.multi_cer)} after {_steps(cell.multi_steps)}",
        *_basis(cell),
        *([f"{cell.planned_pairs - cell.pairs} of {counted(cell.planned_pairs, 'pair')} missing: "
           + "; ".join(cell.missing)] if cell.missing else []),
        "A click shows the lines behind it, the right button offers more.",
    ]  # fmt: skip
    return _heat_cell(cell, shown, lines, _step_note(cell))


def _heat_cell(cell: "DeltaCell | InteractionCell", shown: Shown, lines: list[str], note: str = "") -> HeatCell:
    value, low, high = shown.values(cell)
    mark: Mark = ""
    if low is not None and high is not None and (low > 0 or high < 0) and not shown.is_median:
        mark = cell.mark or "alone"
    return HeatCell(value, low, high, "\n".join(lines), note, mark, shown.unit)


def _steps(steps: int | None) -> str:
    return counted(steps, "step") if steps else "an unknown number of steps"


def _step_note(cell: "DeltaCell") -> str:
    if not cell.single_steps or not cell.multi_steps:
        return ""  # a run of another system does not tell them
    if cell.single_steps == cell.multi_steps:
        return f"{count(cell.single_steps)} steps"
    return f"{count(cell.single_steps)} | {count(cell.multi_steps)} steps"


def _interaction_cell(cell: "InteractionCell", shown: Shown) -> HeatCell:
    if cell.delta_pp is None:
        return HeatCell(None, detail="It takes a pair of runs of both architectures.")
    return _heat_cell(cell, shown, _basis(cell))


def _basis(cell: "DeltaCell | InteractionCell") -> list[str]:
    """What the numbers rest on."""
    words = counted(cell.pairs, "pair")
    if cell.sd_pp is not None:
        words += f", standard deviation {cell.sd_pp:.1f} points"
    found = [f"{words}; interval over {cell.unit}" if cell.unit else words]
    if cell.p is not None:
        found.append(
            f"p {p_value(cell.p)}, corrected {p_value(cell.holm_p)}; lines alone {p_value(cell.permutation_p)}"
        )
    if cell.coverage:
        found.append(f"Intervals over so few clusters or trainings {coverage_in_words(cell.coverage)}.")
    return found


def largest(contents: Iterable[HeatmapContent]) -> float:
    """Reach of the colour scale that all heatmaps share, in the unit of their values."""
    values = [cell.value for content in contents for cell in content.cells.values() if cell.value is not None]
    return diverging.limit(tuple(values))


def excluded_words(runs: "Iterable[ExcludedRun]") -> tuple[str, ...]:
    """One line per run that is left out of all means."""
    return tuple(
        f"{architecture_label(run.architecture)} · {arm_label(run.regime)} · {', '.join(run.targets)} · "
        f"K {count(run.k)} · {run.budget} · draw {run.draw} · seed {run.seed}"
        f"{f' · {run.conditions}' if run.conditions else ''}: {run.reason}"
        for run in runs
    )

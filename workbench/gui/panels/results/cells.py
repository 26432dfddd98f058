"""A report's numbers as cells of heatmaps, and in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.gui.charts import diverging
from workbench.gui.charts.delta_heatmap import CellKey, HeatCell, HeatRow
from workbench.gui.wording import architecture_label, count, counted, percent
from workbench.study.arms import arm_label

if TYPE_CHECKING:
    from workbench.analysis.pairs import ExcludedRun
    from workbench.analysis.report_values import DeltaCell, InteractionCell, StudyReport


@dataclass(frozen=True, slots=True)
class HeatmapContent:
    """One heatmap: ΔCER of an architecture, or the difference of two."""

    title: str
    architectures: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    ks: tuple[int, ...]
    cells: dict[CellKey, HeatCell]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all heatmaps of a page share."""

    budget: str
    regime: str = "multi"
    conditions: str = ""

    def holds(self, cell: "DeltaCell | InteractionCell") -> bool:
        """Tell whether a cell is one of this setting."""
        return (cell.budget, cell.regime, cell.conditions) == (self.budget, self.regime, self.conditions)


def heatmaps_of(report: "StudyReport", setting: Setting) -> tuple[HeatmapContent, ...]:
    """ΔCER of each architecture, then CRNN − CNN-only for each two that can be compared, in one setting."""
    deltas = list(filter(setting.holds, report.cells))
    differences = list(filter(setting.holds, report.interactions))
    return (*_deltas(report, deltas), *_interactions(report, differences))


def sentence_of(report: "StudyReport", setting: Setting) -> str:
    """Return what the numbers of an arm say, under its conditions and with every budget."""
    if len(report.regimes) < 2 and len(report.conditions) < 2:
        return report.sentence
    from workbench.analysis.sentences import sentence  # whoever made the report has loaded it

    shown = (setting.regime, setting.conditions)
    return sentence(
        replace(
            report,
            cells=tuple(cell for cell in report.cells if (cell.regime, cell.conditions) == shown),
            interactions=tuple(cell for cell in report.interactions if (cell.regime, cell.conditions) == shown),
            pooled=tuple(cell for cell in report.pooled if (cell.regime, cell.conditions) == shown),
        )
    )


def _deltas(report: "StudyReport", cells: "list[DeltaCell]") -> Iterator[HeatmapContent]:
    for name in report.architectures:
        found = [cell for cell in cells if cell.architecture == name]
        if found:
            yield HeatmapContent(
                architecture_label(name),
                (name,),
                _rows(report, found),
                report.k_lines,
                _unplanned(report, found) | {(cell.target, cell.k): _delta_cell(cell) for cell in found},
            )


def _unplanned(report: "StudyReport", cells: "list[DeltaCell]") -> dict[CellKey, HeatCell]:
    """Cells of every K, as they are where the data set has too few lines for what the regime takes."""
    empty = HeatCell(None, detail="Not planned: too few lines for this regime, or a K of another system alone.")
    return {(cell.target, k): empty for cell in cells for k in report.k_lines}


def _interactions(report: "StudyReport", cells: "list[InteractionCell]") -> Iterator[HeatmapContent]:
    for crnn, cnn in dict.fromkeys((cell.architecture, cell.cnn) for cell in cells):
        found = [cell for cell in cells if (cell.architecture, cell.cnn) == (crnn, cnn)]
        yield HeatmapContent(
            f"{architecture_label(crnn)} − {architecture_label(cnn)}",
            (crnn, cnn),
            _rows(report, found),
            report.k_lines,
            {(cell.target, cell.k): _interaction_cell(cell) for cell in found},
        )


def _rows(report: "StudyReport", cells: "Iterable[DeltaCell | InteractionCell]") -> tuple[HeatRow, ...]:
    languages = {cell.target: cell.language for cell in cells}
    return tuple(HeatRow(target, languages[target]) for target in report.targets if target in languages)


def _delta_cell(cell: "DeltaCell") -> HeatCell:
    if cell.delta_pp is None:
        return HeatCell(None, detail="\n".join(cell.missing))
    lines = [
        f"{arm_label(cell.baseline_regime)}: CER {percent(cell.single_cer)} after {_steps(cell.single_steps)}",
        f"{arm_label(cell.regime)}: CER {percent(cell.multi_cer)} after {_steps(cell.multi_steps)}",
        _basis(cell.pairs, cell.sd_pp, cell.unit),
        *([f"{cell.planned_pairs - cell.pairs} of {counted(cell.planned_pairs, 'pair')} missing: "
           + "; ".join(cell.missing)] if cell.missing else []),
        "A click shows the lines behind it.",
    ]  # fmt: skip
    return HeatCell(cell.delta_pp, cell.low_pp, cell.high_pp, "\n".join(lines), _step_note(cell))


def _steps(steps: int | None) -> str:
    return counted(steps, "step") if steps else "an unknown number of steps"


def _step_note(cell: "DeltaCell") -> str:
    if not cell.single_steps or not cell.multi_steps:
        return ""  # a run of another system does not tell them
    if cell.single_steps == cell.multi_steps:
        return f"{count(cell.single_steps)} steps"
    return f"{count(cell.single_steps)} | {count(cell.multi_steps)} steps"


def _interaction_cell(cell: "InteractionCell") -> HeatCell:
    if cell.delta_pp is None:
        return HeatCell(None, detail="It takes a pair of runs of both architectures.")
    return HeatCell(cell.delta_pp, cell.low_pp, cell.high_pp, _basis(cell.pairs, cell.sd_pp, cell.unit))


def _basis(pairs: int, sd_pp: float | None, unit: str) -> str:
    words = counted(pairs, "pair") + (f", standard deviation {sd_pp:.1f} points" if sd_pp is not None else "")
    return f"{words}; interval over {unit}" if unit else words


def largest(contents: Iterable[HeatmapContent]) -> float:
    """Reach of the colour scale that all heatmaps share, in percentage points."""
    values = [cell.delta_pp for content in contents for cell in content.cells.values() if cell.delta_pp is not None]
    return diverging.limit(tuple(values))


def excluded_words(runs: "Iterable[ExcludedRun]") -> tuple[str, ...]:
    """One line per run that is left out of all means."""
    return tuple(
        f"{architecture_label(run.architecture)} · {arm_label(run.regime)} · {', '.join(run.targets)} · "
        f"K {count(run.k)} · {run.budget} · draw {run.draw} · seed {run.seed}"
        f"{f' · {run.conditions}' if run.conditions else ''}: {run.reason}"
        for run in runs
    )

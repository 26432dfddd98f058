"""Jobs that write a study down for others: each is a generator that a worker runs. Nothing heavy is imported before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.metrics.measures import MeasureName
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Selection

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import StudyReport


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and where it lies."""

    what: str
    """Begins a sentence: 'The report was'."""
    place: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """Which numbers the page shows: those that go into LaTeX, figures and HTML."""

    split: Split
    selection: Selection
    measure: MeasureName = "cer"


ExportJob = Callable[[Workspace, Plan, Shown], Iterator[Written]]


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """What the menu of exports lets one choose."""

    width: Literal["single", "double"] = "double"
    uncertainty: Literal["sd", "interval"] = "sd"
    with_images: bool = False
    with_texts: bool = False
    """References and hypotheses in a bundle."""


def tables(folder: Path, *, for_spreadsheets: bool) -> ExportJob:
    """Write the CSV tables into a folder."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.csv_files import export_study

        written = export_study(plan, RunStore(workspace), folder, for_spreadsheets=for_spreadsheets)
        yield Written(f"{len(written)} files were", folder)

    return job


def _report(workspace: Workspace, plan: Plan, shown: Shown) -> "StudyReport":
    from workbench.analysis.results.report import report  # scipy is first imported here, in the worker

    return report(plan, RunStore(workspace), split=shown.split, selection=shown.selection, measure=shown.measure)


def latex(folder: Path, choices: ExportChoices) -> ExportJob:
    """Write the LaTeX tables into a folder."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.latex import save_latex

        found = _report(workspace, plan, shown)
        yield Written(f"{len(save_latex(found, folder, choices.uncertainty))} files were", folder)

    return job


def column_heatmaps(path: Path, choices: ExportChoices) -> ExportJob:
    """Draw the heatmaps at the width of a column."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.pictures.column_heatmaps import save_column_heatmaps

        found = _report(workspace, plan, shown)
        save_column_heatmaps(found, path, choices.width)
        yield Written("The figure was", path)

    return job


def column_rates(path: Path, choices: ExportChoices) -> ExportJob:
    """Draw error rates over K at the width of a column."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.pictures.column_curves import save_column_rates

        found = _report(workspace, plan, shown)
        save_column_rates(found, path, choices.width)
        yield Written("The figure was", path)

    return job


def column_curves(path: Path, choices: ExportChoices) -> ExportJob:
    """Draw the learning curves at the width of a column."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.csv_files import read_curves
        from workbench.analysis.pictures.column_curves import save_column_curves

        save_column_curves(read_curves(plan, RunStore(workspace)), path, choices.width)
        yield Written("The figure was", path)

    return job


def example_lines(path: Path, choices: ExportChoices) -> ExportJob:
    """Draw a line of each target, with what the runs read in it."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.by_name import ExportOptions, save_example_figure

        options = ExportOptions(selection=shown.selection, width=choices.width, with_images=choices.with_images)
        save_example_figure(plan, RunStore(workspace), path, options)
        yield Written("The figure was", path)

    return job


def html(path: Path, choices: ExportChoices) -> ExportJob:
    """Write the report as one HTML file."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.html_report import PageOptions, save_html

        options = PageOptions(
            shown.split, shown.selection, choices.uncertainty, with_images=choices.with_images, measure=shown.measure
        )  # fmt: skip
        save_html(plan, RunStore(workspace), path, options)
        yield Written("The report was", path)

    return job


def bundle(path: Path, choices: ExportChoices) -> ExportJob:
    """Pack the study so that others get the same tables."""

    def job(workspace: Workspace, plan: Plan, shown: Shown) -> Iterator[Written]:
        from workbench.analysis.exports.bundle import save_bundle

        manifest = save_bundle(plan, RunStore(workspace), path, with_texts=choices.with_texts)
        texts = "with texts" if manifest.has_texts else "without texts and images"
        yield Written(f"A bundle {texts} was", path)

    return job

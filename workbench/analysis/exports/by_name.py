"""Everything that a study can be exported as, by name: the window and the command line write the same files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from workbench.analysis.exports.csv_files import export_study, read_curves
from workbench.analysis.exports.html_report import PageOptions, save_html
from workbench.analysis.exports.latex import save_latex
from workbench.analysis.lines.examples import examples_of, images_of
from workbench.analysis.pictures.column_curves import save_column_curves, save_column_rates
from workbench.analysis.pictures.column_heatmaps import save_column_heatmaps
from workbench.analysis.pictures.examples import save_examples
from workbench.analysis.pictures.sheet import Width
from workbench.analysis.results.report import read_runs, report
from workbench.analysis.results.report_tables import Uncertainty
from workbench.analysis.results.report_values import StudyReport
from workbench.errors import InputError
from workbench.metrics.measures import MeasureName
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.study.schema import Selection

Kind = Literal["tables", "latex", "heatmaps", "rates", "curves", "examples", "html"]


KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a study is exported."""

    split: Split = "test"
    selection: Selection | None = None
    """Of LaTeX, figures and HTML; the CSV tables hold every part and selection. None: the study's own."""
    measure: MeasureName = "cer"
    """How errors are counted, there; the CSV tables hold CERs."""
    uncertainty: Uncertainty = "sd"
    for_spreadsheets: bool = False
    formats: tuple[str, ...] = ("pdf",)
    """Of figures: pdf, svg, png."""
    width: Width = "double"
    examples: int = 2
    """Example lines of each target in the HTML; a figure has one."""
    with_images: bool = False
    """Images of lines in the HTML and the figure of example lines; off, as data may be for research only."""


Job = Callable[[Plan, RunStore, Path, ExportOptions], tuple[Path, ...]]


def _tables(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    return export_study(plan, store, folder, for_spreadsheets=options.for_spreadsheets)


def _report(plan: Plan, store: RunStore, options: ExportOptions) -> StudyReport:
    return report(plan, store, split=options.split, selection=options.selection, measure=options.measure)


def _latex(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    found = _report(plan, store, options)
    return save_latex(found, folder / "latex", options.uncertainty)


def _pictures(
    save: Callable[[Path], None], folder: Path, name: str, options: ExportOptions
) -> tuple[Path, ...]:  # fmt: skip
    paths = tuple(folder / "figures" / f"{name}.{kind}" for kind in dict.fromkeys(options.formats))
    for path in paths:
        save(path)
    return paths


def _heatmaps(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    found = _report(plan, store, options)
    return _pictures(lambda path: save_column_heatmaps(found, path, options.width), folder, "heatmaps", options)


def _rates(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    found = _report(plan, store, options)
    return _pictures(lambda path: save_column_rates(found, path, options.width), folder, "rates", options)


def _curves(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    curves = read_curves(plan, store)
    return _pictures(lambda path: save_column_curves(curves, path, options.width), folder, "curves", options)


def save_example_figure(plan: Plan, store: RunStore, path: Path, options: ExportOptions) -> None:
    """Draw one line of each target into a file, drawn at random, with its image where that is asked for."""
    records, _ = read_runs(plan, store)
    image_of = images_of(plan, store) if options.with_images else None
    found = examples_of(plan, records, store, per_target=1, selection=options.selection, image_of=image_of)
    save_examples(found, path, options.width)


def _examples(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    return _pictures(lambda path: save_example_figure(plan, store, path, options), folder, "examples", options)


def page_options(options: ExportOptions) -> PageOptions:
    """Return what of the options is about the HTML page."""
    return PageOptions(
        options.split, options.selection, options.uncertainty, options.examples, with_images=options.with_images,
        measure=options.measure,
    )  # fmt: skip


def _html(plan: Plan, store: RunStore, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    path = folder / "report.html"
    save_html(plan, store, path, page_options(options))
    return (path,)


_JOBS: Mapping[Kind, Job] = {
    "tables": _tables,
    "latex": _latex,
    "heatmaps": _heatmaps,
    "rates": _rates,
    "curves": _curves,
    "examples": _examples,
    "html": _html,
}
assert tuple(_JOBS) == KINDS


def export(
    kind: Kind, plan: Plan, store: RunStore, folder: Path, options: ExportOptions | None = None
) -> tuple[Path, ...]:
    """Write one kind of export below a folder and return the files.

    Raises
    ------
    InputError
        When there is nothing to write (no run, no pair, no validation).
    WorkspaceError
        When a file cannot be written, or a run's files cannot be read.
    """
    return _JOBS[kind](plan, store, folder, options or ExportOptions())


def export_everything(
    plan: Plan, store: RunStore, folder: Path, options: ExportOptions | None = None
) -> Iterator[tuple[Path, ...] | InputError]:
    """Write every kind, one after the other; where there is nothing to write, give why."""
    for kind in KINDS:
        try:
            yield export(kind, plan, store, folder, options)
        except InputError as error:
            yield error

"""`probe context` and `probe similarity`: what the trained networks of a study depend on, and how alike they are."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from workbench.cli.options import DeviceOption, JsonOption, ProcessesOption, WorkspaceOption, print_json
from workbench.cli.program import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_RUN_FAILED,
    choose_study,
    existing_workspace,
    interruptible,
    tell,
)
from workbench.cli.wording import about, count, percent, signed

if TYPE_CHECKING:
    from workbench.analysis.probes.values import ContextPoint, ProbeTables, SimilarityRow
    from workbench.execution.probe_units import ProbeAgenda
    from workbench.execution.probing import Probing
    from workbench.runs.plan import Plan
    from workbench.runs.store import RunStore
    from workbench.study.schema import Selection

Kind = Literal["context", "similarity"]
LINES = 50
_SHOWN_REASONS = 5

StudyArgument = Annotated[
    str | None, typer.Argument(metavar="STUDY", help="Name of a study of the workspace. Default: the latest one.")
]
LinesOption = Annotated[
    int, typer.Option("--lines", min=1, help="Test lines of each data set; the same ones for every run.")
]
SelectionOption = Annotated[
    Literal["last", "best"] | None, typer.Option(help="Which weights read; the study's own by default.")
]

probe_app = typer.Typer(
    name="probe", help="Look into the trained networks of a study: what of a line they need, how alike they are."
)


@probe_app.command()
def context(
    context: typer.Context,
    study: StudyArgument = None,
    workspace: WorkspaceOption = None,
    lines: LinesOption = LINES,
    selection: SelectionOption = None,
    device: DeviceOption = "auto",
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> int:
    """Read test lines again through windows of limited width, and print CER over the width.

    What was measured before is kept, in the study's folder; only what is missing is measured.
    """
    return _probe(context, "context", study, workspace, lines, selection, device, processes, as_json=as_json)


@probe_app.command()
def similarity(
    context: typer.Context,
    study: StudyArgument = None,
    workspace: WorkspaceOption = None,
    lines: LinesOption = LINES,
    selection: SelectionOption = None,
    device: DeviceOption = "auto",
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> int:
    """Compare the encoders of runs on the same test lines (linear CKA), and print how alike they are.

    Single with joint runs, CRNNs with CNN-only networks, and runs that differ in their seed alone.
    """
    return _probe(context, "similarity", study, workspace, lines, selection, device, processes, as_json=as_json)


def _probe(
    program: typer.Context,
    kind: Kind,
    study: str | None,
    workspace: Path | None,
    lines: int,
    selection: "Selection | None",
    device: str,
    processes: int | None,
    *,
    as_json: bool,
) -> int:
    from workbench.analysis.probes.tables import read_probes
    from workbench.execution.probe_units import probe_agenda
    from workbench.execution.probing import Probing
    from workbench.runs.plan import load_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(program.obj, workspace)
    plan, store = load_plan(place.plan_file(choose_study(place, study))), RunStore(place)
    probing = Probing(place, device=device, processes=processes)
    agenda = probe_agenda(plan, store, selection=selection, lines=lines, kinds=(kind,), place=probing.places[0])
    _refuse_empty(agenda, kind)
    code = _measure(probing, agenda)
    tables = read_probes(plan, store, agenda.selection)
    if as_json:
        rows = tables.context if kind == "context" else tables.similarity
        print_json({"schema": 1, "study": tables.study, "notes": tables.notes, kind: [asdict(row) for row in rows]})
        return code
    from workbench.cli.tables import console_for

    console = console_for()
    print_context(tables, console) if kind == "context" else print_similarity(tables, console)
    _leave_files(plan, store, tables, kind)
    return code


def _refuse_empty(agenda: "ProbeAgenda", kind: Kind) -> None:
    from workbench.errors import InputError

    if agenda.units or agenda.kept:
        return
    reasons = dict.fromkeys(each.reason for each in agenda.skipped)
    what = "no run can be read" if kind == "context" or reasons else "the study has no two runs that could be compared"
    raise InputError(
        f"There is nothing to probe in the study {agenda.study}", "; ".join([what, *list(reasons)[:_SHOWN_REASONS]])
    )


def _measure(probing: "Probing", agenda: "ProbeAgenda") -> int:
    """Measure what is missing, with a bar on a terminal; return the exit code."""
    from workbench.cli.live import follow
    from workbench.execution.probing import ProbeProblem, ProbingProgress
    from workbench.runs.control import Control

    _announce(probing, agenda)
    control, failed = Control(), 0
    with interruptible(control, stopping="Stopping: what was measured by now is kept"):
        for value in follow(probing.run(agenda, control), ProbingProgress):
            if isinstance(value, ProbeProblem):
                failed += 1
                tell(f"Not measured: {value.label}: {value.reason}")
    if control.is_cancelled:
        return EXIT_INTERRUPTED
    return EXIT_RUN_FAILED if failed else EXIT_OK


def _announce(probing: "Probing", agenda: "ProbeAgenda") -> None:
    for each in agenda.skipped[:_SHOWN_REASONS]:
        tell(f"Left out: {each.label}: {each.reason}")
    if len(agenda.skipped) > _SHOWN_REASONS:
        tell(f"Left out: {count(len(agenda.skipped) - _SHOWN_REASONS, 'more', 'more')}")
    words = [f"Study {agenda.study}: {count(len(agenda.units), 'measurement')} to make, {agenda.kept:,} kept"]
    seconds = agenda.seconds(len(probing.places))
    if agenda.units and seconds is not None:
        words.append(about(seconds.low, seconds.high) + (", roughly" if seconds.is_rough else ""))
    tell("; ".join(words))


def _leave_files(plan: "Plan", store: "RunStore", tables: "ProbeTables", kind: Kind) -> None:
    """Write the tables, and a picture of the curves, into the study's results."""
    from workbench.analysis.pictures.context import save_context
    from workbench.analysis.probes.frames import export_probes

    folder = store.workspace.study_file(plan.study.name).parent / "results"
    written = list(export_probes(tables, folder))
    if kind == "context" and tables.context:
        save_context(tables, folder / "context.png")
        written.append(folder / "context.png")
    for path in written:
        tell(f"Written: {path}")


def print_context(tables: "ProbeTables", console: Console) -> None:
    """Print CER over the width of windows: a table per target and setting, a row per width, a column per arm."""
    console.print(
        f"Study {tables.study}, weights {tables.selection}: CER in % through windows of so many px of the network's "
        "input; every frame sees at most that, at most half of it on either side. rise: from the whole line to windows "
        "of about one receptive field, percentage points, and its 95 % interval.\n",
    )
    settings: dict[tuple[Any, ...], dict[Any, list[ContextPoint]]] = {}
    for point in tables.context:
        arm = point.arm
        setting = settings.setdefault((arm.target, arm.k, arm.budget, arm.conditions), {})
        setting.setdefault(arm, []).append(point)
    for arms in settings.values():
        console.print(_context_table(arms))
    _print_notes(tables, console)


def _context_table(arms: "dict[Any, list[ContextPoint]]") -> Table:
    arm, (first, *_) = next(iter(arms.items()))
    unusual = f", {arm.conditions}" if arm.conditions else ""
    title = (
        f"{arm.target}, K {arm.k:,}, {arm.budget}{unusual}: {count(first.lines, 'test line')}, "
        f"{first.clusters} {first.cluster_unit}"
    )
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    table.add_column("window", justify="right", no_wrap=True)
    for each in arms:
        table.add_column(f"{each.architecture}\n{each.regime}", justify="right", min_width=12)
    by_width = [{point.width_px: point for point in points} for points in arms.values()]
    widths = sorted({width for points in by_width for width in points if width is not None})
    for width in (*widths, None):
        cells = [percent(points[width].cer) if width in points else "–" for points in by_width]
        table.add_row("line" if width is None else f"{width} px", *cells)
    table.add_section()
    narrow = [_at_one_field(points) for points in arms.values()]
    table.add_row("rise", *(signed(point.rise_pp) if point else "–" for point in narrow))
    table.add_row("", *(_ends(point) for point in narrow))
    return table


def _at_one_field(points: "Sequence[ContextPoint]") -> "ContextPoint | None":
    """Return the reading through windows of about one receptive field."""
    narrow = [point for point in points if point.fields is not None]
    return min(narrow, key=lambda point: abs((point.fields or 0.0) - 1.0), default=None)


def _ends(point: "ContextPoint | None") -> str:
    if point is None or point.rise_low_pp is None:
        return "–"
    return f"{signed(point.rise_low_pp)} … {signed(point.rise_high_pp)}"


def print_similarity(tables: "ProbeTables", console: Console) -> None:
    """Print the CKA of pairs of runs, a table per budget, beside that of runs that differ in their seed alone."""
    console.print(
        f"Study {tables.study}, weights {tables.selection}: linear CKA of encoder features over all frames; 1 = alike "
        "but for rotation and scale.",
        highlight=False,
    )
    for budget in dict.fromkeys(row.key.budget for row in tables.similarity):
        console.print(_similarity_table(budget, [row for row in tables.similarity if row.key.budget == budget]))
    if tables.similarity and not any(row.key.difference == "seed" for row in tables.similarity):
        console.print("No level to compare with: that takes runs that differ in their seed alone.", highlight=False)
    _print_notes(tables, console)


def _similarity_table(budget: str, rows: "Sequence[SimilarityRow]") -> Table:
    table = Table(title=budget, title_justify="left", title_style="bold", box=box.SIMPLE)
    for name in ("target", "compared", "K"):
        table.add_column(name, overflow="fold")
    for name in ("CKA", "95 % interval", "pairs", "lines"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        ends = "–" if row.low is None or row.high is None else f"{row.low:.2f} … {row.high:.2f}"
        key = row.key
        table.add_row(key.target, _compared(row), f"{key.k:,}", f"{row.cka:.2f}", ends, f"{row.pairs}", f"{row.lines}")
    return table


def _compared(row: "SimilarityRow") -> str:
    key = row.key
    unusual = f", {key.conditions}" if key.conditions else ""
    match key.difference:
        case "regime":
            return f"{key.regime} – {key.other_regime}, {key.architecture}{unusual}"
        case "architecture":
            return f"{key.architecture} – {key.other_architecture}, {key.regime}{unusual}"
        case "seed":
            return f"seed – seed, {key.architecture}, {key.regime}{unusual}"


def _print_notes(tables: "ProbeTables", console: Console) -> None:
    for note in tables.notes:
        console.print(note, style="yellow", markup=False)

"""The commands. Each one is thin: it reads options, drives a job of the core, and prints what comes of it."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from workbench import __version__
from workbench.cli import exports
from workbench.cli.datasets_app import datasets_app
from workbench.cli.diagnosis import doctor, verify
from workbench.cli.options import (
    FILES_HELP,
    CsvOption,
    DeviceOption,
    DevicesOption,
    EncodingOption,
    FirstOption,
    IgnoreOption,
    JsonOption,
    NormaliseOption,
    OnlyOption,
    PerDeviceOption,
    PredictionFormOption,
    ProcessesOption,
    ReadingOptions,
    ReferencesOption,
    SkipOption,
    StudyFileOption,
    StudyNameOption,
    TargetOption,
    WhereOption,
    WorkspaceOption,
    print_json,
)
from workbench.cli.probes import probe_app
from workbench.cli.program import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_RUN_FAILED,
    EXIT_WRONG_INPUT,
    OpenWindow,
    Program,
    choose_study,
    choose_workspace,
    existing_workspace,
    interruption,
    tell,
    tell_error,
)
from workbench.cli.review_app import review_app
from workbench.errors import WorkbenchError

_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""What is raised for an unknown command or option; it has no public name of its own."""

app = typer.Typer(
    name="htr-workbench",
    help="A workbench for experiments in handwritten text recognition of Arabic-script languages.\n\n"
    "Without a command the window is opened.",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(datasets_app, name="datasets")
app.add_typer(review_app, name="review")
app.add_typer(probe_app, name="probe")
app.command()(verify)
app.command()(doctor)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"htr-workbench {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def before_command(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    study: StudyFileOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> int:
    """Keep the options before the command; open the window when there is none."""
    program: Program = replace(context.obj, workspace=workspace, study=study)
    context.obj = program
    return EXIT_OK if context.invoked_subcommand else program.open_window(workspace, study)


@app.command()
def gui(context: typer.Context, workspace: WorkspaceOption = None, study: StudyFileOption = None) -> int:
    """Open the window."""
    program: Program = context.obj
    return program.open_window(workspace or program.workspace, study or program.study)


@app.command()
def demo(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    headless: Annotated[bool, typer.Option("--headless", help="Run it here even where there is a display.")] = False,
    device: DeviceOption = "auto",
    processes: ProcessesOption = None,
) -> int:
    """Make generated data of three scripts and run the demo study on them: in the window, or here without one."""
    from workbench.diagnosis.display import has_display

    program: Program = context.obj
    place = choose_workspace(program, workspace)
    if has_display() and not headless:
        return program.open_window(place.root, None, is_demo=True)
    from workbench.cli.running import Sitting  # only now: the window has to be there at once
    from workbench.cli.studies import make_demo, run_and_show

    study = make_demo(place)
    if study is None:
        return EXIT_INTERRUPTED
    return run_and_show(place, study, Sitting(device=device, processes=processes))


@app.command()
def run(
    context: typer.Context,
    study: Annotated[
        str, typer.Argument(metavar="STUDY.toml", help="Study file; or the name of a study: quick, paper …")
    ],
    workspace: WorkspaceOption = None,
    device: DeviceOption = "auto",
    devices: DevicesOption = None,
    per_device: PerDeviceOption = None,
    processes: ProcessesOption = None,
    first: FirstOption = None,
    skip: SkipOption = None,
    only: OnlyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one event per line, as JSON.")] = False,
) -> int:
    """Train what a study asks for and is not trained yet. Ctrl-C stops; the same command goes on."""
    from workbench.cli.running import Sitting
    from workbench.cli.studies import find_study, run_and_show

    place = choose_workspace(context.obj, workspace)
    sitting = Sitting(device, devices, per_device, processes, first or (), skip or (), only or ())
    return run_and_show(place, find_study(place, study), sitting, as_json=as_json)


@app.command()
def plan(
    context: typer.Context,
    study: Annotated[
        str, typer.Argument(metavar="STUDY.toml", help="Study file; or the name of a study: quick, paper …")
    ],
    workspace: WorkspaceOption = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Train a few steps of each kind of run first, and throw them away.")
    ] = False,
    runs: Annotated[bool, typer.Option("--runs", help="List every run with its id, in the order of training.")] = False,
    device: DeviceOption = "auto",
    devices: DevicesOption = None,
    per_device: PerDeviceOption = None,
    processes: ProcessesOption = None,
    first: FirstOption = None,
    skip: SkipOption = None,
    only: OnlyOption = None,
    as_json: JsonOption = False,
) -> int:
    """Tell what a study comes to before it is run: runs, time, disk. Nothing is trained."""
    from workbench.cli.planning import make_report
    from workbench.cli.running import Sitting
    from workbench.cli.studies import find_study
    from workbench.cli.tables import console_for, print_plan

    place = existing_workspace(context.obj, workspace)
    sitting = Sitting(device, devices, per_device, processes, first or (), skip or (), only or ())
    found = make_report(place, find_study(place, study), sitting, with_measurement=measure)
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json(found.to_json())
    else:
        print_plan(found, console_for(), with_runs=runs)
    return EXIT_OK


@app.command()
def resume(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    study: StudyNameOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Also runs that failed, diverged or collapsed.")] = False,
    fork: Annotated[
        bool, typer.Option("--fork", help="Train new runs where the program or the data changed since.")
    ] = False,
    device: DeviceOption = "auto",
    devices: DevicesOption = None,
    per_device: PerDeviceOption = None,
    processes: ProcessesOption = None,
    first: FirstOption = None,
    skip: SkipOption = None,
    only: OnlyOption = None,
) -> int:
    """Go on with all studies that were begun and not finished, or with one."""
    from workbench.cli.running import Sitting
    from workbench.cli.studies import resumable, run_and_show

    place = existing_workspace(context.obj, workspace)
    studies = resumable(place, study, retry=retry)
    if not studies:
        tell("Nothing is left to be done.")
    sitting = Sitting(device, devices, per_device, processes, first or (), skip or (), only or (), retry, fork)
    codes = [EXIT_OK]
    for each in studies:
        codes.append(run_and_show(place, each, sitting))
        if codes[-1] == EXIT_INTERRUPTED:
            break
    return max(codes)


@app.command(name="duplicate")
def duplicate_run(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or its beginning.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A change, as in training.learning_rate=1e-3."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the new study; a free one by default.")
    ] = None,
    train: Annotated[bool, typer.Option("--run", help="Train it, instead of printing it.")] = False,
    workspace: WorkspaceOption = None,
    device: DeviceOption = "auto",
) -> int:
    """Make a study of one run with a change, and print it (or train it)."""
    from workbench.cli.running import Sitting
    from workbench.cli.studies import duplicate_of, run_and_show
    from workbench.study.toml_file import format_study

    place = existing_workspace(context.obj, workspace)
    study = duplicate_of(place, run, changes or (), name)
    if train:
        return run_and_show(place, study, Sitting(device=device))
    typer.echo(format_study(study), nl=False)
    return EXIT_OK


@app.command()
def leakage(
    context: typer.Context,
    study: Annotated[
        str, typer.Argument(metavar="STUDY.toml", help="Study file; or the name of a study: quick, paper …")
    ],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Print what train, validation and test lines of a study have in common: writers, pages, texts, images."""
    from workbench.cli.parts import look_for_leakage
    from workbench.cli.studies import find_study
    from workbench.cli.tables import console_for, print_leakage

    place = existing_workspace(context.obj, workspace)
    found = look_for_leakage(place, find_study(place, study))
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json(found.to_json())
    else:
        print_leakage(found, console_for())
    return EXIT_OK


@app.command()
def report(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    study: StudyNameOption = None,
    split: Annotated[Literal["test", "validation"], typer.Option(help="Which lines.")] = "test",
    selection: Annotated[
        Literal["last", "best"] | None, typer.Option(help="Which weights; the study's own by default.")
    ] = None,
    measure: Annotated[
        Literal["cer", "wer", "letters", "no_blanks_digits"],
        typer.Option(help="How errors are counted: characters, words, letters, no blanks and digits."),
    ] = "cer",
    as_json: JsonOption = False,
) -> int:
    """Print ΔCER per architecture, target, K and budget, and what it means."""
    from workbench.analysis.results.report import report as report_study
    from workbench.cli.tables import console_for, print_report
    from workbench.runs.attached import load_whole_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(context.obj, workspace)
    name = choose_study(place, study)
    plan, store = load_whole_plan(place, name), RunStore(place)
    found = report_study(plan, store, split=split, selection=selection, measure=measure)
    if as_json:
        print_json(found.to_json())
    else:
        print_report(found, console_for())
    return EXIT_OK


@app.command()
def letters(
    context: typer.Context,
    study: Annotated[
        str | None, typer.Argument(metavar="STUDY", help="Name of a study of the workspace; its only one by default.")
    ] = None,
    workspace: WorkspaceOption = None,
    split: Annotated[Literal["test", "validation"], typer.Option(help="Which lines.")] = "test",
    selection: Annotated[
        Literal["last", "best"] | None, typer.Option(help="Which weights; the study's own by default.")
    ] = None,
    regime: Annotated[
        str | None, typer.Option("--regime", metavar="NAME", help="What is compared; the study's first by default.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="BUDGET", help="As in the study: '1500 steps'. Its first by default."),
    ] = None,
    conditions: Annotated[
        str | None, typer.Option("--conditions", metavar="WORDS", help="As 'report' names them. Its first by default.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="Also write all tables as CSV into a folder.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Print which characters joint training helps: by class, by n-grams, with confusions and a regression."""
    from workbench.analysis.letters.tables import to_json
    from workbench.cli.letters import letters_of, print_letters, write_tables
    from workbench.cli.tables import console_for
    from workbench.runs.plan import load_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(context.obj, workspace)
    plan = load_plan(place.plan_file(choose_study(place, study)))
    asked = {"regime": regime, "budget": budget, "conditions": conditions}
    found = letters_of(plan, RunStore(place), asked, split, selection)
    if found is None:
        return EXIT_INTERRUPTED
    if csv is not None:
        write_tables(found, csv)
    if as_json:
        print_json(to_json(found))
    else:
        print_letters(found, console_for())
    return EXIT_OK


app.command()(exports.export)
app.command()(exports.bundle)


@app.command()
def published(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    study: StudyNameOption = None,
    add: Annotated[
        Path | None,
        typer.Option(
            "--add",
            metavar="FILE",
            help="CSV with target, architecture, k, single_cer, multi_cer (per cent), source; or regime and cer.",
        ),
    ] = None,
    with_literature: Annotated[
        bool, typer.Option("--literature", help="Add the published values that come with the program.")
    ] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Take out those that are kept.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Print published values beside those of a study: ours, theirs, difference, source."""
    from dataclasses import asdict

    from workbench.analysis.results.report import report as report_study
    from workbench.cli.published import change_published, print_published
    from workbench.cli.tables import console_for
    from workbench.runs.attached import load_whole_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(context.obj, workspace)
    name = choose_study(place, study)
    change_published(place, name, add, with_literature=with_literature, clear=clear)
    found = report_study(load_whole_plan(place, name), RunStore(place)).published
    if as_json:
        print_json([asdict(cell) for cell in found])
    elif found:
        print_published(found, console_for())
    else:
        tell("No published values are kept with this study yet; --add FILE or --literature adds some.")
    return EXIT_OK


@app.command()
def score(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=FILES_HELP)],
    ignore: IgnoreOption = "",
    normalise: NormaliseOption = None,
    form: PredictionFormOption = None,
    encoding: EncodingOption = None,
    where: WhereOption = None,
    dataset: ReferencesOption = None,
    workspace: WorkspaceOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> int:
    """Print CER and WER of prediction files, of any recogniser, with their 95 % intervals."""
    from workbench.cli.systems import score_and_show

    rules = ReadingOptions(ignore, normalise or (), form, encoding, where or (), dataset)
    return score_and_show(context.obj, files, rules, workspace, to_csv, as_json=as_json)


@app.command()
def compare(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help="A prediction file, or the id of a run of the workspace.")],
    b: Annotated[str, typer.Argument(metavar="B", help="What is compared with it, on the lines of both.")],
    reference: Annotated[
        Literal["a", "b"] | None, typer.Option("--reference", help="Whose references count where they differ.")
    ] = None,
    target: TargetOption = None,
    split: Annotated[Literal["test", "validation"], typer.Option(help="Lines of runs.")] = "test",
    selection: Annotated[Literal["last", "best"] | None, typer.Option(help="Weights of runs; last by default.")] = None,
    lines: Annotated[int, typer.Option("--lines", min=0, help="Lines shown on which they differ most.")] = 10,
    ignore: IgnoreOption = "",
    normalise: NormaliseOption = None,
    form: PredictionFormOption = None,
    encoding: EncodingOption = None,
    where: WhereOption = None,
    dataset: ReferencesOption = None,
    workspace: WorkspaceOption = None,
    to_csv: CsvOption = None,
    as_json: JsonOption = False,
) -> int:
    """Print the paired difference in CER and WER of two prediction files or runs: interval, test, lines."""
    from workbench.cli.systems import PartOptions, compare_and_show

    rules = ReadingOptions(ignore, normalise or (), form, encoding, where or (), dataset)
    part = PartOptions(reference, target, split, selection, lines)
    return compare_and_show(context.obj, (a, b), rules, part, workspace, to_csv, as_json=as_json)


@app.command(name="import")
def import_run(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="What the other system read; any form that `score` reads.")
    ] = None,
    study: StudyNameOption = None,
    architecture: Annotated[
        str | None, typer.Option("--architecture", metavar="LABEL", help="What the system is called in tables.")
    ] = None,
    regime: Annotated[str, typer.Option("--regime", help="What it was trained on: single, multi …")] = "single",
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME", help="Data set of the study whose test lines it read.")
    ] = None,
    k: Annotated[int | None, typer.Option("--k", min=1, help="Training lines per data set.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    draw: Annotated[int, typer.Option("--draw", min=0)] = 0,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="BUDGET", help="Beside which budget it stands: '1500 steps'.")
    ] = None,
    selection: Annotated[
        Literal["last", "best"] | None, typer.Option(help="Beside which weights it stands; the study's by default.")
    ] = None,
    form: PredictionFormOption = None,
    encoding: EncodingOption = None,
    where: WhereOption = None,
    take_out: Annotated[
        str | None, typer.Option("--take-out", metavar="RUN", help="Take an imported run out of the study again.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Let what another system read take part in a study: scored here, in its tables, heatmaps and tests."""
    from workbench.cli.systems import import_and_show, parsed_where, take_out_and_show
    from workbench.errors import InputError

    if take_out is not None:
        return take_out_and_show(context.obj, study, take_out, workspace)
    if file is None or architecture is None or target is None or k is None:
        raise InputError("A file, --architecture, --target and --k are needed", hint="'import --help' tells more.")
    from workbench.analysis.systems.wish import SystemWish

    wish = SystemWish(
        file.expanduser(), architecture, regime, target, k, seed, draw, budget, selection, form, encoding,
        tuple(parsed_where(where or ()).items()),
    )  # fmt: skip
    return import_and_show(context.obj, study, wish, workspace, as_json=as_json)


def main(arguments: Sequence[str] | None = None, *, open_window: OpenWindow) -> int:
    """Run a command and return the exit code: 0 done, 1 failed, 2 wrong input, 130 and 143 after Ctrl-C and SIGTERM.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; `sys.argv` by default.
    open_window : callable
        Opens the window.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    logging.getLogger("workbench.runs.migrations").setLevel(logging.INFO)  # what it changes is told
    interruption.number = 0
    command = typer.main.get_command(app)
    try:
        code = command.main(
            args=list(sys.argv[1:] if arguments is None else arguments),
            prog_name="htr-workbench",
            standalone_mode=False,
            obj=Program(open_window),
        )
        sys.stdout.flush()
    except WorkbenchError as error:
        tell_error(error)
        return error.exit_code
    except _USAGE_ERROR as error:
        return _tell_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough; closing stdout again must not complain.
        sys.stdout = None
        return EXIT_OK
    except Exception as error:  # the last resort: one sentence, and the traceback for a bug report
        logging.getLogger(__name__).exception("An unexpected error")
        tell(f"Error: Something went wrong that should not, {type(error).__name__}. Please report the lines above.")
        return EXIT_RUN_FAILED
    return interruption.exit_code(code) if isinstance(code, int) else EXIT_OK


def _tell_usage(error: Any) -> int:
    context = error.ctx
    hint = f" '{context.command_path} --help' tells what there is." if context else ""
    tell(f"Error: {error.format_message().rstrip('.')}.{hint}")
    return EXIT_WRONG_INPUT

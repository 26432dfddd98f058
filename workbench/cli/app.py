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
from workbench.cli.options import (
    DeviceOption,
    DevicesOption,
    FirstOption,
    JsonOption,
    OnlyOption,
    PerDeviceOption,
    ProcessesOption,
    SkipOption,
    StudyFileOption,
    StudyNameOption,
    WorkspaceOption,
    print_json,
)
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
    tell,
    tell_error,
)
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
    from workbench.cli.display import has_display

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
    as_json: JsonOption = False,
) -> int:
    """Print ΔCER per architecture, target, K and budget, and what it means."""
    from workbench.analysis.report import report as report_study
    from workbench.cli.tables import console_for, print_report
    from workbench.runs.plan import load_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(context.obj, workspace)
    name = choose_study(place, study)
    found = report_study(load_plan(place.plan_file(name)), RunStore(place), split=split, selection=selection)
    if as_json:
        print_json(found.to_json())
    else:
        print_report(found, console_for())
    return EXIT_OK


app.command()(exports.export)
app.command()(exports.bundle)


@app.command()
def score(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV with id, reference and hypothesis, or a published one.")
    ],
    ignore: Annotated[
        str,
        typer.Option(
            "--ignore",
            metavar="CHARACTERS",
            help="Placeholders that are not scored, as in '#@': in a reference each matches anything.",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Print CER and WER of prediction files."""
    from dataclasses import asdict

    from workbench.analysis.published import score_files
    from workbench.cli.tables import console_for, print_scores

    scores = score_files(files, "".join(ignore.split()))  # blanks only part the placeholders
    if as_json:
        print_json([asdict(each) for each in scores])
    else:
        print_scores(scores, console_for())
    return EXIT_OK


def main(arguments: Sequence[str] | None = None, *, open_window: OpenWindow) -> int:
    """Run a command and return the exit code: 0 done, 1 some run failed, 2 wrong input, 130 interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; `sys.argv` by default.
    open_window : callable
        Opens the window.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
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
    return code if isinstance(code, int) else EXIT_OK


def _tell_usage(error: Any) -> int:
    context = error.ctx
    hint = f" '{context.command_path} --help' tells what there is." if context else ""
    tell(f"Error: {error.format_message().rstrip('.')}.{hint}")
    return EXIT_WRONG_INPUT

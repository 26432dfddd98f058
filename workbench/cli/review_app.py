"""The commands `review …`: each reads options, drives a job of the core, and prints what comes of it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from workbench.cli.options import JsonOption, WorkspaceOption, print_json
from workbench.cli.program import EXIT_OK, existing_workspace, tell

review_app = typer.Typer(
    help="Look for wrong labels in a data set: lines that models read unlike the reference, labels, published logs."
)

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="Name of a data set of the workspace.")]
LineArgument = Annotated[str, typer.Argument(metavar="LINE", help="Id of a line.")]
ReadingsOption = Annotated[
    str | None, typer.Option("--study", metavar="NAME", help="Take readings of this study; of all by default.")
]


@review_app.command("status")
def show_status(
    context: typer.Context, name: DatasetArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> int:
    """Count what was found so far: lines by label, lines passed over, rows that fit no line."""
    from workbench.cli.review_tables import print_status
    from workbench.cli.reviews import open_review, status
    from workbench.cli.tables import console_for

    found = status(open_review(existing_workspace(context.obj, workspace), name))
    if as_json:
        print_json(found)
    else:
        print_status(found, console_for())
    return EXIT_OK


@review_app.command("list")
def list_lines(
    context: typer.Context,
    name: DatasetArgument,
    study: ReadingsOption = None,
    by: Annotated[
        Literal["disagreement", "cer", "dataset", "random"] | None,
        typer.Option("--by", help="Order. By default disagreement, or cer where lines were read by one run only."),
    ] = None,
    part: Annotated[
        Literal["all", "test", "validation"], typer.Option("--part", help="Lines that were read as this part.")
    ] = "all",
    first: Annotated[int, typer.Option("--first", metavar="N", min=1, help="Print so many lines.")] = 20,
    unlabelled: Annotated[bool, typer.Option("--unlabelled", help="Leave out lines that have a label.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Print the lines that are worth looking at first, with what models read."""
    from workbench.cli.review_tables import print_ranked
    from workbench.cli.reviews import open_review, ranked
    from workbench.cli.tables import console_for

    review = open_review(existing_workspace(context.obj, workspace), name)
    rows = ranked(review, study, by, part=part, unlabelled=unlabelled)
    if as_json:
        print_json(rows[:first])
    else:
        print_ranked(rows, first, console_for())
    return EXIT_OK


@review_app.command("label")
def label_line(
    context: typer.Context,
    name: DatasetArgument,
    line: LineArgument,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Number or words of a published label.")],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A note beside it.")] = None,
    study: ReadingsOption = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Label a line. 1 Wrong transcription, 2 Segmentation error, 3 Orientation error, 4 Script mismatch (non-Arabic),
    5 Irrelevant / non-text, 6 Valid but hard, 7 Irrelevant / signature."""  # noqa: D205, D209 - it is a help text
    from workbench.cli.reviews import changing, judge, label_named

    wanted = label_named(label)
    with changing(existing_workspace(context.obj, workspace), name) as review:
        tell(f"{judge(review, line, wanted, note, study, 'label')}: {wanted}")
    return EXIT_OK


@review_app.command("note")
def note_line(
    context: typer.Context,
    name: DatasetArgument,
    line: LineArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; it takes the place of an earlier one.")],
    study: ReadingsOption = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Write a note beside a line; its label stays."""
    from workbench.cli.reviews import changing, judge

    with changing(existing_workspace(context.obj, workspace), name) as review:
        tell(f"{judge(review, line, '', text, study, 'note')}: noted")
    return EXIT_OK


@review_app.command("skip")
def skip_line(
    context: typer.Context, name: DatasetArgument, line: LineArgument, workspace: WorkspaceOption = None
) -> int:
    """Pass a line over: it was looked at and has no label."""
    from workbench.cli.reviews import changing, skip

    with changing(existing_workspace(context.obj, workspace), name) as review:
        tell(f"{skip(review, line)}: passed over")
    return EXIT_OK


@review_app.command("undo")
def undo_step(context: typer.Context, name: DatasetArgument, workspace: WorkspaceOption = None) -> int:
    """Take the last step back, also one that was made in the window or long ago."""
    from workbench.cli.reviews import changing, take_back

    with changing(existing_workspace(context.obj, workspace), name) as review:
        step = take_back(review)
    tell(f"Taken back: {step}" if step else "There is nothing to take back.")
    return EXIT_OK


@review_app.command("import")
def import_log(
    context: typer.Context,
    name: DatasetArgument,
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Log of human verification, as CER-HV writes it.")],
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Where both logs speak of a line, let the label of this one count.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Take the rows of a published log in, also those that fit no line here."""
    from workbench.cli.review_tables import print_status
    from workbench.cli.reviews import changing, status, take_log
    from workbench.cli.tables import console_for

    with changing(existing_workspace(context.obj, workspace), name) as review:
        take_log(review, path.expanduser(), theirs=theirs)
        print_status(status(review), console_for())
    return EXIT_OK


@review_app.command("export")
def export_log(
    context: typer.Context,
    name: DatasetArgument,
    to: Annotated[Path, typer.Option("--to", metavar="FILE.csv", help="File to write.")],
    exclusions: Annotated[
        bool,
        typer.Option("--exclusions", help="Only the lines found wrong, as a list that a study names under 'exclude'."),
    ] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Write the log as CER-HV reads it (UTF-8 with byte order mark), or a list of lines to exclude."""
    from workbench.cli.reviews import open_review, write_to

    review = open_review(existing_workspace(context.obj, workspace), name)
    rules = write_to(review, to.expanduser(), exclusions=exclusions)
    if rules:
        typer.echo(rules, nl=False)
    else:
        typer.echo(str(to))
    return EXIT_OK


@review_app.command("effect")
def show_effect(
    context: typer.Context,
    name: DatasetArgument,
    study: ReadingsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Print CER and ΔCER with all lines and without those found wrong."""
    from workbench.cli.review_tables import print_effects
    from workbench.cli.reviews import effect_values, effects, open_review
    from workbench.cli.tables import console_for

    found = effects(open_review(existing_workspace(context.obj, workspace), name), study)
    if as_json:
        print_json(effect_values(found))
    else:
        print_effects(found, console_for())
    return EXIT_OK

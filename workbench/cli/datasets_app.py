"""The commands `datasets …`: each reads options, drives a job of the core, and prints what comes of it."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import (
    EncodingOption,
    FormOption,
    JsonOption,
    LanguageOption,
    PartsOption,
    SeparatorOption,
    StoredOrderOption,
    TextsOption,
    WorkspaceOption,
    print_json,
)
from workbench.cli.program import EXIT_INTERRUPTED, EXIT_OK, choose_workspace, existing_workspace, tell
from workbench.data.overrides import Overrides

datasets_app = typer.Typer(help="Look at data sets, add them to a workspace, list and remove them.")


@datasets_app.command("check")
def check_dataset(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder, archive, or a TSV or CSV manifest.")],
    form: FormOption = None,
    language: LanguageOption = None,
    encoding: EncodingOption = None,
    separator: SeparatorOption = None,
    parts: PartsOption = "told",
    texts: TextsOption = "unique",
    stored_order: StoredOrderOption = "logical",
    preview: Annotated[int, typer.Option("--preview", metavar="N", min=0, help="Show N lines drawn at random.")] = 0,
    as_json: JsonOption = False,
    problems: Annotated[
        Path | None, typer.Option("--problems", metavar="FILE.csv", help="Write every problem and note here.")
    ] = None,
) -> int:
    """Read a data set, images included, and say what is in it and what is wrong. Stores nothing else."""
    from workbench.cli.datasets import check
    from workbench.cli.tables import console_for, print_check

    overrides = Overrides(
        form=form,
        language=language,
        encoding=encoding,
        separator=separator,
        parts=parts,
        texts=texts,
        stored_order=stored_order,
    )
    found = check(path, overrides, shown_lines=preview, problems=problems)
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json(found)
    else:
        print_check(found, console_for())
    return EXIT_OK


@datasets_app.command("profile")
def profile_dataset(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="PATH|NAME", help="Folder or manifest; or the name of a data set of the workspace.")
    ],
    steps: Annotated[
        str,
        typer.Option(
            "--steps",
            metavar="STEP,…",
            help="Also tell what these normalisation steps would change, in this order; 'all': each of them alone.",
        ),
    ] = "",
    form: FormOption = None,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Count what the transcriptions are made of: code points, variants, peculiarities. Stores nothing."""
    from workbench.cli.profiles import print_profile, profiles
    from workbench.cli.tables import console_for

    found = profiles(lambda: existing_workspace(context.obj, workspace), source, steps, form, language)
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json([each.to_json() for each in found])
    else:
        for each in found:
            print_profile(each, console_for())
    return EXIT_OK


@datasets_app.command("add")
def add_dataset(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it; of a table with several languages, the beginning.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder, archive, or a TSV or CSV manifest.")],
    language: LanguageOption = None,
    form: FormOption = None,
    encoding: EncodingOption = None,
    separator: SeparatorOption = None,
    parts: PartsOption = "told",
    texts: TextsOption = "unique",
    stored_order: StoredOrderOption = "logical",
    workspace: WorkspaceOption = None,
) -> int:
    """Read a data set into the workspace. A moved one is found again under its name."""
    from workbench.cli.datasets import add

    overrides = Overrides(
        form=form,
        language=language,
        encoding=encoding,
        separator=separator,
        parts=parts,
        texts=texts,
        stored_order=stored_order,
    )
    return add(choose_workspace(context.obj, workspace), name, path, overrides)


@datasets_app.command("list")
def list_datasets(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """List the data sets of the workspace."""
    from workbench.cli.datasets import listed
    from workbench.cli.tables import console_for, print_datasets

    rows = listed(existing_workspace(context.obj, workspace))
    if as_json:
        print_json(rows)
    else:
        print_datasets(rows, console_for())
    return EXIT_OK


@datasets_app.command("statistics")
def dataset_statistics(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Data sets of the workspace; all by default.")
    ] = None,
    workspace: WorkspaceOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="Also write summary.csv, lines.csv, characters.csv, overlap.csv and duplicates.csv (UTF-8) there.",
        ),
    ] = None,
    height: Annotated[
        int, typer.Option("--height", metavar="PX", min=16, max=512, help="Line height at which frames are counted.")
    ] = 48,
    network: Annotated[
        str, typer.Option("--network", metavar="NAME", help="Architecture whose frames are counted.")
    ] = "both",
    similar: Annotated[
        bool, typer.Option("--similar", help="Look for images that look alike, too; reads every pixel.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Count lines, sizes, characters in common and duplicates of data sets, side by side."""
    from workbench.cli.dataset_tables import print_comparison
    from workbench.cli.datasets import statistics
    from workbench.cli.tables import console_for
    from workbench.data.statistics_tables import comparison_values, export_comparison

    place = existing_workspace(context.obj, workspace)
    found = statistics(place, names or (), line_height_px=height, network=network, similar=similar)
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json(comparison_values(found))
    else:
        print_comparison(found, console_for())
    if to is not None:
        for path in export_comparison(found, to.expanduser()):
            tell(str(path))
    return EXIT_OK


@datasets_app.command("ids")
def write_dataset_ids(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a data set of the workspace.")],
    study: Annotated[str, typer.Option("--study", metavar="FILE", help="Study file, or the name of a study.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the lists.")],
    workspace: WorkspaceOption = None,
) -> int:
    """Write the ids of train, validation and test lines and of the draws of a study; a study can name them again."""
    from workbench.cli.parts import write_ids
    from workbench.cli.studies import find_study

    place = existing_workspace(context.obj, workspace)
    written = write_ids(place, find_study(place, study), name, to.expanduser())
    if written is None:
        return EXIT_INTERRUPTED
    for path in written:
        typer.echo(str(path))
    return EXIT_OK


@datasets_app.command("relink")
def relink_dataset(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a data set of the workspace.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where it lies now.")],
    workspace: WorkspaceOption = None,
) -> int:
    """Say where a data set lies that was moved."""
    from workbench.cli.datasets import relink

    return relink(existing_workspace(context.obj, workspace), name, path)


@datasets_app.command("remove")
def remove_dataset(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a data set of the workspace.")],
    workspace: WorkspaceOption = None,
) -> int:
    """Take a data set out of the workspace; its own files and finished runs stay."""
    from workbench.data.catalog import remove
    from workbench.runs.lock import WorkspaceLock

    place = existing_workspace(context.obj, workspace)
    with WorkspaceLock(place):
        remove(place, name)
    tell(f"Removed {name}; its files stay where they are.")
    return EXIT_OK

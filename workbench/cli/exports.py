"""The commands that write a study down for others: tables, figures, a page, a bundle."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from workbench.cli.options import StudyNameOption, WorkspaceOption
from workbench.cli.program import EXIT_OK, choose_study, choose_workspace, existing_workspace, tell
from workbench.cli.wording import count
from workbench.errors import InputError
from workbench.runs.workspace import Workspace


class What(StrEnum):
    """What a study is written as; :data:`workbench.analysis.exports.by_name.KINDS`, or all of them."""

    TABLES = "tables"
    LATEX = "latex"
    HEATMAPS = "heatmaps"
    RATES = "rates"
    CURVES = "curves"
    EXAMPLES = "examples"
    HTML = "html"
    ALL = "all"


class PictureFormat(StrEnum):
    """Kinds of pictures."""

    PDF = "pdf"
    SVG = "svg"
    PNG = "png"


def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the files.")],
    workspace: WorkspaceOption = None,
    study: StudyNameOption = None,
    what: Annotated[
        list[What] | None,
        typer.Option(
            "--what",
            help="tables: CSV (the default). latex: tables with booktabs. heatmaps, rates (over K), curves (over "
            "steps), examples: figures at the width of a column. html: a report in one file. May be given several "
            "times.",
        ),
    ] = None,
    formats: Annotated[
        list[PictureFormat] | None,
        typer.Option("--format", help="Of figures; may be given several times. [default: pdf]"),
    ] = None,
    width: Annotated[Literal["single", "double"], typer.Option(help="Of figures: 85 or 175 mm.")] = "double",
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet", help="CSV for spreadsheets: no text can be taken for a formula, a number or a date."
        ),
    ] = False,
    uncertainty: Annotated[Literal["sd", "interval"], typer.Option(help="Beside each CER in LaTeX and HTML.")] = "sd",
    split: Annotated[
        Literal["test", "validation"], typer.Option(help="Which lines, in LaTeX, figures and HTML.")
    ] = "test",
    selection: Annotated[
        Literal["last", "best"] | None, typer.Option(help="Which weights, there; the study's own by default.")
    ] = None,
    measure: Annotated[
        Literal["cer", "wer", "letters", "no_blanks_digits"],
        typer.Option(help="How errors are counted, there: characters, words, letters, no blanks and digits."),
    ] = "cer",
    examples: Annotated[
        int, typer.Option("--examples", min=0, max=50, help="Example lines of each data set in the HTML; 0: no texts.")
    ] = 2,
    images: Annotated[
        bool,
        typer.Option("--images", help="Show images of lines. Look up first whether you may pass them on."),
    ] = False,
) -> int:
    """Write a study as CSV tables, LaTeX tables, figures, or an HTML report."""
    from workbench.analysis.exports import by_name
    from workbench.runs.attached import load_whole_plan
    from workbench.runs.store import RunStore

    place = existing_workspace(context.obj, workspace)
    plan, store = load_whole_plan(place, choose_study(place, study)), RunStore(place)
    kinds_of_pictures = tuple(each.value for each in formats or [PictureFormat.PDF])
    options = by_name.ExportOptions(
        split, selection, measure, uncertainty, spreadsheet, kinds_of_pictures, width, examples, with_images=images
    )  # fmt: skip
    folder = to.expanduser()
    wanted = dict.fromkeys(what or [What.TABLES])
    if What.ALL in wanted:
        for written in by_name.export_everything(plan, store, folder, options):
            _tell_written(written)
        return EXIT_OK
    for kind in by_name.KINDS:
        if kind in wanted:
            _tell_written(by_name.export(kind, plan, store, folder, options))
    return EXIT_OK


def _tell_written(written: tuple[Path, ...] | InputError) -> None:
    if isinstance(written, InputError):
        tell(f"Left out: {written}")
        return
    for path in written:
        typer.echo(str(path))


def bundle(
    context: typer.Context,
    study: Annotated[str | None, typer.Argument(metavar="[STUDY]", help="Name of a study of the workspace.")] = None,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.zip]", help="Where the bundle is written.")] = None,
    texts: Annotated[
        bool,
        typer.Option("--texts", help="Put references and hypotheses in. Look up first whether you may pass them on."),
    ] = False,
    opened: Annotated[
        Path | None,
        typer.Option("--open", metavar="FILE.zip", help="Make a new workspace, that of --workspace, from a bundle."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Pack a study so that others get the same tables without its data; or open such a bundle as a workspace."""
    if opened is not None:
        if study is not None or file is not None:
            raise InputError("A bundle is either written or opened", hint="Give --open FILE.zip --workspace NEW alone.")
        return _open(context, opened, workspace)
    if study is None or file is None:
        raise InputError(
            "It takes the name of a study and a file", hint="'htr-workbench bundle STUDY FILE.zip', or --open FILE.zip."
        )
    return _pack(existing_workspace(context.obj, workspace), study, file, with_texts=texts)


def _pack(place: Workspace, study: str, file: Path, *, with_texts: bool) -> int:
    from workbench.analysis.exports.bundle import save_bundle
    from workbench.runs.attached import load_whole_plan
    from workbench.runs.store import RunStore

    plan = load_whole_plan(place, choose_study(place, study))
    path = file.expanduser()
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint="Name a file that ends in .zip.")
    manifest = save_bundle(plan, RunStore(place), path, with_texts=with_texts)
    for note in manifest.notes:
        tell(note)
    texts = "with texts" if manifest.has_texts else "without texts and images"
    tell(f"{count(len(manifest.runs), 'run')}, {count(len(manifest.files), 'file')}, {texts}")
    typer.echo(str(path))
    return EXIT_OK


def _open(context: typer.Context, file: Path, workspace: Path | None) -> int:
    from workbench.analysis.exports.bundle_reading import open_bundle

    root = workspace or context.obj.workspace
    if root is None:
        raise InputError("A bundle becomes a workspace of its own", hint="Name a new folder with --workspace.")
    manifest = open_bundle(file.expanduser(), root)
    choose_workspace(context.obj, root)
    texts = "" if manifest.has_texts else "; texts and images are not in it"
    tell(f"Study {manifest.study}: {count(len(manifest.runs), 'run')}{texts}")
    typer.echo(str(root.expanduser().absolute()))
    return EXIT_OK

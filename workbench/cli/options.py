"""Options that several commands share, and how JSON leaves the program."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from workbench.data.overrides import EncodingName, KhattTexts, PartsRule, Separator, StoredOrder

Device = Literal["auto", "cpu", "cuda"]

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="Folder for data sets, studies and runs. Default: $HTR_WORKBENCH_WORKSPACE, else the last one.",
    ),
]
StudyFileOption = Annotated[Path | None, typer.Option("--study", metavar="FILE", help="Study file to open.")]
StudyNameOption = Annotated[str | None, typer.Option("--study", metavar="NAME", help="Name of a study.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where to train; auto takes a GPU when there is one.")]
ProcessesOption = Annotated[
    int | None, typer.Option("--processes", min=1, help="Runs at the same time. Default: one per GPU, else per core.")
]
DevicesOption = Annotated[
    str | None,
    typer.Option("--devices", metavar="NAMES", help="Train on these: cuda:0,cuda:1 or cpu. Instead of --device."),
]
PerDeviceOption = Annotated[
    int | None, typer.Option("--per-device", min=1, help="Runs at the same time on each device. Default: 1 per GPU.")
]
_RUNS = "a run's id or its beginning, or what it is: 'small-crnn, multi, K 100, seed 0'"
FirstOption = Annotated[
    list[str] | None, typer.Option("--first", metavar="RUNS", help=f"Train these before all others: {_RUNS}.")
]
SkipOption = Annotated[
    list[str] | None, typer.Option("--skip", metavar="RUNS", help="Leave these out this time; named as for --first.")
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="RUNS", help="Train only these, and what they need; named as for --first."),
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", metavar="LANG", help="Language of the lines: ar, ur, fa …")
]
FormOption = Annotated[
    str | None, typer.Option("--form", metavar="NAME", help="How the data lie on disk, where it is not recognised.")
]
EncodingOption = Annotated[
    EncodingName | None,
    typer.Option("--encoding", help="Of every text file. Default: told apart file by file."),
]
SeparatorOption = Annotated[
    Separator | None, typer.Option("--separator", help="What parts the cells of lists and tables.")
]
PartsOption = Annotated[
    PartsRule, typer.Option("--parts", help="told: as the data set says; none: ignore its parts; or one part for all.")
]
TextsOption = Annotated[
    KhattTexts,
    typer.Option("--texts", help="Of KHATT: unique texts, the fixed text that all writers copied, or both."),
]
StoredOrderOption = Annotated[
    StoredOrder, typer.Option("--stored-order", help="Turn texts that are stored back to front, or as displayed.")
]


FILES_HELP = "CSV or TSV with id, reference and hypothesis; a published one; files of kraken or PyLaia."
IgnoreOption = Annotated[
    str,
    typer.Option(
        "--ignore",
        metavar="CHARACTERS",
        help="Placeholders that are not scored, as in '#@': in a reference each matches anything.",
    ),
]
NormaliseOption = Annotated[
    list[str] | None,
    typer.Option("--normalise", metavar="STEP", help="Bring texts to one form first: fold_yeh, drop_harakat …"),
]
PredictionFormOption = Annotated[
    str | None,
    typer.Option("--form", metavar="NAME", help="table, page_xml, kraken_texts or pylaia; told from the file."),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE", help="Keep the rows of a table with this value: split=test."),
]
ReferencesOption = Annotated[
    str | None,
    typer.Option("--dataset", metavar="NAME", help="Data set of the workspace with the references, if the file lacks."),
]
TargetOption = Annotated[str | None, typer.Option("--target", metavar="NAME", help="Data set, of runs on several.")]
CsvOption = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the numbers as CSV, too.")]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How the user wants prediction files to be read."""

    ignore: str
    normalise: Sequence[str]
    form: str | None
    encoding: str | None
    where: Sequence[str]
    dataset: str | None


def print_json(value: Any) -> None:
    """Print a value on stdout as JSON that people can read, and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))

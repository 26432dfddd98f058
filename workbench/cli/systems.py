"""`score` and `compare`: what recognisers of any kind read, as error rates and as differences of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.cli.live import follow
from workbench.cli.options import ReadingOptions, print_json
from workbench.cli.program import EXIT_INTERRUPTED, EXIT_OK, Program, existing_workspace, interruptible, tell
from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.analysis.paired import Side
    from workbench.analysis.readings import RunReadings
    from workbench.analysis.scoring import ScoreRules

MIN_ID_LENGTH = 4
Reference = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class PartOptions:
    """Which lines of a run are compared, and how differences are shown."""

    reference: Reference | None
    target: str | None
    split: str
    selection: str | None
    lines: int
    """How many of those are shown on which the sides differ most."""


def rules_of(program: Program, options: ReadingOptions, workspace: Path | None) -> "ScoreRules | None":
    """Say how files are read; None when the user stopped the reading of the data set.

    Raises
    ------
    InputError
        For an option that cannot be used, or a data set that is not there.
    """
    from workbench.analysis.scoring import ScoreRules

    references: Mapping[str, TextLine] | None = {}
    if options.dataset is not None:
        references = _references(existing_workspace(program, workspace), options.dataset)
    if references is None:
        return None
    parted = [where.partition("=") for where in options.where]
    if wrong := next((where[0] for where in parted if not where[1]), ""):
        raise InputError(f"'{wrong}' keeps no rows", hint="Write --where COLUMN=VALUE.")
    return ScoreRules(
        wildcards="".join(options.ignore.split()),  # blanks only part the placeholders
        normalisation=tuple(options.normalise),
        form=options.form,
        encoding=options.encoding,
        where={column.strip(): value for column, _, value in parted},
        references=references,
    )


def _references(workspace: Workspace, name: str) -> Mapping[str, TextLine] | None:
    from workbench.data.catalog import ImportProgress, OpenedDataset, open_dataset

    control = Control()
    with interruptible(control):
        for value in follow(open_dataset(workspace, name, control=control), ImportProgress):
            if isinstance(value, OpenedDataset):
                return {line.id: line for line in value.lines.lines}
    return None


def score_and_show(
    program: Program,
    files: Sequence[Path],
    options: ReadingOptions,
    workspace: Path | None,
    to_csv: Path | None,
    *,
    as_json: bool,
) -> int:
    """Score files and print what comes of it; return the exit code."""
    from workbench.analysis.scoring import score_files
    from workbench.cli.score_tables import print_scores, write_scores
    from workbench.cli.tables import console_for

    rules = rules_of(program, options, workspace)
    if rules is None:
        return EXIT_INTERRUPTED
    scores = score_files([file.expanduser() for file in files], rules)
    if to_csv is not None:
        write_scores(scores, to_csv.expanduser())
    if as_json:
        print_json([asdict(each) for each in scores])
    else:
        print_scores(scores, console_for())
    return EXIT_OK


def compare_and_show(
    program: Program,
    sides: tuple[str, str],
    options: ReadingOptions,
    part: PartOptions,
    workspace: Path | None,
    to_csv: Path | None,
    *,
    as_json: bool,
) -> int:
    """Compare two files or runs and print what parts them; return the exit code."""
    from workbench.analysis.paired import compare_sides
    from workbench.cli.score_tables import print_difference, write_differences
    from workbench.cli.tables import console_for

    rules = rules_of(program, options, workspace)
    if rules is None:
        return EXIT_INTERRUPTED
    a, b, wildcards = _sides(program, sides, rules, part, workspace)
    shown = max(len(a.lines), len(b.lines)) if to_csv else part.lines
    found = compare_sides(a, b, reference=part.reference, wildcards=wildcards, shown=shown)
    if to_csv is not None:
        write_differences(found, to_csv.expanduser())
        found = replace(found, most_different=found.most_different[: part.lines])
    if as_json:
        print_json(asdict(found))
    else:
        print_difference(found, console_for())
    return EXIT_OK


def _sides(
    program: Program, names: tuple[str, str], rules: "ScoreRules", part: PartOptions, workspace: Path | None
) -> "tuple[Side, Side, str]":
    """Both sides, and the placeholders that are not scored; a file beside a run is normalised as the run was."""
    from workbench.analysis.paired import side_of_file, side_of_readings

    paths = [Path(name).expanduser() for name in names]
    if all(path.exists() for path in paths):
        called = [path.name for path in paths] if paths[0].name != paths[1].name else list(names)
        a, b = (side_of_file(path, rules, name) for path, name in zip(paths, called, strict=True))
        return a, b, rules.wildcards
    store = RunStore(existing_workspace(program, workspace))
    runs = [None if path.exists() else _run_named(store, name) for path, name in zip(paths, names, strict=True)]
    readings = _readings(store, runs, part)
    specs = [store.spec(run) for run in runs if run is not None]
    spec = next((spec for spec in specs if spec is not None), None)
    if spec is not None and spec.normalisation and not rules.normalisation:
        rules = replace(rules, normalisation=spec.normalisation)
        if None in runs:
            tell(f"The file is normalised as the run was: {', '.join(spec.normalisation)}.")
    wildcards = rules.wildcards or (spec.placeholders.wildcards if spec else "")
    a, b = (
        side_of_readings(found) if found is not None else side_of_file(path, rules)
        for path, found in zip(paths, readings, strict=True)
    )
    return a, b, wildcards


def _readings(store: RunStore, runs: Sequence[str | None], part: PartOptions) -> "list[RunReadings | None]":
    from workbench.analysis.paired import readings_for

    targets = [record.targets if run and (record := store.record(run)) else () for run in runs]
    return [
        None if run is None else readings_for(store, run, part.target, part.split, part.selection, targets[1 - at])
        for at, run in enumerate(runs)
    ]


def _run_named(store: RunStore, name: str) -> str:
    """Id of a finished run, given its beginning.

    Raises
    ------
    InputError
        When there is neither such a file nor such a run.
    """
    found = [run for run in store.scan() if len(name) >= MIN_ID_LENGTH and run.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"Several runs have an id that begins with {name}", hint="Write more of it.")
    raise InputError(
        f"There is no file and no finished run '{name}'",
        f"looked for runs in {store.workspace.root}",
        "Check the path, or name the workspace with --workspace.",
    )

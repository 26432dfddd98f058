"""`score` and `compare`: what recognisers of any kind read, as error rates and as differences of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.cli.live import follow
from workbench.cli.options import ReadingOptions, print_json
from workbench.cli.program import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    Program,
    choose_study,
    existing_workspace,
    interruptible,
    tell,
)
from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.analysis.results.readings import RunReadings
    from workbench.analysis.systems.importing import ImportedRun
    from workbench.analysis.systems.paired import Side
    from workbench.analysis.systems.scoring import ScoreRules
    from workbench.analysis.systems.wish import SystemWish

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
    from workbench.analysis.systems.scoring import ScoreRules

    references: Mapping[str, TextLine] | None = {}
    if options.dataset is not None:
        references = _references(existing_workspace(program, workspace), options.dataset)
    if references is None:
        return None
    return ScoreRules(
        wildcards="".join(options.ignore.split()),  # blanks only part the placeholders
        normalisation=tuple(options.normalise),
        form=options.form,
        encoding=options.encoding,
        where=parsed_where(options.where),
        references=references,
    )


def parsed_where(options: Sequence[str]) -> dict[str, str]:
    """Column to value of the rows of a table that are kept.

    Raises
    ------
    InputError
        For one that does not name both.
    """
    parted = [where.partition("=") for where in options]
    if wrong := next((where[0] for where in parted if not where[1]), ""):
        raise InputError(f"'{wrong}' keeps no rows", hint="Write --where COLUMN=VALUE.")
    return {column.strip(): value for column, _, value in parted}


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
    from workbench.analysis.systems.scoring import score_files
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
    from workbench.analysis.systems.paired import compare_sides
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


def import_and_show(
    program: Program, study: str | None, wish: "SystemWish", workspace: Path | None, *, as_json: bool
) -> int:
    """Import a run of another system and say what came of it; return the exit code."""
    from workbench.analysis.systems.importing import ImportedRun, import_system
    from workbench.data.catalog import ImportProgress

    place = existing_workspace(program, workspace)
    name = choose_study(place, study)
    control = Control()
    found = None
    with interruptible(control):
        for value in follow(import_system(place, name, wish, control), ImportProgress):
            found = value if isinstance(value, ImportedRun) else found
    if found is None:
        return EXIT_INTERRUPTED
    if as_json:
        print_json({"run": found.run, "study": name, "lines": found.lines, "test_lines": found.test_lines,
                    "is_paired": found.is_paired, "is_new": found.is_new, "remarks": found.remarks,
                    "record": found.record.model_dump(mode="json", by_alias=True)})  # fmt: skip
        return EXIT_OK
    _tell_import(found)
    return EXIT_OK


def _tell_import(found: "ImportedRun") -> None:
    (evaluated,) = found.record.evaluations
    state = "" if found.record.state == "finished" else f"; {found.record.state}: left out of means"
    new = "" if found.is_new else " (as before)"
    tell(
        f"Run {found.run} takes part in the study {found.study}{new}: {found.lines:,} of {found.test_lines:,} test "
        f"lines of {evaluated.target}, CER {100 * evaluated.edits / max(evaluated.length, 1):.2f} %{state}."
    )
    for remark in found.remarks:
        tell(f"  Note: {remark}")


def take_out_and_show(program: Program, study: str | None, run: str, workspace: Path | None) -> int:
    """Take an imported run, named by the beginning of its id, out of a study; return the exit code."""
    from workbench.analysis.systems.importing import take_out
    from workbench.runs.attached import load_attached

    place = existing_workspace(program, workspace)
    name = choose_study(place, study)
    known = [each.run for each in load_attached(place, name) if len(run) >= MIN_ID_LENGTH and each.run.startswith(run)]
    chosen = known[0] if len(known) == 1 else run
    take_out(place, name, chosen)
    tell(f"Run {chosen} no longer takes part in the study {name}.")
    return EXIT_OK


def _sides(
    program: Program, names: tuple[str, str], rules: "ScoreRules", part: PartOptions, workspace: Path | None
) -> "tuple[Side, Side, str]":
    """Both sides, and the placeholders that are not scored; a file beside a run is normalised as the run was."""
    from workbench.analysis.systems.paired import side_of_file, side_of_readings

    paths = [Path(name).expanduser() for name in names]
    if all(path.exists() for path in paths):
        called = [path.name for path in paths] if paths[0].name != paths[1].name else list(names)
        a, b = (side_of_file(path, rules, name) for path, name in zip(paths, called, strict=True))
        return a, b, rules.wildcards
    store = RunStore(existing_workspace(program, workspace))
    runs = [None if path.exists() else _run_named(store, name) for path, name in zip(paths, names, strict=True)]
    readings = _readings(store, runs, part)
    steps, wildcards = next(_scored_by(store, run) for run in runs if run is not None)
    asked = rules.normalisation
    if steps and None in runs:
        rules = replace(rules, normalisation=tuple(dict.fromkeys((*steps, *asked))))
        tell(f"The file is normalised as the run was: {', '.join(steps)}.")
    a, b = (
        side_of_readings(found, asked) if found is not None else side_of_file(path, rules)
        for path, found in zip(paths, readings, strict=True)
    )
    return a, b, rules.wildcards or wildcards


def _scored_by(store: RunStore, run: str) -> tuple[tuple[str, ...], str]:
    """Steps that the texts of a run went through, and the placeholders that were not scored, also of other systems."""
    from workbench.runs.attached import load_imported

    if spec := store.spec(run):
        return spec.normalisation, spec.placeholders.wildcards
    source = load_imported(store.workspace, run)
    return (source.normalisation, source.wildcards) if source else ((), "")


def _readings(store: RunStore, runs: Sequence[str | None], part: PartOptions) -> "list[RunReadings | None]":
    from workbench.analysis.systems.paired import readings_for

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

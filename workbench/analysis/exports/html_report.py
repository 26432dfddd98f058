"""A study's report as one HTML file: no network, no script, nothing beside it. Read in a browser, sent, printed.

The numbers are those of :mod:`workbench.analysis.results.report_tables`, which the LaTeX tables draw as well.
"""

import platform
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import __version__, files
from workbench.analysis.exports.html_charts import HATCH, curves, heatmaps
from workbench.analysis.exports.html_parts import example, plain_table, table
from workbench.analysis.exports.html_style import CONTENT_POLICY, style
from workbench.analysis.exports.html_text import escape, isolated, paragraphs, tag, unordered
from workbench.analysis.exports.protocol_words import statements
from workbench.analysis.lines.examples import Examples, examples_of, images_of
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.delta import counted
from workbench.analysis.results.frames import curves_frame
from workbench.analysis.results.pairs import state_of
from workbench.analysis.results.report import read_runs, report
from workbench.analysis.results.report_tables import Uncertainty, percent, tables_of
from workbench.analysis.results.report_values import StudyReport
from workbench.data.datasets_file import CatalogEntry, load_catalog
from workbench.errors import WorkspaceError
from workbench.metrics.measures import MEASURES, MeasureName
from workbench.runs.events import Split
from workbench.runs.history import RunState
from workbench.runs.plan import Plan
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.study.arms import arm_label
from workbench.study.schema import Selection, Study
from workbench.study.toml_file import format_study

LIBRARIES = ("numpy", "scipy", "pandas", "rapidfuzz")
"""What works the numbers out, beside this program."""

IMAGES_SENTENCE = (
    "Images of lines are embedded in this file. Check the terms of each data set before it is passed on: many "
    "data sets of handwriting are for research only."
)
TEXTS_SENTENCE = (
    "The example lines show texts of the data sets. Check their terms before this file is passed on, or write it "
    "without example lines."
)


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What goes into the page."""

    split: Split = "test"
    selection: Selection | None = None
    uncertainty: Uncertainty = "sd"
    examples: int = 2
    """Example lines of each target; 0: none, and then no text of the data stands in the file."""
    with_images: bool = False
    """Their images too. Off, as data may be for research only."""
    measure: MeasureName = "cer"
    """How errors are counted in tables and heatmaps; curves and single runs have CERs."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a page is made from."""

    plan: Plan
    report: StudyReport
    records: Mapping[str, RunRecord]
    states: Mapping[str, RunState]
    curves: pd.DataFrame
    examples: Examples
    data_sets: Mapping[str, CatalogEntry]
    """Data sets of the workspace by name; empty where it does not know them (a bundle)."""
    options: PageOptions


def save_html(plan: Plan, store: RunStore, path: Path, options: PageOptions | None = None) -> None:
    """Write the report of a study into one HTML file.

    Raises
    ------
    WorkspaceError
        When the file cannot be written, or a run's files cannot be read.
    """
    files.write_text(path, html_of(content_of(plan, store, options or PageOptions())))


def content_of(plan: Plan, store: RunStore, options: PageOptions) -> Content:
    """Read what a page is made from."""
    records, states = read_runs(plan, store)
    examples = examples_of(
        plan, records, store, per_target=options.examples, selection=options.selection,
        image_of=images_of(plan, store) if options.with_images else None,
    )  # fmt: skip
    try:
        data_sets = {entry.name: entry for entry in load_catalog(store.workspace)}
    except WorkspaceError:
        data_sets = {}
    return Content(
        plan=plan,
        report=report(plan, store, split=options.split, selection=options.selection, measure=options.measure),
        records=records,
        states=states,
        curves=curves_frame(plan, store.history, records, states),
        examples=examples,
        data_sets=data_sets,
        options=options,
    )


def html_of(content: Content) -> str:
    """Return the page; the same content gives the same bytes."""
    sections = {
        "Results": _results(content),
        "Heatmaps": _heatmaps(content),
        "Learning curves": _curves(content),
        "Example lines": _examples(content),
        "Runs": _runs(content),
        "Protocol": _protocol(content),
        "Data": _data(content),
        "Versions and machines": _versions(content),
        "Repeat it": _commands(content),
    }
    shown = {title: body for title, body in sections.items() if body}
    links = unordered(f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title in shown)
    body = _head(content) + tag("nav", links, aria_label="Sections") + "".join(
        tag("section", tag("h2", escape(title), id=_anchor(title)) + text) for title, text in shown.items()
    )  # fmt: skip
    title = f"Study {content.report.study}"
    languages = frozenset(line.language for line in content.examples.lines)
    return (
        f'<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(CONTENT_POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="htr-workbench {escape(__version__)}">\n'
        f"<title>{escape(title)}</title>\n<style>{style(languages=languages)}</style>\n</head>\n"
        f"<body>\n{HATCH}\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _head(content: Content) -> str:
    report = content.report
    synthetic = tag("p", tag("span", "SYNTHETIC", class_="mark")) if report.is_synthetic else ""
    description = content.plan.study.description
    weights = "last step" if report.selection == "last" else "best validation step"
    standing = (
        f"{report.finished_runs:,} of {counted(report.runs, 'run', 'runs')} finished. "
        f"{report.split.capitalize()} lines, weights of the {weights}."
    )
    return (
        tag("h1", f"Study {isolated(report.study)}")
        + synthetic
        + (tag("p", escape(description), dir="auto") if description else "")
        + paragraphs(report.sentence.split("\n"), class_="lead")
        + tag("p", escape(standing), class_="note")
        + paragraphs(report.remarks)
    )


def _results(content: Content) -> str:
    tables = tables_of(content.report, content.options.uncertainty)
    if not tables:
        return tag("p", "No run has finished yet.")
    return "".join(map(table, tables)) + _left_out(content.report)


def _left_out(report: StudyReport) -> str:
    if not report.excluded:
        return ""
    rows = [
        (run.run, label_of(run.architecture), arm_label(run.regime), " + ".join(run.targets), f"{run.k:,}",
         run.budget, run.draw, run.seed, run.reason)
        for run in report.excluded
    ]  # fmt: skip
    head = ("run", "architecture", "regime", "targets", "K", "budget", "draw", "seed", "why")
    return tag("h3", "Left out of all means") + plain_table(head, rows)


def _heatmaps(content: Content) -> str:
    if not any(cell.delta_pp is not None for cell in content.report.cells):
        return ""
    key = (
        f"Δ{MEASURES[content.report.measure].short} in percentage points. Blue: joint training helps (negative), red: "
        "it hurts. Below each value its 95 % interval; stars: p after Holm's correction, as in the tables. Hatched: no "
        "pair of runs."
    )
    return tag("p", escape(key)) + heatmaps(content.report)


def _curves(content: Content) -> str:
    drawn = curves(content.curves)
    if not drawn:
        return ""
    about = (
        "Validation CER, mean over the trainings of an arm, with a band from the lowest to the highest. Colour: "
        "regime; dashes: architecture. Validation lines are not those that the tables are over."
    )
    return tag("p", escape(about)) + drawn


def _examples(content: Content) -> str:
    if not content.examples.lines:
        return ""
    about = (
        f"Drawn at random from the test part, not chosen; the same study gives the same lines. Runs: "
        f"{content.examples.setting}. Wavy underline: another character was read; double underline: one too many; "
        "in guillemets: what is missing."
    )
    with_images = any(line.image is not None for line in content.examples.lines)
    notes = [about, IMAGES_SENTENCE if with_images else TEXTS_SENTENCE]
    if content.options.with_images and not with_images:
        notes.append("The images were asked for and are not at hand: open the data sets first.")
    return paragraphs(notes, class_="note") + "".join(map(example, content.examples.lines))


def _runs(content: Content) -> str:
    split, selection = content.report.split, content.report.selection
    rows: list[tuple[object, ...]] = []
    for planned in content.plan.runs:
        request, record = planned.request, content.records.get(planned.run)
        read = (record.evaluation(name, split, selection) for name in request.targets) if record else ()
        rates = [f"{e.target} {percent(e.edits / e.length)}" for e in read if e is not None and e.length]
        steps = record.steps + record.prior_steps if record else ""
        state = state_of(planned.run, content.records, content.states)
        rows.append(
            (planned.run, label_of(request.architecture), arm_label(request.arm), f"{request.k:,}", str(request.budget),
             request.draw, request.seed, str(request.conditions), state, steps, "; ".join(rates))
        )  # fmt: skip
    head = ("run", "architecture", "regime", "K", "budget", "draw", "seed", "conditions", "state", "steps", "CER, %")
    return plain_table(head, rows)


def _protocol(content: Content) -> str:
    study = _portable(content.plan.study)
    rows = [(statement.label, statement.words, statement.key) for statement in statements(study)]
    text = format_study(study)
    return (
        tag("p", "Everything that the study file says.")
        + plain_table(("rule", "value", "key"), rows)
        + tag("h3", "The study file")
        + tag("pre", tag("code", escape(text)))
    )


def _portable(study: Study) -> Study:
    """Return a study with its lists named by their file names: where they lay is of no use to others."""
    if not study.target_rules:
        return study
    rules = {name: rules.with_files(lambda file: Path(file).name) for name, rules in study.target_rules.items()}
    return study.model_copy(update={"target_rules": rules})


def _data(content: Content) -> str:
    rows: list[tuple[object, ...]] = []
    notes: list[str] = []
    for target in content.plan.targets:
        excluded = Counter(f"{each.kind} ({each.part})" for each in target.exclusions)
        rows.append(
            (target.name, target.language, f"{target.train_pool:,}", f"{len(target.validation_ids[0]):,}" if
             target.validation_ids else "0", f"{len(target.test_ids):,}", target.cluster_unit,
             target.parts_rule or target.split, ", ".join(f"{n:,} {kind}" for kind, n in excluded.items()) or "none",
             target.fingerprint)
        )  # fmt: skip
        notes += [f"{target.name}: {note}" for note in target.notes]
        if target.is_synthetic:
            notes.append(f"{target.name}: generated lines, no handwriting.")
    head = ("data set", "language", "train", "validation", "test", "clusters", "parts", "left out", "fingerprint")
    about = (
        "Train: lines that can be drawn from. A fingerprint is the sha256 over ids, images, transcriptions, languages, "
        "writers and official parts: equal fingerprints are equal data."
    )
    return plain_table(head, rows) + tag("p", about, class_="note") + (
        unordered(escape(note) for note in notes) if notes else ""
    )  # fmt: skip


def _flat(value: Mapping[str, Any], place: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, each in value.items():
        if isinstance(each, Mapping):
            found |= _flat(each, f"{place}{key} ")
        else:
            found[f"{place}{key}"] = ", ".join(map(str, each)) if isinstance(each, list) else str(each)
    return found


def _versions(content: Content) -> str:
    environments = Counter(
        tuple(_flat(content.records[run].environment).items()) for run in content.plan.run_ids if run in content.records
    )
    parts = [
        tag("h3", escape(f"Trained here: {counted(number, 'run', 'runs')}")) + plain_table(("what", "value"), facts)
        for facts, number in environments.most_common()
        if facts
    ]
    libraries = {name: metadata.version(name) for name in LIBRARIES}
    worked_out = [("htr-workbench", __version__), ("Python", platform.python_version()), *libraries.items()]
    return "".join(parts) + tag("h3", "The numbers were worked out with") + plain_table(("what", "version"), worked_out)


def commands_of(content: Content) -> str:
    """Return the commands that repeat a study, from its data to this page."""
    study = content.plan.study
    lines = ["# Keep the study file above as study.toml. PATH: where your copy of each data set lies."]
    lines += [f"htr-workbench datasets add {_add(target.name, content)}" for target in content.plan.targets]
    name = shlex.quote(study.name)
    options = content.options
    chosen = f"--split {content.report.split} --selection {content.report.selection}"
    if content.report.measure != "cer":
        chosen += f" --measure {content.report.measure}"
    lines += [
        "htr-workbench run study.toml",
        f"htr-workbench report --study {name} {chosen}",
        f"htr-workbench export --study {name} --to results --what all {chosen} --uncertainty {options.uncertainty}",
        f"htr-workbench bundle {name} {shlex.quote(f'{study.name}.zip')}",
    ]
    return "\n".join(lines) + "\n"


def _add(name: str, content: Content) -> str:
    entry = content.data_sets.get(name)
    words = [shlex.quote(name), f"PATH/TO/{shlex.quote(name)}"]
    if entry is not None:
        said = {"form": entry.form, "language": entry.language, **entry.overrides.model_dump(exclude_defaults=True)}
        words += [f"--{key.replace('_', '-')} {shlex.quote(str(value))}" for key, value in said.items() if value]
    return " ".join(words)


def _commands(content: Content) -> str:
    about = (
        "Runs whose study file, data and program version are the same have the same ids; on a CPU, the same numbers."
    )
    return tag("p", about) + tag("pre", tag("code", escape(commands_of(content))))

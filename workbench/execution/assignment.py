"""Which part each line of a study's data sets belongs to: split rule or lists of ids, less the lines that are excluded.

Everything that a study file names for one data set alone is read here, before anything is compared or drawn.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.id_lists import FoundLines, find_lines, read_id_list
from workbench.data.line import LineSet, OfficialSplit
from workbench.data.reader import counted, examples
from workbench.data.splits import Parts, rule_key, split_by_ids, split_lines
from workbench.errors import InputError
from workbench.files import canonical_json
from workbench.runs.plan import Exclusion
from workbench.study.schema import Study, TargetRules

_PART_ORDER: tuple[OfficialSplit, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Assigned:
    """Parts of one data set as a study takes them, and what was decided on the way."""

    parts: Parts
    """Without the lines that lists exclude; `notes` tell of those too."""
    rule: str
    """What the parts follow from; part of the key of every draw."""
    exclusions: tuple[Exclusion, ...] = ()
    """Lines that lists exclude."""
    draws: tuple[tuple[str, ...], ...] = ()
    """Orders of the training lines from files, one per draw; empty: they are drawn."""
    validation_draws: tuple[tuple[str, ...], ...] = ()


def assign(study: Study, lines: LineSet) -> Assigned:
    """Part one data set of a study and take out what its lists exclude.

    Raises
    ------
    InputError
        For a file that cannot be used, lists that contradict each other, and parts that cannot be made.
    """
    rules = study.rules_of(lines.name)
    parts, rule = _parts_of(study, lines, rules)
    parts, exclusions = _without_listed(lines, parts, rules)
    excluded = frozenset(exclusion.line_id for exclusion in exclusions)
    draws, draw_notes = _orders(study, lines, "train", parts.train, excluded, rules.draw_ids)
    validation, validation_notes = _orders(
        study, lines, "validation", parts.validation, excluded, rules.validation_draw_ids
    )
    parts = replace(parts, notes=(*parts.notes, *draw_notes, *validation_notes))
    return Assigned(parts, rule, exclusions, draws, validation)


def _parts_of(study: Study, lines: LineSet, rules: TargetRules) -> tuple[Parts, str]:
    wish = {"seed": study.split_seed, "folds": study.folds, "fold": study.fold}
    if rules.train_ids is None or rules.test_ids is None:
        return split_lines(lines, study.split, **wish), rule_key(study.split, **wish)
    found = {
        "train": _found(lines, rules.train_ids),
        "validation": _found(lines, rules.validation_ids) if rules.validation_ids else FoundLines({}, (), 0),
        "test": _found(lines, rules.test_ids),
    }
    parts = split_by_ids(lines, *(found[part].reasons for part in _PART_ORDER))
    notes = (note for part in _PART_ORDER for note in found[part].notes)
    digest = hashlib.sha256(canonical_json([sorted(parts.of(part)) for part in _PART_ORDER]).encode()).hexdigest()
    return replace(parts, notes=(*parts.notes, *notes)), f"ids {digest[:16]}"


def _found(lines: LineSet, name: str) -> FoundLines:
    return find_lines(read_id_list(Path(name)), [line.id for line in lines.lines])


def _without_listed(lines: LineSet, parts: Parts, rules: TargetRules) -> tuple[Parts, tuple[Exclusion, ...]]:
    """Take listed lines out of train and validation, and out of test where the study says so in as many words."""
    part_of: dict[str, OfficialSplit] = {line_id: part for part in _PART_ORDER for line_id in parts.of(part)}
    exclusions: dict[str, Exclusion] = {}
    scored: list[str] = []
    notes: list[str] = []
    for name in rules.exclude:
        found = _found(lines, name)
        notes += found.notes
        for line_id, reason in found.reasons.items():
            part = part_of.get(line_id)
            if part is None:
                continue
            if part == "test" and not rules.exclude_from_test:
                scored.append(line_id)
                continue
            said = f"listed in {Path(name).name}" + (f": {reason}" if reason else "")
            exclusions.setdefault(line_id, Exclusion(line_id=line_id, reason=said, kind="listed", part=part))
    if scored := list(dict.fromkeys(scored)):
        notes.append(
            f"{counted(len(scored), 'listed line')} of the test part ({examples(scored)}) "
            f"{'is' if len(scored) == 1 else 'are'} scored all the same (exclude_from_test would leave them out)"
        )
    if from_test := [each.line_id for each in exclusions.values() if each.part == "test"]:
        notes.append(
            f"TEST LINES LEFT OUT: {counted(len(from_test), 'listed line')} ({examples(from_test)}); "
            "the test CER is not that of the whole test part"
        )
    parts = parts.without(exclusions)
    return replace(parts, notes=(*parts.notes, *notes)), tuple(exclusions.values())


def _orders(
    study: Study,
    lines: LineSet,
    part: OfficialSplit,
    pool: Sequence[str],
    excluded: frozenset[str],
    names: Sequence[str],
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Orders of lines from files, one per draw, and what is to be said about them."""
    if not names:
        return (), ()
    if len(names) < study.draws:
        raise InputError(
            f"There are {counted(len(names), 'list')} of {part} draws of {lines.name}",
            f"the study has {counted(study.draws, 'draw')}",
            "Name a list for each draw, or ask for fewer draws.",
        )
    known = frozenset(pool)
    orders: list[tuple[str, ...]] = []
    notes = [f"the {part} lines of its draws are those of lists of ids"]
    for name in names[: study.draws]:
        found = _found(lines, name)
        notes += found.notes
        foreign = [line_id for line_id in found.ids if line_id not in known and line_id not in excluded]
        if foreign:
            raise InputError(
                f"{Path(name).name} draws lines that are not in the {part} part of {lines.name}",
                f"{counted(len(foreign), 'line')} ({examples(foreign)})",
                "Name lists of ids for the parts as well, or the split that the draw was made from.",
            )
        orders.append(tuple(line_id for line_id in found.ids if line_id in known))
    return tuple(orders), tuple(notes)

"""What the parts of a study's data sets have in common, and what the study decided about it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from workbench.data.identifiers import khatt_form, natural_key
from workbench.data.leakage import KIND_WORDS, Finding, Overlap, Side, overlaps_between, overlaps_within
from workbench.data.line import OfficialSplit
from workbench.data.reader import counted, examples
from workbench.errors import InputError
from workbench.runs.plan import Exclusion, SharedExample, SharedLines
from workbench.study.grid import RunRequest
from workbench.study.schema import LeakageRules

MAX_EXAMPLES = 20
"""Findings of each kind, and lines of each, that a plan keeps."""

_PILOT = "khatt_pilot"

_PART_WORDS: dict[str, str] = {"train": "training part", "validation": "validation part", "test": "test part"}


def survey(sides: Mapping[str, Side], requests: Iterable[RunRequest]) -> tuple[Overlap, ...]:
    """Compare the parts of every data set, and those of data sets that some run trains on together.

    Parameters
    ----------
    sides : mapping
        Data sets by name, their parts without excluded lines.
    requests : iterable of RunRequest
        What the study asks for.
    """
    together = {pair for request in requests for pair in _met(request)}
    found = [overlap for side in sides.values() for overlap in overlaps_within(side)]
    for one in sides:
        for other in sides:
            if (one, other) in together:
                found += overlaps_between(sides[one], sides[other])
    return tuple(sorted(found, key=lambda overlap: not overlap.is_serious))


def _met(request: RunRequest) -> set[tuple[str, str]]:
    """Pairs, both ways round, of a data set that a run is evaluated on and another that it trains on."""
    met = {(one, other) for one in request.targets for other in request.trained_on if other != one}
    return met | {(other, one) for one, other in met}


def decided(overlaps: Iterable[Overlap], rules: LeakageRules) -> tuple[SharedLines, ...]:
    """Put what was found beside what the study decided about it, as the plan keeps it."""
    return tuple(_shared(overlap, rules) for overlap in overlaps)


def _shared(overlap: Overlap, rules: LeakageRules) -> SharedLines:
    left, right = str(overlap.left), str(overlap.right)
    decision = rules.of(overlap.kind, left, right)
    return SharedLines(
        kind=overlap.kind,
        left=left,
        right=right,
        findings=len(overlap.findings),
        left_lines=len(overlap.left_ids),
        right_lines=len(overlap.right_ids),
        examples=tuple(_example(finding) for finding in overlap.findings[:MAX_EXAMPLES]),
        is_serious=overlap.is_serious,
        decision=decision.decision if decision else None,
        reason=decision.reason if decision else "",
    )


def _example(finding: Finding) -> SharedExample:
    return SharedExample(
        value=finding.value, left_ids=finding.left_ids[:MAX_EXAMPLES], right_ids=finding.right_ids[:MAX_EXAMPLES]
    )


def exclusions_of(overlaps: Iterable[Overlap], shared: Iterable[SharedLines]) -> dict[str, tuple[Exclusion, ...]]:
    """Lines that leave a part because the study excludes what they share with another, by data set."""
    found: dict[str, dict[str, Exclusion]] = defaultdict(dict)
    for overlap, record in zip(overlaps, shared, strict=True):
        if record.decision != "exclude":
            continue
        reason = f"same {KIND_WORDS[overlap.kind][0].removeprefix('near ')} as in {overlap.right}"
        if overlap.kind.startswith("near_"):
            reason = f"nearly the {reason}"
        for line_id in overlap.left_ids:
            found[overlap.left.target].setdefault(
                line_id, Exclusion(line_id=line_id, reason=reason, kind="shared", part=overlap.left.part)
            )
    return {name: tuple(exclusions.values()) for name, exclusions in found.items()}


def notes_about(target: str, shared: Iterable[SharedLines]) -> tuple[str, ...]:
    """Say what the parts of a data set have in common with each other, and its evaluated parts with other data sets."""
    groups: dict[tuple[str, str, str | None], list[SharedLines]] = defaultdict(list)
    for record in shared:
        if record.right.partition("/")[0] == target:
            groups[record.left, record.right, record.decision].append(record)
    return tuple(_note(records) for records in groups.values())


def _note(records: Sequence[SharedLines]) -> str:
    first = records[0]
    (left, left_part), (right, right_part) = first.left.split("/"), first.right.split("/")
    words = in_words(records)
    outcome = {
        "accept": "accepted, ",
        "exclude": "left out of the " + _PART_WORDS[left_part] + " before lines are drawn, ",
        None: "",
    }[first.decision]
    reasons = "; ".join(dict.fromkeys(record.reason for record in records if record.reason))
    because = f" ({reasons})" if reasons else ""
    if left == right:
        return f"{outcome}in {left_part} and in {right_part}: {words}{because}"
    where = f"in its {_PART_WORDS[right_part]} and in the {_PART_WORDS[left_part]} of {left}: {words}{because}"
    if first.is_serious and first.decision is None:
        return f"TEST LINES IN TRAINING: {where}; a run on both may have seen what it is tested on"
    return outcome + where


def in_words(records: Iterable[SharedLines]) -> str:
    """Count what two parts share: '2 writers, 1 text'."""
    counts: Counter[str] = Counter()
    for record in records:
        counts[record.kind] += record.findings
    return ", ".join(
        f"{counts[kind]:,} {one if counts[kind] == 1 else many}"
        for kind, (one, many) in KIND_WORDS.items()
        if counts[kind]
    )


def refuse_two_packagings(sides: Mapping[str, Side]) -> None:
    """Refuse a study over two packagings of KHATT whose parts disagree: a test writer of one trains in the other.

    Raises
    ------
    InputError
        Where two data sets share forms (`AHTD3A####`) and one of them is the pilot packaging, or puts a shared form
        into another part. Forms that lists exclude from one of them are not shared.
    """
    forms = {name: _forms(side) for name, side in sides.items()}
    for one, other in ((a, b) for at, a in enumerate(sides) for b in list(sides)[at + 1 :]):
        shared = sorted(forms[one].keys() & forms[other].keys(), key=natural_key)
        is_pilot = _PILOT in (sides[one].lines.form, sides[other].lines.form)
        if shared and (is_pilot or any(forms[one][form] != forms[other][form] for form in shared)):
            raise InputError(
                f"{one} and {other} are two packagings of KHATT and cannot be mixed",
                f"they share {counted(len(shared), 'form')} ({examples(shared)}), and their parts do not agree",
                f"Leave one of them out, or exclude the shared forms from one: rows like '{shared[0]}_*' in a list "
                f"that target_rules.{other}.exclude names (with exclude_from_test).",
            )


def _forms(side: Side) -> dict[str, frozenset[OfficialSplit]]:
    found: dict[str, set[OfficialSplit]] = defaultdict(set)
    for part in ("train", "validation", "test"):
        for line_id in side.parts.of(part):
            if form := khatt_form(line_id.rpartition("/")[2]):
                found[form].add(part)
    return {form: frozenset(parts) for form, parts in found.items()}

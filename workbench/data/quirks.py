"""What is peculiar about texts and images of a data set: lines that are used, and that one should know of.

Counts, not one entry per line: a list of problems stays readable only when it is short.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from workbench.data.identifiers import khatt_paragraph, natural_key
from workbench.data.line import ReadProblem, TextLine
from workbench.data.reader import counted, examples, note
from workbench.text.profile import TextProfile, profile
from workbench.text.stored_order import OrderEvidence

TALL_SHARE = 1 / 3
TALL_PX = 150
MAX_EQUAL_IDS = 4
"""Of lines with one image so many are named."""
COPIED_SHARE = 0.5
"""Distinct texts among those of a paragraph number below which it must have been copied."""
COPIED_FROM_LINES = 20


def image_quirks(ink_height: int, scan_height: int) -> tuple[str, ...]:
    """Quirks of one image, by the height of its ink and of the whole scan in px."""
    if ink_height == 0:
        return ("no ink at all",)
    if scan_height > TALL_PX and ink_height < TALL_SHARE * scan_height:
        return ("mostly blank paper, the ink fills less than a third of the height (crop to ink)",)
    return ()


def _counted(noun: str, found: dict[str, list[str]]) -> list[ReadProblem]:
    return [note(f"{quirk}: {counted(len(ids), noun)} ({examples(ids)})") for quirk, ids in found.items()]


def image_notes(quirks: Iterable[tuple[str, str]]) -> list[ReadProblem]:
    """Notes from (id of a line, quirk of its image) pairs."""
    found: dict[str, list[str]] = defaultdict(list)
    for line_id, quirk in quirks:
        found[quirk].append(line_id)
    return _counted("image", found)


def copy_notes(digests: Sequence[tuple[str, str]]) -> list[ReadProblem]:
    """Note images that lie in the data set twice, from (id of a line, sha256 of its file) pairs."""
    holders: dict[str, list[str]] = defaultdict(list)
    for line_id, digest in digests:
        holders[digest].append(line_id)
    copies = [_equal(ids) for ids in holders.values() if len(ids) > 1]
    return [note(f"the same image under several ids: {examples(copies)}")] if copies else []


def _equal(ids: Sequence[str]) -> str:
    more = f" = … ({len(ids):,} lines)" if len(ids) > MAX_EQUAL_IDS else ""
    return " = ".join(ids[:MAX_EQUAL_IDS]) + more


def text_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Notes about the transcriptions of a data set, one by one and together."""
    found = profile(line.transcription for line in lines)
    notes = _counted(
        "transcription",
        {finding.peculiarity.title: [lines[place].id for place in finding.places] for finding in found.findings},
    )
    of_profile = (*_digit_note(found), *order_notes(found.order))
    return [*notes, *of_profile, *_repeat_notes(lines), *_writer_notes(lines), *_khatt_notes(lines)]


def _digit_note(found: TextProfile) -> list[ReadProblem]:
    return [
        note(
            "digits of several systems: "
            + ", ".join(f"{system} in {counted(count, 'line')}" for system, _, count in group.members)
        )
        for group in found.variants
        if group.title == "digits" and group.is_mixed
    ]


def order_notes(evidence: OrderEvidence) -> list[ReadProblem]:
    """Suspect reversed storage."""
    if not evidence.is_reversed:
        return []
    told = (
        f"{counted(evidence.for_reversed, 'sign')} of it in words and sentence ends, {evidence.for_logical:,} against"
    )
    return [note(f"THE TEXTS SEEM TO BE STORED REVERSED: {told}")]


def _repeat_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Texts that occur more than once, and those of them that stand in more than one part."""
    holders: dict[str, list[TextLine]] = defaultdict(list)
    for line in lines:
        holders[" ".join(line.transcription.split())].append(line)
    repeated = [members for members in holders.values() if len(members) > 1]
    across = [members for members in repeated if len({line.split for line in members if line.split}) > 1]
    notes: list[ReadProblem] = []
    if repeated:
        notes.append(note(f"{counted(len(repeated), 'text')} met more than once: {_first_ids(repeated)}"))
    if across:
        tested = sum(line.split == "test" for members in across for line in members)
        where = f"in more than one part, on {counted(tested, 'test line')}"
        notes.append(note(f"{counted(len(across), 'text')} {where}: {_first_ids(across)}"))
    return notes


def _khatt_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Distinct texts by paragraph of KHATT's forms; warn of the fixed text, whatever the packaging calls itself.

    *Source:* in the set that the published results use, paragraphs 2 and 3 are unique texts; 1 and 4 are copied.
    """
    texts: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        paragraph = khatt_paragraph(line.image.stem) or khatt_paragraph(line.id)
        if paragraph is not None:
            texts[paragraph].append(" ".join(line.transcription.split()))
    shares = {paragraph: len(set(found)) / len(found) for paragraph, found in texts.items()}
    copied = [
        paragraph
        for paragraph, share in shares.items()
        if paragraph in (1, 4) or (share < COPIED_SHARE and len(texts[paragraph]) >= COPIED_FROM_LINES)
    ]
    if not copied:
        return []
    told = "; ".join(
        f"Para{paragraph}: {shares[paragraph]:.0%} of {counted(len(texts[paragraph]), 'text')} distinct"
        for paragraph in sorted(texts)
    )
    number = sum(len(texts[paragraph]) for paragraph in copied)
    which = ", ".join(f"Para{paragraph}" for paragraph in sorted(copied))
    return [
        note(
            f"KHATT'S FIXED TEXT: {counted(number, 'line')} ({which}) are of the text that all writers copied, "
            f"a network learns it by heart ({told})"
        )
    ]


def _first_ids(groups: list[list[TextLine]]) -> str:
    return examples([members[0].id for members in groups])


def _writer_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    parts: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.writer is not None and line.split is not None:
            parts[line.writer].add(line.split)
    both = sorted((writer for writer, splits in parts.items() if len(splits) > 1), key=natural_key)
    return [note(f"{counted(len(both), 'writer')} in more than one part: {examples(both)}")] if both else []

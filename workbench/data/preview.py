"""What an import would give, told before anything is stored: forms, languages, parts, encodings, problems, some lines.

Texts are read wholly, images only of the lines that are shown.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.data.assembly import UNKNOWN_LANGUAGE, Candidate, Draft
from workbench.data.decoding import DecodedLine
from workbench.data.decoding_pool import decode_lines
from workbench.data.encodings import CP1256, NO_ENCODING
from workbench.data.identifiers import khatt_paragraph
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem, TextLine
from workbench.data.overrides import KhattTexts, Overrides
from workbench.data.quirks import order_notes, text_notes
from workbench.data.reader import Detection, counted
from workbench.data.reading import ImportProgress, Reading, check_overrides, detect, is_cancelled, read_drafts
from workbench.data.splits import shuffled
from workbench.data.tree import EncodingUse
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.text.stored_order import order_evidence

SAMPLE_LINES = 20
EXAMPLES = 3

PARTS: tuple[OfficialSplit | None, ...] = ("train", "validation", "test", None)
PartCounts = dict[OfficialSplit | None, int]

_FIXED_PARAGRAPHS = (1, 4)
_PARTICULAR = re.compile(r"'[^']*'|\S*(?:\d|[/\\]|\.\w)\S*")
"""What differs between problems of one kind: names in quotes, paths, ids and numbers."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Forms that match by a sample of the files, the one that tells most first: known long before the rest."""

    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class LanguagePreview:
    """The lines of one language; a data set comes of each."""

    language: str
    decided_by: str
    """How the language is known, in words."""
    lines: int
    told: PartCounts
    """Lines of each part as the data set assigns them; None: of no part."""
    parts: PartCounts
    """Lines of each part as they would be imported."""
    writers: int
    """Known ones; 0 where the data set tells none."""
    pages: int


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One line of the sample."""

    line: TextLine
    image: DecodedLine | None
    """None where it cannot be decoded."""
    fault: str = ""
    """Why there is no image."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """Problems that differ in names and numbers only."""

    reason: str
    """With an ellipsis where they differ."""
    count: int
    examples: tuple[ReadProblem, ...]
    is_note: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would give.

    Problems of images are not among the problems: only those of the sample were opened.
    """

    path: Path
    reading: Reading
    languages: tuple[LanguagePreview, ...]
    encodings: dict[str, EncodingUse]
    separators: dict[str, int]
    """Between the cells of how many rows of lists and tables."""
    texts: dict[KhattTexts, int]
    """Images of KHATT's `unique` and `fixed` texts that are there; empty for other data sets."""
    suspicion: str
    """Why the texts seem to be stored reversed; empty where they do not."""
    problems: tuple[ReadProblem, ...]
    """Lines that cannot be used, each once."""
    notes: tuple[ReadProblem, ...]
    """What is peculiar about lines that are used all the same."""
    sample: tuple[SampleLine, ...]

    @property
    def lines(self) -> int:
        """Lines that would be imported, as far as their images can be read."""
        return sum(language.lines for language in self.languages)

    @property
    def detection(self) -> Detection:
        """The form that was read; its reason is the user's choice where it would not have been recognised."""
        form = self.reading.form
        chosen = next((found for found in self.reading.detections if found.form == form), None)
        return chosen or Detection(form, self.reading.reader.label, "you chose it; it was not recognised", 0)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What somebody should look at before these lines are used, in a sentence each."""
        found = (
            _doubt_about_lines(self),
            _doubt_about_form(self.reading),
            _doubt_about_encodings(self.encodings, self.reading.overrides),
            f"{self.suspicion}." if self.suspicion and self.reading.overrides.stored_order == "logical" else "",
            _doubt_about_language(self.languages, self.reading.overrides),
            _doubt_about_texts(self.texts, self.reading.overrides),
            f"{counted(len(self.problems), 'problem')}: these lines cannot be used." if self.problems else "",
        )
        return tuple(doubt for doubt in found if doubt)


def preview(
    path: Path, overrides: Overrides | None = None, control: Control | None = None, *, seed: int = 0
) -> Iterator[ImportProgress | Recognised | Preview]:
    """Say what an import of a folder, archive or table would give; nothing is stored.

    Yields
    ------
    ImportProgress, Recognised, Preview
        For a folder `Recognised` comes within a second; the `Preview` is the last value. One that was cancelled ends
        without it.

    Raises
    ------
    InputError
        When the path is missing or unreadable, or nothing is recognised.
    """
    path = path.expanduser().absolute()
    overrides = check_overrides(overrides or Overrides())
    yield ImportProgress(0, 0, f"looking at {path.name}")
    if path.is_dir():  # an archive would have to be listed twice
        yield Recognised(detect(path))
    reading = yield from read_drafts(path, overrides, control)
    if reading is None:
        return
    yield ImportProgress(0, 0, "looking at the texts")
    found = summarise(path, reading)
    sample = draw_sample(reading, seed, control)
    if not is_cancelled(control):
        yield replace(found, sample=sample)


def summarise(path: Path, reading: Reading) -> Preview:
    """Sum up what was read, without a sample."""
    lines = [[candidate.line for candidate in draft.candidates] for draft in reading.drafts]
    listed = dict.fromkeys(problem for draft in reading.drafts for problem in draft.problems)
    notes = [problem for problem in listed if problem.is_note]
    orders = [order_evidence(line.transcription for line in members) for members in lines]
    suspicions = [suspicion.reason for order in orders for suspicion in order_notes(order)]
    return Preview(
        path=path,
        reading=reading,
        languages=tuple(_language(draft, reading) for draft in reading.drafts),
        encodings=reading.tree.encodings,
        separators=_separators(reading),
        texts=_texts(reading),
        suspicion="; ".join(suspicions),
        problems=tuple(problem for problem in listed if not problem.is_note),
        notes=(*notes, *(remark for members in lines for remark in text_notes(members))),
        sample=(),
    )


def _language(draft: Draft, reading: Reading) -> LanguagePreview:
    lines = [candidate.line for candidate in draft.candidates]
    return LanguagePreview(
        language=draft.language,
        decided_by=_decided_by(draft, reading),
        lines=len(lines),
        told=_in_order(Counter(candidate.told_split for candidate in draft.candidates)),
        parts=_in_order(Counter(line.split for line in lines)),
        writers=len({line.writer for line in lines if line.writer is not None}),
        pages=len({line.page for line in lines if line.page is not None}),
    )


def _decided_by(draft: Draft, reading: Reading) -> str:
    if draft.is_told:
        return "the data set says so"
    if reading.overrides.language is not None:
        return "you chose it"
    if reading.reader.language is not None:
        return "as every data set of this form"
    return "by its letters" if draft.language != UNKNOWN_LANGUAGE else "no letter of the Arabic script"


def _in_order(counts: Counter[OfficialSplit | None]) -> PartCounts:
    return {part: counts[part] for part in PARTS if counts[part]}


def _separators(reading: Reading) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for found in reading.tree.separators.values():
        rows.update(found)
    return dict(rows.most_common())


def _texts(reading: Reading) -> dict[KhattTexts, int]:
    """Count images with KHATT's ids by what the number of their paragraph says."""
    counts: Counter[KhattTexts] = Counter()
    for name in reading.tree.files:
        path = PurePosixPath(name)
        if path.suffix.lower() in IMAGE_SUFFIXES and (paragraph := khatt_paragraph(path.stem)) is not None:
            counts["fixed" if paragraph in _FIXED_PARAGRAPHS else "unique"] += 1
    return {kind: counts[kind] for kind in ("unique", "fixed") if counts[kind]}


def draw_sample(
    reading: Reading, seed: int = 0, control: Control | None = None, *, size: int = SAMPLE_LINES
) -> tuple[SampleLine, ...]:
    """Decode some lines of every language and part, drawn by the seed, in the order of the data set."""
    chosen = _chosen(reading.drafts, seed, size)
    lines = [candidate.line for candidate in chosen]
    decoded = decode_lines(reading.tree, lines, cropped=True, control=control)
    return tuple(
        SampleLine(line, None, result.why) if isinstance(result, InputError) else SampleLine(line, result)
        for line, result in zip(lines, decoded, strict=False)
    )


def _chosen(drafts: Sequence[Draft], seed: int, size: int) -> list[Candidate]:
    """Take one line after the other from the groups in turn, so that small parts are seen as well."""
    groups: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for number, draft in enumerate(drafts):
        for place, candidate in enumerate(draft.candidates):
            groups[draft.language, candidate.line.split or ""].append((number, place))
    orders = [[places[at] for at in shuffled(len(places), "preview", *key, seed)] for key, places in groups.items()]
    rounds = range(max((len(order) for order in orders), default=0))
    in_turn = (order[at] for at in rounds for order in orders if at < len(order))
    chosen = sorted(place for place, _ in zip(in_turn, range(size), strict=False))
    return [drafts[number].candidates[place] for number, place in chosen]


def problem_kinds(problems: Sequence[ReadProblem]) -> tuple[ProblemKind, ...]:
    """Group problems that differ in names and numbers only, the most frequent kind first; notes count already."""
    kinds: defaultdict[tuple[bool, str], list[ReadProblem]] = defaultdict(list)
    for problem in problems:
        kinds[problem.is_note, problem.reason if problem.is_note else _general(problem.reason)].append(problem)
    return tuple(
        ProblemKind(reason if len(members) > 1 else members[0].reason, len(members), tuple(members[:EXAMPLES]), is_note)
        for (is_note, reason), members in sorted(kinds.items(), key=lambda kind: (kind[0][0], -len(kind[1])))
    )


def _general(reason: str) -> str:
    general = _PARTICULAR.sub("…", reason).removeprefix("… ")
    return general if re.search(r"\w", general) else reason


def reading_report(reading: Reading) -> dict[str, Any]:
    """How a data set was read, as JSON values.

    Returns
    -------
    dict
        `detections` (list of `form`, `label`, `reason`, `is_read`), `encodings` (by name: `files` and `rows`),
        `separators` (by name: rows), `parts` (the `rule` and the lines of each part as `told`).
    """
    told = _in_order(Counter(candidate.told_split for draft in reading.drafts for candidate in draft.candidates))
    return {
        "detections": [
            {"form": one.form, "label": one.label, "reason": one.reason, "is_read": one.form == reading.form}
            for one in reading.detections
        ],
        "encodings": {name: {"files": use.files, "rows": use.rows} for name, use in reading.tree.encodings.items()},
        "separators": _separators(reading),
        "parts": {"rule": reading.overrides.parts, "told": {part or "none": lines for part, lines in told.items()}},
    }


def sample_report(sample: Sequence[SampleLine]) -> list[dict[str, Any]]:
    """Lines of a sample as JSON values; width and height of the ink in px of the scan, None where there is no image."""
    return [
        {
            "id": one.line.id,
            "language": one.line.language,
            "part": one.line.split,
            "width": one.image.ink.shape[1] if one.image else None,
            "height": one.image.ink.shape[0] if one.image else None,
            "text": one.line.transcription,
            "fault": one.fault,
        }
        for one in sample
    ]


def _doubt_about_lines(found: Preview) -> str:
    return "" if found.lines else "No line can be used."


def _doubt_about_form(reading: Reading) -> str:
    if reading.overrides.form is not None or len(reading.detections) < 2:
        return ""
    first, second = reading.detections[:2]
    is_known = reading.reader.language is not None  # a data set of its own, whose lists match a general form too
    if is_known or first.metadata > second.metadata:
        return ""
    return f"Two forms match equally well: {first.label}, and {second.label}."


def _doubt_about_encodings(encodings: dict[str, EncodingUse], overrides: Overrides) -> str:
    if lost := encodings.get(NO_ENCODING):
        what = counted(lost.rows, "row") if lost.rows else counted(lost.files, "file")
        return f"{what} could not be decoded."
    if overrides.encoding is not None:
        return ""
    if len(encodings) > 1:
        return f"Several encodings are mixed: {', '.join(encodings)}."
    return f"The texts were taken for {CP1256}, which fits any bytes." if CP1256 in encodings else ""


def _doubt_about_language(languages: Sequence[LanguagePreview], overrides: Overrides) -> str:
    unknown = [language for language in languages if language.language == UNKNOWN_LANGUAGE and language.lines]
    return "The language could not be told." if unknown and overrides.language is None else ""


def _doubt_about_texts(texts: dict[KhattTexts, int], overrides: Overrides) -> str:
    if not texts.get("fixed") or (texts.get("unique") and overrides.texts == "unique"):
        return ""
    return f"{counted(texts['fixed'], 'line')} of the fixed text (Para1, Para4) that all writers of KHATT copied."

"""A folder or a manifest read into data sets: form, lines, images, quirks. Nothing is stored here.

Long steps are generators: they yield :class:`ImportProgress` values and give their result last.
"""

import difflib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.assembly import Draft, assemble
from workbench.data.cache import CacheWriter
from workbench.data.datasets_file import name_from
from workbench.data.decoding import DecodedLine
from workbench.data.decoding_pool import decode_lines
from workbench.data.line import LineSet, ReadProblem, TextLine, fingerprint_of
from workbench.data.overrides import Overrides, StoredOrder
from workbench.data.quirks import copy_notes, image_notes, image_quirks, text_notes
from workbench.data.reader import Detection, Found, Reader, note
from workbench.data.tree import FileTree, open_tree
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.text.reading_order import ReadingOrder, to_logical

SYNTHETIC_MARKER = "htr-workbench-synthetic.json"
"""A folder that holds a file of this name was generated; what is made from it says so."""

SAMPLE_FILES = 2000
"""Files of each folder by which a form is recognised before everything is read."""

PROGRESS_STEPS = 200
"""How often a data set tells how far it is, at most."""

TEXTS_PER_STEP = 250
"""How many transcriptions are read between two reports: their number is not known before."""

_STORED: dict[StoredOrder, ReadingOrder | None] = {"logical": None, "reversed": "reversed", "visual": "ltr_runs"}
"""How texts are stored to the convention that turns them; each is its own inverse."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a long step is."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a folder holds, with nothing stored."""

    reading: "Reading"
    """What was read before the images."""
    sets: tuple[LineSet, ...]
    """One per language."""

    @property
    def form(self) -> str:
        """Form that was read."""
        return self.reading.form

    @property
    def others(self) -> tuple[Detection, ...]:
        """Forms that match too and were not read, so that nothing is counted twice."""
        return self.reading.others

    @property
    def quirks(self) -> tuple[ReadProblem, ...]:
        """Notes about lines that are used all the same."""
        return tuple(problem for lines in self.sets for problem in lines.problems if problem.is_note)


def detect(path: Path) -> tuple[Detection, ...]:
    """Forms as which a folder, archive or manifest can be read, the one that tells most first.

    Looks at a sample of the files, so that it answers at once; reading looks at all of them.

    Raises
    ------
    InputError
        When it is missing or unreadable.
    """
    from workbench.data.readers import detect_in

    return detect_in(open_tree(path, sample=SAMPLE_FILES))


def is_cancelled(control: Control | None) -> bool:
    """Tell whether a job has to stop at once."""
    return control is not None and control.is_cancelled


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read before any image was opened."""

    tree: FileTree
    form: str
    reader: Reader
    """Of this form."""
    detections: tuple[Detection, ...]
    """Forms that match, the one that tells most first."""
    drafts: tuple[Draft, ...]
    is_synthetic: bool

    @property
    def overrides(self) -> Overrides:
        """What the user decided."""
        return self.tree.overrides

    @property
    def others(self) -> tuple[Detection, ...]:
        """Forms that match and were not read."""
        return tuple(detection for detection in self.detections if detection.form != self.form)


def read_drafts(
    path: Path, overrides: Overrides, control: Control | None
) -> Generator[ImportProgress, None, Reading | None]:
    """Everything but the images; None when cancelled.

    Raises
    ------
    InputError
        When nothing is recognised, or the wanted language is not there.
    """
    from workbench.data.readers import READERS, detect_in  # only now: a window that reads nothing starts without them

    tree = open_tree(path, control, overrides=overrides)
    if is_cancelled(control):
        return None
    detections = detect_in(tree)
    form = overrides.form or (detections[0].form if detections else "")
    _check_form(form, path, overrides)
    reader = READERS[form]
    found: list[Found] = []
    for one in overridden(reader.read(tree), overrides):
        if is_cancelled(control):
            return None
        found.append(one)
        if len(found) % TEXTS_PER_STEP == 0:
            yield ImportProgress(len(found), 0, f"reading texts of {path.name}")
    drafts = assemble(tree, found, overrides.language or reader.language)
    if overrides.language is not None:
        drafts = _wanted(drafts, overrides.language, path)
    reading = Reading(tree, form, reader, detections, drafts, tree.find(SYNTHETIC_MARKER) is not None)
    if not reading.others:
        return reading
    names = ", ".join(other.form for other in reading.others)
    remark = note(f"also readable as {names}: not read, nothing counts twice")
    return replace(reading, drafts=tuple(replace(draft, problems=(*draft.problems, remark)) for draft in drafts))


def overridden(found: Iterable[Found], overrides: Overrides) -> Iterator[Found]:
    """Lines as the user wants them: with other parts, and their texts in logical order."""
    order = _STORED[overrides.stored_order]
    for one in found:
        if isinstance(one, ReadProblem):
            yield one
            continue
        line = replace(one, told_split=one.split, text=one.text if order is None else to_logical(one.text, order))
        match overrides.parts:
            case "told":
                yield line
            case "none":
                yield replace(line, split=None, unused_split=None)
            case part:
                yield replace(line, split=part, unused_split=None)


def check_overrides(overrides: Overrides) -> Overrides:
    """Check what the user gave.

    Raises
    ------
    InputError
        When the language is no code.
    """
    language = overrides.language
    if language is not None and not re.fullmatch("[a-z]{2,3}", language):
        raise InputError(f"'{language}' is no language code", hint="Write ar, ur, fa or another ISO 639 code.")
    return overrides


def _check_form(form: str, path: Path, overrides: Overrides) -> None:
    from workbench.data.readers import READERS

    if not form:
        chosen = f" with {overrides.separator} as the separator" if overrides.separator else ""
        raise InputError(
            f"Nothing at {path} was recognised as lines of text",
            f"no form of data set that this program knows matches{chosen}",
            f"Known forms: {', '.join(READERS)}. A table with columns image and text always works.",
        )
    if form not in READERS:
        near = difflib.get_close_matches(form, READERS, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known forms: {', '.join(READERS)}."
        raise InputError(f"Unknown form '{form}'", hint=hint)


def _wanted(drafts: tuple[Draft, ...], language: str, path: Path) -> tuple[Draft, ...]:
    chosen = tuple(draft for draft in drafts if draft.language == language)
    if not chosen:
        there = ", ".join(sorted(draft.language for draft in drafts))
        raise InputError(f"{path.name} has no lines of the language '{language}'", f"it has {there}")
    return chosen


def decode_draft(
    reading: Reading, draft: Draft, name: str, writer: CacheWriter | None, control: Control | None
) -> Generator[ImportProgress, None, LineSet | None]:
    """Decode all images of a draft and give the finished data set; None when cancelled."""
    total = len(draft.candidates)
    step = max(1, total // PROGRESS_STEPS)
    wanted = [candidate.line for candidate in draft.candidates]
    good: list[tuple[TextLine, str]] = []
    bad: list[ReadProblem] = []
    quirks: list[tuple[str, str]] = []
    decoded = decode_lines(reading.tree, wanted, cropped=writer is None or writer.is_cropped, control=control)
    yield ImportProgress(0, total, f"reading images of {name}")
    for count, (candidate, result) in enumerate(zip(draft.candidates, decoded, strict=False), start=1):
        if isinstance(result, DecodedLine):
            good.append((candidate.line, result.digest))
            quirks += _image_quirks(candidate.line, result)
            if writer is not None:
                writer.add(candidate.line.id, result.ink, result.box, result.digest, candidate.line.transcription)
        else:
            bad.append(candidate.problem(f"{_image_of(candidate.line)}: {result.why}"))
        if count % step == 0 or count == total:
            yield ImportProgress(count, total, f"reading images of {name}")
    if len(good) + len(bad) < total:
        return None
    lines = tuple(line for line, _ in good)
    copies = copy_notes([(line.id, digest) for line, digest in good])
    faults = tuple(problem for problem in draft.problems if not problem.is_note) + tuple(bad)
    remarks = tuple(problem for problem in draft.problems if problem.is_note)
    return LineSet(
        name=name,
        form=reading.form,
        root=reading.tree.root,
        language=draft.language,
        lines=lines,
        problems=(*faults, *remarks, *image_notes(quirks), *copies, *text_notes(lines)),
        fingerprint=fingerprint_of(good, faults),
        is_synthetic=reading.is_synthetic,
    )


def _image_of(line: TextLine) -> str:
    """Name of a line's image; of a whole page, also which of its lines."""
    return line.image.as_posix() if line.cut is None else f"{line.image.as_posix()}, line {line.id}"


def _image_quirks(line: TextLine, decoded: DecodedLine) -> list[tuple[str, str]]:
    names = (*image_quirks(decoded.ink_height, decoded.scan_height), *decoded.notes)
    return [(line.id, name) for name in names]


def inspect(
    path: Path, *, overrides: Overrides | None = None, control: Control | None = None
) -> Iterator[ImportProgress | Inspection]:
    """Read a data set wholly, images included, and store nothing.

    Raises
    ------
    InputError
        When the path is missing or unreadable, or nothing is recognised.
    """
    reading = yield from read_drafts(path, check_overrides(overrides or Overrides()), control)
    if reading is None:
        return
    sets: list[LineSet] = []
    for draft in reading.drafts:
        lines = yield from decode_draft(reading, draft, f"{name_from(path)} ({draft.language})", None, control)
        if lines is None:
            return
        sets.append(lines)
    yield Inspection(reading, tuple(sets))

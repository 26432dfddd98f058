"""Error rates of prediction files with their intervals, by the same counts as everything else.

*Micro*: all edits over all reference characters (or words). *Macro*: the mean of the rates of lines, or of clusters.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.analysis.statistics.bootstrap import Counts, ScoredPart, interval, resampled_rates
from workbench.analysis.systems.clusters import clusters_in, single_lines
from workbench.analysis.systems.forms import open_predictions
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.metrics.error_rate import count_characters, count_words
from workbench.text.normalize import check_steps, normalise

Ends = tuple[float, float]
"""Ends of a 95 % interval, as fractions."""


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """How files are read and counted."""

    wildcards: str = ""
    """Placeholders that are not scored; see :func:`workbench.metrics.error_rate.count_characters`."""
    normalisation: tuple[str, ...] = ()
    """Steps that references and hypotheses go through first; see :mod:`workbench.text.normalize`."""
    form: str | None = None
    encoding: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    """Rows of a table to keep: column to value."""
    references: Mapping[str, TextLine] = field(default_factory=dict)
    """Lines of a data set by id, for forms that hold no references."""


@dataclass(frozen=True, slots=True)
class Score:
    """Error rates of a file; fractions, None where all references are empty."""

    file: str
    """Path as it was given."""
    lines: int
    edits: int
    length: int
    """Characters of all references."""
    cer: float | None
    """Micro."""
    wer: float | None
    """Micro, over words between white space."""
    form: str
    encoding: str
    word_edits: int
    words: int
    exact_lines: int
    """Lines that were read without an error."""
    empty_lines: int
    """Lines of which nothing was read."""
    cer_by_line: Ends | None
    """Interval with lines as independent of each other."""
    cer_by_cluster: Ends | None
    """Interval over clusters: None where there are fewer than two."""
    wer_by_line: Ends | None
    wer_by_cluster: Ends | None
    cluster_unit: str
    """`writers`, `pages` or `blocks` (of consecutive ids; writers unknown)."""
    clusters: int
    block_lines: int | None
    """Lines of a block, where the clusters are blocks."""
    macro_cer: float | None
    """Mean over lines whose reference is not empty."""
    macro_wer: float | None
    cluster_macro_cer: float | None
    """Mean over clusters of their micro CER."""
    remarks: tuple[str, ...]
    """What has to be known about the file."""


@dataclass
class _Tally:
    """Counts of the lines so far; no text is kept."""

    rules: ScoreRules
    remarks: Remarks = field(default_factory=Remarks)
    counts: tuple["array[int]", ...] = field(default_factory=lambda: tuple(array("q") for _ in range(4)))
    """Edits, characters, wrong words, words of each line."""
    ids: list[str] = field(default_factory=list)
    writers: list[str | None] = field(default_factory=list)
    pages: list[str | None] = field(default_factory=list)
    empty: int = 0

    def add(self, reference: str, read: ReadText) -> None:
        """Count the errors of a line."""
        name = read.id or f"row {read.row}"
        hypothesis = normalise(read.hypothesis, self.rules.normalisation)
        if read.reference is not None:
            self.remarks.look_at(read.reference, "references", name)
        self.remarks.look_at(read.hypothesis, "hypotheses", name)
        if not reference:
            self.remarks.add("an empty reference: all that was read there counts as errors", name)
        characters = count_characters(reference, hypothesis, self.rules.wildcards)
        words = count_words(reference, hypothesis, self.rules.wildcards)
        for column, value in zip(
            self.counts, (characters.edits, characters.length, words.edits, words.length), strict=True
        ):
            column.append(value)
        self.ids.append(read.id)
        known = self.rules.references.get(read.id)
        self.writers.append(read.writer or (known.writer if known else None))
        self.pages.append(read.page or (known.page if known else None))
        self.empty += not hypothesis

    def table(self) -> Counts:
        """Counts of all lines; shape (4, lines)."""
        return np.array([np.frombuffer(column, dtype=np.int64) for column in self.counts])


def score_file(path: Path, rules: ScoreRules | None = None) -> Score:
    """Count the errors of one file; see :func:`score_files`."""
    rules = rules or ScoreRules()
    check_steps(rules.normalisation)
    form, predictions = open_predictions(path, rules.form, rules.encoding, rules.where)
    if not predictions.has_references and not rules.references:
        raise InputError(
            f"{path.name} holds no references",
            "what was read cannot be compared with anything",
            "Name the data set that has them with --dataset, or add a column 'reference'.",
        )
    tally = _Tally(rules)
    for reference, read in with_references(predictions.read(), rules, tally.remarks):
        tally.add(reference or "", read)
    if not tally.ids:
        raise InputError(f"{path.name} holds no predictions", "there is nothing below its header row")
    _note_ids(tally, has_ids=predictions.has_ids)
    remarks = (*predictions.remarks.sentences(), *tally.remarks.sentences())
    return _score(str(path), form, predictions.encoding_name, tally, remarks)


def with_references(
    lines: Iterable[ReadText], rules: ScoreRules, remarks: Remarks, *, needs_reference: bool = True
) -> Iterator[tuple[str | None, ReadText]]:
    """Reference of each line, normalised: the file's own, or that of a data set.

    Lines without one are left out and remarked, unless no reference is needed and no data set is there.
    """
    read_ids: set[str] = set()
    for read in lines:
        known = rules.references.get(read.id)
        reference = read.reference if read.reference is not None else known.transcription if known else None
        if rules.references:
            read_ids.add(read.id)
        if reference is not None:
            yield normalise(reference, rules.normalisation), read
        elif needs_reference or rules.references:
            remarks.add("no line of this id in the data set, left out", read.id)
        else:
            yield None, read
    parts = {known.split for line_id in read_ids if (known := rules.references.get(line_id))}
    for line_id, known in rules.references.items():
        if line_id not in read_ids and known.split in parts:
            remarks.add("lines of the data set's part that the file lacks, not scored", line_id)


def _note_ids(tally: _Tally, *, has_ids: bool) -> None:
    if not has_ids:
        tally.remarks.add("the file names no lines (column id): blocks follow the order of its rows")
        tally.ids = [str(at) for at in range(len(tally.ids))]
        return
    seen: set[str] = set()
    for line_id in tally.ids:
        if not line_id:
            tally.remarks.add("a row without an id, scored all the same", "an empty id")
        elif line_id in seen:
            tally.remarks.add("an id that an earlier row has, scored again", line_id)
        seen.add(line_id)


def _score(file: str, form: str, encoding: str, tally: _Tally, remarks: tuple[str, ...]) -> Score:
    table = tally.table()
    clusters = clusters_in(tally.ids, _or_none(tally.writers), _or_none(tally.pages))
    singles = single_lines(len(tally.ids))
    edits, length, word_edits, words = (int(total) for total in table.sum(axis=1))
    part = part_of(tally.ids)
    by_cluster = clusters.sums(table)
    cer_by_line, wer_by_line = _intervals(singles.sums(table), part)
    cer_by_cluster, wer_by_cluster = _intervals(by_cluster, part)
    return Score(
        file=file,
        lines=len(tally.ids),
        edits=edits,
        length=length,
        cer=edits / length if length else None,
        wer=word_edits / words if words else None,
        form=form,
        encoding=encoding,
        word_edits=word_edits,
        words=words,
        exact_lines=int((table[0] == 0).sum()),
        empty_lines=tally.empty,
        cer_by_line=cer_by_line,
        cer_by_cluster=cer_by_cluster,
        wer_by_line=wer_by_line,
        wer_by_cluster=wer_by_cluster,
        cluster_unit=clusters.unit,
        clusters=len(clusters.names),
        block_lines=clusters.block_lines if clusters.unit == "blocks" else None,
        macro_cer=_macro(table[0], table[1]),
        macro_wer=_macro(table[2], table[3]),
        cluster_macro_cer=_macro(by_cluster[0], by_cluster[1]),
        remarks=remarks,
    )


def _intervals(table: Counts, part: ScoredPart) -> tuple[Ends | None, Ends | None]:
    """Percentile intervals of CER and WER over clusters, from the same replicates; `table` as in :class:`_Tally`."""
    edits, lengths, word_edits, words = table
    if len(lengths) < 2 or not lengths.sum():
        return None, None
    rates = resampled_rates(np.array([edits, word_edits, words]), lengths, part)
    if not words.sum():
        return interval(rates[:, 0]), None
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval(rates[:, 0]), interval(rates[:, 1] / rates[:, 2])


def _or_none(told: list[str | None]) -> list[str | None]:
    """What a column tells, empty where it tells nothing of any line."""
    return told if any(told) else []


def _macro(errors: Counts, lengths: Counts) -> float | None:
    told = lengths > 0
    return float((errors[told] / lengths[told]).mean()) if told.any() else None


def part_of(ids: Iterable[str]) -> ScoredPart:
    """Key of the random numbers that resample some lines: their ids alone, so that all files of them are alike."""
    digest = hashlib.blake2b(digest_size=16)
    for line_id in ids:
        digest.update(line_id.encode("utf-8", "surrogatepass") + b"\0")
    return ScoredPart("lines of a file", digest.hexdigest(), "test")


def score_files(paths: Iterable[Path], rules: ScoreRules | None = None) -> list[Score]:
    """Count the errors of prediction files.

    Parameters
    ----------
    paths : iterable of Path
        Of any form in :data:`workbench.analysis.systems.forms.FORMS`: CSV or TSV with columns for reference and
        hypothesis (`id, reference, hypothesis`, our `predictions.csv`, the published `ImageID, GroundTruth,
        Prediction`; case and order do not matter), kraken's and PyLaia's. They are read as streams.
    rules : ScoreRules, optional
        Without any, texts are scored as they are: not trimmed, not normalised.

    Raises
    ------
    InputError
        For a file that cannot be read, lacks a column (the ones that it has are named), is empty, or is a log of
        human verification.
    """
    return [score_file(path, rules) for path in paths]

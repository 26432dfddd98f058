"""Published error rates beside our own: typed in or read from CSV, each with its source, kept with a study.

What papers print is a CER in per cent. ΔCER of theirs is worked out from their two CERs, never typed in: papers differ
in its sign.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench import files
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.report_values import DeltaCell, PublishedCell, RateCell, StudyReport
from workbench.data.encodings import decode
from workbench.errors import InputError
from workbench.resource_files import resource_path

COLUMNS = ("target", "architecture", "k", "single_cer", "multi_cer", "source", "remark")
ALL_LINES = "all"
"""What K is called where a network was trained on the whole data set."""
MAX_CER = 1000.0

_ALIASES: dict[str, tuple[str, ...]] = {
    "target": ("target", "dataset", "data_set", "data set"),
    "architecture": ("architecture", "network", "model"),
    "k": ("k", "k_lines", "lines"),
    "single_cer": ("single_cer", "single", "cer_single"),
    "multi_cer": ("multi_cer", "multi", "cer_multi", "joint"),
    "regime": ("regime",),
    "cer": ("cer",),
    "source": ("source", "reference", "citation"),
    "remark": ("remark", "note", "notes"),
}


@dataclass(frozen=True, slots=True)
class PublishedValue:
    """What a publication says about one architecture on one data set."""

    target: str
    architecture: str
    k: int | None
    """Training lines per data set; None: all that there are."""
    single_cer: float | None
    """Trained on the data set alone, in per cent; None where it is not told."""
    multi_cer: float | None
    """Trained on several together, in per cent."""
    source: str
    remark: str = ""

    @property
    def delta_pp(self) -> float | None:
        """CER(multi) - CER(single) in percentage points; None unless both are told."""
        if self.single_cer is None or self.multi_cer is None:
            return None
        return self.multi_cer - self.single_cer

    @property
    def place(self) -> tuple[object, ...]:
        """What there is one value of."""
        return self.target.casefold(), self.architecture.casefold(), self.k, self.source


def check_value(value: PublishedValue) -> PublishedValue:
    """Return a value without blanks around its texts.

    Raises
    ------
    InputError
        When it says nothing, or a CER is none.
    """
    value = replace(
        value, target=value.target.strip(), architecture=value.architecture.strip(), source=value.source.strip()
    )
    for what, text in (("data set", value.target), ("architecture", value.architecture), ("source", value.source)):
        if not text:
            raise InputError(f"A published value needs a {what}")
    if value.single_cer is None and value.multi_cer is None:
        raise InputError(
            "A published value needs a CER", "neither that of single- nor of multi-script training is told"
        )
    for cer in (value.single_cer, value.multi_cer):
        if cer is not None and not (math.isfinite(cer) and 0 <= cer <= MAX_CER):
            raise InputError(f"{cer:g} is no CER", hint="Write per cent, 8.45 for instance.")
    if value.k is not None and value.k < 1:
        raise InputError(f"K {value.k} is no number of lines")
    return value


def read_published(path: Path) -> tuple[PublishedValue, ...]:
    """Read published values from CSV.

    Columns are `target, architecture, k, single_cer, multi_cer, source, remark`, or one row per CER with
    `regime` (`single` or `multi`) and `cer`. CERs are per cent; K may be `all`. Rows of one target, architecture, K
    and source are put together.

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, contradicts itself, or a cell is no number; nothing is then taken.
    """
    try:
        content = files.read_plain(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read", error.strerror or str(error)) from error
    decoded = decode(content)
    if decoded.text is None:
        raise InputError(f"{path.name} is not UTF-8 text", decoded.encoding, "Save it as CSV in UTF-8.")
    delimiter = max("\t,;", key=decoded.text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(decoded.text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path.name} cannot be parted into columns", str(error)) from error
    found: tuple[PublishedValue, ...] = ()
    for number, cells in _cells(path, rows):
        try:
            found = with_value(found, check_value(_value(cells)), is_new=True)
        except InputError as error:
            raise InputError(f"{path.name} cannot be taken", f"row {number}: {error.what}", error.hint) from error
    if not found:
        raise InputError(f"{path.name} holds no published values", "there is nothing below its header row")
    return found


def _cells(path: Path, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    names = [name.strip().lower() for name in rows[0]] if rows else []
    places = {
        kind: names.index(known)
        for kind, aliases in _ALIASES.items()
        if (known := next((alias for alias in aliases if alias in names), None))
    }
    needed = [kind for kind in ("target", "architecture", "source") if kind not in places]
    if not {"single_cer", "multi_cer"} & set(places) and not {"regime", "cer"} <= set(places):
        needed.append("single_cer or multi_cer (or regime and cer)")
    if needed:
        shown = f"it has the columns {', '.join(rows[0])}" if rows else "the file is empty"
        raise InputError(f"{path.name} has no column {', '.join(needed)}", shown, f"Name them {', '.join(COLUMNS)}.")
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            yield number, {kind: row[at].strip() for kind, at in places.items() if at < len(row)}


def _value(cells: dict[str, str]) -> PublishedValue:
    single, multi = parse_cer(cells.get("single_cer", "")), parse_cer(cells.get("multi_cer", ""))
    if cer := cells.get("cer", ""):
        match cells.get("regime", "").lower():
            case "single" | "single-script" | "":
                single = parse_cer(cer) if single is None else single
            case "multi" | "multi-script" | "joint":
                multi = parse_cer(cer) if multi is None else multi
            case other:
                raise InputError(f"'{other}' is no regime", hint="Write single or multi.")
    return PublishedValue(
        target=cells.get("target", ""),
        architecture=cells.get("architecture", ""),
        k=parse_lines(cells.get("k", "")),
        single_cer=single,
        multi_cer=multi,
        source=cells.get("source", ""),
        remark=cells.get("remark", ""),
    )


def parse_cer(text: str) -> float | None:
    """Number of a cell, None where it is empty; a comma is a decimal sign where there is no point.

    Raises
    ------
    InputError
        When it is no number.
    """
    text = text.strip().removesuffix("%").strip()
    if not text or text in ("-", "\u2013"):
        return None
    try:
        return float(text if "." in text else text.replace(",", "."))
    except ValueError:
        raise InputError(f"'{text}' is no CER", hint="Write per cent, 8.45 for instance.") from None


def parse_lines(text: str) -> int | None:
    """K of a cell, None for all lines.

    Raises
    ------
    InputError
        When it is no number.
    """
    if text.lower() in ("", ALL_LINES, "full"):
        return None
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise InputError(f"K '{text}' is no number of lines", hint=f"Write a number, or {ALL_LINES}.") from None


def with_value(
    values: Sequence[PublishedValue], value: PublishedValue, *, is_new: bool = False
) -> tuple[PublishedValue, ...]:
    """Add a value, or put it in the place of what the same source says about the same.

    With `is_new`, what both say has to agree: a table must not contradict itself.

    Raises
    ------
    InputError
        When it does.
    """
    kept = list(values)
    for at, known in enumerate(kept):
        if known.place == value.place:
            kept[at] = _put_together(known, value, is_new=is_new)
            return tuple(kept)
    return (*kept, value)


def _put_together(known: PublishedValue, value: PublishedValue, *, is_new: bool) -> PublishedValue:
    for before, now in ((known.single_cer, value.single_cer), (known.multi_cer, value.multi_cer)):
        if is_new and before is not None and now is not None and before != now:
            raise InputError(f"{value.source} is said to tell {before:g} and {now:g} for {value.target}")
    return replace(
        value,
        single_cer=known.single_cer if value.single_cer is None else value.single_cer,
        multi_cer=known.multi_cer if value.multi_cer is None else value.multi_cer,
        remark=value.remark or known.remark,
    )


def save_published(values: Iterable[PublishedValue], path: Path) -> None:
    """Write published values as CSV; :func:`read_published` reads them back. Without any the file goes."""
    rows = [_row(value) for value in values]
    if rows:
        files.write_csv(path, COLUMNS, rows)
    else:
        with files.explained(path):
            path.unlink(missing_ok=True)


def _row(value: PublishedValue) -> tuple[Any, ...]:
    k = ALL_LINES if value.k is None else value.k
    cers = ("" if cer is None else cer for cer in (value.single_cer, value.multi_cer))
    return value.target, value.architecture, k, *cers, value.source, value.remark


def load_published(path: Path) -> tuple[PublishedValue, ...]:
    """Return the values that are kept with a study, none where there is no file.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    return read_published(path) if path.is_file() else ()


def literature() -> tuple[PublishedValue, ...]:
    """Return the published values that come with the program."""
    return read_published(resource_path("published/results.csv"))


def published_beside(values: Iterable[PublishedValue], report: StudyReport) -> tuple[PublishedCell, ...]:
    """Put published values beside those of a study.

    A value is that of the study's target, architecture and K of the same names (case does not matter; an architecture
    may also be called by its label), once for each budget and conditions. Where the study has no such run, it is said.
    Papers print CERs of test lines: beside a report of another measure or part, or of K in characters, nothing of
    ours is put.
    """
    found: list[PublishedCell] = []
    for value in values:
        cells = [_beside(value, *setting, report) for setting in _settings(value, report)]
        found += cells or [_alone(value, report)]
    return tuple(found)


def _is_of(value: PublishedValue, cell: RateCell | DeltaCell) -> bool:
    names = {cell.architecture.casefold(), label_of(cell.architecture).casefold()}
    return (
        cell.k == value.k
        and cell.target.casefold() == value.target.casefold()
        and value.architecture.casefold() in names
    )


def _settings(value: PublishedValue, report: StudyReport) -> list[tuple[str, str, str]]:
    """Architecture, budget and conditions of the runs that a value can stand beside."""
    if _other_numbers(report):
        return []
    rates = [rate for rate in report.rates if _is_of(value, rate) and rate.regime in ("single", "multi")]
    return list(dict.fromkeys((rate.architecture, rate.budget, rate.conditions) for rate in rates))


def _beside(
    value: PublishedValue, architecture: str, budget: str, conditions: str, report: StudyReport
) -> PublishedCell:
    place = (architecture, budget, conditions)
    rates = {
        rate.regime: rate
        for rate in report.rates
        if _is_of(value, rate) and (rate.architecture, rate.budget, rate.conditions) == place
    }
    delta = next(
        (
            cell
            for cell in report.cells
            if _is_of(value, cell)
            and cell.regime == "multi"
            and (cell.architecture, cell.budget, cell.conditions) == place
        ),
        None,
    )
    single, multi = rates.get("single"), rates.get("multi")
    return replace(
        _alone(value, report),
        budget=budget,
        conditions=conditions,
        why_alone="",
        our_single_cer=100.0 * single.cer if single else None,
        our_single_low=100.0 * single.low if single and single.low is not None else None,
        our_single_high=100.0 * single.high if single and single.high is not None else None,
        our_multi_cer=100.0 * multi.cer if multi else None,
        our_multi_low=100.0 * multi.low if multi and multi.low is not None else None,
        our_multi_high=100.0 * multi.high if multi and multi.high is not None else None,
        our_delta_pp=delta.delta_pp if delta else None,
        our_low_pp=delta.low_pp if delta else None,
        our_high_pp=delta.high_pp if delta else None,
    )


def _alone(value: PublishedValue, report: StudyReport) -> PublishedCell:
    return PublishedCell(
        target=value.target,
        architecture=value.architecture,
        k=value.k,
        source=value.source,
        remark=value.remark,
        single_cer=value.single_cer,
        multi_cer=value.multi_cer,
        delta_pp=value.delta_pp,
        why_alone=_why_alone(value, report),
    )


def _other_numbers(report: StudyReport) -> str:
    """Say why no number of a report compares with what papers print; empty where they do."""
    if report.measure != "cer":
        return "they are CERs, and ours are shown by another measure"
    if report.split != "test":
        return f"they are of test lines, and ours are shown of {report.split} lines"
    return "" if report.k_unit == "lines" else f"their K counts lines, that of the study counts {report.k_unit}"


def _why_alone(value: PublishedValue, report: StudyReport) -> str:
    if others := _other_numbers(report):
        return others
    if value.target.casefold() not in {target.casefold() for target in report.targets}:
        return f"the study has no data set {value.target}"
    names = {rate.architecture for rate in report.rates} | set(report.architectures)
    if value.architecture.casefold() not in {name.casefold() for name in names} | {
        label_of(name).casefold() for name in names
    }:
        return f"the study has no {value.architecture}"
    if value.k not in report.k_lines:
        known = ", ".join(map(str, report.k_lines))
        return f"the study has K {known}, not {ALL_LINES if value.k is None else value.k}"
    return "no such run is finished"

"""Parts of a report's page: tables, and example lines with their differences."""

import base64
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.analysis.exports.html_text import escape, isolated, tag
from workbench.analysis.lines.examples import ExampleLine, Reading
from workbench.analysis.results.report_tables import Row, Table, Value, percent
from workbench.metrics.alignment import EditKind
from workbench.text.base_direction import base_direction

LONG_WORD = 40
"""A longer one (a fingerprint) may be broken anywhere."""
MOST_HEIGHT_PX = 96
"""Of the images of lines: large enough to read, small enough for a page that is sent by mail."""

# Tables


def table(content: Table) -> str:
    """Draw a table of numbers with its notes."""
    groups = [(name, len(list(members))) for name, members in groupby(column.group for column in content.columns)]
    head = "<th></th>" + "".join(
        tag("th", isolated(name), colspan=size, scope="colgroup", class_="group") for name, size in groups
    )
    titles = tag("th", escape(content.stub), scope="col") + "".join(
        tag("th", escape(column.title), scope="col", class_="value") for column in content.columns
    )
    body: list[str] = []
    for section, rows in groupby(content.rows, key=lambda row: row.section):
        if section:
            spanned = tag("th", isolated(section), colspan=len(content.columns) + 1, scope="rowgroup")
            body.append(tag("tr", spanned, class_="section"))
        body += map(_row, rows)
    drawn = f"<thead><tr>{head}</tr><tr>{titles}</tr></thead><tbody>{''.join(body)}</tbody>"
    notes = tag("p", escape(" ".join(content.notes)), class_="note")
    title = tag("h3", escape(content.title), id=f"table-{content.name}")
    return title + tag("div", tag("table", drawn), class_="scroll", tabindex="0") + notes


def _row(row: Row) -> str:
    return tag("tr", tag("th", isolated(row.label), scope="row") + "".join(map(_value, row.values)))


def _value(value: Value) -> str:
    text = tag("strong", escape(value.text)) if value.is_best else escape(value.text)
    if value.spread:
        text += f" ± {escape(value.spread)}"
    if value.marks:
        text += tag("sup", value.marks)
    if value.low:
        text += tag("small", escape(f"{value.low} … {value.high}"))
    return tag("td", text, class_="value", title=value.why or None)


def plain_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Draw a table of texts, each isolated."""
    titles = "".join(tag("th", escape(title), scope="col") for title in head)
    body = "".join(tag("tr", "".join(map(_plain, row))) for row in rows)
    drawn = tag("table", f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody>", class_="plain")
    return tag("div", drawn, class_="scroll", tabindex="0")


def _plain(cell: object) -> str:
    longest = max((len(word) for word in str(cell).split()), default=0)
    return tag("td", isolated(cell), class_="long" if longest > LONG_WORD else None)


# Example lines

_ELEMENTS: dict[EditKind, str] = {"substitute": "mark", "insert": "ins"}
_COUNTED: tuple[tuple[EditKind, str], ...] = (("substitute", "wrong"), ("insert", "too many"), ("delete", "missing"))
MOST_MISSING = 8
"""Stretches of missing characters that are shown; of a run that reads hardly anything they say nothing."""


def example(line: ExampleLine) -> str:
    """Draw a line: where it is from, its image where there is one, reference, and what the runs read."""
    source = "".join(
        tag("span", f"{name} {isolated(value)}") for name, value in (("data set", line.target), ("line", line.line_id))
    )
    image = ""
    if line.image is not None:
        image = f'<img src="{_image(line.image)}" alt="{escape(f"Image of line {line.line_id}")}">'
    texts = _text("reference", escape(line.reference), line.language)
    texts += "".join(_reading(reading, line.language) for reading in line.readings)
    return tag("div", tag("div", source, class_="source") + image + tag("dl", texts), class_="line")


def _text(label: str, content: str, language: str, after: str = "") -> str:
    text = tag("div", content, class_="text", lang=language, dir=base_direction(language))
    return tag("dt", escape(label)) + tag("dd", text + after)


def _reading(reading: Reading, language: str) -> str:
    # Only colour and underline: anything that takes room between two letters would part what is joined.
    pieces = [
        tag(_ELEMENTS[edit.kind], escape(edit.hypothesis)) if edit.kind in _ELEMENTS else escape(edit.hypothesis)
        for edit in reading.edits
    ]
    cer = "no reference" if reading.cer is None else f"CER {percent(reading.cer)} %"
    counts = tag("div", f"{cer}{_counts(reading, language)}", class_="counts")
    return _text(reading.label, "".join(pieces), language, counts)


def _counts(reading: Reading, language: str) -> str:
    amounts: Counter[EditKind] = Counter()
    for edit in reading.edits:
        amounts[edit.kind] += edit.edits
    words = [f"{amounts[kind]:,} {word}" for kind, word in _COUNTED if amounts[kind]]
    missing = [edit.reference.replace(" ", "␣") for edit in reading.edits if edit.kind == "delete"]
    said = f": {', '.join(words)}" if words else ""
    shown = " ".join(tag("bdi", f"«{escape(text)}»", lang=language) for text in missing[:MOST_MISSING])
    more = " …" if len(missing) > MOST_MISSING else ""
    return f"{said} {shown}{more}" if missing else said


def _image(ink: NDArray[np.uint8]) -> str:
    """Line as a PNG inside the page: dark ink on white."""
    image = Image.fromarray(255 - ink)
    if image.height > MOST_HEIGHT_PX:
        width = max(1, round(image.width * MOST_HEIGHT_PX / image.height))
        image = image.resize((width, MOST_HEIGHT_PX), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"

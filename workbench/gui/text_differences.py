"""Where a hypothesis differs from its reference, drawn so that letters keep their joined forms.

The whole text is shaped and drawn as one; a difference is drawn over it a second time through a clip, never as a
piece of text of its own. Each kind has a colour *and* a mark under the text: a bar for a substitution, a caret for
an insertion, a gap for a deletion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from workbench.gui.text_rendering import ShapedText, Span
from workbench.metrics.alignment import align

DifferenceKind = Literal["substitute", "insert", "delete"]

LANE_PX = 8.0
"""Height of the strip under the ink of a line that the marks stand in."""

DOUBT_PX = 6.0
"""Height of the strip below that one in which bars tell how sure a letter was."""
NO_DOUBT = 0.02

COLOURS: dict[DifferenceKind, tuple[str, str]] = {
    "substitute": ("#B83A00", "#FF9B66"),
    "insert": ("#98306F", "#EBA6D1"),
    "delete": ("#5B4BA0", "#BDB2F5"),
}
"""On a light and on a dark ground; contrast of at least 4.5 : 1 on both. None of them stands for a language."""

WORDS: dict[DifferenceKind, str] = {"substitute": "substituted", "insert": "inserted", "delete": "missing"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of a hypothesis that is not as the reference has it; positions count characters of the hypothesis."""

    kind: DifferenceKind
    start: int
    length: int
    """0 for what is missing."""
    reference: str
    """What the reference has there; empty for an insertion."""


def differences(reference: str, hypothesis: str, wildcards: str = "") -> tuple[Difference, ...]:
    """Return what differs, in logical order; the edits are those that the CER counts, placeholders left out."""
    return tuple(
        Difference(edit.kind, edit.hypothesis_at, len(edit.hypothesis), edit.reference)
        for edit in align(reference, hypothesis, wildcards)
        if edit.kind != "equal" and edit.kind != "ignored"
    )


def within(found: Sequence[Difference], start: int, end: int, *, is_last: bool) -> tuple[Difference, ...]:
    """Return the differences of the stretch from `start` to `end`, counted from `start`.

    Something missing at `end` belongs to what follows, unless the stretch is the last.
    """
    inside: list[Difference] = []
    for one in found:
        if one.length == 0:
            if start <= one.start < end or (is_last and one.start == end):
                inside.append(Difference(one.kind, one.start - start, 0, one.reference))
            continue
        first, last = max(one.start, start), min(one.start + one.length, end)
        if first < last:
            offset = first - one.start
            part = one.reference[offset : offset + last - first]
            inside.append(Difference(one.kind, first - start, last - first, part))
    return tuple(inside)


def colour_of(kind: DifferenceKind, *, is_dark: bool) -> QColor:
    """Return the colour of a kind of difference on a light or dark ground."""
    return QColor(COLOURS[kind][is_dark])


def describe(found: Sequence[Difference]) -> str:
    """Say the differences in words, for tool tips and screen readers: '2 substituted, 1 missing'."""
    counts: dict[DifferenceKind, int] = {}
    for kind in WORDS:
        counts[kind] = sum(max(one.length, len(one.reference)) for one in found if one.kind == kind)
    return ", ".join(f"{count} {WORDS[kind]}" for kind, count in counts.items() if count) or "no differences"


def draw_differences(
    painter: QPainter, origin: QPointF, shaped: ShapedText, found: Sequence[Difference], *, is_dark: bool
) -> None:
    """Draw the differences over a text that was drawn at `origin`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for kind in COLOURS:
        places = [
            (one, span.left, span.right, span)
            for one in found
            if one.kind == kind
            for span in shaped.spans(one.start, one.length)
        ]
        if not places:
            continue
        colour = colour_of(kind, is_dark=is_dark)
        if kind != "delete":
            _colour_letters(painter, origin, shaped, [span for *_, span in places], colour)
        for one, _, _, span in places:
            _mark(painter, origin, one, span, colour)
    painter.restore()


def _colour_letters(
    painter: QPainter, origin: QPointF, shaped: ShapedText, spans: Sequence[Span], colour: QColor
) -> None:
    clip = QPainterPath()
    tint = QColor(colour)
    tint.setAlphaF(0.14)
    for span in spans:
        ink = span.line.ink
        box = QRectF(span.left, ink.top(), max(span.right - span.left, 2.0), ink.height()).translated(origin)
        painter.fillRect(box, tint)
        clip.addRect(box)
    painter.save()
    painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
    shaped.draw(painter, origin, colour)
    painter.restore()


def _mark(painter: QPainter, origin: QPointF, one: Difference, span: Span, colour: QColor) -> None:
    """Draw the mark of one difference into the strip under the ink."""
    top = origin.y() + span.line.ink.bottom() + 1.5
    left, right = origin.x() + span.left, origin.x() + max(span.right, span.left + 3)
    middle = (left + right) / 2
    pen = QPen(colour, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    match one.kind:
        case "substitute":
            painter.setPen(pen)
            painter.drawLine(QPointF(left, top + 2), QPointF(right, top + 2))
        case "insert":
            painter.setPen(QPen(colour, 1.6))
            painter.drawPolyline(
                [QPointF(middle - 3.5, top + 5.5), QPointF(middle, top), QPointF(middle + 3.5, top + 5.5)]
            )
        case "delete":
            width = 6.0 + 3.0 * (min(len(one.reference), 8) - 1)
            middle = origin.x() + span.left
            painter.setPen(QPen(colour, 1.4))
            painter.drawPolyline(
                [
                    QPointF(middle - width / 2, top),
                    QPointF(middle - width / 2, top + 5),
                    QPointF(middle + width / 2, top + 5),
                    QPointF(middle + width / 2, top),
                ]
            )
            painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(middle, top + 4), QPointF(middle, origin.y() + span.line.ink.top()))


def draw_doubts(
    painter: QPainter, origin: QPointF, shaped: ShapedText, confidences: Sequence[float], colour: QColor
) -> None:
    """Draw a bar under each letter that was not sure: the less sure, the higher; the value stands in a tool tip."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for character, confidence in enumerate(confidences):
        doubt = min(max(1.0 - confidence, 0.0), 1.0)
        if doubt < NO_DOUBT:
            continue
        high = max(doubt * (DOUBT_PX - 1), 1.0)
        for span in shaped.spans(character, 1):
            foot = origin.y() + span.line.ink.bottom() + LANE_PX + DOUBT_PX
            wide = max(span.right - span.left - 1, 2.0)
            painter.fillRect(QRectF(origin.x() + span.left + 0.5, foot - high, wide, high), colour)
    painter.restore()

"""What a colour, a line style and a mark stand for: the same in every list, chart and matrix.

Target = colour (by its language), architecture = line style, regime = weight, state of a run = mark and word.
Colour never stands alone: a name, a letter or a shape is always beside it.
"""

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap, QPolygonF

from workbench.analysis.results.comparisons import style_places
from workbench.execution.progress import ShownState
from workbench.study.grid import is_baseline

MarkState = ShownState

LANGUAGE_COLOURS = {"ar": "#0072B2", "ur": "#E69F00", "fa": "#009E73"}
"""Source: Okabe and Ito's palette, safe for colour-blind readers."""

_FURTHER_COLOURS = ("#CC79A7", "#D55E00", "#56B4E9", "#F0E442")

_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
)

STEPS_OF_A_SHARE = 32
"""A mark is 16 px wide: finer steps of what is done cannot be seen."""
MOST_STATE_ICONS = 400

FAULT_COLOUR = "#D55E00"
WARNING_COLOUR = "#E69F00"

STATE_WORDS: dict[MarkState, str] = {
    "planned": "planned",
    "queued": "queued",
    "waiting": "waiting for another run",
    "skipped": "skipped",
    "running": "running",
    "paused": "paused",
    "interrupted": "interrupted",
    "finished": "done",
    "collapsed": "collapsed",
    "failed": "failed",
    "diverged": "diverged",
}


def language_colour(language: str) -> QColor:
    """Colour of a language; further languages get the palette's other colours, always the same one."""
    known = LANGUAGE_COLOURS.get(language)
    return QColor(known or _FURTHER_COLOURS[sum(language.encode()) % len(_FURTHER_COLOURS)])


def target_colours(targets: Iterable[tuple[str, str]]) -> dict[str, QColor]:
    """Colour of each (name, language): that of its language, lighter for a second data set of the same language."""
    seen: dict[str, int] = {}
    colours: dict[str, QColor] = {}
    for name, language in targets:
        repeat = seen.get(language, 0)
        seen[language] = repeat + 1
        colours[name] = language_colour(language).lighter(100 + 35 * repeat)
    return colours


def line_styles(architectures: Iterable[str]) -> dict[str, Qt.PenStyle]:
    """Line style of each architecture: the first CRNN solid, the first CNN-only dashed, the others as they come."""
    return {name: _STYLES[place % len(_STYLES)] for name, place in style_places(architectures).items()}


def pen_width(regime: str) -> float:
    """Weight of a regime: what others are compared with thin, all others thick; in logical pixels."""
    return 1.2 if is_baseline(regime) else 2.4


def is_dark(palette: QPalette) -> bool:
    """Tell whether a palette is one of light text on a dark ground."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def muted(palette: QPalette) -> QColor:
    """Return the text colour for what is said in passing, still of contrast 4.5 : 1."""
    return _blend(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window), 0.30)


def hairline(palette: QPalette) -> QColor:
    """Return the colour of the few lines that part one thing from another."""
    return _blend(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window), 0.82)


def _blend(one: QColor, other: QColor, share: float) -> QColor:
    """Mix of two colours; `share` is the part of the second."""
    return QColor.fromRgbF(
        one.redF() * (1 - share) + other.redF() * share,
        one.greenF() * (1 - share) + other.greenF() * share,
        one.blueF() * (1 - share) + other.blueF() * share,
    )


def tabular(font: QFont) -> QFont:
    """Return the font with figures of equal width, for columns of numbers."""
    figures = QFont(font)
    figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


def emphasised(font: QFont) -> QFont:
    """Return the font as a heading uses it: heavier, not larger."""
    heading = QFont(font)
    heading.setWeight(QFont.Weight.DemiBold)
    return heading


def draw_language(painter: QPainter, rect: QRectF, language: str) -> None:
    """Draw a language's sign: its letters on its colour, in the left of `rect`."""
    side = min(rect.height(), 18.0)
    box = QRectF(rect.left(), rect.center().y() - side / 2, side * 1.35, side)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    colour = language_colour(language)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, 3, 3)
    font = emphasised(painter.font())
    font.setPixelSize(max(8, int(side * 0.62)))
    painter.setFont(font)
    painter.setPen(ink_on(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, language)
    painter.restore()


def ink_on(ground: QColor) -> QColor:
    """Black or white, whichever is read better on a ground."""
    return QColor("white") if luminance(ground) < 0.18 else QColor("black")


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 black to 1 white. *Source:* WCAG 2.1."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def language_icon(language: str) -> QIcon:
    """Return a language's sign as an icon; always the same one, as what Qt draws of an icon it keeps for a while."""
    pixmap = _clear_pixmap(QSize(24, 18))
    painter = QPainter(pixmap)
    draw_language(painter, QRectF(0, 0, 24, 18), language)
    painter.end()
    return QIcon(pixmap)


_state_icons: dict[tuple[MarkState, int, int], QIcon] = {}


def state_icon(state: MarkState, palette: QPalette, share: float = 0.0) -> QIcon:
    """Return the mark of a run's state as an icon; `share` in [0, 1] is how much of it is done."""
    step = round(share * STEPS_OF_A_SHARE)
    key = (state, palette.cacheKey(), step)
    if key not in _state_icons:
        if len(_state_icons) >= MOST_STATE_ICONS:  # those of palettes that are no longer
            _state_icons.clear()
        pixmap = _clear_pixmap(QSize(16, 16))
        painter = QPainter(pixmap)
        draw_state(painter, QRectF(0, 0, 16, 16), state, palette, step / STEPS_OF_A_SHARE)
        painter.end()
        _state_icons[key] = QIcon(pixmap)
    return _state_icons[key]


def _clear_pixmap(size: QSize) -> QPixmap:
    ratio = 2
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def draw_state(painter: QPainter, rect: QRectF, state: MarkState, palette: QPalette, share: float = 0.0) -> None:
    """Draw the mark of a run's state, as a square that fills `rect` but for a small margin."""
    box = rect.adjusted(2, 2, -2, -2)
    accent = palette.color(QPalette.ColorRole.Accent)
    fault = QColor(FAULT_COLOUR)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match state:
        case "planned":
            _outline(painter, box, muted(palette))
        case "queued":
            _outline(painter, box, muted(palette))
            painter.setBrush(muted(palette))
            painter.drawEllipse(box.center(), box.width() / 8, box.width() / 8)
        case "waiting":
            _outline(painter, box, muted(palette))
            painter.setBrush(muted(palette))
            for x in (-0.28, 0.0, 0.28):
                painter.drawEllipse(box.center() + QPointF(x * box.width(), 0), box.width() / 14, box.width() / 14)
        case "skipped":
            painter.setPen(QPen(muted(palette), 1.2, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(box, 2, 2)
            painter.drawLine(box.bottomLeft(), box.topRight())
        case "running":
            _ring(painter, box, accent, hairline(palette), share)
        case "paused":
            _ring(painter, box, accent, hairline(palette), share)
            _bars(painter, box, accent)
        case "finished":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawRoundedRect(box, 2, 2)
        case "interrupted":
            _outline(painter, box, palette.color(QPalette.ColorRole.WindowText))
            painter.drawLine(box.bottomLeft(), box.topRight())
        case "failed":
            painter.setPen(QPen(fault, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.bottomLeft(), box.topRight())
        case "diverged":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fault)
            top = QPointF(box.center().x(), box.top())
            painter.drawPolygon(QPolygonF([top, box.bottomRight(), box.bottomLeft()]))
        case "collapsed":
            _outline(painter, box, QColor(WARNING_COLOUR))
            painter.fillRect(box.adjusted(0, box.height() * 0.66, 0, 0), QColor(WARNING_COLOUR))
    painter.restore()


def _outline(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.2))
    painter.drawRoundedRect(box, 2, 2)


def _ring(painter: QPainter, box: QRectF, colour: QColor, ground: QColor, share: float) -> None:
    inner = box.adjusted(1, 1, -1, -1)
    painter.setPen(QPen(ground, 2.4))
    painter.drawEllipse(inner)
    path = QPainterPath()
    path.arcMoveTo(inner, 90)
    path.arcTo(inner, 90, -360 * min(max(share, 0.04), 1.0))
    painter.setPen(QPen(colour, 2.4))
    painter.drawPath(path)


def _bars(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.6))
    for x in (box.center().x() - 1.6, box.center().x() + 1.6):
        painter.drawLine(QPointF(x, box.center().y() - 2), QPointF(x, box.center().y() + 2))

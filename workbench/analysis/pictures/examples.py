"""Example lines as a figure: image, reference, and what the runs read with the differences marked.

Marks take no room between letters, so that what is joined stays joined, and differ in form: another character was read
(a bar below it), one too many (two bars), one is missing (a caret). Their colour says it once more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.transforms import Affine2D

from workbench.analysis.lines.examples import ExampleLine, Examples, Reading
from workbench.analysis.pictures.arabic_text import (
    BLANK_EM,
    SetToken,
    font_of,
    load_fonts,
    place_within,
    rows_of,
    set_tokens,
)
from workbench.analysis.pictures.saving import save_picture
from workbench.analysis.pictures.sheet import DOTS_PER_INCH, WIDTH_MM, Width, shortened
from workbench.errors import InputError
from workbench.metrics.alignment import Edit, EditKind
from workbench.text.base_direction import base_direction

COLOURS: dict[EditKind, str] = {"substitute": "#b3190d", "insert": "#8a5a00", "delete": "#0b57a4"}

_MM, _POINT = 1 / 25.4, 1 / 72
_TYPE, _LABEL = {"single": 8.5, "double": 10.0}, 6.2
"""Points."""
_ROW_EM: dict[str, float] = {"ur": 2.5}
_USUAL_ROW_EM = 1.75
"""Height of a row of text: Nastaliq slopes."""
_DEEP_EM: dict[str, float] = {"ur": 0.95}
_USUAL_DEEP_EM = 0.55
"""From the bottom of a row up to its baseline."""
_MARGIN_PT, _GAP_PT, _LABEL_PT, _BETWEEN_PT = 4.0, 3.0, 9.0, 9.0
_LABEL_LETTER_PT = 3.7
_ABOVE_PT = 3.0
"""Between the marks of a text and the label of the next one."""
_MOST_IMAGE_PT = 34.0


@dataclass(frozen=True)
class _Text:
    """A label with a text below it, set in rows."""

    label: str
    rows: tuple[tuple[SetToken, ...], ...]
    edits: tuple[Edit, ...]
    line: ExampleLine
    size: float
    """Of the type, points."""
    is_beside: bool
    """Label and text stand on one line."""

    @property
    def height(self) -> float:
        """Of label and text, points."""
        return len(self.rows) * _row_pt(self.line, self.size) + (0.0 if self.is_beside else _ABOVE_PT + _LABEL_PT)


def _width_of(row: Sequence[SetToken], size: float) -> float:
    return sum(token.width for token in row) + BLANK_EM * size * max(len(row) - 1, 0)


class _Board:
    """A figure in points from its top left corner."""

    def __init__(self, width_pt: float, height_pt: float) -> None:
        self.width, self.height = width_pt, height_pt
        self.figure = Figure(figsize=(width_pt * _POINT, height_pt * _POINT), facecolor="white")
        FigureCanvasAgg(self.figure)

    def at(self, left: float, top: float) -> tuple[float, float]:
        return left / self.width, 1 - top / self.height

    def points(self, left: float, top: float) -> Affine2D:
        """Take points from a place, upwards, to the figure."""
        x, y = self.at(left, top)
        return Affine2D().scale(1 / self.width, 1 / self.height).translate(x, y)

    def draw(self, token: SetToken, left: float, baseline: float) -> None:
        transform = self.points(left - token.left, baseline) + self.figure.transFigure
        self.figure.add_artist(PathPatch(token.path, transform=transform, facecolor="black", linewidth=0))

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str) -> None:
        places = [self.at(x, y) for x, y in zip(xs, ys, strict=True)]
        across, down = zip(*places, strict=True)
        self.figure.add_artist(
            Line2D(across, down, color=colour, linewidth=0.9, transform=self.figure.transFigure, solid_capstyle="butt")
        )  # fmt: skip


def draw_examples(examples: Examples, width: Width) -> Figure:
    """Draw example lines below each other.

    Raises
    ------
    InputError
        When there are none.
    """
    if not examples.lines:
        raise InputError(
            "There are no example lines to draw", "no run whose texts are at hand has finished", "Run the study first."
        )
    size = _TYPE[width]
    width_pt = WIDTH_MM[width] * _MM / _POINT
    inner = width_pt - 2 * _MARGIN_PT
    blocks = [(line, _texts(line, inner, size)) for line in examples.lines]
    heights = [_height(line, texts, inner) for line, texts in blocks]
    key_pt = 12.0
    board = _Board(width_pt, sum(heights) + _BETWEEN_PT * (len(blocks) - 1) + 2 * _MARGIN_PT + key_pt)
    top = _MARGIN_PT
    for (line, texts), height in zip(blocks, heights, strict=True):
        _draw_block(board, line, texts, top, inner)
        top += height + _BETWEEN_PT
    _draw_key(board, board.height - _MARGIN_PT - key_pt + 4)
    return board.figure


def _texts(line: ExampleLine, width_pt: float, size: float) -> list[_Text]:
    def made(label: str, text: str, edits: tuple[Edit, ...] = ()) -> _Text:
        tokens = tuple(set_tokens(text, font_of(line.language), line.language, size))
        rows = rows_of(tokens, width_pt, size)
        is_beside = len(rows) == 1 and _LABEL_LETTER_PT * len(label) + 8 + _width_of(rows[0], size) < width_pt
        label = shortened(label, int(width_pt / _LABEL_LETTER_PT))
        return _Text(label, rows, edits, line, size, is_beside)

    return [
        made("reference", line.reference),
        *(made(_about(reading), reading.hypothesis, reading.edits) for reading in line.readings),
    ]


def _about(reading: Reading) -> str:
    cer = "no reference" if reading.cer is None else f"CER {100 * reading.cer:.1f} %"
    return f"{reading.label}: {cer}"


def _row_pt(line: ExampleLine, size: float) -> float:
    return size * _ROW_EM.get(line.language, _USUAL_ROW_EM)


def _image_size(line: ExampleLine, width_pt: float) -> tuple[float, float]:
    """Width and height in points; as wide as the figure, or as high as an image may be."""
    if line.image is None:
        return 0.0, 0.0
    height, width = line.image.shape
    scale = min(width_pt / width, _MOST_IMAGE_PT / height)
    return width * scale, height * scale


def _height(line: ExampleLine, texts: list[_Text], width_pt: float) -> float:
    image = _image_size(line, width_pt)[1]
    return _LABEL_PT + (image + _GAP_PT) * (image > 0) + sum(text.height for text in texts)


def _draw_block(board: _Board, line: ExampleLine, texts: list[_Text], top: float, width_pt: float) -> None:
    is_right = base_direction(line.language) == "rtl"
    title = shortened(f"{line.target}, line {line.line_id}", int(width_pt / _LABEL_LETTER_PT))
    _label(board, _MARGIN_PT, top, title, color="black")
    top += _LABEL_PT
    if line.image is not None:
        width, height = _image_size(line, width_pt)
        left = board.width - _MARGIN_PT - width if is_right else _MARGIN_PT
        x, y = board.at(left, top + height)
        axes = board.figure.add_axes((x, y, width / board.width, height / board.height))
        axes.imshow(255 - line.image, cmap="gray", vmin=0, vmax=255, aspect="auto", interpolation="antialiased")
        axes.set_axis_off()
        top += height + _GAP_PT
    for text in texts:
        _draw_text(board, text, top, is_right=is_right)
        top += text.height


def _draw_text(board: _Board, text: _Text, top: float, *, is_right: bool) -> None:
    size, line = text.size, text.line
    row_pt, deep = _row_pt(line, size), size * _DEEP_EM.get(line.language, _USUAL_DEEP_EM)
    if text.is_beside:
        side = _MARGIN_PT if is_right else board.width - _MARGIN_PT - _LABEL_LETTER_PT * len(text.label)
        _label(board, side, top + row_pt - deep - 0.8 * _LABEL, text.label)
    else:
        _label(board, _MARGIN_PT, top + _ABOVE_PT, text.label)
        top += _ABOVE_PT + _LABEL_PT
    for row in text.rows:
        baseline = top + row_pt - deep
        for token, left in zip(row, _places(board, row, size, is_right=is_right), strict=True):
            board.draw(token, left, baseline)
            _mark(board, text, token, left, baseline)
        top += row_pt


def _label(board: _Board, left: float, top: float, content: str, **values: str) -> None:
    x, y = board.at(left, top)
    looks: dict[str, Any] = {"fontsize": _LABEL, "color": "#444444", "va": "top", "parse_math": False, **values}
    board.figure.text(x, y, content, **looks)


def _places(board: _Board, row: Sequence[SetToken], size: float, *, is_right: bool) -> list[float]:
    """Left ends of the tokens of a row."""
    found: list[float] = []
    x = board.width - _MARGIN_PT if is_right else _MARGIN_PT
    for token in row:
        found.append(x - token.width if is_right else x)
        x += (-1 if is_right else 1) * (token.width + BLANK_EM * size)
    return found


# Marks


def _mark(board: _Board, text: _Text, token: SetToken, left: float, baseline: float) -> None:
    """Mark the differences that fall into a token."""
    size, language = text.size, text.line.language
    font = font_of(text.line.language)
    down = baseline + size * (_DEEP_EM.get(language, _USUAL_DEEP_EM) - 0.14)
    for kind, first, last in _within(text.edits, token):
        begin, end = place_within(token, first, last, font, language, size)
        begin, end = left + begin, left + end
        match kind:
            case "substitute":
                board.line([begin, end], [down, down], COLOURS[kind])
            case "insert":
                board.line([begin, end], [down - 0.8, down - 0.8], COLOURS[kind])
                board.line([begin, end], [down + 0.8, down + 0.8], COLOURS[kind])
            case _:
                middle = (begin + end) / 2
                board.line(
                    [middle - 1.7, middle, middle + 1.7], [down + 1.4, down - 1.8, down + 1.4], COLOURS["delete"]
                )


def _within(edits: Sequence[Edit], token: SetToken) -> Iterator[tuple[EditKind, int, int]]:
    """Differences within a token, by the positions of their characters in it; what is missing stands before one."""
    begin, end = token.token.at, token.token.at + len(token.token.text)
    for edit in edits:
        first, last = edit.hypothesis_at, edit.hypothesis_at + len(edit.hypothesis)
        if edit.kind == "delete":
            # At a blank, what is missing belongs to the word before it.
            if begin < first <= end or (first == begin == 0):
                yield "delete", first - begin, first - begin
        elif edit.kind in ("substitute", "insert") and first < end and last > begin:
            yield edit.kind, max(first, begin) - begin, min(last, end) - begin


def _draw_key(board: _Board, top: float) -> None:
    entries: tuple[tuple[EditKind, str], ...] = (
        ("substitute", "other character"), ("insert", "one too many"), ("delete", "one missing"),
    )  # fmt: skip
    x = _MARGIN_PT
    for kind, words in entries:
        if kind == "delete":
            board.line([x + 4.3, x + 6, x + 7.7], [top + 5.4, top + 2.2, top + 5.4], COLOURS[kind])
        else:
            for down in (3.8,) if kind == "substitute" else (3.0, 4.6):
                board.line([x, x + 12], [top + down, top + down], COLOURS[kind])
        _label(board, x + 15, top, words)
        x += 15 + 3.35 * len(words) + 12


def save_examples(examples: Examples, path: Path, width: Width = "double") -> None:
    """Draw example lines into a file; see :func:`workbench.analysis.pictures.saving.save_picture`."""
    save_picture(lambda: draw_examples(examples, width), path, dots_per_inch=DOTS_PER_INCH, families=load_fonts())

"""Lines behind a class or a confusion as a table: the words around the place, with the letter marked."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from workbench.data.cache import LineCache
from workbench.gui.item_models.cells import PADDING_PX, TextCell
from workbench.gui.item_models.line_rows import IMAGE, ROOT, TEXT, LineRowsModel
from workbench.gui.letter_wording import number
from workbench.gui.meanings import is_dark
from workbench.gui.messages import plain_tooltip
from workbench.gui.text_differences import colour_of
from workbench.gui.text_rendering import ELLIPSIS

if TYPE_CHECKING:
    from workbench.analysis.letters.lines import MarkedLine

Index = QModelIndex | QPersistentModelIndex

LEFT, RIGHT, GAIN = 2, 3, 4
MARKS_ROLE = Qt.ItemDataRole.UserRole + 7
"""Places of the shown text that are marked."""
BEFORE = 22
"""Characters of the line that are shown before the first marked place, at least as many words."""
BEGIN = "… "


def excerpt(reference: str, places: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """Return the line from a few words before its first marked place on, and the places in that text."""
    first = places[0] if places else 0
    start = reference.rfind(" ", 0, max(first - BEFORE, 0)) + 1 if first > BEFORE else 0
    if start == 0:
        return reference, tuple(places)
    offset = len(BEGIN) - start
    return BEGIN + reference[start:], tuple(place + offset for place in places)


class MarkedLinesModel(LineRowsModel):
    """Lines with how often each side errs at the marked places, those first on which the right side gains most."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(("Image", "Reference", "", "", "Fewer errors"), parent)
        self._lines: tuple[MarkedLine, ...] = ()
        self._shown: list[MarkedLine] = []
        self._names = ("single", "multi")

    @property
    def total(self) -> int:
        """Lines that there are."""
        return len(self._lines)

    def show(
        self, lines: "Sequence[MarkedLine]", names: tuple[str, str], cache: LineCache | None, *, from_right: bool
    ) -> None:
        """Show the lines behind something else; `names` are those of the two sides."""
        self._show_images_of(cache, from_right=from_right)
        self._lines, self._names = tuple(lines), names
        self._arrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, LEFT, GAIN)

    def line_at(self, row: int) -> "MarkedLine | None":
        """Return the line that a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        line = self.line_at(row)
        return line.line_id if line else None

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines, in their order."""
        return (line.line_id for line in self._shown)

    def texts(self) -> Iterable[str]:
        """References of the lines."""
        return (line.reference for line in self._lines)

    def _fill(self) -> None:
        column, order = self._sorted_by
        key = _KEYS.get(column)
        is_descending = order == Qt.SortOrder.DescendingOrder
        self._shown = sorted(self._lines, key=key, reverse=is_descending) if key else list(self._lines)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._shown)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._names[section - LEFT] if section in (LEFT, RIGHT) else self._columns[section]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self._meaning(section))
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if section == IMAGE else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def _meaning(self, section: int) -> str:
        if section in (LEFT, RIGHT):
            return f"{self._names[section - LEFT]}: errors at the marked places, mean over its runs"
        if section == GAIN:
            return f"Errors that {self._names[1]} makes less than {self._names[0]} there"
        return "A bar stands under every place at which either side errs"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, the marked places, and the image where it is there already."""
        line = self.line_at(index.row()) if index.isValid() else None
        if line is None:
            return None
        column = index.column()
        if role == MARKS_ROLE:
            return excerpt(line.reference, line.places)[1] if column == TEXT else ()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(line, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(line.line_id)
            case Qt.ItemDataRole.TextAlignmentRole if column > TEXT:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(line.line_id)
            case Qt.ItemDataRole.AccessibleTextRole:
                title = self.headerData(column, Qt.Orientation.Horizontal)
                return (
                    f"{title}: {line.line_id if column == IMAGE else _text(line, column)}{_spoken_marks(line, column)}"
                )
            case _:
                return None


def _text(line: "MarkedLine", column: int) -> str | None:
    match column:
        case 1:
            return excerpt(line.reference, line.places)[0]
        case 2:
            return number(line.left)
        case 3:
            return number(line.right)
        case 4:
            return number(line.gain)
        case _:
            return None


def _spoken_marks(line: "MarkedLine", column: int) -> str:
    """Say which letters are marked: the bar is not heard."""
    if column != TEXT or not line.places:
        return ""
    return f" (marked: {', '.join(line.reference[place] for place in line.places)})"


_KEYS: "dict[int, Callable[[MarkedLine], Any]]" = {
    TEXT: lambda line: line.reference,
    LEFT: lambda line: line.left,
    RIGHT: lambda line: line.right,
    GAIN: lambda line: line.gain,
}


class MarkedTextCell(TextCell):
    """Draws a transcription with a bar and a tint at the marked places; letters keep their joined forms."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        super().paint(painter, option, index)
        marks: Sequence[int] = index.data(MARKS_ROLE) or ()
        room = QRectF(option.rect).adjusted(PADDING_PX, 1, -PADDING_PX, -1)
        origin, scale = self.placed(room, str(index.data(Qt.ItemDataRole.DisplayRole) or ""))
        shaped = self._shape(str(index.data(Qt.ItemDataRole.DisplayRole) or ""), int(room.width()))
        colour = colour_of("substitute", is_dark=is_dark(option.palette))
        painter.save()
        painter.setClipRect(option.rect)
        painter.translate(origin)
        painter.scale(scale, scale)
        shown = len(shaped.text) - shaped.text.endswith(ELLIPSIS)
        for place in marks:
            if place < shown:
                for span in shaped.spans(place, 1):
                    _mark(painter, span.left, max(span.right, span.left + 3), span.line.ink, colour)
        painter.restore()

    def placed(self, room: QRectF, text: str) -> tuple[QPointF, float]:
        """Return where the text's origin is in its cell, and how much it is shrunk; as `draw_in` has it."""
        shaped = self._shape(text, int(room.width()))
        box = shaped.box
        scale = min(1.0, room.width() / max(box.width(), 1.0), room.height() / max(box.height(), 1.0))
        above, below = self._ink or (-box.top(), box.bottom())
        baseline = room.center().y() + scale * (above - below) / 2
        baseline = min(max(baseline, room.top() - scale * box.top()), room.bottom() - scale * box.bottom())
        from_right = shaped.style.is_right_to_left
        x = room.right() - scale * box.right() if from_right else room.left() - scale * box.left()
        return QPointF(x, baseline), scale


def _mark(painter: QPainter, left: float, right: float, ink: QRectF, colour: QColor) -> None:
    tint = QColor(colour)
    tint.setAlphaF(0.22)
    painter.fillRect(QRectF(left, ink.top(), right - left, ink.height()), tint)
    painter.fillRect(QRectF(left, ink.bottom() + 0.5, right - left, 2.5), colour)

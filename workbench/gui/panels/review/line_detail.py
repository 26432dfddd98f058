"""The right of the page: the line that is looked at, what models read, and the keys."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from workbench.analysis.lines.review import LineReading, ReadLine
from workbench.data.catalog import OpenedDataset
from workbench.data.verification_log import LogRow
from workbench.gui.appearance import GRID_PX
from workbench.gui.image_conversion import ink_image
from workbench.gui.labels import MutedLabel
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.page_header import ActionButton
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import shown_name
from workbench.gui.wording import counted, percent, signed
from workbench.study.arms import short_label

LEGEND = "Under the letters: bar = substituted · caret = inserted · open box = missing · bold = nearest to the others"
LABEL_COLUMNS = 4
IMAGE_PX = 112
LEAST_READINGS_PX = 96
LEAST_LEGEND_PX = 420


def label_of(reading: LineReading, readings: Sequence[LineReading]) -> str:
    """Return a run's name among the others: beside what it trains on, only what they differ in."""
    request = reading.run.request
    others = [other.run.request for other in readings]
    parts = [short_label(request.arm)]
    if len({other.architecture for other in others}) > 1:
        parts.insert(0, request.architecture)
    if len({other.k for other in others}) > 1:
        parts.append(f"K {request.k:,}")
    if len({other.draw for other in others}) > 1:
        parts.append(f"d{request.draw}")
    if len({other.seed for other in others}) > 1:
        parts.append(f"s{request.seed}")
    if len({one.run.study for one in readings}) > 1:
        parts.append(reading.run.study)
    return " · ".join(parts)


def shown_readings(read: ReadLine | None) -> tuple[ShownReading, ...]:
    """Return the rows under the reference, best runs first."""
    if read is None:
        return ()
    nearest = read.consensus if len(read.readings) > 1 else None
    return tuple(
        ShownReading(
            label=label_of(one, read.readings),
            error_rate=percent(one.count.rate),
            text=one.prediction.hypothesis,
            is_emphasised=one is nearest,
        )
        for one in read.readings
    )


class NoteField(QLineEdit):
    """The note beside a label: Return keeps it, Escape takes back what was typed."""

    left = Signal()
    """The keys belong to the page again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self.setPlaceholderText("Note (N)")
        self.setAccessibleName("Note")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    @property
    def note(self) -> str:
        """The note as it is now: what was typed, or what was shown, to the last character."""
        return self.text() if self.isModified() else self._kept

    def show_note(self, text: str) -> None:
        """Show the note of a line; what is being typed stays where the note is the same."""
        if text != self._kept or not self.hasFocus():
            self._kept = text
            self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave with Return and Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._kept)
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.editingFinished.emit()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ReviewDetail(QWidget):
    """Shows one line; labels and steps are actions of the page.

    Parameters
    ----------
    text : TextAppearance
        How transcriptions are drawn.
    labels : sequence of QAction
        One per label, checkable, in the order of their keys.
    steps : sequence of QAction
        What is done with the line otherwise.
    """

    def __init__(
        self,
        text: TextAppearance,
        labels: Sequence[QAction],
        steps: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = text
        self._language = "ar"
        self._shown: tuple[object, ...] = ()
        self.line_id = ""
        self.name = plain_label(selectable=True)
        self.name.setFont(emphasised(self.name.font()))
        self.facts = MutedLabel()
        self.image = LineView()
        self.image.setToolTip("Ctrl and the wheel zoom, drag to move, a double click fits the width")
        self.image.setFixedHeight(IMAGE_PX)
        self.readings = ReadingsView()
        self.readings.setMinimumHeight(LEAST_READINGS_PX)
        self.legend = MutedLabel(LEGEND)
        self.note = NoteField()
        self.kept = MutedLabel()
        self.kept.setWordWrap(False)
        self.label_buttons = [ActionButton(action) for action in labels]
        self.step_buttons = [ActionButton(action) for action in steps]
        self._lay_out()
        text.changed.connect(self._restyle)

    def _lay_out(self) -> None:
        keys = QGridLayout()
        keys.setSpacing(GRID_PX // 2)
        for number, button in enumerate(self.label_buttons):
            button.setStyleSheet("text-align: left; padding: 4px 8px;")
            keys.addWidget(button, number // LABEL_COLUMNS, number % LABEL_COLUMNS)
        below = QHBoxLayout()
        below.setSpacing(GRID_PX)
        below.addWidget(self.note, 1)
        for button in self.step_buttons:
            below.addWidget(button)
        seen = QWidget()
        inside = QVBoxLayout(seen)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(GRID_PX)
        inside.addWidget(self.image)
        inside.addWidget(self.readings, 1)
        self.scrolled = QScrollArea()
        self.scrolled.setWidget(seen)
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setFrameShape(QFrame.Shape.NoFrame)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.kept)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self.scrolled, 1)
        layout.addWidget(self.legend)
        layout.addLayout(keys)
        layout.addLayout(below)
        self.setMinimumWidth(420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the legend out where the page is low: the keys stay in sight, image and readings scroll."""
        super().resizeEvent(event)
        self.legend.setVisible(event.size().height() >= LEAST_LEGEND_PX)

    def clear(self, why: str) -> None:
        """Show no line, and say why."""
        self.line_id, self._shown = "", ()
        self.name.setText("No line chosen")
        self.facts.setText(why)
        self.image.clear()
        self.note.show_note("")
        self.readings.show_readings("", (), self._text.style(self._language))

    def show_line(
        self, line_id: str, reference: str, read: ReadLine | None, language: str, opened: OpenedDataset | None
    ) -> None:
        """Show a line."""
        shown = (line_id, reference, read, language, opened)
        if shown == self._shown:
            return
        self._shown, self.line_id, self._language = shown, line_id, language
        style = self._text.style(language)
        self.name.setText(shown_name(line_id))
        self.facts.setText(_facts(reference, read))
        self._show_image(line_id, opened, from_right=style.is_right_to_left)
        wildcards = read.readings[0].run.wildcards if read else ""
        self.readings.show_readings(reference, shown_readings(read), style, wildcards)

    def show_verdict(self, row: LogRow | None) -> None:
        """Show the note of the line."""
        self.note.show_note(row.notes if row else "")

    def _show_image(self, line_id: str, opened: OpenedDataset | None, *, from_right: bool) -> None:
        if opened is None or line_id not in opened.cache:
            self.image.clear("The image is not there: the data set is not open.")
            return
        cache = opened.cache
        key = (opened.entry.name, opened.lines.fingerprint, line_id)
        self.image.load(key, lambda: ink_image(cache.image(line_id)), from_right=from_right)

    @Slot()
    def _restyle(self) -> None:
        self.readings.set_style(self._text.style(self._language))


def _facts(reference: str, read: ReadLine | None) -> str:
    said = [counted(len(reference), "character")]
    if read is None:
        return " · ".join([*said, "read by no finished run"])
    said += [f"{read.part} line", counted(len(read.readings), "reading"), f"CER {percent(read.cer)}"]
    if read.disagreement is not None:
        said.append(f"agreement against the reference {signed(100 * read.disagreement)}")
    return " · ".join(said)

"""The right of the page: one test line, its reference, and what every run made of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.data.line_marks import MAX_NOTE, LineMark
from workbench.gui.appearance import GRID_PX
from workbench.gui.image_conversion import ink_image
from workbench.gui.labels import MutedLabel
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.panels.predictions.alignment import NO_LETTER, Alignment, alignment_of
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.predictions import PredictionRow, PredictionsStore, Reading
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import shown_name
from workbench.gui.wording import architecture_label, count, counted, percent
from workbench.metrics.error_rate import EditCount
from workbench.study.arms import short_label
from workbench.study.grid import is_baseline

LEGEND = (
    "Under the letters: bar = substituted · caret = inserted · open box = missing · "
    "grey block: the higher, the less sure"
)


def label_of(reading: Reading, readings: Sequence[Reading]) -> str:
    """Return a run's name among the others: architectures, draws and seeds only where there are several."""
    request = reading.run.request
    parts = [short_label(request.arm)]
    if len({other.run.request.architecture for other in readings}) > 1:
        parts.insert(0, architecture_label(request.architecture))
    if len({other.run.request.draw for other in readings}) > 1:
        parts.append(f"d{request.draw}")
    if len({other.run.request.seed for other in readings}) > 1:
        parts.append(f"s{request.seed}")
    return " · ".join(parts)


def shown_reading(reading: Reading, readings: Sequence[Reading]) -> ShownReading:
    """Return a row of the side by side view."""
    prediction = reading.prediction
    return ShownReading(
        label=label_of(reading, readings),
        error_rate=percent(EditCount(prediction.edits, prediction.length).rate),
        text=prediction.hypothesis,
        is_emphasised=not is_baseline(reading.run.request.regime),
        confidences=prediction.char_confidences,
    )


class NoteField(QLineEdit):
    """A note about a line: kept at Return or when the field is left; Escape takes the changes back."""

    note_written = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self.setMaxLength(MAX_NOTE)
        self.setPlaceholderText("Note about this line (N)")
        self.setAccessibleName("Note about this line")
        self.editingFinished.connect(self._tell)

    def show_note(self, note: str) -> None:
        """Show what is kept; what is being typed stays."""
        is_being_typed = self.hasFocus() and self.text() != self._kept
        self._kept = note
        if not is_being_typed and self.text() != note:
            self.setText(note)

    def finish(self) -> None:
        """Keep what was typed, before another line is shown."""
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take changes back at Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._kept)
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _tell(self) -> None:
        if self.text() != self._kept:
            self._kept = self.text()
            self.note_written.emit(self._kept)


class PredictionDetail(QWidget):
    """Shows one line of the cell. One of its readings is the current one: its letters lie over the image."""

    bookmark_wanted = Signal()
    note_written = Signal(str)

    def __init__(self, lines: PredictionsStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._text = text
        self._row: PredictionRow | None = None
        self._readings: tuple[Reading, ...] = ()
        self._opened: OpenedDataset | None = None
        self._language = "ar"
        self._alignment = Alignment((), "")
        self._pointed_row = -1
        self._wants_alignment = True
        self._make_head()
        self.image = LineView()
        self.image.setToolTip("Ctrl and the wheel zoom, drag to move, a double click fits the width")
        self.image.column_pointed.connect(self._point_from_image)
        self.readings = ReadingsView()
        self.readings.character_pointed.connect(self._point_from_text)
        self.readings.row_clicked.connect(self.choose_reading)
        self.said = MutedLabel()
        self.said.setWordWrap(False)  # one line, whatever is said: nothing may move under the mouse
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.legend = MutedLabel(LEGEND)
        self._lay_out()
        text.changed.connect(self._restyle)

    def _make_head(self) -> None:
        self.name = plain_label(selectable=True)
        self.name.setFont(emphasised(self.name.font()))
        self.facts = MutedLabel()
        self.bookmark = QToolButton()
        self.bookmark.setCheckable(True)
        self.bookmark.setToolTip("Bookmark this line (B)")
        self.bookmark.setAccessibleName("Bookmark")
        self.bookmark.clicked.connect(self.bookmark_wanted)
        self.note = NoteField()
        self.note.note_written.connect(self.note_written)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID_PX)
        head.addWidget(self.name)
        head.addWidget(self.facts, 1)
        marks = QHBoxLayout()
        marks.setSpacing(GRID_PX)
        marks.addWidget(self.bookmark)
        marks.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(head)
        layout.addLayout(marks)
        layout.addWidget(self.image)
        layout.addWidget(self.said)
        layout.addWidget(self.readings, 1)
        layout.addWidget(self.legend)
        self.setMinimumWidth(380)
        self.show_mark(LineMark())

    @property
    def row(self) -> PredictionRow | None:
        """The line that is shown."""
        return self._row

    @property
    def alignment(self) -> Alignment:
        """Letters of the current reading over the image, or why there are none."""
        return self._alignment

    @property
    def shows_alignment(self) -> bool:
        """Tell whether letters are drawn over the image."""
        return self._wants_alignment

    def clear(self) -> None:
        """Show no line."""
        self.note.finish()
        self._row, self._readings = None, ()
        self.name.setText("No line chosen")
        self.facts.setText("No line passes the filters.")
        self.image.clear()
        self.show_mark(LineMark())
        self.readings.show_readings("", (), self._text.style(self._language))
        self._align()

    def show_row(
        self, row: PredictionRow, readings: Sequence[Reading], language: str, opened: OpenedDataset | None
    ) -> None:
        """Show a line with some of its readings; without its data set its image is not there."""
        shown = (row, tuple(readings))
        if shown == (self._row, self._readings) and opened is self._opened and language == self._language:
            return
        self.note.finish()
        self._opened = opened
        (self._row, self._readings), self._language = shown, language
        style = self._text.style(language)
        self.name.setText(shown_name(row.line_id, 48))
        self.facts.setText(self._facts(row, opened))
        self._show_image(row.line_id, opened, from_right=style.is_right_to_left)
        rows = [shown_reading(one, self._readings) for one in self._readings]
        self.readings.show_readings(row.reference, rows, style, row.wildcards)
        self.readings.set_current(min(self.readings.current_row or len(rows), len(rows)))
        self._align()

    def show_mark(self, mark: LineMark) -> None:
        """Show bookmark and note of the line."""
        for part in (self.bookmark, self.note):
            part.setEnabled(self._row is not None)
        self.bookmark.setChecked(mark.is_bookmarked)
        self.bookmark.setText("★" if mark.is_bookmarked else "☆")
        self.note.show_note(mark.note)

    def _facts(self, row: PredictionRow, opened: OpenedDataset | None) -> str:
        said = [counted(len(row.reference), "character"), counted(len(self._readings), "reading")]
        if opened is not None and row.line_id in opened.cache:
            height, width = opened.cache.size(row.line_id)
            said.append(f"{count(width)} × {count(height)} px")
        return " · ".join(said)

    def _show_image(self, line_id: str, opened: OpenedDataset | None, *, from_right: bool) -> None:
        if opened is None or line_id not in opened.cache:
            self.image.clear("The image is not there: the data set is not open.")
            return
        cache = opened.cache
        key = (opened.entry.name, opened.lines.fingerprint, line_id)
        self.image.load(key, lambda: ink_image(cache.image(line_id)), from_right=from_right)

    @Slot(int)
    def choose_reading(self, row: int) -> None:
        """Look at another reading: its letters come to lie over the image."""
        self.readings.set_current(row)
        self._align()

    @Slot()
    def next_reading(self) -> None:
        """Look at the next reading, after the last one at the first."""
        if self._readings:
            self.choose_reading(self.readings.current_row % len(self._readings) + 1)

    @Slot(bool)
    def show_alignment(self, wanted: bool) -> None:
        """Draw letters over the image, or leave it free."""
        self._wants_alignment = wanted
        self._align()

    def _align(self) -> None:
        self._alignment = self._alignment_of(self.readings.current_row)
        self._draw(NO_LETTER)

    def _alignment_of(self, row: int) -> Alignment:
        cache = self._opened.cache if self._opened else None
        if self._row is None or not 0 < row <= len(self._readings) or cache is None:
            return Alignment((), "")
        reading = self._readings[row - 1]
        places = self._lines.places(reading.run.run, self._row.line_id, cache)
        return alignment_of(reading.prediction, places, self.readings.readings[row - 1].label)

    def _draw(self, character: int, alignment: Alignment | None = None) -> None:
        """Draw the current reading's letters, and the one that is pointed at, which may be another reading's."""
        shown = alignment or self._alignment
        self.said.setText(shown.words(character) if self._wants_alignment or character >= 0 else "")
        self.said.setVisible(self._row is not None)
        is_wanted = bool(shown.letters) and (self._wants_alignment or character >= 0)
        style = self._text.style(self._language)
        self.image.set_overlays([shown.overlay(style, character)] if is_wanted else [])

    @Slot(object)
    def _point_from_image(self, column: float | None) -> None:
        """Find the letter of the current reading that was read nearest to a column."""
        character = NO_LETTER if column is None or not self._wants_alignment else self._alignment.nearest(column)
        self.readings.point_at(*((self.readings.current_row, character) if character >= 0 else (-1, -1)))
        self._draw(character)

    @Slot(int, int)
    def _point_from_text(self, row: int, character: int) -> None:
        """Show where a letter of any reading was read."""
        is_reading = row > 0
        self.readings.point_at(*((row, character) if is_reading else (-1, -1)))
        other = self._alignment_of(row) if is_reading and row != self.readings.current_row else None
        self._draw(character if is_reading else NO_LETTER, other)

    @Slot()
    def _restyle(self) -> None:
        self.readings.set_style(self._text.style(self._language))
        self._draw(NO_LETTER)

    @Slot()
    def copy(self) -> None:
        """Put id, reference and all readings on the clipboard, one row each, tab-separated."""
        if self._row is None:
            return
        rows = [f"{self._row.line_id}\treference\t\t{self._row.reference}"]
        rows += [
            f"{self._row.line_id}\t{shown.label}\t{shown.error_rate}\t{shown.text}" for shown in self.readings.readings
        ]
        QGuiApplication.clipboard().setText("\n".join(rows) + "\n")

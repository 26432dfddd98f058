"""The right of the page: one test line, its reference, and what every run made of it."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.gui.appearance import GRID_PX
from workbench.gui.image_conversion import ink_image
from workbench.gui.labels import MutedLabel
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.predictions import PredictionRow, Reading
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, count, counted, percent
from workbench.metrics.error_rate import EditCount
from workbench.study.arms import short_label
from workbench.study.grid import is_baseline

LEGEND = "Under the letters: bar = substituted · caret = inserted · open box = missing"


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
    )


class PredictionDetail(QWidget):
    """Shows one line of the cell."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._row: PredictionRow | None = None
        self._opened: OpenedDataset | None = None
        self._language = "ar"
        self.name = plain_label(selectable=True)
        self.name.setFont(emphasised(self.name.font()))
        self.facts = MutedLabel()
        self.image = LineView()
        self.image.setToolTip("Ctrl and the wheel zoom, drag to move, a double click fits the width")
        self.readings = ReadingsView()
        self.legend = MutedLabel(LEGEND)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        for part in (self.name, self.facts, self.image):
            layout.addWidget(part)
        layout.addWidget(self.readings, 1)
        layout.addWidget(self.legend)
        self.setMinimumWidth(380)
        text.changed.connect(self._restyle)

    @property
    def row(self) -> PredictionRow | None:
        """The line that is shown."""
        return self._row

    def clear(self) -> None:
        """Show no line."""
        self._row = None
        self.name.setText("No line chosen")
        self.facts.setText("No line passes the filters.")
        self.image.clear()
        self.readings.show_readings("", (), self._text.style(self._language))

    def show_row(self, row: PredictionRow, language: str, opened: OpenedDataset | None) -> None:
        """Show a line; without its data set its image is not there."""
        if row is self._row and opened is self._opened and language == self._language:
            return
        self._opened = opened
        self._row, self._language = row, language
        style = self._text.style(language)
        self.name.setText(row.line_id)
        self.facts.setText(self._facts(row, opened))
        self._show_image(row.line_id, opened, from_right=style.is_right_to_left)
        shown = [shown_reading(one, row.readings) for one in row.readings]
        self.readings.show_readings(row.reference, shown, style, row.wildcards)

    def _facts(self, row: PredictionRow, opened: OpenedDataset | None) -> str:
        said = [counted(len(row.reference), "character"), counted(len(row.readings), "reading")]
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

    @Slot()
    def _restyle(self) -> None:
        self.readings.set_style(self._text.style(self._language))

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

"""What does it read now? One validation line, its reference, and what the network makes of it at this step."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised, is_dark, language_icon, muted, tabular
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.panels.training.reading_track import ReadingTrack, TrackPoint
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_differences import LANE_PX, Difference, describe, differences, draw_differences
from workbench.gui.text_rendering import ShapedText, TextStyle
from workbench.gui.wording import count, percent, unbroken
from workbench.metrics.error_rate import count_characters
from workbench.runs.events import SampleRead
from workbench.runs.history import RunHistory

PADDING_PX = 8
NOTHING = "nothing"

_count = lru_cache(maxsize=4096)(count_characters)


class HypothesisView(QWidget):
    """A text in the font of its language with what differs from its reference marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._style = TextStyle("ar")
        self._found: tuple[Difference, ...] = ()
        self._shaped: ShapedText | None = None
        self._shaped_for = 0
        self.setMinimumHeight(40)

    @property
    def text(self) -> str:
        """What is shown, in logical order."""
        return self._text

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What is marked."""
        return self._found

    def show_text(self, text: str, style: TextStyle, found: tuple[Difference, ...] = ()) -> None:
        """Show another text."""
        if (text, style, found) == (self._text, self._style, self._found):
            return
        self._text, self._style, self._found = text, style, found
        self.setAccessibleName(text)
        self.setAccessibleDescription(describe(found) if found else "")
        self._shaped = None
        self._arrange()

    def _arrange(self) -> None:
        room = max(self.width() - 2 * PADDING_PX, 40)
        if self._shaped is None or room != self._shaped_for:
            self._shaped, self._shaped_for = ShapedText(self._text, self._style, wrap_px=room), room
        self.setFixedHeight(max(round(self._shaped.box.height() + LANE_PX) + PADDING_PX, 40))
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)  # pyright: ignore[reportArgumentType]
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text flush with the side that reading starts from, then the marks."""
        del event
        if self._shaped is None:
            return
        painter = QPainter(self)
        if not self._text:
            self._draw_nothing(painter)
            return
        box = self._shaped.box
        right = self.width() - PADDING_PX
        x = right - box.right() if self._style.is_right_to_left else PADDING_PX - box.left()
        origin = QPointF(x, PADDING_PX / 2 - box.top())
        self._shaped.draw(painter, origin, self.palette().color(QPalette.ColorRole.WindowText))
        draw_differences(painter, origin, self._shaped, self._found, is_dark=is_dark(self.palette()))
        painter.end()

    def _draw_nothing(self, painter: QPainter) -> None:
        painter.setPen(muted(self.palette()))
        side = Qt.AlignmentFlag.AlignRight if self._style.is_right_to_left else Qt.AlignmentFlag.AlignLeft
        place = QRectF(self.rect()).adjusted(PADDING_PX, 0, -PADDING_PX, 0)
        painter.drawText(place, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, f"({NOTHING})")
        painter.end()


class ReadingView(QWidget):
    """One of the sample lines of a run's targets: as the run read it last, or at an earlier validation."""

    def __init__(self, datasets: DatasetStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets = datasets
        self._appearance = text
        self._history: RunHistory | None = None
        self._languages: dict[str, str] = {}
        self._target = ""
        self._line = 0
        self._step: int | None = None
        self._shown: SampleRead | None = None
        self._wildcards = ""
        self._buttons = QButtonGroup(self)
        self._buttons.idClicked.connect(self._choose_target)
        self._names: tuple[str, ...] = ()
        self._row = QFlowLayout()
        self._row.setSpacing(GRID_PX // 2)
        self.image = LineView()
        self.image.setFixedHeight(92)
        self.reference = HypothesisView()
        self.hypothesis = HypothesisView()
        self.earlier = HypothesisView()
        self.caption = MutedLabel("Reference")
        self.step = plain_label(wrap=True)
        self.step.setAccessibleName("Hypothesis")
        self.before = MutedLabel()
        self.track = ReadingTrack()
        self.track.chosen.connect(self._choose_reading)
        self._lay_out()
        self._say_nothing("As soon as a run was validated, this shows what it makes of one validation line.")

    def _lay_out(self) -> None:
        heading = plain_label("What does it read now?")
        heading.setFont(emphasised(heading.font()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(heading, 1)
        top.addWidget(self._line_chooser())
        layout.addLayout(top)
        layout.addLayout(self._row)
        layout.addWidget(self.image)
        for widget in (self.caption, self.reference, self.step, self.hypothesis, self.track, self.before, self.earlier):
            layout.addWidget(widget)
        layout.addStretch(1)

    def _line_chooser(self) -> QWidget:
        self.lines = QWidget()
        self.previous_line = self._arrow(Qt.ArrowType.LeftArrow, "Line before", self._show_previous_line)
        self.next_line = self._arrow(Qt.ArrowType.RightArrow, "Next line", self._show_next_line)
        self.line_number = MutedLabel()
        self.line_number.setFont(tabular(self.line_number.font()))
        self.line_number.setWordWrap(False)
        row = QHBoxLayout(self.lines)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.previous_line, self.line_number, self.next_line):
            row.addWidget(widget)
        return self.lines

    def _arrow(self, arrow: Qt.ArrowType, words: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setArrowType(arrow)
        button.setAutoRaise(True)
        button.setAccessibleName(words)
        button.setToolTip(
            plain_tooltip(f"{words}: some validation lines of each data set are read at every validation")
        )
        button.clicked.connect(slot)
        return button

    @property
    def target(self) -> str:
        """Target whose line is shown."""
        return self._target

    @property
    def target_buttons(self) -> tuple[QToolButton, ...]:
        """One button per target of the run."""
        return tuple(button for button in self._buttons.buttons() if isinstance(button, QToolButton))

    def show_history(self, history: RunHistory | None, languages: dict[str, str], wildcards: str = "") -> None:
        """Show what a run reads.

        `languages` gives that of each of its targets, `wildcards` the placeholders that are not scored.
        """
        if history is None or self._history is None or history.run != self._history.run:
            self._step = None
        self._history = history
        self._wildcards = wildcards
        self._languages = languages
        self._offer(tuple(languages))
        self.refresh()

    def _offer(self, names: tuple[str, ...]) -> None:
        if names == self._names:
            return
        self._names = names
        for button in self._buttons.buttons():
            self._buttons.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        if self._target not in names:
            self._target = names[0] if names else ""
        for number, name in enumerate(names):
            button = QToolButton()
            button.setText(name)
            button.setIcon(language_icon(self._languages[name]))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setCheckable(True)
            button.setChecked(name == self._target)
            button.setAccessibleName(f"Line of {name}")
            self._buttons.addButton(button, number)
            self._row.addWidget(button)

    @Slot(int)
    def _choose_target(self, number: int) -> None:
        self._target = self._names[number]
        self.refresh()

    @Slot()
    def _show_next_line(self) -> None:
        self._line += 1
        self.refresh()

    @Slot()
    def _show_previous_line(self) -> None:
        self._line -= 1
        self.refresh()

    @Slot(int)
    def _choose_reading(self, number: int) -> None:
        """Look at an earlier reading; the last one is followed by those that come."""
        assert self._shown is not None
        assert self._history is not None
        readings = self._history.readings_of(self._shown.target, self._shown.line_id)
        self._step = None if number == len(readings) - 1 else readings[number].step
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the reading that is looked at of the chosen line of the chosen target."""
        samples = self._history.samples_of(self._target) if self._history else ()
        self.lines.setVisible(len(samples) > 1)
        if not samples or self._history is None:
            self._say_nothing("Not validated yet." if self._names else "No run is chosen.")
            return
        number = self._line % len(samples)
        self.line_number.setText(f"line {number + 1} of {len(samples)}")
        readings = self._history.readings_of(self._target, samples[number].line_id)
        at = next((at for at, read in enumerate(readings) if read.step == self._step), len(readings) - 1)
        self._show_line(readings[at])
        self._show_reading(readings, at)
        self._shown = readings[at]

    def _show_line(self, sample: SampleRead) -> None:
        if self._shown is None or (sample.line_id, sample.target) != (self._shown.line_id, self._shown.target):
            self._show_image(sample)
        self.reference.show_text(sample.reference, self._appearance.style(self._languages[sample.target]))
        self.caption.setText(f"Reference · {sample.line_id}")

    def _show_reading(self, readings: tuple[SampleRead, ...], at: int) -> None:
        sample = readings[at]
        latest = "" if at == len(readings) - 1 else f", the latest is {count(readings[-1].step)}"
        words = f"Read at step {count(sample.step)}{latest} · {self._mark(self.hypothesis, sample)}"
        self.step.setText(unbroken(words))
        self.track.show_points([TrackPoint(read.step, self._rate(read)) for read in readings], at)
        self._show_change(readings[: at + 1])
        self.track.setVisible(len(readings) > 1)
        for widget in (self.caption, self.reference, self.hypothesis):
            widget.show()

    def _show_change(self, readings: tuple[SampleRead, ...]) -> None:
        """Show what it read before; where that was the same, since when."""
        *earlier, now = readings
        other = next((read for read in reversed(earlier) if read.hypothesis != now.hypothesis), None)
        same_since = next((read.step for read in readings if other is None or read.step > other.step), now.step)
        self.earlier.setVisible(other is not None)
        self.before.setVisible(bool(earlier))
        words = "" if same_since == now.step else f"The same since step {count(same_since)}. "
        if other is None:
            self.before.setText(words.strip())
        else:
            said = self._mark(self.earlier, other)
            self.before.setText(words + unbroken(f"Before, at step {count(other.step)} · {said}"))

    def _mark(self, view: HypothesisView, sample: SampleRead) -> str:
        """Show a reading with its differences in a view; return its CER and the differences in words."""
        found = differences(sample.reference, sample.hypothesis, self._wildcards)
        view.show_text(sample.hypothesis, self._appearance.style(self._languages[sample.target]), found)
        if not sample.hypothesis:
            return f"CER {percent(self._rate(sample))}, {NOTHING}"
        return f"CER {percent(self._rate(sample))}, {describe(found)}"

    def _rate(self, sample: SampleRead) -> float | None:
        return _count(sample.reference, sample.hypothesis, self._wildcards).rate

    def _show_image(self, sample: SampleRead) -> None:
        opened = self._datasets.opened.get(sample.target)
        if opened is None or sample.line_id not in opened.cache.ids:
            self.image.clear("The data set of this line is not open.")
            return
        style = self._appearance.style(self._languages[sample.target])
        self.image.set_ink(opened.cache.image(sample.line_id), from_right=style.is_right_to_left)

    def _say_nothing(self, words: str) -> None:
        self._shown = None
        self.image.clear("")
        self.step.setText(words)
        texts = (self.caption, self.reference, self.hypothesis, self.before, self.earlier)
        for widget in (*texts, self.track, self.lines):
            widget.hide()

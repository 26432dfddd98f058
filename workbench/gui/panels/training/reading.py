"""What does it read now? One validation line, its reference, and what the network makes of it at this step."""

from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench import settings
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised, is_dark, language_icon
from workbench.gui.messages import plain_label
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.text_differences import LANE_PX, Difference, describe, differences, draw_differences
from workbench.gui.text_rendering import ShapedText, TextStyle
from workbench.gui.wording import count, percent
from workbench.metrics.error_rate import count_characters
from workbench.runs.events import SampleRead
from workbench.runs.history import RunHistory

PADDING_PX = 8


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
        box = self._shaped.box
        right = self.width() - PADDING_PX
        x = right - box.right() if self._style.is_right_to_left else PADDING_PX - box.left()
        origin = QPointF(x, PADDING_PX / 2 - box.top())
        self._shaped.draw(painter, origin, self.palette().color(QPalette.ColorRole.WindowText))
        draw_differences(painter, origin, self._shaped, self._found, is_dark=is_dark(self.palette()))
        painter.end()


class ReadingView(QWidget):
    """One of the sample lines of a run's targets, as the run read it last."""

    def __init__(self, datasets: DatasetStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets = datasets
        self._history: RunHistory | None = None
        self._languages: dict[str, str] = {}
        self._target = ""
        self._line = 0
        self._shown: SampleRead | None = None
        self._wildcards = ""
        heading = plain_label("What does it read now?")
        heading.setFont(emphasised(heading.font()))
        self._buttons = QButtonGroup(self)
        self._buttons.idClicked.connect(self._choose)
        self._names: tuple[str, ...] = ()
        self._row = QHBoxLayout()
        self._row.setSpacing(GRID_PX // 2)
        self.another = QToolButton()
        self.another.setText("Another line")
        self.another.setToolTip("Show another of the lines that are read at each validation")
        self.another.clicked.connect(self._show_another)
        self.image = LineView()
        self.image.setFixedHeight(92)
        self.reference = HypothesisView()
        self.hypothesis = HypothesisView()
        self.caption = MutedLabel("Reference")
        self.step = MutedLabel()
        self.step.setAccessibleName("Hypothesis")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        top = QHBoxLayout()
        top.addWidget(heading, 1)
        top.addWidget(self.another)
        layout.addLayout(top)
        layout.addLayout(self._row)
        layout.addWidget(self.image)
        for widget in (self.caption, self.reference, self.step, self.hypothesis):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._say_nothing("As soon as a run was validated, this shows what it makes of one validation line.")

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
        while self._row.count():
            self._row.takeAt(0)
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
        self._row.addStretch(1)

    @Slot(int)
    def _choose(self, number: int) -> None:
        self._target = self._names[number]
        self.refresh()

    @Slot()
    def _show_another(self) -> None:
        self._line += 1
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the latest reading of the chosen line of the chosen target."""
        samples = self._history.samples_of(self._target) if self._history else ()
        self.another.setVisible(len(samples) > 1)
        if not samples:
            self._say_nothing("Not validated yet." if self._names else "No run is chosen.")
            return
        sample = samples[self._line % len(samples)]
        if self._shown is None or sample.line_id != self._shown.line_id or sample.target != self._shown.target:
            self._show_image(sample)
        self._shown = sample
        chosen = settings.load()
        style = TextStyle(self._languages[sample.target], chosen.text_size_pt, chosen.urdu_font)
        self.reference.show_text(sample.reference, style)
        found = differences(sample.reference, sample.hypothesis, self._wildcards)
        self.hypothesis.show_text(sample.hypothesis, style, found)
        rate = count_characters(sample.reference, sample.hypothesis, self._wildcards).rate
        empty = "" if sample.hypothesis else " · nothing"
        self.caption.setText(f"Reference · {sample.line_id}")
        self.step.setText(f"Read at step {count(sample.step)} · CER {percent(rate)}{empty}")
        for widget in (self.caption, self.reference, self.hypothesis):
            widget.show()

    def _show_image(self, sample: SampleRead) -> None:
        opened = self._datasets.opened.get(sample.target)
        if opened is None or sample.line_id not in opened.cache.ids:
            self.image.clear("The data set of this line is not open.")
            return
        self.image.set_ink(opened.cache.image(sample.line_id))

    def _say_nothing(self, words: str) -> None:
        self._shown = None
        self.image.clear("")
        self.step.setText(words)
        for widget in (self.caption, self.reference, self.hypothesis):
            widget.hide()

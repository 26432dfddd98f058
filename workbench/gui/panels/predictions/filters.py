"""The filters above the lines of a cell: search, who is right, confusions, writers, marks, samples, seeds."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget
from superqt import QSearchableComboBox

from workbench.analysis.lines.reading_index import Confusion
from workbench.analysis.lines.selection import LineWish, Sample
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.predictions import choice_titles, rival_titles
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.messages import plain_tooltip
from workbench.gui.search_field import SearchField
from workbench.gui.stores.predictions import Arm
from workbench.gui.stores.shown_lines import Replicate
from workbench.gui.text_rendering import code_point, shown_name
from workbench.gui.wording import architecture_label, count, counted
from workbench.text.search import SEARCH_TIP

MAX_CHOICES = 2_000
MAX_MEASURED = 100
LIST_MARGIN_PX = 48
LEAST_BOX_PX = 88
LEFT_TO_RIGHT_MARK = "\u200e"
SAMPLES = (20, 50, 100, 200, 500)
MAX_SEED = 999_999
_MARKS = (("any mark", "any"), ("★ bookmarked", "bookmarked"), ("✎ with a note", "noted"))
_UNITS = {"writers": "writer", "pages": "page", "blocks": "block of ids"}


class PredictionFilters(QWidget):
    """What is asked for; and how many lines were found."""

    changed = Signal()
    """Another wish holds; see :attr:`wish`."""
    architecture_chosen = Signal(str)
    replicate_chosen = Signal(object)
    """A :class:`workbench.gui.stores.shown_lines.Replicate`, or None for all of them."""
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField("Search id, reference, readings; U+06CC; /…/ for a pattern", "Search in predictions")
        self.search.setToolTip(SEARCH_TIP)
        self.search.setMinimumWidth(160)
        self.search.wanted.connect(self.apply)
        self._make_choices()
        self._make_numbers()
        self._lay_out()
        self._confusions: Sequence[Confusion] = ()

    def _make_choices(self) -> None:
        self.choice = _box("Which lines", "Right: every run that is shown reads the line without an edit", 19)
        self.character = _searchable("Misread character", "Characters of the reference that a shown run misread")
        self.read_as = _searchable("Read as", "What the character was read as")
        self.cluster = _searchable("Writer or page", "")
        self.marks = _box("Marks", "Bookmarks (B) and notes (N)", 9)
        for title, key in _MARKS:
            self.marks.addItem(title, key)
        self.sample = _box("Sample", "Lines at random, in random order: what is read then was not picked", 9)
        self.sample.addItem("no sample", 0)
        for lines in SAMPLES:
            self.sample.addItem(f"{lines} at random", lines)
        self.seed = QSpinBox()
        self.seed.setAccessibleName("Seed of the sample")
        self.seed.setToolTip("The same seed draws the same lines")
        self.seed.setPrefix("seed ")
        self.seed.setRange(0, MAX_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setFixedWidth(96)
        self.seed.hide()
        self.character.currentIndexChanged.connect(self._offer_read_as)
        for box in (self.choice, self.character, self.read_as, self.cluster, self.marks, self.sample):
            box.currentIndexChanged.connect(self.apply)
            box.currentIndexChanged.connect(self._show_beginnings)
        self.seed.valueChanged.connect(self.apply)

    def _make_numbers(self) -> None:
        self.architecture = _box("Architecture whose CER is shown", "", 16)
        self.architecture.activated.connect(self._tell_architecture)
        self.replicate = _box("Seeds", "CER and readings of all seeds and draws together, or of one")
        self.replicate.activated.connect(self._tell_replicate)
        self._architecture_label = MutedLabel("CER of")
        self._architecture_label.setWordWrap(False)
        self.count = MutedLabel()
        self.count.setWordWrap(False)
        self.fault = ProblemLabel()
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("Look no further; the lines stay as they were")
        self.stop_button.clicked.connect(self.stop_wanted)
        self.stop_button.hide()
        self.reset_button = QPushButton("Show all")
        self.reset_button.setToolTip("Take every filter away")
        self.reset_button.clicked.connect(self.reset)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.search, 1)
        for part in (self.choice, self.character, self.read_as, self.cluster):
            above.addWidget(part)
        below = QHBoxLayout()
        below.addWidget(self.count)
        below.addWidget(self.stop_button)
        below.addStretch(1)
        for part in (self._architecture_label, self.architecture, self.replicate):
            below.addWidget(part)
        for part in (self.marks, self.sample, self.seed, self.reset_button):
            below.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        layout.setSpacing(GRID_PX)
        for row in (above, below):
            row.setSpacing(GRID_PX)
        layout.addLayout(above)
        layout.addWidget(self.fault)
        layout.addLayout(below)

    @property
    def wish(self) -> LineWish:
        """What is asked for; without an order."""
        choice, other = self.choice.currentData() or ("all", "")
        lines = self.sample.currentData()
        return LineWish(
            search=self.search.text(),
            choice=choice,
            other=other,
            character=_chosen(self.character),
            read_as=_chosen(self.read_as),
            cluster=_chosen(self.cluster),
            marks=self.marks.currentData(),
            sample=Sample(lines, self.seed.value()) if lines else None,
        )

    def show_wish(self, wish: LineWish) -> None:
        """Show what somebody else asked for."""
        if self.search.text().strip() != wish.search.strip():
            _quietly(self.search, lambda: self.search.setText(wish.search))
        _choose(self.choice, (wish.choice, wish.other))
        _choose(self.character, (wish.character,), _misread(wish.character or "", 0))
        self._offer_read_as()
        _choose(self.read_as, (wish.read_as,), _read_as(wish.read_as or "", 0))
        _choose(self.cluster, (wish.cluster,))
        _choose(self.marks, wish.marks)
        _choose(self.sample, wish.sample.lines if wish.sample else 0)
        if wish.sample is not None:
            _quietly(self.seed, lambda: self.seed.setValue(wish.sample.seed if wish.sample else 0))
        self.seed.setVisible(wish.sample is not None)
        self.reset_button.setEnabled(wish.has_filters)

    def offer_choices(self, arm: Arm, architectures: Sequence[str]) -> None:
        """Name the choices of lines by what is compared; further ones set the architecture against the others."""
        rows = [(title, (key, "")) for key, title in choice_titles(arm).items()]
        for other in architectures:
            if other != arm.architecture:
                rows += [(title, (key, other)) for key, title in rival_titles(arm, other).items()]
        _offer(self.choice, rows)

    def offer_confusions(self, confusions: Sequence[Confusion]) -> None:
        """Offer the characters that were misread, the most frequent first."""
        if confusions == self._confusions:
            return
        self._confusions = confusions
        times: dict[str, int] = {}
        for one in confusions:
            times[one.reference] = times.get(one.reference, 0) + one.times
        found = sorted(times.items(), key=lambda item: -item[1])
        rows = [(_misread(character, number), (character,)) for character, number in found[:MAX_CHOICES]]
        _offer(self.character, [("any character", (None,)), *rows])
        self._offer_read_as()

    @Slot()
    def _offer_read_as(self) -> None:
        asked = _chosen(self.character)
        times: dict[str, int] = {}
        for one in self._confusions:
            if asked in (None, one.reference):
                times[one.hypothesis] = times.get(one.hypothesis, 0) + one.times
        found = sorted(times.items(), key=lambda item: -item[1])
        rows = [(_read_as(character, number), (character,)) for character, number in found[:MAX_CHOICES]]
        _offer(self.read_as, [("as anything", (None,)), *rows])

    def offer_clusters(self, names: Sequence[str], unit: str) -> None:
        """Offer the writers, pages or blocks."""
        word = _UNITS.get(unit, "writer")
        rows = [(shown_name(name, 60), (name,)) for name in names[:MAX_CHOICES]]
        _offer(self.cluster, [(f"any {word}", (None,)), *rows])
        self.cluster.setEnabled(bool(names))
        self.cluster.setToolTip(
            plain_tooltip(f"Choose a {word}, or type a part of the name" if names else "Writers are not known")
        )

    def offer_architectures(self, names: Sequence[str], current: str) -> None:
        """Fill the choice of architectures."""
        _offer(self.architecture, [(architecture_label(name), name) for name in names])
        self.architecture.setCurrentIndex(self.architecture.findData(current))
        for part in (self.architecture, self._architecture_label):
            part.setVisible(len(names) > 1)

    def offer_replicates(self, found: Sequence[Replicate], current: Replicate | None) -> None:
        """Fill the choice of seeds; not there where there is but one."""
        draws = {one.draw for one in found}
        words = [(f"draw {one.draw} · " if len(draws) > 1 else "") + f"seed {one.seed}" for one in found]
        together = "all draws and seeds" if len(draws) > 1 else "all seeds"
        _offer(self.replicate, [(together, (None,)), *((word, (one,)) for word, one in zip(words, found, strict=True))])
        _choose(self.replicate, (current,))
        self.replicate.setVisible(len(found) > 1)

    def say_count(self, shown: int, total: int, wish: LineWish) -> None:
        """Say how many lines are shown."""
        said = counted(total, "line")
        if wish.sample is not None:
            said += f" · {count(shown)} at random, seed {wish.sample.seed}"
        elif shown != total:
            said += f" · {count(shown)} shown"
        self.count.setText(said)
        self.stop_button.hide()

    def say_progress(self, share: float) -> None:
        """Say how far a search is."""
        self.count.setText(f"Searching … {100 * share:.0f} %")
        self.stop_button.show()

    def say_stopped(self) -> None:
        """Say that the lines are not those that are asked for."""
        self.count.setText("Stopped: these are the lines from before.")
        self.stop_button.hide()
        self.reset_button.setEnabled(True)

    @Slot()
    def reset(self) -> None:
        """Let every line through."""
        self.show_wish(LineWish())
        self.apply()

    @Slot()
    def apply(self) -> None:
        """Let the filters hold as they are now."""
        self.search.settle()
        self.seed.setVisible(bool(self.sample.currentData()))
        self.changed.emit()

    @Slot()
    def _show_beginnings(self) -> None:
        for box in (self.character, self.read_as, self.cluster):
            _show_beginning(box)

    @Slot(int)
    def _tell_architecture(self, _number: int) -> None:
        self.architecture_chosen.emit(self.architecture.currentData())

    @Slot(int)
    def _tell_replicate(self, _number: int) -> None:
        self.replicate_chosen.emit(_chosen(self.replicate))


def _misread(character: str, times: int) -> str:
    return f"{_short(character) if character else 'inserted'} · {count(times)}"


def _read_as(character: str, times: int) -> str:
    return f"{f'as {_short(character)}' if character else 'missing'} · {count(times)}"


def _short(character: str) -> str:
    """Return a character with its number.

    The number stands first, and a mark behind the letter: else Arabic letters would turn what follows around.
    """
    return " ".join(code_point(character).split(" ")[:2]) + LEFT_TO_RIGHT_MARK


def _box(name: str, tip: str, letters: int = 0) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(plain_tooltip(tip))
    if letters:
        _keep_narrow(box, letters)
    return box


def _keep_narrow(box: QComboBox, letters: int) -> None:
    """Let a box be so wide, whatever it holds, and less in a narrow window; its list is as wide as it must be."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    box.setMinimumWidth(LEAST_BOX_PX)


def _searchable(name: str, tip: str) -> QSearchableComboBox:
    box = QSearchableComboBox()
    box.setAccessibleName(name)
    box.setToolTip(plain_tooltip(tip))
    _keep_narrow(box, 12)
    return box


def _chosen(box: QComboBox) -> Any:
    """What stands behind the chosen item: kept in tuples, as Qt takes None and empty texts for nothing chosen."""
    return (box.currentData() or (None,))[0]


def _offer(box: QComboBox, rows: Sequence[tuple[str, object]]) -> None:
    """Fill a box and keep what is chosen; nobody is told, as nobody chose."""
    if [(box.itemText(n), box.itemData(n)) for n in range(box.count())] == list(rows):
        return
    current = box.currentData()
    box.blockSignals(True)
    box.clear()
    for title, data in rows:
        box.addItem(title, data)
        if meaning := _meaning(data):
            box.setItemData(box.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(max(_place(box, current), 0))
    box.blockSignals(False)
    metrics = box.fontMetrics()
    widest = max((metrics.horizontalAdvance(title) for title, _ in rows[:MAX_MEASURED]), default=0)
    box.view().setMinimumWidth(widest + LIST_MARGIN_PX)
    _show_beginning(box)


def _meaning(data: object) -> str:
    """Name of a character that an item stands for."""
    kept = data[0] if isinstance(data, tuple) and len(data) == 1 else None  # pyright: ignore[reportUnknownVariableType]
    return plain_tooltip(code_point(kept)) if isinstance(kept, str) and len(kept) == 1 else ""


def _show_beginning(box: QComboBox) -> None:
    """Show the beginning of what is chosen where a box is also a field to type in."""
    if (field := box.lineEdit()) is not None:
        field.setCursorPosition(0)


def _choose(box: QComboBox, data: object, title: str = "") -> None:
    """Choose an item; with a title it is added where it is not there: what holds must be seen."""
    place = _place(box, data)
    if place < 0 and title:
        place = box.count()
        _quietly(box, lambda: box.addItem(title, data))
    place = max(place, 0)
    if place != box.currentIndex():
        _quietly(box, lambda: box.setCurrentIndex(place))
        _show_beginning(box)


def _place(box: QComboBox, data: object) -> int:
    return next((number for number in range(box.count()) if box.itemData(number) == data), -1)


def _quietly(widget: QWidget, do: Callable[[], object]) -> None:
    widget.blockSignals(True)
    do()
    widget.blockSignals(False)

"""How much is trained: K, draws, seeds, and the budgets that make arms equal."""

import re

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QSpinBox, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.panels.study.choice import Choice
from workbench.gui.panels.study.edits import Edits
from workbench.gui.panels.study.rows import Chips, FieldEdit, FieldRow, side_by_side
from workbench.study.epochs import are_exposures_epochs
from workbench.study.schema import Study

MAX_RANGE = 1000
CHARACTERS_PER_LINE = 60
"""Of the real data sets, roughly: what K becomes when its unit changes."""

_EQUAL_STEPS = "Equal steps: every run makes the same number of updates, so that joint training has no head start."
_EQUAL_EPOCHS = "Equal epochs: every run sees each line equally often; joint training makes {n} times the updates."
_EQUAL_EXPOSURES = "Equal exposures: every run sees each line of its target equally often. {compared}"
_SAME_AS_EPOCHS = "The same as equal epochs in this study."
_NOT_EPOCHS = "Not the same as equal epochs here: balanced sampling, and data sets of different size."
_K_UNITS = (
    ("lines", "lines", "Training lines per data set. The lines of a small K are among those of a larger one."),
    ("characters", "characters", "Characters of training text: scripts with longer lines get fewer of them."),
)


def whole_numbers(text: str, *, least: int) -> list[str]:
    """Read '100, 500' or '0-4' as numbers.

    Raises
    ------
    ValueError
        With a sentence for what is no whole number, or too small.
    """
    found: list[str] = []
    for part in re.split(r"[,;\s]+", text.strip()):
        if not part:
            continue
        bounds = re.fullmatch(r"(\d+)(?:[-–](\d*))?", part)
        if bounds is None:
            raise ValueError(f"'{part}' is not a whole number")
        first, last = int(bounds[1]), int(bounds[2] or bounds[1])
        if first < least or (bounds[2] and last < first) or last - first >= MAX_RANGE:
            raise ValueError(f"'{part}' does not work here: whole numbers from {least} on, ranges like 0-4")
        found += [str(number) for number in range(first, last + 1)]
    return found


def _from_one(text: str) -> list[str]:
    return whole_numbers(text, least=1)


def _from_zero(text: str) -> list[str]:
    return whole_numbers(text, least=0)


class Amounts(QWidget):
    """Rows about K, draws, seeds and budgets."""

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.ks = Chips(_from_one)
        self.ks.chosen.connect(self._set_ks)
        self.ks.typed.connect(self._say_ks)
        self.k_unit = Choice(_K_UNITS, "What K counts")
        self.k_unit.chosen.connect(self._set_k_unit)
        self.seeds = Chips(_from_zero, "e.g. 0-4")
        self.seeds.chosen.connect(self._set_seeds)
        self.seeds.typed.connect(self._say_seeds)
        self.draws = QSpinBox()
        self.draws.setRange(1, 100)
        self.draws.setFixedWidth(84)
        self.draws.valueChanged.connect(self._set_draws)
        self.steps, self.epochs, self.exposures = (Chips(_from_one, f"{unit} …") for unit in self._units)
        for unit, chips in self._budget_chips.items():
            chips.entry.setAccessibleName(f"Equal {unit}")
            chips.chosen.connect(self._set_budgets)
            chips.typed.connect(self._say_budgets)
        self.epochs_words, self.exposures_words = MutedLabel(), MutedLabel()
        self.rows = self._make_rows()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(self.rows["k_lines"])
        layout.addWidget(side_by_side(self.rows["draws"], self.rows["seeds"]))
        layout.addWidget(self.rows["budgets"])

    _units = ("steps", "epochs", "exposures")

    @property
    def _budget_chips(self) -> dict[str, Chips]:
        return dict(zip(self._units, (self.steps, self.epochs, self.exposures), strict=True))

    def _make_rows(self) -> dict[str, FieldRow]:
        budgets = _stacked(
            MutedLabel(_EQUAL_STEPS), self.steps, self.epochs_words, self.epochs, self.exposures_words, self.exposures
        )
        return {
            "k_lines": FieldRow("K", _stacked(self.ks, self.k_unit)).emphasise(),
            "draws": FieldRow("Draws", self.draws, "Independent samples of lines.").emphasise(),
            "seeds": FieldRow("Seeds", self.seeds, "Each begins with other weights.").emphasise(),
            "budgets": FieldRow("Budget", budgets).emphasise(),
        }

    @property
    def entries(self) -> dict[str, tuple[FieldEdit, ...]]:
        """What is typed into, by row."""
        return {
            "k_lines": (self.ks.entry,),
            "seeds": (self.seeds.entry,),
            "budgets": tuple(chips.entry for chips in self._budget_chips.values()),
        }

    def refresh(self) -> None:
        """Show the study's values."""
        study = self._edits.study
        self.ks.set_values(map(str, study.ks))
        self.k_unit.show_value(study.k_unit)
        self.seeds.set_values(map(str, study.seeds))
        self.draws.blockSignals(True)
        self.draws.setValue(study.draws)
        self.draws.blockSignals(False)
        for unit, chips in self._budget_chips.items():
            chips.set_values(str(budget.amount) for budget in study.budgets if budget.unit == unit)
        self.epochs_words.setText(_EQUAL_EPOCHS.format(n=max(len(self._edits.store.target_names), 2)))
        self.exposures_words.setText(_exposures_words(study))

    @Slot(object)
    def _set_ks(self, values: tuple[str, ...]) -> None:
        is_characters = self._edits.study.k_unit == "characters"
        if is_characters and not values:  # an empty list would mean K lines
            self._edits.refuse("k_lines", "At least one is needed")
            return
        self._edits.edit(**{"k_characters" if is_characters else "k_lines": sorted(map(int, values))})

    @Slot(str)
    def _set_k_unit(self, unit: str) -> None:
        if unit != self._edits.study.k_unit:
            ks = self._edits.study.k_lines if unit == "characters" else ()
            self._edits.edit(k_characters=[CHARACTERS_PER_LINE * k for k in ks])

    @Slot(object)
    def _set_seeds(self, values: tuple[str, ...]) -> None:
        self._edits.edit(seeds=sorted(map(int, values)))

    @Slot(int)
    def _set_draws(self, draws: int) -> None:
        self._edits.edit(draws=draws)

    @Slot(object)
    def _set_budgets(self, values: tuple[str, ...]) -> None:
        sender = self.sender()
        self._edits.edit(
            budgets=[
                f"{amount} {unit}"
                for unit, chips in self._budget_chips.items()
                for amount in (values if chips is sender else chips.values)
            ]
        )

    @Slot(str)
    def _say_ks(self, problem: str) -> None:
        self.rows["k_lines"].say(problem)

    @Slot(str)
    def _say_seeds(self, problem: str) -> None:
        self.rows["seeds"].say(problem)

    @Slot(str)
    def _say_budgets(self, problem: str) -> None:
        self.rows["budgets"].say(problem)


def _exposures_words(study: Study) -> str:
    return _EQUAL_EXPOSURES.format(compared=_SAME_AS_EPOCHS if are_exposures_epochs(study) else _NOT_EPOCHS)


def _stacked(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID_PX // 2)
    for widget in widgets:
        layout.addWidget(widget)
    return whole

"""The left of the page: what to compare, each part explained in a line and checked as it is typed."""

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from workbench import resource_files
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import language_icon
from workbench.gui.panels.study.list_rows import ExclusionLists
from workbench.gui.panels.study.rows import CheckList, Chips, FieldEdit, FieldRow, Fold, Option
from workbench.gui.panels.study.schema_fields import SchemaField, SchemaSection
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import counted, language_name
from workbench.models.registry import ARCHITECTURES
from workbench.study.schema import Placeholders, Preprocessing, Study, Training
from workbench.text import normalize

FORM_WIDTH_PX = 404
MAX_RANGE = 1000

_REGIMES = (
    Option("single", "Single-script", "One run per data set, on K lines of it alone."),
    Option("multi", "Multi-script", "One run on K lines of every data set; of each the lines that its single run has."),
)
_EQUAL_STEPS = "Equal steps: every run makes the same number of updates, so that joint training has no head start."
_EQUAL_EPOCHS = "Equal epochs: every run sees each line equally often; joint training makes {n} times the updates."
_SELECTIONS = (
    ("last", "last step", "Tables first show the weights after the last step."),
    ("best", "best step", "Tables first show, per target, the step with the lowest validation CER."),
)
_PLACEHOLDERS = (
    ("keep", "keep", "Learnt and scored like any other character, as published."),
    (
        "drop_line",
        "drop training lines",
        "Training lines that hold one are left out before lines are drawn; in test lines it matches anything.",
    ),
    (
        "wildcard",
        "not scored",
        "Learnt, but not scored: in a reference it matches anything, in a reading it is ignored.",
    ),
)
_SPLITS = (
    ("official", "official parts", "The data set's own parts; missing ones are carved out."),
    ("writers", "new, by writer", "Parts are drawn anew; no writer is in two of them."),
    ("forms", "new, by form", "No form (KHATT: AHTD3A####, one writer) is in two parts."),
    ("paragraphs", "new, by paragraph", "No paragraph (KHATT: AHTD3A####_Para#) is in two parts; writers may be."),
    ("pages", "new, by page", "No page is in two parts; writers may be."),
    ("blocks", "new, in blocks of ids", "Stretches of neighbouring ids, where no writers are known (NUST-UHWR)."),
)
_K_UNITS = (
    ("lines", "lines", "Training lines per data set. The lines of a small K are among those of a larger one."),
    ("characters", "characters", "Characters of training text: scripts with longer lines get fewer of them."),
)
_STRATA = (
    ("none", "plain draws", "Every line is as likely."),
    ("writers", "writers take turns", "K lines come from as many writers as possible; still nested in K."),
)
_UNDECIDED = (
    ("report", "report it", "What train and test share is said in plan and report."),
    ("refuse", "refuse to start", "Nothing trains before each finding is excluded or accepted (Data page, Leakage)."),
)
CHARACTERS_PER_LINE = 60
"""Of the real data sets, roughly: what K becomes when its unit changes."""

_ROW_OF = {
    "k_characters": "k_lines",
    "split_seed": "parts",
    "folds": "parts",
    "fold": "parts",
    "leakage": "undecided",
}
"""Row beside which the message about a field stands, where it is not the row of its own name."""


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


class Choice(QWidget):
    """One of a few values, each explained while it is chosen."""

    chosen = Signal(str)

    def __init__(self, options: tuple[tuple[str, str, str], ...], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox()
        self.box.setAccessibleName(name)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        for key, title, _ in options:
            self.box.addItem(title, key)
        self._explanations = {key: explanation for key, _, explanation in options}
        self._words = MutedLabel()
        self.box.activated.connect(self._tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.box)
        layout.addWidget(self._words)

    def show_value(self, key: str) -> None:
        """Show the value that holds."""
        self.box.setCurrentIndex(self.box.findData(key))
        self._words.setText(self._explanations[key])

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.box.currentData())


class StudyForm(QScrollArea):
    """Edits the study of a store; shows the store's messages beside the fields that they are about."""

    def __init__(self, study: StudyStore, datasets: DatasetStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._datasets = datasets
        self.rows: dict[str, FieldRow] = {}
        self._refused: dict[str, str] = {}
        self._shown: Study | None = None
        self._make_editors()
        self._entries = {
            "name": (self.name,),
            "k_lines": (self.ks.entry,),
            "seeds": (self.seeds.entry,),
            "budgets": (self.steps.entry, self.epochs.entry),
        }
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        for widget in self._arranged():
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(FORM_WIDTH_PX - 64)
        self.setAccessibleName("What to compare")
        study.changed.connect(self.refresh)
        datasets.changed.connect(self.refresh)
        self.refresh()

    def _make_editors(self) -> None:
        self.name = FieldEdit()
        self.name.committed.connect(self._set_name)
        self.name.typed.connect(self._check_name)
        self.preset = QComboBox()
        for name in resource_files.study_files():
            self.preset.addItem(name, name)
        self.preset.activated.connect(self._load_preset)
        self.targets = CheckList()
        self.targets.chosen.connect(self._set_targets)
        self.architectures = CheckList()
        self.architectures.set_options([Option(a.name, a.label, a.explanation) for a in ARCHITECTURES.values()])
        self.architectures.chosen.connect(self._set_architectures)
        self.regimes = CheckList()
        self.regimes.set_options(_REGIMES)
        self.regimes.chosen.connect(self._set_regimes)
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
        self.steps = Chips(_from_one, "steps …")
        self.epochs = Chips(_from_one, "epochs …")
        for chips in (self.steps, self.epochs):
            chips.chosen.connect(self._set_budgets)
            chips.typed.connect(self._say_budgets)
        self.selection = Choice(_SELECTIONS, "Weights")
        self.selection.chosen.connect(self._set_selection)
        self.split = Choice(_SPLITS, "Parts of the data")
        self.split.chosen.connect(self._set_split)
        self.stratify = Choice(_STRATA, "How lines are drawn")
        self.stratify.chosen.connect(self._set_stratify)
        self.split_seed = self._number(0, 99_999, "Seed of the parts", self._set_split_seed)
        self.folds = self._number(1, 100, "Folds", self._set_folds)
        self.fold = self._number(1, 100, "Fold that is the test part", self._set_fold)
        self.undecided = Choice(_UNDECIDED, "Undecided leakage")
        self.undecided.chosen.connect(self._set_undecided)
        self.lists = ExclusionLists(self._study)
        self.normalisation = CheckList()
        self.normalisation.set_options(
            [Option(name, name.replace("_", " "), words) for name, words in normalize.EXPLANATIONS.items()]
        )
        self.normalisation.chosen.connect(self._set_normalisation)
        self.step_order = MutedLabel()
        self.placeholders = Choice(_PLACEHOLDERS, "Placeholders")
        self.placeholders.chosen.connect(self._set_placeholder_policy)
        self.placeholder_characters = SchemaField(self._study, "placeholders", "characters", Placeholders)
        self.preprocessing = SchemaSection(self._study, "preprocessing", Preprocessing)
        self.training = SchemaSection(self._study, "training", Training)

    def _number(self, least: int, most: int, name: str, slot: Callable[[int], None]) -> QSpinBox:
        box = QSpinBox()
        box.setPrefix(f"{name.split()[0].lower()} ")
        box.setRange(least, most)
        box.setMinimumWidth(84)  # three beside each other; the largest number need not be seen whole
        box.setAccessibleName(name)
        box.valueChanged.connect(slot)
        return box

    def _parts_rows(self) -> QWidget:
        """Rows about parts and draws that most studies leave as they are."""
        rows = self.rows
        rows["parts"] = FieldRow(
            "Seed, folds, fold",
            _side_by_side(self.split_seed, self.folds, self.fold),
            "Another seed draws other parts. With 2 folds or more, each is the test part of one study: fold 1, 2, …",
        )
        rows["stratify"] = FieldRow("How lines are drawn", self.stratify)
        rows["undecided"] = FieldRow("What train and test share, undecided", self.undecided)
        rows["target_rules"] = FieldRow("Lists of lines to leave out", self.lists)
        folded = QWidget()
        inner = QVBoxLayout(folded)
        inner.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        inner.setSpacing(GRID_PX + GRID_PX // 2)
        for key in ("parts", "stratify", "undecided", "target_rules"):
            inner.addWidget(rows[key])
        return folded

    def _arranged(self) -> list[QWidget]:
        self._epochs_words = MutedLabel()
        budgets = QWidget()
        layout = QVBoxLayout(budgets)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for widget in (MutedLabel(_EQUAL_STEPS), self.steps, self._epochs_words, self.epochs):
            layout.addWidget(widget)
        self.steps.entry.setAccessibleName("Equal steps")
        self.epochs.entry.setAccessibleName("Equal epochs")
        normalisation = FieldRow("Steps before training and scoring, in the order ticked", self.normalisation)
        placeholders = FieldRow("Signs for an illegible piece", self.placeholders)
        folded = QWidget()
        inner = QVBoxLayout(folded)
        inner.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        inner.setSpacing(GRID_PX + GRID_PX // 2)
        for widget in (placeholders, self.placeholder_characters, self.step_order, normalisation):
            inner.addWidget(widget)
        self.text_fold = Fold("Text: placeholders and normalisation", folded)
        rows = self.rows
        rows["name"] = FieldRow("Name", self.name)
        rows["preset"] = FieldRow("Preset", self.preset, "Takes over the rules of a ready study; the data sets stay.")
        rows["targets"] = FieldRow("Data sets", self.targets)
        rows["architectures"] = FieldRow("Architectures", self.architectures)
        rows["regimes"] = FieldRow("Regimes", self.regimes)
        amounts = QWidget()
        stacked = QVBoxLayout(amounts)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(GRID_PX // 2)
        stacked.addWidget(self.ks)
        stacked.addWidget(self.k_unit)
        rows["k_lines"] = FieldRow("K", amounts)
        rows["draws"] = FieldRow("Draws", self.draws, "Independent samples of lines.")
        rows["seeds"] = FieldRow("Seeds", self.seeds, "Each begins with other weights.")
        rows["budgets"] = FieldRow("Budget", budgets)
        rows["selection"] = FieldRow("Weights", self.selection)
        rows["split"] = FieldRow("Parts of the data", self.split)
        rows["normalisation"] = normalisation
        rows["placeholders"] = placeholders
        for key, row in rows.items():
            if key not in ("normalisation", "placeholders"):
                row.emphasise()
        parts = self._parts_rows()
        return [
            _side_by_side(rows["name"], rows["preset"]),
            rows["targets"],
            rows["architectures"],
            rows["regimes"],
            rows["k_lines"],
            _side_by_side(rows["draws"], rows["seeds"]),
            rows["budgets"],
            _side_by_side(rows["selection"], rows["split"]),
            Fold("Parts, draws and excluded lines", parts),
            self.text_fold,
            Fold("Preprocessing", self.preprocessing),
            Fold("Training", self.training),
        ]

    @Slot()
    def refresh(self) -> None:
        """Show the study as it is, and what is wrong with the latest edits."""
        study = self._study.study
        if study is not self._shown:
            self._shown = study
            self._refused.clear()
        if not self.name.is_typing and "name" not in self._study.problems:
            self.name.reset(study.name)
        self.preset.setCurrentIndex(self.preset.findData(study.preset))
        self._offer_targets()
        self.architectures.set_checked(study.architectures)
        self.regimes.set_checked(study.regimes)
        self.ks.set_values(map(str, study.ks))
        self.k_unit.show_value(study.k_unit)
        self.seeds.set_values(map(str, study.seeds))
        self.fold.setMaximum(max(study.folds, 1))
        for box, value in (
            (self.draws, study.draws),
            (self.split_seed, study.split_seed),
            (self.folds, study.folds),
            (self.fold, study.fold),
        ):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.folds.setEnabled(study.split != "official")
        self.fold.setEnabled(study.folds > 1)
        self.stratify.show_value(study.stratify)
        self.undecided.show_value(study.leakage.undecided)
        self.lists.refresh()
        self.steps.set_values(str(budget.amount) for budget in study.budgets if budget.unit == "steps")
        self.epochs.set_values(str(budget.amount) for budget in study.budgets if budget.unit == "epochs")
        self.selection.show_value(study.selection)
        self.split.show_value(study.split)
        self.normalisation.set_checked(study.normalisation)
        self.step_order.setText(_order_text(study.normalisation))
        self.placeholders.show_value(study.placeholders.policy)
        self.placeholder_characters.refresh()
        self.preprocessing.refresh()
        self.training.refresh()
        self._show_problems()

    def _offer_targets(self) -> None:
        names = self._study.target_names
        self._epochs_words.setText(_EQUAL_EPOCHS.format(n=max(len(names), 2)))
        self.targets.set_options([self._option(entry.name) for entry in self._datasets.entries])
        self.targets.set_checked(names)

    def _option(self, name: str) -> Option:
        entry = self._datasets.entry(name)
        assert entry is not None
        opened = self._datasets.opened.get(name)
        facts = [language_name(entry.language)]
        if opened:
            facts.append(counted(len(opened.lines.lines), "line"))
        elif name in self._datasets.faults:
            facts.append(str(self._datasets.faults[name].what))
        if entry.is_synthetic:
            facts.append("synthetic")
        return Option(name, f"{name}   {' · '.join(facts)}", "", language_icon(entry.language))

    def _show_problems(self) -> None:
        for key, row in self.rows.items():
            if not any(entry.is_typing for entry in self._entries.get(key, ())):
                row.say(self._study.problems.get(key, "") or self._refused.get(key, ""))

    def _edit(self, **change: object) -> None:
        """Change a field whose editor shows only values that hold: what cannot be is taken back, and said why."""
        key = next(iter(change))
        key = _ROW_OF.get(key, key)
        if problems := self._study.check(**change):
            self._refuse(key, next(iter(problems.values())))
        else:
            self._refused.pop(key, None)
            self._study.edit(**change)

    def _refuse(self, key: str, problem: str) -> None:
        self._refused[key] = problem
        self.refresh()

    @Slot()
    def _load_preset(self) -> None:
        self._study.load_preset(self.preset.currentData())

    @Slot(str)
    def _set_name(self, name: str) -> None:
        self._study.edit(name=name)

    @Slot(str)
    def _check_name(self, name: str) -> None:
        self.rows["name"].say(self._study.check(name=name).get("name", ""))

    @Slot(object)
    def _set_targets(self, names: tuple[str, ...]) -> None:
        if not names:  # an empty list would mean all of them
            self._refuse("targets", "At least one is needed")
            return
        self._edit(targets=names)

    @Slot(object)
    def _set_architectures(self, names: tuple[str, ...]) -> None:
        self._edit(architectures=names)

    @Slot(object)
    def _set_regimes(self, names: tuple[str, ...]) -> None:
        self._edit(regimes=tuple(option.key for option in _REGIMES if option.key in names))

    @Slot(object)
    def _set_ks(self, values: tuple[str, ...]) -> None:
        is_characters = self._study.study.k_unit == "characters"
        if is_characters and not values:  # an empty list would mean K lines
            self._refuse("k_lines", "At least one is needed")
            return
        self._edit(**{"k_characters" if is_characters else "k_lines": sorted(map(int, values))})

    @Slot(str)
    def _set_k_unit(self, unit: str) -> None:
        if unit != self._study.study.k_unit:
            ks = self._study.study.k_lines if unit == "characters" else ()
            self._edit(k_characters=[CHARACTERS_PER_LINE * k for k in ks])

    @Slot(object)
    def _set_seeds(self, values: tuple[str, ...]) -> None:
        self._edit(seeds=sorted(map(int, values)))

    @Slot(int)
    def _set_draws(self, draws: int) -> None:
        self._edit(draws=draws)

    @Slot(object)
    def _set_budgets(self, values: tuple[str, ...]) -> None:
        steps = values if self.sender() is self.steps else self.steps.values
        epochs = values if self.sender() is self.epochs else self.epochs.values
        self._edit(budgets=[*(f"{n} steps" for n in steps), *(f"{n} epochs" for n in epochs)])

    @Slot(str)
    def _set_selection(self, selection: str) -> None:
        self._edit(selection=selection)

    @Slot(str)
    def _set_split(self, split: str) -> None:
        folds = {"folds": 1, "fold": 1} if split == "official" else {}
        self._edit(split=split, **folds)

    @Slot(str)
    def _set_stratify(self, stratify: str) -> None:
        self._edit(stratify=stratify)

    @Slot(int)
    def _set_split_seed(self, seed: int) -> None:
        self._edit(split_seed=seed)

    @Slot(int)
    def _set_folds(self, folds: int) -> None:
        self._edit(folds=folds, fold=min(self._study.study.fold, folds))

    @Slot(int)
    def _set_fold(self, fold: int) -> None:
        self._edit(fold=fold)

    @Slot(str)
    def _set_undecided(self, undecided: str) -> None:
        self._edit(leakage={"undecided": undecided})

    @Slot(object)
    def _set_normalisation(self, names: tuple[str, ...]) -> None:
        self._edit(normalisation=names)

    @Slot(str)
    def _set_placeholder_policy(self, policy: str) -> None:
        self._edit(placeholders={"policy": policy})

    @Slot(str)
    def _say_ks(self, problem: str) -> None:
        self.rows["k_lines"].say(problem)

    @Slot(str)
    def _say_seeds(self, problem: str) -> None:
        self.rows["seeds"].say(problem)

    @Slot(str)
    def _say_budgets(self, problem: str) -> None:
        self.rows["budgets"].say(problem)


def _order_text(steps: tuple[str, ...]) -> str:
    """Say in which order the steps are applied."""
    if not steps:
        return "No normalisation: texts are trained and scored as they are stored."
    return "Normalised by: " + " → ".join(step.replace("_", " ") for step in steps)


def _side_by_side(*rows: QWidget) -> QWidget:
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * GRID_PX)
    for row in rows:
        layout.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
    return both

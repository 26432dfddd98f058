"""Which lines there are to draw from: parts, draws, and lines that are left out."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QSpinBox, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.panels.study.choice import Choice
from workbench.gui.panels.study.edits import Edits
from workbench.gui.panels.study.list_rows import ExclusionLists
from workbench.gui.panels.study.rows import FieldRow, side_by_side

_SPLITS = (
    ("official", "official parts", "The data set's own parts; missing ones are carved out."),
    ("writers", "new, by writer", "Parts are drawn anew; no writer is in two of them."),
    ("forms", "new, by form", "No form (KHATT: AHTD3A####, one writer) is in two parts."),
    ("paragraphs", "new, by paragraph", "No paragraph (KHATT: AHTD3A####_Para#) is in two parts; writers may be."),
    ("pages", "new, by page", "No page is in two parts; writers may be."),
    ("blocks", "new, in blocks of ids", "Stretches of neighbouring ids, where no writers are known (NUST-UHWR)."),
)
_STRATA = (
    ("none", "plain draws", "Every line is as likely."),
    ("writers", "writers take turns", "K lines come from as many writers as possible; still nested in K."),
)
_PARTS_WORDS = "Another seed draws other parts. With 2 folds or more, each is the test part of one study: fold 1, 2, …"
_UNDECIDED = (
    ("report", "report it", "What train and test share is said in plan and report."),
    ("refuse", "refuse to start", "Nothing trains before each finding is excluded or accepted (Data page, Leakage)."),
)


class PartsSection(QWidget):
    """Rows about parts and draws that most studies leave as they are; `rows["split"]` stands outside."""

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.split = Choice(_SPLITS, "Parts of the data")
        self.split.chosen.connect(self._set_split)
        self.stratify = Choice(_STRATA, "How lines are drawn")
        self.stratify.chosen.connect(self._set_stratify)
        self.split_seed = self._number(0, 99_999, "Seed of the parts", self._set_split_seed)
        self.folds = self._number(1, 100, "Folds", self._set_folds)
        self.fold = self._number(1, 100, "Fold that is the test part", self._set_fold)
        self.undecided = Choice(_UNDECIDED, "Undecided leakage")
        self.undecided.chosen.connect(self._set_undecided)
        self.lists = ExclusionLists(edits.store)
        self.rows = {
            "split": FieldRow("Parts of the data", self.split).emphasise(),
            "parts": FieldRow(
                "Seed, folds, fold",
                side_by_side(self.split_seed, self.folds, self.fold),
                _PARTS_WORDS,
            ),
            "stratify": FieldRow("How lines are drawn", self.stratify),
            "undecided": FieldRow("What train and test share, undecided", self.undecided),
            "target_rules": FieldRow("Lists of lines to leave out", self.lists),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        layout.setSpacing(GRID_PX + GRID_PX // 2)
        for key in ("parts", "stratify", "undecided", "target_rules"):
            layout.addWidget(self.rows[key])

    def _number(self, least: int, most: int, name: str, slot: Callable[[int], None]) -> QSpinBox:
        box = QSpinBox()
        box.setPrefix(f"{name.split()[0].lower()} ")
        box.setRange(least, most)
        box.setMinimumWidth(84)  # three beside each other; the largest number need not be seen whole
        box.setAccessibleName(name)
        box.valueChanged.connect(slot)
        return box

    def refresh(self) -> None:
        """Show the study's values."""
        study = self._edits.study
        self.fold.setMaximum(max(study.folds, 1))
        for box, value in ((self.split_seed, study.split_seed), (self.folds, study.folds), (self.fold, study.fold)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.folds.setEnabled(study.split != "official")
        self.fold.setEnabled(study.folds > 1)
        self.split.show_value(study.split)
        self.stratify.show_value(study.stratify)
        self.undecided.show_value(study.leakage.undecided)
        self.lists.refresh()

    @Slot(str)
    def _set_split(self, split: str) -> None:
        folds = {"folds": 1, "fold": 1} if split == "official" else {}
        self._edits.edit(split=split, **folds)

    @Slot(str)
    def _set_stratify(self, stratify: str) -> None:
        self._edits.edit(stratify=stratify)

    @Slot(int)
    def _set_split_seed(self, seed: int) -> None:
        self._edits.edit(split_seed=seed)

    @Slot(int)
    def _set_folds(self, folds: int) -> None:
        self._edits.edit(folds=folds, fold=min(self._edits.study.fold, folds))

    @Slot(int)
    def _set_fold(self, fold: int) -> None:
        self._edits.edit(fold=fold)

    @Slot(str)
    def _set_undecided(self, undecided: str) -> None:
        self._edits.edit(leakage={"undecided": undecided})

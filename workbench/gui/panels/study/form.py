"""The left of the page: what to compare, each part explained in a line and checked as it is typed."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from workbench import resource_files
from workbench.gui.appearance import GRID_PX
from workbench.gui.meanings import language_icon
from workbench.gui.panels.study.amounts import Amounts
from workbench.gui.panels.study.arms import Arms
from workbench.gui.panels.study.choice import Choice
from workbench.gui.panels.study.edits import Edits
from workbench.gui.panels.study.parts import PartsSection
from workbench.gui.panels.study.rows import CheckList, FieldEdit, FieldRow, Fold, Option, side_by_side
from workbench.gui.panels.study.schema_fields import SchemaSection
from workbench.gui.panels.study.texts import TextSection
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import counted, language_name
from workbench.study.schema import Preprocessing, Study, Training

FORM_WIDTH_PX = 404

_SELECTIONS = (
    ("last", "last step", "Tables first show the weights after the last step."),
    ("best", "best step", "Tables first show, per target, the step with the lowest validation CER."),
)


class StudyForm(QScrollArea):
    """Edits the study of a store; shows the store's messages beside the fields that they are about."""

    def __init__(self, study: StudyStore, datasets: DatasetStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._datasets = datasets
        self._edits = Edits(study, self)
        self._shown: Study | None = None
        self._make_editors()
        self.rows = self._make_rows()
        self._entries = {"name": (self.name,), **self.amounts.entries}
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
        self._edits.refused.connect(self.refresh)
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
        self.arms = Arms(self._edits)
        self.amounts = Amounts(self._edits)
        self.selection = Choice(_SELECTIONS, "Weights")
        self.selection.chosen.connect(self._set_selection)
        self.parts = PartsSection(self._edits)
        self.texts = TextSection(self._edits)
        self.preprocessing = SchemaSection(self._study, "preprocessing", Preprocessing)
        self.training = SchemaSection(self._study, "training", Training)
        self._sections = (self.arms, self.amounts, self.parts, self.texts, self.preprocessing, self.training)

    def _make_rows(self) -> dict[str, FieldRow]:
        preset = "Takes over the rules of a ready study; the data sets stay."
        own = {
            "name": FieldRow("Name", self.name),
            "preset": FieldRow("Preset", self.preset, preset),
            "targets": FieldRow("Data sets", self.targets),
            "selection": FieldRow("Weights", self.selection),
        }
        for row in own.values():
            row.emphasise()
        return {**own, **self.arms.rows, **self.amounts.rows, **self.parts.rows, **self.texts.rows}

    def _arranged(self) -> list[QWidget]:
        rows = self.rows
        self.text_fold = Fold("Text: placeholders and normalisation", self.texts)
        return [
            side_by_side(rows["name"], rows["preset"]),
            rows["targets"],
            self.arms,
            self.amounts,
            side_by_side(rows["selection"], rows["split"]),
            Fold("Parts, draws and excluded lines", self.parts),
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
            self._edits.forget()
        if not self.name.is_typing and "name" not in self._study.problems:
            self.name.reset(study.name)
        self.preset.setCurrentIndex(self.preset.findData(study.preset))
        self._offer_targets()
        self.selection.show_value(study.selection)
        for section in self._sections:
            section.refresh()
        self._show_problems()

    def _offer_targets(self) -> None:
        self.targets.set_options([self._option(entry.name) for entry in self._datasets.entries])
        self.targets.set_checked(self._study.target_names)

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
        lasting = self.arms.problems
        for key, row in self.rows.items():
            if not any(entry.is_typing for entry in self._entries.get(key, ())):
                row.say(self._edits.problem(key) or lasting.get(key, ""))

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
            self._edits.refuse("targets", "At least one is needed")
            return
        self._edits.edit(targets=names)

    @Slot(str)
    def _set_selection(self, selection: str) -> None:
        self._edits.edit(selection=selection)

"""Lists of lines to leave out, per data set: which files, and whether they hold for the test part too."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.stores.study import StudyStore
from workbench.study.schema import TargetRules

_FILTER = "Lists of ids and verification logs (*.txt *.csv);;All files (*)"
_EXPLANATION = (
    "One id per row, or a published verification log (CSV). Listed lines leave training and validation before "
    "anything is drawn."
)
_FROM_TEST = "leave listed lines out of the test part too"
_FROM_TEST_WORDS = "Its CER is then over fewer lines than others report; the plan says so."


class TargetLists(QWidget):
    """The lists of one data set."""

    changed = Signal(str, object)
    """Name of the data set, and the rules that it has now."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._rules = TargetRules()
        self.files = QWidget()
        self._flow = QFlowLayout(self.files)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setSpacing(GRID_PX // 2)
        policy = self.files.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.files.setSizePolicy(policy)
        self.add = QPushButton("Add list…")
        self.add.setAutoDefault(False)
        self.add.setAccessibleName(f"Add a list of lines to leave out of {name}")
        self.add.clicked.connect(self._ask)
        self._flow.addWidget(self.add)
        self.from_test = QCheckBox(_FROM_TEST)
        self.from_test.setToolTip(plain_tooltip(_FROM_TEST_WORDS))
        self.from_test.setAccessibleDescription(_FROM_TEST_WORDS)
        self.from_test.clicked.connect(self._set_from_test)
        self.ids = MutedLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for widget in (plain_label(name), self.files, self.from_test, self.ids):
            layout.addWidget(widget)

    @property
    def chips(self) -> tuple[QToolButton, ...]:
        """One button per list; a click takes it away."""
        return tuple(self.files.findChildren(QToolButton))

    def show_rules(self, rules: TargetRules) -> None:
        """Show the rules that hold."""
        if rules.exclude != self._rules.exclude:
            for chip in self.chips:
                self._flow.removeWidget(chip)
                chip.hide()
                chip.setParent(None)
                chip.deleteLater()
            self._flow.removeWidget(self.add)
            for path in rules.exclude:
                self._flow.addWidget(self._chip(path))
            self._flow.addWidget(self.add)
        self._rules = rules
        self.from_test.setChecked(rules.exclude_from_test)
        self.from_test.setVisible(bool(rules.exclude) or rules.exclude_from_test)
        own = [name for name in (rules.train_ids, rules.validation_ids, rules.test_ids, *rules.draw_ids) if name]
        names = ", ".join(Path(name).name for name in own)
        self.ids.setText(f"Parts and draws are read from {names}, as the study file says." if own else "")
        self.ids.setVisible(bool(own))

    def _chip(self, path: str) -> QToolButton:
        chip = QToolButton(self.files)
        chip.setText(f"{Path(path).name}  ✕")
        chip.setProperty("path", path)
        chip.setToolTip(plain_tooltip(f"Take {path} away"))
        chip.setAccessibleName(f"Take {Path(path).name} away")
        chip.setStyleSheet("QToolButton { border: 1px solid palette(mid); padding: 3px 8px; }")
        chip.clicked.connect(self._remove)
        return chip

    @Slot()
    def _ask(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, f"Lists of lines to leave out of {self._name}", "", _FILTER)
        new = [name for name in names if name not in self._rules.exclude]
        if new:
            self._tell(exclude=(*self._rules.exclude, *new))

    @Slot()
    def _remove(self) -> None:
        path = self.sender().property("path")
        self._tell(exclude=tuple(name for name in self._rules.exclude if name != path))

    @Slot(bool)
    def _set_from_test(self, is_on: bool) -> None:
        self._tell(exclude_from_test=is_on)

    def _tell(self, **changes: object) -> None:
        self.changed.emit(self._name, self._rules.model_copy(update=changes))


class ExclusionLists(QWidget):
    """The lists of every data set that the study takes."""

    def __init__(self, store: StudyStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.targets: dict[str, TargetLists] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID_PX)
        self._layout.addWidget(MutedLabel(_EXPLANATION))

    def refresh(self) -> None:
        """Show the study's lists."""
        names = self._store.target_names
        if tuple(self.targets) != names:
            for gone in self.targets.values():
                self._layout.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
            self.targets = {name: TargetLists(name, self) for name in names}
            for row in self.targets.values():
                row.changed.connect(self._set_rules)
                self._layout.addWidget(row)
        for name, row in self.targets.items():
            row.show_rules(self._store.study.rules_of(name))

    @Slot(str, object)
    def _set_rules(self, name: str, rules: object) -> None:
        assert isinstance(rules, TargetRules)
        self._store.edit(target_rules={name: rules.model_dump()})

"""What another system read is added to the study: which file, which system, what it was trained on."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.messages import message_of, plain_label, plain_tooltip
from workbench.gui.stores.systems import SystemsStore
from workbench.gui.wording import architecture_label
from workbench.study.grid import REGIMES

WIDTH_PX = 640
_FILES = "Predictions (*.csv *.tsv *.txt *.xml *.out);;All files (*)"
_AMBIGUOUS = ("pairs", "leave_one_out")
"""Regimes with several runs for one data set: a file does not tell which one it is of."""


class SystemDialog(QDialog):
    """Asks for a file and what it is; closes when it was imported, says why where it cannot be."""

    def __init__(self, systems: SystemsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._systems = systems
        self._path: Path | None = None
        report = systems.report
        assert report is not None
        self.setWindowTitle("Add results of another system")
        self.setMinimumWidth(WIDTH_PX)
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setPlaceholderText("CSV, TSV, PyLaia's rows, ALTO, PAGE")
        self.architecture = QLineEdit()
        self.architecture.setPlaceholderText("Kraken 5, TrOCR …")
        self.regime = _choice(
            [name for name in REGIMES if name not in _AMBIGUOUS],
            [regime.label for name, regime in REGIMES.items() if name not in _AMBIGUOUS],
        )
        self.target = _choice(report.targets, report.targets)
        self.k = _number(1, 10_000_000, report.k_lines[0])
        self.seed, self.draw = _number(0, 10_000_000, 0), _number(0, 10_000_000, 0)
        self.budget = _choice(report.budgets, report.budgets)
        self.note = MutedLabel(
            "It is scored here by the study's own counts on the test lines, after the study's normalisation, and "
            "paired with what has the same data set, K, seed, draw and budget. References of the file are compared "
            "with those of the data set, which count."
        )
        known = ", ".join(map(architecture_label, report.architectures))
        self.architecture.setToolTip(plain_tooltip(f"Any name; the study has {known}"))
        self.fault = ProblemLabel()
        self._lay_out(len(report.budgets) > 1)
        systems.imported.connect(self.accept)
        systems.refused.connect(self._say_fault)
        systems.changed.connect(self._follow)
        self._follow()

    def _lay_out(self, has_budgets: bool) -> None:
        choose, folder = QPushButton("&File…"), QPushButton("F&older…")
        choose.clicked.connect(self._ask_for_file)
        folder.clicked.connect(self._ask_for_folder)
        place = QHBoxLayout()
        place.setSpacing(GRID_PX)
        for widget in (self.file, choose, folder):
            place.addWidget(widget)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID_PX)
        form.setVerticalSpacing(GRID_PX)
        form.addRow(plain_label("What it read"), place)
        self.file.setAccessibleName("What it read")
        fields: list[tuple[str, QWidget]] = [
            ("&System", self.architecture),
            ("Test lines of &data set", self.target),
            ("&Trained on", self.regime),
            ("&K, training lines", self.k),
            ("S&eed", self.seed),
            ("D&raw", self.draw),
        ]
        if has_budgets:
            fields.append(("&Budget", self.budget))
        for title, field in fields:
            label = plain_label(title)
            label.setBuddy(field)
            field.setAccessibleName(title.replace("&", ""))
            form.addRow(label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add_button = buttons.addButton("Add", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._add)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addWidget(self.note)
        layout.addWidget(self.fault)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.architecture.textChanged.connect(self._follow)

    def choose(self, path: Path) -> None:
        """Take a file or a folder."""
        self._path = path
        self.file.setText(str(path))
        self.fault.say("")
        self._follow()

    @Slot()
    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, "What the system read", "", _FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog)

    @Slot()
    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, "Folder of what the system read")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.fileSelected.connect(self._take_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _take_path(self, path: str) -> None:
        self.choose(Path(path))

    @Slot()
    def _follow(self) -> None:
        is_busy = self._systems.is_importing
        is_named = self._path is not None and bool(self.architecture.text().strip())
        self.add_button.setEnabled(is_named and not is_busy)
        self.add_button.setText("Reading …" if is_busy else "Add")

    @Slot()
    def _add(self) -> None:
        from workbench.analysis.systems.wish import SystemWish

        if self._path is not None:
            self.fault.say("")
            self._systems.add(
                SystemWish(
                    file=self._path,
                    architecture=self.architecture.text(),
                    regime=str(self.regime.currentData()),
                    target=str(self.target.currentData()),
                    k=self.k.value(),
                    seed=self.seed.value(),
                    draw=self.draw.value(),
                    budget=str(self.budget.currentData()),
                )
            )

    @Slot(object)
    def _say_fault(self, error: Exception) -> None:
        said = message_of(error)
        self.fault.say(f"{said.text} {said.hint}".strip())


def _choice(names: Sequence[str], titles: Sequence[str]) -> QComboBox:
    box = QComboBox()
    for name, title in zip(names, titles, strict=True):
        box.addItem(title, name)
    return box


def _number(least: int, most: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setGroupSeparatorShown(True)
    box.setValue(value)
    box.lineEdit().setTextMargins(6, 0, 0, 0)  # as far in as the other fields
    return box

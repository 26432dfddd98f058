"""Adding a data set with a name, language or form of the user's own choice."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.data.line import LANGUAGE_NAMES
from workbench.data.overrides import Overrides
from workbench.data.readers import READERS
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_label


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants of an import; None: as it is recognised."""

    path: Path
    name: str | None
    overrides: Overrides


class AddDialog(QDialog):
    """Asks for what is otherwise recognised."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setWindowTitle("Add data set")
        self.name = QLineEdit()
        self.name.setPlaceholderText(path.name)
        self.name.setAccessibleName("Name")
        self.language = QComboBox()
        self.language.setAccessibleName("Language")
        self.language.addItem("as recognised", None)
        for code, title in LANGUAGE_NAMES.items():
            self.language.addItem(f"{title} ({code})", code)
        self.form = QComboBox()
        self.form.setAccessibleName("Form")
        self.form.addItem("as recognised", None)
        for key, reader in READERS.items():
            self.form.addItem(reader.label, key)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Add")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(plain_label("Folder or list"), plain_label(str(path), wrap=True, selectable=True))
        form.addRow(plain_label("Name"), self.name)
        form.addRow(plain_label("Language"), self.language)
        form.addRow(plain_label("Form"), self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addWidget(MutedLabel("What is left open is recognised from the files."))
        layout.addWidget(buttons)
        self.setMinimumWidth(460)

    @property
    def wish(self) -> Wish:
        """What was entered."""
        overrides = Overrides(language=self.language.currentData(), form=self.form.currentData())
        return Wish(self._path, self.name.text().strip() or None, overrides)

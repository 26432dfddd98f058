"""A problem report, looked at before it is written: what is in it, and whether images of lines are."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.spaced_text import REMARK_ROLE, SpacedText
from workbench.gui.stores.examination import ExaminationStore
from workbench.gui.wording import counted

SIZE_PX = (760, 560)
FILE_NAME = "htr-workbench-problem.zip"


class ProblemReportDialog(QDialog):
    """Looks at the machine, gathers the report, and writes it where the user says. Nothing is sent."""

    def __init__(self, examination: ExaminationStore, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._examination = examination
        self._folder = folder
        self._is_gathered_for: bool | None = None
        self.setWindowTitle("Save a problem report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE_PX)
        self.standing = plain_label(wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName("What is in the report")
        self.list.setItemDelegate(SpacedText(self.list))
        self.images = QCheckBox("With &images of lines")
        self.images.setToolTip(
            "A few lines of each run that failed: those that its fault names, else the first that it is trained on"
        )
        self.images.toggled.connect(self._gather)
        self.note = MutedLabel(
            "A zip file on this computer, which you may send to somebody who is to find out what went wrong. It holds "
            "no transcriptions, predictions or lists of lines; an error may name lines. Nothing is sent by the program."
        )
        self.save_button = QPushButton("&Save…")
        self.save_button.setProperty("primary", True)
        self.save_button.clicked.connect(self._ask_for_file)
        self.close_button = QPushButton("&Close")
        self.close_button.clicked.connect(self.reject)
        self._lay_out()
        examination.changed.connect(self.refresh)
        self.finished.connect(examination.cancel)
        examination.examine()
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.standing)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.images)
        layout.addWidget(self.note)
        layout.addSpacing(GRID_PX)
        layout.addLayout(buttons)

    @Slot()
    def _gather(self) -> None:
        self._is_gathered_for = self.images.isChecked()
        self._examination.gather(with_images=self.images.isChecked())

    @Slot()
    def refresh(self) -> None:
        """Show what is known now; gather the report as soon as everything was looked at."""
        examination = self._examination
        if examination.is_complete and self._is_gathered_for is None:
            self._gather()
            return
        parts = examination.parts
        self.list.clear()
        for part in parts:
            item = QListWidgetItem(part.name)
            item.setData(REMARK_ROLE, _size(len(part.content)))
            item.setToolTip(plain_tooltip(part.name))
            self.list.addItem(item)
        is_ready = bool(parts) and not (examination.is_examining or examination.is_gathering)
        self.save_button.setEnabled(is_ready)
        self.images.setEnabled(self._is_gathered_for is not None and not examination.is_gathering)
        if not is_ready:
            self.standing.setText("Looking at the program, the machine and the workspace …")
            return
        pictures = sum(part.name.startswith("images/") for part in parts)
        images = f"{counted(pictures, 'image')} of lines" if pictures else "no image of a line"
        self.standing.setText(f"{counted(len(parts), 'file')} will be in it, {images} among them:")

    @Slot()
    def _ask_for_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the problem report", str(self._folder / FILE_NAME), "Zip files (*.zip)"
        )
        if path:
            self.save(Path(path))

    def save(self, path: Path) -> None:
        """Write what is listed, and close."""
        self._examination.save(path if path.suffix else path.with_suffix(".zip"))
        self.accept()


def _size(length: int) -> str:
    return f"{length:,} bytes" if length < 10_000 else f"{length / 1_000:,.0f} kB"

"""What is asked when the folder of the workspace is gone: where it is now, whether it is back, or which other one."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench import settings
from workbench.gui.appearance import GRID_PX
from workbench.gui.dropping import kind_of
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.stores.bundle import Stores

WIDTH_PX = 600


class GoneFolderDialog(QDialog):
    """Says which folder is gone, and asks; closing it leaves everything as it is."""

    found = Signal(object)
    """Where the workspace is now."""
    other_chosen = Signal(object)
    """Path of another workspace."""
    retried = Signal()

    def __init__(self, root: Path, consequence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self.setWindowTitle("The workspace folder is gone")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH_PX)
        title = plain_label("The workspace folder is gone")
        title.setFont(emphasised(title.font()))
        self.place = QPlainTextEdit(str(root), readOnly=True)
        self.place.setAccessibleName("Where it was")
        self.place.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 2 * GRID_PX)
        self.fault = ProblemLabel()
        self.relink_button = QPushButton("Choose where it &is now…")
        self.retry_button = QPushButton("&Try again")
        self.other_button = QPushButton("Open &another…")
        self.relink_button.setProperty("primary", True)
        self.relink_button.setDefault(True)
        self.relink_button.clicked.connect(self._ask_where)
        self.retry_button.clicked.connect(self._retry)
        self.other_button.clicked.connect(self._ask_for_another)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addStretch(1)
        for button in (self.other_button, self.retry_button, self.relink_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        for widget in (
            title,
            self.place,
            plain_label("It was moved or renamed, or its disk was unplugged.", wrap=True),
            MutedLabel(consequence),
            self.fault,
        ):
            layout.addWidget(widget)
        layout.addSpacing(GRID_PX)
        layout.addLayout(buttons)

    @Slot()
    def _ask_where(self) -> None:
        if folder := self._ask("Where the workspace is now"):
            self.take(Path(folder))

    @Slot()
    def _ask_for_another(self) -> None:
        if folder := self._ask("Open workspace"):
            self.other_chosen.emit(Path(folder))

    def _ask(self, title: str) -> str:
        near = next((folder for folder in self._root.parents if folder.is_dir()), Path.home())
        return QFileDialog.getExistingDirectory(self, title, str(near))

    def take(self, folder: Path) -> None:
        """Take a folder for the moved workspace, if it is one."""
        if kind_of(folder).kind == "workspace" or (folder / "studies").is_dir():
            self.found.emit(folder)
        else:
            self.fault.say(f"“{folder.name}” holds no workspace: no datasets.toml and no studies")

    @Slot()
    def _retry(self) -> None:
        self.fault.say("" if self._root.is_dir() else "It is still not there.")
        self.retried.emit()


class GoneFolder(QObject):
    """Asks over a window as long as the folder of its workspace is gone; when it is back the question goes away."""

    def __init__(self, stores: Stores, window: QWidget) -> None:
        super().__init__(window)
        self._stores = stores
        self._window = window
        self._dialog: GoneFolderDialog | None = None
        self._awaited: Path | None = None
        """A workspace that was not there at the start."""
        stores.presence.changed.connect(self._follow)
        stores.presence.other_opened.connect(stores.study.open_last)

    @property
    def dialog(self) -> GoneFolderDialog | None:
        """The question, while it is asked."""
        return self._dialog

    def ask_at_start(self, root: Path) -> None:
        """Ask for a workspace that was open before and is not there now."""
        self._awaited = root
        consequence = (
            f"It was open the last time. Nothing is made in its place; without a choice, "
            f"{settings.default_workspace()} is opened."
        )
        self._ask(root, consequence)

    @Slot()
    def _follow(self) -> None:
        presence = self._stores.presence
        if presence.is_gone and presence.root is not None:
            self._ask(
                presence.root,
                "Runs that trained there wait, and keep their last checkpoints. "
                "When the folder is back, work goes on by itself.",
            )
        elif self._dialog is not None:
            self._dialog.accept()

    def _ask(self, root: Path, consequence: str) -> None:
        if self._dialog is not None:
            return
        self._dialog = GoneFolderDialog(root, consequence, self._window)
        self._dialog.found.connect(self._open)
        self._dialog.other_chosen.connect(self._open_other)
        self._dialog.retried.connect(self._retry)
        self._dialog.finished.connect(self._forget)
        self._dialog.open()

    @Slot()
    def _forget(self) -> None:
        self._dialog = None
        if self._awaited is not None and self._stores.workspaces.workspace is None:
            self._stores.workspaces.open(settings.default_workspace())  # nothing was chosen: begin somewhere
        self._awaited = None

    @Slot()
    def _retry(self) -> None:
        if self._awaited is None:
            self._stores.presence.look()
        elif self._awaited.is_dir():
            self._open(self._awaited)

    @Slot(object)
    def _open(self, folder: Path) -> None:
        self._stores.presence.open(folder)
        if self._dialog is not None:
            self._dialog.accept()

    @Slot(object)
    def _open_other(self, folder: Path) -> None:
        self._stores.presence.open(folder, is_other=True)
        if self._dialog is not None:
            self._dialog.accept()

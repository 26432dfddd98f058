"""What the actions of the window do: ask where there is something to ask, then call a store."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from workbench import __version__
from workbench.data.archives import ARCHIVE_SUFFIXES
from workbench.gui.dropping import Dropped, kind_of
from workbench.gui.panels.diagnosis.check_dialog import WorkspaceCheckDialog
from workbench.gui.panels.diagnosis.machine_dialog import MachineDialog
from workbench.gui.panels.diagnosis.report_dialog import ProblemReportDialog
from workbench.gui.stores.bundle import Stores

LIST_FILTER = f"Lists, tables and archives (*.tsv *.csv *.txt {' '.join(f'*{end}' for end in ARCHIVE_SUFFIXES)})"


class WindowCommands(QObject):
    """The window's commands; dialogs open over `window`."""

    page_requested = Signal(str)

    def __init__(self, stores: Stores, window: QWidget) -> None:
        super().__init__(window)
        self._stores = stores
        self._window = window

    # The menu File

    @Slot()
    def open_workspace(self) -> None:
        """Ask for a folder and open it as the workspace."""
        if folder := QFileDialog.getExistingDirectory(self._window, "Open workspace", self._workspace_folder()):
            self.open_workspace_at(Path(folder))

    def open_workspace_at(self, folder: Path) -> None:
        """Open a workspace, unless a study trains in this one."""
        if self._stores.progress.is_running:
            self._stores.messages.warn("A study is training in this workspace", "Wait for its end, or cancel it first.")
        elif self._stores.workspaces.open(folder):
            self._stores.study.open_last()

    @Slot()
    def add_folder(self) -> None:
        """Ask for a folder of lines and add it."""
        if folder := QFileDialog.getExistingDirectory(self._window, "Add data set folder", str(Path.home())):
            self.take((Dropped(Path(folder), "dataset"),))

    @Slot()
    def add_manifest(self) -> None:
        """Ask for a table of lines or an archive and add it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Add data set from a list or archive", str(Path.home()), LIST_FILTER
        )
        if path:
            self.take((Dropped(Path(path), "dataset"),))

    @Slot()
    def add_demo(self) -> None:
        """Make the demo data, and load the study that goes with them."""
        self._stores.datasets.add_demo()
        self._stores.study.load_demo()
        self.page_requested.emit("data")

    @Slot()
    def open_study(self) -> None:
        """Ask for a study file and load it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open study", self._workspace_folder(), "Studies (*.toml)")
        if path:
            self.take((kind_of(Path(path)),))

    def open_kept_study(self, name: str) -> None:
        """Load a study of the workspace."""
        workspace = self._stores.workspaces.workspace
        if workspace is not None and self._stores.study.load(workspace.study_file(name)):
            self.page_requested.emit("study")

    @Slot()
    def save_study(self) -> None:
        """Keep the study in the workspace."""
        if self._stores.study.save():
            self._stores.messages.inform(f"Study {self._stores.study.study.name} saved in the workspace")

    @Slot()
    def save_study_as(self) -> None:
        """Ask for a file and write the study to it."""
        proposal = str(Path(self._workspace_folder()) / f"{self._stores.study.study.name}.toml")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save study as", proposal, "Studies (*.toml)")
        if path and self._stores.study.export(Path(path)):
            self._stores.messages.inform(f"Study written to {path}")

    def take(self, things: tuple[Dropped, ...]) -> None:
        """Do with each thing what its kind says."""
        for thing in things:
            match thing.kind:
                case "dataset":
                    self._stores.datasets.propose(thing.path)
                    self.page_requested.emit("data")
                case "workspace":
                    self.open_workspace_at(thing.path)
                case "study":
                    if self._stores.study.load(thing.path):
                        self.page_requested.emit("study")
                case "unknown":
                    self._stores.messages.warn(
                        f"{thing.path.name} cannot be used",
                        "Drop a folder of lines, a .tsv or .csv list, a .zip or .tar archive, or a study.",
                    )

    def _workspace_folder(self) -> str:
        workspace = self._stores.workspaces.workspace
        return str(workspace.root) if workspace else str(Path.home())

    # The menus Edit and Study

    @Slot()
    def undo(self) -> None:
        """Take back the last change of the study."""
        self._stores.study.undo()

    @Slot()
    def redo(self) -> None:
        """Make it again."""
        self._stores.study.redo()

    def load_preset(self, name: str) -> None:
        """Take over the rules of a preset."""
        self._stores.study.load_preset(name)
        self.page_requested.emit("study")

    @Slot()
    def start(self) -> None:
        """Train what the study still lacks."""
        self._start()

    @Slot()
    def retry(self) -> None:
        """Train that, and once more what failed."""
        self._start(retry=True)

    @Slot()
    def fork(self) -> None:
        """Train new runs beside those that were made with other data or another program."""
        self._start(fork=True)

    def _start(self, *, retry: bool = False, fork: bool = False) -> None:
        plan = self._stores.study.startable_plan
        if plan is not None and self._stores.progress.start(plan, retry=retry, fork=fork):
            self.page_requested.emit("training")

    @Slot(str)
    def resume(self, name: str) -> None:
        """Go on with an unfinished study."""
        workspace = self._stores.workspaces.workspace
        if workspace is not None and self._stores.progress.resume(name):
            self._stores.study.load(workspace.study_file(name))
            self.page_requested.emit("training")

    @Slot()
    def pause_or_go_on(self) -> None:
        """Let every run wait, or take that (or a stop that did not happen yet) back."""
        progress = self._stores.progress
        if progress.command == "go":
            progress.pause()
        else:
            progress.go_on()

    @Slot()
    def stop_after_epoch(self) -> None:
        """End the epoch of the runs that train now."""
        self._stores.progress.stop_after_epoch()

    @Slot()
    def cancel(self) -> None:
        """Stop at once, with a checkpoint."""
        self._stores.progress.cancel()

    @Slot(QAction)
    def choose_device(self, action: QAction) -> None:
        """Train on another device from the next start on."""
        self._stores.preferences.choose_device(action.data())

    # The menus View and Help

    @Slot()
    def enlarge_text(self) -> None:
        """Show transcriptions larger."""
        self._stores.text.enlarge()

    @Slot()
    def reduce_text(self) -> None:
        """Show transcriptions smaller."""
        self._stores.text.reduce()

    @Slot(QAction)
    def choose_urdu_font(self, action: QAction) -> None:
        """Show Urdu in another hand."""
        self._stores.text.choose_urdu_font(action.data())

    @Slot(QAction)
    def choose_scheme(self, action: QAction) -> None:
        """Show the window light, dark, or as the system."""
        self._stores.preferences.choose_scheme(action.data())

    @Slot()
    def check_workspace(self) -> None:
        """Look at everything in the workspace, and offer to mend it."""
        WorkspaceCheckDialog(self._stores.checks, self._window).open()

    @Slot()
    def show_machine(self) -> None:
        """Tell what this machine and this installation are."""
        MachineDialog(self._stores.examination, self._window).open()

    @Slot()
    def save_problem_report(self) -> None:
        """Show what a problem report would hold, and write it."""
        ProblemReportDialog(self._stores.examination, Path.home(), self._window).open()

    @Slot()
    def show_about(self) -> None:
        """Tell version and licence."""
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("About htr-workbench")
        box.setText(f"htr-workbench {__version__}")
        box.setInformativeText(
            "An experiment workbench for handwritten text recognition in Arabic-script languages.\n\n"
            "Apache-2.0. Third-party licences are listed in NOTICE. Nothing leaves this computer."
        )
        box.open()

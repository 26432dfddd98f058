"""The left of the page: which data sets there are, what is being read, and the ways to add and remove."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import DatasetsModel
from workbench.gui.panels.data.cards import DatasetCell
from workbench.gui.reading_progress import ReadingProgress
from workbench.gui.stores.datasets import DatasetStore


class DatasetList(QWidget):
    """Cards of the data sets; the current one is what the rest of the page shows."""

    current_changed = Signal(str)
    """Name of the current data set, empty when there is none."""
    remove_requested = Signal(str)
    relink_requested = Signal(str)
    reread_requested = Signal(str)

    def __init__(self, datasets: DatasetStore, add_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last = ""
        self.model = DatasetsModel(datasets, self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(DatasetCell(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName("Data sets")
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.selectionModel().currentChanged.connect(self._tell)
        self.progress = ReadingProgress(datasets)
        self.add_button = QPushButton("Add data set")
        self.add_button.setMenu(add_menu)
        self._make_actions()
        self._lay_out()
        self.model.modelReset.connect(self._choose_one)
        self._choose_one()

    def _make_actions(self) -> None:
        self.locate_action = QAction("Choose its folder…", self)
        self.locate_action.setToolTip("Tell where a moved data set lies now")
        self.locate_action.triggered.connect(self._relink)
        self.reread_action = QAction("Edit import…", self)
        self.reread_action.setToolTip("Choose anew how it is read: form, encoding, parts, order of the texts")
        self.reread_action.triggered.connect(self._reread)
        self.remove_action = QAction("Remove from the workspace…", self)
        self.remove_action.setToolTip("Its files and the runs on it stay")
        self.remove_action.setShortcut("Del")
        self.remove_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.remove_action.triggered.connect(self._remove)
        self.view.addAction(self.remove_action)
        self._menu = QMenu(self)
        self._menu.addActions([self.reread_action, self.locate_action, self.remove_action])

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.progress)
        foot = QVBoxLayout()
        foot.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        foot.addWidget(self.add_button)
        layout.addLayout(foot)
        self.setMinimumWidth(200)

    @property
    def current(self) -> str:
        """Name of the current data set, empty when there is none."""
        index = self.view.currentIndex()
        return str(index.data()) if index.isValid() else ""

    def choose(self, name: str) -> None:
        """Make a data set the current one."""
        row = self.model.row_of(name)
        if row is not None:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.selectionModel().setCurrentIndex(self.model.index(row), flag)

    @Slot()
    def _choose_one(self) -> None:
        """Keep a data set current: the last one that was, else the first."""
        names = [card.name for card in self.model.cards]
        wanted = self._last if self._last in names else names[0] if names else ""
        if wanted:
            self.choose(wanted)
        else:
            self.current_changed.emit("")

    @Slot(QModelIndex, QModelIndex)
    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._last = str(current.data())
            self.current_changed.emit(self._last)

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        if self.view.indexAt(place).isValid():
            self._menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot()
    def _remove(self) -> None:
        if self.current:
            self.remove_requested.emit(self.current)

    @Slot()
    def _reread(self) -> None:
        if self.current:
            self.reread_requested.emit(self.current)

    @Slot()
    def _relink(self) -> None:
        if self.current:
            self.relink_requested.emit(self.current)

"""Menus whose entries are known only when they open: presets, studies, unfinished studies, recent workspaces."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from workbench import resource_files
from workbench.gui.commands import WindowCommands
from workbench.gui.stores.bundle import Stores

Entries = Iterable[tuple[str, str]]
"""(text, value) of each entry."""


class ListingMenu(QObject):
    """Fills a menu each time it opens; the chosen entry's value goes to `choose`."""

    def __init__(self, menu: QMenu, entries: Callable[[], Entries], choose: Callable[[str], None], empty: str) -> None:
        super().__init__(menu)
        self._menu = menu
        self._entries = entries
        self._choose = choose
        self._empty = empty
        menu.aboutToShow.connect(self.fill)
        menu.triggered.connect(self._take)

    @Slot()
    def fill(self) -> list[QAction]:
        """List what there is now, and return it."""
        self._menu.clear()
        for text, value in self._entries():
            self._menu.addAction(text.replace("&", "&&")).setData(value)
        found = self._menu.actions()
        if not found:
            self._menu.addAction(self._empty).setEnabled(False)
        return found

    @Slot(QAction)
    def _take(self, action: QAction) -> None:
        self._choose(str(action.data()))


class ListingMenus:
    """The four menus of the window."""

    def __init__(self, stores: Stores, commands: WindowCommands, file_menu: QMenu, study_menu: QMenu) -> None:
        self._stores = stores
        before = file_menu.actions()[1]
        recent, studies = QMenu("&Recent workspaces", file_menu), QMenu("Studies of this wor&kspace", file_menu)
        file_menu.insertMenu(before, recent)
        file_menu.insertMenu(before, studies)
        unfinished = study_menu.addMenu("Resume an &unfinished study")
        presets = study_menu.addMenu("&Rules of a preset")
        self.recent = ListingMenu(recent, self._recent, self._open_recent, "None yet")
        self.studies = ListingMenu(studies, self._studies, commands.open_kept_study, "None yet")
        self.unfinished = ListingMenu(unfinished, self._unfinished, commands.resume, "Nothing is unfinished")
        self.presets = ListingMenu(presets, self._presets, commands.load_preset, "None")
        self._commands = commands

    def _open_recent(self, folder: str) -> None:
        self._commands.open_workspace_at(Path(folder))

    def all_actions(self) -> list[QAction]:
        """Everything that is listed now, for the command palette."""
        return [*self.unfinished.fill(), *self.studies.fill(), *self.presets.fill(), *self.recent.fill()]

    def _presets(self) -> Entries:
        return [(f"Take the rules of preset {name}", name) for name in resource_files.study_files()]

    def _recent(self) -> Entries:
        return [(f"Open workspace {path}", str(path)) for path in self._stores.workspaces.recent]

    def _studies(self) -> Entries:
        workspace = self._stores.workspaces.workspace
        return [(f"Open study {name}", name) for name in (workspace.study_names() if workspace else ())]

    def _unfinished(self) -> Entries:
        return [
            (f"Resume {study.name}: {study.done} of {study.runs} runs done", study.name)
            for study in self._stores.progress.unfinished
        ]

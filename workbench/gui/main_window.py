"""The window: rail, pages, docks, menus, drag and drop, closing. It holds no state but its own looks."""

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui.appearance import Appearance
from workbench.gui.closing import CloseChoice, ask_how_to_close
from workbench.gui.command_palette import CommandPalette
from workbench.gui.commands import WindowCommands
from workbench.gui.dropping import DropOverlay, dropped_things
from workbench.gui.gone_folder import GoneFolder
from workbench.gui.icons import load_icons, redraw_icons
from workbench.gui.layout_memory import remember_parts, restore_parts, window_settings
from workbench.gui.listing_menus import ListingMenus
from workbench.gui.log_records import LogCollector
from workbench.gui.message_bar import MessageBar
from workbench.gui.messages import Message, plain_tooltip
from workbench.gui.navigation import NavigationRail
from workbench.gui.page_header import PageHeader
from workbench.gui.pages import PAGES, PageRow, as_panel
from workbench.gui.panels.log import LogPanel
from workbench.gui.panels.problems import ProblemsPanel
from workbench.gui.status_line import StatusLine
from workbench.gui.stores.bundle import Stores
from workbench.gui.window_actions import make_actions

LAYOUT_VERSION = 1
FIRST_SIZE = (1280, 800)
DOCK_HEIGHT_PX = 180
NARROW_PX = 1100
ROW_OF = {row.name: row for row in PAGES}


class MainWindow(QMainWindow):
    """One window on one workspace.

    Parameters
    ----------
    stores : Stores
        State and commands; the window only shows and calls them.
    appearance : Appearance
        Light, dark, or as the system.
    collector : LogCollector
        What the log panel shows.
    """

    first_painted = Signal()
    """The window can be seen; what takes longer begins now."""
    pages_made = Signal()
    """Every page is there."""

    def __init__(self, stores: Stores, appearance: Appearance, collector: LogCollector) -> None:
        super().__init__()
        self._stores = stores
        self._appearance = appearance
        self.collector = collector
        self._pages: dict[str, QWidget] = {}
        self._current = ""
        self._was_painted = False
        self._is_closing = False
        self.setObjectName("main_window")
        self.setWindowTitle("htr-workbench")
        self.setAcceptDrops(True)
        self.setMinimumSize(800, 560)
        self._commands = WindowCommands(stores, self)
        self._commands.page_requested.connect(self.show_page)
        self.actions_by_name, self._menus = make_actions(self, self._commands)
        self._build_centre()
        self._build_docks()
        self._build_menus()
        self._follow_stores()
        self.gone_folder = GoneFolder(stores, self)
        self.overlay = DropOverlay(self)
        self._restore()
        self.show_page(str(window_settings().value("page", "data")))

    # Building

    def _build_centre(self) -> None:
        self.rail = NavigationRail()
        self.header = PageHeader()
        self.stack = QStackedWidget()
        self.message_bar = MessageBar(self._stores.messages)
        self.message_bar.offer_taken.connect(self._commands.resume)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.header, 0), (self.stack, 1), (self.message_bar, 0)):
            column.addWidget(widget, stretch)
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        self.setCentralWidget(centre)
        self.status = StatusLine(self._stores)
        self.setStatusBar(self.status)

    def _build_docks(self) -> None:
        self.problems = ProblemsPanel(self._stores)
        self.problems.page_requested.connect(self.show_page)
        self.problems_dock = self._make_dock("Problems", self.problems)
        self.log = LogPanel(self.collector)
        self.log_dock = self._make_dock("Log", self.log)
        self.tabifyDockWidget(self.problems_dock, self.log_dock)
        self.resizeDocks([self.problems_dock], [DOCK_HEIGHT_PX], Qt.Orientation.Vertical)
        self.problems_dock.hide()
        self.log_dock.hide()

    def _make_dock(self, title: str, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"{title.lower()}_dock")
        dock.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        dock.setWidget(widget)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        return dock

    def _build_menus(self) -> None:
        view = self._menus["&View"]
        before = view.actions()[0]
        for row in PAGES:
            action = self._page_action(row)
            self.rail.add_page(row.name, action, row.icon)
            view.insertAction(before, action)
        view.insertSeparator(before)
        self.rail.page_chosen.connect(self.show_page)
        for dock, shortcut in ((self.problems_dock, "Ctrl+Shift+P"), (self.log_dock, "Ctrl+Shift+L")):
            action = dock.toggleViewAction()
            action.setShortcut(shortcut)
            action.setToolTip(plain_tooltip(f"Show or hide {dock.windowTitle()} ({shortcut})"))
            view.insertAction(before, action)
        view.insertSeparator(before)
        self._listings = ListingMenus(self._stores, self._commands, self._menus["&File"], self._menus["&Study"])

    def _page_action(self, row: PageRow) -> QAction:
        action = QAction(row.title, self)
        action.setObjectName(f"page_{row.name}")
        action.setShortcut(row.shortcut)
        action.setToolTip(plain_tooltip(f"{row.purpose} ({row.shortcut})"))
        return action

    def _follow_stores(self) -> None:
        stores = self._stores
        stores.workspaces.changed.connect(self._show_title)
        stores.study.changed.connect(self._show_title)
        stores.study.changed.connect(self._enable_actions)
        stores.progress.changed.connect(self._enable_actions)
        stores.progress.changed.connect(self._show_badges)
        stores.progress.changed.connect(self._offer_to_resume)
        stores.progress.changed.connect(self._close_when_free)
        stores.datasets.changed.connect(self._close_when_free)
        stores.datasets.changed.connect(self._show_badges)
        stores.preferences.changed.connect(self._apply_preferences)
        self._offered: tuple[str, ...] = ()
        self._apply_preferences()
        self._enable_actions()
        self._show_title()

    # Pages

    @property
    def current_page(self) -> str:
        """Name of the page that is shown."""
        return self._current

    def has_page(self, name: str) -> bool:
        """Tell whether a page's widget was made already."""
        return name in self._pages

    def page(self, name: str) -> QWidget:
        """Return a page's widget; it is made when it is first asked for."""
        if name not in self._pages:
            panel = ROW_OF[name].make(self._stores)
            panel.setObjectName(f"{name}_page")
            panel.page_requested.connect(self.show_page)  # pyright: ignore[reportAttributeAccessIssue]
            self._pages[name] = panel
            restore_parts(panel)
            self._keep_shortcuts_apart(panel)
            _show_side(panel, is_shown=self.actions_by_name["side_panels"].isChecked())
            self.stack.addWidget(panel)
        return self._pages[name]

    def _keep_shortcuts_apart(self, panel: QWidget) -> None:
        """Take from a page's actions the shortcuts that the window has too: of two that match, Qt runs neither."""
        taken = {action.shortcut().toString() for action in self.actions_by_name.values()}
        for action in panel.findChildren(QAction):
            if action.shortcut().toString() in taken:
                action.setShortcut(QKeySequence())

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Show a page; before the first paint of the window only its name is remembered."""
        if name not in ROW_OF:
            name = PAGES[0].name
        self._current = name
        self.rail.mark(name)
        if not self._was_painted:
            self.header.show_page(ROW_OF[name].title, (), None)
            return
        panel = self.page(name)
        self.stack.setCurrentWidget(panel)
        offered = as_panel(panel)
        self.header.show_page(offered.title, offered.page_actions, offered.primary_action)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; after the first time make the page, so that the window is seen before its charts are loaded."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self._show_first_page)

    @Slot()
    def _show_first_page(self) -> None:
        self.show_page(self._current)
        load_icons()
        self.message_bar.refresh()
        self.first_painted.emit()
        self.status.look_at_device()
        QTimer.singleShot(0, self._make_next_page)

    @Slot()
    def _make_next_page(self) -> None:
        """Make the pages that were not shown yet, one by one while nothing else is to be done."""
        missing = [row.name for row in PAGES if row.name not in self._pages]
        if missing and not self._is_closing:
            self.page(missing[0])
            QTimer.singleShot(0, self._make_next_page)
        elif not missing:
            self.pages_made.emit()

    # What the stores say

    @Slot()
    def _show_title(self) -> None:
        study = self._stores.study
        self.setWindowTitle(f"{study.study.name}[*] – htr-workbench")
        self.setWindowModified(study.is_modified)

    @Slot()
    def _enable_actions(self) -> None:
        progress, study, actions = self._stores.progress, self._stores.study, self.actions_by_name
        is_free = not progress.is_running
        can_start = is_free and study.startable_plan is not None
        for name in ("start", "retry", "fork"):
            actions[name].setEnabled(can_start)
        for name in ("pause", "stop_after_epoch", "cancel"):
            actions[name].setEnabled(not is_free and progress.command != "cancel")
        is_waiting = progress.command in ("pause", "stop_after_epoch")
        actions["pause"].setText("&Go on" if is_waiting else "&Pause")
        actions["undo"].setEnabled(study.can_undo)
        actions["redo"].setEnabled(study.can_redo)

    @Slot()
    def _show_badges(self) -> None:
        datasets, progress = self._stores.datasets, self._stores.progress
        count = datasets.problem_count
        self.rail.button("data").set_badge(str(min(count, 999)) if count else "", is_alarming=bool(datasets.faults))
        running = len(progress.running_runs)
        failed = progress.runs_failed
        text = str(running) if progress.is_running and running else str(failed) if failed else ""
        self.rail.button("training").set_badge(text, is_alarming=bool(failed))

    @Slot()
    def _offer_to_resume(self) -> None:
        progress, messages = self._stores.progress, self._stores.messages
        found = tuple(study.name for study in progress.unfinished)
        if progress.is_running and messages.shown is not None and messages.shown.offer is not None:
            messages.dismiss()
        elif found and found != self._offered and not progress.is_running:
            one = progress.unfinished[0]
            text = f"Not finished yet: {', '.join(found)} ({one.done} of {one.runs} runs done)."
            hint = "It can go on where it stopped." if len(found) == 1 else "Study ▸ Resume lists them."
            messages.post(Message("info", text, hint, offer=(f"Resume {one.name}", one.name)))
        self._offered = found

    @Slot()
    def _apply_preferences(self) -> None:
        chosen = self._stores.preferences
        self._appearance.choose(chosen.scheme)
        for name in (chosen.scheme, f"device_{chosen.device}", self._stores.text.urdu_font):
            self.actions_by_name[name].setChecked(True)
        if self._was_painted:
            self.status.look_at_device()

    # Commands of the window itself

    @Slot()
    def open_palette(self) -> None:
        """Find any action by its name."""
        CommandPalette(self._all_actions(), self).open_over(self)

    def _all_actions(self) -> list[QAction]:
        offered: list[QAction] = []
        if self._current in self._pages:
            panel = as_panel(self._pages[self._current])
            further: Iterable[QAction] = getattr(panel, "further_actions", ())
            offered = [*([panel.primary_action] if panel.primary_action else []), *panel.page_actions, *further]
        pages = [self.rail.button(row.name).defaultAction() for row in PAGES]
        docks = [self.problems_dock.toggleViewAction(), self.log_dock.toggleViewAction()]
        return [*offered, *pages, *self.actions_by_name.values(), *docks, *self._listings.all_actions()]

    @Slot(bool)
    def show_side_panels(self, is_shown: bool) -> None:
        """Show or hide the right side of the pages that have three parts."""
        for panel in self._pages.values():
            _show_side(panel, is_shown=is_shown)

    @Slot()
    def reset_layout(self) -> None:
        """Put every part of the window back in its place."""
        window_settings().clear()
        for dock in (self.problems_dock, self.log_dock):
            dock.setFloating(False)
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            dock.hide()
        self.tabifyDockWidget(self.problems_dock, self.log_dock)
        self._take_first_size()

    def _take_first_size(self) -> None:
        room = self.screen().availableSize()
        self.resize(min(FIRST_SIZE[0], room.width()), min(FIRST_SIZE[1], room.height()))

    # Drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what letting go would do."""
        if things := dropped_things(event.mimeData()):
            self.overlay.announce(things)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the announcement away."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Do what was announced."""
        self.overlay.hide()
        event.acceptProposedAction()
        self._commands.take(dropped_things(event.mimeData()))

    # Looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide or show the side panels when the window becomes narrow or wide."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= NARROW_PX
        if is_wide != (event.oldSize().width() >= NARROW_PX):
            self.actions_by_name["side_panels"].setChecked(is_wide)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons anew in the colours of another palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._was_painted:
            redraw_icons()

    def _restore(self) -> None:
        kept = window_settings()
        self._take_first_size()
        geometry, state = kept.value("geometry"), kept.value("state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, LAYOUT_VERSION)

    def _remember(self) -> None:
        kept = window_settings()
        kept.setValue("geometry", self.saveGeometry())
        kept.setValue("state", self.saveState(LAYOUT_VERSION))
        kept.setValue("page", self._current)
        for panel in self._pages.values():
            remember_parts(panel)
        kept.sync()

    # Closing

    def ask_to_close(self) -> CloseChoice:
        """Ask what shall become of the study that trains."""
        return ask_how_to_close(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close when nothing runs any more; before that ask, stop what runs, and come back."""
        progress = self._stores.progress
        if progress.is_running and not self._is_closing:
            match self.ask_to_close():
                case "keep_open":
                    event.ignore()
                    return
                case "after_epoch":
                    progress.stop_after_epoch()
                case "now":
                    progress.cancel()
        self._remember()
        self._stores.datasets.cancel()
        self._is_closing = True
        if self._stores.is_busy:
            self._stores.messages.inform("Closing as soon as the running work has stopped")
            event.ignore()
            return
        self._stores.study.wait()
        self._stores.study.keep_draft()
        self.status.wait()
        self._stores.wait()
        event.accept()

    @Slot()
    def _close_when_free(self) -> None:
        if self._is_closing and not self._stores.is_busy:
            QTimer.singleShot(0, self.close)

    def stop_now(self) -> None:
        """Stop what runs and close, without asking: the session ends, or the terminal said so."""
        self._is_closing = True
        self._stores.progress.cancel()
        self.close()


def _show_side(panel: QWidget, *, is_shown: bool) -> None:
    """Show or hide the last of the three parts of a page."""
    sides = [splitter.widget(2) for splitter in panel.findChildren(QSplitter) if splitter.count() == 3]
    if sides and (side := sides[0]) is not None:
        side.setVisible(is_shown)

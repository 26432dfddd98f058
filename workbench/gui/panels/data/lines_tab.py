"""The table of lines with its filters, and the full view of one of them."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.data.line import TextLine
from workbench.gui.appearance import GRID_PX
from workbench.gui.column_choice import ColumnChoice
from workbench.gui.folders import open_folder
from workbench.gui.icons import dress
from workbench.gui.item_models.line_rows import IMAGE, TEXT
from workbench.gui.item_models.lines import DENSITY, HEIGHT, ID, LENGTH, PART, WIDTH, WRITER, LinesModel
from workbench.gui.line_table import LineTable
from workbench.gui.panels.data.full_line import FullLine
from workbench.gui.panels.data.line_filters import LineFilters
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import count, counted

WIDE_PX = 720
_WIDTHS = {PART: 88, WRITER: 92, LENGTH: 72, ID: 128, WIDTH: 72, HEIGHT: 72, DENSITY: 80}
"""The most important first: what does not fit is left out from the end."""


class LinesTab(QWidget):
    """Lines of the current data set. J and K go to the next and the previous one, Return shows one in full."""

    line_changed = Signal()
    """Another line is current, or none; or something else is known of it."""
    fullness_changed = Signal()
    """One line is shown in full, or the table again."""

    def __init__(self, study: StudyStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._opened: OpenedDataset | None = None
        self._awaited = ""
        self.model = LinesModel(self)
        self.filters = LineFilters()
        self.filters.changed.connect(self._take_filter)
        self.table = LineTable(self.model, {IMAGE: 220, **_WIDTHS})
        self.table.setAccessibleName("Lines")
        self.columns = ColumnChoice(self.table, TEXT, _WIDTHS)
        self.full = FullLine(study, text)
        self._make_actions()
        self._lay_out()
        self._connect()
        self._say_count()

    def _connect(self) -> None:
        self.columns.changed.connect(self._fit_columns)
        self.table.row_changed.connect(self._show_current)
        self.table.activated.connect(self._open_row)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.model.modelReset.connect(self._say_count)
        self.model.arranging_changed.connect(self._settle)
        self.full.back_action.triggered.connect(self.show_table)
        self._text.changed.connect(self._fit_rows)

    def _make_actions(self) -> None:
        self.full_action = self._action("Show the line in full", "", self.show_full, "arrow-expand")
        self.full_action.setToolTip("Zoom, ink, frames and the whole scan (Return)")
        self.copy_text_action = self._action(
            "Copy the transcription", QKeySequence.StandardKey.Copy, self.copy_text, "content-copy"
        )
        self.copy_id_action = self._action("Copy the id", "Ctrl+Shift+C", self.copy_id)
        self.copy_both_action = self._action("Copy id and transcription", "Ctrl+Alt+C", self.copy_both)
        self.folder_action = self._action(
            "Open the image's folder", "Ctrl+Alt+O", self.open_folder, "folder-open-outline"
        )
        self.next_action = self._action("Next line", "J", self.table.go_next)
        self.previous_action = self._action("Previous line", "K", self.table.go_previous)
        self.search_action = self._action("Search in lines", QKeySequence.StandardKey.Find, self.take_search, "magnify")
        self.reset_action = self._action("Show all lines again", "", self.filters.reset)
        self.about_line = (
            self.full_action, self.copy_text_action, self.copy_id_action, self.copy_both_action, self.folder_action,
        )  # fmt: skip
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.addActions(self.about_line)
        self.menu.addSeparator()
        self.menu.addActions([self.next_action, self.previous_action, self.search_action, self.reset_action])
        self.menu.addMenu(self.columns.menu)

    def _action(self, text: str, keys: str | QKeySequence.StandardKey, slot: object, picture: str = "") -> QAction:
        action = QAction(text, self)
        if picture:
            dress(action, picture)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        listing = QWidget()
        layout = QVBoxLayout(listing)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.filters)
        layout.addWidget(self.table, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(listing)
        self._pages.addWidget(self.full)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    @property
    def line(self) -> TextLine | None:
        """The current line."""
        return self.model.line_at(self.table.current_row)

    @property
    def opened(self) -> OpenedDataset | None:
        """The data set whose lines these are."""
        return self._opened

    @property
    def is_full(self) -> bool:
        """Tell whether one line is shown in full."""
        return self._pages.currentWidget() is self.full

    def show_dataset(self, opened: OpenedDataset | None) -> None:
        """Show the lines of another data set."""
        if opened is self._opened:
            return
        self._opened = opened
        self.show_table()
        self.filters.show_lines(opened.lines.lines if opened else ())
        self.apply_filter()
        from_right = self._text.style(opened.entry.language).is_right_to_left if opened else True
        self.model.show(opened, from_right=from_right)
        self._fit_rows()
        self._fit_columns()
        if opened and self.model.rowCount():
            self.table.make_current(0)
        self._say_count()
        self._show_current()

    def go_to(self, line_id: str) -> None:
        """Show a line of this data set, whatever the filters say; as soon as its row is known."""
        self.filters.reset()
        self._awaited = line_id
        self._settle()

    def apply_filter(self) -> None:
        """Show the lines that the filters let through, without waiting for a pause in typing."""
        self.filters.apply()

    @Slot()
    def _take_filter(self) -> None:
        self.model.set_filter(self.filters.line_filter)

    @Slot()
    def take_search(self) -> None:
        """Go to the search field, also from the full view."""
        self.show_table()
        self.filters.search.take_focus()

    @Slot(QModelIndex)
    def _open_row(self, _index: QModelIndex) -> None:
        self.show_full()

    @Slot()
    def show_full(self) -> None:
        """Show the current line in full."""
        if self.line is not None and not self.is_full:
            self._pages.setCurrentWidget(self.full)
            self._show_current()
            self.full.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.fullness_changed.emit()

    @Slot()
    def show_table(self) -> None:
        """Show the table again."""
        if self.is_full:
            self._pages.setCurrentIndex(0)
            self.full.clear()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.fullness_changed.emit()

    @Slot()
    def copy_text(self) -> None:
        """Put the transcription on the clipboard, in logical order, as it is on disk."""
        if (line := self.line) is not None:
            QGuiApplication.clipboard().setText(line.transcription)

    @Slot()
    def copy_id(self) -> None:
        """Put the id on the clipboard."""
        if (line := self.line) is not None:
            QGuiApplication.clipboard().setText(line.id)

    @Slot()
    def copy_both(self) -> None:
        """Put id and transcription on the clipboard, with a tab between them."""
        if (line := self.line) is not None:
            QGuiApplication.clipboard().setText(f"{line.id}\t{line.transcription}")

    @Slot()
    def open_folder(self) -> None:
        """Open the folder in which the line's image lies."""
        if (line := self.line) is not None and self._opened is not None:
            open_folder(self._opened.lines.root / line.image)

    @Slot()
    def _show_current(self) -> None:
        line = self.line
        for action in self.about_line:
            action.setEnabled(line is not None)
        if self.is_full:
            if line is None or self._opened is None:
                self.show_table()
            else:
                self.full.show_line(self._opened, line, self.model.problems_of(line.id))
        self.line_changed.emit()

    @Slot()
    def _settle(self) -> None:
        """Say what goes on; once it is over, go to the line that was asked for, and show what is known by now."""
        self._say_count()
        if self.model.is_arranging:
            return
        if self._awaited:
            self.table.choose(self._awaited)
            self._awaited = ""
        self._show_current()

    @Slot()
    def _say_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        said = counted(total, "line")
        if shown != total or self.model.is_arranging:
            said = f"{said} · {count(shown)} shown"
        self.filters.count.setText(f"{said} · sorting out …" if self.model.is_arranging else said)

    @Slot()
    def _fit_rows(self) -> None:
        """Give rows the height of the real ink, and images the height of rows."""
        if self._opened is None:
            return
        self.table.set_style(self._text.table_style(self._opened.entry.language))

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(self.table.viewport().mapToGlobal(place))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images more room on a wide page."""
        super().resizeEvent(event)
        self._fit_columns()

    @Slot()
    def _fit_columns(self) -> None:
        """Leave out what does not fit or says nothing."""
        self.table.fit_images(is_wide=self.width() >= WIDE_PX, narrow_px=176)
        knows_writers = self._opened is None or any(line.writer for line in self._opened.lines.lines)
        self.columns.fit(self.width() - 14, () if knows_writers else (WRITER,))

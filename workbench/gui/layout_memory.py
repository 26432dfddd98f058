"""What the window remembers of its layout: splitters, and the columns of tables that the user may draw wider."""

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QTableView, QWidget

from workbench import settings


def window_settings() -> QSettings:
    """Where the looks of the window are kept: beside the settings file, apart from preferences."""
    return QSettings(str(settings.settings_file().with_name("window.ini")), QSettings.Format.IniFormat)


def _key(table: QTableView) -> str:
    return f"columns/{table.accessibleName()}"


def kept_widths(table: QTableView) -> list[int]:
    """Widths in which the columns of this table were left; 0 for one that was hidden, empty for nothing kept."""
    words = str(window_settings().value(_key(table), "")).split()
    return [int(word) for word in words if word.isdecimal()]


def restore_parts(panel: QWidget) -> None:
    """Give the splitters and columns of a page the sizes in which they were left."""
    kept = window_settings()
    for number, splitter in enumerate(panel.findChildren(QSplitter)):
        state = kept.value(f"splitter/{panel.objectName()}/{number}")
        if isinstance(state, QByteArray):
            splitter.restoreState(state)
    for table in panel.findChildren(QTableView):
        header = table.horizontalHeader()
        for column, width in enumerate(kept_widths(table)[: header.count()]):
            if width and header.sectionResizeMode(column) == QHeaderView.ResizeMode.Interactive:
                header.resizeSection(column, width)


def remember_parts(panel: QWidget) -> None:
    """Keep the sizes of the splitters and columns of a page."""
    kept = window_settings()
    for number, splitter in enumerate(panel.findChildren(QSplitter)):
        kept.setValue(f"splitter/{panel.objectName()}/{number}", splitter.saveState())
    for table in panel.findChildren(QTableView):
        header = table.horizontalHeader()
        modes = {header.sectionResizeMode(column) for column in range(header.count())}
        if table.accessibleName() and QHeaderView.ResizeMode.Interactive in modes:
            kept.setValue(_key(table), " ".join(str(header.sectionSize(column)) for column in range(header.count())))

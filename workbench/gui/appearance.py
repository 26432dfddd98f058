"""How the window looks: light and dark palette, one accent colour, a small stylesheet that names palette roles only."""

from typing import Literal

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from workbench.resource_files import resource_path
from workbench.settings import Scheme

GRID_PX = 8
"""Every gap of the window is a multiple of this; 16 px between groups."""

_Role = Literal[
    "ground", "page", "stripe", "text", "muted", "button", "line", "accent", "on_accent", "chosen", "link", "tip"
]

_LIGHT: dict[_Role, str] = {
    "ground": "#f4f4f6",
    "page": "#ffffff",
    "stripe": "#f8f8fa",
    "text": "#1b1c20",
    "muted": "#8b8d98",
    "button": "#ffffff",
    "line": "#d9dae0",
    "accent": "#4f55c8",
    "on_accent": "#ffffff",
    "chosen": "#e3e4f8",
    "link": "#4046b0",
    "tip": "#ffffff",
}
_DARK: dict[_Role, str] = {
    "ground": "#191a1e",
    "page": "#212227",
    "stripe": "#26272d",
    "text": "#e7e8ec",
    "muted": "#83858f",
    "button": "#2c2d34",
    "line": "#3a3c45",
    "accent": "#6d74e0",
    "on_accent": "#ffffff",
    "chosen": "#34365a",
    "link": "#a3a8f5",
    "tip": "#2c2d34",
}

_ROLES: tuple[tuple[QPalette.ColorRole, _Role], ...] = (
    (QPalette.ColorRole.Window, "ground"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "page"),
    (QPalette.ColorRole.AlternateBase, "stripe"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.PlaceholderText, "muted"),
    (QPalette.ColorRole.Button, "button"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.Mid, "line"),
    (QPalette.ColorRole.Midlight, "line"),
    (QPalette.ColorRole.Dark, "line"),
    (QPalette.ColorRole.Light, "page"),
    (QPalette.ColorRole.Highlight, "chosen"),
    (QPalette.ColorRole.HighlightedText, "text"),
    (QPalette.ColorRole.BrightText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "link"),
    (QPalette.ColorRole.LinkVisited, "link"),
    (QPalette.ColorRole.ToolTipBase, "tip"),
    (QPalette.ColorRole.ToolTipText, "text"),
)
_DISABLED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)

STYLESHEET = """
QPushButton { padding: 5px 14px; border: 1px solid palette(mid); border-radius: 6px; background: palette(button); }
QPushButton:hover { border-color: palette(accent); }
QPushButton:focus { border-color: palette(accent); outline: none; }
QPushButton:pressed, QPushButton:checked { background: palette(mid); }
QPushButton:disabled { color: palette(placeholder-text); border-color: palette(mid); }
QPushButton[primary="true"] { background: palette(accent); border-color: palette(accent);
  color: palette(bright-text); font-weight: 600; }
QPushButton[primary="true"]:focus { border-color: palette(text); }
QPushButton[primary="true"]:disabled { background: palette(mid); border-color: palette(mid);
  color: palette(placeholder-text); }
QToolButton { border: none; border-radius: 6px; padding: 4px; }
QToolButton:hover, QToolButton:checked { background: palette(mid); }
QToolButton::menu-indicator { image: none; }
QLineEdit, QPlainTextEdit { border: 1px solid palette(mid); border-radius: 6px; padding: 4px 8px;
  background: palette(base); selection-background-color: palette(highlight); }
QLineEdit:focus, QPlainTextEdit:focus { border-color: palette(accent); }
QComboBox { padding: 4px 8px; border: 1px solid palette(mid); border-radius: 6px; background: palette(button); }
QComboBox:hover, QComboBox:focus { border-color: palette(accent); }
QComboBox:disabled { color: palette(placeholder-text); }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { width: 12px; height: 12px; image: url("ICONS/chevron-down.svg"); }
QSpinBox { padding: 4px 8px; border: 1px solid palette(mid); border-radius: 6px; background: palette(base);
  selection-background-color: palette(highlight); }
QSpinBox:focus { border-color: palette(accent); }
QSpinBox::up-button, QSpinBox::down-button { subcontrol-origin: border; width: 20px; border: none; }
QSpinBox::up-button { subcontrol-position: top right; }
QSpinBox::down-button { subcontrol-position: bottom right; }
QSpinBox::up-arrow { width: 10px; height: 10px; image: url("ICONS/chevron-up.svg"); }
QSpinBox::down-arrow { width: 10px; height: 10px; image: url("ICONS/chevron-down.svg"); }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid palette(placeholder-text); border-radius: 4px;
  background: palette(base); }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: palette(accent); }
QCheckBox::indicator:checked { border-color: palette(accent); background: palette(accent);
  image: url("ICONS/check.svg"); }
QCheckBox::indicator:disabled { border-color: palette(mid); background: palette(window); }
QCheckBox::indicator:checked:disabled { border-color: palette(placeholder-text);
  background: palette(placeholder-text); }
QHeaderView { background: palette(base); }
QHeaderView::section { background: palette(base); border: none; border-bottom: 1px solid palette(mid);
  padding: 6px 8px; color: palette(text); text-align: left; }
QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-origin: border; subcontrol-position: top center;
  width: 9px; height: 9px; }
QTableCornerButton::section { background: palette(base); border: none; border-bottom: 1px solid palette(mid); }
QTableView, QListView, QTreeView, QScrollArea { border: none; background: palette(base); }
QTableView { alternate-background-color: palette(alternate-base); }
QTabWidget::pane { border: none; border-top: 1px solid palette(mid); }
QTabBar { background: transparent; }
QTabBar::tab { padding: 7px 12px; border: none; border-bottom: 2px solid transparent; background: transparent;
  color: palette(text); }
QTabBar::tab:selected { border-bottom-color: palette(accent); }
QTabBar::tab:hover { color: palette(link); }
QSplitter::handle { background: palette(mid); }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QProgressBar { border: none; border-radius: 3px; background: palette(mid); max-height: 6px; }
QProgressBar::chunk { border-radius: 3px; background: palette(accent); }
QMenuBar { background: palette(window); }
QStatusBar { background: palette(window); border-top: 1px solid palette(mid); }
QStatusBar::item { border: none; }
#command_palette { border: 1px solid palette(mid); }
QDockWidget { font-weight: 600; }
QDockWidget::title { background: palette(window); padding: 6px 8px; border-top: 1px solid palette(mid); }
QMainWindow::separator { background: palette(mid); width: 1px; height: 1px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: palette(mid); border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: palette(placeholder-text); }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: palette(base); border: 1px solid palette(mid); padding: 4px; }
QMenu::item { padding: 6px 24px 6px 8px; border-radius: 4px; }
QMenu::item:selected { background: palette(highlight); }
QMenu::item:disabled { color: palette(placeholder-text); }
QMenu::separator { height: 1px; background: palette(mid); margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: palette(mid); }
QToolTip { border: 1px solid palette(mid); padding: 4px 6px; background: palette(tool-tip-base);
  color: palette(tool-tip-text); }
"""


def palette_of(is_dark: bool) -> QPalette:
    """Make the palette of a scheme."""
    colours = _DARK if is_dark else _LIGHT
    palette = QPalette()
    for role, name in _ROLES:
        palette.setColor(role, QColor(colours[name]))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours["muted"]))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(colours["line"]))
    return palette


class Appearance(QObject):
    """Applies the scheme that the user chose, and follows the system's where that is the choice."""

    def __init__(self, application: QApplication, scheme: Scheme) -> None:
        super().__init__(application)
        self._application = application
        self._scheme: Scheme = scheme
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.choose(scheme)

    @property
    def is_dark(self) -> bool:
        """Tell whether light text stands on a dark ground now."""
        if self._scheme == "system":
            return self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._scheme == "dark"

    def choose(self, scheme: Scheme) -> None:
        """Show this scheme from now on."""
        self._scheme = scheme
        wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
        self._application.styleHints().setColorScheme(wanted[scheme])
        self._apply()

    @Slot()
    def _follow_system(self) -> None:
        self._apply()

    def _apply(self) -> None:
        palette = palette_of(self.is_dark)
        if palette != self._application.palette() or not self._application.styleSheet():
            self._application.setPalette(palette)
            self._application.setStyleSheet(STYLESHEET.replace("ICONS", resource_path("icons").as_posix()))

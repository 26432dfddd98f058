"""Icons of the window, in the colours of the palette that holds, from a font that is loaded after the first paint."""

from functools import cache
from weakref import WeakKeyDictionary

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

BLANK_PX = 22
SIDES_PX = (16, 20, 22, 24, 32, 40, 44, 48)
"""Sides in which icons are asked for, on screens of one and of two device pixels per pixel."""

_dressed: WeakKeyDictionary[QAction, str] = WeakKeyDictionary()
_loaded: set[str] = set()


def dress(action: QAction, name: str) -> None:
    """Give an action an icon of the Material Design set by its name ("play"); it follows the palette."""
    _dressed[action] = name
    action.setIcon(icon(name))


def icon(name: str) -> QIcon:
    """Return an icon in the text colour of the present palette; an empty one as long as nothing is loaded."""
    if not _loaded:
        return _blank()
    palette = QApplication.palette()
    return _drawn(
        name,
        palette.color(QPalette.ColorRole.WindowText).name(),
        palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText).name(),
    )


def load_icons() -> None:
    """Load the font, a fifth of a second that the first sight of the window does not wait for, and draw all icons."""
    import qtawesome

    _loaded.add(qtawesome.__name__)
    redraw_icons()


def redraw_icons() -> None:
    """Draw the icons of all actions anew, in the colours of the present palette."""
    for action, name in list(_dressed.items()):
        if isValid(action):
            action.setIcon(icon(name))


def _blank() -> QIcon:
    pixmap = QPixmap(BLANK_PX, BLANK_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


@cache
def _drawn(name: str, colour: str, disabled: str) -> QIcon:
    import qtawesome

    # Kept as pixmaps: the engine behind these icons cannot be cloned, and Qt clones it when an icon is changed.
    source = qtawesome.icon(f"mdi6.{name}", color=colour, color_disabled=disabled)
    kept = QIcon()
    for side in SIDES_PX:
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            kept.addPixmap(source.pixmap(QSize(side, side), mode), mode)
    return kept

"""Icons of the window, drawn in the colours of the palette that holds when they are made."""

from functools import cache

import qtawesome
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication


def icon(name: str) -> QIcon:
    """Return an icon of the Material Design set by its name ("play"), in the text colour of the present palette."""
    palette = QApplication.palette()
    return _drawn(
        name,
        palette.color(QPalette.ColorRole.WindowText).name(),
        palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText).name(),
    )


@cache
def _drawn(name: str, colour: str, disabled: str) -> QIcon:
    return qtawesome.icon(f"mdi6.{name}", color=colour, color_disabled=disabled)

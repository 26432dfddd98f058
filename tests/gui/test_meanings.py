"""Marks and colours: always the same object for the same meaning."""

from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from workbench.gui.meanings import language_icon, state_icon


def test_a_mark_is_drawn_once(qtbot: QtBot) -> None:
    """What Qt draws of an icon it keeps: a model that makes another one each time it is asked fills the memory."""
    palette = QPalette()
    assert state_icon("running", palette, 0.5) is state_icon("running", palette, 0.501)
    assert state_icon("running", palette, 0.5) is not state_icon("running", palette, 0.6)
    assert language_icon("ur") is language_icon("ur")
    dark = QPalette(QColor("black"))
    assert state_icon("running", palette, 0.5) is not state_icon("running", dark, 0.5)
    for number in range(1000):
        state_icon("running", QPalette(QColor(number % 256, number // 256, 0)), 0.5)

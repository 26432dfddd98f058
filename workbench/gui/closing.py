"""The question that closing the window asks while a study trains."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

CloseChoice = Literal["after_epoch", "now", "keep_open"]


def ask_how_to_close(parent: QWidget) -> CloseChoice:
    """Ask whether to stop after the epoch, to stop now, or not to close after all."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("A study is training")
    box.setText("A study is training. How shall the window close?")
    box.setInformativeText("Nothing is lost either way: unfinished runs keep a checkpoint and can be resumed.")
    after = box.addButton("Stop after this epoch", QMessageBox.ButtonRole.AcceptRole)
    now = box.addButton("Stop now (resumable)", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep window open", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    if box.clickedButton() is after:
        return "after_epoch"
    return "now" if box.clickedButton() is now else "keep_open"

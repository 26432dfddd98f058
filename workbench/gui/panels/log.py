"""The log: what the program did and said, newest last; filtered by level and words."""

import logging

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui.log_records import MAX_RECORDS, LogCollector

LOOK_EVERY_MS = 200
LEVELS = (("Everything", logging.INFO), ("Warnings and errors", logging.WARNING), ("Errors", logging.ERROR))


class LogPanel(QWidget):
    """Reads the collector while it is shown, five times a second."""

    def __init__(self, collector: LogCollector, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._collector = collector
        self._seen = 0
        self._level = QComboBox()
        self._level.addItems([name for name, _ in LEVELS])
        self._level.setAccessibleName("Level")
        self._level.currentIndexChanged.connect(self._start_again)
        self._words = QLineEdit(placeholderText="Search the log…", clearButtonEnabled=True)
        self._words.textChanged.connect(self._start_again)
        copy = QPushButton("Copy all")
        copy.clicked.connect(self._copy)
        self._text = QPlainTextEdit(readOnly=True, maximumBlockCount=MAX_RECORDS)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName("Log")
        tools = QHBoxLayout()
        tools.addWidget(self._level)
        tools.addWidget(self._words, 1)
        tools.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.addLayout(tools)
        layout.addWidget(self._text)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.toPlainText()

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the log while it can be seen."""
        super().showEvent(event)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop following."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Append what came since the last look."""
        self._seen, fresh = self._collector.newest(self._seen)
        level = LEVELS[self._level.currentIndex()][1]
        words = self._words.text().casefold().split()
        lines = [line for at, line in fresh if at >= level and all(word in line.casefold() for word in words)]
        if lines:
            self._text.appendPlainText("\n".join(lines))

    @Slot()
    def _start_again(self) -> None:
        self._text.clear()
        self._seen = 0
        self.look()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)

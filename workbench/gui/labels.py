"""Labels with a meaning: what is said in passing, what is wrong. Always plain text."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui.meanings import is_dark, muted
from workbench.gui.messages import plain_tooltip

_FAULT_TEXT = ("#B83A00", "#FF9B66")
"""On a light and on a dark ground; contrast of at least 4.5 : 1."""


class ColouredLabel(QLabel):
    """Plain, wrapped text in a colour that follows the scheme."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setText(text)
        self._follow_scheme()

    def colour(self, palette: QPalette) -> QColor:
        """Return the colour of the text in a scheme."""
        return palette.color(QPalette.ColorRole.WindowText)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange, QEvent.Type.StyleChange):
            self._follow_scheme()

    def _follow_scheme(self) -> None:
        wanted = self.colour(QGuiApplication.palette())
        if self.palette().color(QPalette.ColorRole.WindowText) != wanted:
            palette = QPalette()
            palette.setColor(QPalette.ColorRole.WindowText, wanted)
            self.setPalette(palette)


class MutedLabel(ColouredLabel):
    """What is said in passing: smaller and paler."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.92)
        self.setFont(font)

    def colour(self, palette: QPalette) -> QColor:
        """Return a paler text colour that can still be read."""
        return muted(palette)


class ProblemLabel(ColouredLabel):
    """What is wrong; not there while nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._problem = ""
        self.hide()

    @property
    def problem(self) -> str:
        """What is wrong, empty while nothing is."""
        return self._problem

    def say(self, problem: str) -> None:
        """Show what is wrong, or that nothing is."""
        self._problem = problem
        self.setText(f"✗ {problem}" if problem else "")
        self.setVisible(bool(problem))

    def colour(self, palette: QPalette) -> QColor:
        """Return the colour of faults, as text."""
        return QColor(_FAULT_TEXT[is_dark(palette)])


class SyntheticMark(MutedLabel):
    """Says that lines are generated: nothing made from them is a finding about handwriting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setWordWrap(False)
        self.setStyleSheet("border: 1px dashed palette(mid); border-radius: 4px; padding: 2px 8px;")
        self.hide()

    def say(self, targets: Sequence[str]) -> None:
        """Name the generated data sets; not there without any."""
        self.setText("synthetic data" if targets else "")
        self.setToolTip(plain_tooltip(f"Generated lines: {', '.join(targets)}. Nothing here replicates anything."))
        self.setVisible(bool(targets))

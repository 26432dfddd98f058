"""Folders, lists, archives and studies dropped on the window: what each of them is, said before it is let go."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.data.archives import is_archive
from workbench.gui.meanings import emphasised

LIST_SUFFIXES = frozenset({".tsv", ".csv", ".txt"})
STUDY_SUFFIX = ".toml"
CORNER_PX = 12


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing that was dropped, and what happens with it."""

    path: Path
    kind: Literal["dataset", "workspace", "study", "unknown"]

    @property
    def sentence(self) -> str:
        """What letting go does."""
        match self.kind:
            case "dataset":
                return f"Add data set “{self.path.name}”"
            case "workspace":
                return f"Open workspace “{self.path.name}”"
            case "study":
                return f"Open study “{self.path.name}”"
            case "unknown":
                return f"“{self.path.name}” is no folder, list, archive or study"


def kind_of(path: Path) -> Dropped:
    """Tell what a path is by its looks; nothing is read but the names in a folder."""
    if path.is_dir():
        return Dropped(path, "workspace" if (path / "datasets.toml").is_file() else "dataset")
    suffix = path.suffix.lower()
    if suffix == STUDY_SUFFIX:
        return Dropped(path, "study")
    return Dropped(path, "dataset" if suffix in LIST_SUFFIXES or is_archive(path.name) else "unknown")


def dropped_things(data: QMimeData) -> tuple[Dropped, ...]:
    """Everything local in a drop."""
    return tuple(kind_of(Path(url.toLocalFile())) for url in data.urls() if url.isLocalFile())


class DropOverlay(QWidget):
    """Lies over the whole window while something is dragged on it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._sentences: tuple[str, ...] = ()
        self.hide()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said."""
        return self._sentences

    def announce(self, things: Iterable[Dropped]) -> None:
        """Say what letting go does."""
        self._sentences = tuple(thing.sentence for thing in things)
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the announcement in the middle of a framed field."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.palette().base().color()
        ground.setAlpha(246)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(self.palette().accent().color(), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), CORNER_PX, CORNER_PX)
        font = emphasised(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.3)
        painter.setFont(font)
        painter.setPen(self.palette().text().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "\n".join(self._sentences))
        painter.end()

"""The right of the page: one line, as large as wanted, with everything that is known of it."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QListView, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem, TextLine
from workbench.gui.appearance import GRID_PX
from workbench.gui.image_conversion import ink_image
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.labels import ColouredLabel, MutedLabel
from workbench.gui.line_frames import frames_text
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import MAX_CHARACTERS, code_point, shown_name
from workbench.gui.transcription_view import TranscriptionView
from workbench.gui.wording import count


class LineDetail(QScrollArea):
    """Shows one line of a data set."""

    def __init__(self, study: StudyStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._text = text
        self._shown: tuple[OpenedDataset, TextLine] | None = None
        self._notes: Sequence[ReadProblem] = ()
        self._make_parts()
        self._lay_out()
        text.changed.connect(self._draw_text)
        study.changed.connect(self._say_frames)
        self.clear()

    def _make_parts(self) -> None:
        self.name = plain_label(selectable=True, wrap=True)
        self.name.setFont(emphasised(self.name.font()))
        self.facts = MutedLabel()
        self.image = LineView()
        self.image.setToolTip("Ctrl and the wheel zoom, drag to move, a double click fits the width")
        self.transcription = TranscriptionView()
        self.frames = MutedLabel()
        self.frames.setToolTip("Frames that CTC gets, and the frames that the transcription needs at least")
        self.notes = ColouredLabel()
        self.notes.setAccessibleName("Notes about this line")
        self._points_title = plain_label("Code points, in reading order")
        self._points_title.setFont(emphasised(self._points_title.font()))
        self._points_model = QStringListModel(self)
        self.code_points = QListView()
        self.code_points.setModel(self._points_model)
        self.code_points.setAccessibleName("Code points")
        self.code_points.setItemDelegate(PlainCell(self.code_points))
        self.code_points.setUniformItemSizes(True)
        self.code_points.setFrameShape(QFrame.Shape.NoFrame)
        self.code_points.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.code_points.setMinimumHeight(120)
        self.code_points.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _lay_out(self) -> None:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        for part in (self.name, self.facts, self.image, self.transcription, self.frames, self.notes):
            layout.addWidget(part)
        layout.addSpacing(GRID_PX)
        layout.addWidget(self._points_title)
        layout.addWidget(self.code_points, 1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        inner.setBackgroundRole(QPalette.ColorRole.Base)

    @property
    def line(self) -> TextLine | None:
        """The line that is shown."""
        return self._shown[1] if self._shown else None

    @property
    def points(self) -> list[str]:
        """Code points as they are listed."""
        return self._points_model.stringList()

    def clear(self) -> None:
        """Show no line."""
        self._shown = None
        self.name.setText("No line chosen")
        self.facts.setText("Choose a line in the table; J and K go on and back.")
        self.image.clear()
        for part in (self.transcription, self.frames, self.notes, self._points_title, self.code_points, self.image):
            part.hide()

    def show_line(self, opened: OpenedDataset, line: TextLine, notes: Sequence[ReadProblem]) -> None:
        """Show a line and what is odd about it."""
        self._shown = (opened, line)
        self.name.setText(shown_name(line.id))
        self.facts.setText(self._facts(opened, line))
        self._draw_text()
        self._say_frames()
        cache = opened.cache
        from_right = self._text.style(opened.entry.language).is_right_to_left
        key = (opened.entry.name, opened.lines.fingerprint, line.id)
        self.image.load(key, lambda: ink_image(cache.image(line.id)), from_right=from_right)
        self.show_notes(notes)
        self._points_model.setStringList(_code_points(line.transcription))
        for part in (self.transcription, self._points_title, self.code_points, self.image):
            part.show()

    @property
    def notes_shown(self) -> Sequence[ReadProblem]:
        """What is odd about the line, as far as it is known."""
        return self._notes

    def show_notes(self, notes: Sequence[ReadProblem]) -> None:
        """Say what is odd about the line that is shown."""
        self._notes = notes
        self.notes.setText("\n".join(f"⚠ {shown_name(note.reason)}" for note in notes))
        self.notes.setVisible(bool(notes))

    def _facts(self, opened: OpenedDataset, line: TextLine) -> str:
        height, width = opened.cache.size(line.id)
        origin = [f"writer {shown_name(line.writer)}" if line.writer else "writer unknown"]
        if line.page is not None:
            origin.append(f"page {shown_name(line.page)}")
        size = f"{count(width)} × {count(height)} px"
        length = f"{count(len(line.transcription))} characters"
        kind = ["synthetic"] if opened.entry.is_synthetic else []
        return "\n".join(
            [
                " · ".join([*kind, *origin, PART_WORDS[line.split]]),
                f"{size} · {length}",
                shown_name(line.image.as_posix()),
            ]
        )

    @Slot()
    def _draw_text(self) -> None:
        if self._shown is not None:
            opened, line = self._shown
            self.transcription.show_text(line.transcription, self._text.style(opened.entry.language))

    @Slot()
    def _say_frames(self) -> None:
        if self._shown is None:
            return
        opened, line = self._shown
        height, width = opened.cache.size(line.id)
        said = frames_text(height, width, line.transcription, self._study.study)
        self.frames.setText(f"Frames: {said}")
        self.frames.setVisible(bool(said))


def _code_points(text: str) -> list[str]:
    """Name the characters of a text; of an endless one, the first thousands."""
    named = [code_point(character) for character in text[:MAX_CHARACTERS]]
    if len(text) > MAX_CHARACTERS:
        named.append(f"… and {count(len(text) - MAX_CHARACTERS)} more")
    return named

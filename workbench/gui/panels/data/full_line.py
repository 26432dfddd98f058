"""One line as large as the page: zoom, ink, the frames of a network, and the whole scan."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QImage, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem, TextLine
from workbench.data.scan import read_scan
from workbench.errors import WorkbenchError
from workbench.gui.appearance import GRID_PX
from workbench.gui.icons import dress
from workbench.gui.image_conversion import ink_image
from workbench.gui.ink_profiles import GreyHistogram, InkProfile
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.labels import ColouredLabel, MutedLabel
from workbench.gui.line_frames import LineFrames, architectures_to_choose, frames_of
from workbench.gui.line_overlays import CropBox, FrameGrid, Overlay
from workbench.gui.line_view import LineView
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import shown_name
from workbench.gui.transcription_view import TranscriptionView
from workbench.gui.wording import architecture_label, count

NO_FRAMES = ""
_TEXT_SHARE_PX = 168


class FullLine(QWidget):
    """Shows one line of a data set. Escape goes back."""

    def __init__(self, study: StudyStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._text = text
        self._shown: tuple[OpenedDataset, TextLine] | None = None
        self._make_view()
        self._make_actions()
        self._make_words()
        self._lay_out()
        text.changed.connect(self._draw_text)
        study.changed.connect(self._follow_study)
        self._follow_study()
        self._show_profiles(is_wanted=True)

    def _make_view(self) -> None:
        self.view = LineView()
        self.view.fill_height()
        self.view.setToolTip("The wheel, Ctrl + and Ctrl − zoom; drag or the arrow keys move; Ctrl 0 fits the width")
        self.view.image_changed.connect(self._draw_overlays)
        self.view.zoom_changed.connect(self._say_zoom)
        self.columns = InkProfile(self.view, "columns")
        self.rows = InkProfile(self.view, "rows")
        self.greys = GreyHistogram(self.view)
        self.architecture = QComboBox()
        self.architecture.setAccessibleName("Frames of which architecture")
        self.architecture.setToolTip("Draw the frames that this network would have for the line")
        self.architecture.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.architecture.currentIndexChanged.connect(self._draw_overlays)

    def _make_actions(self) -> None:
        self.back_action = self._action("Back to the table", "Esc", "arrow-left", "Show the table again (Esc)")
        self.out_action = self._action("Zoom out", "", "magnify-minus-outline", "Ctrl and −")
        self.out_action.triggered.connect(self.view.zoom_out)
        self.in_action = self._action("Zoom in", "", "magnify-plus-outline", "Ctrl and +")
        self.in_action.triggered.connect(self.view.zoom_in)
        self.width_action = self._action("Fit the width", "W", "arrow-expand-horizontal", "Show the whole line (W)")
        self.width_action.triggered.connect(self.view.fit_width)
        self.actual_action = self._action("1 : 1", "1", "", "One pixel of the image on one of the screen (1)")
        self.actual_action.triggered.connect(self.view.show_actual_size)
        self.scan_action = self._action(
            "Whole scan", "S", "", "The scan as it lies on disk, with the box that is kept of it (S)", is_switch=True
        )
        self.scan_action.toggled.connect(self._load)
        self.profiles_action = self._action(
            "Ink", "H", "", "Ink by column and by row, and pixels by grey value (H)", is_switch=True
        )
        self.profiles_action.setChecked(True)
        self.profiles_action.toggled.connect(self._toggle_profiles)

    def _action(self, text: str, keys: str, picture: str, tip: str, *, is_switch: bool = False) -> QAction:
        action = QAction(text, self)
        if picture:
            dress(action, picture)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(plain_tooltip(tip))
        action.setCheckable(is_switch)
        self.addAction(action)
        return action

    def _make_words(self) -> None:
        self.name = plain_label(selectable=True)
        self.name.setFont(emphasised(self.name.font()))
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.zoom = MutedLabel()
        self.zoom.setWordWrap(False)
        self.zoom.setMinimumSize(48, 26)
        self.facts = MutedLabel()
        self.frames = ColouredLabel()
        self.frames.setAccessibleName("Frames")
        self.frames.setToolTip(
            "Frames that CTC gets, and the frames that the transcription needs at least: one per character and one "
            "between equal neighbours. The bar under the image is as long as the needed ones."
        )
        self.notes = ColouredLabel()
        self.notes.setAccessibleName("Notes about this line")
        self.transcription = TranscriptionView()
        self.transcription.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID_PX)
        top.addWidget(_button(self.back_action, with_text=True))
        top.addWidget(self.name, 1)
        tools = QFlowLayout()
        tools.setHorizontalSpacing(GRID_PX)
        tools.setVerticalSpacing(GRID_PX)
        for action in (self.out_action, self.in_action):
            tools.addWidget(_button(action))
        tools.addWidget(self.zoom)
        for action in (self.width_action, self.actual_action, self.scan_action, self.profiles_action):
            tools.addWidget(_button(action, with_text=True))
        tools.addWidget(self.architecture)
        image = QGridLayout()
        image.setSpacing(1)
        image.addWidget(self.view, 0, 0)
        image.addWidget(self.rows, 0, 1)
        image.addWidget(self.columns, 1, 0)
        image.addWidget(self.greys, 1, 1)
        image.setColumnStretch(0, 1)
        image.setRowStretch(0, 1)
        image.setColumnMinimumWidth(1, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addLayout(tools)
        layout.addLayout(image, 1)
        layout.addWidget(self.frames)
        layout.addWidget(self._framed(self.transcription))
        layout.addWidget(self.facts)
        layout.addWidget(self.notes)

    @staticmethod
    def _framed(transcription: TranscriptionView) -> QScrollArea:
        """Let a very long text scroll, so that the image keeps its room."""
        area = QScrollArea()
        area.setWidget(transcription)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setBackgroundRole(QPalette.ColorRole.Base)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(64)
        area.setMaximumHeight(_TEXT_SHARE_PX)
        area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        return area

    @property
    def line(self) -> TextLine | None:
        """The line that is shown."""
        return self._shown[1] if self._shown else None

    @property
    def is_scan(self) -> bool:
        """Tell whether the whole scan is wanted."""
        return self.scan_action.isChecked()

    def clear(self) -> None:
        """Show no line, and keep no image."""
        self._shown = None
        self.view.clear()

    def show_line(self, opened: OpenedDataset, line: TextLine, notes: Sequence[ReadProblem]) -> None:
        """Show another line, at the zoom that was chosen."""
        self.notes.setText("\n".join(f"⚠ {shown_name(note.reason)}" for note in notes))
        self.notes.setVisible(bool(notes))
        if self._shown == (opened, line):
            return
        self._shown = (opened, line)
        self.name.setText(shown_name(line.id))
        self._say_facts(opened, line)
        self._draw_text()
        self._load()

    def _say_facts(self, opened: OpenedDataset, line: TextLine) -> None:
        top, bottom, left, right = opened.cache.box(line.id)
        writer = f"writer {shown_name(line.writer)}" if line.writer else "writer unknown"
        kept = f"{count(right - left)} × {count(bottom - top)} px"
        length = f"{count(len(line.transcription))} characters"
        self.facts.setText(
            " · ".join([kept, length, writer, PART_WORDS[line.split], shown_name(line.image.as_posix())])
        )

    @Slot()
    def _load(self) -> None:
        """Have the image made that is wanted now: the cached one, or the scan."""
        if self._shown is None:
            return
        opened, line = self._shown
        from_right = self._text.style(opened.entry.language).is_right_to_left
        key = (opened.entry.name, opened.lines.fingerprint, line.id, self.is_scan)
        self.view.set_overlays(())

        def make() -> QImage:
            return ink_image(read_scan(opened, line).ink if key[-1] else opened.cache.image(line.id))

        self.view.load(key, make, from_right=from_right)
        self._say_frames()

    @Slot()
    def _draw_text(self) -> None:
        if self._shown is not None:
            opened, line = self._shown
            self.transcription.show_text(line.transcription, self._text.style(opened.entry.language))

    @Slot()
    def _follow_study(self) -> None:
        """Offer the architectures of the study first, and keep the one that was chosen."""
        wanted = self.architecture.currentData() if self.architecture.count() else None
        names = architectures_to_choose(self._study.study)
        self.architecture.blockSignals(True)
        self.architecture.clear()
        self.architecture.addItem("no frames", NO_FRAMES)
        for name in names:
            self.architecture.addItem(f"frames of {architecture_label(name)}", name)
        self.architecture.setCurrentIndex(max(self.architecture.findData(names[0] if wanted is None else wanted), 0))
        self.architecture.blockSignals(False)
        self._draw_overlays()

    def _frames(self) -> tuple[LineFrames, float, float] | None:
        """Frames of the chosen architecture, and where the image that it would get begins and ends in the shown one."""
        name = self.architecture.currentData()
        if self._shown is None or name == NO_FRAMES:
            return None
        opened, line = self._shown
        height, width = opened.cache.size(line.id)
        left = 0
        if self.is_scan and not self.view.paper.isNull():
            if self._study.study.preprocessing.crop_to_ink:
                left = opened.cache.box(line.id)[2]
            else:
                height, width = self.view.paper.height(), self.view.paper.width()
        try:
            found = frames_of(height, width, line.transcription, self._study.study, name)
        except WorkbenchError:
            return None  # the study's own page says what is wrong with it
        return found, float(left), float(left + width)

    @Slot()
    def _draw_overlays(self) -> None:
        """Draw frames and box once the image that they belong to is there."""
        self._say_frames()
        if self._shown is None or self.view.paper.isNull():
            self.view.set_overlays(())
            return
        opened, line = self._shown
        overlays: list[Overlay] = []
        if self.is_scan:
            top, bottom, left, right = opened.cache.box(line.id)
            overlays.append(CropBox(top, bottom, left, right))
        if (found := self._frames()) is not None:
            frames, left_px, right_px = found
            from_right = self._text.style(opened.entry.language).is_right_to_left
            overlays.append(FrameGrid(frames, left_px, right_px, from_right))
        self.view.set_overlays(overlays)

    def _say_frames(self) -> None:
        found = self._frames()
        self.frames.setVisible(found is not None)
        if found is None:
            return
        frames = found[0]
        verdict = "fits" if frames.fits else "✗ does not fit: it is left out of training"
        said = f"{architecture_label(frames.architecture)}: {frames.comparison} frames needed · {verdict}"
        if not self._study.study.preprocessing.crop_to_ink and not self.is_scan:
            said += " · the study takes whole scans: see Whole scan for its frames"
        self.frames.setText(said)

    @Slot(float)
    def _say_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{100 * zoom * self.devicePixelRatioF():.0f} %")

    @Slot(bool)
    def _toggle_profiles(self, is_wanted: bool) -> None:
        self._show_profiles(is_wanted=is_wanted)

    def _show_profiles(self, *, is_wanted: bool) -> None:
        for part in (self.columns, self.rows, self.greys):
            part.setVisible(is_wanted)


def _button(action: QAction, *, with_text: bool = False) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    has_icon = not action.icon().isNull()
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if has_icon else Qt.ToolButtonStyle.ToolButtonTextOnly
    button.setToolButtonStyle(style if with_text else Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button

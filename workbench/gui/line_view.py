"""One line image, as large as wanted: fitted to the width, zoomed, dragged; a long line shows its right end first."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from workbench.gui.image_conversion import ink_image, inverted, scaled
from workbench.gui.image_loading import ImageLoader, MakeImage
from workbench.gui.line_overlays import Overlay

ZOOM_STEP = 1.25
MIN_ZOOM, MAX_ZOOM = 0.05, 16.0
MAX_FITTED_ZOOM = 1.5
"""A short line is not blown up to the whole width."""
MAX_FILLED_ZOOM = 4.0
"""Where the line is all that is looked at, it may be."""
READABLE_PX = 64
"""A line that would become lower than this when it is fitted is shown so high, beginning where reading begins."""
MARGIN_PX = 6
QWIDGETSIZE_MAX = 16_777_215
"""Qt's word for no limit, which PySide does not name."""
Mode = Literal["readable", "width", "free"]
"""`width`: the whole line; `readable`: the whole line, or its beginning where that would be too small; `free`."""
_ZOOM_IN_KEYS = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)


class LineView(QAbstractScrollArea):
    """Shows one line image.

    Ctrl and the wheel, Ctrl + and Ctrl − zoom, Ctrl 0 fits the width; dragging, the wheel and the arrow keys move.
    Images are made in a thread; one that was overtaken by a newer wish is never shown.
    """

    zoom_changed = Signal(float)
    """Logical pixels per pixel of the image."""
    image_changed = Signal()
    """Another image is shown, or none."""
    place_changed = Signal()
    """The image was moved or zoomed."""
    column_pointed = Signal(object)
    """Column of the image under the mouse, in its pixels; None when the mouse is elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._small = QImage()
        self._zoom = 1.0
        self._mode: Mode = "readable"
        self._from_right = True
        self._paper = QImage()
        self._note = ""
        self._wanted = 0
        self._key: object = None
        self._drag_from: QPointF | None = None
        self._overlays: tuple[Overlay, ...] = ()
        self._wheel_zooms = False
        self._most_fitted = MAX_FITTED_ZOOM
        self._loader = ImageLoader(remembered=16, parent=self)
        self._loader.loaded.connect(self._take)
        self._loader.failed.connect(self._take_failure)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Line image")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(132)
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        self.viewport().setMouseTracking(True)
        self.horizontalScrollBar().setSingleStep(32)
        self.verticalScrollBar().setSingleStep(32)
        self._make_actions()

    def _make_actions(self) -> None:
        """Fill the context menu. The keys are taken in :meth:`event`, before shortcuts of the page that are alike."""
        for text, slot in (
            ("Zoom in\tCtrl++", self.zoom_in),
            ("Zoom out\tCtrl+-", self.zoom_out),
            ("Fit the width\tCtrl+0", self.fit_width),
            ("One pixel to one pixel", self.show_actual_size),
            ("Readable height", self.fit_readable),
        ):
            action = QAction(text, self)
            action.triggered.connect(slot)
            self.addAction(action)
        self.invert_action = QAction("Light ink on dark", self)
        self.invert_action.setCheckable(True)
        self.invert_action.toggled.connect(self.set_inverted)
        self.addAction(self.invert_action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def event(self, event: QEvent) -> bool:
        """Claim the zoom keys while the focus is here."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._zooms(event):
            event.accept()
            return True
        return super().event(event)

    @staticmethod
    def _zooms(event: QKeyEvent) -> bool:
        with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return with_control and event.key() in (*_ZOOM_IN_KEYS, Qt.Key.Key_Minus, Qt.Key.Key_0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom with Ctrl + and Ctrl −, fit with Ctrl 0, else scroll."""
        if not self._zooms(event):
            super().keyPressEvent(event)
        elif event.key() in _ZOOM_IN_KEYS:
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            self.fit_width()

    @property
    def image(self) -> QImage:
        """What is shown; a null image while nothing is."""
        return self._image

    @property
    def paper(self) -> QImage:
        """The image with dark ink, whether or not it is shown like that."""
        return self._paper

    @property
    def image_place(self) -> QRectF:
        """Where the image lies in the viewport; it may reach out of it."""
        return self._image_place()

    @property
    def zoom(self) -> float:
        """Logical pixels per pixel of the image."""
        return self._zoom

    @property
    def mode(self) -> Mode:
        """How the zoom is chosen."""
        return self._mode

    @property
    def note(self) -> str:
        """What stands in the place of an image."""
        return self._note

    def fill_height(self) -> None:
        """Take whatever height there is, and let the wheel zoom without Ctrl: nothing else is there to scroll."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setMaximumHeight(QWIDGETSIZE_MAX)
        self._wheel_zooms = True
        self._most_fitted = MAX_FILLED_ZOOM

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Draw these over the image from now on."""
        self._overlays = tuple(overlays)
        self.viewport().update()

    def set_ink(self, ink: NDArray[np.uint8], *, from_right: bool = True) -> None:
        """Show an array, shape (H, W), uint8, 255 = ink, at once."""
        self._wanted = 0
        self._key = None
        self._show(ink_image(ink), from_right)

    def load(self, key: object, make: MakeImage, *, from_right: bool = True) -> None:
        """Show what `make` returns as soon as it is there, unless something else is wanted by then.

        Parameters
        ----------
        key : hashable
            Names the image; the latest ones are kept.
        make : callable
            Called in a thread; see :data:`workbench.gui.image_loading.MakeImage`.
        from_right : bool
            Reading begins at the right.
        """
        self._from_right = from_right
        self._key = key
        known = self._loader.image(key)  # pyright: ignore[reportArgumentType]
        if known is not None:
            self._wanted = 0
            self._show(known, from_right)
        else:
            self._wanted = self._loader.request(key, make)  # pyright: ignore[reportArgumentType]

    def clear(self, note: str = "") -> None:
        """Show no image, and say why."""
        self._wanted = 0
        self._key = None
        self._paper = self._image = self._small = QImage()
        self._note = note
        self._arrange()
        self.image_changed.emit()

    @Slot(bool)
    def set_inverted(self, wanted: bool) -> None:
        """Show light ink on a dark ground, or dark ink on paper again."""
        self.invert_action.setChecked(wanted)
        if not self._paper.isNull():
            self._image = inverted(self._paper) if wanted else self._paper
            self._small = QImage()
            self.viewport().update()

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge around the middle."""
        self._set_zoom(self._zoom * ZOOM_STEP, QPointF(self.viewport().rect().center()))

    @Slot()
    def zoom_out(self) -> None:
        """Make smaller around the middle."""
        self._set_zoom(self._zoom / ZOOM_STEP, QPointF(self.viewport().rect().center()))

    @Slot()
    def fit_width(self) -> None:
        """Show the whole line, now and when the view changes its size."""
        self._set_mode("width")

    @Slot()
    def fit_readable(self) -> None:
        """Show the line as high as it takes to read it, from its beginning."""
        self._set_mode("readable")

    @Slot()
    def show_actual_size(self) -> None:
        """Show one pixel of the image on one pixel of the screen."""
        self._set_zoom(1 / self.devicePixelRatioF(), QPointF(self.viewport().rect().center()))

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._arrange()
        self._show_beginning()

    def sizeHint(self) -> QSize:
        """Return a size in which most lines are read well."""
        return QSize(480, 132)

    @Slot(int, object)
    def _take(self, number: int, key: object) -> None:
        if number == self._wanted and key == self._key:
            self._wanted = 0
            self._show(self._loader.image(key) or QImage(), self._from_right)  # pyright: ignore[reportArgumentType]

    @Slot(int, object, str)
    def _take_failure(self, number: int, key: object, reason: str) -> None:
        if number == self._wanted and key == self._key:
            self.clear(f"This image cannot be shown: {reason}")

    def _show(self, image: QImage, from_right: bool) -> None:
        self._paper = image
        self._image = inverted(image) if self.invert_action.isChecked() and not image.isNull() else image
        self._from_right = from_right
        self._note = ""
        self._small = QImage()
        self._arrange()
        self._show_beginning()
        self.image_changed.emit()

    def _fitting_zoom(self) -> float:
        room = self.viewport().size()
        wide = (room.width() - 2 * MARGIN_PX) / max(self._image.width(), 1)
        high = (room.height() - 2 * MARGIN_PX) / max(self._image.height(), 1)
        zoom = min(wide, high)
        if self._mode == "readable":
            zoom = max(zoom, min(READABLE_PX / max(self._image.height(), 1), high))
        return min(max(zoom, MIN_ZOOM), self._most_fitted)

    def _set_zoom(self, zoom: float, around: QPointF) -> None:
        if self._image.isNull():
            return
        place = self._image_place()
        at = QPointF((around.x() - place.left()) / self._zoom, (around.y() - place.top()) / self._zoom)
        self._mode = "free"
        self._zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        self._arrange()
        self.horizontalScrollBar().setValue(round(at.x() * self._zoom + MARGIN_PX - around.x()))
        self.verticalScrollBar().setValue(round(at.y() * self._zoom + MARGIN_PX - around.y()))

    def _arrange(self) -> None:
        """Bring zoom, scroll bars and the resampled image in line with the view's size."""
        if self._mode != "free":
            self._zoom = self._fitting_zoom()
        room = self.viewport().size()
        wide = round(self._image.width() * self._zoom) + 2 * MARGIN_PX
        high = round(self._image.height() * self._zoom) + 2 * MARGIN_PX
        self.horizontalScrollBar().setPageStep(room.width())
        self.verticalScrollBar().setPageStep(room.height())
        self.horizontalScrollBar().setRange(0, max(wide - room.width(), 0))
        self.verticalScrollBar().setRange(0, max(high - room.height(), 0))
        self.zoom_changed.emit(self._zoom)
        self.place_changed.emit()
        self.viewport().update()

    def scrollContentsBy(self, across: int, down: int) -> None:
        """Draw anew, and tell what moves along."""
        super().scrollContentsBy(across, down)
        self.viewport().update()
        self.place_changed.emit()

    def _show_beginning(self) -> None:
        bar = self.horizontalScrollBar()
        bar.setValue(bar.maximum() if self._from_right else 0)
        middle = self.verticalScrollBar()
        middle.setValue(middle.maximum() // 2)

    def _image_place(self) -> QRectF:
        """Where the image lies in the viewport; flush with the side that reading starts from while it is narrower."""
        wide, high = self._image.width() * self._zoom, self._image.height() * self._zoom
        room = self.viewport().size()
        x = MARGIN_PX - self.horizontalScrollBar().value()
        if wide + 2 * MARGIN_PX <= room.width():
            x = room.width() - MARGIN_PX - wide if self._from_right else MARGIN_PX
        y = MARGIN_PX - self.verticalScrollBar().value()
        if high + 2 * MARGIN_PX <= room.height():
            y = (room.height() - high) / 2
        return QRectF(round(x), round(y), wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible part of the image, or the note."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
        if self._image.isNull():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(12, 0, -12, 0), flags, self._note)
            return
        place = self._image_place()
        ratio = self.devicePixelRatioF()
        if self._zoom * ratio < 1:
            self._draw_reduced(painter, place, ratio)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom * ratio < 4)
            painter.drawImage(place, self._image)
        painter.setPen(QColor(128, 128, 128, 90))
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        for overlay in self._overlays:
            painter.save()
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            overlay.draw(painter, place, self._zoom, QRectF(self.viewport().rect()))
            painter.restore()

    def _draw_reduced(self, painter: QPainter, place: QRectF, ratio: float) -> None:
        """Draw from a properly resampled copy: the painter alone would drop thin strokes."""
        size = QSize(max(round(place.width()), 1), max(round(place.height()), 1))
        wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if self._small.isNull() or self._small.size() != wanted:
            self._small = scaled(self._image, size, ratio)
        painter.drawImage(place.topLeft(), self._small)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, keeping the side in place that reading starts from."""
        super().resizeEvent(event)
        bar = self.horizontalScrollBar()
        from_end = bar.maximum() - bar.value()
        self._arrange()
        if self._from_right:
            bar.setValue(bar.maximum() - from_end)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, or without where nothing else is asked of the wheel; else move sideways."""
        if self._wheel_zooms or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._set_zoom(self._zoom * ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
            event.accept()
        elif self.horizontalScrollBar().maximum() or self.verticalScrollBar().maximum():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the image."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag_from = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the image, or tell what is pointed at."""
        if self._drag_from is None:
            column = (event.position().x() - self._image_place().left()) / self._zoom
            self.column_pointed.emit(column if 0 <= column < self._image.width() else None)
        else:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - round(moved.x()))
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - round(moved.y()))

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell when nothing is pointed at any more."""
        if event.type() == QEvent.Type.Leave:
            self.column_pointed.emit(None)
        return super().viewportEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the image."""
        self._drag_from = None
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole line, or again its beginning."""
        self._set_mode("readable" if self._mode == "width" else "width")

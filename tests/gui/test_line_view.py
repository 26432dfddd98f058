"""Line images: paper and ink, sharpness, zoom, and answers that come too late."""

import threading
from itertools import pairwise, product

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.errors import InputError
from workbench.gui.image_conversion import DARK_PAPER, ink_image, inverted, scaled, thumbnail
from workbench.gui.image_loading import MAX_WAITING, ImageLoader
from workbench.gui.line_overlays import FrameLetter, FrameLetters
from workbench.gui.line_view import MAX_ZOOM, READABLE_PX, LineView
from workbench.gui.text_rendering import TextStyle


def ink_of(width: int = 600, height: int = 40) -> np.ndarray:
    """A line whose right half alone has ink."""
    ink = np.zeros((height, width), np.uint8)
    ink[height // 2 - 2 : height // 2 + 2, width // 2 :] = 255
    return ink


def pixels(image: QImage) -> np.ndarray:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return (
        np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()].copy()
    )


# Conversion


def test_ink_is_dark_on_white_paper() -> None:
    shown = pixels(ink_image(ink_of()))
    assert shown[0, 0] == 255
    assert shown[20, 500] == 0


def test_inverted_ink_is_light_on_dark() -> None:
    shown = pixels(inverted(ink_image(ink_of(601))))
    assert shown[0, 0] == DARK_PAPER
    assert shown[20, 500] == 255


def test_an_image_outlives_a_read_only_array() -> None:
    ink = ink_of()
    ink.flags.writeable = False
    image = ink_image(ink[:, ::2])
    del ink
    assert image.size() == QSize(300, 40)
    assert pixels(image)[20, 290] == 0


def test_an_odd_width_is_not_sheared() -> None:
    ink = np.zeros((9, 13), np.uint8)
    ink[:, 5] = 255
    assert (pixels(ink_image(ink))[:, 5] == 0).all()
    assert (pixels(ink_image(ink))[:, 6] == 255).all()


def test_reduction_keeps_thin_strokes() -> None:
    ink = np.zeros((64, 640), np.uint8)
    ink[31] = 255  # one pixel high: dropped by a painter that only picks pixels
    small = scaled(ink_image(ink), QSize(80, 8))
    assert pixels(small).min() < 250


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_images_have_the_pixels_of_the_screen(ratio: float) -> None:
    small = scaled(ink_image(ink_of(1200, 80)), QSize(300, 20), ratio)
    assert small.width() == round(300 * ratio)
    assert small.deviceIndependentSize().toSize() == QSize(300, 20)


def test_nothing_is_enlarged_beforehand() -> None:
    image = ink_image(ink_of(60, 8))
    assert scaled(image, QSize(600, 80)).size() == image.size()


def test_a_thumbnail_shows_the_beginning() -> None:
    image = ink_image(ink_of(1000, 40))
    right = thumbnail(image, QSize(100, 40))
    left = thumbnail(image, QSize(100, 40), from_right=False)
    assert right.size() == left.size() == QSize(100, 40)
    assert pixels(right).min() == 0
    assert pixels(left).min() == 255
    assert thumbnail(ink_image(ink_of(50, 40)), QSize(100, 40)).width() == 50


# Loading


def test_an_image_is_made_beside_the_window(qtbot: QtBot) -> None:
    loader = ImageLoader()
    threads: list[str] = []

    def make() -> QImage:
        threads.append(threading.current_thread().name)
        return ink_image(ink_of())

    with qtbot.waitSignal(loader.loaded) as answer:
        number = loader.request("a", make)
        assert loader.request("a", make) == number
    assert answer.args == [number, "a"]
    assert threads[0].startswith("images")
    assert len(threads) == 1
    image = loader.image("a")
    assert image is not None
    assert not image.isNull()
    assert loader.is_idle


def test_the_latest_wish_comes_first_and_old_ones_are_dropped(qtbot: QtBot) -> None:
    loader = ImageLoader(remembered=1000)
    gate = threading.Event()
    made: list[int] = []

    def wait() -> QImage:
        gate.wait(10)
        return ink_image(ink_of())

    def make(number: int) -> QImage:
        made.append(number)
        return ink_image(ink_of())

    loader.request("gate", wait)
    for number in range(MAX_WAITING + 40):
        loader.request(number, lambda number=number: make(number))
    gate.set()
    qtbot.waitUntil(lambda: loader.is_idle)
    assert made[0] == MAX_WAITING + 39 or made[1] == MAX_WAITING + 39
    assert len(made) <= MAX_WAITING + 1
    assert loader.image(0) is None or made[0] == 0


def test_what_was_forgotten_is_not_shown(qtbot: QtBot) -> None:
    loader = ImageLoader()
    gate = threading.Event()

    def wait() -> QImage:
        gate.wait(10)
        return ink_image(ink_of())

    loader.request("a", wait)
    loader.forget()
    gate.set()
    with qtbot.waitSignal(loader.loaded) as answer:
        loader.request("b", lambda: ink_image(ink_of()))
    assert answer.args[1] == "b"
    assert loader.image("a") is None


def test_a_fault_is_told(qtbot: QtBot) -> None:
    loader = ImageLoader()

    def fail() -> QImage:
        raise InputError("No such line")

    with qtbot.waitSignal(loader.failed) as answer:
        loader.request("a", fail)
    assert answer.args[2] == "No such line."
    assert loader.is_idle


def test_only_some_images_are_remembered(qtbot: QtBot) -> None:
    loader = ImageLoader(remembered=2)
    for name in "abc":
        with qtbot.waitSignal(loader.loaded):
            loader.request(name, lambda: ink_image(ink_of()))
    assert loader.image("a") is None
    assert loader.image("b") is not None


# The view


@pytest.fixture
def view(qtbot: QtBot) -> LineView:
    view = LineView()
    qtbot.addWidget(view)
    view.resize(400, 132)
    view.show()
    return view


def test_a_long_line_shows_its_right_end_first(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    assert view.mode == "readable"
    assert view.zoom == pytest.approx(READABLE_PX / 100)
    bar = view.horizontalScrollBar()
    assert bar.value() == bar.maximum() > 0
    assert pixels(view.grab().toImage())[40:80].min() < 60  # the ink is at the right end


def test_a_left_to_right_line_shows_its_left_end_first(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100), from_right=False)
    assert view.horizontalScrollBar().value() == 0


def test_fitting_shows_the_whole_line(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    view.fit_width()
    assert view.horizontalScrollBar().maximum() == 0
    assert view.zoom * 4000 <= view.viewport().width()
    view.resize(800, 132)
    assert view.zoom * 4000 == pytest.approx(view.viewport().width() - 12, abs=2)


def press(view: LineView, key: Qt.Key) -> None:
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.ControlModifier)
        event.setAccepted(kind == QEvent.Type.KeyPress)
        QApplication.sendEvent(view, event)
        assert event.isAccepted()


def test_the_keyboard_zooms(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    before = view.zoom
    press(view, Qt.Key.Key_Plus)
    assert view.zoom > before
    assert view.mode == "free"
    press(view, Qt.Key.Key_Minus)
    assert view.zoom == pytest.approx(before)
    press(view, Qt.Key.Key_0)
    assert view.mode == "width"


def test_the_wheel_zooms_at_the_mouse(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    place = QPointF(100, 60)

    def under() -> float:
        return (view.horizontalScrollBar().value() + place.x()) / view.zoom

    before = under()
    view.wheelEvent(
        QWheelEvent(
            place,
            view.viewport().mapToGlobal(place),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
    )
    assert view.zoom > READABLE_PX / 100
    assert under() == pytest.approx(before, abs=16 / view.zoom)
    for _ in range(40):
        view.zoom_in()
    assert view.zoom == MAX_ZOOM


def test_dragging_moves(qtbot: QtBot, view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    before = view.horizontalScrollBar().value()
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 60))
    qtbot.mouseMove(view.viewport(), QPoint(180, 60))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(180, 60))
    assert view.horizontalScrollBar().value() == before - 80


def test_an_overtaken_image_is_never_shown(qtbot: QtBot, view: LineView) -> None:
    gate = threading.Event()

    def slow() -> QImage:
        gate.wait(10)
        return ink_image(ink_of(100, 20))

    view.load("slow", slow)
    view.load("fast", lambda: ink_image(ink_of(200, 20)))
    gate.set()
    qtbot.waitUntil(lambda: view.image.width() == 200)
    qtbot.waitUntil(lambda: view._loader.is_idle)
    assert view.image.width() == 200
    view.load("slow", slow)  # remembered by now
    assert view.image.width() == 100


def test_an_image_that_fails_says_why(qtbot: QtBot, view: LineView) -> None:
    def fail() -> QImage:
        raise InputError("The pixels are damaged")

    view.load("a", fail)
    qtbot.waitUntil(lambda: bool(view.note))
    assert "The pixels are damaged" in view.note
    assert view.image.isNull()
    view.grab()


def test_no_image_is_drawn_without_complaint(view: LineView) -> None:
    view.clear("Nothing here")
    view.zoom_in()
    view.fit_width()
    assert not view.grab().isNull()


def test_an_image_can_be_inverted_and_back(view: LineView) -> None:
    view.set_ink(ink_of(200, 40))
    view.invert_action.trigger()
    assert pixels(view.image)[0, 0] == DARK_PAPER
    view.set_ink(ink_of(300, 40))
    assert pixels(view.image)[0, 0] == DARK_PAPER
    view.invert_action.trigger()
    assert pixels(view.image)[0, 0] == 255


def test_the_right_end_stays_when_the_view_is_resized(view: LineView) -> None:
    view.set_ink(ink_of(4000, 100))
    bar = view.horizontalScrollBar()
    for width in (300, 700, 420):
        view.resize(width, 132)
        assert bar.value() == bar.maximum()


def test_an_image_that_is_asked_for_while_it_is_made_takes_no_others_place(qtbot: QtBot) -> None:
    loader = ImageLoader()
    begun, gate = threading.Event(), threading.Event()

    def slow() -> QImage:
        begun.set()
        gate.wait(10)
        return ink_image(ink_of())

    loader.request("a", slow)
    assert begun.wait(10)
    loader.request("b", lambda: ink_image(ink_of()))
    loader.request("a", slow)  # painted again meanwhile
    gate.set()
    qtbot.waitUntil(lambda: loader.is_idle)
    assert loader.image("a") is not None
    assert loader.image("b") is not None


# Letters over the frames that they were read in

_TALL = "گچٹکؤلظیں"


def _drawn(overlay: FrameLetters, place: QRectF, size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    overlay.draw(painter, place, 1.0, QRectF(image.rect()))
    painter.end()
    return image


def _rows_with_ink(image: QImage) -> set[int]:
    return {y for y in range(image.height()) if any(image.pixelColor(x, y).alpha() for x in range(image.width()))}


@pytest.mark.parametrize("language", ["ur", "ar", "fa"])
@pytest.mark.parametrize("top", [0.0, 34.0, 60.0])
@pytest.mark.parametrize("pointed", [None, 3])
def test_no_letter_over_the_image_is_cut_off(qapp: object, language: str, top: float, pointed: int | None) -> None:
    letters = tuple(FrameLetter(one, 30.0 + 24 * n, 36.0 + 24 * n, 0.4) for n, one in enumerate(_TALL))
    size = QSize(300, 150)
    image = _drawn(FrameLetters(letters, TextStyle(language, 14), pointed), QRectF(0, top, 300, 64), size)
    rows = _rows_with_ink(image)
    assert rows
    assert max(rows) < size.height() - 1
    if top:  # the image itself begins below: only letters may reach the edge, and none does
        assert min(rows) > 0


def test_every_letter_has_its_tick_though_not_every_one_has_room(qapp: object) -> None:
    letters = tuple(FrameLetter("گ", 40.0 + 3 * n, 42.0 + 3 * n) for n in range(30))
    image = _drawn(FrameLetters(letters, TextStyle("ur", 14)), QRectF(0, 60, 300, 64), QSize(300, 150))
    row = 118
    ticks = [x for x in range(300) if image.pixelColor(x, row).alpha()]
    assert len(ticks) == 30
    blank = FrameLetter("", 10.0, 12.0)
    only = _drawn(FrameLetters((blank,), TextStyle("ur", 14)), QRectF(0, 60, 300, 64), QSize(300, 150))
    assert min(_rows_with_ink(only)) == 60


@pytest.mark.parametrize("language", ["ur", "ar"])
@pytest.mark.parametrize("gap", [4, 8, 12])
def test_letters_over_the_image_never_touch_one_another(qapp: object, language: str, gap: int) -> None:
    """Where there is no room for two rows, a second letter would seem to be joined to the first."""
    drawn_pairs = 0
    for first, second in pairwise(_TALL * 2):
        one = FrameLetter(first, 60.0, 62.0)
        alone = _ink_above((one, FrameLetter(second, 9e3, 9e3)), language)  # as deep, and out of sight
        together = _ink_above((one, FrameLetter(second, 60.0 + gap, 62.0 + gap)), language)
        assert (together[alone] > 0).all()
        rest = together & ~alone
        beside = np.zeros_like(alone)
        for down, right in product((-1, 0, 1), repeat=2):
            beside |= np.roll(alone, (down, right), (0, 1))
        assert not (rest & beside).any()
        drawn_pairs += bool(rest.any())
    assert drawn_pairs or gap < 12


def _ink_above(letters: tuple[FrameLetter, ...], language: str) -> np.ndarray:
    """Where there is ink above an image that begins at row 30."""
    image = _drawn(FrameLetters(letters, TextStyle(language, 14)), QRectF(0, 30, 300, 64), QSize(300, 130))
    alpha = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)[..., 3]
    return alpha[:29, : image.width()] > 40


def test_what_is_pointed_at_is_told_in_pixels_of_the_image(qtbot: QtBot) -> None:
    view = LineView()
    qtbot.addWidget(view)
    view.resize(500, 132)
    view.show()
    view.set_ink(np.full((40, 200), 120, np.uint8))
    told: list[float | None] = []
    view.column_pointed.connect(told.append)
    place = view.image_place
    qtbot.mouseMove(view.viewport(), QPoint(round(place.left() + 50 * view.zoom), round(place.center().y())))
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1] == pytest.approx(50, abs=1)
    qtbot.mouseMove(view.viewport(), QPoint(2, 2))
    qtbot.waitUntil(lambda: told[-1] is None)

"""Line images for the screen: dark ink on paper in every colour scheme, sharp at every scale.

All functions work on `QImage` and plain arrays, so that they may run in any thread.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage

DARK_PAPER = 27
"""Grey value of the ground of inverted images: not quite black, as the window's own ground."""
MAX_SIDE_PX = 32_000
"""Qt's rasteriser counts pixels in 16 bits."""


def ink_image(ink: NDArray[np.uint8]) -> QImage:
    """Return an image of its own memory: dark ink on white paper.

    Parameters
    ----------
    ink : ndarray, shape (H, W), uint8
        0 = paper, 255 = ink; may be a read-only view.
    """
    grey = np.ascontiguousarray(255 - ink)
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def ink_of(image: QImage) -> NDArray[np.uint8]:
    """Return the pixels of an image of dark ink on white paper, shape (H, W), 255 = ink; undoes :func:`ink_image`."""
    if image.isNull():
        return np.zeros((0, 0), np.uint8)
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return 255 - pixels[:, : grey.width()]


def inverted(image: QImage) -> QImage:
    """Return a grey image as light ink on a dark ground, for those who want it in a dark window."""
    light = np.interp(ink_of(image), (0, 255), (DARK_PAPER, 255)).astype(np.uint8)
    height, width = light.shape
    return QImage(light.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def scaled(image: QImage, size: QSize, ratio: float = 1.0) -> QImage:
    """Resample for a place of `size` logical pixels on a screen with `ratio` device pixels each.

    The aspect is the caller's concern. Never enlarged: what is enlarged is left to the painter.
    """
    device = QSize(
        min(max(round(size.width() * ratio), 1), MAX_SIDE_PX), min(max(round(size.height() * ratio), 1), MAX_SIDE_PX)
    )
    small = image
    if device.width() < image.width() or device.height() < image.height():
        small = image.scaled(device, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    else:
        small = image.copy()
    small.setDevicePixelRatio(max(small.width() / max(size.width(), 1), 1e-6))
    return small


def thumbnail(image: QImage, size: QSize, ratio: float = 1.0, *, from_right: bool = True) -> QImage:
    """Return the beginning of a line at the full height of `size`; a short line is fitted whole.

    Parameters
    ----------
    image : QImage
    size : QSize
        Logical pixels that the thumbnail may take at most.
    ratio : float
        Device pixels per logical pixel.
    from_right : bool
        Reading begins at the right: what is too long is cut off at the left.
    """
    height = min(size.height(), max(image.height(), 1))
    scale = height / max(image.height(), 1)
    whole = QSize(max(round(image.width() * scale), 1), height)
    small = scaled(image, whole, ratio)
    if whole.width() <= size.width():
        return small
    kept = round(size.width() * small.width() / whole.width())
    left = small.width() - kept if from_right else 0
    part = small.copy(QRect(left, 0, kept, small.height()))
    part.setDevicePixelRatio(small.devicePixelRatio())
    return part

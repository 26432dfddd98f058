"""Image files decoded side by side in threads, in order, with a bounded number of them in memory."""

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from workbench.data.images import MAX_FILE_BYTES, Box, Ink, decode_grey, ink_box, is_blank
from workbench.data.tree import FileTree
from workbench.errors import InputError
from workbench.runs.control import Control

MAX_THREADS = 8


@dataclass(frozen=True, slots=True)
class DecodedLine:
    """A line image as the cache holds it.

    Attributes
    ----------
    digest : str
        Hex sha256 of the file.
    ink : uint8 array, shape (H, W)
        255 = ink; cut to `box`.
    box : tuple of int
        (top, bottom, left, right) of `ink` in the upright scan.
    ink_height : int
        Height of the box of the ink, whether or not the image was cut to it; 0 for a blank image.
    scan_height : int
        Height of the whole upright scan.
    notes : tuple of str
        What was done beside plain decoding.
    """

    digest: str
    ink: Ink
    box: Box
    ink_height: int
    scan_height: int
    notes: tuple[str, ...]


def decode_line(tree: FileTree, image: str, *, cropped: bool) -> DecodedLine:
    """Read and decode one image.

    Raises
    ------
    InputError
        With the reason in `why`.
    """
    content = tree.read(image, MAX_FILE_BYTES)
    grey = decode_grey(content, image)
    height, width = grey.ink.shape
    top, bottom, left, right = ink_box(grey.ink)
    box = (top, bottom, left, right) if cropped else (0, height, 0, width)
    return DecodedLine(
        digest=hashlib.sha256(content).hexdigest(),
        ink=grey.ink[box[0] : box[1], box[2] : box[3]].copy() if cropped else grey.ink,
        box=box,
        ink_height=0 if (bottom - top == height and is_blank(grey.ink)) else bottom - top,
        scan_height=height,
        notes=grey.notes,
    )


def decode_lines(
    tree: FileTree, images: Sequence[str], *, cropped: bool, control: Control | None
) -> Iterator[DecodedLine | InputError]:
    """Decode images in their order; ends early when cancelled.

    Yields
    ------
    DecodedLine or InputError
        One per image; the error where it cannot be used.
    """
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[DecodedLine | InputError]] = deque()
    remaining = iter(images)
    executor = ThreadPoolExecutor(threads, thread_name_prefix="decode")

    def submit() -> None:
        for image in remaining:
            waiting.append(executor.submit(_attempt, tree, image, cropped))
            return

    try:
        for _ in range(threads + 2):
            submit()
        while waiting and not (control and control.is_cancelled):
            decoded = waiting.popleft().result()
            submit()
            yield decoded
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _attempt(tree: FileTree, image: str, cropped: bool) -> DecodedLine | InputError:
    try:
        return decode_line(tree, image, cropped=cropped)
    except InputError as error:
        return error

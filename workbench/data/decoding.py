"""Image files decoded side by side in threads, in order, with a bounded number of them in memory."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from workbench.data.cuts import (
    Colours,
    MaskCut,
    PolygonCut,
    cut_mask,
    cut_polygon,
    digest_of_cut,
    mask_colours,
    paper_level,
)
from workbench.data.images import (
    MAX_FILE_BYTES,
    Box,
    Ink,
    check_line_size,
    check_page_pixels,
    decode_grey,
    ink_box,
    is_blank,
    opened_image,
)
from workbench.data.line import TextLine
from workbench.data.tree import FileTree
from workbench.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DecodedLine:
    """A line image as the cache holds it.

    Attributes
    ----------
    digest : str
        Hex sha256 of the file; of page and cut for a line that is a part of a page.
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


@dataclass(frozen=True, slots=True)
class _Page:
    """A decoded page out of which lines are cut."""

    digest: str
    ink: Ink
    paper: int
    notes: tuple[str, ...]


class _Once(Generic[T]):
    """Something that is made by the thread that asks first, while the others wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._result: T | InputError | None = None

    def get(self, make: Callable[[], T]) -> T:
        with self._lock:
            if self._result is None:
                try:
                    self._result = make()
                except InputError as error:
                    self._result = error
        if isinstance(self._result, InputError):
            raise self._result
        return self._result


class PageCache:
    """The pages and masks decoded last: the lines of a page follow each other, and each needs the whole of it.

    Parameters
    ----------
    tree : FileTree
        Where they lie.
    kept : int
        How many stay in memory.
    """

    def __init__(self, tree: FileTree, kept: int) -> None:
        self._tree = tree
        self._kept = kept
        self._pages: OrderedDict[str, _Once[_Page]] = OrderedDict()
        self._masks: OrderedDict[str, _Once[tuple[str, Colours]]] = OrderedDict()
        self._lock = Lock()

    def page(self, name: str) -> _Page:
        """A page; several threads that ask for the same one wait for one of them.

        Raises
        ------
        InputError
            When it cannot be used.
        """
        return self._get(self._pages, name, self._decode_page)

    def mask(self, name: str) -> tuple[str, Colours]:
        """Digest and colours of a mask.

        Raises
        ------
        InputError
            When it cannot be used.
        """
        return self._get(self._masks, name, self._decode_mask)

    def _get(self, kept: OrderedDict[str, _Once[T]], name: str, decode: Callable[[str], T]) -> T:
        with self._lock:
            once = kept.setdefault(name, _Once[T]())
            kept.move_to_end(name)
            while len(kept) > self._kept:
                kept.popitem(last=False)
        return once.get(lambda: decode(name))

    def _decode_page(self, name: str) -> _Page:
        content = self._tree.read(name, MAX_FILE_BYTES)
        grey = decode_grey(content, name, is_page=True)
        return _Page(hashlib.sha256(content).hexdigest(), grey.ink, paper_level(grey.ink), grey.notes)

    def _decode_mask(self, name: str) -> tuple[str, Colours]:
        content = self._tree.read(name, MAX_FILE_BYTES)
        with opened_image(content, name) as image:
            check_page_pixels(image, name)
            return hashlib.sha256(content).hexdigest(), mask_colours(image)


@dataclass(frozen=True, slots=True)
class _Scan:
    """A line image before it is cropped to its ink; `box` is its place in the upright scan."""

    digest: str
    ink: Ink
    box: Box
    notes: tuple[str, ...]


def decode_line(tree: FileTree, line: TextLine, *, cropped: bool, pages: PageCache | None = None) -> DecodedLine:
    """Read and decode the image of a line, cut out of its page where it is a part of one.

    Parameters
    ----------
    tree : FileTree
        Where the image lies.
    line : TextLine
        Its `image` and `cut` are looked at.
    cropped : bool
        Cut to the ink, see :func:`workbench.data.images.ink_box`.
    pages : PageCache, optional
        Keeps pages between the lines of one; without it a page is decoded for this line alone.

    Raises
    ------
    InputError
        With the reason in `why`.
    """
    scan = _scan(tree, line, pages or PageCache(tree, 1))
    height, width = scan.ink.shape
    top, bottom, left, right = ink_box(scan.ink)
    box = (top, bottom, left, right) if cropped else (0, height, 0, width)
    down, across = scan.box[0], scan.box[2]
    return DecodedLine(
        digest=scan.digest,
        ink=scan.ink[box[0] : box[1], box[2] : box[3]].copy() if cropped else scan.ink,
        box=(box[0] + down, box[1] + down, box[2] + across, box[3] + across),
        ink_height=0 if (bottom - top == height and is_blank(scan.ink)) else bottom - top,
        scan_height=height,
        notes=scan.notes,
    )


def _scan(tree: FileTree, line: TextLine, pages: PageCache) -> _Scan:
    name = line.image.as_posix()
    match line.cut:
        case None:
            content = tree.read(name, MAX_FILE_BYTES)
            grey = decode_grey(content, name)
            height, width = grey.ink.shape
            return _Scan(hashlib.sha256(content).hexdigest(), grey.ink, (0, height, 0, width), grey.notes)
        case PolygonCut():
            page = pages.page(name)
            ink, box, notes = cut_polygon(page.ink, page.paper, line.cut)
            digest = digest_of_cut(page.digest, line.cut)
        case MaskCut():
            page = pages.page(name)
            mask_digest, colours = pages.mask(line.cut.mask)
            ink, box = cut_mask(page.ink, page.paper, colours, line.cut)
            digest, notes = digest_of_cut(page.digest, line.cut, mask_digest), ()
    check_line_size(ink.shape[1], ink.shape[0], line.id)
    return _Scan(digest, ink, box, (*page.notes, *notes))

"""Whatever the file: the same grey ink, or one clear reason."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from tests.data.fixtures import draw_strokes
from workbench.data import images
from workbench.data.images import decode_grey, ink_box, ink_extent, is_blank, is_white_on_black, read_grey
from workbench.errors import InputError

GREY = Image.fromarray(np.random.default_rng(3).integers(150, 256, (30, 80), dtype=np.uint8))
GREY.paste(draw_strokes("قلم", height=30))
INK = (255 - np.asarray(GREY)).astype(np.float32) / 255
BILEVEL = GREY.point(lambda value: 255 if value > 128 else 0)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def ink_of(content: bytes) -> np.ndarray:
    return decode_grey(content, "x").ink.astype(np.float32) / 255


def deep(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image).astype(np.uint16) * 257)


def transparent(image: Image.Image) -> Image.Image:
    """The same picture as black of varying opacity: what is transparent shows the white behind it."""
    return Image.merge("LA", (Image.new("L", image.size, 0), image.point(lambda value: 255 - value)))


TWINS = {
    "PNG": encoded(GREY, "PNG"),
    "BMP": encoded(GREY, "BMP"),
    "TIFF, LZW": encoded(GREY, "TIFF", compression="tiff_lzw"),
    "PNG, colour": encoded(GREY.convert("RGB"), "PNG"),
    "PNG, opaque alpha": encoded(GREY.convert("RGBA"), "PNG"),
    "PNG, ink in the alpha channel": encoded(transparent(GREY), "PNG"),
    "PNG, RGBA ink in the alpha channel": encoded(transparent(GREY).convert("RGBA"), "PNG"),
    "PNG, palette": encoded(GREY.convert("P"), "PNG"),
    "PNG, 16 bit": encoded(deep(GREY), "PNG"),
    "TIFF, 16 bit": encoded(deep(GREY), "TIFF"),
    "TIFF, 32 bit of 16": encoded(Image.fromarray(np.asarray(GREY).astype(np.int32) * 257), "TIFF"),
    "TIFF, float": encoded(Image.fromarray(np.asarray(GREY).astype(np.float32) / 255), "TIFF"),
    "TIFF, float of 255": encoded(Image.fromarray(np.asarray(GREY).astype(np.float32)), "TIFF"),
    "TIFF, CMYK": encoded(
        Image.merge("CMYK", [Image.new("L", GREY.size, 0)] * 3 + [GREY.point(lambda v: 255 - v)]), "TIFF"
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_all_twins_are_the_same_ink(name: str) -> None:
    assert np.abs(ink_of(TWINS[name]) - INK).max() <= 1 / 255 + 1e-6
    if "CMYK" not in name:
        np.testing.assert_array_equal(ink_of(TWINS[name]), INK)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP"])
def test_bilevel_is_black_and_white(form: str) -> None:
    np.testing.assert_array_equal(ink_of(encoded(BILEVEL.convert("1"), form)), (255 - np.asarray(BILEVEL)) / 255)


def test_fax_compression_and_white_is_zero() -> None:
    expected = (255 - np.asarray(BILEVEL)) / 255
    for options in ({"compression": "group4"}, {"tiffinfo": {262: 0}}):
        np.testing.assert_array_equal(ink_of(encoded(BILEVEL.convert("1"), "TIFF", **options)), expected)


def test_jpeg_colour_equals_its_grey_twin_within_its_losses() -> None:
    colour = ink_of(encoded(GREY.convert("RGB"), "JPEG", quality=95))
    assert np.abs(colour - ink_of(encoded(GREY, "JPEG", quality=95))).max() < 0.03


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_images_stand_upright(orientation: int, form: str) -> None:
    methods = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = BILEVEL.transpose(methods[orientation]) if orientation > 1 else BILEVEL
    exif = Image.Exif()
    exif[0x0112] = orientation
    ink = ink_of(encoded(stored, form, exif=exif, **({"quality": 100} if form == "JPEG" else {})))
    assert ink.shape == INK.shape
    assert np.abs(ink - (255 - np.asarray(BILEVEL)) / 255).mean() < 0.02


def test_the_first_of_several_pages_is_taken_and_told() -> None:
    content = encoded(BILEVEL, "TIFF", save_all=True, append_images=[Image.new("L", (9, 9))])
    grey = decode_grey(content, "x")
    np.testing.assert_array_equal(grey.ink, 255 - np.asarray(BILEVEL))
    assert grey.notes == ("several pages, the first is used",)


def test_read_grey_gives_float_ink(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(TWINS["PNG"])
    grey = read_grey(tmp_path / "a.png")
    assert (grey.dtype, grey.min() >= 0, grey.max() <= 1) == (np.float32, True, True)
    np.testing.assert_array_equal(grey, INK)


def test_the_extension_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(TWINS["PNG"])
    np.testing.assert_array_equal(read_grey(tmp_path / "a.jpg"), INK)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


REFUSED = {
    "0 bytes": (b"", "0 bytes"),
    "not an image": (b"hello" * 100, "not a PNG, JPEG, TIFF or BMP"),
    "GIF": (encoded(GREY, "GIF"), "not a PNG, JPEG, TIFF or BMP"),
    "PDF": (encoded(GREY, "PDF"), "not a PNG, JPEG, TIFF or BMP"),
    "EPS": (encoded(GREY, "EPS"), "not a PNG, JPEG, TIFF or BMP"),
    "bomb": (png_of_size(60_000, 60_000), "50 megapixels"),
    "between the limits": (png_of_size(10_000, 9_500), "50 megapixels"),
    "just over our limit": (png_of_size(10_000, 5_001), "50 megapixels"),
    "one pixel": (encoded(Image.new("L", (1, 1)), "PNG"), "too small"),
    "one row": (encoded(Image.new("L", (30_000, 1)), "PNG"), "too small"),
    "a stripe": (encoded(Image.new("L", (2000, 5)), "PNG"), "no line of text"),
    "truncated PNG": (TWINS["PNG"][: len(TWINS["PNG"]) // 2], "damaged"),
    "truncated TIFF": (TWINS["TIFF, LZW"][: len(TWINS["TIFF, LZW"]) // 2], "damaged"),
    "truncated JPEG": (encoded(GREY, "JPEG")[:400], "damaged"),
}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", REFUSED)
def test_unusable_images_say_why(name: str, tmp_path: Path) -> None:
    content, reason = REFUSED[name]
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.png cannot be") as caught:
        read_grey(tmp_path / "x.png")
    assert reason in caught.value.why


def test_missing_files_and_folders_say_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_grey(tmp_path / "x.png")
    with pytest.raises(InputError, match="not a plain file"):
        read_grey(tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=150)
@given(
    name=st.sampled_from(["PNG", "TIFF, LZW", "BMP", "TIFF, 16 bit", "PNG, palette"]),
    edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(0, 5000),
)
def test_damaged_files_give_ink_or_a_reason(name: str, edits: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(TWINS[name])
    for at, value in edits:
        content[at % len(content)] = value
    with suppress(InputError):
        ink = decode_grey(bytes(content[: len(content) - cut % 200]), "x").ink
        assert (ink.dtype, ink.ndim) == (np.uint8, 2)


def line_image(paper: int, ink: int, noise: int = 0, seed: int = 0) -> np.ndarray:
    """A line of strokes in the middle of a larger page; uint8, 255 = white."""
    page = np.full((120, 400), paper, dtype=np.int16)
    strokes = np.asarray(draw_strokes("كتاب قلم شمس", height=40))[:, :140] < 128
    page[50:90, 100:240][strokes] = ink
    page += np.random.default_rng(seed).integers(-noise, noise + 1, page.shape).astype(np.int16)
    return page.clip(0, 255).astype(np.uint8)


def extent(paper: int = 255) -> tuple[int, int, int, int]:
    dark = line_image(255, 0) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@pytest.mark.parametrize(("paper", "noise"), [(255, 0), (200, 8), (150, 12), (90, 6)])
def test_the_box_holds_the_ink_whatever_the_paper(paper: int, noise: int) -> None:
    top, bottom, left, right = ink_box(255 - line_image(paper, 20, noise))
    assert np.abs(np.subtract((top, bottom, left, right), np.add(extent(), (-4, 4, -4, 4)))).max() <= 4


def test_the_box_is_the_same_for_float_and_uint8() -> None:
    ink = 255 - line_image(255, 20)
    assert ink_box(ink) == ink_box((ink / 255).astype(np.float32))


def test_specks_do_not_hold_the_box_open() -> None:
    ink = 255 - line_image(255, 0)
    expected = ink_box(ink)
    ink[2, 390] = 255
    assert np.abs(np.subtract(ink_box(ink), expected)).max() <= 1


def test_the_margin_ends_at_the_border() -> None:
    ink = np.zeros((20, 30), dtype=np.uint8)
    ink[0, 0] = ink[19, 29] = 255
    assert ink_box(ink) == (0, 20, 0, 30)


@pytest.mark.parametrize("level", [0, 100, 255])
def test_a_blank_page_is_kept_whole(level: int) -> None:
    page = np.full((40, 90), level, dtype=np.uint8)
    assert ink_box(page) == (0, 40, 0, 90)
    assert is_blank(page)


def test_white_on_black_is_turned_and_told() -> None:
    page = line_image(255, 0)
    grey = decode_grey(encoded(Image.fromarray(255 - page), "PNG"), "x")
    np.testing.assert_array_equal(grey.ink, 255 - page)
    assert grey.notes == ("white on black, inverted",)


@pytest.mark.parametrize(
    ("paper", "ink", "noise"), [(255, 0, 0), (100, 20, 5), (60, 10, 10), (110, 180, 0), (128, 0, 0)]
)
def test_dim_pages_are_left_as_they_are(paper: int, ink: int, noise: int) -> None:
    assert is_white_on_black(255 - line_image(paper, ink, noise)) is False


def test_thick_strokes_are_left_as_they_are() -> None:
    page = np.full((40, 200), 255, dtype=np.uint8)
    page[5:35, 10:190] = 0  # three quarters black, but the border is paper
    assert is_white_on_black(255 - page) is False


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(0, 255)))
def test_the_level_of_the_paper_is_the_median(ink: NDArray[np.uint8]) -> None:
    counts = np.cumsum(np.bincount(ink.ravel(), minlength=256))
    median = int(np.searchsorted(counts, ink.size / 2))
    paper, level = images._paper_level(ink)
    darkest = int(ink.max())
    assert paper == median
    assert level == (256 if darkest - median < images.BLANK_CONTRAST else median + (darkest - median) // 5)


@given(
    ink=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(0, 255)),
    strip_px=st.integers(1, 400),
)
def test_the_extent_does_not_depend_on_the_strips(ink: NDArray[np.uint8], strip_px: int) -> None:
    paper, level = images._paper_level(ink)
    mass = np.where(ink > level, ink.astype(np.int64) - paper, 0)
    expected = None
    if level <= 255:
        edges = [np.searchsorted(np.cumsum(sums) / mass.sum(), (0.005, 0.995)) for sums in (mass.sum(1), mass.sum(0))]
        expected = tuple(int(at) for first, last in edges for at in (first, last + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "_STRIP_PX", strip_px)
        assert ink_extent(ink) == expected


def test_tall_images_are_summed_without_overflow() -> None:
    ink = np.zeros((2_000, 8), dtype=np.uint8)
    ink[500:1_500, 2:6] = 255
    assert ink_extent(ink) == (504, 1_495, 2, 6)

"""Lines cut out of pages: inside a polygon, or where a mask says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbench.data.cuts import (
    MASK_MARGIN_PX,
    MaskCut,
    PolygonCut,
    cut_from_json,
    cut_mask,
    cut_polygon,
    cut_to_json,
    digest_of_cut,
    mask_colours,
    paper_level,
)
from workbench.errors import InputError

PAPER = 20


def page(width: int = 60, height: int = 40) -> np.ndarray:
    ink = np.full((height, width), PAPER, dtype=np.uint8)
    ink[::2, ::3] = 200
    return ink


def test_paper_is_the_median_of_the_page() -> None:
    assert paper_level(page()) == PAPER


def test_a_rectangle_is_cut_as_it_is() -> None:
    cut = PolygonCut(((10, 5), (29, 5), (29, 14), (10, 14)), (60, 40))
    ink, box, notes = cut_polygon(page(), PAPER, cut)
    assert box == (5, 15, 10, 30)
    assert notes == ()
    np.testing.assert_array_equal(ink, page()[5:15, 10:30])


def test_outside_the_polygon_is_paper() -> None:
    ink, box, _ = cut_polygon(np.full((40, 60), 255, np.uint8), PAPER, PolygonCut(((0, 0), (39, 0), (0, 39))))
    assert box == (0, 40, 0, 40)
    assert ink[0, 0] == ink[39, 0] == ink[0, 39] == 255
    assert ink[39, 39] == ink[30, 30] == PAPER


def test_a_polygon_that_leaves_the_page_loses_what_is_off_it() -> None:
    ink, box, _ = cut_polygon(page(), PAPER, PolygonCut(((-20, -20), (9, -20), (9, 9), (-20, 9))))
    assert box == (0, 10, 0, 10)
    np.testing.assert_array_equal(ink, page()[:10, :10])


@pytest.mark.parametrize("points", [(), ((1, 1),), ((1, 1), (9, 9)), ((70, 5), (80, 5), (80, 9)), ((3, 3),) * 4])
def test_polygons_without_area_are_refused(points: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(InputError, match="no area"):
        cut_polygon(page(), PAPER, PolygonCut(points))


def test_points_of_a_larger_copy_are_scaled_and_it_is_said() -> None:
    ink, box, notes = cut_polygon(page(), PAPER, PolygonCut(((20, 10), (58, 10), (58, 28), (20, 28)), (120, 80)))
    assert box == (5, 15, 10, 30)
    assert ink.shape == (10, 20)
    assert "scaled" in notes[0]


def test_points_of_a_page_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match="60 × 40 px, the polygons were drawn on 40 × 60 px"):
        cut_polygon(page(), PAPER, PolygonCut(((1, 1), (9, 1), (9, 9)), (40, 60)))


def test_a_mask_gives_its_colour_with_a_margin() -> None:
    mask = Image.new("RGB", (60, 40))
    for x in range(20, 30):
        mask.putpixel((x, 20), (1, 2, 3))
        mask.putpixel((x, 22), (9, 9, 9))
    ink, box = cut_mask(np.full((40, 60), 255, np.uint8), PAPER, mask_colours(mask), MaskCut("m.png", 0x010203))
    assert box == (20 - MASK_MARGIN_PX, 21 + MASK_MARGIN_PX, 20 - MASK_MARGIN_PX, 30 + MASK_MARGIN_PX)
    assert (ink == 255).sum() == 10
    assert set(np.unique(ink)) == {PAPER, 255}


def test_masks_that_do_not_fit_are_refused() -> None:
    mask = mask_colours(Image.new("L", (60, 40)))
    with pytest.raises(InputError, match="no pixel of the colour #ffffff"):
        cut_mask(page(), PAPER, mask, MaskCut("m.png", 0xFFFFFF))
    with pytest.raises(InputError, match="the mask is 60 × 40 px, the page 30 × 40 px"):
        cut_mask(page(30), PAPER, mask, MaskCut("m.png", 0))


POINTS = st.lists(st.tuples(st.integers(-9999, 9999), st.integers(-9999, 9999)), max_size=9).map(tuple)
CUTS = st.builds(PolygonCut, POINTS, st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99))) | st.builds(
    MaskCut, st.text(), st.integers(0, 0xFFFFFF)
)


@given(CUTS)
def test_cuts_survive_a_file(cut: PolygonCut | MaskCut) -> None:
    assert cut_from_json(cut_to_json(cut)) == cut


@given(CUTS, CUTS)
def test_different_cuts_of_a_page_have_different_digests(
    one: PolygonCut | MaskCut, other: PolygonCut | MaskCut
) -> None:
    assert (digest_of_cut("page", one) == digest_of_cut("page", other)) == (one == other)

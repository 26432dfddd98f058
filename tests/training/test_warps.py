import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.strokes import MemoryLines, lines_of, spec_of, target_of
from workbench.study.schema import Preprocessing
from workbench.training.augment import DRAWS, Distortion, draw
from workbench.training.batches import collate
from workbench.training.lines import layout_of, load_lines
from workbench.training.warps import collate_distorted, displacement, place_distorted

CPU = torch.device("cpu")
CANVAS = Preprocessing(line_height_px=48, canvas_width_px=400, border_px=8, scaling="never_enlarge")


def loaded(count=3, source=None, **options):
    source = source or lines_of("w", count)
    target = target_of("w", source, len(source.ids), 0, 0)
    spec = spec_of([target], [source], **options)
    return layout_of(spec), list(load_lines(source, spec, target, target.train_ids, for_training=True))


def distorted(lines, layout, *distortions):
    keys = [(0, 1, line.target, line.id) for line in lines]
    return collate_distorted(lines, distortions, keys, layout, CPU)


def clean(count=2):
    """Lines without noise on their paper, so that ink can be followed."""
    source = lines_of("w", count)
    for image in source.images.values():
        image[image < 60] = 0
    return source


@pytest.mark.parametrize("preprocessing", [None, CANVAS])
def test_no_distortion_is_no_change(preprocessing):
    layout, lines = loaded(preprocessing=preprocessing)
    plain, same = collate(lines, layout, CPU), distorted(lines, layout, *[Distortion()] * 3)
    torch.testing.assert_close(same.images, plain.images, atol=1e-4, rtol=0)
    assert (same.frames, same.label_lengths) == (plain.frames, plain.label_lengths)
    assert torch.equal(same.labels, plain.labels)


@pytest.mark.parametrize("kind", sorted(DRAWS))
@pytest.mark.parametrize("preprocessing", [None, CANVAS])
def test_real_draws_keep_range_paper_and_labels(kind, preprocessing):
    source = clean(24)
    layout, lines = loaded(source=source, preprocessing=preprocessing)
    drawn = [draw(kind, 3, 1, line.target, line.id) for line in lines]
    batch = distorted(lines, layout, *drawn)
    assert batch.images.min() >= 0
    assert batch.images.max() <= 1
    assert (batch.images.amax(dim=(1, 2, 3)) > 0.3).all()
    again = distorted(lines, layout, *drawn)
    assert torch.equal(again.images, batch.images)
    for image, line, frames in zip(batch.images, lines, batch.frames, strict=True):
        assert frames >= line.needed_frames
        if preprocessing is None:  # the margin to the right is paper, exactly
            assert image[..., -8:].sum() == 0
    assert batch.images.shape[-1] == (400 if preprocessing else max(batch.images.shape[-1], 64))


def test_a_line_is_distorted_alike_in_any_company():
    layout, lines = loaded()
    drawn = [draw("published", 0, 4, line.target, line.id) for line in lines]
    together = distorted(lines, layout, *drawn)
    for line, distortion, image, frames in zip(lines, drawn, together.images, together.frames, strict=True):
        alone = distorted([line], layout, distortion)
        assert alone.frames == (frames,)
        width = alone.images.shape[-1]
        # Widths enter the resampling as float32: alike to a fraction of a grey value.
        torch.testing.assert_close(image[..., :width], alone.images[0], atol=4e-3, rtol=0)


@pytest.mark.parametrize("angle", [-30, -8, 8, 30])
def test_slanted_lines_begin_at_the_border_and_lose_no_ink(angle):
    layout, lines = loaded(1, source=clean(1), preprocessing=Preprocessing(line_height_px=32, border_px=2))
    plain = collate(lines, layout, CPU)
    slanted = distorted(lines, layout, Distortion(shear_x=angle))
    assert slanted.images.sum() == pytest.approx(plain.images.sum().item(), rel=0.02)
    assert slanted.frames[0] > plain.frames[0]
    assert slanted.images[..., :2].sum() == 0


def test_shear_moves_the_top_against_the_bottom():
    bar = np.zeros((40, 120), dtype=np.uint8)
    bar[:, 58:62] = 255
    layout, lines = loaded(
        source=MemoryLines({"bar": "ا"}, {"bar": bar}), preprocessing=Preprocessing(line_height_px=40)
    )
    image = distorted(lines, layout, Distortion(shear_x=20)).images[0, 0]
    tops, bottoms = image[:8].sum(dim=0).argmax(), image[-8:].sum(dim=0).argmax()
    assert bottoms - tops == pytest.approx(32 * np.tan(np.radians(20)), abs=2)


@given(zoom=st.floats(0.75, 1.25), aspect=st.floats(0.9, 1.1), scale_x=st.floats(0.6, 1.2))
@settings(max_examples=30)
def test_widths_follow_stretch_and_scale(zoom, aspect, scale_x):
    layout, (line,) = loaded(1)
    size = place_distorted(line, Distortion(zoom=zoom, aspect=aspect, scale_x=scale_x), layout).size
    # The scan is small and is stretched to whole pixels.
    assert size.scaled_width == pytest.approx(line.size.scaled_width * scale_x / aspect, rel=0.07)
    assert size.scaled_height == line.size.scaled_height


def test_a_line_is_never_squeezed_until_its_label_no_longer_fits():
    source = MemoryLines({"full": "اب" * 30})
    source.images["full"] = np.full((40, 290), 200, dtype=np.uint8)
    layout, (line,) = loaded(source=source, preprocessing=Preprocessing(line_height_px=32))
    assert line.size.ctc_frames == line.needed_frames == 60
    size = place_distorted(line, Distortion(aspect=1.1, scale_x=0.6), layout).size
    assert size.ctc_frames == 60


def test_on_a_canvas_zoom_acts_only_on_small_lines():
    layout, (line,) = loaded(
        1, preprocessing=Preprocessing(line_height_px=150, canvas_width_px=600, scaling="never_enlarge")
    )
    size = place_distorted(line, Distortion(zoom=1.25), layout).size
    assert (size.scaled_height, size.padded_width) == (50, 600)
    large = Preprocessing(line_height_px=32, canvas_width_px=600, scaling="never_enlarge")
    layout, (line,) = loaded(1, preprocessing=large)
    assert place_distorted(line, Distortion(zoom=1.25), layout).size.scaled_height == 32


def test_grid_and_elastic_distortion_move_pixels_a_little():
    _, (line,) = loaded(1)
    width = line.size.padded_width
    grid = Distortion(grid=((0.9, 1.1, 1.0, 0.95, 1.05, 1.0), (1.1, 0.9, 1.0, 1.0, 1.0, 1.0)))
    moved = displacement(grid, ("k",), 32, line.size, CPU)
    assert moved.shape == (2, 32, width)
    assert 1 < moved[0].abs().max() < 0.1 * width
    assert moved[0, :, 0].abs().max() == 0  # one end stays, the other is a pixel beyond it
    assert moved[0, :, -1].abs().max() == pytest.approx(1, abs=1e-3)
    elastic = displacement(Distortion(elastic_px=60.0), ("k",), 32, line.size, CPU)
    assert 0.05 < elastic.std() < 1.5
    assert (elastic[:, :, 1:] - elastic[:, :, :-1]).abs().max() < 0.2  # smooth
    assert torch.equal(elastic, displacement(Distortion(elastic_px=60.0), ("k",), 32, line.size, CPU))
    assert not torch.equal(elastic, displacement(Distortion(elastic_px=60.0), ("other",), 32, line.size, CPU))


def test_strokes_grow_and_shrink():
    layout, lines = loaded(2, source=clean())
    ink = collate(lines, layout, CPU).images.sum(dim=(1, 2, 3))

    def changed(stroke):
        return distorted(lines, layout, *[Distortion(stroke=stroke)] * 2).images.sum(dim=(1, 2, 3))

    assert (changed(1.0) > changed(0.4)).all()
    assert (changed(0.4) > ink).all()
    assert (changed(-0.4) < ink).all()
    assert (changed(-1.0) < changed(-0.4)).all()


def test_greys_change_ink_and_not_paper():
    layout, lines = loaded(2, source=clean())
    plain = collate(lines, layout, CPU).images
    pale, dark = (
        distorted(lines, layout, *[Distortion(contrast=c, gamma=g)] * 2).images for c, g in ((-0.2, 1.2), (0.2, 0.8))
    )
    some = plain > 0.1
    assert (pale[some] < plain[some]).all()
    assert (dark[some] >= plain[some]).all()
    paper = torch.nn.functional.max_pool2d(plain, 5, stride=1, padding=2) == 0
    assert pale[paper].sum() == dark[paper].sum() == 0


def test_published_background_goes_on_beyond_the_edge():
    preprocessing = CANVAS.model_copy(update={"background": "median"})
    layout, lines = loaded(1, preprocessing=preprocessing)
    image = distorted(lines, layout, Distortion(scale_x=0.6, scale_y=0.6)).images[0, 0]
    assert image[:, -4:].min() > 0


def test_an_erosion_does_not_erase_small_lines():
    layout, lines = loaded(2, source=clean())
    plain, eroded = collate(lines, layout, CPU).images, distorted(lines, layout, *[Distortion(stroke=-1.0)] * 2).images
    assert 0.75 < eroded.sum() / plain.sum() < 0.99

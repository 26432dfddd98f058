"""The preset `paper`, row by row of docs/protocol.md, against formulas written down here once more.

What the published code does to an image is repeated with numpy and scipy, one operation after the other.
"""

import numpy as np
import pytest
import torch
from scipy import ndimage

from tests.training.strokes import MemoryLines, spec_of, target_of
from workbench.resource_files import study_files
from workbench.study.toml_file import load_study
from workbench.training.augment import Distortion, draw
from workbench.training.batches import canvases, collate
from workbench.training.lines import layout_of, load_lines
from workbench.training.warps import ELASTIC_SIGMA_PX, collate_distorted, displacement, place_distorted

PAPER = load_study(study_files()["paper"])
HEIGHT, WIDTH, BORDER = 150, 2073, 8
CPU = torch.device("cpu")


def scan(height, width, seed=0):
    """Dark strokes on uneven paper, ink = 255: smooth, so that a second resampling changes little."""
    random = np.random.default_rng([seed, height, width])
    ink = ndimage.gaussian_filter(random.random((height, width)), 4)
    ink = np.clip((ink - np.quantile(ink, 0.8)) * 14, 0, 0.8)
    paper = 0.05 + 0.03 * np.sin(np.arange(width) / 90)
    return np.rint(255 * np.maximum(ink, paper)).astype(np.uint8)


def loaded(*images, architecture="both", texts=None, **training):
    """Lines as a run of the preset reads them."""
    names = [f"l{at}" for at in range(len(images))]
    texts = texts or ["اب"] * len(images)
    source = MemoryLines(dict(zip(names, texts, strict=True)), dict(zip(names, images, strict=True)))
    target = target_of("t", source, len(names), 0, 0)
    spec = spec_of([target], [source], architecture, preprocessing=PAPER.preprocessing)
    spec = spec.model_copy(update={"training": PAPER.training.model_copy(update=training)})
    return layout_of(spec), list(load_lines(source, spec, target, target.train_ids, for_training=True))


@pytest.fixture(scope="module")
def drawn():
    return [draw("published", 0, 1, "khatt", f"line-{at}") for at in range(2000)]


@pytest.mark.parametrize(
    ("happens", "probability"),
    [
        pytest.param(lambda one: one.rotate != 0, 0.5, id="affine"),
        pytest.param(lambda one: bool(one.grid[0]), 0.25, id="grid"),
        pytest.param(lambda one: one.elastic_px == 60, 0.25, id="elastic"),
        pytest.param(lambda one: bool(one.grid[0]) and one.elastic_px > 0, 0.0, id="never both"),
        pytest.param(lambda one: one.stroke == 1, 0.25, id="dilation"),
        pytest.param(lambda one: one.stroke == -1, 0.25, id="erosion"),
        pytest.param(lambda one: one.contrast != 0, 0.5, id="brightness and contrast"),
        pytest.param(lambda one: one.gamma != 1, 0.5, id="gamma"),
        pytest.param(lambda one: one.rotate != 0 and one.gamma != 1, 0.25, id="independent"),
    ],
)
def test_probabilities_of_the_published_transforms(drawn, happens, probability):
    # Four standard deviations of 2,000 draws.
    assert np.mean([happens(one) for one in drawn]) == pytest.approx(
        probability, abs=4 * np.sqrt(probability * (1 - probability) / 2000)
    )


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("zoom", 0.75, 1.25),
        ("aspect", 0.9, 1.1),
        ("rotate", -1, 1),
        ("shear_x", -30, 30),
        ("shear_y", -5, 5),
        ("scale_x", 0.6, 1.2),
        ("scale_y", 0.6, 1.2),
        ("brightness", -0.2, 0.2),
        ("contrast", -0.2, 0.2),
        ("gamma", 0.8, 1.2),
    ],
)
def test_ranges_of_the_published_transforms(drawn, name, low, high):
    changed = np.array([getattr(one, name) for one in drawn if getattr(one, name) != getattr(Distortion(), name)])
    assert low <= changed.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < changed.max() <= high
    assert changed.mean() == pytest.approx((low + high) / 2, abs=0.05 * (high - low))
    assert changed.std() == pytest.approx((high - low) / np.sqrt(12), rel=0.05)


def test_the_published_shift_is_a_constant(drawn):
    assert {(one.shift_x, one.shift_y) for one in drawn} == {(0.0, 0.0), (0.02, 0.02)}
    assert all((one.shift_x > 0) == (one.rotate != 0) for one in drawn)


def test_both_scales_are_drawn_apart(drawn):
    x, y = np.array([(one.scale_x, one.scale_y) for one in drawn if one.rotate != 0]).T
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1


def augmented(image, distortion):
    """One line on the canvas: without and with the distortion, float in [0, 1]."""
    layout, lines = loaded(image)
    plain = collate(lines, layout, CPU).images[0, 0].numpy()
    changed = collate_distorted(lines, [distortion], [("k",)], layout, CPU).images[0, 0].numpy()
    return plain, changed


def published_affine(image, distortion):
    """Shear after rotation after scaling, about the middle pixel, then the shift; what lies beyond is replicated."""
    height, width = image.shape
    middle = np.array([width / 2 - 0.5, height / 2 - 0.5])
    angle, x, y = np.radians([distortion.rotate, distortion.shear_x, distortion.shear_y])
    scaled = np.diag([distortion.scale_x, distortion.scale_y])
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slanted = np.array([[1, np.tan(x)], [np.tan(y), 1]])
    inverse = np.linalg.inv(slanted @ turned @ scaled)
    rows, columns = np.mgrid[:height, :width]
    shift = np.array([distortion.shift_x * width, distortion.shift_y * height])
    sources = np.einsum("ij,jhw->ihw", inverse, np.array([columns, rows]) - (middle + shift)[:, None, None])
    sources += middle[:, None, None]
    return ndimage.map_coordinates(image, sources[::-1], order=1, mode="nearest")


@pytest.mark.parametrize("at", range(4))
def test_affine_is_the_published_one(drawn, at):
    one = [each for each in drawn if each.rotate != 0][at]
    kept = ("rotate", "shear_x", "shear_y", "scale_x", "scale_y", "shift_x", "shift_y")
    distortion = Distortion(**{name: getattr(one, name) for name in kept})
    plain, changed = augmented(scan(110, 1600), distortion)
    np.testing.assert_allclose(changed, published_affine(plain, distortion), atol=2e-3)


def published_grid_map(extent, steps, cells=5):
    """Source of each pixel, after the published library: its loop over cells, and its normalisation."""
    size = extent // cells
    steps = [*steps[:-1], steps[-1] * (min(extent, (cells + 1) * size) - cells * size) / size]
    factor = extent / size / sum(steps)
    sources, before = np.zeros(extent), 0.0
    for at, step in enumerate(steps):
        begin, end = at * size, min((at + 1) * size, extent)
        after = before + size * step * factor
        sources[begin:end] = np.linspace(before, after, end - begin)
        before = after
    return sources


@pytest.mark.parametrize("extent", [150, 2073, 151, 64])
def test_grid_distortion_is_the_published_one(drawn, extent):
    grid = next(one.grid for one in drawn if one.grid[0])
    _, (line,) = loaded(scan(110, 1600))
    moved = displacement(Distortion(grid=(grid[0], grid[0])), ("k",), extent, line.size, CPU).numpy()
    np.testing.assert_allclose(moved[0, 0], published_grid_map(WIDTH, grid[0]) - np.arange(WIDTH), atol=1e-3)
    np.testing.assert_allclose(moved[1, :, 0], published_grid_map(extent, grid[0]) - np.arange(extent), atol=1e-3)
    assert np.ptp(moved[0], axis=0).max() == np.ptp(moved[1], axis=1).max() == 0


def test_affine_and_grid_are_done_at_once_and_agree_with_one_after_the_other(drawn):
    grid = next(one.grid for one in drawn if one.grid[0])
    affine = Distortion(rotate=0.5, shear_x=-12, shear_y=2, scale_x=0.8, scale_y=0.9, shift_x=0.02, shift_y=0.02)
    both = Distortion(1.0, 1.0, 0.5, -12, 2, 0.8, 0.9, 0.02, 0.02, grid)
    plain, changed = augmented(scan(134, 1200), both)
    sources = np.meshgrid(published_grid_map(HEIGHT, grid[1]), published_grid_map(WIDTH, grid[0]), indexing="ij")
    twice = ndimage.map_coordinates(published_affine(plain, affine), sources, order=1, mode="mirror")
    assert np.abs(changed - twice)[:, :-2].mean() < 0.004


def test_elastic_noise_is_the_published_one_in_the_middle():
    """Uniform noise in [-1, 1], blurred by 20 px, times 60: half a pixel. Outside the canvas ours counts as none."""
    _, (line,) = loaded(scan(110, 1600))
    moved = displacement(Distortion(elastic_px=60.0), ("k",), HEIGHT, line.size, CPU).numpy()
    noise = np.random.default_rng(0).uniform(-1, 1, (600, WIDTH))
    published = 60 * ndimage.gaussian_filter(noise, ELASTIC_SIGMA_PX)
    assert published.std() == pytest.approx(0.49, abs=0.06)
    assert moved[:, 55:95, 100:-100].std() == pytest.approx(published.std(), rel=0.25)
    assert abs(moved.mean()) < 0.1  # the library of the published code shifts everything by -60
    smooth = [np.abs(np.diff(field, axis=-1)).mean() / field.std() for field in (moved[0, 55:95], published)]
    assert smooth[0] == pytest.approx(smooth[1], rel=0.2)


@pytest.mark.parametrize(("stroke", "operation"), [(1.0, ndimage.grey_dilation), (-1.0, ndimage.grey_erosion)])
def test_strokes_change_over_three_rows(stroke, operation):
    plain, changed = augmented(scan(110, 1600), Distortion(stroke=stroke, stroke_kernel=(3, 1)))
    np.testing.assert_allclose(changed, operation(plain, (3, 1), mode="nearest"), atol=1e-3)


@pytest.mark.parametrize(("contrast", "brightness", "gamma"), [(0.2, 0.15, 0.8), (-0.2, -0.1, 1.2), (0.1, 0.2, 1)])
def test_brightness_is_added_and_contrast_multiplies_then_gamma(contrast, brightness, gamma):
    distortion = Distortion(contrast=contrast, brightness=brightness, gamma=gamma)
    plain, changed = augmented(scan(110, 1600), distortion)
    expected = np.clip(plain * (1 + contrast) + brightness, 0, 1) ** gamma
    np.testing.assert_allclose(changed, expected, atol=2e-3)


def published_size(height, width):
    """Height and width of a line on the canvas, as the published preprocessing computes them."""
    new_height = min(HEIGHT - 2 * BORDER, height)
    return new_height, min(WIDTH - 2 * BORDER, int(new_height / height * width))


@pytest.mark.parametrize("size", [(50, 700), (134, 1500), (300, 4200), (97, 2500), (60, 2000)])
def test_stretching_comes_first_and_cuts_fractions_off(size):
    layout, (line,) = loaded(scan(*size))
    height, width = size
    for at in range(60):
        one = draw("published", at)
        new_width = int(one.zoom * width)
        new_height = int((one.aspect * height / width) * new_width)
        placed = place_distorted(line, Distortion(zoom=one.zoom, aspect=one.aspect), layout).size
        expected = published_size(new_height, new_width)
        assert placed.scaled_height == expected[0]
        assert abs(placed.scaled_width - expected[1]) <= 1  # integers here, fractions there
        assert (placed.padded_width, placed.ctc_frames) == (WIDTH, 259)


def test_canvas_is_as_large_as_published():
    layout, lines = loaded(scan(50, 700), scan(300, 6000))
    assert canvases(lines, layout).shape == (2, HEIGHT, WIDTH)

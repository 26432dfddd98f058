"""The preset `paper`, row by row of docs/protocol.md, against formulas written down here once more.

What the published code does to an image is repeated with numpy and scipy, one operation after the other.
"""

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch.nn import functional

from tests.training.strokes import MemoryLines, lines_of, resized, spec_of, target_of
from workbench.data.images import decode_grey
from workbench.metrics.error_rate import count_characters, count_words, total
from workbench.models.registry import architecture, architecture_spec, build
from workbench.resource_files import study_files
from workbench.study.toml_file import load_study
from workbench.text.alphabet import CTC_BLANK, Alphabet
from workbench.training import updates as updates_module
from workbench.training.augment import Distortion, draw
from workbench.training.batches import canvases, collate
from workbench.training.decode import decode, restrict, stripped, to_text
from workbench.training.evaluate import Reader
from workbench.training.lines import layout_of, load_lines, scale, trained_text
from workbench.training.losses import batch_loss
from workbench.training.schedule import learning_rate
from workbench.training.updates import Updates
from workbench.training.warps import ELASTIC_SIGMA_PX, collate_distorted, displacement, place_distorted

PAPER = load_study(study_files()["paper"])
SMALL_CANVAS = PAPER.preprocessing.model_copy(update={"line_height_px": 32, "canvas_width_px": 320, "border_px": 2})
HEIGHT, WIDTH, BORDER = 150, 2073, 8
LIBRARY_RESIZED = [[36, 95, 154, 186, 51], [111, 170, 158, 45, 92], [187, 143, 56, 108, 167]]
"""What scikit-image 0.24 gave for the image of the test, as bytes."""
CPU = torch.device("cpu")


def scan(height, width, seed=0):
    """Dark strokes on uneven paper, ink = 255: smooth, so that a second resampling changes little."""
    random = np.random.default_rng([seed, height, width])
    ink = ndimage.gaussian_filter(random.random((height, width)), 4)
    ink = np.clip((ink - np.quantile(ink, 0.8)) * 14, 0, 0.8)
    paper = 0.05 + 0.03 * np.sin(np.arange(width) / 90)
    return np.rint(255 * np.maximum(ink, paper)).astype(np.uint8)


def spec_of_paper(targets=None, sources=None, architecture="both", preprocessing=PAPER.preprocessing, **training):
    """A run's specification with the rules of the preset."""
    source = lines_of("t", 4)
    targets, sources = targets or [target_of("t", source, 4, 0, 0)], sources or [source]
    spec = spec_of(targets, sources, architecture, preprocessing=preprocessing)
    return spec.model_copy(update={"training": PAPER.training.model_copy(update=training)})


def loaded(*images, architecture="both", texts=None, **training):
    """Lines as a run of the preset reads them."""
    names = [f"l{at}" for at in range(len(images))]
    texts = texts or ["اب"] * len(images)
    source = MemoryLines(dict(zip(names, texts, strict=True)), dict(zip(names, images, strict=True)))
    target = target_of("t", source, len(names), 0, 0)
    spec = spec_of_paper([target], [source], architecture, **training)
    return layout_of(spec), list(load_lines(source, spec, target, target.train_ids, for_training=True))


def png(pixels, mode="L"):
    content = BytesIO()
    Image.fromarray(pixels).convert(mode).save(content, "PNG")
    return content.getvalue()


def test_grey_becomes_ink():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 300), dtype=np.uint8)
    layout, (line,) = loaded(decode_grey(png(pixels), "a.png").ink)
    image = collate([line], layout, CPU).images[0, 0, BORDER : BORDER + 40, BORDER : BORDER + 300]
    np.testing.assert_allclose(image, 1 - pixels / 255, atol=1e-6)


def test_neutral_colours_and_one_bit_are_read_like_grey():
    """The published reader divides by 255 what is within 0..1 already; here colour files keep their contrast."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 300), dtype=np.uint8)
    assert (decode_grey(png(pixels, "RGB"), "a.png").ink == 255 - pixels).all()
    bilevel = np.where(pixels > 60, 255, 0).astype(np.uint8)
    assert (decode_grey(png(bilevel, "1"), "a.png").ink == 255 - bilevel).all()


def published_size(height, width):
    """Height and width of a line on the canvas, as the published preprocessing computes them."""
    new_height = min(HEIGHT - 2 * BORDER, height)
    return new_height, min(WIDTH - 2 * BORDER, int(new_height / height * width))


def test_lines_are_never_enlarged_and_too_wide_ones_are_squeezed():
    layout = layout_of(spec_of_paper())
    literal = {(50, 700): (50, 700), (134, 2057): (134, 2057), (268, 2000): (134, 1000), (100, 2600): (100, 2057)}
    for scanned, expected in literal.items():
        size = layout.size(*scanned)
        assert (size.scaled_height, size.scaled_width) == expected == published_size(*scanned)
    off = Counter(
        (layout.size(height, width).scaled_width - published_size(height, width)[1])
        for height in range(20, 420, 3)
        for width in range(100, 5000, 17)
    )
    # A product of fractions now and then comes out just below a whole number that integers hit.
    assert set(off) <= {0, 1}
    assert off[1] < 0.0005 * off.total()


def published_axis(before, after):
    """Matrix that resizes one side: Gaussian of half of what the factor exceeds 1, then linear interpolation."""
    factor = before / after
    sigma = max(0.0, (factor - 1) / 2)
    radius = int(4 * sigma + 0.5)

    def mirrored(at):
        at = abs(at) % (2 * before - 2)
        return min(at, 2 * before - 2 - at)

    blur = np.zeros((before, before))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2) if sigma else np.ones(1)
    for row in range(before):
        for offset, weight in zip(range(-radius, radius + 1), weights / weights.sum(), strict=True):
            blur[row, mirrored(row + offset)] += weight
    pick = np.zeros((after, before))
    for row in range(after):
        at = (row + 0.5) * factor - 0.5
        below = int(np.floor(at))
        pick[row, mirrored(below)] += 1 - (at - below)
        pick[row, mirrored(below + 1)] += at - below
    return pick @ blur


@pytest.mark.parametrize(("before", "after"), [((60, 90), (40, 61)), ((60, 90), (60, 47)), ((60, 200), (21, 44))])
def test_resizing_is_the_published_one(before, after):
    image = np.random.default_rng(0).integers(0, 256, before).astype(np.uint8)
    expected = published_axis(before[0], after[0]) @ image @ published_axis(before[1], after[1]).T
    np.testing.assert_allclose(scale(image, *after, "gaussian"), expected, atol=0.51)


def test_resizing_gives_what_the_published_library_gave():
    image = (np.arange(6 * 8).reshape(6, 8) * 37 % 256).astype(np.uint8)
    assert scale(image, 3, 5, "gaussian").tolist() == LIBRARY_RESIZED


def test_the_faster_resampling_is_near():
    image = scan(201, 1200)
    gaussian, triangle = (scale(image, 134, 800, name).astype(float) / 255 for name in ("gaussian", "triangle"))
    assert np.sqrt(((gaussian - triangle) ** 2).mean()) < 0.01


@pytest.mark.parametrize("size", [(1, 9), (50, 700), (133, 1001), (134, 2057)])
def test_the_background_is_the_median_of_columns_then_of_rows(size):
    pixels = np.random.default_rng(size).integers(0, 256, size).astype(np.uint8)
    layout, lines = loaded(pixels)
    (canvas,) = canvases(lines, layout)
    below, beside = HEIGHT - BORDER - size[0], WIDTH - BORDER - size[1]
    assert (canvas == np.pad(pixels, ((BORDER, below), (BORDER, beside)), mode="median")).all()
    as_published = np.pad(1 - (255 - pixels) / 255, ((BORDER, below), (BORDER, beside)), mode="median")
    np.testing.assert_allclose(canvas / 255, as_published, atol=1.01 / 255)


def test_a_cropped_line_is_not_asked_for():
    assert not PAPER.preprocessing.crop_to_ink
    assert not PAPER.preprocessing.equalise_contrast


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
    elastic = Distortion(elastic_px=60.0)
    moved = torch.stack([displacement(elastic, (key,), HEIGHT, line.size, CPU) for key in range(8)]).numpy()
    noise = np.random.default_rng(0).uniform(-1, 1, (600, WIDTH))
    published = 60 * ndimage.gaussian_filter(noise, ELASTIC_SIGMA_PX)
    assert published.std() == pytest.approx(0.49, abs=0.06)
    assert moved[..., 55:95, 100:-100].std() == pytest.approx(published.std(), rel=0.1)
    assert abs(moved.mean()) < 0.1  # the library of the published code shifts everything by -60
    smooth = [np.abs(np.diff(field, axis=-1)).mean() / field.std() for field in (moved[..., 55:95, :], published)]
    assert smooth[0] == pytest.approx(smooth[1], rel=0.1)


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


def test_ctc_sees_the_whole_canvas_whatever_the_line():
    layout, lines = loaded(scan(50, 300), scan(134, 2057), architecture="cnn")
    assert collate(lines, layout, CPU).frames == (259, 259)
    assert architecture("both").geometry.frames_for_width(WIDTH) == 259


def small_network(name):
    """The published network with fewer channels and smaller LSTMs, on a small canvas."""
    smaller = {"stage_channels": [8, 12, 16], "stage_blocks": [1, 1, 1], "lstm_hidden": 8, "stem_channels": 8}
    published = architecture_spec(name)
    return resized(published, **smaller)


def small_run(name="both", count=20, **training):
    """Specification, layout and lines of a run of the preset at a size that trains at once."""
    source = lines_of("t", count, words=1)
    target = target_of("t", source, count, 0, 0)
    spec = spec_of_paper([target], [source], preprocessing=SMALL_CANVAS, **training)
    spec = spec.model_copy(update={"architecture": small_network(name), "steps": 80})
    return spec, list(load_lines(source, spec, target, target.train_ids, for_training=True))


def network_of(spec):
    torch.manual_seed(0)
    return build(spec.architecture, len(spec.alphabet) + 1)


def test_lstms_are_not_packed_on_the_canvas():
    spec, lines = small_run("rnn")
    network = network_of(spec).eval()
    batch = collate(lines[:3], layout_of(spec), CPU)
    with torch.no_grad():
        features = network.encoder(batch.images).squeeze(2).permute(2, 0, 1)
        expected = network.head.linear(network.head.lstm(features)[0])
        torch.testing.assert_close(network(batch.images, batch.frames).logits, expected)


def published_loss(output, batch):
    """Sum of CTC over the batch by the configured 16, and a tenth of the shortcut's."""
    ctc = torch.nn.CTCLoss(blank=0, reduction="sum", zero_infinity=True)
    frames = torch.full((len(batch.frames),), output.logits.shape[0], dtype=torch.int32)
    lengths = torch.tensor(batch.label_lengths)
    main, shortcut = (
        ctc(functional.log_softmax(logits, dim=2), batch.labels, frames, lengths) / 16
        for logits in (output.logits, output.auxiliary)
    )
    return main + 0.1 * shortcut


@pytest.mark.parametrize("count", [16, 4, 1])
def test_the_loss_is_a_sixteenth_of_the_sum_in_a_smaller_batch_too(count):
    spec, lines = small_run()
    batch = collate(lines[:count], layout_of(spec), CPU)
    output = network_of(spec).train()(batch.images, batch.frames)
    torch.testing.assert_close(batch_loss(output, batch, spec.training), published_loss(output, batch))


def test_a_line_without_enough_frames_counts_nothing():
    spec, lines = small_run()
    batch = collate(lines[:2], layout_of(spec), CPU)
    logits = torch.zeros(5, 2, len(spec.alphabet) + 1, requires_grad=True)
    batch = type(batch)(batch.images, (5, 5), torch.tensor([1, 1, 1, 1, 2], dtype=torch.int32), (4, 1))
    output = network_of(spec).eval()(batch.images, (40, 40))._replace(logits=logits)
    loss = batch_loss(output, batch, spec.training)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(loss)
    assert gradient[:, 0].abs().max() == 0 < gradient[:, 1].abs().max()


def test_reading_uses_the_recurrent_head_alone():
    spec, lines = small_run()
    network = network_of(spec)
    reader = Reader(network, spec, CPU)
    before = [reading.confidences for batch in reader.read(lines) for reading in batch]
    with torch.no_grad():
        network.shortcut.convolution.weight.normal_()
    assert before == [reading.confidences for batch in reader.read(lines) for reading in batch]
    with torch.no_grad():
        network.head.linear.bias.normal_()
    assert before != [reading.confidences for batch in reader.read(lines) for reading in batch]


def test_learning_rates_are_those_of_the_published_scheduler_stepped_by_epoch():
    epochs, per_epoch = 800, 7
    stepper = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], 5e-4, weight_decay=5e-5)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(stepper, [int(0.5 * epochs), int(0.75 * epochs)])
    expected = []
    for _ in range(epochs):
        for _ in range(per_epoch):
            expected.append(stepper.param_groups[0]["lr"])
            stepper.step()
        scheduler.step()
    steps = epochs * per_epoch
    got = [learning_rate(PAPER.training, step, steps) for step in range(1, steps + 1)]
    assert got == pytest.approx(expected)
    drops = [at + 1 for at in range(1, steps) if got[at] != got[at - 1]]
    assert drops == [400 * 7 + 1, 600 * 7 + 1]  # first steps of the epochs 401 and 601


def test_an_optimiser_step_is_that_of_a_plain_loop(monkeypatch):
    """AdamW as torch has it, no clipping, no warm-up, float32; the batches of the loop are those of the run."""
    spec, lines = small_run(augmentation="none")
    spec = spec.model_copy(update={"architecture": without_dropout(spec.architecture)})
    ours, plain = network_of(spec), network_of(spec)
    updates = Updates(spec, lines, ours, CPU)
    stepper = torch.optim.AdamW(plain.parameters(), 5e-4, weight_decay=0.00005)
    assert {key: value for key, value in updates.optimiser.defaults.items() if key not in ("foreach", "fused")} == {
        key: value for key, value in stepper.defaults.items() if key not in ("foreach", "fused")
    }
    collated = spy_on_batches(monkeypatch)
    for step in range(1, 5):
        update = updates.make(step)
        batch = collate(collated[-1], layout_of(spec), CPU)
        loss = published_loss(plain.train()(batch.images, batch.frames), batch)
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        assert (update.lines, update.learning_rate) == (len(collated[-1]), 5e-4)
        assert update.loss == pytest.approx(loss.item(), rel=1e-4)
    for got, expected in zip(ours.parameters(), plain.parameters(), strict=True):
        assert got.dtype == torch.float32
        # A step of AdamW is about the learning rate whatever the gradient; rounding can turn a tiny one round.
        assert (got - expected).abs().mean() < 0.02 * 5e-4


def without_dropout(spec):
    return resized(spec, head_dropout=0.0, lstm_dropout=0.0)


def spy_on_batches(monkeypatch):
    """Lines of every batch that a run collates from here on."""
    collated = []

    def told(lines, *rest):
        collated.append(list(lines))
        return collate(lines, *rest)

    monkeypatch.setattr(updates_module, "collate", told)
    return collated


def test_batches_are_shuffled_lines_of_all_widths_and_a_smaller_last_one(monkeypatch):
    spec, lines = small_run("cnn", count=100, augmentation="none")
    updates, collated = Updates(spec, lines, network_of(spec), CPU), spy_on_batches(monkeypatch)
    for step in range(1, 2 * 7 + 1):
        updates.make(step)
    assert [len(batch) for batch in collated] == [16, 16, 16, 16, 16, 16, 4] * 2
    first, second = ([line.id for batch in epoch for line in batch] for epoch in (collated[:7], collated[7:]))
    assert sorted(first) == sorted(second) == sorted(line.id for line in lines)
    assert first != second
    # Not bucketed: every full batch holds narrow lines and wide ones.
    widths = np.array([line.size.scaled_width for line in lines])
    for batch in collated:
        if len(batch) == 16:
            assert np.ptp([line.size.scaled_width for line in batch]) > widths.std()


def test_labels_are_reversed_code_points_between_spaces():
    text = "لا 12َ"
    classes = sorted({*text, " ", "ب"})
    expected = [classes.index(character) + 1 for character in (" " + text + " ")[::-1]]
    padded = trained_text(text, (), PAPER.training)
    alphabet = Alphabet(tuple(classes))
    assert alphabet.encode(padded, PAPER.training.reading_order) == expected
    assert alphabet.classes == len(classes) + 1
    assert CTC_BLANK == 0
    assert alphabet.decode(expected, PAPER.training.reading_order) == padded
    assert PAPER.normalisation == ()
    assert PAPER.placeholders.wildcards == ""


def published_decoding(classes, characters):
    """Merge repeats, drop the blank, turn back, strip."""
    merged = [one for at, one in enumerate(classes) if at == 0 or one != classes[at - 1]]
    return "".join(characters[one - 1] for one in merged if one != 0)[::-1].strip()


def test_greedy_decoding_is_the_published_one():
    alphabet = Alphabet((" ", "ا", "ب", "ت"))
    random = np.random.default_rng(0)
    logits = torch.tensor(random.normal(size=(259, 32, alphabet.classes)), dtype=torch.float32)
    expected = [published_decoding(classes, alphabet.characters) for classes in logits.argmax(2).T.tolist()]
    read = [to_text(path, alphabet, PAPER.training.reading_order) for path in decode(logits, [259] * 32)]
    assert [stripped(*each)[0] for each in read] == expected


def test_masking_the_blank_too_wrecks_restricted_decoding():
    """The published list of allowed classes lacks the CTC blank; here it is always in it."""
    alphabet = Alphabet((" ", "ا", "ب", "پ"))
    text = "ابا باب"
    frames = [CTC_BLANK]
    for one in alphabet.encode(text, "reversed"):
        frames += [one, CTC_BLANK, CTC_BLANK]
    random = np.random.default_rng(0)
    logits = torch.tensor(random.normal(0, 0.5, (len(frames), 1, alphabet.classes)), dtype=torch.float32)
    logits[torch.arange(len(frames)), 0, torch.tensor(frames)] += 6

    def read(scores):
        (path,) = decode(scores, [len(frames)])
        return alphabet.decode(path.classes, "reversed")

    assert read(restrict(logits, alphabet, (" ", "ا", "ب"))) == text
    masked = restrict(logits, alphabet, (" ", "ا", "ب")).clone()
    masked[..., CTC_BLANK] = -torch.inf
    assert count_characters(text, read(masked)).rate > 0.5


def test_preset_decodes_freely():
    assert PAPER.training.decoding == "free"


def test_rates_are_sums_over_code_points_and_over_words_between_blanks():
    pairs = [("با ب.", "با ت."), ("۱۲", ""), ("َا", "ا")]
    characters = total(count_characters(*pair) for pair in pairs)
    words = total(count_words(*pair) for pair in pairs)
    assert (characters.edits, characters.length) == (4, 9)
    assert (words.edits, words.length) == (3, 4)

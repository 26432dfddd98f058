"""Every small architecture learns four lines in seconds, reads them the same in any batch, and gives the same again."""

import pytest
import torch
from safetensors.torch import load_file

from tests.training.runs import content, drive, drive_until, last_checkpoint, result_files
from tests.training.strokes import MemoryLines, lines_of, spec_of, target_of
from workbench.models.registry import ARCHITECTURES, build, with_norm
from workbench.runs.events import Evaluated, StepLogged
from workbench.text.alphabet import Alphabet
from workbench.training.decode import decode, to_text
from workbench.training.lines import load_lines

SMALL = sorted(name for name in ARCHITECTURES if name.startswith("small-"))
FURTHER = [name for name in SMALL if name not in ("small-cnn", "small-crnn")]
"""The others are trained in tests/training/test_loop.py."""
OF_THEIR_OWN_KIND = ("small-crnn-windowed", "small-tcn", "small-transformer", "small-htr-vt")
"""Whose head is no other network's in another size."""


def four_lines():
    """One of them twice as long as the others."""
    texts = lines_of("m", 3, letters="ابجدهوز").texts
    first, *_, last = texts.values()
    return MemoryLines(texts | {"m-long": f"{last} {first}"})


def run_of(architecture, norm="batch", **options):
    source = four_lines()
    target = target_of("m", source, 4, 0, 0).model_copy(update={"test_ids": source.ids, "test_clusters": ("w",) * 4})
    spec = spec_of([target], [source], architecture, auxiliary_loss_weight=0.3, **options)
    return spec.model_copy(update={"architecture": with_norm(spec.architecture, norm)}), {"m": source}


def read_on(width, line, network, spec):
    """Text of a line that lies at the left of an input as wide as told, in a batch with another line as wide."""
    images = torch.zeros(2, 1, 32, width)
    images[0, 0, : line.size.scaled_height, : line.size.scaled_width] = torch.tensor(line.pixels) / 255
    images[1] = torch.rand(32, width)
    frames = [line.size.ctc_frames, ARCHITECTURES[spec.architecture.name].geometry.frames_for_width(width)]
    with torch.inference_mode():
        path, _ = decode(network(images, frames).logits, frames)
    return to_text(path, Alphabet(spec.alphabet), spec.training.reading_order)[0]


@pytest.mark.parametrize(
    ("architecture", "norm"),
    [*((name, "batch") for name in OF_THEIR_OWN_KIND), ("small-cnn", "group"), ("small-htr-vt-cnn", "group")],
)
def test_four_lines_are_memorised_and_read_the_same_in_any_batch(architecture, norm, tmp_path):
    spec, caches = run_of(architecture, norm, steps=120, log_every_steps=60)
    events = drive(spec, caches, tmp_path)
    assert [event.edits for event in events if isinstance(event, Evaluated) and event.selection == "last"] == [0]
    network = build(spec.architecture, len(spec.alphabet) + 1).eval()
    network.load_state_dict(load_file(tmp_path / "last.safetensors"))
    lines = list(load_lines(caches["m"], spec, spec.targets[0], caches["m"].ids, for_training=True))
    for line in lines:
        assert read_on(line.size.padded_width, line, network, spec) == line.reference
        if norm == "batch":  # with GroupNorm in batches of the same padded width only
            assert read_on(800, line, network, spec) == line.reference


@pytest.mark.parametrize("architecture", FURTHER)
def test_same_seed_same_bytes_also_after_a_stop(architecture, tmp_path):
    spec, caches = run_of(architecture, steps=5, augmentation="light", log_every_steps=1)
    whole = drive(spec, caches, tmp_path / "whole")
    folder = tmp_path / "parts"
    before = drive_until(spec, caches, folder, lambda event: isinstance(event, StepLogged) and event.step == 2)
    after = drive(spec, caches, folder, resume_from=last_checkpoint(before))
    assert content([*before, *after]) == content(whole)
    assert result_files(folder) == result_files(tmp_path / "whole")


@pytest.mark.parametrize("architecture", OF_THEIR_OWN_KIND)
def test_bfloat16_learns_too(architecture, tmp_path):
    """In few steps: a processor without instructions for it computes them some twenty times as slowly."""
    spec, caches = run_of(architecture, steps=4, precision="bfloat16", log_every_steps=2)
    first, last = [event.loss for event in drive(spec, caches, tmp_path) if isinstance(event, StepLogged)]
    assert last < first

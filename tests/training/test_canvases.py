import pytest
import torch

from tests.training.strokes import lines_of, spec_of, target_of
from workbench.study.schema import Preprocessing
from workbench.training.batches import canvases
from workbench.training.canvases import Canvases
from workbench.training.lines import layout_of, load_lines

CPU = torch.device("cpu")
PREPROCESSINGS = {
    "buckets": Preprocessing(line_height_px=32),
    "published": Preprocessing(line_height_px=48, canvas_width_px=400, border_px=8, background="median"),
    "buckets on medians": Preprocessing(line_height_px=48, border_px=4, background="median"),
}


@pytest.mark.parametrize("is_resident", [False, True])
@pytest.mark.parametrize("name", sorted(PREPROCESSINGS))
def test_what_is_looked_up_is_what_would_be_made(name, is_resident, monkeypatch):
    source = lines_of("c", 7)
    target = target_of("c", source, 7, 0, 0)
    spec = spec_of([target], [source], preprocessing=PREPROCESSINGS[name])
    lines = list(load_lines(source, spec, target, target.train_ids, for_training=True))
    layout = layout_of(spec)
    monkeypatch.setattr(Canvases, "_fits", lambda self: is_resident)
    kept = Canvases(lines, layout, CPU)
    for _ in range(2):  # the second time from what is kept
        for indices in ([3], [0, 6, 2], [5, 5]):
            expected = torch.from_numpy(canvases([lines[at] for at in indices], layout))
            found = kept.of(indices)
            assert found.dtype == torch.uint8
            assert torch.equal(found, expected)


def test_lines_stay_here_on_a_cpu():
    assert not Canvases(
        [], layout_of(spec_of([target_of("c", lines_of("c", 1), 1, 0, 0)], [lines_of("c", 1)])), CPU
    )._fits()

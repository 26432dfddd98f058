"""How many frames lines get, for statistics."""

from workbench.execution.frame_rule import frame_rule
from workbench.models.geometry import input_size
from workbench.models.registry import ARCHITECTURES
from workbench.study.schema import Preprocessing

PREPROCESSING = Preprocessing(line_height_px=64)


def test_the_architecture_of_fewest_frames_decides() -> None:
    rule = frame_rule(["small-crnn", "both", "unheard of"], PREPROCESSING)
    assert rule is not None
    assert (rule.architecture, rule.line_height_px) == ("both", 64)
    for height, width in ((64, 2073), (100, 900), (20, 31)):
        expected = input_size(height, width, PREPROCESSING, ARCHITECTURES["both"].geometry).ctc_frames
        assert rule.frames(height, width) == expected
    assert rule.needed("ببت") == 4


def test_without_an_architecture_there_is_no_rule() -> None:
    assert frame_rule(["unheard of"], PREPROCESSING) is None

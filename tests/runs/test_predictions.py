"""Predictions come back as they were written; without frames where nobody asks for them."""

from dataclasses import replace

import pytest

from workbench.errors import WorkspaceError
from workbench.runs.predictions import Prediction, read_predictions, write_predictions

WRITTEN = (
    Prediction("l1", "khatt", "test", "last", 'با "ب",\n', "با", 3, 9, (3, 1), (0.5, 0.25)),
    Prediction("l2", "khatt", "test", "best", "", "", 0, 0),
)


def test_what_was_written_is_read(tmp_path):
    write_predictions(tmp_path / "predictions.csv", WRITTEN)
    assert tuple(read_predictions(tmp_path / "predictions.csv")) == WRITTEN


def test_frames_can_be_left_out(tmp_path):
    write_predictions(tmp_path / "predictions.csv", WRITTEN)
    bare = tuple(replace(one, char_frames=(), char_confidences=()) for one in WRITTEN)
    assert tuple(read_predictions(tmp_path / "predictions.csv", with_frames=False)) == bare


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / "predictions.csv").write_text("line_id\nx\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        list(read_predictions(tmp_path / "predictions.csv"))

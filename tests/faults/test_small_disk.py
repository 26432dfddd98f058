"""A disk that really is full while a study trains: the run waits, says for what, and goes on by itself."""

from pathlib import Path

from tests.faults.namespaces import needs_mounts, run_apart


@needs_mounts
def test_a_full_disk_is_waited_for(template: Path, tmp_path: Path) -> None:
    """Full for a checkpoint, for a line of the log, of files; or the user no longer wants to wait."""
    found = run_apart("tests.faults.small_disk", template, tmp_path, "checkpoint", "log", "entries", "cancelled")
    assert "checkpoint-5.pt was not written: the disk is full: 2.7 MB are needed, " in found["checkpoint"]["said"]
    assert "events.jsonl was not written: the disk is full" in found["log"]["said"]
    assert "no entry (inode) left for another file" in found["entries"]["said"]
    for name, case in found.items():
        assert case["same_bytes"], name
        assert case["kept_checkpoint"] or name == "log", name
        assert case["steps"] == list(range(1, len(case["steps"]) + 1)), name
        if "cancelled" in name:
            assert case["states"] == ["interrupted", "collapsed"], "it can be resumed, and ends as any other"
        else:
            assert 0 <= case["waited_s"] < 10, name

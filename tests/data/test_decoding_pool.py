"""Lines decoded in processes: the same as in threads, in order, and nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.data.forms import FORMS, save, write
from workbench.data import decoding_pool
from workbench.data.decoding import DecodedLine
from workbench.data.decoding_pool import decode_lines
from workbench.data.line import TextLine
from workbench.data.overrides import Overrides
from workbench.data.reading import Reading, read_drafts
from workbench.data.tree import FileTree, open_tree
from workbench.errors import InputError
from workbench.runs.control import Control


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_pool, "PROCESSES_FROM_LINES", 1)
    monkeypatch.setattr(decoding_pool, "LINES_PER_TASK", 2)
    monkeypatch.setattr(decoding_pool, "_cores", lambda: 2)


def lines_of(path: Path) -> tuple[FileTree, list[TextLine]]:
    reading = next(value for value in read_drafts_of(path) if isinstance(value, Reading))
    return reading.tree, [candidate.line for draft in reading.drafts for candidate in draft.candidates]


def read_drafts_of(path: Path) -> list[object]:
    """Progress values and, last, what the generator returns."""
    found: list[object] = []
    job = read_drafts(path, Overrides(), None)
    while True:
        try:
            found.append(next(job))
        except StopIteration as end:
            return [*found, end.value]


def told(decoded: DecodedLine | InputError) -> object:
    if isinstance(decoded, InputError):
        return (decoded.what, decoded.why)
    return decoded.digest, decoded.ink.tobytes(), decoded.ink.shape, decoded.box, decoded.ink_height, decoded.notes


@pytest.mark.parametrize("form", ["prepared", "page_xml", "mask_pages"])
def test_the_same_as_in_threads_and_in_order(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FORMS[form](tmp_path)
    tree, lines = lines_of(tmp_path)
    (tmp_path / lines[1].image).write_bytes(b"no image")
    here = [told(one) for one in decode_lines(tree, lines, cropped=True, control=None)]
    monkeypatch.setattr(decoding_pool, "PROCESSES_FROM_LINES", 1)
    monkeypatch.setattr(decoding_pool, "LINES_PER_TASK", 2)
    monkeypatch.setattr(decoding_pool, "_cores", lambda: 2)
    monkeypatch.setattr(decoding_pool, "_in_threads", lambda *_: iter(()))
    there = [told(one) for one in decode_lines(tree, lines, cropped=True, control=None)]
    assert there == here
    assert any("damaged" in str(one) for one in here)


@pytest.mark.usefixtures("in_processes")
def test_lines_in_archives_stay_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FORMS["same_stem"](tmp_path / "set")
    tree, lines = lines_of(Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "set")))
    monkeypatch.setattr(decoding_pool, "_in_processes", lambda *_: pytest.fail("a process cannot open them"))
    decoded = list(decode_lines(tree, lines, cropped=True, control=None))
    assert all(isinstance(one, DecodedLine) for one in decoded)


def many(folder: Path, count: int) -> tuple[FileTree, list[TextLine]]:
    save(folder / "0.png")
    for at in range(1, count):
        os.link(folder / "0.png", folder / f"{at}.png")
    return open_tree(folder), [TextLine(str(at), Path(f"{at}.png"), "ا", "ar") for at in range(count)]


@pytest.mark.usefixtures("in_processes")
def test_killed_processes_cost_no_line(tmp_path: Path) -> None:
    tree, lines = many(tmp_path / "set", 40)
    before = set(psutil.Process().children())
    decoded: list[DecodedLine | InputError] = []
    for one in decode_lines(tree, lines, cropped=True, control=None):
        decoded.append(one)
        if len(decoded) == 5:
            for child in set(psutil.Process().children()) - before:
                if "resource_tracker" not in " ".join(child.cmdline()):
                    child.send_signal(signal.SIGKILL)
    assert len(decoded) == 40
    assert all(isinstance(one, DecodedLine) for one in decoded)
    assert len({told(one) for one in decoded}) == 1


@pytest.mark.usefixtures("in_processes")
def test_cancelling_ends_the_processes(tmp_path: Path) -> None:
    tree, lines = many(tmp_path / "set", 40)
    control = Control()
    count = 0
    for count, _ in enumerate(decode_lines(tree, lines, cropped=False, control=control), start=1):  # noqa: B007
        control.request("cancel")
    assert count == 1


ALONE = """
import sys, time
from pathlib import Path
from workbench.data import decoding_pool
from workbench.data.line import TextLine
from workbench.data.tree import open_tree

if __name__ == "__main__":
    decoding_pool.PROCESSES_FROM_LINES = 1
    decoding_pool.LINES_PER_TASK = 2
    decoding_pool._cores = lambda: 2
    root = Path(sys.argv[1])
    lines = [TextLine(str(at), Path(f"{at}.png"), "a", "ar") for at in range(40)]
    for one in decoding_pool.decode_lines(open_tree(root), lines, cropped=True, control=None):
        print("decoded", flush=True)
        time.sleep(600)
"""


def test_processes_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    many(tmp_path / "set", 40)
    write(tmp_path / "alone.py", ALONE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "alone.py"), str(tmp_path / "set")], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"decoded\n"
        children = psutil.Process(parent.pid).children()
        assert len(children) >= 2
        parent.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_small_sets_start_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, lines = many(tmp_path / "set", 3)
    monkeypatch.setattr(decoding_pool, "_in_processes", lambda *_: pytest.fail("a process was started"))
    decoded = list(decode_lines(tree, lines, cropped=True, control=None))
    images = [one.ink for one in decoded if isinstance(one, DecodedLine)]
    assert len(images) == 3
    np.testing.assert_array_equal(images[0], images[2])

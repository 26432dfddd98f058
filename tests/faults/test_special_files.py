"""Pipes, sockets, devices and links where a file is meant, and images that would fill the memory: no hang, no harm."""

import io
import os
import socket
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.analysis.finished import finished_study
from tests.data.fixtures import draw_strokes
from tests.faults.little_memory import little_memory
from workbench import cli
from workbench.data.catalog import Inspection, inspect
from workbench.data.images import decode_grey
from workbench.errors import InputError
from workbench.runs.store import RunStore

SCAN_S = 2.0


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def command(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


@contextmanager
def socket_at(path: Path) -> Iterator[None]:
    """A socket in the place of a file; a short path, as sockets allow no long ones."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))
        yield


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", [pipe, endless, loop])
@pytest.mark.parametrize(
    "arguments",
    [
        ("score",),
        ("compare", "{path}"),
        ("datasets", "check"),
        ("datasets", "add", "lines"),
        ("bundle", "--open"),
        ("run",),
        ("import", "--architecture", "x", "--target", "khatt", "--k", "1"),
        ("published", "--add"),
    ],
    ids=" ".join,
)
def test_given_to_a_command(
    make: Callable[[Path], None], arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is waited for would never come."""
    path = tmp_path / "given.csv"
    make(path)
    finished_study(tmp_path / "place", seeds=(0,), k_lines=(100,))
    begun = time.monotonic()
    place = () if "check" in arguments else ("-w", tmp_path / "place")
    code = command(*(argument.format(path=path) for argument in arguments), path, *place)
    said = capsys.readouterr().err
    assert (code, said.startswith("Error: ")) == (2, True), said
    assert "--help" not in said
    assert time.monotonic() - begun < 10


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", [pipe, endless, loop])
def test_in_the_place_of_every_file_of_a_workspace(
    make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checked, reported, exported: told or passed over, and never waited for."""
    few = {"seeds": (0,), "k_lines": (100,), "architectures": ("small-cnn",), "regimes": ("single",)}
    plan, store = finished_study(tmp_path / "place", **few)
    place, first = store.workspace, store.run_ids()[0]
    files = (
        store.spec_file(first), store.result_file(first), store.events_file(first), store.environment_file(first),
        store.predictions_file(first), place.queue_file("made up"), place.attached_file("made up"),
        place.published_file("made up"), place.datasets_file, place.marks_file("khatt"), place.review_file("khatt"),
        place.plan_file("made up"), place.study_file("made up"), place.lock_file.with_name(".lock.json"),
        Path(os.environ["HTR_WORKBENCH_CONFIG"]) / "settings.json",
    )  # fmt: skip
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        make(path)
    for arguments in (("verify",), ("report", "--study", plan.study.name), ("datasets", "list"), ("plan", "made up")):
        code = command(*arguments, "-w", place.root)
        said = capsys.readouterr()
        assert code in (1, 2), (arguments, said)
        assert "Traceback" not in said.err + said.out, said.err
    assert RunStore(place).scan().keys() == set(store.run_ids()) - {first}


def test_a_folder_full_of_them_is_scanned_at_once(tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.mkdir()
    for at in range(3):
        draw_strokes("باب").save(root / f"{at}.png")
        (root / f"{at}.txt").write_text("باب", encoding="utf-8")
    for at in range(20):
        os.mkfifo(root / f"pipe{at}.png")
        os.mkfifo(root / f"pipe{at}.txt")
        (root / f"zero{at}.png").symlink_to("/dev/zero")
        (root / f"random{at}.txt").symlink_to("/dev/urandom")
        (root / f"self{at}.png").symlink_to(root / f"self{at}.png")
        (root / f"loop{at}").symlink_to(root)
    deep = root
    for at in range(10):
        deep = deep / f"deep{at}"
    deep.parent.mkdir(parents=True)
    deep.symlink_to(root)
    with socket_at(root / "socket.png"):
        begun = time.monotonic()
        *_, found = inspect(root)
        taken = time.monotonic() - begun
    assert isinstance(found, Inspection)
    assert len(found.sets[0].lines) == 3
    assert taken < 5 * SCAN_S, "on a loaded machine; alone it takes a tenth of a second"


# Images that would fill the memory


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    draw_strokes("باب").convert("RGB").save(buffer, "JPEG")
    content = bytearray(buffer.getvalue())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def tiff(width: int, height: int) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 100)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(104)


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 154, 0, 0, 54) + struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0
    ) + bytes(100)  # fmt: skip


BOMBS = {
    "png": png(60_000, 60_000),
    "jpg": jpeg(60_000, 60_000),
    "tif": tiff(60_000, 60_000),
    "bmp": bmp(60_000, 60_000),
}


@pytest.mark.parametrize("is_page", [False, True])
@pytest.mark.parametrize("ending", BOMBS)
def test_a_bomb_is_refused_at_its_header(ending: str, is_page: bool) -> None:
    with pytest.raises(InputError, match="megapixels"):
        decode_grey(BOMBS[ending], f"bomb.{ending}", is_page=is_page)


def test_bombs_take_neither_time_nor_memory() -> None:
    """With 50 MB beyond what there is; decoded, any of them would take 3,600."""
    with little_memory(50_000_000):
        for name, content in BOMBS.items():
            took: list[float] = []
            for _ in range(3):
                begun = time.process_time()
                with pytest.raises(InputError, match="megapixels"):
                    decode_grey(content, name)
                took.append(time.process_time() - begun)
            assert len(content) < 2_000
            assert min(took) < 0.05, "the decoders are loaded in the first round"


@pytest.mark.parametrize("form", ["zip", "parquet"])
def test_bombs_inside_archives_and_tables(form: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    draw_strokes("باب").save(buffer, "PNG")
    images = {
        **{f"bomb-{ending}.{ending}": content for ending, content in BOMBS.items()},
        "good.png": buffer.getvalue(),
    }
    path = tmp_path / f"set.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, content in images.items():
                file.writestr(name, content)
                file.writestr(f"{name.rpartition('.')[0]}.txt", "باب")
    else:
        rows = [{"image": {"bytes": content, "path": name}, "text": "باب"} for name, content in images.items()]
        table = pyarrow.Table.from_pylist(rows)
        pyarrow.parquet.write_table(table, path)
    *_, found = inspect(path)
    assert isinstance(found, Inspection)
    (lines,) = found.sets
    assert len(lines.lines) == 1
    told = [problem.reason for problem in lines.problems if not problem.is_note]
    assert len(told) == len(BOMBS)
    assert all("megapixels" in reason for reason in told), told

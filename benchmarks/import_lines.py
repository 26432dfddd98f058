"""How fast data sets are imported and opened again, beside bare decoding of the same files with Pillow.

    python benchmarks/import_lines.py [PATH...] [--repeat 3] [--generated 10000]

Each PATH (a folder or a manifest) is imported into a new workspace: listed, read, decoded, cut to the ink, hashed and
written to the cache. `bare` reads and decodes the same files with Pillow, in as many threads as there are cores, and
does nothing with them. `ratio` is the time of the import over that of bare decoding; both are the best of the repeats,
which alternate, since other work on the machine only adds. `opened` is the second opening, from the cache. Without a
PATH a set of `--generated` lines is made: noisy grey strokes of the size of NUST-UHWR's lines, as JPEG.

Each PATH is measured in a process of its own: `peak` is the most memory that it ever had, most of which are the pages
of the cache's file.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from workbench.data.catalog import OpenedDataset, import_datasets, open_dataset
from workbench.runs.workspace import open_workspace

GENERATED = 10_000
HEADER = "                          lines  bare (l/s) import (l/s)  ratio import (s) opened (s) cache MB  peak MB"


def seconds(job: Callable[[], object]) -> float:
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin


def decode(file: Path) -> None:
    with Image.open(file) as image:
        image.load()


def decode_bare(files: list[Path]) -> None:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(decode, files, chunksize=16))


def import_anew(path: Path) -> list[OpenedDataset]:
    with tempfile.TemporaryDirectory() as folder:
        jobs = import_datasets(open_workspace(Path(folder)), path)
        return [value for value in jobs if isinstance(value, OpenedDataset)]


def make_lines(folder: Path, count: int) -> Path:
    """Write a manifest of lines that take as long to decode as scans do."""
    numbers = np.random.default_rng(1)
    images = folder / "images"
    images.mkdir(parents=True)
    rows = ["image\ttext\tsplit\twriter"]
    for at in range(count):
        width = int(numbers.integers(500, 1400))
        image = Image.new("L", (width, 64), 235)
        pen = ImageDraw.Draw(image)
        for left in range(10, width - 30, 14):
            ends = numbers.integers((left, 12), (left + 24, 54), size=(3, 2))
            pen.line([(int(x), int(y)) for x, y in ends], fill=40, width=3)
        noisy = np.asarray(image, dtype=np.int16) + numbers.integers(-9, 9, (64, width))
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(images / f"{at:05d}.jpg", quality=90)
        rows.append(f"images/{at:05d}.jpg\tسطر من الكتابة رقم {at}\t{('train', 'val', 'test')[at % 3]}\tw{at // 40}")
    (folder / "lines.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def measure(path: Path, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        sets = [value for value in import_datasets(workspace, path) if isinstance(value, OpenedDataset)]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        files = [one.lines.root / line.image for one in sets for line in one.lines.lines]
        cached_mb = sum(file.stat().st_size for file in workspace.cache.glob("*/pixels.bin")) / 1e6

        def open_all() -> None:
            for one in sets:
                list(open_dataset(workspace, one.entry.name))

        opened = min(seconds(open_all) for _ in range(repeat))
        times = [(seconds(lambda: decode_bare(files)), seconds(lambda: import_anew(path))) for _ in range(repeat)]
    bare, imported = (min(column) for column in zip(*times, strict=True))
    count = len(files)
    print(
        f"{path.name:<24} {count:>6} {count / bare:>10,.0f} {count / imported:>12,.0f} {imported / bare:>6.2f} "
        f"{imported:>10.2f} {opened:>10.3f} {cached_mb:>8.0f} {peak_mb:>8.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--generated", type=int, default=GENERATED, help="lines of the generated set")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.paths[0], options.repeat)
        return
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = options.paths or [make_lines(Path(folder) / "generated", options.generated)]
        for path in paths:
            command = [sys.executable, __file__, str(path), "--repeat", str(options.repeat), "--here"]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

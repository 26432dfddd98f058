"""How fast data sets are imported and opened again, beside bare decoding with Pillow.

    python benchmarks/import_lines.py PATH... [--repeat 3]

Each PATH (a folder or a manifest) is imported into a new workspace: listed, read, decoded, cut to the ink, hashed and
written to the cache. `bare` opens and decodes the same files with Pillow in one thread, and does nothing with them.
`opened` is the second opening, from the cache. Best of the repeats, since other work on the machine only adds.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from workbench.data.catalog import OpenedDataset, import_datasets, open_dataset
from workbench.runs.workspace import open_workspace


def seconds(job: Callable[[], object]) -> float:
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin


def decode_bare(files: list[Path]) -> None:
    for file in files:
        with Image.open(file) as image:
            image.load()


def import_anew(path: Path) -> list[OpenedDataset]:
    with tempfile.TemporaryDirectory() as folder:
        jobs = import_datasets(open_workspace(Path(folder)), path)
        return [value for value in jobs if isinstance(value, OpenedDataset)]


def measure(path: Path, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        sets = [value for value in import_datasets(workspace, path) if isinstance(value, OpenedDataset)]
        files = [one.lines.root / line.image for one in sets for line in one.lines.lines]
        cached_mb = sum(file.stat().st_size for file in workspace.cache.glob("*/pixels.bin")) / 1e6

        def open_all() -> None:
            for one in sets:
                list(open_dataset(workspace, one.entry.name))

        bare = min(seconds(lambda: decode_bare(files)) for _ in range(repeat))
        imported = min(seconds(lambda: import_anew(path)) for _ in range(repeat))
        opened = min(seconds(open_all) for _ in range(repeat))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = len(files)
    print(
        f"{path.name:<24} {count:>6} {count / bare:>10,.0f} {count / imported:>12,.0f} "
        f"{imported:>9.2f} {opened:>9.3f} {cached_mb:>9.0f} {peak_mb:>8.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print("                          lines  bare (l/s) import (l/s) import (s) opened (s) cache MB  peak MB")
    for path in options.paths:
        measure(path, options.repeat)


if __name__ == "__main__":
    main()

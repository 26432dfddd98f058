"""How fast a form is recognised, and everything but the images read, in folders of very many files.

    python benchmarks/detection.py [--files 100000] [--form NAME]

Folders of tiny files are made in a temporary place: pairs of an image and a text, and images with one list. `detect`
looks at a sample, as the window does before it asks; `list` walks the folder; `drafts` recognises the form on all
files, reads all texts and looks up every image, opening none. Seconds of the processor, which other work on the machine
hardly changes, and the memory of the process at its highest.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from workbench.data.overrides import Overrides
from workbench.data.reading import detect, read_drafts
from workbench.data.tree import open_tree

AIM = "aim: detect within 1 s"


def make_pairs(root: Path, count: int, ending: str) -> None:
    for at in range(count):
        (root / f"{at:06d}.png").write_bytes(b"")
        (root / f"{at:06d}{ending}").write_text(f"سطر {at}", encoding="utf-8")


def make_list(root: Path, count: int, name: str, header: str, separator: str) -> None:
    (root / "images").mkdir()
    for at in range(count):
        (root / f"images/{at:06d}.png").write_bytes(b"")
    rows = "".join(f"images/{at:06d}.png{separator}سطر {at}\n" for at in range(count))
    (root / name).write_text(header + rows, encoding="utf-8")


def make_khatt(root: Path, count: int) -> None:
    for at in range(count):
        image = root / f"Training/AHTD3A{at // 10:04d}_Para2_{at % 10}.tif"
        image.parent.mkdir(exist_ok=True)
        image.write_bytes(b"")
        image.with_suffix(".txt").write_text(f"سطر {at}", encoding="utf-8")


MAKERS: dict[str, Callable[[Path, int], None]] = {
    "kraken_pairs": lambda root, count: make_pairs(root, count, ".gt.txt"),
    "same_stem": lambda root, count: make_pairs(root, count, ".txt"),
    "list_files": lambda root, count: make_list(root, count, "train.txt", "", "\t"),
    "manifest": lambda root, count: make_list(root, count, "lines.csv", "image,text\n", ","),
    "imagefolder": lambda root, count: make_list(root, count, "metadata.csv", "file_name,text\n", ","),
    "khatt_pilot": make_khatt,
}


def seconds(job: Callable[[], object]) -> float:
    begin = time.process_time()
    job()
    return time.process_time() - begin


def measure(form: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        MAKERS[form](root, count)
        assert detect(root)[0].form == form
        found = min(seconds(lambda: detect(root)) for _ in range(3))
        listed = seconds(lambda: open_tree(root))
        begin = time.process_time()
        reading = read_drafts(root, Overrides(), None)
        drafted = time.process_time() - begin
    assert reading is not None
    lines = sum(len(draft.candidates) for draft in reading.drafts)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{form:<16} {lines:>8,} {found:>9.2f} {listed:>9.2f} {drafted:>9.2f} {peak_mb:>8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--form", choices=list(MAKERS))
    given = parser.parse_args()
    print(f"{'form':<16} {'lines':>8} {'detect':>9} {'list':>9} {'drafts':>9} {'peak MB':>8}")
    for form in [given.form] if given.form else MAKERS:
        measure(form, given.files)
    print(AIM)


if __name__ == "__main__":
    main()

"""Browsing 100,000 lines in the Data panel: opening, scrolling, searching, filtering, sorting.

    python benchmarks/browsing.py [--lines 100000] [--xvfb]

The workspace is written directly: one table that names a few hundred images, the reading of it, and a cache whose
rows share the pixels of those images, so that 100,000 lines take seconds and no gigabytes. The panel, its stores and
its threads are those of the program. A 5 ms timer in the window's thread measures the time between its ticks; the
longest such gap stands beside every step. Offscreen, or with --xvfb on an X server of its own.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
IMAGES = 400
TICK_MS = 5
SCROLL_STEPS = 400
LIMIT_S = 60
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگ"


def write_workspace(folder: Path, lines: int) -> Path:
    """Write a workspace with one data set, `many`, as an import would have left it."""
    import numpy as np

    from workbench.data import cache as line_cache
    from workbench.data.datasets_file import CatalogEntry, Overrides, save_entry
    from workbench.data.line import LineSet, ReadProblem, TextLine
    from workbench.data.sealed import write_sealed
    from workbench.data.snapshot import save_snapshot
    from workbench.runs.workspace import open_workspace

    chance = random.Random(5)
    generator = np.random.default_rng(5)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 8))) for _ in range(4_000)]
    workspace = open_workspace(folder / "workspace")
    table = folder / "many.tsv"
    table.write_text("image\ttext\n", encoding="utf-8")
    fingerprint = hashlib.sha256(f"browsing {lines}".encode()).hexdigest()
    pixels, places = bytearray(), []
    for number in range(IMAGES):
        height, width = 48 + number % 30, 400 + 2 * number
        ink = np.where(generator.random((height, width)) < 0.12, 230, 6).astype(np.uint8)
        places.append((len(pixels), height, width, zlib.crc32(ink.data)))
        pixels += ink.tobytes()
    made, rows = [], []
    for number in range(lines):
        text = " ".join(chance.choices(words, k=chance.randint(3, 14)))
        part = ("train", "train", "train", "validation", "test")[number % 5]
        line = TextLine(f"line-{number}", Path(f"i/{number}.png"), text, "ar", part, f"w{number % 700}")
        offset, height, width, checksum = places[number % IMAGES]
        made.append(line)
        rows.append([line.id, offset, height, width, [0, height, 0, width], checksum, "0" * 64, text])
    notes = [ReadProblem(f"i/{n}.png", n, "two blanks in a row", is_note=n % 2 == 0) for n in range(0, lines, 50)]
    line_set = LineSet("many", "manifest", folder, "ar", tuple(made), tuple(notes), fingerprint)
    place = line_cache.cache_folder(workspace, fingerprint, cropped=True)
    place.mkdir(parents=True)
    (place / "pixels.bin").write_bytes(pixels)
    index = {
        "version": line_cache.CACHE_VERSION, "fingerprint": fingerprint, "cropped": True,
        "bytes": len(pixels), "lines": rows,
    }  # fmt: skip
    write_sealed(place / "index.json", index)
    status = table.stat()
    save_snapshot(workspace, "many", line_set, {table.name: (status.st_size, status.st_mtime_ns)})
    entry = CatalogEntry(
        name="many", path=table, form="manifest", language="ar", fingerprint=fingerprint, is_synthetic=True,
        overrides=Overrides(),
    )  # fmt: skip
    save_entry(workspace, entry)
    return workspace.root


def measure(workspace: Path, lines: int, table: dict[str, Any]) -> None:
    import psutil
    from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot

    from workbench.gui import app
    from workbench.gui.garbage import GarbageCollector
    from workbench.gui.item_models.lines import DENSITY, ID
    from workbench.gui.panels.data import DataPanel
    from workbench.gui.stores.bundle import make_stores

    sys.setswitchinterval(app.SWITCH_INTERVAL_S)
    application = app.make_application()
    process = psutil.Process()

    class Meter(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.gaps: list[float] = []
            self.last = time.perf_counter()
            self.timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
            self.timer.timeout.connect(self.tick)
            self.timer.start()

        @Slot()
        def tick(self) -> None:
            now = time.perf_counter()
            self.gaps.append(1000 * (now - self.last))
            self.last = now

    meter = Meter()

    def pump(until: Callable[[], bool]) -> float:
        """Let the window live until something holds; seconds that it took."""
        loop, begin = QEventLoop(), time.perf_counter()
        poll = QTimer(interval=2)
        poll.timeout.connect(lambda: loop.quit() if until() or time.perf_counter() - begin > LIMIT_S else None)
        poll.start()
        loop.exec()
        return time.perf_counter() - begin

    def step(name: str, do: Callable[[], object], until: Callable[[], bool]) -> None:
        pump(lambda: not is_drawing())
        meter.gaps.clear()
        meter.last = begin = time.perf_counter()
        do()
        pump(until)
        meter.tick()
        print_row(name, 1000 * (time.perf_counter() - begin), meter.gaps, panel.lines.model.rowCount())
        table[name] = {"ms": 1000 * (time.perf_counter() - begin), "longest_gap_ms": max(meter.gaps)}

    def is_drawing() -> bool:
        return not panel.lines.model._loader.is_idle or panel.lines.model.is_arranging

    garbage = GarbageCollector()
    garbage.start()
    begin_memory = process.memory_info().rss
    stores = make_stores()
    panel = DataPanel(
        datasets=stores.datasets,
        summaries=stores.summaries,
        study=stores.study,
        text=stores.text,
        comparison=stores.comparison,
    )
    panel.resize(1200, 640)
    panel.show()
    pump(panel.isVisible)
    model, view, filters = panel.lines.model, panel.lines.table, panel.lines.filters

    def is_settled() -> bool:
        return not model.is_arranging

    print(f"{'':<34}{'ms':>9} {'gap p99':>9} {'gap max':>9} {'rows':>9}")
    step("open the workspace", lambda: stores.workspaces.open(workspace), lambda: model.rowCount() == lines)
    step("  its notes and rows by id", lambda: None, is_settled)
    step("  first screen of thumbnails", lambda: view.viewport().update(), lambda: not is_drawing())
    bar = view.verticalScrollBar()
    stride = bar.maximum() // SCROLL_STEPS
    scrolled: list[float] = []
    worked: list[float] = []

    def scroll() -> None:
        for _ in range(SCROLL_STEPS):
            begin, used = time.perf_counter(), time.thread_time()
            bar.setValue(bar.value() + stride)
            view.viewport().repaint()
            worked.append(1000 * (time.thread_time() - used))
            scrolled.append(1000 * (time.perf_counter() - begin))

    scroll()
    for name, times in (("scroll, 400 far jumps, one each", scrolled), ("  of that at work", worked)):
        times.sort()
        print(f"{name:<34}{sum(times):9.1f} {times[-5]:9.1f} {times[-1]:9.1f}")
    table["scroll"] = {"p99_ms": scrolled[-5], "max_ms": scrolled[-1], "p99_at_work_ms": worked[-5]}
    bar.setValue(0)
    wheel: list[float] = []

    def roll() -> None:
        for _ in range(SCROLL_STEPS):
            begin = time.perf_counter()
            bar.setValue(bar.value() + 60)
            pump(lambda: True)
            wheel.append(1000 * (time.perf_counter() - begin))

    step("scroll by the wheel, 400 steps", roll, lambda: True)

    def search(text: str) -> None:
        filters.search.setText(text)
        panel.lines.apply_filter()

    step("search a word", lambda: search("پچ"), is_settled)
    step("search a code point", lambda: search("U+06AF U+0627"), is_settled)
    step("search a pattern", lambda: search(r"/^[\u0628\u062A].*\u06AF$/"), is_settled)
    step("search nothing again", lambda: search(""), is_settled)
    step("one part", lambda: filters.part.setCurrentIndex(3), is_settled)
    step("one writer", lambda: filters.writer.setCurrentIndex(10), is_settled)
    step("show all", filters.reset, is_settled)
    step("sort by transcription", lambda: view.sortByColumn(1, Qt.SortOrder.AscendingOrder), is_settled)
    step("  the other way round", lambda: view.sortByColumn(1, Qt.SortOrder.DescendingOrder), is_settled)
    step("sort by id, natural order", lambda: view.sortByColumn(ID, Qt.SortOrder.AscendingOrder), is_settled)
    step("sort by characters per pixel", lambda: view.sortByColumn(DENSITY, Qt.SortOrder.DescendingOrder), is_settled)
    step("go to a line by its id", lambda: panel.lines.go_to(f"line-{lines // 2}"), is_settled)
    step("full view of it", panel.lines.show_full, lambda: not panel.lines.full.view.image.isNull())
    panel.lines.show_table()
    grown = process.memory_info().rss - begin_memory
    print(f"memory: {process.memory_info().rss / 1e6:,.0f} MB, {grown / 1e6:,.0f} MB more than before the workspace")
    table["rss_mb"] = process.memory_info().rss / 1e6
    table["grown_mb"] = grown / 1e6
    panel.close()
    stores.wait()
    garbage.stop()
    panel.deleteLater()
    application.sendPostedEvents()


def print_row(name: str, took_ms: float, gaps: list[float], rows: int) -> None:
    ordered = sorted(gaps)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"{name:<34}{took_ms:9.1f} {p99:9.1f} {ordered[-1]:9.1f} {rows:9,}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--xvfb", action="store_true", help="draw on an X server instead of offscreen")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures as JSON")
    wanted = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks.gui_gaps import display

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    table: dict[str, Any] = {"lines": wanted.lines}
    with tempfile.TemporaryDirectory() as name, display() if wanted.xvfb else nullcontext():
        os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/config"
        os.environ["HTR_WORKBENCH_CACHE"] = f"{name}/cache"
        begin = time.perf_counter()
        workspace = write_workspace(Path(name), wanted.lines)
        print(f"{wanted.lines:,} lines written in {time.perf_counter() - begin:.1f} s; {os.cpu_count()} cores")
        measure(workspace, wanted.lines, table)
    if wanted.json:
        wanted.json.write_text(json.dumps(table, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The Predictions page over many lines: opening, filtering, sorting, and going from line to line.

    python benchmarks/predictions.py [--lines 1000000] [--runs 2] [--xvfb]

Runs are made up: files of predictions whose rows repeat some ten thousand texts under ids of their own. The page, its
stores, the index and the threads are those of the program. A 5 ms timer in the window's thread measures the time
between its ticks, and how much of it the thread was at work (the rest it waited for a core, or for the interpreter);
the longest of both stand beside every step, and the time that all threads together were at work: where other programs
want the cores, that is what can be compared. The line with eight hypotheses is one of 20,000 whose images are at hand:
from the key press to everything of it, image included, being painted.
"""

import argparse
import csv
import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TEXTS = 10_000
TICK_MS = 5
LIMIT_S = 300
KEY_PRESSES = 60
EIGHT_LINES = 20_000
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگ"


def write_runs(store: Any, runs: tuple[str, ...], target: str, lines: int) -> None:
    """Write `predictions.csv` of each run, and a result that says that it is finished."""
    from workbench.files import sha256_of, write_text
    from workbench.metrics.error_rate import count_characters
    from workbench.runs.predictions import COLUMNS
    from workbench.runs.result import RunRecord

    chance = random.Random(5)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 8))) for _ in range(4_000)]
    references = [" ".join(chance.choices(words, k=chance.randint(3, 14))) for _ in range(min(TEXTS, lines))]
    for run in runs:
        tails: list[str] = []
        for reference in references:
            letters = [chance.choice(LETTERS) if chance.random() < 0.07 else letter for letter in reference]
            count = count_characters(reference, "".join(letters))
            frames = " ".join(str(3 * (len(letters) - n)) for n in range(len(letters)))
            sure = " ".join("0.31" if chance.random() < 0.1 else "0.9987" for _ in letters)
            row = io.StringIO(newline="")
            csv.writer(row).writerow(
                (target, "test", "last", reference, "".join(letters), *(count.edits, count.length), frames, sure)
            )
            tails.append(row.getvalue())
        store.folder(run).mkdir(parents=True, exist_ok=True)
        with store.predictions_file(run).open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(COLUMNS) + "\r\n")
            file.writelines(f"line-{number},{tails[number % len(tails)]}" for number in range(lines))
        record = RunRecord(
            run=run, state="finished", architecture="small-crnn", targets=(target,), k=100, draw=0, seed=0,
            training_version=1, training_lines=100, batch_lines=8, line_height_px=48, steps=100, parameters=1,
            seconds=1.0, device="cpu", threads=1, evaluations=(), weights=(),
            predictions_sha256=sha256_of(store.predictions_file(run)),
        )  # fmt: skip
        write_text(store.result_file(run), record.model_dump_json(by_alias=True))


def plan_of(target: str, fingerprint: str, architectures: list[str], seeds: int) -> Any:
    """Return a plan as it would have been resolved: of each architecture a single and a multi run per seed."""
    from workbench.runs.plan import Plan, PlannedRun, PlannedTarget
    from workbench.study.grid import expand
    from workbench.study.schema import Study

    study = Study.model_validate(
        {
            "name": "many", "targets": [target, "other"], "architectures": architectures, "k_lines": [100],
            "seeds": list(range(seeds)), "regimes": ["single", "multi"], "budgets": ["100 steps"],
        }
    )  # fmt: skip
    requests = [request for request in expand(study, (target, "other")) if target in request.targets]
    planned = PlannedTarget(
        name=target, language="ur", fingerprint=fingerprint, split=study.split, train_pool=1, draws=(("a",),),
        validation_ids=((),), test_ids=(), cluster_unit="blocks",
    )  # fmt: skip
    runs = tuple(
        PlannedRun(request=request, run=f"{number:016x}", steps=100) for number, request in enumerate(requests)
    )
    return Plan(study=study, targets=(planned,), runs=runs)


class Bench:
    """A page with its stores, and a clock beside it."""

    def __init__(self, workspace: Path) -> None:
        from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot

        from workbench.gui.garbage import GarbageCollector
        from workbench.gui.panels.predictions import PredictionsPanel
        from workbench.gui.stores.bundle import make_stores

        class Meter(QObject):
            def __init__(self) -> None:
                super().__init__()
                self.gaps: list[float] = []
                self.work: list[float] = []
                self.begin()
                self.timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
                self.timer.timeout.connect(self.tick)
                self.timer.start()

            def begin(self) -> None:
                self.gaps.clear()
                self.work.clear()
                self.last, self.last_work = time.perf_counter(), time.thread_time()

            @Slot()
            def tick(self) -> None:
                now, used = time.perf_counter(), time.thread_time()
                self.gaps.append(1000 * (now - self.last))
                self.work.append(1000 * (used - self.last_work))
                self.last, self.last_work = now, used

        self._loop, self._timer = QEventLoop, QTimer
        self.meter = Meter()
        self.garbage = GarbageCollector()
        self.garbage.start()
        self.stores = stores = make_stores()
        self.panel = PredictionsPanel(
            predictions=stores.predictions,
            shown_lines=stores.shown_lines,
            marks=stores.marks,
            results=stores.results,
            datasets=stores.datasets,
            text=stores.text,
        )
        self.panel.resize(1200, 640)
        self.panel.show()
        stores.workspaces.open(workspace)
        self.pump(lambda: stores.datasets.is_known and not stores.datasets.is_busy)

    def pump(self, until: Callable[[], bool]) -> None:
        """Let the window live until something holds."""
        loop, begin = self._loop(), time.perf_counter()
        poll = self._timer(interval=1)
        poll.timeout.connect(lambda: loop.quit() if until() or time.perf_counter() - begin > LIMIT_S else None)
        poll.start()
        loop.exec()
        if not until():
            raise RuntimeError(f"it did not come to its end within {LIMIT_S} s")

    def step(self, name: str, do: Callable[[], object], until: Callable[[], bool], table: dict[str, Any]) -> None:
        """Do something, wait for its end, and print time and longest gap."""
        self.meter.begin()
        begin, used = self.meter.last, time.process_time()
        do()
        self.pump(until)
        self.meter.tick()
        took = 1000 * (time.perf_counter() - begin)
        used = 1000 * (time.process_time() - used)
        gap, work = max(self.meter.gaps), max(self.meter.work)
        rows = self.panel.rows.model.rowCount()
        print(f"{name:<38}{took:10.1f} {used:10.1f} {gap:9.1f} {work:9.1f} {rows:10,}", flush=True)
        table[name] = {"ms": took, "cpu_ms": used, "longest_gap_ms": gap, "longest_work_ms": work}

    def show(self, plan: Any, cell: Any) -> None:
        """Choose a cell of a plan that no study was planned for."""
        self.stores.results._plan = plan
        self.stores.results.select_cell(cell)

    @property
    def is_settled(self) -> bool:
        """Tell whether no worker is at work on what is shown."""
        stores = self.stores
        is_read = not stores.predictions.is_reading and not stores.shown_lines.is_working
        return is_read and stores.shown_lines.shown is not None

    def close(self) -> None:
        """Put everything away."""
        self.panel.close()
        self.stores.wait()
        self.garbage.stop()
        self.panel.deleteLater()


def measure_many(folder: Path, lines: int, runs: int, table: dict[str, Any]) -> None:
    """Open, filter and sort."""
    from PySide6.QtCore import Qt

    from workbench.gui.stores.results import Cell
    from workbench.runs.store import RunStore
    from workbench.runs.workspace import open_workspace

    workspace = open_workspace(folder / "many")
    plan = plan_of("many", "0" * 64, ["small-crnn"], max(runs // 2, 1))
    begin = time.perf_counter()
    write_runs(RunStore(workspace), plan.run_ids, "many", lines)
    print(
        f"{len(plan.run_ids)} x {lines:,} rows written in {time.perf_counter() - begin:.0f} s; {os.cpu_count()} cores"
    )
    cell, other = Cell("many", 100, "100 steps"), Cell("many", 100, "100 steps", ("small-cnn",))
    print(f"{'':<38}{'ms':>10} {'cpu':>10} {'gap max':>9} {'at work':>9} {'rows':>10}")
    bench = Bench(workspace.root)

    def settled() -> bool:
        return bench.is_settled

    def step(name: str, do: Callable[[], object]) -> None:
        bench.step(name, do, settled, table)

    step("first opening: the index is made", lambda: bench.show(plan, cell))
    bench.show(plan, other)
    bench.pump(lambda: not bench.stores.predictions.is_reading)
    step("open", lambda: bench.show(plan, cell))
    filters, rows = bench.panel.filters, bench.panel.rows.table

    def search(text: str) -> None:
        filters.search.setText(text)
        filters.apply()

    def choose(box: Any, place: int) -> None:
        box.setCurrentIndex(place)

    step("multi right, single wrong", lambda: choose(filters.choice, 1))
    step("all lines again", filters.reset)
    step("a misread character", lambda: choose(filters.character, 1))
    step("  read as another", lambda: choose(filters.read_as, 1))
    step("all lines again ", filters.reset)
    step("search a word", lambda: search("پچ"))
    step("search a code point", lambda: search("U+06AF U+0627"))
    step("search Latin letters", lambda: search("line-77"))
    step("search a pattern", lambda: search(r"/[گچ]ا+ب/"))
    step("search a pattern of whole lines", lambda: search(r"/^[\u0628\u062A].*\u06AF$/"))
    step("all lines again  ", filters.reset)
    step("50 at random", lambda: choose(filters.sample, 2))
    step("all lines again   ", filters.reset)
    step("sort by delta CER", lambda: rows.sortByColumn(4, Qt.SortOrder.AscendingOrder))
    step("sort by reference", lambda: rows.sortByColumn(1, Qt.SortOrder.AscendingOrder))
    bar = rows.verticalScrollBar()
    jumps: list[tuple[float, float]] = []
    for n in range(200):
        begin, used = time.perf_counter(), time.thread_time()
        bar.setValue(bar.maximum() * n // 200)
        rows.viewport().repaint()
        jumps.append((time.perf_counter() - begin, time.thread_time() - used))
    print_times("scroll, 200 far jumps", jumps, table)
    bench.close()


def print_times(name: str, times: list[tuple[float, float]], table: dict[str, Any]) -> None:
    """Print median and maximum of (seconds, seconds at work)."""
    took, work = (sorted(1000 * each[column] for each in times) for column in (0, 1))
    middle = len(times) // 2
    said = f"median {took[middle]:.1f} max {took[-1]:.1f}; at work: median {work[middle]:.1f} max {work[-1]:.1f}"
    print(f"{name:<38}{said}")
    table[name] = {"median_ms": took[middle], "max_ms": took[-1], "median_work_ms": work[middle]}


def measure_keys(folder: Path, table: dict[str, Any]) -> None:
    """Go from line to line, eight hypotheses each."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from benchmarks.browsing import write_workspace
    from workbench.gui.stores.results import Cell
    from workbench.runs.store import RunStore
    from workbench.runs.workspace import Workspace

    workspace = Workspace(write_workspace(folder / "eight", EIGHT_LINES))
    plan = plan_of("many", "0" * 64, ["small-cnn", "small-crnn"], 2)
    write_runs(RunStore(workspace), plan.run_ids, "many", EIGHT_LINES)
    bench = Bench(workspace.root)
    bench.show(plan, Cell("many", 100, "100 steps"))
    bench.pump(lambda: bench.is_settled)
    panel, pressed, painted = bench.panel, [], []
    rows, detail = panel.rows.table, panel.detail
    panel.activateWindow()
    rows.setFocus()
    for _ in range(KEY_PRESSES):
        before = detail.image.paper.cacheKey()
        begin, used = time.perf_counter(), time.thread_time()
        QTest.keyClick(rows, Qt.Key.Key_J)
        panel.repaint()
        pressed.append((time.perf_counter() - begin, time.thread_time() - used))
        bench.pump(lambda before=before: detail.image.paper.cacheKey() != before)
        panel.repaint()
        painted.append((time.perf_counter() - begin, time.thread_time() - used))
    assert len(detail.readings.readings) == 8
    print_times("key press to texts painted", pressed, table)
    print_times("key press to image painted as well", painted, table)
    bench.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=2, help="runs that have read each line")
    parser.add_argument("--xvfb", action="store_true", help="draw on an X server instead of offscreen")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures as JSON")
    wanted = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks.gui_gaps import display

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    table: dict[str, Any] = {"lines": wanted.lines, "runs": wanted.runs}
    with tempfile.TemporaryDirectory() as name, display() if wanted.xvfb else nullcontext():
        os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/config"
        os.environ["HTR_WORKBENCH_CACHE"] = f"{name}/cache"
        from workbench.gui import app

        sys.setswitchinterval(app.SWITCH_INTERVAL_S)
        application = app.make_application()
        measure_keys(Path(name), table)
        application.sendPostedEvents()
        measure_many(Path(name), wanted.lines, wanted.runs, table)
        application.sendPostedEvents()
    if wanted.json:
        wanted.json.write_text(json.dumps(table, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

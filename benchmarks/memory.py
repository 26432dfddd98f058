"""Memory of the window and of its training processes over an hour, on a real X server.

    python benchmarks/memory.py [--minutes 60] [--switches 1000] [--workspace DIR] [--rows FILE]
    python benchmarks/memory.py --read FILE

A window on the demo data trains real runs, one after another in child processes of one thread: a study of short and of
longer runs, and when it has ended the next one, with other seeds. Meanwhile another page is shown at an even pace, and
with every round of the pages the next tab of each, the next run and the next cell of the heatmap. Every 5 s a row is
kept: resident memory (the process's own, and of mapped files), private (USS) and proportional (PSS) memory, threads and
files of the window and of its children; once a minute, since counting costs, also widgets, QObjects, Python objects and
points of curves.

The rule: warm-up ends with the first study, when every page has shown what there is to show. The median of the five
minutes after that (where no study ended: of minutes 5 to 10, or of the second sixth of a shorter time) against that of
the last five (or the last twelfth). Aim: less than 5 % of growth in the window. A child lives for one run: shown is
the highest that each kind of run needed, in the first and in the last study, and how much a run grew from its middle to
its end.
"""

import argparse
import ctypes
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
LOOK_EVERY_MS = 5_000
COUNT_EVERY_S = 60.0
MB = 1e6
AIM = 0.05
CHILD = "workbench.execution.child"

Row = dict[str, Any]


def kinds_of(process: psutil.Process) -> dict[str, float]:
    """Resident memory in MB: the process's own (anonymous), and of mapped files, as programs and decoded lines are."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    told = {key: value.split()[0] for key, _, value in (line.partition(":") for line in lines) if key.startswith("Rss")}
    return {"anonymous": int(told["RssAnon"]) * 1024 / MB, "mapped": int(told["RssFile"]) * 1024 / MB}


class MallInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc: what malloc holds, over all arenas."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
    )]  # fmt: skip


def heap() -> dict[str, float]:
    """Memory of this process in MB that malloc has handed out, and that it holds free; nothing without glibc's."""
    try:
        mallinfo = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return {}
    mallinfo.restype = MallInfo
    told = mallinfo()
    return {"allocated": (told.uordblks + told.hblkhd) / MB, "free": told.fordblks / MB}


def memory_of(process: psutil.Process) -> dict[str, float]:
    """Memory in MB, threads and open files of a process."""
    full = process.memory_full_info()
    return {
        "rss": full.rss / MB, **kinds_of(process), "uss": full.uss / MB, "pss": full.pss / MB,
        "threads": process.num_threads(), "files": process.num_fds(),
    }  # fmt: skip


def children_of(process: psutil.Process) -> dict[str, dict[str, float]]:
    """Memory of the training processes, by process id and begin."""
    found: dict[str, dict[str, float]] = {}
    for child in process.children(recursive=True):
        try:
            if CHILD in child.cmdline():
                found[f"{child.pid} {child.create_time():.2f}"] = memory_of(child)
        except psutil.Error:
            continue  # ended meanwhile
    return found


def train(workspace: Path, minutes: float, switches: int, keep: Callable[[Row], None]) -> None:
    """Show the window, train, turn pages, and hand out a row every 5 s."""
    from PySide6.QtCore import QObject, QTimer, Slot
    from PySide6.QtWidgets import QApplication, QTabWidget

    from workbench.execution.local import LocalExecutor
    from workbench.execution.studies import run_study
    from workbench.gui import app
    from workbench.gui.pages import PAGES
    from workbench.gui.stores.results import Cell
    from workbench.study.schema import Study

    sys.setswitchinterval(app.SWITCH_INTERVAL_S)

    def study(number: int) -> Study:
        return Study.model_validate(
            {
                "name": f"memory-{number}", "targets": ["demo-ar", "demo-ur"], "k_lines": [50], "seeds": [number],
                "budgets": ["80 steps", "400 steps"], "training": {"log_every_steps": 1},
            }
        )  # fmt: skip

    def drive(workspace, plan, control, *, queue, retry, fork):
        executor = LocalExecutor(workspace, device="cpu", processes=1)
        yield from run_study(workspace, plan, executor=executor, control=control, queue=queue, retry=retry, fork=fork)

    class Sitting(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.window, self.stores = app.make_window(workspace, drive=drive)
            self.garbage = app.start_collector(self.window, self.stores)
            self.process = psutil.Process()
            self.studies = self.shown = self.over = 0
            self.begin = self.counted = 0.0
            self.looker = QTimer(self, interval=LOOK_EVERY_MS)
            self.looker.timeout.connect(self.look)
            self.switcher = QTimer(self, interval=int(60_000 * minutes / switches))
            self.switcher.timeout.connect(self.switch)
            self.starter = QTimer(self, interval=500)
            self.starter.timeout.connect(self.start_next)
            self.stores.progress.run_over.connect(self.note_end)
            self.window.first_painted.connect(self.prepare)
            self.window.show()

        @Slot()
        def prepare(self) -> None:
            self.stores.datasets.add_demo()
            self.stores.study.set_study(study(0))
            self.starter.start()

        @Slot()
        def start_next(self) -> None:
            """Start the study that is planned; when it has ended, plan the next."""
            plan, progress = self.stores.study.startable_plan, self.stores.progress
            if progress.is_running or plan is None:
                return
            name = f"memory-{self.studies}"
            if plan.study.name != name or not set(plan.run_ids) - set(progress.histories):
                return
            self.studies += 1
            progress.start(plan)
            if not self.begin:
                self.begin = time.monotonic()
                self.looker.start()
                self.switcher.start()

        @Slot(str)
        def note_end(self, run: str) -> None:
            self.over += 1
            if self.stores.progress.runs_over == self.stores.progress.runs_total:
                self.stores.study.set_study(study(self.studies))

        @Slot()
        def switch(self) -> None:
            self.shown += 1
            page, turn = PAGES[self.shown % len(PAGES)].name, self.shown // len(PAGES)
            self.window.show_page(page)
            for tabs in self.window.findChildren(QTabWidget):
                if tabs.isVisible() and tabs.isTabEnabled(turn % tabs.count()):
                    tabs.setCurrentIndex(turn % tabs.count())
            order = self.stores.progress.order
            if page == "training" and order:
                self.stores.progress.select_run(order[turn % len(order)])
            if page == "results":
                name, budget = ("demo-ar", "demo-ur")[turn % 2], ("80 steps", "400 steps")[turn // 2 % 2]
                self.stores.results.select_cell(Cell(name, 50, budget))

        @Slot()
        def look(self) -> None:
            since = time.monotonic() - self.begin
            row: Row = {
                "minutes": since / 60, "switches": self.shown, "over": self.over, "study": self.studies,
                "window": memory_of(self.process) | heap(), "children": children_of(self.process), "counts": None,
            }  # fmt: skip
            running = self.stores.progress.running_runs
            planned = self.stores.progress.planned(running[0]) if running else None
            row["run"] = (
                f"{planned.request.architecture}, {planned.request.regime}, {planned.steps} steps" if planned else ""
            )
            if since - self.counted >= COUNT_EVERY_S:
                self.counted = since
                row["counts"] = self.counts()
            keep(row)
            if since > 60 * minutes:
                self.looker.stop()
                self.switcher.stop()
                self.starter.stop()
                self.window.stop_now()

        def counts(self) -> dict[str, int]:
            owners = (self.window, self.stores.progress.parent())
            histories = self.stores.progress.histories.values()
            return {
                "widgets": len(QApplication.allWidgets()),
                "qobjects": sum(len(owner.findChildren(QObject)) for owner in owners if owner is not None),
                "objects": len(gc.get_objects()) + gc.get_freeze_count(),
                "blocks": sys.getallocatedblocks(),
                "points": sum(len(history.losses) + len(history.validations) for history in histories),
            }

    application = app.make_application()
    sitting = Sitting()
    application.exec()
    sitting.stores.wait()


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def between(rows: Sequence[Row], begin: float, end: float) -> list[Row]:
    return [row for row in rows if begin <= row["minutes"] <= end]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line that fits best, per hour; `points` are (minutes, value)."""
    x0, y0 = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - x0) ** 2 for x, _ in points)
    return 60 * sum((x - x0) * (y - y0) for x, y in points) / spread if spread else 0.0


def print_table(rows: Sequence[Row]) -> bool:
    """Print what was measured; return whether the window grew by less than the aim."""
    total = rows[-1]["minutes"]
    unit = min(total / 12, 5.0) if total < 60 else 5.0
    second = next((row["minutes"] for row in rows if row["study"] > 1), total)
    if second + 2 * unit < total:
        early = between(rows, second, second + unit)
    else:
        early = between(rows, unit, 2 * unit) if total >= 60 else between(rows, 2 * unit, 4 * unit)
    late = between(rows, total - unit, total)
    after = between(rows, early[0]["minutes"], total)
    print(f"{total:.1f} min, {rows[-1]['switches']} page switches, {rows[-1]['over']} runs ended, "
          f"{rows[-1]['study']} studies, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    print(f"medians of minutes {early[0]['minutes']:.1f} to {early[-1]['minutes']:.1f} and {late[0]['minutes']:.1f} to "
          f"{late[-1]['minutes']:.1f}")  # fmt: skip
    print(f"\n{'window':<24}{'early':>10}{'late':>10}{'growth':>9}{'per hour':>10}")
    growth = 0.0
    for name in ("rss", "anonymous", "mapped", "allocated", "free", "uss", "pss", "threads", "files"):
        if name not in early[0]["window"]:
            continue  # rows of an earlier version
        before, now = (median(row["window"][name] for row in part) for part in (early, late))
        each_hour = slope([(row["minutes"], row["window"][name]) for row in after])
        print(f"{name + (', MB' if name not in ('threads', 'files') else ''):<24}{before:>10.1f}{now:>10.1f}"
              f"{now / before - 1:>9.1%}{each_hour:>+10.1f}")  # fmt: skip
        growth = now / before - 1 if name == "rss" else growth
    counted = [row for row in after if row["counts"]]
    for name in counted[0]["counts"] if counted else ():
        before, now = counted[0]["counts"][name], counted[-1]["counts"][name]
        each_hour = slope([(row["minutes"], row["counts"][name]) for row in counted])
        print(f"{name:<24}{before:>10}{now:>10}{now / max(before, 1) - 1:>9.1%}{each_hour:>+10.1f}")
    print_children(rows)
    print(
        f"\naim: less than {AIM:.0%} of growth of the window's rss: {'met' if growth < AIM else 'MISSED'}, {growth:.1%}"
    )
    return growth < AIM


def print_children(rows: Sequence[Row]) -> None:
    """Print what training processes needed, by kind of run."""
    lives: dict[str, list[Row]] = {}
    for row in rows:
        for child, memory in row["children"].items():
            lives.setdefault(child, []).append({"run": row["run"], "study": row["study"], **memory})
    kinds: dict[str, list[tuple[int, float, float]]] = {}
    for seen in lives.values():
        busy = [each for each in seen if each["run"] and each["rss"] > 0.8 * max(one["rss"] for one in seen)]
        if len(busy) >= 4:
            middle, end = busy[len(busy) // 2]["rss"], busy[-1]["rss"]
            kinds.setdefault(busy[-1]["run"], []).append(
                (busy[-1]["study"], max(b["rss"] for b in busy), end / middle - 1)
            )
    print(f"\n{'training processes':<32}{'seen':>6}{'first study':>13}{'last study':>12}{'middle to end':>15}")
    for kind, found in sorted(kinds.items()):
        first, last = (median(most for study, most, _ in found if study == chosen)
                       for chosen in (found[0][0], found[-1][0]))  # fmt: skip
        print(f"{kind:<32}{len(found):>6}{first:>10.1f} MB{last:>9.1f} MB{median(grown for *_, grown in found):>15.1%}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--switches", type=int, default=1000, help="pages shown in that time")
    parser.add_argument("--workspace", type=Path, help="keep the demo data and runs here, for the next time")
    parser.add_argument("--rows", type=Path, help="write what is measured here, a line of JSON each")
    parser.add_argument("--read", type=Path, help="measure nothing, print the table of rows that were kept")
    wanted = parser.parse_args()
    if wanted.read:
        return 0 if print_table(read_rows(wanted.read)) else 1
    sys.path.insert(0, str(ROOT))
    from benchmarks.gui_gaps import display

    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as folder, display():
        os.environ.setdefault("HTR_WORKBENCH_CONFIG", f"{folder}/config")
        os.environ.setdefault("HTR_WORKBENCH_CACHE", f"{folder}/cache")

        kept = wanted.rows or Path(folder) / "rows.jsonl"

        def keep(row: Row) -> None:
            """Not in memory: this is the process that is measured."""
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

        train(wanted.workspace or Path(folder) / "workspace", wanted.minutes, wanted.switches, keep)
        return 0 if print_table(read_rows(kept)) else 1


if __name__ == "__main__":
    raise SystemExit(main())

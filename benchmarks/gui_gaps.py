"""Gaps of the window's thread while a study trains, on a real X server.

    python benchmarks/gui_gaps.py [--minutes 10] [--workspace DIR]

A window on the demo data trains eight runs in child processes of low priority: one really, seven that only tell what a
training tells (four logged steps a second each), so that the curves of eight runs grow. Another page is shown every
5 s. A 10 ms timer in the window's thread measures the time between its ticks, and how much of it the thread was at
work (the rest it waited for a core, or for the interpreter); the first seconds, in which pages are made, do not count.
Without $DISPLAY an Xvfb of 1280x720 is started.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICK_MS = 10
PAGE_EVERY_MS = 5_000
WARM_UP_S = 30.0
LIMITS = "aims: p99 within 20 ms, at most one gap above 50 ms, none above 120 ms"


@contextmanager
def display() -> Iterator[None]:
    """Use the X server that is there, else an Xvfb of our own."""
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    if os.environ.get("DISPLAY"):
        yield
        return
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x720x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        os.environ["DISPLAY"] = f":{told.readline().strip()}"
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def print_row(name: str, values: list[float]) -> None:
    sizes = [quantile(values, share) for share in (0.5, 0.99, 0.999)] + [max(values)]
    counts = [sum(value > limit for value in values) for limit in (20, 50, 120)]
    print(f"{name:<18}{len(values):8,} " + " ".join(f"{size:8.1f}" for size in sizes), end="")
    print("".join(f" {count:7}" for count in counts))


def measure(workspace: Path, minutes: float) -> int:
    from PySide6.QtCore import QObject, Qt, QTimer, Slot

    from workbench.execution.local import LocalExecutor
    from workbench.execution.studies import run_study
    from workbench.gui import app
    from workbench.gui.pages import PAGES
    from workbench.gui.stores.results import Cell
    from workbench.study.schema import Study

    sys.setswitchinterval(app.SWITCH_INTERVAL_S)
    study = Study.model_validate(
        {"name": "gaps", "targets": ["demo-ar", "demo-fa", "demo-ur"], "k_lines": [100], "budgets": ["100000 steps"]}
    )

    def drive(workspace, plan, control, *, retry, fork):
        executor = LocalExecutor(workspace, device="cpu", processes=8, trainer="benchmarks.paced_trainer:train")
        yield from run_study(workspace, plan, executor=executor, control=control, retry=retry, fork=fork)

    class Meter(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.window, self.stores = app.make_window(workspace, drive=drive)
            self.garbage = app.start_collector(self.window, self.stores)
            self.gaps_ms: list[float] = []
            self.busy_ms: list[float] = []
            self.slow: list[tuple[float, str, float, float]] = []
            self.page = 0
            self.begin = self.last = self.last_busy = 0.0
            self.looker = QTimer(self, interval=200)
            self.looker.timeout.connect(self.look)
            self.ticker = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
            self.ticker.timeout.connect(self.tick)
            self.switcher = QTimer(self, interval=PAGE_EVERY_MS)
            self.switcher.timeout.connect(self.switch)
            self.window.first_painted.connect(self.prepare)
            self.window.show()

        @Slot()
        def prepare(self) -> None:
            self.stores.datasets.add_demo()
            self.stores.study.set_study(study)
            self.looker.start()

        @Slot()
        def look(self) -> None:
            plan = self.stores.study.startable_plan
            if plan is not None and not self.stores.progress.is_running:
                self.stores.progress.start(plan)
                self.window.show_page("training")
                self.stores.results.select_cell(Cell("demo-ar", 100, "100000 steps"))
            if len(self.stores.progress.running_runs) == len(plan.run_ids if plan else "?"):
                self.looker.stop()
                self.begin = self.last = time.perf_counter()
                self.ticker.start()
                self.switcher.start()

        @Slot()
        def tick(self) -> None:
            now = time.perf_counter()
            gap, self.last = 1000 * (now - self.last), now
            used = time.thread_time()
            busy, self.last_busy = 1000 * (used - self.last_busy), used
            since = now - self.begin
            if since > WARM_UP_S:
                self.gaps_ms.append(gap)
                self.busy_ms.append(busy)
                if gap > 50 or busy > 20:
                    self.slow.append((since, self.window.current_page, gap, busy))
            if since > WARM_UP_S + 60 * minutes:
                self.ticker.stop()
                self.switcher.stop()
                self.window.stop_now()

        @Slot()
        def switch(self) -> None:
            self.page += 1
            self.window.show_page(PAGES[self.page % len(PAGES)].name)

    application = app.make_application()
    meter = Meter()
    application.exec()
    meter.stores.wait()
    print(f"{minutes:.1f} min, {meter.page} page switches, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<18}{'ticks':>8} {'median':>8} {'p99':>8} {'p99.9':>8} {'max':>8} {'> 20':>7} {'> 50':>7} {'> 120':>7}")
    print_row("gap, ms", meter.gaps_ms)
    print_row("of that at work", meter.busy_ms)
    print(LIMITS)
    for since, page, gap, busy in sorted(meter.slow, key=lambda slow: -slow[3])[:12]:
        print(f"  {gap:6.1f} ms, {busy:5.1f} ms at work, at {since:6.1f} s on {page}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--workspace", type=Path, help="keep the demo data and runs here, for the next time")
    wanted = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as folder, display():
        os.environ.setdefault("HTR_WORKBENCH_CONFIG", f"{folder}/config")
        os.environ.setdefault("HTR_WORKBENCH_CACHE", f"{folder}/cache")
        return measure(wanted.workspace or Path(folder) / "workspace", wanted.minutes)


if __name__ == "__main__":
    raise SystemExit(main())

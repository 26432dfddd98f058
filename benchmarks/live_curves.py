"""How long the window's thread is at work for curves that grow: 500 runs of 1,000 points, 8 of them training.

    python benchmarks/live_curves.py [--shown 8] [--spread range] [--seconds 20]

Made-up histories, no training: each of eight runs tells a logged step ten times a second, and a validation of its
target every two seconds. A 10 ms timer in the window's thread measures how much of the time between its ticks the
thread was at work; the other processes of the machine do not count. Offscreen, drawn by the processor.
"""

import argparse
import math
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS, POINTS, TRAINING, SEEDS = 500, 1_000, 8, 5
TICK_MS = 10
WARM_UP_S = 3.0


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(shown: int, spread: str, seconds: float) -> int:
    from PySide6.QtCore import QObject, Qt, QTimer, Slot
    from PySide6.QtGui import QColor

    from workbench.gui import app
    from workbench.gui.charts.cer_curves import CerCurves, RunStyle
    from workbench.runs.events import Pace, RunStarted, StepLogged, Validated
    from workbench.runs.history import RunHistory

    def told(run: int, step: int) -> StepLogged:
        pace = Pace(seconds=step / 2, lines_per_second=30 + math.sin(step))
        loss = 4 * math.exp(-step / 400) + 0.1 * math.sin(step * (run + 1)) + 0.2
        return StepLogged(run=str(run), step=step, epoch=1, loss=loss, learning_rate=1e-3, gradient_norm=1.0, pace=pace)

    def validated(run: int, step: int) -> Validated:
        edits = int(1000 * math.exp(-step / 600)) + 50 + run % 40
        return Validated(
            run=str(run), step=step, epoch=1, target="a", lines=50, edits=edits, length=1000, empty_lines=0
        )

    def history(run: int, points: int) -> RunHistory:
        started = RunStarted(
            run=str(run), steps=POINTS, steps_per_epoch=50, targets=("a",), parameters=1, device="cpu", threads=1,
            frame_px=4,
        )  # fmt: skip
        return RunHistory(
            run=str(run), state="running", started=started, step=points,
            losses=tuple(told(run, step) for step in range(1, points + 1)),
            validations=tuple(validated(run, step) for step in range(20, points + 1, 20)),
        )  # fmt: skip

    def style(run: int) -> RunStyle:
        line = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)[run // SEEDS % 2]
        return RunStyle(
            str(run), f"run {run}", line, (1.2, 2.4)[run // SEEDS % 3 == 0], (("a", QColor("#0072B2")),),
            group=f"group {run // SEEDS}", group_label=f"group {run // SEEDS}", member=f"seed {run % SEEDS}",
            group_size=SEEDS,
        )  # fmt: skip

    class Meter(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.curves = CerCurves()
            self.curves.resize(760, 620)
            self.curves.set_spread(spread if spread != "none" else None)  # pyright: ignore[reportArgumentType]
            self.histories = {run: history(run, POINTS // 2 if run < TRAINING else POINTS) for run in range(RUNS)}
            for each in self.histories.values():
                self.curves.set_history(each)
            self.curves.set_runs(style(run) for run in range(shown))
            self.busy_ms: list[float] = []
            self.begin = time.perf_counter()
            self.last = time.thread_time()
            self.beat = 0
            self.feeder = QTimer(self, interval=100)
            self.feeder.timeout.connect(self.feed)
            self.ticker = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
            self.ticker.timeout.connect(self.tick)
            self.curves.show()
            self.feeder.start()
            self.ticker.start()

        @Slot()
        def feed(self) -> None:
            self.beat += 1
            for run in range(TRAINING):
                known = self.histories[run]
                known = known.apply(told(run, known.step + 1))
                if self.beat % 20 == 0:
                    known = known.apply(validated(run, known.step))
                self.histories[run] = known
                self.curves.set_history(known)

        @Slot()
        def tick(self) -> None:
            now = time.thread_time()
            busy, self.last = 1000 * (now - self.last), now
            since = time.perf_counter() - self.begin
            if since > WARM_UP_S:
                self.busy_ms.append(busy)
            if since > WARM_UP_S + seconds:
                application.quit()

    application = app.make_application()
    meter = Meter()
    application.exec()
    busy = meter.busy_ms
    sizes = "  ".join(f"{name} {quantile(busy, share):.1f}" for name, share in (("p50", 0.5), ("p99", 0.99)))
    share = sum(busy) / 1000 / seconds
    print(
        f"{shown} of {RUNS} runs shown, spread {spread}: at work per 10 ms tick, ms: {sizes}  max {max(busy):.1f}",
        end="",
    )
    print(f"  ({100 * share:.0f} % of the time; load {os.getloadavg()[0]:.1f})")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shown", type=int, default=8)
    parser.add_argument("--spread", choices=("none", "range", "deviation"), default="none")
    parser.add_argument("--seconds", type=float, default=20.0)
    wanted = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return measure(wanted.shown, wanted.spread, wanted.seconds)


if __name__ == "__main__":
    raise SystemExit(main())

"""How long the window's thread takes to show the ΔCER heatmaps of a study of 500 runs.

    python benchmarks/heatmap.py

Made-up results of three targets and two architectures: three K and 21 seeds, which makes 504 runs; and every regime,
four K and one seed, which makes many cells. *show* is the report that comes in, *switch* another form of the
numbers (per cent, median), *paint* everything drawn anew.
"""

import os
import time
from collections.abc import Callable

from tests.analysis.made_up import make_plan, make_records
from workbench.analysis.results.report import report_of
from workbench.study.grid import REGIMES

TIMES = 20


def milliseconds(job: Callable[[], object]) -> tuple[float, float]:
    """Median and largest of some times."""
    found: list[float] = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        job()
        found.append(1000 * (time.perf_counter() - begin))
    return sorted(found)[TIMES // 2], max(found)


def main() -> None:
    """Print the table."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from workbench.gui.app import make_application
    from workbench.gui.panels.results.cells import Setting
    from workbench.gui.panels.results.delta_tab import DeltaTab

    make_application()
    targets = ("khatt", "uhwr", "phtd")
    plans = {
        "two regimes, 21 seeds": make_plan(targets=targets, seeds=tuple(range(21)), k_lines=(100, 500, 1000)),
        "every regime, 1 seed": make_plan(targets=targets, regimes=tuple(REGIMES), k_lines=(100, 250, 500, 1000)),
    }
    print(f"{'':24}{'runs':>6}{'cells':>7}{'show, ms':>20}{'switch, ms':>20}{'paint, ms':>20}")
    for name, plan in plans.items():
        report = report_of(plan, make_records(plan, lambda request, target: 20 + hash((request.seed, target)) % 5))
        tab = DeltaTab()
        tab.resize(1200, 560)
        tab.show()
        setting = Setting(report.budgets[0], report.regimes[0])
        scales = [0, 1]

        def switch(tab: DeltaTab = tab, scales: list[int] = scales) -> None:
            scales.reverse()
            tab.scale.setCurrentIndex(scales[0])
            tab.average.setCurrentIndex(0)
            tab.scale.activated.emit(scales[0])

        found = (
            milliseconds(lambda tab=tab, report=report, setting=setting: tab.show_report(report, setting)),
            milliseconds(switch),
            milliseconds(lambda tab=tab: tab.grab()),
        )
        told = "".join(f"{middle:>11.1f}, ≤ {most:5.1f}" for middle, most in found)
        print(f"{name:24}{len(plan.run_ids):>6}{len(report.cells) + len(report.interactions):>7}{told}")
        tab.deleteLater()


if __name__ == "__main__":
    main()

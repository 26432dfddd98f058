"""What reading through windows costs beside reading once, and what a comparison of encoders costs.

    python benchmarks/probes.py --workspace FOLDER --study NAME [--lines 12]

Reads test lines of a finished study with one run of each architecture, in this process and on one thread. Printed per
architecture and width: columns of input that are read, as a multiple of those of the lines, and processor time per
line, also as a multiple of that of reading once; below, the same for comparing a run's encoder with itself. Processor
time is told, so that other programs on the machine matter less.
"""

import argparse
import time
from pathlib import Path

from workbench.execution.probe_units import probe_agenda
from workbench.execution.session import open_caches
from workbench.models.geometry import geometry_of, input_size
from workbench.models.windows import read_px
from workbench.runs.control import Control
from workbench.runs.plan import load_plan
from workbench.runs.probes import ContextUnit, SimilarityUnit, WidthRead
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.training.probes import probe_context, probe_similarity


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--study", required=True)
    parser.add_argument("--lines", type=int, default=12)
    arguments = parser.parse_args()
    place = Workspace(arguments.workspace)
    store = RunStore(place)
    agenda = probe_agenda(load_plan(place.plan_file(arguments.study)), store, lines=arguments.lines, kinds=("context",))
    first: dict[str, ContextUnit] = {}
    for each in agenda.units:
        if isinstance(each.unit, ContextUnit):
            spec = store.spec(each.unit.probed.run)
            if spec is not None:
                first.setdefault(spec.architecture.name, each.unit)
    if not first:
        print("Nothing is left to be read in this study: measure another number of lines.")
    for name, unit in first.items():
        measure(name, unit, store)


def measure(name: str, unit: ContextUnit, store: RunStore) -> None:
    spec = store.spec(unit.probed.run)
    assert spec is not None
    target = unit.probed.target
    caches = open_caches(store.workspace, spec)
    geometry = geometry_of(spec.architecture)
    sizes = [input_size(*caches[target].size(line), spec.preprocessing, geometry) for line in unit.line_ids]
    whole_px = sum(size.padded_width for size in sizes)
    costs: dict[int | None, float] = {}
    for width in (None, *(width for width in unit.widths_px if width is not None)):
        asked = unit.model_copy(update={"widths_px": (width,)})
        started = time.process_time()
        for told in probe_context(asked, spec, caches, store.folder(spec.id), Control(), device="cpu"):
            if isinstance(told, WidthRead):
                costs[width] = (time.process_time() - started) / len(unit.line_ids)
            elif told.done_px == 0:
                started = time.process_time()  # weights and lines are loaded
    print(f"\n{name} on {target}, {len(unit.line_ids)} lines, receptive field {geometry.receptive_field_px} px")
    print(f"{'window':>8} {'columns':>9} {'s / line':>9} {'times':>7}")
    for width, seconds in costs.items():
        px = sum(read_px(size, width, spec.preprocessing, geometry) for size in sizes) / whole_px
        print(f"{width or 'line':>8} {px:>8.1f}× {seconds:>9.3f} {seconds / costs[None]:>6.1f}×")
    print(f"{'all':>8} {'':>9} {sum(costs.values()):>9.3f} {sum(costs.values()) / costs[None]:>6.1f}×")
    pair = SimilarityUnit(left=unit.probed, right=unit.probed, line_ids=unit.line_ids, clusters=unit.line_ids)
    started = time.process_time()
    list(probe_similarity(pair, (spec, spec), caches, store.workspace.runs, Control(), device="cpu"))
    seconds = (time.process_time() - started) / len(unit.line_ids)
    print(f"{'encoders':>8} {'':>9} {seconds:>9.3f} {seconds / costs[None]:>6.1f}×")


if __name__ == "__main__":
    main()

"""Final CERs of a small real study under two ways to compute, against the noise of seeds.

    python benchmarks/precision.py --workspace FOLDER [--seeds 5] [--arms precision canvas]
                                   [--steps 1500] [--processes 2] [--only-print]

Trains the networks of `quick` on the lines of $HTR_WORKBENCH_REAL_LINES/three_languages.tsv (K = 100), each seed once
per arm: float32 against bfloat16 (`precision`), and batches of like width against one canvas as wide as the widest
line (`canvas`). Both arms of a pair have the same lines, seed and steps. It goes on where it was stopped. On two
cores a seed of one comparison takes about 20 minutes (multi-script runs only).

Printed per architecture and target: CER of both arms over the seeds, the mean difference in percentage points with
its standard error over seeds, and the standard deviation of the first arm over seeds, which is the noise that the
difference has to be seen against.
"""

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev

from workbench.resource_files import resource_path
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.runs.workspace import open_workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, save_study

DATA = "three"
WIDEST_PX = 2048
ARMS = {
    "precision": ("float32", "bfloat16"),
    "canvas": ("buckets", "canvas"),
}


def study_of(arm: str, seeds: int, steps: int, architectures: list[str], regimes: list[str]) -> Study:
    """Return the study of one arm, which differs from the others in one thing."""
    quick = load_study(resource_path("studies/quick.toml"))
    training = {"precision": "bfloat16"} if arm == "bfloat16" else {"precision": "float32"}
    preprocessing = {"canvas_width_px": WIDEST_PX} if arm == "canvas" else {}
    return quick.model_copy(
        update={
            "name": f"arm-{arm}",
            "seeds": tuple(range(seeds)),
            "architectures": tuple(architectures),
            "regimes": tuple(regimes),
            "budgets": (quick.budgets[0].model_copy(update={"amount": steps}),),
            "training": quick.training.model_copy(update=training),
            "preprocessing": quick.preprocessing.model_copy(update=preprocessing),
        }
    )


def htr_workbench(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "workbench", *map(str, arguments)], check=True)


def train(workspace: Path, study: Study, processes: int) -> None:
    """Train what is not trained yet of a study."""
    file = workspace / f"{study.name}.toml"
    save_study(study, file)
    htr_workbench("run", file, "--workspace", workspace, "--processes", processes)


Cell = tuple[str, str, str, int, int, int]
"""Architecture, regime, target, K, steps, seed."""


def results(workspace: Path, study: Study) -> dict[Cell, float]:
    """Test CER in per cent of each finished run of a study, with the weights of the last step."""
    store = RunStore(open_workspace(workspace))
    found: dict[Cell, float] = {}
    for run, record in store.scan().items():
        spec = store.spec(run)
        if spec and spec.training == study.training and spec.preprocessing == study.preprocessing:
            found |= _cells(record)
    return found


def _cells(record: RunRecord) -> dict[Cell, float]:
    regime = "multi" if len(record.targets) > 1 else "single"
    cells: dict[Cell, float] = {}
    for target in record.targets:
        evaluated = record.evaluation(target, "test", "last")
        if evaluated and evaluated.length:
            key = (record.architecture, regime, target, record.k, record.steps, record.seed)
            cells[key] = 100 * evaluated.edits / evaluated.length
    return cells


def compare(names: tuple[str, str], first: dict[Cell, float], second: dict[Cell, float]) -> None:
    """Print both arms side by side, over the seeds that both have."""
    groups: defaultdict[tuple[str, str, str, int, int], list[tuple[float, float]]] = defaultdict(list)
    for cell in sorted(first.keys() & second.keys()):
        groups[cell[:5]].append((first[cell], second[cell]))
    title = f"{names[0]} against {names[1]}"
    print(f"\n{title:40}{names[0]:>10}{names[1]:>10}{'difference':>12}{'error':>8}{'sd seeds':>10}{'seeds':>7}")
    for (architecture, regime, target, k, _), pairs in groups.items():
        differences = [two - one for one, two in pairs]
        several = len(pairs) > 1
        error = f"{stdev(differences) / len(pairs) ** 0.5:8.2f}" if several else f"{'-':>8}"
        noise = f"{stdev(one for one, _ in pairs):10.2f}" if several else f"{'-':>10}"
        print(
            f"{f'{architecture} {regime} {target} K {k}':40}{fmean(one for one, _ in pairs):10.2f}"
            f"{fmean(two for _, two in pairs):10.2f}{fmean(differences):+12.2f}{error}{noise}{len(pairs):7}"
        )
    everything = [two - one for pairs in groups.values() for one, two in pairs]
    if everything:
        print(f"{'mean of all':60}{fmean(everything):+12.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=["precision"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--architectures", nargs="+", default=["small-cnn", "small-crnn"])
    parser.add_argument("--regimes", nargs="+", default=["multi"])
    parser.add_argument("--processes", type=int, default=2, help="runs at a time")
    parser.add_argument("--only-print", action="store_true", help="of runs that are finished")
    arguments = parser.parse_args()
    arguments.workspace.mkdir(parents=True, exist_ok=True)
    if not arguments.only_print and not (arguments.workspace / "datasets.toml").exists():
        lines = Path(os.environ["HTR_WORKBENCH_REAL_LINES"]) / "three_languages.tsv"
        htr_workbench("datasets", "add", DATA, lines, "--workspace", arguments.workspace)
    for name in arguments.arms:
        # Seed by seed, so that a comparison that is stopped has pairs to show.
        for seeds in range(1, arguments.seeds + 1):
            studies = [
                study_of(arm, seeds, arguments.steps, arguments.architectures, arguments.regimes) for arm in ARMS[name]
            ]
            if not arguments.only_print:
                for study in studies:
                    train(arguments.workspace, study, arguments.processes)
        first, second = (results(arguments.workspace, study) for study in studies)
        compare(ARMS[name], first, second)


if __name__ == "__main__":
    main()

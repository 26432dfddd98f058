"""Minutes until the validation CER of real lines falls below 0.5 and below 0.3, beside kraken's `ketos train`.

    python benchmarks/time_to_cer.py --workspace FOLDER [--k 100 500] [--threads 2] [--precision bfloat16]
                                     [--ketos PATH] [--minutes 60] [--only-print]

Trains the networks of `quick` on the Arabic lines of $HTR_WORKBENCH_REAL_LINES/three_languages.tsv, one run at a time,
and validates 50 times in 1,500 steps (the validations count). Then `ketos train`, with its defaults but for the number
of threads, gets the whole scans of the same training and validation lines; its best checkpoints are looked for every
second, and it is ended after so many minutes. kraken is no dependency of this project: install it elsewhere and name
its `ketos`. Both are alone on the machine. Our time begins with the run, kraken's with its process (some ten seconds
of start).

It goes on where it was stopped; of kraken only what came to its end, or to its limit, is kept.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from workbench.data.catalog import OpenedDataset, open_dataset
from workbench.data.scan import read_scan
from workbench.resource_files import resource_path
from workbench.runs.history import RunHistory
from workbench.runs.spec import TargetSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, save_study

DATA, TARGET = "three", "three-ar"
GOALS = (0.5, 0.3)
STEPS, VALIDATIONS = 1500, 50
CHECKPOINT = re.compile(r"checkpoint_(\d+)-(-?\d+\.\d+)\.ckpt")
Curve = list[tuple[float, float]]
"""(seconds, validation CER as a fraction), in the order of time."""


def study_of(k_lines: list[int], threads: int, precision: str) -> Study:
    """Return the study whose runs are timed."""
    quick = load_study(resource_path("studies/quick.toml"))
    changed = {"validations": VALIDATIONS, "threads_per_run": threads, "precision": precision}
    return quick.model_copy(
        update={
            "name": f"time-{precision}-{threads}",
            "targets": (TARGET,),
            "regimes": ("single",),
            "k_lines": tuple(k_lines),
            "budgets": (quick.budgets[0].model_copy(update={"amount": STEPS}),),
            "training": quick.training.model_copy(update=changed),
        }
    )


def htr_workbench(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "workbench", *map(str, arguments)], check=True)


def histories(workspace: Workspace, study: Study) -> Iterator[tuple[str, int, TargetSpec, RunHistory]]:
    """Architecture, K, lines and history of each finished run of the study."""
    store = RunStore(workspace)
    for run, record in sorted(store.scan().items(), key=lambda found: (found[1].k, found[1].architecture)):
        spec = store.spec(run)
        if spec and spec.training == study.training and record.steps == STEPS and record.targets == (TARGET,):
            yield record.architecture, record.k, spec.targets[0], store.history(run)


def write_lines(opened: OpenedDataset, ids: tuple[str, ...], folder: Path) -> Path:
    """Write scans as PNG with their texts beside them; return the list of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = {line.id: line for line in opened.lines.lines}
    images: list[Path] = []
    for number, line_id in enumerate(ids):
        image = folder / f"{number:05}.png"
        Image.fromarray(255 - read_scan(opened, lines[line_id]).ink).save(image)
        image.with_suffix(".gt.txt").write_text(lines[line_id].transcription, encoding="utf-8")
        images.append(image)
    listed = folder / "images.txt"
    listed.write_text("".join(f"{image}\n" for image in images), encoding="utf-8")
    return listed


def train_kraken(ketos: Path, spec: TargetSpec, opened: OpenedDataset, folder: Path, threads: int, limit: float) -> str:
    """Train kraken on the lines of a run; return how it ended. Its curve is left in `curve.csv`."""
    train = write_lines(opened, spec.train_ids, folder / "train")
    validation = write_lines(opened, spec.validation_ids, folder / "validation")
    models = folder / "model"
    command = [
        ketos, "--device", "cpu", "--threads", str(threads), "train", "-f", "path", "-t", train, "-e", validation,
        "-o", models,
    ]  # fmt: skip
    seen: dict[str, tuple[float, float]] = {}
    begin = time.monotonic()
    with (folder / "log.txt").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        while process.poll() is None and time.monotonic() - begin < limit:
            time.sleep(1)
            for path in models.glob("checkpoint_*.ckpt"):
                if (found := CHECKPOINT.fullmatch(path.name)) and path.name not in seen:
                    seen[path.name] = (time.monotonic() - begin, 1 - float(found.group(2)))
        is_cut = process.poll() is None
        process.terminate()
    if not is_cut and process.returncode != 0:
        sys.exit(f"ketos ended with {process.returncode}: see {folder / 'log.txt'}")
    how = (
        f"ended after {limit / 60:.0f} min"
        if is_cut
        else f"stopped by itself after {_minutes(time.monotonic() - begin)} min"
    )
    with (folder / "curve.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("seconds", "cer"), *seen.values()])
    (folder / "ended.txt").write_text(how, encoding="utf-8")
    return how


def kraken_curve(folder: Path) -> Curve:
    with (folder / "curve.csv").open(encoding="utf-8", newline="") as file:
        return [(float(row["seconds"]), float(row["cer"])) for row in csv.DictReader(file)]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def print_row(name: str, k: int, curve: Curve, how: str) -> None:
    first = [next((_minutes(seconds) for seconds, cer in curve if cer < goal), "never") for goal in GOALS]
    best = min((cer for _, cer in curve), default=float("nan"))
    print(f"{name:28}{k:6}{first[0]:>14}{first[1]:>14}{100 * best:12.1f}  {how}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--k", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--ketos", type=Path, help="program of a kraken that is installed elsewhere")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which kraken is ended")
    parser.add_argument("--only-print", action="store_true")
    arguments = parser.parse_args()
    arguments.workspace.mkdir(parents=True, exist_ok=True)
    study = study_of(arguments.k, arguments.threads, arguments.precision)
    if not arguments.only_print:
        if not (arguments.workspace / "datasets.toml").exists():
            lines = Path(os.environ["HTR_WORKBENCH_REAL_LINES"]) / "three_languages.tsv"
            htr_workbench("datasets", "add", DATA, lines, "--workspace", arguments.workspace)
        file = arguments.workspace / f"{study.name}.toml"
        save_study(study, file)
        htr_workbench("run", file, "--workspace", arguments.workspace, "--processes", 1)
    workspace = open_workspace(arguments.workspace)
    rows: list[tuple[str, int, Curve, str]] = []
    lines_of: dict[int, TargetSpec] = {}
    for architecture, k, spec, history in histories(workspace, study):
        curve = [(point.pace.seconds, point.edits / max(point.length, 1)) for point in history.validations]
        rows.append((f"{architecture}, {arguments.precision}", k, curve, f"{_minutes(curve[-1][0])} min in all"))
        lines_of[k] = spec
    for k, spec in lines_of.items():
        folder = arguments.workspace / f"kraken-{k}-{arguments.threads}"
        if arguments.ketos and not arguments.only_print and not (folder / "ended.txt").exists():
            opened = next(item for item in open_dataset(workspace, TARGET) if isinstance(item, OpenedDataset))
            train_kraken(arguments.ketos, spec, opened, folder, arguments.threads, arguments.minutes * 60)
        if (folder / "ended.txt").exists():
            rows.append(("ketos train", k, kraken_curve(folder), (folder / "ended.txt").read_text(encoding="utf-8")))
    print(f"\n{'':28}{'K':>6}{'min to < 0.5':>14}{'min to < 0.3':>14}{'best CER, %':>12}")
    for row in sorted(rows, key=lambda row: row[1]):
        print_row(*row)


if __name__ == "__main__":
    main()

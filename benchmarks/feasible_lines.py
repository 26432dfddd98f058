"""How many training lines of each data set a network has frames for, by line height and canvas.

    python benchmarks/feasible_lines.py PATH... [--workspace DIR] [--k 100 500 1000]

Each PATH (a folder or a manifest) is imported into a temporary workspace; with `--workspace` the data sets of that
workspace are counted. What counts is what the plan of a study counts: the label as trained, a frame more between equal
neighbours, the official training part before anything is drawn. The last column names the largest K that all data sets
allow.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.data.catalog import OpenedDataset, import_datasets, load_catalog
from workbench.data.splits import split_lines
from workbench.execution.feasibility import as_trained
from workbench.execution.studies import open_targets
from workbench.models.geometry import geometry_of, input_size, needed_frames
from workbench.models.registry import architecture_spec
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.schema import Study
from workbench.text.reading_order import to_network

HEIGHTS = (48, 64, 80, 96, 112, 128, 150)
CANVASES = ((150, 2073), (128, 2048), (96, 1536), (64, 2048), (64, 1024))
ARCHITECTURES = ("both", "small-crnn")


def studies(workspace_targets: tuple[str, ...]) -> Iterator[tuple[str, Study]]:
    """Inputs to compare: lines of one height, cropped or not, then canvases as published."""
    for is_cropped in (True, False):
        for height in HEIGHTS:
            preprocessing = {"line_height_px": height, "crop_to_ink": is_cropped}
            name = f"{height} px high, {'cropped to the ink' if is_cropped else 'as scanned'}"
            yield name, _study(workspace_targets, preprocessing, {"reading_order": "ltr_runs"})
    for height, width in CANVASES:
        preprocessing = {
            "line_height_px": height,
            "canvas_width_px": width,
            "crop_to_ink": False,
            "scaling": "never_enlarge",
            "border_px": 8,
        }
        training = {"reading_order": "reversed", "pad_transcription": True}
        yield f"canvas {height} × {width}", _study(workspace_targets, preprocessing, training)


def _study(targets: tuple[str, ...], preprocessing: Mapping[str, object], training: Mapping[str, object]) -> Study:
    return Study.model_validate(
        {"name": "feasible", "targets": targets, "preprocessing": preprocessing, "training": training}
    )


def feasible(study: Study, opened: OpenedDataset, architecture: str) -> tuple[int, int]:
    """Training lines that fit, and all of them."""
    train = split_lines(opened.lines, "official").train
    geometry, training = geometry_of(architecture_spec(architecture)), study.training
    fitting = 0
    for line in train:
        label = to_network(as_trained(opened.cache.transcription(line), training), training.reading_order)
        size = input_size(*opened.cache.size(line), study.preprocessing, geometry)
        fitting += needed_frames(label) <= size.ctc_frames
    return fitting, len(train)


def opened_for(workspace: Workspace, study: Study) -> dict[str, OpenedDataset]:
    """Open the data sets with the cropping that a study asks for."""
    *_, last = open_targets(workspace, study, Control())
    assert isinstance(last, dict)
    return last


def report(workspace: Workspace, ks: tuple[int, ...]) -> None:
    names = tuple(sorted(entry.name for entry in load_catalog(workspace)))
    by_cropping: dict[bool, dict[str, OpenedDataset]] = {}
    for architecture in ARCHITECTURES:
        px = geometry_of(architecture_spec(architecture)).frame_px
        print(f"\n{architecture}: a frame every {px} px")
        print(f"| input | {' | '.join(names)} | K |\n|---|{'---|' * len(names)}---|")
        for name, study in studies(names):
            is_cropped = study.preprocessing.crop_to_ink
            if is_cropped not in by_cropping:
                by_cropping[is_cropped] = opened_for(workspace, study)
            counts = [feasible(study, by_cropping[is_cropped][target], architecture) for target in names]
            allowed = max((k for k in ks if k <= min(fitting for fitting, _ in counts)), default=0)
            cells = " | ".join(f"{fitting:,} of {all_lines:,}" for fitting, all_lines in counts)
            print(f"| {name} | {cells} | {allowed or 'none'} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--k", nargs="+", type=int, default=(100, 500, 1000))
    options = parser.parse_args()
    if options.workspace:
        report(open_workspace(options.workspace), tuple(options.k))
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        for path in options.paths:
            list(import_datasets(workspace, path))
        report(workspace, tuple(options.k))


if __name__ == "__main__":
    main()

"""Probes of trained networks: how much of a line they need to read it, and how alike their encoders are.

Both are generators of values that look at a token, like a training. See :mod:`workbench.models.windows` for what is
read through windows, and :mod:`workbench.training.similarity` for the measure of similarity.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from workbench import files
from workbench.errors import InputError, RunError
from workbench.metrics.error_rate import EditCount
from workbench.models.networks import LineNetwork
from workbench.models.registry import build
from workbench.models.windows import Window, read_px, windows_of
from workbench.runs.control import Control
from workbench.runs.probes import ContextUnit, Probed, SimilarityRead, SimilarityUnit, UnitProgress, WidthRead
from workbench.runs.spec import RunSpec
from workbench.text.alphabet import Alphabet
from workbench.training.batches import canvases, collate, to_tensor
from workbench.training.checkpoint import load_weights, misfit
from workbench.training.decode import collapse, restrict, stripped, to_text
from workbench.training.evaluate import Reader, Reading, batch_pixels, compute, evaluation_batches, in_precision
from workbench.training.folding import folded
from workbench.training.lines import Layout, Line, LineSource, Pixels, layout_of, load_lines, source_of
from workbench.training.reproducibility import (
    choose_device,
    device_errors,
    free_memory,
    memory_errors,
    placed,
    reproducible,
)
from workbench.training.similarity import SimilaritySums

Classes = NDArray[np.int64]

_LINES_AT_ONCE = 16
"""Lines whose windows share batches; more of them would only hold more images."""


def load_network(spec: RunSpec, folder: Path, probed: Probed, device: torch.device) -> LineNetwork:
    """Build a run's network with the weights of a selection, for reading.

    Raises
    ------
    RunError
        When the file is missing, is not the one that was written, or does not fit the network.
    """
    path = folder / probed.weights_path
    try:
        if files.sha256_of(path) != probed.weights_sha256:
            raise _unusable(probed, "the file is not the one that was written")
        network = build(spec.architecture, len(spec.alphabet) + 1)
        network.load_state_dict(load_weights(path))
    except OSError as error:
        raise _unusable(probed, error.strerror or str(error)) from error
    except InputError as error:
        raise _unusable(probed, error.why) from error
    except RuntimeError as error:
        raise _unusable(probed, misfit(error)) from error
    placed(network.eval(), device)
    return network


def _unusable(probed: Probed, why: str) -> RunError:
    return RunError(
        f"The weights {probed.weights_path} of run {probed.run} cannot be used",
        why,
        "Put a copy of the file back, or train the run anew.",
    )


# Context reliance


def probe_context(
    unit: ContextUnit,
    spec: RunSpec,
    caches: Mapping[str, LineSource],
    folder: Path,
    control: Control,
    *,
    device: str = "auto",
) -> Iterator[UnitProgress | WidthRead]:
    """Read lines through windows of each width, and tell the counts of each line.

    After `cancel` the widths that were complete by then have been told.

    Parameters
    ----------
    unit : ContextUnit
        What is read with which weights.
    caches : mapping
        Decoded lines by the name of the target.
    folder : Path
        Of the run.

    Raises
    ------
    RunError
        When weights or lines are missing or not those that were asked for.
    MemoryError
        When the memory does not hold a single window.
    """
    chosen = torch.device(choose_device(device))
    target = spec.target(unit.probed.target)
    with reproducible(chosen, spec.training.threads_per_run), device_errors(chosen), memory_errors(chosen):
        reader = Reader(load_network(spec, folder, unit.probed, chosen), spec, chosen)
        source = source_of(caches, target)
        lines = list(load_lines(source, spec, target, unit.line_ids, for_training=False))
        yield from _read_widths(unit, reader, lines, target.allowed_characters, control)


def _read_widths(
    unit: ContextUnit, reader: Reader, lines: Sequence[Line], allowed: Sequence[str] | None, control: Control
) -> Iterator[UnitProgress | WidthRead]:
    layout = layout_of(reader.spec)
    costs = {
        width: sum(read_px(line.size, width, layout.preprocessing, layout.geometry) for line in lines)
        for width in unit.widths_px
    }
    done, total = 0, sum(costs.values())
    yield UnitProgress(done_px=0, total_px=total)
    for width in unit.widths_px:
        counts: dict[str, EditCount] = {}
        for px, readings in _read_through(reader, lines, width, layout, allowed):
            counts |= {reading.line.id: reading.count for reading in readings}
            done += px
            yield UnitProgress(done_px=done, total_px=total)
            if control.is_cancelled:
                return
        in_order = [counts[line.id] for line in lines]
        yield WidthRead(
            width_px=width,
            edits=tuple(count.edits for count in in_order),
            length=tuple(count.length for count in in_order),
        )


def _read_through(
    reader: Reader, lines: Sequence[Line], width: int | None, layout: Layout, allowed: Sequence[str] | None
) -> Iterator[tuple[int, list[Reading]]]:
    """Yield columns of input that were read since the last time, and lines that are read to their end."""
    if width is None:
        for readings in reader.read(lines, allowed):
            yield sum(reading.line.size.padded_width for reading in readings), readings
        return
    windows = WindowReader(reader, layout, allowed)
    for at in range(0, len(lines), _LINES_AT_ONCE):
        yield from windows.read(lines[at : at + _LINES_AT_ONCE], width)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A window of a line."""

    line: int
    window: Window


class WindowReader:
    """Reads lines through windows: every frame from the one window of its stretch."""

    def __init__(self, reader: Reader, layout: Layout, allowed: Sequence[str] | None) -> None:
        self._reader = reader
        self._layout = layout
        self._allowed = allowed
        self._alphabet = Alphabet(reader.spec.alphabet)
        self._network = folded(reader.network)

    def read(self, lines: Sequence[Line], width_px: int) -> Iterator[tuple[int, list[Reading]]]:
        """Yield columns that were read, batch by batch; with the last batch come the readings, in order."""
        layout = self._layout
        cuts: defaultdict[int, list[_Cut]] = defaultdict(list)
        for at, line in enumerate(lines):
            for window in windows_of(line.size, width_px, layout.preprocessing, layout.geometry):
                cuts[window.padded_px].append(_Cut(at, window))
        papers = [_on_paper(line, layout) for line in lines]
        classes = [np.zeros(line.size.ctc_frames, dtype=np.int64) for line in lines]
        todo = [batch for width in sorted(cuts, reverse=True) for batch in self._batches(cuts[width])]
        while todo:
            batch = todo.pop(0)
            found = self._classes(batch, papers)
            if found is None:
                todo = [*self._batches(batch), *todo]
                continue
            for cut, own in zip(batch, found, strict=True):
                classes[cut.line][cut.window.first : cut.window.stop] = own
            px = sum(cut.window.padded_px for cut in batch)
            yield px, [] if todo else list(map(self._reading, lines, classes))

    def _batches(self, cuts: Sequence[_Cut]) -> Iterator[list[_Cut]]:
        pixels = cuts[0].window.padded_px * self._layout.preprocessing.line_height_px
        size = max(batch_pixels(self._reader.device) // self._reader.parts // pixels, 1)
        yield from (list(cuts[at : at + size]) for at in range(0, len(cuts), size))

    def _classes(self, batch: Sequence[_Cut], papers: Sequence["_Paper"]) -> list[Classes] | None:
        """Best class of each frame of each stretch; None, and smaller batches from then on, where memory is short."""
        reader = self._reader
        try:
            with memory_errors(reader.device), torch.inference_mode():
                images = torch.from_numpy(np.stack([papers[cut.line].seen_through(cut.window) for cut in batch]))
                frames = [cut.window.frames for cut in batch]
                precision = reader.spec.training.precision
                output = compute(self._network, to_tensor(images, reader.device), frames, precision)
                best = restrict(output.logits, self._alphabet, self._allowed).argmax(dim=-1).T.cpu().numpy()
        except MemoryError:
            if len(batch) == 1:
                raise
        else:
            return [own[_kept(cut.window)] for cut, own in zip(batch, best, strict=True)]
        free_memory(reader.device)
        while next(self._batches(batch)) == list(batch):
            reader.parts *= 2
        return None

    def _reading(self, line: Line, classes: Classes) -> Reading:
        training, wildcards = self._reader.spec.training, self._reader.spec.placeholders.wildcards
        none = np.zeros((1, len(classes)), dtype=np.float32)
        (path,) = collapse(classes[None], none, [len(classes)])
        text, path = to_text(path, self._alphabet, training.reading_order)
        if training.pad_transcription:
            text, path = stripped(text, path)
        return Reading(line, text, path.frames, path.confidences, wildcards)


def _kept(window: Window) -> slice:
    return slice(window.skipped, window.skipped + window.stop - window.first)


@dataclass(frozen=True, slots=True)
class _Paper:
    """A line on its input, and what lies beside it."""

    canvas: Pixels
    """Shape (H, W), ink = 255."""
    beside: Pixels
    """Grey of each row where there is no line, shape (H,)."""

    def seen_through(self, window: Window) -> Pixels:
        """Input of a window: nothing but paper outside of the columns that are seen."""
        image = np.repeat(self.beside[:, None], window.padded_px, axis=1)
        seen = slice(window.left_px - window.origin_px, window.right_px - window.origin_px)
        image[:, seen] = self.canvas[:, window.left_px : window.right_px]
        return image


def _on_paper(line: Line, layout: Layout) -> _Paper:
    canvas = canvases([line], layout)[0]
    if layout.preprocessing.background == "paper":
        return _Paper(canvas, np.zeros(len(canvas), dtype=np.uint8))
    own = canvas[:, layout.border_px : layout.border_px + line.size.scaled_width]
    return _Paper(canvas, np.rint(np.median(own, axis=1)).astype(np.uint8))


# Similarity of encoders


def probe_similarity(
    unit: SimilarityUnit,
    specs: tuple[RunSpec, RunSpec],
    caches: Mapping[str, LineSource],
    runs: Path,
    control: Control,
    *,
    device: str = "auto",
) -> Iterator[UnitProgress | SimilarityRead]:
    """Compare the encoder features of two runs, over all frames of some lines; after `cancel` nothing is told.

    Parameters
    ----------
    unit : SimilarityUnit
        What is read with which weights.
    specs : (RunSpec, RunSpec)
        Of the left and of the right run. Frames must lie over the same columns in both.
    caches : mapping
        Decoded lines by the name of the target.
    runs : Path
        Folder of the runs' folders.

    Raises
    ------
    RunError
        When weights or lines are missing, or the frames of the two runs do not correspond.
    """
    chosen = torch.device(choose_device(device))
    with reproducible(chosen, specs[0].training.threads_per_run), device_errors(chosen), memory_errors(chosen):
        sides = [
            _Side.load(spec, caches, runs / probed.run, probed, unit.line_ids, chosen)
            for spec, probed in zip(specs, (unit.left, unit.right), strict=True)
        ]
        _check_frames(sides)
        yield from _compare(unit, sides, control)


@dataclass(frozen=True, slots=True)
class _Side:
    network: LineNetwork
    lines: dict[str, Line]
    layout: Layout
    device: torch.device
    precision: str

    @classmethod
    def load(
        cls,
        spec: RunSpec,
        caches: Mapping[str, LineSource],
        folder: Path,
        probed: Probed,
        line_ids: Sequence[str],
        device: torch.device,
    ) -> "_Side":
        network = load_network(spec, folder, probed, device)
        target = spec.target(probed.target)
        lines = load_lines(source_of(caches, target), spec, target, line_ids, for_training=False)
        return cls(network, {line.id: line for line in lines}, layout_of(spec), device, spec.training.precision)

    def features(self, line_ids: Sequence[str]) -> list[torch.Tensor]:
        """Features of each line's own frames, shape (frames, features)."""
        lines = [self.lines[line_id] for line_id in line_ids]
        batch = collate(lines, self.layout, self.device)
        with torch.inference_mode():
            with in_precision(self.device, self.precision):
                features = self.network.features(batch.images, batch.frames)
            by_frame = features.squeeze(2).transpose(1, 2)
        return [own[:count] for own, count in zip(by_frame, batch.frames, strict=True)]


def _check_frames(sides: Sequence[_Side]) -> None:
    left, right = sides
    places = [(side.layout.geometry.frame_px, side.layout.is_mirrored) for side in sides]
    sizes = [[(line.id, line.size.ctc_frames) for line in side.lines.values()] for side in sides]
    if places[0] != places[1] or sizes[0] != sizes[1]:
        raise RunError(
            "The frames of the two networks do not correspond",
            f"frames of {left.layout.geometry.frame_px} and of {right.layout.geometry.frame_px} px",
            "Only networks with equal frames can be compared.",
        )


def _compare(unit: SimilarityUnit, sides: Sequence[_Side], control: Control) -> Iterator[UnitProgress | SimilarityRead]:
    left, right = sides
    cluster_of = dict(zip(unit.line_ids, unit.clusters, strict=True))
    lines = list(left.lines.values())
    total = sum(line.size.padded_width for line in lines)
    sums, done = SimilaritySums(), 0
    yield UnitProgress(done_px=0, total_px=total)
    for batch in _evenly_wide(sides, lines):
        ids = [line.id for line in batch]
        for line_id, *features in zip(ids, left.features(ids), right.features(ids), strict=True):
            sums.add(cluster_of[line_id], *features)
        done += sum(line.size.padded_width for line in batch)
        yield UnitProgress(done_px=done, total_px=total)
        if control.is_cancelled:
            return
    moments = sums.total
    cka = moments.cka()
    if not math.isfinite(cka):
        raise RunError("The encoders cannot be compared", "the features of one of them are the same in every frame")
    yield SimilarityRead(
        cka=cka,
        frames=moments.frames,
        left_features=len(moments.left_sum),
        right_features=len(moments.right_sum),
        without=_finite(sums.without()),
    )


def _finite(without: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """CKA without each cluster; nothing where one of them has all that varies."""
    return tuple(without.items()) if all(map(math.isfinite, without.values())) else ()


def _evenly_wide(sides: Sequence[_Side], lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Batches of lines whose inputs are equally wide in either network, as in every reading."""
    height = sides[0].layout.preprocessing.line_height_px
    widths: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        widths[sides[1].lines[line.id].size.padded_width].append(line)
    for group in widths.values():
        yield from evaluation_batches(group, height, batch_pixels(sides[0].device) // 2)

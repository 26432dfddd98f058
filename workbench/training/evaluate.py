"""Reading lines with trained weights: in large batches, each line's text independent of the others'."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from workbench.metrics.error_rate import EditCount, count_characters, count_words, total
from workbench.models.networks import Output
from workbench.runs.events import Evaluated, Split
from workbench.runs.predictions import Prediction
from workbench.runs.spec import RunSpec, TargetSpec
from workbench.settings import is_plain
from workbench.study.schema import Selection
from workbench.text.alphabet import Alphabet
from workbench.training.batches import collate
from workbench.training.decode import Path, decode, restrict, stripped, to_text
from workbench.training.folding import folded
from workbench.training.lines import Layout, Line, layout_of
from workbench.training.reproducibility import free_memory, memory_errors

_BATCH_PIXELS = {"cpu": 2**20, "cuda": 2**24}


def batch_pixels(device: torch.device) -> int:
    """Pixels of images that are read at once on a device, where the memory is not short."""
    return _BATCH_PIXELS[device.type]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a network reads in a line, in logical order; frames counted from the left of the line image."""

    line: Line
    hypothesis: str
    frames: tuple[int, ...]
    confidences: tuple[float, ...]
    wildcards: str = ""
    """Placeholders that scoring ignores."""

    @property
    def count(self) -> EditCount:
        """Edits between reference and hypothesis, in characters."""
        return count_characters(self.line.reference, self.hypothesis, self.wildcards)

    @property
    def word_count(self) -> EditCount:
        """Edits between reference and hypothesis, in words."""
        return count_words(self.line.reference, self.hypothesis, self.wildcards)


@dataclass(slots=True)
class Reader:
    """A network with what is needed to read lines with it."""

    network: nn.Module
    spec: RunSpec
    device: torch.device
    parts: int = 1
    """How many times smaller its batches are than they could be, because the memory was short."""

    def read(self, lines: Sequence[Line], allowed: Sequence[str] | None = None) -> Iterator[list[Reading]]:
        """Yield readings batch by batch, in an order of its own.

        Lines of the same padded width share a batch. That width is a function of the line alone, so a line comes
        out the same whatever else is read. Where the memory is short, batches are smaller from then on.

        Raises
        ------
        MemoryError
            When the memory does not hold a single line.
        """
        layout, alphabet = layout_of(self.spec), Alphabet(self.spec.alphabet)
        network = self.network.eval() if is_plain("folded_norms") else folded(self.network)
        todo = self._batches(lines, layout)
        while todo:
            lines_of_batch = todo.pop(0)
            try:
                with memory_errors(self.device):
                    paths = self._paths(network, lines_of_batch, layout, alphabet, allowed)
            except MemoryError:
                if len(lines_of_batch) == 1:
                    raise
                paths = None
            if paths is None:  # the error is gone by now, and with it what its frames held
                free_memory(self.device)
                self._part(lines_of_batch, layout)
                todo = self._batches([line for batch in (lines_of_batch, *todo) for line in batch], layout)
                continue
            yield [
                self._reading(line, path, layout, alphabet) for line, path in zip(lines_of_batch, paths, strict=True)
            ]

    def _part(self, lines: Sequence[Line], layout: Layout) -> None:
        """Make batches so much smaller that these lines no longer fit into one."""
        pixels = len(lines) * layout.preprocessing.line_height_px * lines[0].size.padded_width
        while batch_pixels(self.device) // self.parts >= pixels:
            self.parts *= 2

    def _batches(self, lines: Sequence[Line], layout: Layout) -> list[list[Line]]:
        limit = batch_pixels(self.device) // self.parts
        return list(evaluation_batches(lines, layout.preprocessing.line_height_px, limit))

    def _paths(
        self,
        network: nn.Module,
        lines: Sequence[Line],
        layout: Layout,
        alphabet: Alphabet,
        allowed: Sequence[str] | None,
    ) -> list[Path]:
        with torch.inference_mode():
            batch = collate(lines, layout, self.device)
            output = compute(network, batch.images, batch.frames, self.spec.training.precision)
            return decode(restrict(output.logits, alphabet, allowed), batch.frames)

    def _reading(self, line: Line, path: Path, layout: Layout, alphabet: Alphabet) -> Reading:
        text, path = to_text(path, alphabet, self.spec.training.reading_order)
        if self.spec.training.pad_transcription:
            text, path = stripped(text, path)
        frames = tuple(layout.frame_from_left(frame, line.size) for frame in path.frames)
        return Reading(line, text, frames, path.confidences, self.spec.placeholders.wildcards)


def compute(network: nn.Module, images: torch.Tensor, frames: Sequence[int], precision: str) -> Output:
    """Call a network in the precision that the study names."""
    with in_precision(images.device, precision):
        return network(images, frames)


def in_precision(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which a network computes in the precision that the study names."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def evaluation_batches(lines: Sequence[Line], height: int, limit_px: int) -> Iterator[list[Line]]:
    """Group lines by their padded width, widest first, into batches of at most `limit_px` pixels."""
    by_width: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_width[line.size.padded_width].append(line)
    for width in sorted(by_width, reverse=True):
        group, count = by_width[width], max(limit_px // (width * height), 1)
        yield from (group[at : at + count] for at in range(0, len(group), count))


def in_order(readings: Sequence[Reading], ids: Sequence[str]) -> list[Reading]:
    """Readings of one target in the order of its ids."""
    by_id = {reading.line.id: reading for reading in readings}
    return [by_id[line_id] for line_id in ids]


def summary(
    readings: Sequence[Reading], spec: RunSpec, target: TargetSpec, split: Split, selection: Selection, step: int
) -> Evaluated:
    """Totals of a part of a target. Clusters are known for the test part only; elsewhere there are none."""
    counts = [reading.count for reading in readings]
    words = total(reading.word_count for reading in readings)
    alphabet = Alphabet((*spec.alphabet, *_ignored(spec)))
    characters = total(counts)
    return Evaluated(
        run=spec.id,
        target=target.name,
        language=target.language,
        split=split,
        selection=selection,
        step=step,
        lines=len(readings),
        edits=characters.edits,
        length=characters.length,
        word_edits=words.edits,
        words=words.length,
        empty_lines=sum(not reading.hypothesis for reading in readings),
        unseen_characters=sum(alphabet.unseen(reading.line.reference).total() for reading in readings),
        cluster_unit=target.cluster_unit,
        clusters=_clusters(target.test_clusters, counts) if split == "test" else (),
    )


def _ignored(spec: RunSpec) -> tuple[str, ...]:
    """Placeholders that the network cannot output and that cost nothing all the same."""
    return tuple(character for character in spec.placeholders.wildcards if character not in spec.alphabet)


def _clusters(names: Sequence[str], counts: Sequence[EditCount]) -> tuple[tuple[str, int, int, int], ...]:
    sums: defaultdict[str, EditCount] = defaultdict(lambda: EditCount(0, 0))
    for name, count in zip(names, counts, strict=True):
        sums[name] += count
    lines = Counter(names)
    return tuple((name, lines[name], sums[name].edits, sums[name].length) for name in sorted(sums))


def predictions(readings: Sequence[Reading], split: Split, selection: Selection) -> list[Prediction]:
    """Return what `predictions.csv` holds of these readings."""
    return [
        Prediction(
            line_id=reading.line.id,
            target=reading.line.target,
            split=split,
            selection=selection,
            reference=reading.line.reference,
            hypothesis=reading.hypothesis,
            edits=reading.count.edits,
            length=reading.count.length,
            char_frames=reading.frames,
            char_confidences=reading.confidences,
        )
        for reading in readings
    ]

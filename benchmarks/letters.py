"""How long the letters of a study take: 24 runs of 2,200 lines of 60 characters, from readings to every table.

Made-up lines over an Arabic alphabet; each run misreads, misses and inserts some characters. Reading the files of
predictions comes on top: about as long as writing them.

    python benchmarks/letters.py [--lines 2200]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from workbench.analysis.letters.character_classes import Asked, Seen
from workbench.analysis.letters.characters import rows_of
from workbench.analysis.letters.confusions import confusions
from workbench.analysis.letters.gain import classes_of
from workbench.analysis.letters.lines import lines_of_class
from workbench.analysis.letters.read_cells import ReadCell
from workbench.analysis.letters.traces import LineTexts, Trace, trace
from workbench.analysis.letters.training_texts import StudyTexts
from workbench.analysis.results.pairs import CellKey
from workbench.analysis.statistics.bootstrap import ScoredPart

LETTERS = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی   ۱۲۳.،"
CHARACTERS = 60
TARGETS = ("ar", "ur", "fa")
SEEDS = 3
CELLS = 4
"""Of two architectures on two targets: 4 cells x 3 seeds x 2 sides are 24 readings."""
TRAINING_LINES = 1_000


def made_up_lines(source: np.random.Generator, lines: int) -> tuple[str, ...]:
    share = 1.0 / np.arange(1, len(LETTERS) + 1)
    drawn = source.choice(len(LETTERS), (lines, CHARACTERS), p=share / share.sum())
    return tuple("".join(LETTERS[place] for place in row) for row in drawn)


def misread(source: np.random.Generator, lines: tuple[str, ...], rate: float) -> tuple[str, ...]:
    found: list[str] = []
    for line in lines:
        kinds = source.random(len(line))
        others = source.integers(0, len(LETTERS), len(line))
        found.append(
            "".join(
                one if kind > rate
                else LETTERS[other] if kind > 0.4 * rate
                else "" if kind > 0.15 * rate
                else one + LETTERS[other]
                for one, kind, other in zip(line, kinds, others, strict=True)
            )
        )  # fmt: skip
    return tuple(found)


Row = tuple[str, float, float]
"""(what, seconds by the clock, seconds of the processor)."""


def timed(what: str, work: Callable[[], object], rows: list[Row]) -> object:
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    rows.append((what, time.perf_counter() - start, time.process_time() - processor))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=2_200)
    lines = parser.parse_args().lines
    source = np.random.default_rng(0)
    references = made_up_lines(source, lines)
    texts = LineTexts(
        tuple(map(str, range(lines))), references, tuple(f"w{number // 20}" for number in range(lines)), "writers"
    )
    training = {name: (made_up_lines(source, TRAINING_LINES),) for name in TARGETS}
    study = StudyTexts(training, {name: name for name in TARGETS})
    seen = Seen(training["ar"][0], tuple(text for one in training.values() for text in one[0]))
    readings = [misread(source, references, 0.25) for _ in range(CELLS * SEEDS * 2)]
    rows: list[Row] = []
    traces: list[Trace] = []
    timed(f"aligning {len(readings)} readings of {lines:,} lines", lambda: traces.extend(
        trace(texts, reading) for reading in readings), rows)  # fmt: skip
    cells = [
        ReadCell(
            CellKey(f"net{number // 2}", "multi", TARGETS[number % 2], 1000, "50 steps", "test", "last"),
            "single",
            "ar",
            ScoredPart(TARGETS[number % 2], "print", "test"),
            texts,
            tuple((0, seed) for seed in range(SEEDS)),
            tuple(traces[number * 2 * SEEDS : number * 2 * SEEDS + SEEDS]),
            tuple(traces[number * 2 * SEEDS + SEEDS : (number + 1) * 2 * SEEDS]),
            SEEDS,
        )
        for number in range(CELLS)
    ]
    asked = [Asked(cell.key.target, "ar", texts, study, (seen,) * SEEDS) for cell in cells]
    ways = timed("classes of every way, 4 cells", lambda: [tuple(classes_of(one)) for one in asked], rows)
    found = timed(
        "rates, intervals and p values, 4 cells",
        lambda: [rows_of(cell, way) for cell, way in zip(cells, ways, strict=True)],  # pyright: ignore[reportArgumentType]
        rows,
    )
    timed("confusions, 4 cells", lambda: [confusions(cell.texts, cell.single, cell.multi) for cell in cells], rows)
    timed("lines behind one class", lambda: lines_of_class(cells[0], ways[0][1], 5), rows)  # pyright: ignore[reportIndexIssue]
    rows.append(("together", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    print(f"{'step':48} {'seconds':>8} {'processor':>10}")
    for what, seconds, processor in rows:
        print(f"{what:48} {seconds:8.2f} {processor:10.2f}")
    print(f"{sum(map(len, found)):,} classes, each with an interval over 110 writers and {SEEDS} trainings")  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main()

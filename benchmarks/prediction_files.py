"""Time and memory of scoring and comparing large prediction files.

Made-up files of lines of some 50 characters are written to a temporary folder; each job runs in a process of its own,
so that its peak memory is its own. `read` is the reading alone, by which the other times can be judged.

    python benchmarks/prediction_files.py [--rows 10000 100000 1000000]
"""

import argparse
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
JOBS = ("read", "score", "compare")


def write_file(path: Path, rows: int, seed: int) -> None:
    """Write a file of predictions in which one character of twenty is wrong."""
    texts = random.Random(1)
    source = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "reference", "hypothesis"))
        for at in range(rows):
            words = ["".join(texts.choices(LETTERS, k=texts.randint(2, 8))) for _ in range(9)]
            reference = " ".join(words)
            read = "".join(source.choice(LETTERS) if source.random() < 0.05 else each for each in reference)
            writer.writerow((f"line_{at:07}", reference, read))


def work(job: str, a: Path, b: Path) -> None:
    """Do one job and print its seconds, those of the processor, and the peak memory of this process in MB."""
    from workbench.analysis.systems.forms import open_predictions
    from workbench.analysis.systems.paired import compare_sides, side_of_file
    from workbench.analysis.systems.scoring import ScoreRules, score_file

    start, busy = time.perf_counter(), time.process_time()
    if job == "read":
        sum(1 for _ in open_predictions(a)[1].read())
    elif job == "score":
        score_file(a)
    else:
        compare_sides(side_of_file(a, ScoreRules()), side_of_file(b, ScoreRules()))
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(f"{seconds:.2f} {busy:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", nargs=3, metavar=("JOB", "A", "B"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        job, a, b = options.work
        work(job, Path(a), Path(b))
        return
    print(f"{'rows':>10} {'file':>8} {'job':>8} {'seconds':>9} {'CPU s':>8} {'rows/CPU s':>11} {'peak memory':>12}")
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "a.csv", Path(folder) / "b.csv"
        for rows in options.rows:
            write_file(a, rows, 2)
            write_file(b, rows, 3)
            size = f"{a.stat().st_size / 1e6:.0f} MB"
            for job in JOBS:
                command = [sys.executable, __file__, "--work", job, str(a), str(b)]
                told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
                seconds, busy, memory = map(float, told)
                rate = f"{rows / busy:>11,.0f}"
                print(f"{rows:>10,} {size:>8} {job:>8} {seconds:>9.2f} {busy:>8.2f} {rate} {memory:>9,.0f} MB")


if __name__ == "__main__":
    main()

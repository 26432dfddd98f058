"""Lines per second in training, with the settings of each row, on generated lines of the size of KHATT's.

    OMP_NUM_THREADS=1 python benchmarks/training.py [--steps 5] [--threads 1] [--device cpu] [--published]

`--published` adds the published networks on their canvas of 150 × 2073 px with batches of 16, which take about half
a minute per step and 8 GB on two CPU cores. Run it on an otherwise idle machine. The first steps are not counted.
Training processes keep freed memory (MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_); so does this one.
"""

import argparse
import os
import sys
import time

import numpy as np

KEEP = {"MALLOC_MMAP_THRESHOLD_": str(16 * 2**30), "MALLOC_TRIM_THRESHOLD_": str(16 * 2**30)}
CHARACTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي "
UNCOUNTED = 2


class StrokeLines:
    """Lines of random strokes: 103 px high, 900 to 1,900 px wide, about 64 characters."""

    def __contains__(self, line_id):
        return True

    def image(self, line_id):
        """Strokes of a line, ink = 255."""
        random = np.random.default_rng(int(line_id))
        image = np.zeros((103, int(random.integers(900, 1900))), dtype=np.uint8)
        for _ in range(150):
            y, x = random.integers(0, 95), random.integers(0, image.shape[1] - 30)
            image[y : y + random.integers(3, 30), x : x + random.integers(3, 30)] = 255
        return image

    def transcription(self, line_id):
        """Any letters; nothing is learnt here."""
        random = np.random.default_rng(int(line_id) + 10**6)
        return "".join(random.choice(list(CHARACTERS), int(random.integers(54, 74))))


def specification(architecture, preprocessing, training):
    from workbench.models.registry import architecture_spec
    from workbench.runs.spec import RunSpec, TargetSpec
    from workbench.text.alphabet import alphabet_of

    ids = tuple(str(number) for number in range(12 * training.batch_lines))
    target = TargetSpec(
        name="strokes", language="ar", fingerprint="0" * 64, train_ids=ids, validation_ids=(), test_ids=(),
        test_clusters=(), cluster_unit="blocks",
    )  # fmt: skip
    return RunSpec(
        architecture=architecture_spec(architecture),
        preprocessing=preprocessing,
        normalisation=(),
        training=training,
        steps=1000,
        validate_every_steps=1000,
        k=len(ids),
        draw=0,
        seed=0,
        alphabet=alphabet_of([CHARACTERS]),
        targets=(target,),
    )


def measure(spec, device_name, steps):
    """Lines per second and the largest resident memory so far, in MB."""
    import torch

    from workbench.models.registry import build
    from workbench.training.lines import load_lines
    from workbench.training.pace import Stopwatch
    from workbench.training.reproducibility import choose_device, reproducible
    from workbench.training.updates import Updates

    device = torch.device(choose_device(device_name))
    with reproducible(device, spec.training.threads_per_run):
        target = spec.targets[0]
        source = StrokeLines()
        lines = list(load_lines(source, spec, target, target.train_ids, for_training=True))
        network = build(spec.architecture, len(spec.alphabet) + 1).to(device).to(memory_format=torch.channels_last)
        updates = Updates(spec, lines, network, device)
        for step in range(1, UNCOUNTED + 1):
            updates.make(step)
        begun, count = time.perf_counter(), 0
        for step in range(UNCOUNTED + 1, UNCOUNTED + 1 + steps):
            count += updates.make(step).lines
        seconds = time.perf_counter() - begun
        return count / seconds, Stopwatch(0.0, device).pace().memory_mb


def rows(published, threads):
    from workbench.study.schema import Preprocessing, Training

    small = Preprocessing(line_height_px=48)
    middle = Preprocessing(line_height_px=64)
    canvas = Preprocessing(
        line_height_px=150, scaling="never_enlarge", canvas_width_px=2073, border_px=8, background="median"
    )
    for architecture in ("small-cnn", "small-crnn"):
        for precision in ("float32", "bfloat16"):
            for augmentation in ("none", "light"):
                training = Training(precision=precision, augmentation=augmentation, threads_per_run=threads)
                yield architecture, "height 48, buckets", small, training
    for architecture in ("cnn", "both"):
        for precision in ("float32", "bfloat16"):
            training = Training(precision=precision, batch_lines=4, threads_per_run=threads)
            yield architecture, "height 64, buckets", middle, training
            if published:
                yield architecture, "canvas 150 x 2073", canvas, training.model_copy(update={"batch_lines": 16})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5, help="counted steps of each row")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--published", action="store_true")
    arguments = parser.parse_args()
    print(f"{'network':12}{'input':22}{'precision':11}{'augmentation':14}{'batch':>6}{'lines/s':>9}{'MB':>8}")
    for architecture, name, preprocessing, training in rows(arguments.published, arguments.threads):
        spec = specification(architecture, preprocessing, training)
        speed, memory = measure(spec, arguments.device, arguments.steps)
        print(
            f"{architecture:12}{name:22}{training.precision:11}{training.augmentation:14}"
            f"{training.batch_lines:6}{speed:9.1f}{memory:8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in KEEP.items()):
        # The C library reads these once, at the start of a process.
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEP)
    main()

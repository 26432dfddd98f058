"""How fast training is, lever by lever, beside the published network and loop as it ships and the arithmetic floor.

    python benchmarks/training.py                      small networks of `quick`, published ones at 64 x 1024
    python benchmarks/training.py --sizes 150x2073     the published canvas: minutes, and 8 GB
    python benchmarks/training.py --device cuda        the same on a GPU, with the time of the whole paper grid

Each row is a process of its own, because the C library reads its settings once. It takes turns with the first row,
step by step, and each step counts with its least time, so that other work on the machine spoils the ratios as little
as it can. Lines are generated, of the size of KHATT's. The floor is the time of the network's operations, counted, at
the highest rate that a convolution or a product of matrices reached beside them, in the row's precision. `read/s` are
lines that are only read, in batches of validation; `read, %` is validation's part of a run that reads 50 lines after
every 150 updates, as `quick` does at K = 100. On a GPU `busy` is how much of the driver's last sampling period it was.

The row "as it ships" is the published network with a plain loop: a fixed canvas, float32, torch's own order of memory
and optimiser, each line scaled, padded and distorted on its own in every epoch, batches of 16, no setting of the
allocator, the loss asked for at each step. The distortions are this program's.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

KEEP = {"MALLOC_MMAP_THRESHOLD_": str(16 * 2**30), "MALLOC_TRIM_THRESHOLD_": str(16 * 2**30)}
PLAIN = {"HTR_WORKBENCH_PLAIN": "1"}
CHARACTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي "
UNCOUNTED = 2
PHASES = ("data", "forward", "backward", "optimiser")
VALIDATED_LINES, VALIDATED_EVERY_STEPS = 50, 150
"""As `quick` validates at K = 100."""
CANVASES = {"64x1024": (64, 1024), "150x2073": (150, 2073)}
PAPER_STEPS = {k: (single, joint) for k, single, joint in ((100, 7, 19), (500, 32, 94), (1000, 63, 188))}
PAPER_EPOCHS, PAPER_SEEDS, PAPER_TARGETS = 800, 3, 3


@dataclass(frozen=True)
class Row:
    """One way to train."""

    size: str
    name: str
    architecture: str
    training: dict[str, Any]
    preprocessing: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    ships: bool = False
    side_by_side: int = 1


@dataclass(frozen=True)
class Measured:
    """What a row came to."""

    step_s: float
    lines_per_s: float
    times_first: float
    """Lines per second over those of the group's first row, beside which it was measured."""
    of_floor: float
    shares: dict[str, float]
    read_lines_per_s: float
    memory_mb: float
    busy: float | None
    """Of a GPU."""

    @property
    def read_share(self) -> float:
        """Part of validation in a run that reads so many lines after so many updates."""
        reading = VALIDATED_LINES / self.read_lines_per_s
        return reading / (reading + VALIDATED_EVERY_STEPS * self.step_s)


def rows(size: str, architecture: str, threads: int, *, on_gpu: bool) -> Iterator[Row]:
    if size == "small":
        yield from _small_rows(architecture, threads, on_gpu=on_gpu)
        return
    height, width = CANVASES[size]
    canvas = {
        "line_height_px": height, "scaling": "never_enlarge", "canvas_width_px": width, "border_px": 8,
        "background": "median", "crop_to_ink": False,
    }  # fmt: skip
    buckets = {"line_height_px": height, "scaling": "never_enlarge", "border_px": 8, "crop_to_ink": False}
    base = {
        "batch_lines": 16, "augmentation": "published", "threads_per_run": threads, "loss": "batch_sum",
        "learning_rate": 5e-4, "gradient_clip_norm": 0.0,
    }  # fmt: skip
    has_half = _has_bfloat16(on_gpu=on_gpu)
    best = base | {"precision": "bfloat16"} if has_half else base

    def row(name: str, training: dict[str, Any], preprocessing: dict[str, Any], **more: Any) -> Row:
        return Row(size, name, architecture, training, preprocessing, **more)

    yield row("published network and loop as it ships", base, canvas, environment=PLAIN, ships=True)
    for name, environment in _levers(architecture, on_gpu=on_gpu):
        yield row(name, base, canvas, environment=environment)
    if has_half:
        yield row("+ bfloat16 (objective unchanged)", best, canvas, environment=KEEP)
        yield row("buckets, float32", base, buckets, environment=KEEP)
    yield row(f"buckets, {'bfloat16' if has_half else 'float32'}: everything on", best, buckets, environment=KEEP)
    if on_gpu or threads == 1:
        yield row("two of these side by side", best, buckets, environment=KEEP, side_by_side=2)


def _has_bfloat16(*, on_gpu: bool) -> bool:
    from workbench.execution.devices import has_bfloat16

    return on_gpu or has_bfloat16()


def _levers(architecture: str, *, on_gpu: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """The loop without what only makes it faster, and with one thing more each time: a row's name and environment."""
    from workbench.models.registry import ARCHITECTURES
    from workbench.settings import LEVERS

    of_cpus = ("allocator", "own_ctc", "lstm_by_direction")
    has_lstm = ARCHITECTURES[architecture].family == "crnn"
    levers = [
        lever for lever in LEVERS if not (on_gpu and lever in of_cpus) and (has_lstm or lever != "lstm_by_direction")
    ]
    yield "this loop, plain", PLAIN
    for at, lever in enumerate(levers, start=1):
        keep = KEEP if "allocator" in levers[:at] else {}
        yield f"+ {lever.replace('_', ' ')}", keep | {"HTR_WORKBENCH_PLAIN": ",".join(levers[at:])}


def _small_rows(architecture: str, threads: int, *, on_gpu: bool) -> Iterator[Row]:
    preprocessing = {"line_height_px": 48}
    base = {"batch_lines": 8, "augmentation": "light", "threads_per_run": threads, "auxiliary_loss_weight": 0.3}
    has_half = _has_bfloat16(on_gpu=on_gpu)
    best = base | {"precision": "bfloat16"} if has_half else base

    def row(name: str, training: dict[str, Any], **more: Any) -> Row:
        return Row("small", name, architecture, training, preprocessing, **more)

    for name, environment in _levers(architecture, on_gpu=on_gpu):
        yield row(name, base, environment=environment)
    yield row("the same without augmentation", base | {"augmentation": "none"}, environment=KEEP)
    if has_half:
        yield row("+ bfloat16: everything on", best, environment=KEEP)
    if on_gpu or threads == 1:
        yield row("two of everything on side by side", best, environment=KEEP, side_by_side=2)


class StrokeLines:
    """Lines of random strokes: 103 px high, 900 to 1,900 px wide, about 64 characters."""

    def __contains__(self, line_id: object) -> bool:
        return True

    def image(self, line_id: str) -> np.ndarray:
        """Strokes of a line, ink = 255."""
        random = np.random.default_rng(int(line_id))
        image = np.zeros((103, int(random.integers(900, 1900))), dtype=np.uint8)
        for _ in range(150):
            y, x = random.integers(0, 95), random.integers(0, image.shape[1] - 30)
            image[y : y + random.integers(3, 30), x : x + random.integers(3, 30)] = 255
        return image

    def transcription(self, line_id: str) -> str:
        """Any letters; nothing is learnt here."""
        random = np.random.default_rng(int(line_id) + 10**6)
        return "".join(random.choice(list(CHARACTERS), int(random.integers(54, 74))))


# In the process of a row


def specification(row: Row) -> Any:
    from workbench.models.registry import architecture_spec
    from workbench.runs.spec import RunSpec, TargetSpec
    from workbench.study.schema import Preprocessing, Training
    from workbench.text.alphabet import alphabet_of

    training = Training(**row.training)
    ids = tuple(str(number) for number in range(8 * training.batch_lines))
    target = TargetSpec(
        name="strokes", language="ar", fingerprint="0" * 64, train_ids=ids, validation_ids=(), test_ids=(),
        test_clusters=(), cluster_unit="blocks",
    )  # fmt: skip
    return RunSpec(
        architecture=architecture_spec(row.architecture),
        preprocessing=Preprocessing(**row.preprocessing),
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


class Clock:
    """Seconds in the phases of a step; where a device works on its own, it is waited for at their ends."""

    def __init__(self, wait: Callable[[], None]) -> None:
        self.wait = wait
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.is_on = False

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of what is done within."""
        if not self.is_on:
            yield
            return
        self.wait()
        begun = time.perf_counter()
        yield
        self.wait()
        self.seconds[name] += time.perf_counter() - begun

    def within(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, with its time counted."""

        def timed(*arguments: Any, **options: Any) -> Any:
            with self.phase(name):
                return function(*arguments, **options)

        return timed


class Trainer:
    """A row's network, ready for single steps."""

    def __init__(self, row: Row, device_name: str) -> None:
        import torch

        from workbench.models.registry import build
        from workbench.training import updates
        from workbench.training.evaluate import Reader
        from workbench.training.lines import load_lines
        from workbench.training.reproducibility import choose_device, placed, reproducible

        self.row, self.spec = row, specification(row)
        self.device = torch.device(choose_device(device_name))
        self.settings = reproducible(self.device, self.spec.training.threads_per_run)
        self.settings.__enter__()
        self.clock = Clock(self.wait)
        target = self.spec.targets[0]
        self.lines = list(load_lines(StrokeLines(), self.spec, target, target.train_ids, for_training=True))
        network = build(self.spec.architecture, len(self.spec.alphabet) + 1)
        self.network = placed(network, self.device)
        self.updates = updates.Updates(self.spec, self.lines, self.network, self.device)
        self.reader = Reader(self.network, self.spec, self.device)
        self.make: Callable[[int], int] = self._make_as_shipped if row.ships else self._make
        # The phases of a step are told apart at the names by which the step calls them.
        updates.compute = self.clock.within("forward", updates.compute)
        updates.batch_loss = self.clock.within("forward", updates.batch_loss)
        torch.Tensor.backward = self.clock.within("backward", torch.Tensor.backward)
        self.updates.optimiser.step = self.clock.within("optimiser", self.updates.optimiser.step)
        self.batch = self.clock.within("data", self.updates._batch)
        self.updates._batch = self.batch

    def wait(self) -> None:
        """Let the device finish what it was given."""
        if self.device.type == "cuda":
            import torch

            torch.cuda.synchronize(self.device)

    def _make(self, step: int) -> int:
        return self.updates.make(step).lines

    def _make_as_shipped(self, step: int) -> int:
        """One step of a plain loop: lines are prepared one by one, and the loss is asked for."""
        from workbench.training.evaluate import compute
        from workbench.training.losses import batch_loss

        with self.clock.phase("data"):
            batch = self._batch_line_by_line(step)
        self.network.train()
        self.updates.optimiser.zero_grad()
        with self.clock.phase("forward"):
            output = compute(self.network, batch.images, batch.frames, "float32")
            loss = batch_loss(output, batch, self.spec.training)
        loss.backward()
        self.updates.optimiser.step()
        loss.item()
        return len(batch.frames)

    def _batch_line_by_line(self, step: int) -> Any:
        import torch

        from workbench.training.augment import draw
        from workbench.training.batches import to_batch
        from workbench.training.lines import layout_of, load_lines
        from workbench.training.warps import collate_distorted

        layout, target, size = layout_of(self.spec), self.spec.targets[0], self.spec.training.batch_lines
        first = (step * size) % len(self.lines)
        ids = [line.id for line in self.lines[first : first + size]]
        lines = list(load_lines(StrokeLines(), self.spec, target, ids, for_training=True))
        images = []
        for line in lines:
            key = (0, step, line.target, line.id)
            single = collate_distorted([line], [draw("published", *key)], [key], layout, torch.device("cpu"))
            images.append(single.images[0])
        return to_batch(lines, [line.size for line in lines], torch.stack(images).to(self.device))

    def timed(self, step: int, processor: bool) -> tuple[float, int]:
        """Seconds and lines of a step."""
        clock = time.process_time if processor else time.perf_counter
        self.wait()
        begun = clock()
        lines = self.make(step)
        self.wait()
        return clock() - begun, lines

    def shares(self, steps: range) -> dict[str, float]:
        """Part of each phase in some steps; what is left are checks, clipping and the loop itself."""
        self.clock.is_on = True
        begun = time.perf_counter()
        for step in steps:
            self.make(step)
        total = time.perf_counter() - begun
        self.clock.is_on = False
        return {name: seconds / total for name, seconds in self.clock.seconds.items()}

    def read(self, processor: bool) -> float:
        """Lines per second in evaluation."""
        lines = self.lines[: 32 if self.device.type == "cpu" else None]
        list(self.reader.read(lines[:4]))
        clock = time.process_time if processor else time.perf_counter
        self.wait()
        begun = clock()
        list(self.reader.read(lines))
        self.wait()
        return len(lines) / (clock() - begun)

    def flops(self, step: int) -> float:
        """Multiplications and additions of a step, counted on the sizes alone."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        from workbench.models.registry import build
        from workbench.training.lines import layout_of

        batch = self.updates._batch(step) if not self.row.ships else self._batch_line_by_line(step)
        network = build(self.spec.architecture, len(self.spec.alphabet) + 1).to("meta")
        frames = layout_of(self.spec).geometry.frames_for_width(batch.images.shape[-1])
        with FlopCounterMode(display=False) as counter:
            output = network(torch.empty(batch.images.shape, device="meta"), [frames] * len(batch.frames))
            heads = [head for head in (output.logits, output.auxiliary) if head is not None]
            torch.stack([head.sum() for head in heads]).sum().backward()
        return counter.get_total_flops()

    def busy(self, steps: range) -> float | None:
        """Part of the driver's last sampling period in which a GPU computed, in the midst of steps; None on a CPU."""
        import torch

        if self.device.type != "cuda":
            return None
        for step in steps:
            self.make(step)
        return torch.cuda.utilization(self.device) / 100

    def memory_mb(self) -> float:
        """Highest memory so far: of the GPU on one, else of the process."""
        import torch

        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) / 1e6
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6

    def best_rate(self) -> float:
        """Most operations per second of convolutions and products in the row's precision, on this device."""
        import torch
        from torch.nn.functional import conv2d

        dtype = torch.bfloat16 if self.spec.training.precision == "bfloat16" else torch.float32
        on = {"device": self.device, "dtype": dtype}
        scale = 1 if self.device.type == "cpu" else 8
        square = torch.randn(1024 * scale, 1024 * scale, **on)
        rates = [2 * len(square) ** 3 / self._least(lambda: square @ square)]
        for channels in (96, 128, 256):
            images = torch.randn(8 * scale, channels, 24, 240, **on).to(memory_format=torch.channels_last)
            weights = torch.randn(channels, channels, 3, 3, **on).to(memory_format=torch.channels_last)
            work = 2 * 9 * channels * images.numel()
            rates.append(work / self._least(lambda i=images, w=weights: conv2d(i, w, padding=1)))
        return max(rates)

    def _least(self, function: Callable[[], Any], times: int = 7) -> float:
        seconds = []
        for _ in range(times + 2):
            self.wait()
            begun = time.perf_counter() if self.device.type == "cuda" else time.process_time()
            function()
            self.wait()
            now = time.perf_counter() if self.device.type == "cuda" else time.process_time()
            seconds.append(now - begun)
        return min(seconds[2:]) / (1 if self.device.type == "cuda" else self.spec.training.threads_per_run)


def serve(row: Row, device: str) -> None:
    """Answer the commands of the measuring process, one JSON value a line."""
    trainer = Trainer(row, device)

    def answer(value: Any) -> None:
        print(json.dumps(value), flush=True)

    answer("ready")
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        match command:
            case "step":
                answer(trainer.timed(*arguments))
            case "flops":
                answer(trainer.flops(*arguments))
            case "shares":
                answer(trainer.shares(range(*arguments)))
            case "read":
                answer(trainer.read(*arguments))
            case "rate":
                answer(trainer.best_rate())
            case "busy":
                answer(trainer.busy(range(*arguments)))
            case "memory":
                answer(trainer.memory_mb())
            case other:
                raise ValueError(other)


# In the measuring process


class Child:
    """The process of a row."""

    def __init__(self, row: Row, device: str) -> None:
        threads = str(row.training["threads_per_run"])
        environment = {name: value for name, value in os.environ.items() if name not in KEEP | PLAIN}
        self.row = row
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--row", json.dumps(asdict(row)), "--device", device],
            env=environment | row.environment | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def send(self, *command: Any) -> None:
        """Give a command without waiting for its answer."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        """Wait for an answer."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The process of '{self.row.name}' ended.")
        return json.loads(line)

    def ask(self, *command: Any) -> Any:
        """Give a command and wait for its answer."""
        self.send(*command)
        return self.receive()

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


class Team:
    """The processes of a row: one, or several that make their steps at the same time."""

    def __init__(self, row: Row, device: str) -> None:
        self.row = row
        self.children = [Child(row, device) for _ in range(row.side_by_side)]
        for child in self.children:
            child.receive()

    def step(self, number: int, *, processor: bool) -> tuple[float, int]:
        """Make a step; return the seconds of the slowest, and the lines of all."""
        for child in self.children:
            child.send("step", number, processor)
        answers = [child.receive() for child in self.children]
        return max(seconds for seconds, _ in answers), sum(lines for _, lines in answers)

    def close(self) -> None:
        """End the processes."""
        for child in self.children:
            child.close()


def measure(group: list[Row], device: str, steps: int, rounds: int, *, processor: bool) -> Iterator[Measured]:
    """Measure rows, each in turns with the first one."""
    counted = range(UNCOUNTED + 1, UNCOUNTED + 1 + steps)
    first = Team(group[0], device)
    for step in range(1, UNCOUNTED + 1):
        first.step(step, processor=processor)
    for row in group:
        team = first if row is group[0] else Team(row, device)
        if team is not first:
            for step in range(1, UNCOUNTED + 1):
                team.step(step, processor=processor)
        teams = [first] if team is first else [first, team]
        times, lines = _take_turns(teams, counted, rounds, processor=processor)
        yield _measured(team, counted, times[-1], lines[-1], lines[0] / times[0], processor=processor)
        if team is not first:
            team.close()
    first.close()


def _take_turns(teams: list[Team], counted: range, rounds: int, *, processor: bool) -> tuple[list[float], list[int]]:
    """Seconds, the least of each step, and lines of all counted steps, by team."""
    times = [dict.fromkeys(counted, float("inf")) for _ in teams]
    lines = [dict.fromkeys(counted, 0) for _ in teams]
    for _ in range(rounds):
        for step in counted:
            for at, team in enumerate(teams):
                seconds, lines[at][step] = team.step(step, processor=processor)
                times[at][step] = min(times[at][step], seconds)
    return [sum(each.values()) for each in times], [sum(each.values()) for each in lines]


def _measured(team: Team, counted: range, seconds: float, lines: int, first: float, *, processor: bool) -> Measured:
    one = team.children[0]
    flops = sum(one.ask("flops", step) for step in counted) * len(team.children)
    rate = one.ask("rate") * (1 if team.row.side_by_side == 1 or processor else len(team.children))
    return Measured(
        step_s=seconds / len(counted),
        lines_per_s=lines / seconds,
        times_first=lines / seconds / first,
        of_floor=flops / seconds / rate / (len(team.children) if processor else 1),
        shares=one.ask("shares", counted.start, counted.stop),
        read_lines_per_s=one.ask("read", processor) * len(team.children),
        memory_mb=sum(child.ask("memory") for child in team.children),
        busy=one.ask("busy", counted.start, counted.stop),
    )


def report_header(row: Row) -> None:
    print(f"\n{row.architecture}, {row.size}, batches of {row.training['batch_lines']}")
    phases = "".join(f"{name:>10}" for name in PHASES)
    head = f"{'':41}{'lines/s':>9}{'times':>7}{'of floor':>9}{phases}{'read/s':>9}{'read, %':>9}{'MB':>7}{'busy':>6}"
    print(head, flush=True)


def report(row: Row, result: Measured) -> None:
    shares = "".join(f"{result.shares[name]:10.0%}" for name in PHASES)
    busy = "–" if result.busy is None else f"{result.busy:.0%}"
    print(
        f"{row.name:41}{result.lines_per_s:9.2f}{result.times_first:7.2f}{result.of_floor:9.0%}{shares}"
        f"{result.read_lines_per_s:9.1f}{result.read_share:9.0%}{result.memory_mb:7.0f}{busy:>6}",
        flush=True,
    )


def paper_hours(step_s: float, lines_per_s: float) -> tuple[float, float]:
    """Hours of all trainings of one architecture in the paper grid, and of reading 1,000 lines after 32 validations."""
    epochs = sum(PAPER_TARGETS * single + joint for single, joint in PAPER_STEPS.values())
    steps = PAPER_SEEDS * PAPER_EPOCHS * epochs
    runs = PAPER_SEEDS * len(PAPER_STEPS) * 2 * PAPER_TARGETS
    return steps * step_s / 3600, runs * 32 * 1000 / lines_per_s / 3600


def report_paper(group: list[Row], results: list[Measured]) -> None:
    for row, result in zip(group, results, strict=True):
        if row.side_by_side > 1:
            continue
        train, read = paper_hours(result.step_s, result.read_lines_per_s)
        print(f"    paper grid, {row.architecture}, {row.name}: {train:.1f} h of training, {read:.1f} h of validation")


def report_decoding() -> None:
    """Time from the network's output to the CER of 20,000 lines, in one thread."""
    from workbench.metrics.error_rate import count_characters, total
    from workbench.text.alphabet import Alphabet, alphabet_of
    from workbench.training.decode import collapse, to_text

    random = np.random.default_rng(0)
    alphabet = Alphabet(alphabet_of([CHARACTERS]))
    classes = np.zeros((2000, 259), dtype=np.int64)
    for row in classes:
        row[np.sort(random.choice(259, 64, replace=False))] = random.integers(1, alphabet.classes, 64)
    confidences = random.random(classes.shape).astype(np.float32)
    begun = time.process_time()
    texts = [
        to_text(path, alphabet, "ltr_runs")[0]
        for _ in range(10)
        for path in collapse(classes, confidences, [259] * 2000)
    ]
    read = time.process_time()
    count = total(count_characters(text[1:], text) for text in texts)
    assert count.edits
    print(f"\n{len(texts)} lines: decoded in {read - begun:.2f} s, CER in {time.process_time() - read:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=["small", *CANVASES], default=["small", "64x1024"])
    parser.add_argument("--architectures", nargs="+", help="default: all of the size")
    parser.add_argument("--only", nargs="+", default=[""], help="rows with one of these words, beside the first one")
    parser.add_argument("--steps", type=int, default=4, help="counted steps of each row")
    parser.add_argument("--rounds", type=int, default=3, help="how often each step is made; the quickest counts")
    parser.add_argument("--threads", type=int, default=1, help="of each row on a CPU")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--processor-time", action="store_true", help="count the processor's time per thread, on a machine at work"
    )
    parser.add_argument("--row", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        serve(Row(**json.loads(arguments.row)), arguments.device)
        return
    on_gpu = arguments.device != "cpu"
    for size in arguments.sizes:
        small = ["small-cnn", "small-crnn"]
        for architecture in arguments.architectures or (small if size == "small" else ["cnn", "both"]):
            first, *others = rows(size, architecture, arguments.threads, on_gpu=on_gpu)
            group = [first, *(row for row in others if any(word in row.name for word in arguments.only))]
            report_header(group[0])
            results = []
            for result in measure(
                group, arguments.device, arguments.steps, arguments.rounds, processor=arguments.processor_time
            ):
                report(group[len(results)], result)
                results.append(result)
            if size != "small":
                report_paper(group, results)
    report_decoding()


if __name__ == "__main__":
    main()

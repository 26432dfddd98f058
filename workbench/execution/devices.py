"""What this machine trains on, told without loading torch."""

import os
import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.errors import InputError

_DEVICE = re.compile(r"cpu|cuda:(\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run at a time trains."""

    device: str
    """`auto`, `cpu` or `cuda`, as the training process takes it."""
    gpu: int | None = None
    """Number of the only GPU that the process sees; None: all of them."""

    @property
    def is_gpu(self) -> bool:
        """Tell whether a GPU trains there, as far as this can be told without torch."""
        return self.gpu is not None or (self.device != "cpu" and bool(cuda_devices()))

    @property
    def visible_gpu(self) -> str | None:
        """What CUDA_VISIBLE_DEVICES has to say in the process; numbers count within what this process may see."""
        if self.gpu is None:
            return None
        chosen = _visible()
        return str(self.gpu) if chosen is None else chosen[self.gpu]


def check_devices(devices: Sequence[str]) -> tuple[str, ...]:
    """Return devices that were named one by one, `cpu` or `cuda:1`.

    Raises
    ------
    InputError
        For a name that is none, one that is named twice, and a GPU that is not there.
    """
    gpus = cuda_devices()
    for name in devices:
        match = _DEVICE.fullmatch(name)
        if match is None:
            raise InputError(f"'{name}' is no device to train on", hint="Write cuda:0, cuda:1 … or cpu.")
        if match[1] is not None and int(match[1]) >= len(gpus):
            known = ", ".join(f"cuda:{number} ({gpu})" for number, gpu in enumerate(gpus))
            raise InputError(
                f"There is no GPU {name}",
                f"there are {known}" if gpus else "no CUDA device was found, or torch was installed without CUDA",
                "Name devices that are there, or use --device auto.",
            )
    if len(set(devices)) < len(devices):
        raise InputError("A device is named twice", hint="Use --per-device for several runs on one device.")
    return tuple(devices)


def places(
    device: str,
    *,
    devices: Sequence[str] = (),
    per_device: int | None = None,
    processes: int | None = None,
    beside_window: bool = False,
) -> tuple[Place, ...]:
    """Where runs train at the same time, one after the other from the first.

    Parameters
    ----------
    device : str
        `auto`, `cpu` or `cuda`; counts where no devices are named.
    devices : sequence of str
        `cuda:0`, `cuda:1`, `cpu`, as :func:`check_devices` allows them.
    per_device : int or None
        Runs at the same time on each; None: one per GPU, on the CPU one per core.
    processes : int or None
        Runs at the same time in all; None: as the devices come to.
    beside_window : bool
        Leave one core to a window; counts only where nothing is said about how many.
    """
    gpus = len(cuda_devices()) if device != "cpu" else 0
    if devices:
        chosen = [Place("cpu") if name == "cpu" else Place("cuda", int(name.removeprefix("cuda:"))) for name in devices]
    elif gpus > 1:
        chosen = [Place(device, number) for number in range(gpus)]
    else:
        chosen = [Place(device)]
    on_cpu = max(1, cores() - 1 if beside_window else cores())
    counts = [per_device or (1 if place.is_gpu else on_cpu) for place in chosen]
    rounds = [place for turn in range(max(counts)) for place, count in zip(chosen, counts, strict=True) if turn < count]
    return tuple(rounds if processes is None else (rounds[at % len(rounds)] for at in range(max(processes, 1))))


def cuda_devices() -> tuple[str, ...]:
    """Names of the GPUs that training can use, in CUDA's order; empty where torch was built without CUDA."""
    if not _torch_has_cuda():
        return ()
    names = _nvidia_names()
    chosen = _visible()
    if chosen is None:
        return names
    numbers = [int(part) for part in chosen if part.isdigit()]
    if len(numbers) != len(chosen):
        return tuple(chosen)
    return tuple(names[number] for number in numbers if number < len(names))


def has_bfloat16() -> bool:
    """Tell whether this processor computes in bfloat16 itself; where that cannot be told it is taken to.

    PyTorch does so with AVX-512 (BW, VL, DQ), and on ARM with its own instructions. Else it converts each number.
    """
    _, flags = processor()
    return not flags or "bf16" in flags or {"avx512bw", "avx512vl", "avx512dq"} <= flags


def processor() -> tuple[str, frozenset[str]]:
    """Model and instruction sets of the processor, as Linux tells them; elsewhere the model alone."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor(), frozenset()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in reversed(lines))}
    return facts.get("model name", ""), frozenset((facts.get("flags") or facts.get("Features") or "").split())


def device_label(device: str) -> str:
    """Words for the status bar: what `auto`, `cpu` or `cuda` comes to here."""
    names = cuda_devices() if device != "cpu" else ()
    if not names:
        return f"CPU, {cores()} cores" if cores() > 1 else "CPU, 1 core"
    return names[0] if len(names) == 1 else f"{len(names)} × {names[0]}"


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_processes(device: str, *, beside_window: bool) -> int:
    """Runs at the same time: one per GPU; on the CPU one per core, with a core left for a window."""
    return len(places(device, beside_window=beside_window))


def _visible() -> list[str] | None:
    """GPUs that the environment lets this program see, as it names them; None: all."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return None if visible is None else [part.strip() for part in visible.split(",") if part.strip()]


def _torch_has_cuda() -> bool:
    found = find_spec("torch")
    folders = list(found.submodule_search_locations or ()) if found else []
    return any((Path(folder) / "lib" / "libtorch_cuda.so").exists() for folder in folders)


def _nvidia_names() -> tuple[str, ...]:
    with suppress(ImportError):
        import pynvml

        library: Any = pynvml
        with suppress(library.NVMLError):
            library.nvmlInit()
            try:
                handles = map(library.nvmlDeviceGetHandleByIndex, range(library.nvmlDeviceGetCount()))
                return tuple(str(library.nvmlDeviceGetName(handle)) for handle in handles)
            finally:
                library.nvmlShutdown()
    return ()

"""What this machine trains on, told without loading torch."""

import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def cuda_devices() -> tuple[str, ...]:
    """Names of the GPUs that training can use, in CUDA's order; empty where torch was built without CUDA."""
    if not _torch_has_cuda():
        return ()
    names = _nvidia_names()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return names
    chosen = [part.strip() for part in visible.split(",") if part.strip()]
    numbers = [int(part) for part in chosen if part.isdigit()]
    if len(numbers) != len(chosen):
        return tuple(chosen)
    return tuple(names[number] for number in numbers if number < len(names))


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
    gpus = len(cuda_devices()) if device != "cpu" else 0
    return gpus or max(1, cores() - 1 if beside_window else cores())


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

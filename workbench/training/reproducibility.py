"""Where a run computes, and what makes it give the same bytes again."""

import ctypes
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch

from workbench.errors import DeviceLostError, InputError
from workbench.settings import is_plain


def choose_device(name: str) -> str:
    """Resolve `auto`, `cpu` or `cuda` (also `cuda:1`) to a device that is there: `cpu` or `cuda:0`.

    Raises
    ------
    InputError
        When a GPU is asked for and there is none, or the name is not a device.
    """
    if name not in ("auto", "cpu") and name.partition(":")[0] != "cuda":
        raise InputError(f"Unknown device '{name}'", hint="Use auto, cpu or cuda.")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return "cpu"
    number = name.partition(":")[2] or "0"
    if not torch.cuda.is_available():
        raise InputError("There is no CUDA device", _why_no_cuda(), "Use --device auto or --device cpu.")
    if not number.isdigit() or int(number) >= torch.cuda.device_count():
        raise InputError(
            f"There is no device '{name}'", f"{torch.cuda.device_count()} CUDA device(s) found", "Use --device cuda."
        )
    return f"cuda:{number}"


def _why_no_cuda() -> str:
    if torch.version.cuda is None:
        return "the installed PyTorch is a CPU build"
    return "PyTorch finds no usable GPU or driver"


def placed(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Bring a network to its device; unless it is to be plain, with channels last.

    In that order of memory the same arithmetic is about a fifth faster on CPUs, and what tensor cores ask for.
    """
    network = network.to(device)
    if is_plain("channels_last"):
        return network
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


@contextmanager
def reproducible(device: torch.device, threads: int) -> Generator[None]:
    """Fix the number of CPU threads and, on the CPU, ask for deterministic algorithms; restored afterwards.

    On a GPU some of CTC's and the LSTMs' kernels have no deterministic form: there runs repeat up to rounding.
    """
    before = torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    options: Any = torch.utils.deterministic
    fills = options.fill_uninitialized_memory
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict or device.type == "cpu")
    # Filling fresh memory is a search for bugs, and slow; nothing here reads what it has not written.
    options.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(strict)
        options.fill_uninitialized_memory = fills


_FULL = ("can't allocate memory", "std::bad_alloc", "could not create a primitive", "out of memory", "ALLOC_FAILED")
"""How PyTorch's allocator for CPUs, the C++ library, oneDNN, CUDA, cuDNN and cuBLAS say that there is no memory left.

oneDNN gives no reason; where the memory is limited, it is the first to complain."""


@contextmanager
def memory_errors(device: torch.device) -> Generator[None]:
    """Turn PyTorch's ways to say "out of memory" into MemoryError.

    Raises
    ------
    MemoryError
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryError(f"The memory of {device} is full: {error}") from error
    except RuntimeError as error:
        if not any(text in str(error) for text in _FULL):
            raise
        full = "The computer's memory" if device.type == "cpu" else f"The memory of {device}"
        raise MemoryError(f"{full} is full: {error}") from error


_LOST = ("CUDA error", "CUDA driver error", "cuDNN error", "CUDNN_STATUS", "CUBLAS_STATUS")
"""How PyTorch says that something other than memory failed on a GPU."""


@contextmanager
def device_errors(device: torch.device) -> Generator[None]:
    """Turn PyTorch's ways to say that a GPU failed into one sentence; outside of :func:`memory_errors`.

    Raises
    ------
    DeviceLostError
    """
    try:
        yield
    except RuntimeError as error:
        if device.type == "cpu" or not any(text in str(error) for text in _LOST):
            raise
        raise DeviceLostError(
            f"{device} failed",
            str(error).strip().splitlines()[0],
            "Run the study again to go on from the last checkpoint; 'nvidia-smi' tells whether the GPU still answers, "
            "and --device cpu does without it.",
        ) from error


def free_memory(device: torch.device) -> None:
    """Give back what was freed and is kept for later, so that it can be had in other pieces."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    # glibc keeps what small tensors held; under a limit nothing is left then for what needs fresh pages.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

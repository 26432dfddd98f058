"""The state of an unfinished run as one file, and the weights of a finished one."""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError  # noqa: TID251  # only the name of an error; nothing is unpickled
from typing import Any
from urllib.parse import quote

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from workbench import files
from workbench.errors import InputError, RunError
from workbench.runs.events import CheckpointSaved
from workbench.study.schema import Selection

FORMAT = 2
Weights = dict[str, Tensor]
_NO_CHECKPOINT = (
    RuntimeError, ValueError, LookupError, EOFError, TypeError, AttributeError, AssertionError, ArithmeticError,
    OSError, struct.error,
)  # fmt: skip
"""What torch raises on files that are torn, or by another hand."""


@dataclass(frozen=True, slots=True)
class Best:
    """Weights with the fewest validation edits of a target so far; on the CPU."""

    step: int
    edits: int
    weights: Weights = field(repr=False)


@dataclass(slots=True)
class Progress:
    """Where a run stands, apart from network and optimiser.

    Every random draw is keyed by seed and step, so the step is all the random state there is.
    """

    step: int = 0
    """Optimiser updates made."""
    pending: tuple[str, ...] = ()
    """Targets that are still to be validated at this step."""
    loss_sum: float = 0.0
    """Of the losses since the last `StepLogged`."""
    loss_steps: int = 0
    seconds: float = 0.0
    parts: int = 1
    """Micro-batches in which a batch is computed, because the memory was short."""
    reading_parts: int = 1
    """How many times smaller the batches are in which lines are read, for the same reason."""
    best: dict[str, Best] = field(default_factory=dict[str, Best])
    """By target."""

    @property
    def position(self) -> tuple[int, int]:
        """Step and targets still to be validated at it: equal positions of a run are equal states."""
        return self.step, len(self.pending)


def checkpoint_name(progress: Progress) -> str:
    """File of a state, in the run's folder.

    States of one step have different names, so that no file is replaced while the log still names it.
    """
    return f"checkpoint-{progress.step}{f'-{len(progress.pending)}-pending' * bool(progress.pending)}.pt"


def weights_name(selection: Selection, target: str) -> str:
    """File of the weights of a selection, in the run's folder; `last` serves all targets."""
    return "last.safetensors" if selection == "last" else f"best-{quote(target, safe=' ')}.safetensors"


def snapshot(network: torch.nn.Module) -> Weights:
    """Copy of a network's weights and statistics, on the CPU, that further training does not change."""
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()}


def save_weights(folder: Path, name: str, weights: Weights) -> str:
    """Write a safetensors file and return its sha256; the same weights give the same bytes."""
    content = safetensors.torch.save(weights)
    files.write_bytes(folder / name, content)
    return hashlib.sha256(content).hexdigest()


def load_weights(path: Path) -> Weights:
    """Read a safetensors file.

    Raises
    ------
    InputError
        When it cannot be read, or holds what is no number; with the name of that in `why`.
    """
    try:
        weights = safetensors.torch.load_file(path)
        _check_finite(weights)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read", error.strerror or str(error)) from error
    except (SafetensorError, *_NO_CHECKPOINT) as error:
        raise InputError(f"{path.name} cannot be read", misfit(error)) from error
    return weights


def _check_finite(weights: Weights) -> None:
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} holds what is no number")


def misfit(error: Exception) -> str:
    """Say why weights do not fit: what torch says of the first one that does not, on its second line."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(said[:2])[:300] or type(error).__name__


def save_checkpoint(
    folder: Path, run: str, progress: Progress, network: torch.nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[str, str, int]:
    """Write the resumable file; return its name, sha256 and size in bytes."""
    # Best weights of several targets are often of one step; stored by step, they are stored once.
    state = {
        "format": FORMAT,
        "run": run,
        "step": progress.step,
        "pending": list(progress.pending),
        "loss_sum": progress.loss_sum,
        "loss_steps": progress.loss_steps,
        "seconds": progress.seconds,
        "parts": progress.parts,
        "reading_parts": progress.reading_parts,
        "best": {target: [best.step, best.edits] for target, best in progress.best.items()},
        "best_weights": {best.step: best.weights for best in progress.best.values()},
        "network": snapshot(network),
        "optimiser": optimiser.state_dict(),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    name = checkpoint_name(progress)
    files.write_bytes(folder / name, content)
    return name, hashlib.sha256(content).hexdigest(), len(content)


def load_checkpoint(
    folder: Path, saved: CheckpointSaved, network: torch.nn.Module, optimiser: torch.optim.Optimizer
) -> Progress:
    """Bring network and optimiser to where a checkpoint left them.

    Raises
    ------
    RunError
        When the file is missing, is not the one that was recorded, or belongs to another run.
    """
    state = _read(folder / saved.path, saved)
    try:
        progress = _progress(state)
        _check_finite(state["network"])
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
    except _NO_CHECKPOINT as error:
        raise _damaged(saved, f"its content does not fit this run: {misfit(error)}") from error
    return progress


_COUNTS = ("step", "loss_steps", "parts", "reading_parts")


def _progress(state: dict[str, Any]) -> Progress:
    weights: dict[int, Weights] = state["best_weights"]
    for name in _COUNTS:
        if not isinstance(state[name], int) or state[name] < 0:
            raise ValueError(f"{name} is {state[name]!r:.40}")
    return Progress(
        step=state["step"],
        pending=tuple(state["pending"]),
        loss_sum=state["loss_sum"],
        loss_steps=state["loss_steps"],
        seconds=state["seconds"],
        parts=state["parts"],
        reading_parts=state["reading_parts"],
        best={target: Best(step, edits, weights[step]) for target, (step, edits) in state["best"].items()},
    )


def _read(path: Path, saved: CheckpointSaved) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(saved, error.strerror or str(error)) from error
    if hashlib.sha256(content).hexdigest() != saved.sha256:
        raise _damaged(saved, "the file is not the one that was written")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how else the file might be read
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except UnpicklingError as error:  # torch's own words tell how to let the file run its code
        raise _damaged(saved, "it holds something else than numbers") from error
    except _NO_CHECKPOINT as error:
        raise _damaged(saved, f"it is no checkpoint ({type(error).__name__})") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT or state.get("run") != saved.run:
        raise _damaged(saved, "it was written by another version or for another run")
    return state


def _damaged(saved: CheckpointSaved, why: str) -> RunError:
    return RunError(
        f"The checkpoint {saved.path} of run {saved.run} cannot be used",
        why,
        "Start the run anew with --retry; its finished results are not affected.",
    )

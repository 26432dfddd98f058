"""Runs that go on from the weights of another run: which weights they take, and what of the network stays as it is."""

from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import nn

from workbench.errors import RunError
from workbench.runs.spec import RunSpec, StartSpec
from workbench.training.checkpoint import Weights, weights_name


def first_weights_file(runs: Path, start: StartSpec) -> Path:
    """Return the file of the weights that a run begins with, in the folder of all runs."""
    return runs / start.run / weights_name("last", "")


def take_first_weights(network: nn.Module, spec: RunSpec, runs: Path) -> None:
    """Load what a run takes from its first stage; one that begins from random weights is left as it is.

    Parameters
    ----------
    network : Module
        With its parts `encoder` and the rest, the head; freshly built.
    runs : Path
        Folder of all runs.

    Raises
    ------
    RunError
        When the weights are missing, damaged, or those of another network.
    """
    if spec.start is None:
        return
    path = first_weights_file(runs, spec.start)
    try:
        weights = safetensors.torch.load_file(path)
        if spec.start.takes == "encoder":
            _encoder(network).load_state_dict(_within(weights, "encoder."))
        else:
            network.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise RunError(
            f"The weights of run {spec.start.run} cannot be taken",
            f"{path.name}: {str(error).splitlines()[0]}",
            "Run the study again: its first stage is then trained before this run.",
        ) from error


def _within(weights: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}


def is_encoder_frozen(spec: RunSpec) -> bool:
    """Tell whether a run trains its head alone."""
    return spec.start is not None and spec.start.takes == "encoder"


def prepare_to_train(network: nn.Module, spec: RunSpec) -> None:
    """Set a network to training; a frozen encoder stays in evaluation, so that its BatchNorm statistics stay, too."""
    network.train()
    if is_encoder_frozen(spec):
        _encoder(network).eval()


def freeze(network: nn.Module, spec: RunSpec) -> None:
    """Keep gradients from an encoder that is not trained."""
    if is_encoder_frozen(spec):
        _encoder(network).requires_grad_(False)


def trained_parameters(network: nn.Module) -> list[nn.Parameter]:
    """Return what the optimiser changes."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def _encoder(network: nn.Module) -> nn.Module:
    encoder = network.get_submodule("encoder")
    assert isinstance(encoder, nn.Module)
    return encoder

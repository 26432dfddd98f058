"""Runs that go on from the weights of another run: which weights they take, and what of the network stays as it is."""

from pathlib import Path

from workbench.errors import InputError, RunError
from workbench.models.networks import LineNetwork
from workbench.runs.spec import RunSpec, StartSpec
from workbench.training.checkpoint import load_weights, weights_name


def first_weights_file(runs: Path, start: StartSpec) -> Path:
    """Return the file of the weights that a run begins with, in the folder of all runs."""
    return runs / start.run / weights_name("last", "")


def take_first_weights(network: LineNetwork, spec: RunSpec, runs: Path) -> None:
    """Load what a run takes from its first stage, and freeze an encoder that is not trained further.

    A run that begins from random weights is left as it is.

    Parameters
    ----------
    network : LineNetwork
        Freshly built.
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
        weights = load_weights(path)
        network.transplant(weights, "encoder")
        if spec.start.takes == "network":
            network.transplant(weights, "head")
    except InputError as error:
        raise RunError(
            f"The weights of run {spec.start.run} cannot be taken",
            f"{path.name}: {error.why or error.what}",
            "Run the study again: its first stage is then trained before this run.",
        ) from error
    if spec.start.takes == "encoder":
        network.freeze("encoder")

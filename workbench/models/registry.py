"""The architectures that a study can name. A literal table; no torch."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from workbench.errors import InputError
from workbench.models.geometry import Geometry, geometry_of
from workbench.runs.spec import ArchitectureSpec, Sizes
from workbench.study.conditions import Norm

if TYPE_CHECKING:
    from torch.nn import Module

Family = Literal["cnn", "crnn"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture with its sizes, and where the torch code that builds it lies."""

    name: str
    label: str
    family: Family
    """`cnn`: each frame is read from a window of the line. `crnn`: from the whole line, through LSTMs."""
    explanation: str
    sizes: Sizes
    builder: str = "workbench.models.networks.build"
    """Dotted name of a function `(ArchitectureSpec, classes) -> torch.nn.Module`, whose call is that of
    :class:`workbench.models.networks.LineNetwork`."""

    @property
    def spec(self) -> ArchitectureSpec:
        """What goes into a run's specification."""
        return ArchitectureSpec(name=self.name, sizes=self.sizes)

    @property
    def geometry(self) -> Geometry:
        """Frames, receptive field and parameter counts."""
        return geometry_of(self.spec)


_PUBLISHED_ENCODER: Sizes = {
    "stem_channels": 32,
    "stem_kernel_px": 7,
    "stem_stride_px": 2,
    "stem_normalised": False,
    "stage_channels": [64, 128, 256],
    "stage_blocks": [2, 4, 4],
    "pool_height": [1, 2, 2],
    "pool_width": [1, 2, 2],
    "head_kernel_frames": 3,
}
_PUBLISHED_LSTM: Sizes = {"lstm_layers": 3, "lstm_hidden": 256, "lstm_dropout": 0.2, "head_dropout": 0.2}
_SMALL_ENCODER: Sizes = {
    "stem_channels": 24,
    "stem_kernel_px": 7,
    "stem_stride_px": 2,
    "stem_normalised": True,
    "stage_channels": [48, 96],
    "stage_blocks": [1, 1],
    "pool_height": [2, 2],
    "pool_width": [2, 1],
    "head_kernel_frames": 3,
    "head_dropout": 0.2,
}
_SMALL_LSTM: Sizes = {"lstm_layers": 1, "lstm_hidden": 96, "lstm_dropout": 0.0}

ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        name="cnn",
        label="CNN-only (published)",
        family="cnn",
        explanation="Ten residual blocks and one convolution over frames; each frame sees 237 px of the line.",
        sizes=_PUBLISHED_ENCODER | {"head": "cnn", "head_dropout": 0.0},
    ),
    "rnn": Architecture(
        name="rnn",
        label="CRNN (published, no shortcut)",
        family="crnn",
        explanation="The same ten residual blocks, then three bidirectional LSTMs that see the whole line.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn"},
    ),
    "both": Architecture(
        name="both",
        label="CRNN (published)",
        family="crnn",
        explanation="The CRNN with the CNN-only head beside it, whose CTC loss helps the encoder in training only.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "both"},
    ),
    "small-cnn": Architecture(
        name="small-cnn",
        label="CNN-only (small)",
        family="cnn",
        explanation="Two residual blocks and one convolution over frames; trains on a CPU in minutes.",
        sizes=_SMALL_ENCODER | {"head": "cnn"},
    ),
    "small-crnn": Architecture(
        name="small-crnn",
        label="CRNN (small)",
        family="crnn",
        explanation="The small CNN with a bidirectional LSTM and a shortcut head that helps in training only.",
        sizes=_SMALL_ENCODER | _SMALL_LSTM | {"head": "both"},
    ),
}
"""By name. A further architecture is one more line here, with its builder."""


def architecture(name: str) -> Architecture:
    """Return an architecture by its name.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    if name not in ARCHITECTURES:
        close = get_close_matches(name, ARCHITECTURES, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"Known architectures: {', '.join(ARCHITECTURES)}."
        raise InputError(f"Unknown architecture '{name}'", hint=hint)
    return ARCHITECTURES[name]


def architecture_spec(name: str) -> ArchitectureSpec:
    """Return what a run's specification says about an architecture; raises as :func:`architecture`."""
    return architecture(name).spec


def with_norm(spec: ArchitectureSpec, norm: Norm) -> ArchitectureSpec:
    """Return an architecture with another normalisation of its features."""
    return spec if norm == "batch" else spec.model_copy(update={"sizes": spec.sizes | {"norm": norm}})


def build(spec: ArchitectureSpec, classes: int) -> "Module":
    """Build the network of a specification, with the sizes that it names; imports torch.

    Parameters
    ----------
    spec : ArchitectureSpec
        Sizes are taken from here, not from the table: a run keeps the network that it began with.
    classes : int
        Outputs, the CTC blank included.
    """
    module, _, function = architecture(spec.name).builder.rpartition(".")
    return getattr(import_module(module), function)(spec, classes)

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
    from workbench.models.networks import LineNetwork

Family = Literal["cnn", "crnn", "tcn", "transformer"]
Context = Literal["window", "line"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture with its sizes, and where the torch code that builds it lies."""

    name: str
    label: str
    family: Family
    """What reads the frames: one convolution, LSTMs, dilated convolutions, or attention."""
    explanation: str
    sizes: Sizes
    context: Context = "line"
    """`window`: each frame is read from a part of the line. `line`: from all of it."""
    references: tuple[str, ...] = ()
    """CNN-only networks whose ΔCER is taken from this one's where a study has both (the interaction): the one with
    the same encoder, and the one whose encoder has been enlarged to as many parameters. None for these themselves."""
    builder: str = "workbench.models.networks.build"
    """Dotted name of a function `(ArchitectureSpec, classes) -> workbench.models.networks.LineNetwork`."""

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
_HTR_VT_EMBEDDING: Sizes = {
    "encoder": "embedding",
    "embedding_channels": [192, 384, 768],
    "embedding_blocks": [2, 2, 2],
}
_SMALL_EMBEDDING: Sizes = {
    "encoder": "embedding",
    "embedding_channels": [32, 64, 128],
    "embedding_blocks": [1, 1, 1],
}
_PUBLISHED_CNNS = ("cnn", "cnn-matched")
_SMALL_CNNS = ("small-cnn", "small-cnn-matched")

ARCHITECTURES: dict[str, Architecture] = {
    "cnn": Architecture(
        name="cnn",
        label="CNN-only (published)",
        family="cnn",
        context="window",
        explanation="Ten residual blocks and one convolution over frames; each frame sees 237 px of the line.",
        sizes=_PUBLISHED_ENCODER | {"head": "cnn", "head_dropout": 0.0},
    ),
    "rnn": Architecture(
        name="rnn",
        label="CRNN (published, no shortcut)",
        family="crnn",
        explanation="The same ten residual blocks, then three bidirectional LSTMs that see the whole line.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn"},
        references=_PUBLISHED_CNNS,
    ),
    "both": Architecture(
        name="both",
        label="CRNN (published)",
        family="crnn",
        explanation="The CRNN with the CNN-only head beside it, whose CTC loss helps the encoder in training only.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "both"},
        references=_PUBLISHED_CNNS,
    ),
    "cnn-matched": Architecture(
        name="cnn-matched",
        label="CNN-only, as large as the CRNN",
        family="cnn",
        context="window",
        explanation="The CNN-only network with six more residual blocks: as many parameters as the CRNN, within 0.5 %; "
        "with them each frame sees 373 px instead of 237.",
        sizes=_PUBLISHED_ENCODER | {"stage_blocks": [3, 6, 7], "head": "cnn", "head_dropout": 0.0},
    ),
    "rnn-1x256": Architecture(
        name="rnn-1x256",
        label="CRNN, one LSTM",
        family="crnn",
        explanation="The published encoder with one bidirectional LSTM of 256 instead of three: 6.8 M parameters.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn", "lstm_layers": 1, "lstm_dropout": 0.0},
        references=_PUBLISHED_CNNS,
    ),
    "rnn-3x128": Architecture(
        name="rnn-3x128",
        label="CRNN, narrow LSTMs",
        family="crnn",
        explanation="The published encoder with three bidirectional LSTMs of 128 instead of 256: 6.9 M parameters.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn", "lstm_hidden": 128},
        references=_PUBLISHED_CNNS,
    ),
    "rnn-windowed": Architecture(
        name="rnn-windowed",
        label="CRNN, LSTMs in windows",
        family="crnn",
        context="window",
        explanation="The CRNN (no shortcut) whose LSTMs begin anew every 30 frames (240 px, about the CNN-only "
        "network's field; 453 px with what the encoder sees beyond them): recurrence without the line's context.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn", "lstm_window_frames": 30},
        references=_PUBLISHED_CNNS,
    ),
    "rnn-windowed-3": Architecture(
        name="rnn-windowed-3",
        label="CRNN, LSTMs in windows of 3",
        family="crnn",
        context="window",
        explanation="The CRNN (no shortcut) whose LSTMs begin anew every 3 frames: a frame depends on 237 px, as in "
        "the CNN-only network; what is left of the CRNN are its parameters.",
        sizes=_PUBLISHED_ENCODER | _PUBLISHED_LSTM | {"head": "rnn", "lstm_window_frames": 3},
        references=_PUBLISHED_CNNS,
    ),
    "tcn": Architecture(
        name="tcn",
        label="TCN (dilated convolutions)",
        family="tcn",
        explanation="The published encoder, then nine dilated convolutions that see 511 frames to either side, and "
        "have as many parameters as the LSTMs: the context of the line without recurrence.",
        sizes=_PUBLISHED_ENCODER
        | {"head": "tcn", "tcn_blocks": 9, "tcn_hidden": 456, "tcn_kernel_frames": 3}
        | {"tcn_dropout": 0.2, "head_dropout": 0.2},
        references=_PUBLISHED_CNNS,
    ),
    "transformer": Architecture(
        name="transformer",
        label="Transformer",
        family="transformer",
        explanation="The published encoder, then five Transformer layers of 4 heads over the whole line, with as many "
        "parameters as the LSTMs: attention in place of recurrence.",
        sizes=_PUBLISHED_ENCODER
        | {"head": "transformer", "transformer_layers": 5, "transformer_heads": 4, "transformer_hidden": 1128}
        | {"transformer_dropout": 0.2, "head_dropout": 0.2},
        references=_PUBLISHED_CNNS,
    ),
    "htr-vt": Architecture(
        name="htr-vt",
        label="HTR-VT",
        family="transformer",
        explanation="HTR-VT: a ResNet-like embedding to 768, 4 px per frame, and four Transformer layers; trained by "
        "the rules of the study, without the optimiser, SAM and weight averaging of its own recipe.",
        sizes=_HTR_VT_EMBEDDING
        | {"head": "htr-vt", "transformer_layers": 4, "transformer_heads": 6, "transformer_hidden": 3072}
        | {"span_share": 0.4, "span_frames": 8},
        references=("htr-vt-cnn",),
    ),
    "htr-vt-cnn": Architecture(
        name="htr-vt-cnn",
        label="CNN-only, encoder of HTR-VT",
        family="cnn",
        context="window",
        explanation="HTR-VT's embedding and one convolution over frames in place of its Transformer; each frame sees "
        "71 px of the line.",
        sizes=_HTR_VT_EMBEDDING | {"head": "cnn"},
    ),
    "small-cnn": Architecture(
        name="small-cnn",
        label="CNN-only (small)",
        family="cnn",
        context="window",
        explanation="Two residual blocks and one convolution over frames; trains on a CPU in minutes.",
        sizes=_SMALL_ENCODER | {"head": "cnn"},
    ),
    "small-crnn": Architecture(
        name="small-crnn",
        label="CRNN (small)",
        family="crnn",
        explanation="The small CNN with a bidirectional LSTM and a shortcut head that helps in training only.",
        sizes=_SMALL_ENCODER | _SMALL_LSTM | {"head": "both"},
        references=_SMALL_CNNS,
    ),
    "small-cnn-matched": Architecture(
        name="small-cnn-matched",
        label="CNN-only (small), as large as the CRNN",
        family="cnn",
        context="window",
        explanation="The small CNN-only network with one more residual block: as many parameters as the small CRNN, "
        "within 3 %; with it each frame sees 65 px instead of 49.",
        sizes=_SMALL_ENCODER | {"stage_blocks": [1, 2], "head": "cnn"},
    ),
    "small-crnn-narrow": Architecture(
        name="small-crnn-narrow",
        label="CRNN (small), narrow LSTM",
        family="crnn",
        explanation="The small CRNN with an LSTM of 48 instead of 96.",
        sizes=_SMALL_ENCODER | _SMALL_LSTM | {"head": "both", "lstm_hidden": 48},
        references=_SMALL_CNNS,
    ),
    "small-crnn-windowed": Architecture(
        name="small-crnn-windowed",
        label="CRNN (small), LSTM in windows",
        family="crnn",
        context="window",
        explanation="The small CRNN whose LSTM begins anew every 12 frames (48 px, about the small CNN-only network's "
        "field; 85 px with what the encoder sees beyond them).",
        sizes=_SMALL_ENCODER | _SMALL_LSTM | {"head": "both", "lstm_window_frames": 12},
        references=_SMALL_CNNS,
    ),
    "small-crnn-windowed-3": Architecture(
        name="small-crnn-windowed-3",
        label="CRNN (small), LSTM in windows of 3",
        family="crnn",
        context="window",
        explanation="The small CRNN whose LSTM begins anew every 3 frames: a frame depends on 49 px, as in the small "
        "CNN-only network; what is left of the CRNN are its parameters.",
        sizes=_SMALL_ENCODER | _SMALL_LSTM | {"head": "both", "lstm_window_frames": 3},
        references=_SMALL_CNNS,
    ),
    "small-tcn": Architecture(
        name="small-tcn",
        label="TCN (small)",
        family="tcn",
        explanation="The small CNN with ten dilated convolutions that see 1,023 frames (4,092 px) to either side, and "
        "a shortcut head that helps in training only.",
        sizes=_SMALL_ENCODER
        | {"head": "tcn", "tcn_blocks": 10, "tcn_hidden": 40, "tcn_kernel_frames": 3, "shortcut": True},
        references=_SMALL_CNNS,
    ),
    "small-transformer": Architecture(
        name="small-transformer",
        label="Transformer (small)",
        family="transformer",
        explanation="The small CNN with two Transformer layers of 4 heads, and a shortcut head that helps in training "
        "only.",
        sizes=_SMALL_ENCODER
        | {"head": "transformer", "transformer_layers": 2, "transformer_heads": 4, "transformer_hidden": 200}
        | {"shortcut": True},
        references=_SMALL_CNNS,
    ),
    "small-htr-vt": Architecture(
        name="small-htr-vt",
        label="HTR-VT (small)",
        family="transformer",
        explanation="HTR-VT with an embedding to 128 and two Transformer layers; trains on a CPU.",
        sizes=_SMALL_EMBEDDING
        | {"head": "htr-vt", "transformer_layers": 2, "transformer_heads": 4, "transformer_hidden": 512}
        | {"span_share": 0.4, "span_frames": 8},
        references=("small-htr-vt-cnn",),
    ),
    "small-htr-vt-cnn": Architecture(
        name="small-htr-vt-cnn",
        label="CNN-only (small), encoder of HTR-VT",
        family="cnn",
        context="window",
        explanation="The small HTR-VT's embedding and one convolution over frames in place of its Transformer.",
        sizes=_SMALL_EMBEDDING | {"head": "cnn", "head_dropout": 0.2},
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
    """Return an architecture with BatchNorm or GroupNorm in its encoder; the parameters are as many.

    BatchNorm is what sizes mean that do not name a norm: with `batch` nothing is added, and a run keeps its id.

    Raises
    ------
    InputError
        When its channels do not go into the groups of a GroupNorm.
    """
    others = {name: size for name, size in spec.sizes.items() if name != "norm"}
    changed = spec.model_copy(update={"sizes": others if norm == "batch" else others | {"norm": norm}})
    geometry_of(changed)
    return changed


def build(spec: ArchitectureSpec, classes: int) -> "LineNetwork":
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

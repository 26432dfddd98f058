"""Whole networks, built from the sizes that a specification names."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Self

from torch import Tensor, nn

from workbench.errors import InputError
from workbench.models.dilated import DilatedHead
from workbench.models.encoder import Encoder
from workbench.models.geometry import Geometry, geometry_of
from workbench.models.heads import ConvolutionHead, RecurrentHead
from workbench.models.masking import own_frames, standardised
from workbench.models.sizes import ConvolutionSizes, DilatedSizes, HeadSizes, LstmSizes, TransformerSizes, VisionSizes
from workbench.models.transformer import TransformerHead, VisionHead
from workbench.runs.spec import ArchitectureSpec

Part = Literal["encoder", "head"]


class Output(NamedTuple):
    """Scores of a batch: logits of shape `(T, N, classes)`, class 0 = CTC blank."""

    logits: Tensor
    auxiliary: Tensor | None
    """Scores of the shortcut head; None in evaluation and for networks without one."""


class LineNetwork(nn.Module):
    """Encoder, head, and perhaps a shortcut: the head `cnn` beside another one, in training only.

    Of a batch of lines that are padded to one width, every line is read as if it were alone: heads that look along
    the line are told where it ends, and so are GroupNorms. In evaluation that holds for any padding beyond the margin
    of :attr:`~workbench.models.geometry.Geometry.right_margin_px`.

    The *parts* are what a study freezes or transplants. The encoder is all that lies between pixels and the feature
    vector of each frame: the convolutions (of HTR-VT the embedding alone). The head is everything else, the shortcut
    included. Entries of `state_dict()` that begin with `encoder.` are the encoder's.
    """

    def __init__(self, geometry: Geometry, classes: int) -> None:
        super().__init__()
        features, head = geometry.encoder.features, geometry.head
        self.encoder = Encoder(geometry.encoder)
        self.head = build_head(head, features, classes)
        # Published: the head of the CNN-only network has the network's dropout, the shortcut has none.
        self.shortcut = ConvolutionHead(features, classes, head.head_kernel_frames, 0.0) if head.has_shortcut else None
        self._frame_px = geometry.frame_px
        self._is_standardised = geometry.encoder.is_standardised
        self._frozen: frozenset[Part] = frozenset()

    def forward(self, images: Tensor, frames: Sequence[int]) -> Output:
        """Read a batch of lines.

        Parameters
        ----------
        images : Tensor, shape (N, 1, H, W), float in [0, 1], ink = 1
        frames : sequence of N ints
            Frames of each line that CTC will look at, at least 1; heads look no further.
        """
        features = self.features(images, frames)
        auxiliary = self.shortcut(features, frames) if self.training and self.shortcut is not None else None
        return Output(self.head(features, frames), auxiliary)

    def features(self, images: Tensor, frames: Sequence[int]) -> Tensor:
        """Return what the head reads: one vector per frame, shape (N, C, 1, T); parameters as for a whole reading."""
        own_px = [count * self._frame_px for count in frames]
        if self._is_standardised:
            images = standardised(images, own_frames(own_px, images.shape[-1], images.device)[:, None, None])
        return self.encoder(images, own_px)

    # Parts

    def modules_of(self, part: Part) -> tuple[nn.Module, ...]:
        """Modules of a part."""
        if part == "encoder":
            return (self.encoder,)
        return (self.head,) if self.shortcut is None else (self.head, self.shortcut)

    def names_of(self, part: Part) -> tuple[str, ...]:
        """Names of a part's entries in `state_dict()`, parameters and statistics, in its order."""
        return tuple(name for name in self.state_dict() if name.startswith("encoder.") == (part == "encoder"))

    def transplant(self, weights: Mapping[str, Tensor], part: Part) -> None:
        """Take a part from the weights of another network; the other part stays as it is.

        Parameters
        ----------
        weights : mapping
            A whole `state_dict()` or the entries of the part.

        Raises
        ------
        InputError
            When the part is not there or of other sizes. A head fits only where the classes are as many (and for
            its output to mean anything, the same in the same order).
        """
        own = self.state_dict()
        for name in self.names_of(part):
            given = weights.get(name)
            if given is None or given.shape != own[name].shape:
                why = "is missing" if given is None else f"has shape {_shape(given)}, not {_shape(own[name])}"
                raise InputError(
                    f"The {part} of that network does not fit into this one",
                    f"{name} {why}",
                    "Take it from a run with the same architecture and, for a head, the same alphabet.",
                )
        self.load_state_dict({name: weights[name] for name in self.names_of(part)}, strict=False)

    def freeze(self, part: Part) -> None:
        """Keep a part as it is: its weights get no gradient, its statistics stay, it has no dropout.

        Call `train()` or `eval()` afterwards, as every step of training does.
        """
        self._frozen = frozenset((*self._frozen, part))
        for module in self.modules_of(part):
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Set training mode, except for frozen parts."""
        super().train(mode)
        for part in self._frozen:
            for module in self.modules_of(part):
                module.eval()
                for each in module.modules():
                    if mode and isinstance(each, nn.LSTM):
                        # cuDNN goes back through LSTMs in training mode only.
                        each.train()
                        each.dropout = 0.0
        return self


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "of one number"


def build_head(sizes: HeadSizes, features: int, classes: int) -> nn.Module:
    """Build what reads frames: a module `(features (N, C, 1, T), frames of each line) -> logits (T, N, classes)`."""
    match sizes:
        case ConvolutionSizes():
            return ConvolutionHead(features, classes, sizes.head_kernel_frames, sizes.head_dropout)
        case LstmSizes():
            return RecurrentHead(features, classes, sizes)
        case DilatedSizes():
            return DilatedHead(features, classes, sizes)
        case TransformerSizes():
            return TransformerHead(features, classes, sizes)
        case VisionSizes():
            return VisionHead(features, classes, sizes)


def build(spec: ArchitectureSpec, classes: int) -> LineNetwork:
    """Build a network with PyTorch's own initialisation, from torch's random state.

    The head of HTR-VT has its own; see :class:`workbench.models.transformer.VisionHead`.

    Parameters
    ----------
    spec : ArchitectureSpec
    classes : int
        Outputs, the CTC blank included.

    Raises
    ------
    InputError
        When the sizes do not describe a network.
    """
    return LineNetwork(geometry_of(spec), classes)

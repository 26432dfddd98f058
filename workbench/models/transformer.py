"""Attention over frames: Transformer encoders as heads."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.models.masking import own_frames, standardised
from workbench.models.sizes import AttentionSizes, VisionSizes

_NORM_EPSILON = 1e-6


class Attention(nn.Module):
    """Self-attention of several heads."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inputs = nn.Linear(features, 3 * features)
        self.output = nn.Linear(features, features)

    def forward(self, sequence: Tensor, own: Tensor | None) -> Tensor:
        """Map `(N, T, C)` to the same; `own`, `(N, 1, 1, T)`, is True in frames that may be looked at."""
        query, key, value = self.inputs(sequence).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        read = functional.scaled_dot_product_attention(query, key, value, attn_mask=own)
        return self.output(read.transpose(1, 2).flatten(2))


class TransformerLayer(nn.Module):
    """Attention and a network of two layers, each on a residual branch that begins with a norm."""

    def __init__(self, features: int, sizes: AttentionSizes) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(features, eps=_NORM_EPSILON)
        self.attention = Attention(features, sizes.transformer_heads)
        self.frame_norm = nn.LayerNorm(features, eps=_NORM_EPSILON)
        self.frame = nn.Sequential(
            nn.Linear(features, sizes.transformer_hidden), nn.GELU(), nn.Linear(sizes.transformer_hidden, features)
        )
        self.dropout = nn.Dropout(sizes.transformer_dropout)

    def forward(self, sequence: Tensor, own: Tensor | None) -> Tensor:
        """Map `(N, T, C)` to the same; `own` as for :class:`Attention`."""
        sequence = sequence + self.dropout(self.attention(self.attention_norm(sequence), own))
        return sequence + self.dropout(self.frame(self.frame_norm(sequence)))


def sine_positions(frames: int, features: int, device: torch.device) -> Tensor:
    """Sines, then cosines, of each frame's number at wavelengths from 2π to 10,000 · 2π: float32, shape (T, C)."""
    rates = 10_000.0 ** -(torch.arange(features // 2, device=device) / (features // 2))
    angles = torch.arange(frames, device=device)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class TransformerHead(nn.Module):
    """Positions, Transformer layers, a norm and a linear layer; lines may be of any length."""

    def __init__(self, features: int, classes: int, sizes: AttentionSizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(features, sizes) for _ in range(sizes.transformer_layers))
        self.norm = nn.LayerNorm(features, eps=_NORM_EPSILON)
        self.dropout = nn.Dropout(sizes.head_dropout)
        self.linear = nn.Linear(features, classes)

    def forward(self, features: Tensor, frames: Sequence[int]) -> Tensor:
        """Map `(N, C, 1, T)` to logits `(T, N, classes)`; beyond a line's own frames they mean nothing."""
        sequence = features.squeeze(2).transpose(1, 2)
        total = sequence.shape[1]
        own = own_frames(frames, total, sequence.device)
        seen = None if all(count == total for count in frames) else own[:, None, None]
        sequence = self.placed(sequence, frames)
        for layer in self.layers:
            sequence = layer(sequence, seen)
        return self.scored(self.linear(self.dropout(self.norm(sequence))), own).transpose(0, 1)

    def placed(self, sequence: Tensor, frames: Sequence[int]) -> Tensor:
        """Add positions to `(N, T, C)`."""
        total, features = sequence.shape[1:]
        return sequence + sine_positions(total, features, sequence.device)

    def scored(self, logits: Tensor, own: Tensor) -> Tensor:
        """Return logits `(N, T, classes)` as they leave the head; `own`, `(N, T)`, tells a line's own frames."""
        return logits


class VisionHead(TransformerHead):
    """The Transformer of HTR-VT.

    In training spans of frames are replaced by a learnt vector. Positions are those of a grid of one row: half of
    the features, which tell the row, are the same in all frames. Scores are brought to mean 0 and variance 1 over
    line and classes. Differs from the published code where lines have unlike widths: spans are drawn for each line
    within its own frames (published: once for the batch), and positions and scores know no fixed number of frames.

    Source: the published code of HTR-VT (Li, Chen, Tang, Shen), described anew; its initialisation too.
    """

    def __init__(self, features: int, classes: int, sizes: VisionSizes) -> None:
        super().__init__(features, classes, sizes)
        self.span_share = sizes.span_share
        self.span_frames = sizes.span_frames
        self.mask_token = nn.Parameter(torch.empty(features))
        nn.init.normal_(self.mask_token, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def placed(self, sequence: Tensor, frames: Sequence[int]) -> Tensor:
        """Hide spans in training and add positions to `(N, T, C)`."""
        total, features = sequence.shape[1:]
        if self.training:
            hidden = hidden_spans(frames, total, self.span_share, self.span_frames, sequence.device)
            sequence = torch.where(hidden.unsqueeze(-1), self.mask_token.to(sequence.dtype), sequence)
        row = sine_positions(1, features // 2, sequence.device).expand(total, -1)
        return sequence + torch.cat([row, sine_positions(total, features // 2, sequence.device)], dim=1)

    def scored(self, logits: Tensor, own: Tensor) -> Tensor:
        """Standardise logits `(N, T, classes)` over a line's own frames and all classes."""
        return standardised(logits, own.unsqueeze(-1))


def hidden_spans(frames: Sequence[int], total: int, share: float, span: int, device: torch.device) -> Tensor:
    """Draw spans that together cover `share` of each line's own frames, unless they overlap: bool, shape (N, T)."""
    counts = [int(count * share) // span for count in frames]
    lengths = torch.tensor(frames, device=device)[:, None]
    starts = (torch.rand(len(counts), max(*counts, 1), device=device) * (lengths - span + 1)).long()
    starts = starts.masked_fill(~own_frames(counts, starts.shape[1], device), total)
    places = torch.arange(total, device=device)[:, None]
    return ((places >= starts[:, None]) & (places < starts[:, None] + span)).any(-1)

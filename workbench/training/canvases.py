"""The lines of a run on their canvases, made once and looked up for each batch."""

from collections.abc import Sequence

import torch
from torch import Tensor

from workbench.training.batches import beside, canvases
from workbench.training.lines import Layout, Line, Pixels

_RESIDENT_SHARE = 0.25
"""Part of a GPU's free memory that lines may take."""


class Canvases:
    """Uint8 canvases of all lines.

    On a GPU they lie in its memory, so that a batch is put together there and nothing but numbers goes to it at each
    step; where they would take too much of it, they stay here. On a CPU those with the published background are kept,
    whose medians take far longer than the copy.
    """

    def __init__(self, lines: Sequence[Line], layout: Layout, device: torch.device) -> None:
        self._lines = lines
        self._layout = layout
        self._device = device
        self._made: dict[int, Pixels] = {}
        self._resident = self._everything() if self._fits() else None

    def _fits(self) -> bool:
        if self._device.type != "cuda" or not self._lines:
            return False
        width = max(line.size.padded_width for line in self._lines)
        size = len(self._lines) * self._layout.preprocessing.line_height_px * width
        return size <= _RESIDENT_SHARE * torch.cuda.mem_get_info(self._device)[0]

    def _everything(self) -> Tensor:
        return torch.from_numpy(canvases(self._lines, self._layout)).to(self._device)

    def of(self, indices: Sequence[int]) -> Tensor:
        """Canvases of some lines on the device, uint8 of shape (N, H, W), as wide as the widest of them asks for."""
        if self._resident is None:
            return torch.from_numpy(self._collated(indices)).to(self._device)
        width = max(self._lines[at].size.padded_width for at in indices)
        return self._resident[torch.tensor(indices).to(self._device), :, :width]

    def _collated(self, indices: Sequence[int]) -> Pixels:
        lines = [self._lines[at] for at in indices]
        if self._layout.preprocessing.background == "paper":
            return canvases(lines, self._layout)
        for at, line in zip(indices, lines, strict=True):
            if at not in self._made:
                self._made[at] = canvases([line], self._layout)[0]
        return beside([self._made[at] for at in indices])

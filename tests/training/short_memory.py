"""Networks that want more memory than there is, raising what PyTorch raises; what they compute is real."""

import torch

from workbench.models.registry import build
from workbench.training import loop

CUDA_SAYS = "CUDA out of memory. Tried to allocate 2.00 GiB."


class ShortMemory(torch.nn.Module):
    """Raises for more lines at a time than it is told to hold, in training and in evaluation."""

    def __init__(self, network, training=10**6, reading=10**6, *, error=None):
        super().__init__()
        self.network = network
        self.most = {True: training, False: reading}
        self.error = error or torch.OutOfMemoryError(CUDA_SAYS)

    def forward(self, images, frames):
        output = self.network(images, frames)  # the statistics of normalisation have changed by now
        if len(frames) > self.most[self.training]:
            raise self.error
        return output

    def state_dict(self, *arguments, **options):
        return self.network.state_dict(*arguments, **options)

    def load_state_dict(self, state, *arguments, **options):
        return self.network.load_state_dict(state, *arguments, **options)


def hold_at_most(monkeypatch, **limits):
    """Let the networks of runs hold so many lines at a time."""
    monkeypatch.setattr(loop, "build", lambda spec, classes: ShortMemory(build(spec, classes), **limits))

"""A network as it reads: each BatchNorm folded into the convolution before it."""

from copy import deepcopy
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(network: nn.Module) -> nn.Module:
    """Return a copy of a network for evaluation, in which no BatchNorm that follows a convolution is left.

    In evaluation a BatchNorm is a factor and a summand per channel, which the convolution's own weights can hold: the
    same function up to rounding, without a pass over the largest tensors. The network itself stays as it is.
    """
    copy = deepcopy(network).eval()
    for module in copy.modules():
        if isinstance(module, nn.Sequential):
            _fold_pairs(module)
    return copy


def _fold_pairs(layers: nn.Sequential) -> None:
    for at, (first, second) in enumerate(pairwise(layers)):
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            layers[at] = fuse_conv_bn_eval(first, second)
            layers[at + 1] = nn.Identity()

"""Learning rate as a pure function of the step, so that a resumed run needs to know nothing else."""

import math

from workbench.study.schema import Training

_START_DIVISOR = 25.0
_END_DIVISOR = 1e4
_MILESTONE_FACTOR = 0.1


def learning_rate(training: Training, step: int, steps: int) -> float:
    """Learning rate of an update.

    Parameters
    ----------
    step : int
        Number of the update, 1 to `steps`.

    Notes
    -----
    `one_cycle` rises by a cosine from a 25th of the rate to the rate within `warmup_share` of the run, and falls by
    a cosine to a 10,000th of where it began (the defaults of PyTorch's OneCycleLR). `milestones` (published)
    divides by ten after each share of the run.
    """
    peak = training.learning_rate
    match training.schedule:
        case "constant":
            return peak
        case "milestones":
            passed = sum(step > share * steps for share in training.milestone_shares)
            return peak * _MILESTONE_FACTOR**passed
        case "one_cycle":
            return _one_cycle(peak, training.warmup_share, step, steps)


def _one_cycle(peak: float, warmup_share: float, step: int, steps: int) -> float:
    start = peak / _START_DIVISOR
    done = (step - 1) / max(steps - 1, 1)
    if done < warmup_share:
        return _cosine(start, peak, done / warmup_share)
    return _cosine(peak, start / _END_DIVISOR, (done - warmup_share) / (1 - warmup_share))


def _cosine(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2

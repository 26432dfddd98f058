"""Samples of lines: seeded, nested, and the same whichever other data sets take part."""

import hashlib
from collections.abc import Collection

from workbench.data.splits import shuffled
from workbench.files import canonical_json
from workbench.study.schema import SplitRule


def draw_lines(
    pool: Collection[str], *, fingerprint: str, rule: SplitRule, exclusions: Collection[str] = (), draw: int
) -> tuple[str, ...]:
    """Give the whole pool in the order of a draw: its first K lines are the draw of K lines, for every K.

    Parameters
    ----------
    pool : collection of str
        Ids of the training part. Their order does not matter.
    fingerprint, rule, exclusions, draw
        What the draw depends on, and nothing else: the data set, how it was split, which training lines no arm
        may use (they are left out of the result), and the number of the draw.

    Returns
    -------
    tuple of str
        Every id of the pool that is not excluded, once.
    """
    return _permuted("train", pool, fingerprint, rule, exclusions, draw)


def draw_validation(
    pool: Collection[str], *, fingerprint: str, rule: SplitRule, exclusions: Collection[str] = (), draw: int
) -> tuple[str, ...]:
    """Give the whole validation part in the order of a draw; see :func:`draw_lines`."""
    return _permuted("validation", pool, fingerprint, rule, exclusions, draw)


def _permuted(
    purpose: str, pool: Collection[str], fingerprint: str, rule: SplitRule, exclusions: Collection[str], draw: int
) -> tuple[str, ...]:
    left_out = frozenset(exclusions)
    ids = sorted(set(pool) - left_out)
    digest = hashlib.sha256(canonical_json(sorted(left_out)).encode()).hexdigest()
    return tuple(ids[at] for at in shuffled(len(ids), "draw", purpose, fingerprint, rule, digest, draw))

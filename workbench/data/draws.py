"""Samples of lines: seeded, nested, and the same whichever other data sets take part."""

import hashlib
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence

from workbench.data.identifiers import natural_key
from workbench.data.splits import shuffled
from workbench.files import canonical_json


def draw_lines(
    pool: Collection[str],
    *,
    fingerprint: str,
    rule: str,
    exclusions: Collection[str] = (),
    draw: int,
    writers: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Give the whole pool in the order of a draw: its first K lines are the draw of K lines, for every K.

    The draw of K characters is the shortest beginning of the same order that has K characters: see
    :func:`lines_for`.

    Parameters
    ----------
    pool : collection of str
        Ids of the training part. Their order does not matter.
    fingerprint, rule, exclusions, draw
        What the draw depends on, and nothing else: the data set, how it was split (see
        :func:`workbench.data.splits.rule_key`), which training lines no arm may use (they are left out of the
        result), and the number of the draw.
    writers : mapping, optional
        Writer of each line: a stratified draw. Writers then take turns, in an order drawn anew for each turn, and
        each gives the next of its lines in random order until it has no more. So any K lines come from as many
        writers as K lines can, and no two writers that still have lines differ by more than one line. Shares
        in proportion to the writers' lines, which a plain draw has on average, are given up for that.

    Returns
    -------
    tuple of str
        Every id of the pool that is not excluded, once.
    """
    key = _key("train", fingerprint, rule, exclusions, draw)
    if writers is None:
        return _permuted(pool, exclusions, key)
    return _in_turns(_permuted(pool, exclusions, (*key, "writers")), writers, (*key, "writers"))


def draw_validation(
    pool: Collection[str], *, fingerprint: str, rule: str, exclusions: Collection[str] = (), draw: int
) -> tuple[str, ...]:
    """Give the whole validation part in the order of a draw; see :func:`draw_lines`."""
    return _permuted(pool, exclusions, _key("validation", fingerprint, rule, exclusions, draw))


def lines_for(order: Sequence[str], k: int, characters: Mapping[str, int] | None = None) -> int:
    """Tell how many lines, from the beginning of a draw's order, are the draw of K.

    Parameters
    ----------
    order : sequence of str
        As :func:`draw_lines` gives it.
    k : int
        Lines, or characters.
    characters : mapping, optional
        Length of each line's transcription. With it K counts characters, and the answer is the smallest number of
        lines that have at least K of them.

    Returns
    -------
    int
        All lines of the order where there are not enough.
    """
    if characters is None:
        return min(k, len(order))
    reached = 0
    for count, line_id in enumerate(order, start=1):
        reached += characters[line_id]
        if reached >= k:
            return count
    return len(order)


def permuted_characters(characters: Collection[str], *, fingerprint: str, draw: int) -> tuple[tuple[str, str], ...]:
    """Give a fixed random map of a data set's characters onto themselves, in which none but the blank stays.

    It depends on the data set, its characters and the draw; K and the other data sets do not matter.

    Returns
    -------
    tuple of (str, str)
        (read, trained) pairs in the order of the first; empty where there are fewer than two characters.
    """
    letters = sorted(set(characters) - {" "})
    if len(letters) < 2:
        return ()
    # Each letter becomes the next one of a random circle: no letter can stay what it is.
    circle = [letters[at] for at in shuffled(len(letters), "permuted characters", fingerprint, draw)]
    return tuple(sorted(zip(circle, (*circle[1:], circle[0]), strict=True)))


def _key(purpose: str, fingerprint: str, rule: str, exclusions: Collection[str], draw: int) -> tuple[str | int, ...]:
    digest = hashlib.sha256(canonical_json(sorted(frozenset(exclusions))).encode()).hexdigest()
    return "draw", purpose, fingerprint, rule, digest, draw


def _permuted(pool: Collection[str], exclusions: Collection[str], key: tuple[str | int, ...]) -> tuple[str, ...]:
    ids = sorted(set(pool) - frozenset(exclusions))
    return tuple(ids[at] for at in shuffled(len(ids), *key))


def _in_turns(order: Sequence[str], writers: Mapping[str, str], key: tuple[str | int, ...]) -> tuple[str, ...]:
    left: dict[str, deque[str]] = defaultdict(deque)
    for line_id in order:
        left[writers[line_id]].append(line_id)
    found: list[str] = []
    turn = 0
    while len(found) < len(order):
        names = sorted((name for name, lines in left.items() if lines), key=natural_key)
        found += [left[names[at]].popleft() for at in shuffled(len(names), *key, "turn", turn)]
        turn += 1
    return tuple(found)

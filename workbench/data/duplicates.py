"""Lines that occur more than once, within a data set or in several: by text, by image file, by what the image shows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from workbench.data.catalog import OpenedDataset
from workbench.data.image_hashes import WORDS, Hashes, image_hash, near_images
from workbench.data.line import TextLine
from workbench.runs.control import Control
from workbench.text.normalize import normalise

DuplicateKind = Literal["same_text", "same_text_but_blanks", "same_image", "similar_image"]


class Member(NamedTuple):
    """One of the lines that are alike."""

    dataset: str
    line: TextLine


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Lines that are alike, at least two."""

    kind: DuplicateKind
    value: str
    """The text (blanks collapsed where they differ), the sha256 of the image file, or the first image's hash in hex."""
    members: tuple[Member, ...]


def duplicate_texts(datasets: Sequence[OpenedDataset]) -> tuple[Duplicate, ...]:
    """Find transcriptions that occur more than once.

    `same_text`: the very same raw transcription. `same_text_but_blanks`: the same once runs of white space are one
    blank, and not all the same before; those groups contain the lines of `same_text` groups that fall into them.
    Lines without text are not compared.
    """
    members = _members(datasets)
    same = _groups(members, lambda member: member.line.transcription)
    collapsed = _groups(members, lambda member: normalise(member.line.transcription, ("collapse_blanks",)))
    return (
        *(Duplicate("same_text", text, lines) for text, lines in same.items()),
        *(
            Duplicate("same_text_but_blanks", text, lines)
            for text, lines in collapsed.items()
            if len({member.line.transcription for member in lines}) > 1
        ),
    )


def duplicate_images(datasets: Sequence[OpenedDataset]) -> tuple[Duplicate, ...]:
    """Find lines whose image files are the same, byte by byte."""
    caches = {opened.entry.name: opened.cache for opened in datasets}
    found = _groups(_members(datasets), lambda member: caches[member.dataset].digest(member.line.id))
    return tuple(Duplicate("same_image", digest, lines) for digest, lines in found.items())


def similar_images(datasets: Sequence[OpenedDataset], control: Control | None = None) -> tuple[Duplicate, ...] | None:
    """Find lines whose images look alike though their files differ; reads every pixel. None when it was cancelled.

    Images that are alike through a third one come into one group. A group whose files are all the same is left out:
    :func:`duplicate_images` has it.
    """
    members = _members(datasets)
    caches = {opened.entry.name: opened.cache for opened in datasets}
    rows: list[Hashes] = []
    for name, line in members:
        if control is not None and control.is_cancelled:
            return None
        rows.append(image_hash(caches[name].image(line.id)))
    hashes = np.array(rows, np.uint64).reshape(-1, WORDS)
    groups = similar_groups(hashes, control)
    if groups is None:
        return None
    alike = [tuple(members[at] for at in group) for group in groups]
    return tuple(
        Duplicate("similar_image", hashes[group[0]].tobytes().hex(), lines)
        for group, lines in zip(groups, alike, strict=True)
        if len({caches[member.dataset].digest(member.line.id) for member in lines}) > 1
    )


def similar_groups(hashes: Hashes, control: Control | None = None) -> tuple[tuple[int, ...], ...] | None:
    """Positions of hashes that are linked by near ones, two or more each, in order; None when it was cancelled."""
    parents = list(range(len(hashes)))
    for one, other in near_images(hashes, hashes):
        if control is not None and control.is_cancelled:
            return None
        _join(parents, one, other)
    groups: dict[int, list[int]] = defaultdict(list)
    for at in range(len(hashes)):
        groups[_root(parents, at)].append(at)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def _join(parents: list[int], one: int, other: int) -> None:
    """Bring two positions into one group; its root is the first of its positions."""
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first


def _members(datasets: Sequence[OpenedDataset]) -> list[Member]:
    return [Member(opened.entry.name, line) for opened in datasets for line in opened.lines.lines]


def _groups(members: Iterable[Member], key: Callable[[Member], str]) -> dict[str, tuple[Member, ...]]:
    """Members with the same key, where there are several; the empty key is none."""
    groups: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        groups[key(member)].append(member)
    return {value: tuple(group) for value, group in groups.items() if value and len(group) > 1}

"""Lines that occur more than once."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.data.fixtures import draw_strokes, make_texts
from tests.data.made_up import make_dataset
from workbench.data.duplicates import Duplicate, duplicate_images, duplicate_texts, similar_groups, similar_images
from workbench.data.image_hashes import near_images
from workbench.runs.control import Control


def lines() -> list[NDArray[np.uint8]]:
    """Drawn lines, ink = 255."""
    texts = make_texts("ar", 30)
    return [255 - np.asarray(draw_strokes(" ".join(texts[at : at + 5]), height=60)) for at in range(0, 30, 5)]


def paler(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (image * 0.7).astype(np.uint8)


def ids(duplicate: Duplicate) -> list[str]:
    return [f"{member.dataset}/{member.line.id}" for member in duplicate.members]


def test_texts_are_compared_raw_and_with_blanks_collapsed() -> None:
    one = make_dataset("one", ["a b", "a  b", "c", "a b", "", "e"])
    other = make_dataset("other", ["c", " a b", "", "d d"])
    found = [(each.kind, each.value, ids(each)) for each in duplicate_texts([one, other])]
    assert found == [
        ("same_text", "a b", ["one/0", "one/3"]),
        ("same_text", "c", ["one/2", "other/0"]),
        ("same_text_but_blanks", "a b", ["one/0", "one/1", "one/3", "other/1"]),
    ]


def test_image_files_are_compared_by_digest() -> None:
    one = make_dataset("one", ["a", "b", "c"], digests=["x", "y", "x"])
    other = make_dataset("other", ["d"], digests=["y"])
    assert [(each.value, ids(each)) for each in duplicate_images([one, other])] == [
        ("x", ["one/0", "one/2"]),
        ("y", ["one/1", "other/0"]),
    ]


def test_images_that_look_alike_are_found_unless_the_files_are_the_same() -> None:
    drawn = lines()[:6]
    blank = np.zeros((40, 300), np.uint8)
    one = make_dataset("one", ["t"] * 8, images=[*drawn, blank, drawn[5]], digests=[*"abcdefgf"])
    other = make_dataset("other", ["t"] * 2, images=[paler(drawn[2]), blank])
    found = similar_images([one, other])
    assert found is not None
    assert [ids(each) for each in found] == [["one/2", "other/0"]]  # 5 and 7 are one file, blank paper is no image
    assert {each.kind for each in found} == {"similar_image"}


def test_looking_for_similar_images_can_be_cancelled() -> None:
    control = Control()
    control.request("cancel")
    assert similar_images([make_dataset("one", ["t"], images=lines()[:1])], control) is None
    assert similar_groups(np.full((2, 4), 0x1111111111111111, np.uint64), control) is None


BITS = st.lists(st.lists(st.integers(0, 15), min_size=4, max_size=4), max_size=20)


@given(BITS)
def test_groups_are_the_links_of_all_pairs(rows: list[list[int]]) -> None:
    # Each number stands for a byte pattern repeated over a word, so that many hashes are near and many are not.
    hashes = np.array([[0x1111111111111111 * bits for bits in row] for row in rows], np.uint64).reshape(-1, 4)
    found = similar_groups(hashes)
    assert found is not None
    pairs = {frozenset(pair) for pair in near_images(hashes, hashes) if pair[0] != pair[1]}
    group_of = {at: number for number, group in enumerate(found) for at in group}
    for one, other in combinations(range(len(rows)), 2):
        if {one, other} in pairs:
            assert group_of[one] == group_of[other]
    for group in found:
        assert list(group) == sorted(group)
        reached, before = {group[0]}, 0
        while len(reached) > before:
            before = len(reached)
            reached |= {at for at in group for seen in reached if {at, seen} in pairs}
        assert reached == set(group)

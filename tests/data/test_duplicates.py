"""Lines that occur more than once."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.data.made_up import make_dataset
from tests.data.test_perceptual import lines, paler
from workbench.data.duplicates import Duplicate, duplicate_images, duplicate_texts, similar_groups, similar_images
from workbench.runs.control import Control


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
    assert similar_groups([1, 2], control) is None


@given(st.lists(st.integers(0, 255), max_size=30), st.integers(0, 3))
def test_groups_are_the_links_of_all_pairs(hashes: list[int], bits: int) -> None:
    found = similar_groups(hashes, bits=bits)
    assert found is not None
    group_of = {at: number for number, group in enumerate(found) for at in group}
    for one, other in combinations(range(len(hashes)), 2):
        if (hashes[one] ^ hashes[other]).bit_count() <= bits:
            assert group_of[one] == group_of[other]
    for group in found:
        assert list(group) == sorted(group)
        reached, before = {group[0]}, 0
        while len(reached) > before:
            before = len(reached)
            reached |= {at for at in group for seen in reached if (hashes[at] ^ hashes[seen]).bit_count() <= bits}
        assert reached == set(group)


def test_groups_reach_over_blocks() -> None:
    hashes = [at * 0x9E3779B97F4A7C15 % 2**64 for at in range(1, 601)]
    hashes[599] = hashes[0] ^ 1
    assert similar_groups(hashes, bits=1) == ((0, 599),)

"""What alphabets have in common: by hand, by the laws of sets, and as the protocol counted it."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.text.overlap import Overlap, overlap

FOLD = ("fold_yeh", "fold_kaf", "fold_heh", "fold_heh_doachashmee", "fold_full_stop", "fold_digits")

PUBLISHED = {
    "khatt": ("khatt/khatt_val_results_epoch_800_wih_imageid.csv",),
    "nust": (
        "nust/nust_test_results_epoch_825_wih_imageid.csv",
        "nust/nust_val_results_epoch_825_wih_imageid.csv",
    ),
    "phtd": ("phtd/phtd-final_test_results_epoch_475_with_metrics_with_imageid.csv",),
}


def test_three_small_texts() -> None:
    found = overlap({"one": ["ab", "a"], "two": ["bc"], "three": ["bcc", "d"]})
    assert found.union == ("a", "b", "c", "d")
    assert found.common == ("b",)
    assert found.shared_by("two", "three") == ("b", "c")
    assert [found.own(name) for name in found.names] == [("a",), (), ("d",)]
    assert found.pairs == ((2, 1, 1), (1, 2, 2), (1, 2, 3))
    assert [(group.names, group.characters) for group in found.groups] == [
        (("one", "two", "three"), ("b",)),
        (("two", "three"), ("c",)),
        (("one",), ("a",)),
        (("three",), ("d",)),
    ]
    assert found.share("one") == pytest.approx(1 / 3)
    assert found.share("three", "cd") == pytest.approx(3 / 4)


def test_a_fold_brings_letters_together() -> None:
    texts = {"ar": ["كتابي"], "fa": ["کتابی"]}
    assert overlap(texts).share("ar") == pytest.approx(3 / 5)
    folded = overlap(texts, ("fold_yeh", "fold_kaf"))
    assert folded.share("ar") == 1
    assert folded.steps == ("fold_yeh", "fold_kaf")
    assert len(folded.groups) == 1


def test_nothing_to_compare() -> None:
    assert overlap({}).union == overlap({}).common == ()
    empty = overlap({"one": [], "two": ["a"]})
    assert empty.common == ()
    assert empty.share("one") is None
    assert [group.shares for group in empty.groups] == [(1.0,)]


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(InputError, match="fold_jeh"):
        overlap({"one": iter(["a"])}, ("fold_jeh",))


@given(st.dictionaries(st.sampled_from("xyz"), st.lists(st.text("abcdef ", max_size=6), max_size=4), max_size=3))
def test_groups_part_the_union_and_all_running_text(texts: dict[str, list[str]]) -> None:
    found = overlap(texts)
    characters = [character for group in found.groups for character in group.characters]
    assert sorted(characters) == list(found.union)
    for name in found.names:
        shares = [
            share for group in found.groups for one, share in zip(group.names, group.shares, strict=True) if one == name
        ]
        assert found.share(name) is None or sum(shares) == pytest.approx(1)


def references(folder: Path, name: str) -> list[str]:
    """References of the published predictions of one language."""
    rows: list[str] = []
    for file in PUBLISHED[name]:
        with (folder / "published_predictions" / file).open(encoding="utf-8-sig", newline="") as opened:
            rows += [row["GroundTruth"] for row in csv.DictReader(opened)]
    return rows


def percent(found: Overlap) -> list[float]:
    return [round(100 * (found.share(name) or 0), 1) for name in found.names]


@pytest.mark.real_lines
def test_alphabets_of_the_published_references(real_lines: Path) -> None:
    """Agreement with section 5 of the protocol, which counted train, validation and test.

    At hand are KHATT's validation part, NUST's validation and test parts and PHTD's test part. Exact: the sizes of
    these parts' alphabets (70, 98, 95, 54), the characters that NUST and PHTD share (49), the letters common to all
    (32). Bounds only: everything that grows with the parts that are missing (KHATT 89, NUST 116, union 137, common
    43, KHATT with NUST 70). KHATT with PHTD has 43 of 46, and PHTD has 4 characters of its own instead of 2, because
    rare signs occur only in KHATT's other parts.
    """
    found = overlap({name: references(real_lines, name) for name in PUBLISHED})
    assert found.pairs == ((70, 63, 43), (63, 102, 49), (43, 49, 54))
    assert (len(found.union), len(found.common)) == (113, 42)
    assert sum(character.isalpha() for character in found.common) == 32
    assert [len(found.own(name)) for name in found.names] == [6, 32, 4]
    nust = references(real_lines, "nust")
    parts = overlap({"test": nust[:1061], "val": nust[1061:]})
    assert (parts.pairs[0][0], parts.pairs[1][1]) == (98, 95)
    # PHTD as in the protocol. KHATT and NUST lie 0.1 above its 95.7 and 69.7, which were counted over more parts.
    assert percent(found) == [95.8, 69.8, 89.4]


@pytest.mark.real_lines
def test_folding_of_the_published_references(real_lines: Path) -> None:
    """Confound 8: 98.0 / 89.3 / 97.7 % after the fold. The protocol's fold of Heh takes Heh Doachashmee along."""
    texts = {name: references(real_lines, name) for name in PUBLISHED}
    found = overlap(texts, FOLD)
    assert percent(found) == [98.0, 89.3, 97.7]
    assert len(found.union) <= 115  # of all parts; 99 of those at hand
    strict = overlap(texts, tuple(step for step in FOLD if step != "fold_heh_doachashmee"))
    assert percent(strict) == [98.0, 88.1, 97.7]

"""Letters of one skeleton, and code points of one letter."""

from workbench.study.conditions import FOLDING_STEPS
from workbench.text.joining import JOINING_GROUPS
from workbench.text.letter_groups import DOT_GROUPS, DOTTED, dot_group, glyphs_of, is_told_by_dots

ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىآأؤإئ"
PERSIAN = "پچژگکی"
URDU = "ٹڈڑںہھےۓ"


def test_every_letter_of_the_three_languages_has_a_group():
    assert [letter for letter in ARABIC + PERSIAN + URDU if dot_group(letter) is None] == []
    assert dot_group("ء") is None  # joins nothing, has no skeleton
    assert dot_group("a") is None


def test_groups_are_what_readers_of_the_script_expect():
    for letters in ("بتثپٹ", "جحخچ", "دذڈ", "رزژڑ", "سش", "صض", "طظ", "عغ", "فق", "كکگ", "هہھة", "يیى"):
        assert len({dot_group(letter) for letter in letters}) == 1, letters
    assert dot_group("ن") != dot_group("ب")


def test_the_title_of_a_group_names_letters_of_it():
    for name in DOT_GROUPS:
        named = name.partition("(")[2].strip(")").split()
        assert {dot_group(letter) for letter in named} == {name}
    assert set(DOTTED) < set(DOT_GROUPS)


def test_groups_share_no_joining_group_and_all_exist():
    members = [group for groups in DOT_GROUPS.values() for group in groups]
    assert len(members) == len(set(members))
    assert set(members) <= set(JOINING_GROUPS)


def test_dots_tell_letters_apart_only_where_there_are_several():
    assert [letter for letter in "بشلم" if is_told_by_dots(letter)] == ["ب", "ش"]
    assert not is_told_by_dots(" ")


def test_glyphs_bring_code_points_of_one_letter_together():
    glyphs = glyphs_of("يیىكکهہھ٣۳3۔.ب", FOLDING_STEPS)
    assert glyphs["ي"] == glyphs["ی"] == glyphs["ى"]
    assert glyphs["ك"] == glyphs["ک"]
    assert glyphs["ه"] == glyphs["ہ"] != glyphs["ھ"]
    assert glyphs["٣"] == glyphs["۳"] == glyphs["3"]
    assert glyphs["۔"] == glyphs["."]
    assert glyphs["ب"] == "ب"

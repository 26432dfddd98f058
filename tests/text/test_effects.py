"""What steps would change, counted against the steps themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.text.effects import each_alone, effects
from workbench.text.normalize import STEPS, normalise

TEXTS = st.lists(st.text("ا\u0653كکيیىہهھ۔.٣۳3ـ\u064eﻻﷲ  \u200f", max_size=12), max_size=5)
ORDERS = st.lists(st.sampled_from(list(STEPS)), unique=True, max_size=4).map(tuple)


def test_a_fold() -> None:
    (found,) = effects(["كيك", "کیک", "ي ي"], ("fold_yeh",))
    assert (found.lines, found.characters, found.length_before, found.length_after) == (2, 3, 9, 9)
    assert found.counts == (("ي", 3, 0), ("ی", 1, 4))
    assert found.examples == (("كيك", "كیك"), ("ي ي", "ی ی"))


def test_each_step_sees_what_the_ones_before_have_left() -> None:
    forms, fold = effects(["ﻛ"], ("presentation_forms", "fold_kaf"))
    assert (forms.counts, fold.counts) == ((("ك", 0, 1), ("ﻛ", 1, 0)), (("ك", 1, 0), ("ک", 0, 1)))
    fold, forms = effects(["ﻛ"], ("fold_kaf", "presentation_forms"))
    assert (fold.lines, forms.lines) == (0, 1)


def test_a_change_of_order_changes_lines_and_no_counts() -> None:
    (found,) = effects(["ب\u0651\u064e"], ("nfc",))
    assert (found.lines, found.characters, found.counts) == (1, 0, ())


@given(TEXTS, ORDERS)
def test_effects_add_up_to_the_normalised_texts(texts: list[str], steps: tuple[str, ...]) -> None:
    found = effects(texts, steps)
    assert [effect.step for effect in found] == list(steps)
    length = sum(map(len, texts))
    for effect in found:
        assert effect.length_before == length
        assert effect.length_after - effect.length_before == effect.added - effect.removed
        length = effect.length_after
        assert len(effect.examples) <= min(effect.lines, 3)
    assert length == sum(len(normalise(text, steps)) for text in texts)


@given(TEXTS)
def test_each_alone(texts: list[str]) -> None:
    found = each_alone(texts)
    assert [effect.step for effect in found] == list(STEPS)
    for effect in found:
        assert effect.lines == sum(normalise(text, (effect.step,)) != text for text in texts)


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(InputError, match="fold_yhe"):
        effects(["a"], ("fold_yhe",))


def test_json_holds_examples_and_counts() -> None:
    (found,) = effects(["ي"], ("fold_yeh",))
    assert found.to_json()["counts"][0] == {"code_point": "U+064A ي YEH", "before": 1, "after": 0}
    assert found.to_json()["examples"] == [{"before": "ي", "after": "ی"}]

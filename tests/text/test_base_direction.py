"""Which way the lines of a language run."""

import pytest

from workbench.text.base_direction import base_direction


@pytest.mark.parametrize("language", ["ar", "ur", "fa", "ckb", "ota", "ar-EG", "UR", ""])
def test_languages_of_the_arabic_script_run_to_the_left(language: str) -> None:
    assert base_direction(language) == "rtl"


@pytest.mark.parametrize("language", ["en", "de-AT", "TR"])
def test_others_run_to_the_right(language: str) -> None:
    assert base_direction(language) == "ltr"

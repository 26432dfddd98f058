"""Which of the things that only make training faster are switched off."""

import pytest

from workbench.errors import InputError
from workbench.settings import LEVERS, is_plain, switched_off


@pytest.mark.parametrize(
    ("value", "off"),
    [
        ("", ()),
        ("0", ()),
        ("1", LEVERS),
        ("own_ctc", ("own_ctc",)),
        ("own_ctc, allocator", ("allocator", "own_ctc")),
    ],
)
def test_all_or_some_levers_are_switched_off(monkeypatch: pytest.MonkeyPatch, value: str, off: tuple[str, ...]) -> None:
    monkeypatch.setenv("HTR_WORKBENCH_PLAIN", value)
    assert switched_off() == off
    assert [lever for lever in LEVERS if is_plain(lever)] == list(off)


def test_none_is_off_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTR_WORKBENCH_PLAIN", raising=False)
    assert switched_off() == ()


def test_a_name_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTR_WORKBENCH_PLAIN", "own_ctc,chanels_last")
    with pytest.raises(InputError, match="chanels_last") as raised:
        switched_off()
    assert "channels_last" in (raised.value.hint or "")

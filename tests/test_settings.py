"""Preferences: a file that is broken costs what is broken in it, and is kept; what is switched off of the levers."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as cases
from hypothesis import strategies as st

from workbench import settings
from workbench.errors import InputError
from workbench.settings import LEVERS, Settings, is_plain, switched_off

CHOSEN = Settings(
    last_workspace="/a/متن", recent_workspaces=("/a/متن", "/b"), device="cpu", scheme="dark", text_size_pt=20
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HTR_WORKBENCH_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return settings.settings_file()


def test_what_is_saved_is_loaded_and_nothing_is_wrong_with_it(file: Path) -> None:
    assert (settings.load(), settings.problem()) == (Settings(), "")
    settings.save(CHOSEN)
    assert (settings.load(), settings.problem()) == (CHOSEN, "")
    settings.save(CHOSEN.model_copy(update={"text_size_pt": 9}))
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


def check_any(file: Path, content: bytes) -> None:
    """Whatever the file holds there are settings; what was wrong is told, and is kept when they are saved."""
    file.write_bytes(content)
    settings.kept_aside().unlink(missing_ok=True)
    found, problem = settings.load(), settings.problem()
    settings.save(found)
    assert (settings.load(), settings.problem()) == (found, "")
    assert settings.kept_aside().exists() == bool(problem)
    assert not problem or settings.kept_aside().read_bytes() == content


@cases(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary())
@example(b"")
@example(b"[" * 50_000)
@example(b'{"recent_workspaces": ["\\ud800", "\\udcff"]}')
@example(b'{"last_workspace": "a\\u0000b", "text_size_pt": 1e400}')
def test_any_bytes(file: Path, content: bytes) -> None:
    check_any(file, content)


@cases(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(list(Settings.model_fields)), JSON))
def test_any_values(file: Path, values: dict[str, object]) -> None:
    check_any(file, json.dumps(values).encode())


@cases(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 200), st.sampled_from(["cut", "bit", "zeros"]))
def test_a_file_that_was_good(file: Path, at: int, how: str) -> None:
    settings.save(CHOSEN)
    good = bytearray(file.read_bytes())
    at %= len(good)
    match how:
        case "cut":
            good = good[:at]
        case "bit":
            good[at] ^= 1 << at % 8
        case _:
            good[at:] = bytes(len(good) - at)
    check_any(file, bytes(good))


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

"""Where no window can be opened, the reason is said before Qt ends the process."""

import sys

import pytest

from workbench.diagnosis import display
from workbench.errors import InputError


def test_no_display_is_said(monkeypatch: pytest.MonkeyPatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not display.has_display()
    with pytest.raises(InputError, match=r"there is no display.*demo --headless"):
        display.check_display()


@pytest.mark.skipif(sys.platform != "linux", reason="X11 is asked on Linux only")
def test_an_x_server_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISPLAY", "localhost:4711")
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(display, "_X11_LIBRARIES", ())
    with pytest.raises(InputError, match="does not answer"):
        display.check_display()


def test_missing_system_libraries_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISPLAY", ":99")
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(display, "_X11_LIBRARIES", ("libnowhere.so.0",))
    with pytest.raises(InputError, match=r"libnowhere\.so\.0.*system_libraries"):
        display.check_display()

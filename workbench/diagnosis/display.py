"""Whether a window can be opened, told before Qt is asked: it would end the process without a word to act on."""

import ctypes
import os
import sys
from contextlib import suppress

from workbench.errors import InputError

_X11_LIBRARIES = ("libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-keysyms.so.1", "libxkbcommon-x11.so.0")
"""What Qt's window plug-in for X11 needs beside Qt; a bare system lacks them."""


def has_display() -> bool:
    """Tell whether there is a screen to open a window on (always, outside Linux and other X11 systems)."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_display() -> None:
    """Make sure that Qt will be able to open a window.

    Raises
    ------
    InputError
        When there is no display, its server does not answer, or system libraries are missing.
    """
    if not has_display():
        raise InputError(
            "The window cannot be opened",
            "there is no display ($DISPLAY and $WAYLAND_DISPLAY are not set)",
            "Use the commands ('htr-workbench --help'), for example 'htr-workbench demo --headless'.",
        )
    uses_x11 = os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and uses_x11 and not os.environ.get("QT_QPA_PLATFORM"):
        _check_x11()


def _check_x11() -> None:
    missing = [name for name in _X11_LIBRARIES if _load(name) is None]
    if missing:
        raise InputError(
            "The window cannot be opened",
            f"system libraries of Qt are missing: {', '.join(missing)}",
            "On Debian or Ubuntu, tools/system_libraries.sh installs them; the commands work without.",
        )
    if not _x_server_answers():
        raise InputError(
            "The window cannot be opened",
            f"the X server at DISPLAY={os.environ['DISPLAY']} does not answer",
            "Check $DISPLAY, or use the commands ('htr-workbench --help').",
        )


def _load(name: str) -> ctypes.CDLL | None:
    with suppress(OSError):
        return ctypes.CDLL(name)
    return None


def _x_server_answers() -> bool:
    xcb = _load("libxcb.so.1")
    if xcb is None:
        return True  # Qt brings its own way; let it speak
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers

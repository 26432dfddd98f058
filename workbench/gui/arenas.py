"""Few arenas of the C library's memory, for a program that starts a thread for every job.

glibc gives threads arenas of their own, eight for each core, and what a thread frees stays in its arena. A window that
does each job in a new thread spreads what it keeps over all of them, and grew by 6 MB with every study that ended
while what was in use stayed level (docs/performance.md); with two arenas it does not. Training processes are not meant:
they are others, and keep their pages on purpose.
"""

import ctypes

ARENAS = 2
"""One for the window's thread, one for all others."""
_M_ARENA_MAX = -8
"""glibc's <malloc.h>."""


def limit_arenas() -> bool:
    """Let all later threads share :data:`ARENAS`; return whether the C library knows how (glibc does)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl; macOS; Windows knows no program without a name
        return False
    return mallopt(_M_ARENA_MAX, ARENAS) == 1

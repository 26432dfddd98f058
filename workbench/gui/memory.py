"""How the C library keeps memory, for a program that stays open for days and starts a thread for every job.

glibc gives threads arenas of their own, eight for each core, in which what they freed stays; and with every large block
that is freed it gives later ones less readily back: up to 64 MB at the end of each arena. So a window in which studies
were trained grew by 6 MB with each of them, while what was in use stayed level (docs/performance.md). With few arenas
and fixed limits it does not. Training processes are not meant: they are others, and keep their pages on purpose.
"""

import ctypes

ARENAS = 2
"""One for the window's thread, one for all others."""
KEPT_BYTES = 2**20
"""Larger blocks are the system's own, and so much free memory at the end of an arena is given back."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""glibc's <malloc.h>."""


def give_back_memory() -> bool:
    """Let this process give back what it no longer uses; return whether the C library knows how (glibc does)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl; macOS; Windows knows no program without a name
        return False
    wishes = ((_M_ARENA_MAX, ARENAS), (_M_MMAP_THRESHOLD, KEPT_BYTES), (_M_TRIM_THRESHOLD, KEPT_BYTES))
    return sum(mallopt(which, value) for which, value in wishes) == len(wishes)

"""A stretch of a test in which the process can hardly grow."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def little_memory(more_bytes: int) -> Iterator[None]:
    """Let the address space of this process grow by so many bytes at most, until the block ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

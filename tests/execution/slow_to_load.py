"""A trainer that takes long to load, as torch does on a slow disk; tests end its process before it has."""

import time

from tests.execution.scripted import train

__all__ = ["train"]

time.sleep(60)

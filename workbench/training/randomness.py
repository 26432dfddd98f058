"""Random draws that depend on what they are for, never on what was drawn before.

Keyed by (seed, epoch, line) or (seed, step), every draw is the same after a resume, in any order, on any machine.
"""

import hashlib

import numpy as np
import torch

from workbench.files import canonical_json

Key = str | int


def _digest(key: tuple[Key, ...]) -> bytes:
    return hashlib.sha256(canonical_json(list(key)).encode()).digest()


def stream(*key: Key) -> np.random.Generator:
    """Return numpy's Philox generator for a key."""
    return np.random.Generator(np.random.Philox(key=np.frombuffer(_digest(key)[:16], dtype=np.uint64)))


def seed_torch(*key: Key) -> None:
    """Seed torch's generators (initial weights, dropout) for a key, on all devices."""
    torch.manual_seed(int.from_bytes(_digest(key)[:8], "big") >> 1)

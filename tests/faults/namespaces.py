"""Disks of one's own: a program runs where its mounts are seen by nobody else and vanish with it."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def can_mount() -> bool:
    """Tell whether this user may mount a disk in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    try_it = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp"]
    return subprocess.run(try_it, capture_output=True, timeout=20).returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="unshare -m and mount are not permitted here")


def run_apart(module: str, *arguments: object, timeout_s: float = 120) -> Any:
    """Run a module of the tests in a mount namespace of its own; return what its last line says, which is JSON."""
    ended = subprocess.run(
        ["unshare", "-m", sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])

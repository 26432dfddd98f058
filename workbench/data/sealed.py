"""JSON files with a checksum in their first line: read whole and right, or not at all."""

import hashlib
import json
from pathlib import Path
from typing import Any

from workbench import files


def write_sealed(path: Path, value: Any) -> None:
    """Write a value; see :func:`workbench.files.replacing` for errors."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    files.write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def read_sealed(path: Path) -> Any:
    """Value of a sealed file; None where it is missing, torn or changed."""
    try:
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != seal:
        return None
    return json.loads(body)

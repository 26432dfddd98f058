"""JSON files with a checksum in their first line: read whole and right, or not at all.

Long lists are written and read in pieces: a file of many megabytes that is parsed in one step holds the interpreter's
lock meanwhile, and the window stands still.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from workbench import files

_SEAL = "htr-workbench sealed 2 "
"""Before the checksum. Files of the first form, one value after a bare checksum, are taken for damaged: made anew."""
_ITEMS_PER_PIECE = 1_000


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write named JSON values; see :func:`workbench.files.replacing` for errors."""
    body = b"".join(
        json.dumps([name, piece], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for name, content in value.items()
        for piece in _pieces(content)
    )
    files.write_bytes(path, f"{_SEAL}{hashlib.sha256(body).hexdigest()}\n".encode() + body)


def _pieces(content: Any) -> Iterator[Any]:
    """Give a list in parts, of which an empty one has one; anything else as it is."""
    if not isinstance(content, list):
        yield content
        return
    for begin in range(0, max(1, len(content)), _ITEMS_PER_PIECE):
        yield content[begin : begin + _ITEMS_PER_PIECE]


def read_sealed(path: Path) -> dict[str, Any] | None:
    """Values of a sealed file by name; None where it is missing, torn or changed."""
    try:
        seal, _, body = files.read_plain(path).partition(b"\n")
    except OSError:
        return None
    if f"{_SEAL}{hashlib.sha256(body).hexdigest()}".encode() != seal:
        return None
    value: dict[str, Any] = {}
    try:
        for line in BytesIO(body):
            name, piece = json.loads(line)
            if name in value:
                value[name] += piece
            else:
                value[name] = piece
    except (ValueError, TypeError, RecursionError):  # sealed by another hand: the checksum is no secret
        return None
    return value

"""Texts of many lines as one piece of bytes, which is quickly taken apart again, whatever the texts hold."""

import json
from collections.abc import Sequence

from workbench.text.search import LineFinder

BLOCK_LINES = 256
"""Lines of a block: some tens of kilobytes, read from the disk in one go."""

_AS_JSON = "\x00"
_PLAIN, _WIDE = b"a", b"w"
"""ASCII, or as Arabic text lies in memory: that is read thirty times as fast as UTF-8, and hardly larger."""


def packed(texts: Sequence[str]) -> bytes:
    """Join texts; at least one."""
    joined = "\n".join(texts)
    if joined.startswith(_AS_JSON) or joined.count("\n") != len(texts) - 1:
        joined = _AS_JSON + json.dumps(list(texts), ensure_ascii=False)
    return _PLAIN + joined.encode("ascii") if joined.isascii() else _WIDE + joined.encode("utf-16-le", "surrogatepass")


def _joined(body: bytes) -> str:
    return body[1:].decode("ascii") if body.startswith(_PLAIN) else body[1:].decode("utf-16-le", "surrogatepass")


def unpacked(body: bytes) -> list[str]:
    """Undo :func:`packed`."""
    joined = _joined(body)
    return json.loads(joined[1:]) if joined.startswith(_AS_JSON) else joined.split("\n")


def found_in(body: bytes, finder: LineFinder) -> list[int]:
    """Return which of the packed texts a search finds."""
    joined = _joined(body)
    if joined.startswith(_AS_JSON):
        return [number for number, text in enumerate(json.loads(joined[1:])) if finder.matches(text)]
    return finder.lines(joined)

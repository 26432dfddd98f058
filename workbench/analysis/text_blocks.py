"""Texts of many lines as one piece of bytes, which is quickly taken apart again, whatever the texts hold."""

import json
from collections.abc import Sequence

from workbench.text.search import LineFinder

BLOCK_LINES = 256
"""Lines of a block: some tens of kilobytes, read from the disk in one go."""

_AS_JSON = "\x00"


def packed(texts: Sequence[str]) -> bytes:
    """Join texts; at least one."""
    joined = "\n".join(texts)
    if joined.startswith(_AS_JSON) or joined.count("\n") != len(texts) - 1:
        joined = _AS_JSON + json.dumps(list(texts), ensure_ascii=False)
    return joined.encode("utf-8", "surrogatepass")


def unpacked(body: bytes) -> list[str]:
    """Undo :func:`packed`."""
    joined = body.decode("utf-8", "surrogatepass")
    return json.loads(joined[1:]) if joined.startswith(_AS_JSON) else joined.split("\n")


def found_in(body: bytes, finder: LineFinder) -> list[int]:
    """Return which of the packed texts a search finds."""
    if body.startswith(_AS_JSON.encode()):
        return [number for number, text in enumerate(unpacked(body)) if finder.matches(text)]
    return finder.lines(body)

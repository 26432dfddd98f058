"""Texts of many lines as one piece of bytes, which is quickly taken apart again, whatever the texts hold."""

import json
import re
from collections.abc import Sequence

from workbench.text.search import LineFinder

BLOCK_LINES = 256
"""Lines of a block: some tens of kilobytes, read from the disk in one go."""

_AS_JSON = "\x00"
_PLAIN, _WIDE = b"a", b"w"
"""ASCII, or as Arabic text lies in memory: that is read thirty times as fast as UTF-8, and hardly larger."""

_LINE_END = b"\n"
_LIKE_LINE_ENDS = re.compile(f"[\u0a00-\u0aff\U00010000-\U0010ffff{''.join(chr(256 * n + 10) for n in range(1, 256))}]")
"""Characters one of whose bytes may be that of a line end."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def packed(texts: Sequence[str]) -> bytes:
    """Join texts; at least one."""
    joined = "\n".join(texts)
    if joined.startswith(_AS_JSON) or joined.count("\n") != len(texts) - 1 or _SURROGATE.search(joined):
        joined = _AS_JSON + json.dumps(list(texts))
    return _PLAIN + joined.encode("ascii") if joined.isascii() else _WIDE + joined.encode("utf-16-le")


def _joined(body: bytes) -> str:
    return body[1:].decode("ascii") if body.startswith(_PLAIN) else body[1:].decode("utf-16-le")


def unpacked(body: bytes) -> list[str]:
    """Undo :func:`packed`."""
    joined = _joined(body)
    return json.loads(joined[1:]) if joined.startswith(_AS_JSON) else joined.split("\n")


def found_in(body: bytes, finder: LineFinder, characters: str) -> list[int]:
    """Return which of the packed texts a search finds.

    Parameters
    ----------
    body : bytes
        What :func:`packed` made.
    finder : LineFinder
    characters : str
        The characters that occur in the texts.
    """
    if finder.literal and body.startswith(_WIDE) and body[1:3] != b"\0\0" and not _LIKE_LINE_ENDS.search(characters):
        return _found_in_bytes(body, finder.literal.encode("utf-16-le", "surrogatepass"))
    joined = _joined(body)
    if joined.startswith(_AS_JSON):
        return [number for number, text in enumerate(json.loads(joined[1:])) if finder.matches(text)]
    return finder.lines(joined)


def _found_in_bytes(body: bytes, wanted: bytes) -> list[int]:
    """Search without making text of the bytes first, which would take as long again."""
    found: list[int] = []
    line = begin = at = 1
    while (hit := body.find(wanted, at)) >= 0:
        if hit % 2 == 0:  # the second half of one character and the first of the next: no character begins here
            at = hit + 1
            continue
        line += body.count(_LINE_END, begin, hit)
        found.append(line - 1)
        end = body.find(_LINE_END, hit)
        if end < 0:
            break
        line, begin, at = line + 1, end + 2, end + 2
    return found

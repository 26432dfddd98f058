"""Bytes become text without guessing in silence: strict decoding only, and the encoding is told."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from workbench import files

UTF8 = "UTF-8"
CP1256 = "Windows-1256"
UTF16 = "UTF-16"
NO_ENCODING = "none that fits"
"""Where a count of encodings holds what could not be decoded."""

_CODECS = {UTF8: "utf-8-sig", CP1256: "cp1256", UTF16: "utf-16"}

_CHUNK_BYTES = 1 << 20
_CP1256_SAMPLE_BYTES = 64 << 20
"""So much of a file tells whether it is Windows-1256."""

_PAIRS = re.compile(rb"[\xd8-\xdb][\x80-\xbf]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the encoding that gave it; `text` is None where none fits."""

    text: str | None
    encoding: str


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Decode a file or a row: UTF-8 or UTF-16 by their mark, UTF-16 by its pattern, UTF-8 strictly, Windows-1256.

    Windows-1256 never fails, so it is taken only where its result looks like Arabic script. An encoding that the
    user named (:data:`UTF8`, :data:`CP1256`, :data:`UTF16`) is taken without looking, strictly.
    """
    if encoding is not None:
        return _as_told(content, encoding)
    if content.startswith(codecs.BOM_UTF8):
        content = content[3:]
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(content, "utf-16", UTF16)
    elif (byte_order := _utf16_order(content)) is not None:
        return _strict(content, byte_order, UTF16)
    utf8 = _strict(content, "utf-8", UTF8)
    return utf8 if utf8.text is not None else _cp1256(content)


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """How a file can be read as a stream of text, and what was seen on the way."""

    codec: str | None
    """For `open`; None where no encoding fits."""
    name: str
    has_nul: bool
    """It holds NUL characters: no text file."""
    fault_at: int = 0
    """Byte at which UTF-8 ends, where no encoding fits."""


def encoding_of(path: Path, encoding: str | None = None) -> FileEncoding:
    """Tell the encoding of a file that may be too large for the memory; the rules are those of :func:`decode`.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with files.open_plain(path) as file:
        head = file.read(_CHUNK_BYTES)
        codec, name = _likely_codec(head, encoding)
        file.seek(0)
        has_nul, fault_at = _look_through(file, codec)
        if fault_at is None:
            return FileEncoding(codec, name, has_nul)
        if encoding is not None or codec != "utf-8":
            return FileEncoding(None, name, has_nul, fault_at)
        file.seek(0)
        decoded = _cp1256(file.read(_CP1256_SAMPLE_BYTES))
    return FileEncoding("cp1256" if decoded.text is not None else None, decoded.encoding, has_nul, fault_at)


def _likely_codec(head: bytes, encoding: str | None) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and encoding in (None, UTF16):
        return "utf-16", UTF16
    order = _utf16_order(head[: len(head) // 2 * 2])
    if encoding == UTF16 or (encoding is None and order and not head.startswith(codecs.BOM_UTF8)):
        return order or "utf-16-le", UTF16
    if encoding == CP1256:
        return "cp1256", CP1256
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8", UTF8


def _look_through(file: IO[bytes], codec: str) -> tuple[bool, int | None]:
    """Whether a file holds NUL characters, and the byte near which it cannot be decoded."""
    decoder = codecs.getincrementaldecoder(codec)()
    has_nul = False
    at = 0
    while True:
        piece = file.read(_CHUNK_BYTES)
        try:
            has_nul = "\0" in decoder.decode(piece, final=not piece) or has_nul
        except UnicodeDecodeError as error:
            return has_nul, at + error.start
        if not piece:
            return has_nul, None
        at += len(piece)


def _as_told(content: bytes, encoding: str) -> Decoded:
    if encoding == UTF16 and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(content, "utf-16-be" if _utf16_order(content) == "utf-16-be" else "utf-16-le", encoding)
    return _strict(content, _CODECS[encoding], encoding)


def _strict(content: bytes, codec: str, name: str) -> Decoded:
    try:
        return Decoded(content.decode(codec), name)
    except UnicodeDecodeError:
        return Decoded(None, name)


def _utf16_order(content: bytes) -> str | None:
    """Byte order of UTF-16 without its mark: Arabic letters and blanks have 06 or 00 in every second place."""
    if len(content) < 4 or len(content) % 2:
        return None
    half = len(content) // 2
    for order, high in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if sum(high.count(byte) for byte in (0x00, 0x06, 0x20, 0xFB, 0xFE)) >= 0.9 * half and 0x06 in high:
            return order
    return None


def _cp1256(content: bytes) -> Decoded:
    """Damaged UTF-8 looks like Windows-1256 too: `ط§ظ„`. It is known by its many whole two-byte letters."""
    high = sum(byte >= 0x80 for byte in content)
    if 4 * len(_PAIRS.findall(content)) > high:
        return Decoded(None, "damaged UTF-8")
    text = content.decode("cp1256")
    letters = len(_ARABIC.findall(text))
    return Decoded(text if 2 * letters > high else None, CP1256)


def split_rows(text: str) -> list[str]:
    """Rows of a text file, ended by LF, CRLF or CR; nothing else (U+2028, form feed) ends a row."""
    rows = _LINE_END.split(text)
    return rows[:-1] if rows and not rows[-1] else rows


def decode_rows(content: bytes, encoding: str | None = None) -> tuple[list[str | None], Counter[str]]:
    """Rows of a text file, and how many of them each encoding gave.

    A file that is wholly UTF-8 or UTF-16, or of which the user named the encoding, is decoded as one; otherwise each
    row is decoded alone, since files that were put together from several sources mix encodings. A row that no
    encoding fits is None, and counted under :data:`NO_ENCODING`. Empty rows are not counted; those of ASCII
    alone, which fit every encoding, are counted with the others of the file.
    """
    whole = decode(content, encoding)
    if whole.text is not None and (encoding is not None or whole.encoding != CP1256):
        rows: list[str | None] = list(split_rows(whole.text))
        return rows, Counter({whole.encoding: len(rows)})
    pieces = re.split(rb"\r\n|\n|\r", content.removeprefix(codecs.BOM_UTF8))
    if pieces and not pieces[-1]:
        pieces.pop()
    decoded = [decode(piece, encoding) if piece else Decoded("", UTF8) for piece in pieces]
    return [piece.text for piece in decoded], _used(decoded)


def _used(decoded: list[Decoded]) -> Counter[str]:
    telling = [piece for piece in decoded if piece.text is None or not piece.text.isascii()]
    used = Counter(used_encoding(piece) for piece in telling)
    plain = sum(bool(piece.text) and piece.text.isascii() for piece in decoded if piece.text is not None)
    if plain:
        used[next((name for name, _ in used.most_common() if name != NO_ENCODING), UTF8)] += plain
    return used


def used_encoding(decoded: Decoded) -> str:
    """Name under which a decoded text is counted."""
    return NO_ENCODING if decoded.text is None else decoded.encoding

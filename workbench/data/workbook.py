"""Sheets of an Excel workbook, read without trusting it."""

import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import ParseError

from workbench.data.tree import FileTree
from workbench.errors import InputError

MAX_UNPACKED_BYTES = 200_000_000
MAX_ROWS = 1_000_000
_PROLOGUE_BYTES = 100_000


def read_sheets(
    tree: FileTree, name: str, *, first_rows_only: bool = False
) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Rows of all sheets as (sheet, row counted from 1, cells as text); empty rows are left out.

    With `first_rows_only` the first row of each sheet alone: enough to see what it is.

    Raises
    ------
    InputError
        When the file is no workbook, damaged, or unpacks to more than 200 MB (looked up before unpacking).
    """
    with tree.open(name, MAX_UNPACKED_BYTES) as file:
        yield from _read_sheets(file, name, first_rows_only)


def _read_sheets(file: IO[bytes], name: str, first_rows_only: bool) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    import openpyxl  # a quarter of a second that a window without such a data set does not wait for
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _check(file, name)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if number > MAX_ROWS:
                        raise InputError(f"{name} cannot be used", f"sheet {sheet.title} has over {MAX_ROWS:,} rows")
                    texts = tuple("" if cell is None else str(cell) for cell in cells)
                    if any(texts):
                        yield str(sheet.title), number, texts
                        if first_rows_only:
                            break
        finally:
            book.close()
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError, SyntaxError) as error:
        raise InputError(f"{name} cannot be read", f"not an Excel workbook, or damaged ({error})"[:200]) from error


def _check(file: IO[bytes], name: str) -> None:
    """Refuse what would not stay small: too much when unpacked, or XML that declares entities (no workbook does)."""
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise InputError(f"{name} cannot be used", f"it unpacks to {unpacked / 1e6:,.0f} MB")
        for member in archive.infolist():
            if member.filename.lower().endswith((".xml", ".rels")) and _declares(archive, member):
                raise InputError(f"{name} cannot be used", f"{member.filename} in it has a DOCTYPE")


def _declares(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as file:
        head = file.read(_PROLOGUE_BYTES)
    return b"<!DOCTYPE" in head.replace(b"\x00", b"")  # UTF-16 too

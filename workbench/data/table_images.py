"""Images that lie in the rows of a table: `train.parquet/12.png` is the image of row 12."""

from typing import IO

from workbench.data.containers import Container
from workbench.errors import InputError

TABLE_SUFFIXES = (".parquet", ".arrow")


def split_table_image(name: str) -> tuple[str, str]:
    """Table and image in it; both empty for a name that is no such image."""
    table, _, row = name.rpartition("/")
    return (table, row) if table.lower().endswith(TABLE_SUFFIXES) else ("", "")


def open_table_images(file: IO[bytes], name: str) -> Container:
    """Give the images of a table.

    Raises
    ------
    InputError
        When it is damaged, or has no column of images.
    """
    raise InputError(f"{name} cannot be read")

"""Parquet and Arrow files, read a few rows at a time; pyarrow is an extra, and is loaded when a file is opened.

Columns are named by dotted paths: `image.bytes` is the field `bytes` of the struct `image`.
"""

import importlib.util
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import IO, Any

from workbench.errors import InputError

PARQUET_MAGIC = b"PAR1"
ARROW_MAGIC = b"ARROW1"

ROWS_AT_A_TIME = 32
MAX_ROWS = 1_000_000
MAX_RATIO = 200
"""Unpacked bytes per packed byte, as for archives."""
RATIO_COUNTS_FROM_BYTES = 100_000_000
MAX_TEXT_LENGTH = 200_000_000
MAX_BATCH_BYTES = 2_000_000_000
"""Of an Arrow file, which is read batch by batch; kraken writes a hundred lines in each."""

Rows = tuple[int, list[tuple[Any, ...]]]
"""Number of the first row, from 0, and the values of some rows. A text that is not UTF-8 comes as its bytes."""


def is_pyarrow_installed() -> bool:
    """Tell whether such files can be opened at all."""
    return importlib.util.find_spec("pyarrow") is not None


def need_pyarrow(name: str) -> None:
    """Refuse a file that cannot be opened for want of a package.

    Raises
    ------
    InputError
        When pyarrow is not installed; says how to get it.
    """
    if not is_pyarrow_installed():
        raise InputError(
            f"{name} cannot be read",
            "it is a Parquet or Arrow file, and the package pyarrow is not installed",
            'Install it: pip install "htr-workbench[arrow]"',
        )


class ArrowTable(ABC):
    """A file of rows with typed columns. Not to be used from several threads at once."""

    columns: dict[str, str]
    """Dotted path to pyarrow's name of the type (`string`, `binary`, `bool`), structs themselves left out."""
    metadata: dict[str, str]
    """Of the schema."""
    row_count: int

    @abstractmethod
    def rows(self, columns: Sequence[str], start: int = 0) -> Iterator[Rows]:
        """Values of some columns, a few rows at a time, from the group of rows in which `start` lies.

        Raises
        ------
        InputError
            When the file is damaged.
        """

    @abstractmethod
    def has_all(self, column: str) -> bool:
        """Tell, without reading the column, whether it is known to have a value in every row."""

    @abstractmethod
    def group_of(self, row: int) -> int:
        """First row of the group in which a row lies: reading can begin there."""

    def of_type(self, *kinds: str) -> list[str]:
        """Columns whose type is one of these."""
        return [name for name, kind in self.columns.items() if kind in kinds]


def open_arrow_table(file: IO[bytes], name: str) -> ArrowTable:
    """Open a Parquet file, or an Arrow file of the kind with a footer.

    Raises
    ------
    InputError
        When it is damaged, would unpack to far too much, or pyarrow is not installed.
    """
    need_pyarrow(name)
    with _told(name):
        table = _ParquetTable(file, name) if name.lower().endswith(".parquet") else _IpcTable(file, name)
    if table.row_count > MAX_ROWS:
        raise InputError(f"{name} cannot be used", f"it has more than {MAX_ROWS:,} rows")
    return table


def bounded_rows(table: ArrowTable, name: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows by number, from 0, with the values of some columns of texts.

    Raises
    ------
    InputError
        When the file is damaged, or its texts together are longer than any data set's.
    """
    size = 0
    for start, rows in table.rows(columns):
        for row, values in enumerate(rows, start):
            size += sum(len(value) for value in values if isinstance(value, str | bytes))
            if size > MAX_TEXT_LENGTH:
                raise InputError(f"{name} cannot be used", f"its texts have more than {MAX_TEXT_LENGTH:,} characters")
            yield row, dict(zip(columns, values, strict=True))


@contextmanager
def _told(name: str) -> Generator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, EOFError, OverflowError, NotImplementedError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{name} cannot be read", f"no Parquet or Arrow file, or damaged ({why})"[:200]) from error


def _leaves(schema: Any) -> dict[str, str]:
    import pyarrow

    leaves: dict[str, Any] = {}
    for field in schema:
        if pyarrow.types.is_struct(field.type):
            leaves |= {f"{field.name}.{inner.name}": inner.type for inner in field.type}
        else:
            leaves[field.name] = field.type
    return {name: str(kind.value_type if pyarrow.types.is_dictionary(kind) else kind) for name, kind in leaves.items()}


def _metadata(schema: Any) -> dict[str, str]:
    return {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for key, value in (schema.metadata or {}).items()
    }


def _values(batch: Any, column: str) -> list[Any]:
    """Values of a column; a struct that is missing has no fields."""
    outer, _, inner = column.partition(".")
    array = batch.column(outer) if outer in batch.schema.names else batch.column(column)
    if inner and outer in batch.schema.names:
        names = [field.name for field in array.type]
        array = array.flatten()[names.index(inner)]
    try:
        return array.to_pylist()
    except UnicodeDecodeError:
        return [_strict(value) for value in array.cast("binary").to_pylist()]


def _strict(value: bytes | None) -> str | bytes | None:
    try:
        return value.decode("utf-8") if value is not None else None
    except UnicodeDecodeError:
        return value


def _sliced(batch: Any, columns: Sequence[str], start: int) -> Iterator[Rows]:
    for at in range(0, batch.num_rows, ROWS_AT_A_TIME):
        part = batch.slice(at, ROWS_AT_A_TIME)
        yield start + at, list(zip(*(_values(part, column) for column in columns), strict=True))


class _ParquetTable(ArrowTable):
    """Columns lie apart, so that texts are read without the images.

    A page of a column, which may hold the images of a whole group of rows, is unpacked at once.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        import pyarrow.parquet

        self._name = name
        self._file: Any = pyarrow.parquet.ParquetFile(file, buffer_size=1 << 16, pre_buffer=False)
        self.columns = _leaves(self._file.schema_arrow)
        self.metadata = _metadata(self._file.schema_arrow)
        told = self._file.metadata
        self._groups = [told.row_group(at) for at in range(told.num_row_groups)]
        self._starts = [0, *accumulate(group.num_rows for group in self._groups)]
        self.row_count = self._starts[-1]
        for group in self._groups:
            for at in range(group.num_columns):
                _check_unpacked(name, group.column(at))

    def rows(self, columns: Sequence[str], start: int = 0) -> Iterator[Rows]:
        first = self.group_of(start)
        groups = [at for at, begin in enumerate(self._starts[:-1]) if begin >= first]
        wanted = list(columns)
        with _told(self._name):
            for batch in self._file.iter_batches(ROWS_AT_A_TIME, groups, wanted, use_threads=False):
                yield from _sliced(batch, columns, first)
                first += batch.num_rows

    def has_all(self, column: str) -> bool:
        return all(
            (chunk := _chunk(group, column)) is not None
            and chunk.statistics is not None
            and chunk.statistics.has_null_count
            and chunk.statistics.null_count == 0
            for group in self._groups
        )

    def group_of(self, row: int) -> int:
        return self._starts[max(0, bisect_right(self._starts, row) - 1)]


def _chunk(group: Any, column: str) -> Any:
    chunks = (group.column(at) for at in range(group.num_columns))
    return next((chunk for chunk in chunks if chunk.path_in_schema == column), None)


def _check_unpacked(name: str, chunk: Any) -> None:
    unpacked, packed = chunk.total_uncompressed_size, chunk.total_compressed_size
    if unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise InputError(f"{name} cannot be used", f"its {packed:,} bytes unpack to {unpacked // 1_000_000:,} MB")


class _IpcTable(ArrowTable):
    """Read a batch at a time, as it was written; what it says about itself is checked before it is used."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        import pyarrow

        self._name = name
        size = file.seek(0, 2)
        file.seek(0)
        self._reader: Any = pyarrow.ipc.open_file(pyarrow.PythonFile(file, mode="r"))
        self.columns = _leaves(self._reader.schema)
        self.metadata = _metadata(self._reader.schema)
        count = self._reader.num_record_batches
        if size > MAX_BATCH_BYTES * max(1, count):
            raise InputError(f"{name} cannot be used", "it was written in batches of more than 2 GB")
        self._starts = [0]
        for at in range(count):
            self._starts.append(self._starts[-1] + self._batch(at).num_rows)
        self.row_count = self._starts[-1]

    def _batch(self, at: int) -> Any:
        batch = self._reader.get_batch(at)
        batch.validate(full=True)
        return batch

    def rows(self, columns: Sequence[str], start: int = 0) -> Iterator[Rows]:
        first = self._starts.index(self.group_of(start))
        with _told(self._name):
            for at in range(first, len(self._starts) - 1):
                yield from _sliced(self._batch(at), columns, self._starts[at])

    def has_all(self, column: str) -> bool:
        return False

    def group_of(self, row: int) -> int:
        return self._starts[max(0, bisect_right(self._starts, row) - 1)]

"""Files that hold other files: read like folders, without unpacking them."""

from typing import Protocol

from workbench.data.line import ReadProblem

MAX_MEMBERS = 1_000_000


class Container(Protocol):
    """Something on disk that holds files."""

    @property
    def members(self) -> dict[str, int]:
        """Relative POSIX path of each plain file in it to its size in bytes; names that lead out are left out."""
        ...

    @property
    def problems(self) -> list[ReadProblem]:
        """What in it cannot be used; paths are relative to the container."""
        ...

    def read(self, member: str, limit: int) -> bytes:
        """Give the first `limit` bytes of a member; may be called from several threads.

        Raises
        ------
        InputError
            When it is damaged or encrypted; the reason is in `why`.
        """
        ...

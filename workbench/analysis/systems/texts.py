"""A line as some recogniser read it, and what is peculiar about a file of such lines, counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.data.reader import counted, examples

SHOWN_EXAMPLES = 3

_PECULIAR = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-z]{2,6}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_SPREADSHEET_FAULTS = frozenset({"#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NULL!", "#NUM!", "#ERROR!"})


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a recogniser read in one line. Texts in logical order, as they stand in the file."""

    id: str
    """Empty where the file tells no ids."""
    hypothesis: str
    reference: str | None
    """None where the form holds none."""
    writer: str | None = None
    page: str | None = None
    row: int = 0
    """Where it stands in its file."""


class Remarks:
    """What a reader of the numbers has to know about a file, each kind once, with how many lines it concerns."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, list[str]]] = {}

    def add(self, kind: str, example: str = "") -> None:
        """Count a remark; a few of the lines that it concerns are named."""
        number, names = self._found.get(kind, (0, []))
        if example and len(names) <= SHOWN_EXAMPLES and example not in names:
            names.append(example)
        self._found[kind] = number + 1, names

    def sentences(self) -> Iterator[str]:
        """Say every remark: `texts with direction marks …: 3 lines (a, b, c)`."""
        for kind, (number, names) in self._found.items():
            if not names:
                yield kind
            else:
                shown = examples(names[:SHOWN_EXAMPLES])
                yield f"{kind}: {counted(number, 'line')} ({shown}{' …' if number > SHOWN_EXAMPLES else ''})"

    def look_at(self, text: str, kind: str, line_id: str) -> None:
        """Remark signs in a text that no one sees, or that came from another program's file."""
        if (found := _PECULIAR.search(text)) is not None:
            what = "direction marks" if found[0] in _DIRECTIONS else "control characters"
            self.add(f"{kind} with {what}, which count as characters", line_id)
        if ("<" in text or "&" in text) and _MARKUP.search(text):
            self.add(f"{kind} with HTML, which counts as characters", line_id)
        if text.startswith("#") and text in _SPREADSHEET_FAULTS:
            self.add(f"{kind} that are an error of a spreadsheet ({text})", line_id)

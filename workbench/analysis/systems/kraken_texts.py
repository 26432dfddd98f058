"""A folder of texts, one per line image, as `kraken ocr` writes them beside the images.

*Source:* kraken's manual: `kraken -I '*.png' -o .txt … ocr` appends the ending to the name of the image, so that
`x.png` becomes `x.png.txt`; training pairs keep the reference in `x.gt.txt`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench import files
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.data.encodings import CP1256, UTF8, decode, split_rows
from workbench.data.identifiers import natural_key
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.reader import MAX_TEXT_BYTES
from workbench.errors import InputError

REFERENCE_ENDING = ".gt.txt"


@dataclass
class KrakenTexts:
    """Texts of a folder; references are those `.gt.txt` that lie beside them."""

    path: Path
    encoding: str | None = None
    remarks: Remarks = field(default_factory=Remarks)

    def __post_init__(self) -> None:
        try:
            names = sorted((one.name for one in self.path.iterdir() if one.is_file()), key=natural_key)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read", error.strerror or str(error)) from error
        texts = [name for name in names if name.lower().endswith(".txt") and not name.startswith(".")]
        self._references = {
            name[: -len(REFERENCE_ENDING)]: name for name in texts if name.lower().endswith(REFERENCE_ENDING)
        }
        self._hypotheses = [name for name in texts if not name.lower().endswith(REFERENCE_ENDING)]
        if not self._hypotheses:
            raise InputError(
                f"{self.path} holds no texts that a recogniser read",
                "only references (.gt.txt)" if texts else "there is no .txt in it",
                "Give the folder into which `kraken ocr` wrote one .txt per line.",
            )
        self._encodings: Counter[str] = Counter()

    @property
    def encoding_name(self) -> str:
        """Encodings of the texts that were read."""
        return ", ".join(self._encodings) or UTF8

    has_ids = True

    @property
    def has_references(self) -> bool:
        """Tell whether references lie beside the texts."""
        return bool(self._references)

    def read(self) -> Iterator[ReadText]:
        """Lines of the folder, by name.

        Raises
        ------
        InputError
            For a text that is none of one line, or cannot be decoded, or is the second of its line.
        """
        self.remarks = Remarks()
        self._encodings = Counter()
        seen: dict[str, str] = {}
        for name in self._hypotheses:
            line_id = self._id_of(name)
            if line_id in seen:
                raise InputError(f"{self.path.name} holds two texts of {line_id}", f"{seen[line_id]} and {name}")
            seen[line_id] = name
            reference = self._references.get(line_id)
            if self._references and reference is None:
                self.remarks.add("without a .gt.txt beside it, left out", line_id)
                continue
            yield ReadText(line_id, self._text(name), self._text(reference) if reference else None)
        for line_id in self._references:
            if line_id not in seen:
                self.remarks.add("a .gt.txt of which nothing was read, left out", line_id)

    def _id_of(self, name: str) -> str:
        """Name of the line: what stands before the ending of the image, or before the first dot of a known line."""
        stem = name[: -len(".txt")]
        for ending in IMAGE_SUFFIXES:
            at = stem.lower().find(ending)
            if at > 0 and stem[at + len(ending) :][:1] in ("", "."):
                return stem[:at]
        first = stem.partition(".")[0]
        return first if stem not in self._references and first in self._references else stem

    def _text(self, name: str) -> str:
        path = self.path / name
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise InputError(f"{path} is not the text of a line", f"it has {path.stat().st_size:,} bytes")
        decoded = decode(files.read_plain(path), self.encoding)
        if decoded.text is None:
            raise InputError(f"{path} cannot be decoded", decoded.encoding, "Save it as UTF-8, or name its encoding.")
        if not decoded.text.isascii():
            self._encodings[decoded.encoding] += 1
        if decoded.encoding == CP1256 and not decoded.text.isascii():
            self.remarks.add(f"read as {CP1256}", name)
        rows = [row for row in split_rows(decoded.text) if row.strip()]
        if len(rows) > 1:
            raise InputError(
                f"{path} holds {len(rows):,} rows of text",
                "whose lines they are is not told",
                "Let kraken write ALTO or PAGE (`kraken -a`, `kraken -x`): those name their lines.",
            )
        return rows[0] if rows else ""

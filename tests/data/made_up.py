"""Data sets that were never read: lines, and a cache that only knows sizes, digests and given images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.cache import LineCache
from workbench.data.catalog import CatalogEntry, OpenedDataset
from workbench.data.line import LineSet, TextLine

Size = tuple[int, int]


class Cache(LineCache):
    """Images are only made when they are asked for."""

    def __init__(self, rows: Sequence[list[Any]], images: Mapping[str, NDArray[np.uint8]]) -> None:
        super().__init__(Path("nowhere"), {"fingerprint": "f", "cropped": True, "lines": rows}, np.empty(0, np.uint8))
        self._images = images

    def image(self, line_id: str) -> NDArray[np.uint8]:
        return self._images[line_id]


def make_dataset(
    name: str,
    texts: Sequence[str],
    *,
    language: str = "ar",
    sizes: Sequence[Size] | None = None,
    digests: Sequence[str] | None = None,
    writers: Sequence[str | None] | None = None,
    images: Sequence[NDArray[np.uint8]] | None = None,
) -> OpenedDataset:
    """Data set of the lines `0`, `1`, …; sizes are (height, width), 40 × 10 px per character by default."""
    ids = [str(at) for at in range(len(texts))]
    pictures = dict(zip(ids, images or (), strict=False))
    places = sizes or [image.shape for image in images or ()] or [(40, 10 * len(text)) for text in texts]
    given = zip(
        ids, texts, places, digests or [f"{name}/{one}" for one in ids], writers or [None] * len(ids), strict=True
    )
    lines: list[TextLine] = []
    rows: list[list[Any]] = []
    for line_id, text, (height, width), digest, writer in given:
        lines.append(TextLine(line_id, Path(f"{line_id}.png"), text, language, "train", writer))
        rows.append([line_id, 0, height, width, [0, height, 0, width], 0, digest, text])
    entry = CatalogEntry(name=name, path=Path("nowhere"), form="manifest", language=language, fingerprint="f" * 64)
    found = LineSet(name, "manifest", Path("nowhere"), language, tuple(lines), (), "f" * 64)
    return OpenedDataset(entry, found, Cache(rows, pictures))

"""Pictures for a paper as files: PNG, SVG or PDF, without a display. The same content gives the same bytes."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from workbench import files
from workbench.errors import InputError

FORMATS = ("png", "svg", "pdf")
DOTS_PER_INCH = 200
MAX_SIDE_PX = 30_000
"""A study of very many arms is drawn with fewer dots: the memory of a larger picture may not be there."""


def save_picture(
    draw: Callable[[], Figure], path: Path, *, dots_per_inch: int = DOTS_PER_INCH, families: Sequence[str] = ()
) -> None:
    """Draw a figure into a file; its ending (.png, .svg, .pdf) says in which format.

    Fonts are embedded into a PDF as TrueType, so that its texts can be searched and edited; texts of an SVG are
    outlines, so that it looks alike where the fonts are not installed.

    Parameters
    ----------
    draw : callable
        Makes the figure.
    path : Path
    dots_per_inch : int
        Of a PNG.
    families : sequence of str
        Fonts of its texts, each for what those before it have no letters for; matplotlib's own by default.

    Raises
    ------
    InputError
        For another ending, and where `draw` raises it.
    WorkspaceError
        When the file cannot be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise InputError(f"{path.name} is not a kind of picture that can be drawn", hint="Use .png, .svg or .pdf.")
    content = io.BytesIO()
    # No dates, no random ids.
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    rules: dict[str, Any] = {"svg.hashsalt": "htr-workbench", "svg.fonttype": "path", "pdf.fonttype": 42}
    if families:
        rules["font.family"] = list(families)
    with rc_context(rules):  # pyright: ignore[reportArgumentType]  (the stubs list every key)
        figure = draw()
        dots = min(dots_per_inch, MAX_SIDE_PX / max(figure.get_size_inches()))
        figure.savefig(content, format=kind, dpi=dots, metadata=metadata)
    files.write_bytes(path, content.getvalue())

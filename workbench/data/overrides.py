"""What the user said where the program would have decided itself how a data set is read."""

from typing import Literal

from workbench.study.schema import FrozenModel

EncodingName = Literal["UTF-8", "Windows-1256", "UTF-16"]
Separator = Literal["tab", "blank", "comma", "semicolon"]
PartsRule = Literal["told", "none", "train", "validation", "test"]
KhattTexts = Literal["unique", "fixed", "both"]
StoredOrder = Literal["logical", "reversed", "visual"]

SEPARATORS: dict[Separator, str] = {"tab": "\t", "blank": " ", "comma": ",", "semicolon": ";"}
"""Name of a separator to the character."""


class Overrides(FrozenModel):
    """Choices for one data set, kept in `datasets.toml`; None or the default: decided by what is found."""

    form: str | None = None
    """Name in :data:`workbench.data.readers.READERS`."""
    language: str | None = None
    encoding: EncodingName | None = None
    """Of every text file; None: told apart file by file, see :mod:`workbench.data.encodings`."""
    separator: Separator | None = None
    """Between the cells of lists and tables; None: the one that the first rows use."""
    parts: PartsRule = "told"
    """`told`: as the data set assigns them. `none`: its parts are ignored, a study draws new ones. Else: every line
    belongs to this part."""
    texts: KhattTexts = "unique"
    """Which of KHATT's texts: `unique` (Para2, Para3), `fixed` (Para1, Para4, the same for all writers), `both`."""
    stored_order: StoredOrder = "logical"
    """How the transcriptions are stored. `reversed`: all code points back to front. `visual`: as displayed, numbers
    and Latin words the right way round. Both are turned to logical order when they are read."""

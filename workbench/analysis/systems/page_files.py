"""ALTO and PAGE files of pages that were read: the text of every line under the id that it has there.

Lines are named as in data sets of such files (page and line), so that the references of such a data set fit, provided
that the recogniser kept the lines: `kraken -f xml … ocr` does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench import files
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.data.page_lines import MarkedPage, line_names, page_names
from workbench.data.readers import alto_xml, page_xml
from workbench.data.tree import open_unlisted
from workbench.data.xml_file import Element, local_name, read_xml
from workbench.errors import InputError

PAGES: dict[str, Callable[[Element], Iterator[MarkedPage]]] = {
    alto_xml.ROOT: alto_xml.pages_of,
    page_xml.ROOT: page_xml.pages_of,
}
"""Root element in small letters, to what gives the pages of a file."""


@dataclass
class PageFiles:
    """One file, or all XML files of a folder."""

    path: Path
    encoding: str | None = None
    """XML tells its own."""
    remarks: Remarks = field(default_factory=Remarks)

    def __post_init__(self) -> None:
        if self.path.is_dir():
            self._files = sorted(str(one.relative_to(self.path)) for one in self.path.rglob("*.xml") if one.is_file())
        else:
            self._files = [self.path.name]

    encoding_name = "XML"
    has_ids = True
    has_references = False

    def read(self) -> Iterator[ReadText]:
        """Lines of all pages.

        Raises
        ------
        InputError
            For a file that is damaged; files of another kind are remarked.
        """
        self.remarks = Remarks()
        tree = open_unlisted(self.path if self.path.is_dir() else self.path.parent)
        for file, name in page_names(self._files).items():
            root = read_xml(tree, file)
            pages_of = PAGES.get(local_name(root).lower())
            if pages_of is None:
                self.remarks.add("XML files of another kind, not read", file)
                continue
            for page in pages_of(root):
                for line, line_id in zip(page.lines, line_names([line.id for line in page.lines]), strict=True):
                    for remark in line.remarks:
                        self.remarks.add(remark, f"{name}/{line_id}")
                    yield ReadText(f"{name}/{line_id}", line.text, None, page=name, row=line.row)


def root_of(path: Path) -> str | None:
    """Root element of a file in small letters, where it is one of :data:`PAGES`."""
    try:
        with files.open_plain(path) as file:
            head = file.read(4096).lower()
    except OSError:
        return None
    if b"<alto" in head or b":alto" in head:
        return alto_xml.ROOT
    return page_xml.ROOT if b"<pcgts" in head or b":pcgts" in head else None


def check_not_html(path: Path, head: str) -> None:
    """Refuse a web page (hOCR is one)."""
    if head.lstrip("\ufeff \r\n\t").lower().startswith(("<!doctype html", "<html")):
        raise InputError(
            f"{path.name} is a web page (hOCR, perhaps), not a file of predictions",
            hint="Let the recogniser write ALTO or PAGE, or CSV with id, reference and hypothesis.",
        )

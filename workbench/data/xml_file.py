"""XML files: what stands at their root, and their elements, without anything that XML lets a file do to its reader.

No DTD, no entities, nothing from elsewhere, no file above a limit; what is wrong with a file is said of that file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from workbench.data.identifiers import natural_key
from workbench.data.reader import folder_of
from workbench.data.tree import FileTree
from workbench.errors import InputError

MAX_XML_BYTES = 64_000_000
"""A page with a polygon for each letter has some MB."""

HEADS_PER_FOLDER = 8
HEADS = 64
"""Files into which detection looks: a few of each folder, since exports put other XML (METS) beside their pages."""

Element = Any
"""An element of lxml, which has no types."""

_ASIDE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>?", re.DOTALL)
_START = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


def xml_files(tree: FileTree) -> list[str]:
    """XML files, nearest to the root first, `page_9` before `page_10`."""
    return sorted(tree.named(".xml"), key=lambda name: (name.count("/"), natural_key(name)))


def root_name(head: bytes) -> str | None:
    """Name of the root element in lower case, without its namespace; None where no element begins."""
    match = _START.search(_DOCTYPE.sub(b"", _prologue(head)))
    return match[1].decode("ascii", "replace").lower() if match else None


def _prologue(head: bytes) -> bytes:
    """Beginning of a file without comments and instructions; of UTF-16 every other byte is left out."""
    return _ASIDE.sub(b"", head.replace(b"\x00", b""))


def example_with_root(tree: FileTree, root: str) -> str | None:
    """Give the first file with this root element among a few of each folder; None where there is none."""
    looked: Counter[str] = Counter()
    for name in xml_files(tree):
        folder = folder_of(name)
        if looked[folder] < HEADS_PER_FOLDER:
            looked[folder] += 1
            if root_name(tree.head(name)) == root:
                return name
            if looked.total() >= HEADS:
                return None
    return None


def read_xml(tree: FileTree, name: str) -> Element:
    """Root element of a file.

    Raises
    ------
    InputError
        When it is too large, damaged, nested too deeply or has a DOCTYPE; the reason is in `why`.
    """
    from lxml.etree import XMLParser, XMLSyntaxError, fromstring  # only where there are such files

    content = tree.read(name, MAX_XML_BYTES)
    if not content.strip():
        raise InputError(f"{name} cannot be used", "the file is empty")
    refused = InputError(f"{name} is not read", "it has a DOCTYPE, which no page needs and which can do harm")
    if _begins_with_doctype(content):
        raise refused
    parser = XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = fromstring(content, parser)
    except (XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} cannot be read", f"not XML, or damaged ({_short(error)})") from error
    # One that a long comment or an odd encoding hid: nothing of it was followed.
    if root.getroottree().docinfo.doctype:
        raise refused
    return root


def _begins_with_doctype(content: bytes) -> bool:
    start = _prologue(content[:65_536])
    doctype, element = start.find(b"<!DOCTYPE"), _START.search(start)
    return doctype >= 0 and (element is None or doctype < element.start())


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def local_name(element: Element) -> str:
    """Name of an element without its namespace: schema versions differ in nothing else that matters here."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *names: str) -> list[Element]:
    """Direct children with one of these names."""
    return [child for child in element if local_name(child) in names]


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """Elements below with one of these names, in the order of the file."""
    return (one for one in element.iterdescendants() if local_name(one) in names)


def whole_number(spelled: str | None) -> int | None:
    """Give a written integer; None for anything else."""
    return int(spelled) if spelled is not None and re.fullmatch(r"\s*[-+]?[0-9]{1,9}\s*", spelled) else None


def stem_of(name: str) -> str:
    """Name of an XML file without its endings, `page_1` for `page_1.page.xml`."""
    return re.sub(r"\.(page|alto)$", "", PurePosixPath(name).stem, flags=re.IGNORECASE)

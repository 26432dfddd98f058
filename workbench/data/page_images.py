"""The image that an XML file of a page means: as it is named, else beside it, in a folder `images`, or one level up."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from workbench.data.images import IMAGE_SUFFIXES, MAX_FILE_BYTES, opened_image
from workbench.data.reader import folder_of, join
from workbench.data.tree import FileTree, RefusedPathError
from workbench.data.xml_file import stem_of

_IMAGE_FOLDERS = ("", "images", "image", "imgs", "img")
_URL = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^(?:/|[a-z]:)", re.IGNORECASE)


def find_page_image(tree: FileTree, file: str, told: str) -> str | None:
    """Relative path of a page's image.

    Parameters
    ----------
    tree : FileTree
        Where it is looked for.
    file : str
        The XML file.
    told : str
        What that calls its image: a path relative to itself, a path or address of another machine (of which the name
        alone is looked for), a name without its ending, or nothing.

    Raises
    ------
    RefusedPathError
        When the path leads out of the data set, and no image of that name lies in it.
    """
    refused: RefusedPathError | None = None
    for place in _places(file, told):
        try:
            if (found := tree.find(place)) is not None:
                return found
        except RefusedPathError as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return None


def base_name(told: str) -> str:
    """Name of the image in what an XML file tells: the last part of a path or an address."""
    path = _clean(told)
    return PurePosixPath(path).name


def _clean(told: str) -> str:
    told = told.strip()
    if _URL.match(told):
        told = unquote(re.split("[?#]", told, maxsplit=1)[0])
    return told.replace("\\", "/")


def _places(file: str, told: str) -> Iterator[str]:
    folder, path, name = folder_of(file), _clean(told), base_name(told)
    is_image = name.lower().endswith(IMAGE_SUFFIXES)
    is_elsewhere = bool(_ABSOLUTE.match(path) or _URL.match(path))
    if path and not is_elsewhere and PurePosixPath(name).suffix:
        yield join(folder, path)
    stems = dict.fromkeys(stem for stem in (PurePosixPath(name).stem if is_image else name, stem_of(file)) if stem)
    names = [*([name] if is_image else []), *(f"{stem}{suffix}" for stem in stems for suffix in IMAGE_SUFFIXES)]
    # One level up too, as Transkribus puts its page/x.xml; never above the root.
    above = [folder_of(folder)] if folder else []
    for one in names:
        for place in (folder, *above):
            for images in _IMAGE_FOLDERS:
                yield join(place, join(images, one))
    if is_elsewhere:
        yield path  # refused, and why is said


def resolution_of(tree: FileTree, image: str) -> tuple[float, float] | None:
    """Pixels per inch (across, down) that an image file tells of itself.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    with opened_image(tree.read(image, MAX_FILE_BYTES), image) as opened:
        told = opened.info.get("dpi")
    if not told:
        return None
    across, down = float(told[0]), float(told[1])
    return (across, down) if across > 1 and down > 1 else None

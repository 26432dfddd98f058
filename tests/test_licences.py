"""Every dependency at run time has a line in docs/dependencies.md with the licence that its metadata tells."""

import re
from importlib.metadata import distribution
from pathlib import Path

from tests.test_requirements import PROJECT, closure, pins, version_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
ROW = re.compile(r"^\| (\S+) \| (\S+) \| ([^|]+) \| ([^|]+) \|$", re.M)
COMPATIBLE = {
    "MIT", "MIT-CMU", "ISC", "0BSD", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "Zlib", "CC0-1.0", "PSF-2.0",
    "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "LGPL-3.0-only",
}  # fmt: skip
"""Licences of code that a program under Apache-2.0 may use as it is installed; of an OR one of them is enough."""


def told(name: str) -> str:
    """Return what the metadata tells of a licence: the expression, else its licence field, else the classifier."""
    metadata = distribution(name).metadata
    if expression := metadata.get("License-Expression"):
        return expression
    if field := (metadata.get("License") or "").strip():
        return field.splitlines()[0].strip(" =")
    return "; ".join(each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if "License ::" in each)


def rows() -> dict[str, tuple[str, str, str]]:
    """Return of each distribution on the page its version, its licence and what the metadata tells."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {name: (version, licence, said.strip("`")) for name, version, licence, said in found if version[0].isdigit()}


def run_time() -> set[str]:
    """Return what is installed for the program itself and its extra for Arrow files."""
    return closure([*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["arrow"]])


def is_compatible(licence: str) -> bool:
    """Tell whether all parts of an expression are, of alternatives at least one."""
    return all(
        any(choice.strip() in COMPATIBLE for choice in part.strip("() ").split(" OR "))
        for part in licence.split(" AND ")
    )


def test_every_dependency_has_its_line() -> None:
    pinned = {**pins("constraints"), **pins("gpu")}
    needed = {name for name in run_time() if name not in pins("gpu")}
    assert {name: version for name, (version, _, _) in rows().items()} == {
        name: version_of(pinned[name]) for name in needed
    }


def test_no_licence_has_changed() -> None:
    told_now = {name: told(name) for name in rows()}
    assert told_now == {name: said for name, (_, _, said) in rows().items()}


def test_every_licence_is_compatible() -> None:
    assert [name for name, (_, licence, _) in rows().items() if not is_compatible(licence)] == []


def test_an_incompatible_licence_is_found() -> None:
    assert not is_compatible("GPL-3.0-only")
    assert not is_compatible("MIT AND GPL-3.0-only")
    assert is_compatible("GPL-2.0-only OR LGPL-3.0-only")


def test_every_font_and_word_list_is_named() -> None:
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    files = [path.name for path in (ROOT / "resources" / "fonts").iterdir() if path.suffix in (".ttf", ".woff2")]
    licensed = [path.name.removesuffix("-OFL.txt") for path in (ROOT / "resources/fonts/LICENSES").glob("*-OFL.txt")]
    assert [file for file in files if not file.startswith(tuple(f"{font}-" for font in licensed))] == []
    assert [font for font in licensed if font.replace("-", " ").title() not in notice] == []
    words = (ROOT / "resources" / "text" / "LICENSE.txt").read_text(encoding="utf-8")
    lists = [path.name for path in (ROOT / "resources" / "text").glob("*.json")]
    assert [name for name in lists if name not in words] == []
    assert "resources/text" in notice

"""What comes with the program: fonts with their licences, words with theirs, the icon."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import ImageFont

from workbench.errors import InputError
from workbench.resource_files import resource_path

ROOT = Path(__file__).resolve().parent.parent
FONTS = sorted(resource_path("fonts").glob("*.woff2"))


@pytest.mark.parametrize("font", FONTS, ids=[font.name for font in FONTS])
def test_every_font_has_its_licence_and_is_named(font: Path):
    licences = (font.parent / "LICENSES").glob("*-OFL.txt")
    (licence,) = [
        path.read_text(encoding="utf-8") for path in licences if font.name.startswith(path.name.removesuffix("OFL.txt"))
    ]
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Copyright" in licence
    assert f"`{font.name}`" in (font.parent / "README.md").read_text(encoding="utf-8")
    family = ImageFont.truetype(font, 20).getname()[0] or ""
    assert family.removesuffix(" Light") in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_words_are_shared_alike():
    licence = (resource_path("text") / "LICENSE.txt").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in licence
    assert "wordfreq" in licence
    assert "wordfreq 3.1.1" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_the_icon_is_a_drawing():
    root = ElementTree.parse(resource_path("icons/htr-workbench.svg")).getroot()
    assert root.tag.endswith("svg")


def test_a_missing_resource_is_said():
    with pytest.raises(InputError, match=r"fonts/none\.woff2 is missing"):
        resource_path("fonts/none.woff2")


@pytest.mark.parametrize("name", ["noto-naskh-arabic-400-normal", "noto-nastaliq-urdu-arabic-400-normal"])
def test_fonts_for_figures_are_those_of_the_window(name: str) -> None:
    """matplotlib opens no woff2: the same fonts lie there as TrueType, too."""
    packed, unpacked = (ImageFont.truetype(resource_path(f"fonts/{name}.{end}"), 40) for end in ("woff2", "ttf"))
    assert packed.getname() == unpacked.getname()
    for text in ("كتاب", "گچپژ", "ٹڈڑےہھ", "٠١٢۴۵۶"):
        assert packed.getbbox(text) == unpacked.getbbox(text)
        assert bytes(packed.getmask(text)) == bytes(unpacked.getmask(text))

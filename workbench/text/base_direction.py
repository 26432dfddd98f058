"""Which way the lines of a language run. The window, a page and a picture need to know it before they show a text."""

from typing import Literal

_LEFT_TO_RIGHT = frozenset({"de", "en", "es", "fr", "it", "la", "ms", "tr"})
"""The languages that data beside the Arabic script are likely to be of; whatever else there is runs to the left."""


def base_direction(language: str) -> Literal["rtl", "ltr"]:
    """Return the base direction of texts of a language, a code such as `ur` or `ar-EG`, whatever a text begins with."""
    return "ltr" if language.split("-")[0].lower() in _LEFT_TO_RIGHT else "rtl"

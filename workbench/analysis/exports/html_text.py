"""HTML without a template language: every text is escaped and isolated, whatever it holds."""

import html
import re
from collections.abc import Iterable

_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They would turn what stands around a text, or end its isolation; shown as what they are."""
_UNSEEN = re.compile(f"[{_BIDI_CONTROLS}\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


def escape(text: object) -> str:
    """Return a text as HTML shows it: nothing in it is markup, no character is unseen.

    Controls (of direction, and those that HTML forbids) are shown as their code points: `⟨U+202E⟩`.
    """
    return html.escape(_UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", str(text)), quote=True)


def isolated(text: object) -> str:
    """Return a name or a value that does not turn what stands around it."""
    return f"<bdi>{escape(text)}</bdi>"


def attributes(**values: object) -> str:
    """Write attributes; None leaves one out, `_` at the end of a name is dropped, `_` within is a hyphen."""
    kept = {name.rstrip("_").replace("_", "-"): value for name, value in values.items() if value is not None}
    return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())


def tag(name: str, content: str = "", **values: object) -> str:
    """Return an element around markup that is already escaped."""
    return f"<{name}{attributes(**values)}>{content}</{name}>"


def paragraphs(texts: Iterable[str], **values: object) -> str:
    """Return a paragraph per text; what is in it finds its own direction."""
    return "\n".join(tag("p", escape(text), dir="auto", **values) for text in texts)


def unordered(items: Iterable[str]) -> str:
    """Return a list of markup that is already escaped."""
    return tag("ul", "\n".join(tag("li", item) for item in items))

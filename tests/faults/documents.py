"""Documents that no program wrote: TOML and JSON with every value where another one is meant.

Shared by the quick fault tests and by the long run by hand:

    HTR_WORKBENCH_HYPOTHESIS=1000 python -m pytest tests/faults/test_documents.py
"""

import json
import os
from typing import Any

from hypothesis import strategies as st

CASES = int(os.environ.get("HTR_WORKBENCH_HYPOTHESIS", "100"))
"""Cases for study files; other files get a tenth."""

RAW_NUMBERS = ("1e400", "-1e400", "NaN", "Infinity", "-Infinity", "-0", "1" + "0" * 30, "9" * 5_000, "1e-400", "0.1")
"""Numbers as JSON spells them; Python reads the first ones as what is no number."""


class Raw(str):
    """Text that stands in a document as it is, without quotation marks."""


TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "../..", "a" * 300, "\x00", "\u202e", "\ufeff", "=1+1", "<table>", "1500 steps", "nan", "khatt", "\\", '"']
    ),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXTS, st.sampled_from(RAW_NUMBERS).map(Raw)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


def as_json(value: Any) -> str:
    """Value as JSON, with its raw numbers as they are."""
    match value:
        case Raw():
            return str(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(str(key))}:{as_json(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(as_json, value)) + "]"
        case _:
            return json.dumps(value)


def as_toml(value: Any) -> str:
    """Value as the right side of a line of TOML."""
    match value:
        case Raw():
            return {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(value, str(value))
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case float():
            return repr(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(str(key))} = {as_toml(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(as_toml, value)) + "]"
        case _:
            return json.dumps(value)


@st.composite
def mutated(draw: st.DrawFn, good: Any) -> Any:
    """A good document in which something is another value, missing, too much, or in another place."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    match good:
        case dict() if good:
            changed = dict(good)
            key = draw(st.sampled_from(sorted(good)))
            match draw(st.sampled_from(["inside", "inside", "inside", "drop", "add", "value"])):
                case "inside":
                    changed[key] = draw(mutated(good[key]))
                case "drop":
                    del changed[key]
                case "add":
                    changed[draw(TEXTS)] = draw(VALUES)
                case _:
                    changed[key] = draw(VALUES)
            return changed
        case list() if good:
            changed = list(good)
            at = draw(st.integers(0, len(good) - 1))
            changed[at] = draw(mutated(good[at]))
            return changed if draw(st.booleans()) else [*changed, *changed]
        case _:
            return draw(VALUES)


def deep(opening: str, closing: str, depth: int = 100_000) -> str:
    """Something nested far deeper than any interpreter goes."""
    return opening * depth + closing * depth


FIXED_JSON = (
    "", " ", "null", "[]", "{}", "true", '"x"', "1e400", "NaN", "9" * 5_000, deep("[", "]"), deep('{"a":', "}"),
    "[" * 100_000, '{"a":1,"a":2}', '{"' + "x" * 10_000_000 + '":1}', '{"schema":' + "1" * 100_000 + "}",
    '{"schema":1e400}', '\ufeff{"schema":1}', '{"\\ud800":"\\udfff"}', "\x00" * 100, '{"order":1,"runs":{},"lines":[]}',
)  # fmt: skip
"""Documents that a random search would not find."""

FIXED_TOML = (
    "", "\x00", "name", "name = ", 'name = "a"\nname = "b"', "[a]\n[a]", "a = 1e400", "a = nan", f"a = {'9' * 5_000}",
    f"a = {deep('[', ']')}", f"a = {deep('{a=', '}')}", ".".join(["a"] * 5_000) + " = 1", "[" * 100_000,
    f'description = "{"x" * 10_000_000}"', 'name = "\ud7ff"', "a = 99999-99-99", "a = 2020-13-41T99:99:99", "'''",
    "schema = inf", "schema = nan", "schema = 99999999999999999999", 'schema = "1"', "schema = []", "schema = true",
    "# " + "x" * 900_000, "[datasets]\nx = 1", "datasets = 1", "datasets = [[1]]", "[[datasets]]\na = 1",
    "[datasets.a]\npath = 1e400", "[datasets.a.overrides]\nx = nan",
)  # fmt: skip

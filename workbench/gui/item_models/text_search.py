"""Searching in texts: what was typed as it is, or a pattern between slashes."""

import re
from collections.abc import Callable

from workbench.errors import InputError


def matcher(query: str) -> Callable[[str], bool]:
    """Return the test that a text has to pass; an empty query lets every text through.

    Letters match as code points (ي is not ی), Latin ones in either case. `/…/` is a regular expression.

    Raises
    ------
    InputError
        For a regular expression that is none.
    """
    if len(query) > 2 and query.startswith("/") and query.endswith("/"):
        try:
            pattern = re.compile(query[1:-1])
        except re.error as error:
            raise InputError("This is no regular expression", str(error)) from error
        return lambda text: pattern.search(text) is not None
    wanted = query.strip().casefold()
    return lambda text: wanted in text.casefold()

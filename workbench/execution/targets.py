"""The data sets that a study trains on: by name, by language, or all."""

import difflib
from collections.abc import Mapping

from workbench.errors import InputError
from workbench.study.schema import Study

_LANGUAGE = "language:"


def target_names(study: Study, languages: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the data sets that a study trains on: as it names them, by language, or all.

    Parameters
    ----------
    study : Study
        Its `targets` hold names and `language:xx` selectors.
    languages : mapping
        Name of each data set of the workspace to its language.

    Raises
    ------
    InputError
        For a name that the workspace lacks, with the one that was probably meant, and where nothing is left.
    """
    names: dict[str, None] = {}
    for target in study.targets or tuple(languages):
        found = _select(target, languages)
        names.update(dict.fromkeys(found))
    if not names:
        raise InputError(
            "The study has no data",
            "the workspace holds no data set",
            "Add one in the Data panel, or with 'htr-workbench datasets add NAME PATH'.",
        )
    return tuple(names)


def _select(target: str, languages: Mapping[str, str]) -> tuple[str, ...]:
    if target in languages:
        return (target,)
    known = ", ".join(f"{name} ({language})" for name, language in languages.items()) or "none"
    if target.startswith(_LANGUAGE):
        language = target.removeprefix(_LANGUAGE)
        found = tuple(name for name, other in languages.items() if other == language)
        if not found:
            raise InputError(f"No data set has the language '{language}'", hint=f"Data sets here: {known}.")
        return found
    near = difflib.get_close_matches(target, languages, n=1)
    raise InputError(
        f"Unknown data set '{target}'",
        "the workspace has none of that name",
        f"Did you mean '{near[0]}'?" if near else f"Data sets here: {known}.",
    )

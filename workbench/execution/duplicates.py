"""A finished run as the beginning of a new study: the same run, until something about it is changed. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.runs.plan import Plan, PlannedRun
from workbench.study.conditions import AXES
from workbench.study.schema import Study
from workbench.study.toml_file import describe_problem


def duplicate(plan: Plan, planned: PlannedRun, name: str) -> Study:
    """Make a study of one run.

    Which lines can be learnt, what parts share and which characters there are is decided over the whole grid of a
    study, before lines are drawn. So the grid stays as it is and says which of its runs is wanted: unchanged, the new
    study asks for the very same run.
    """
    study, request = plan.study, planned.request
    all_targets = tuple(target.name for target in plan.targets)
    words = [request.architecture, request.regime]
    words += request.targets if len(request.targets) < len(all_targets) else ()
    words += [f"draw {request.draw}"] if study.draws > 1 else []
    varied = [axis for axis in AXES if len(getattr(study.conditions, axis)) > 1]
    words += [
        option.words
        for axis in varied
        for option in AXES[axis].options
        if option.key == getattr(request.conditions, axis)
    ]
    return study.model_copy(
        update={
            "name": name,
            "description": f"Run {planned.run} of the study {study.name}, with a change.",
            "targets": all_targets,
            "k_lines": (request.k,) if study.k_unit == "lines" else study.k_lines,
            "k_characters": (request.k,) if study.k_unit == "characters" else (),
            "seeds": (request.seed,),
            "budgets": (request.budget,),
            "only": (", ".join(words),),
        }
    )


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that no study has yet: 'quick-2' after 'quick'."""
    names, number = frozenset(taken), 2
    while f"{name}-{number}" in names:
        number += 1
    return f"{name}-{number}"


def with_changes(study: Study, changes: Mapping[str, str]) -> Study:
    """Change values of a study that are named as in its file, `training.learning_rate`, and written as there.

    A single value stands for a list of one; text needs no quotation marks.

    Raises
    ------
    InputError
        For a key that a study does not have, and a value that it cannot have.
    """
    value = study.model_dump(mode="json", by_alias=True, exclude_none=True)
    for key, text in changes.items():
        _put(value, key, _parsed(text))
    try:
        return Study.model_validate(value)
    except ValidationError as error:
        why, hint = describe_problem(error)
        raise InputError("The study cannot be changed like this", why, hint) from error


def _put(value: dict[str, Any], key: str, new: object) -> None:
    *outer, last = key.split(".")
    table = value
    for part in outer:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise InputError(f"'{key}' is no key of a study", f"{part} is a value and holds no others")
        table = inner
    is_list = isinstance(table.get(last), list)
    table[last] = [new] if is_list and not isinstance(new, list) else new


def _parsed(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text.strip()

"""Study files: TOML with the keys of :class:`workbench.study.schema.Study`."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, cast, get_args

import tomlkit
from pydantic import BaseModel, ValidationError

from workbench import files
from workbench.errors import InputError
from workbench.study.schema import SCHEMA_VERSION, Study, TargetRules

MAX_STUDY_FILE_BYTES = 1_000_000

LEFT_OUT_KEYS = (
    "k_characters",
    "stratify",
    "only",
    "conditions",
    "second_stage",
    "split_seed",
    "folds",
    "fold",
    "target_rules",
    "leakage",
)
"""Keys that a study file names only where they say something: what it leaves out has the value of the schema."""


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Model of a field that holds one, a list of them, or a table of them by name."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys that are allowed where `location` points, following nested tables."""
    model: type[BaseModel] = Study
    for part in location[:-1]:
        if isinstance(part, int) or (model is TargetRules and part not in model.model_fields):
            continue  # the place in a list, the name in a table of data sets
        field = model.model_fields.get(part)
        inner = _inner_model(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def describe_problem(error: ValidationError) -> tuple[str, str]:
    """First problem of a validation as (why, hint), in the words of the study file; misspelt keys come first."""
    problem = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    location = problem["loc"]
    key = ".".join(str(part) for part in location)
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _known_keys(location), n=1)
        known = ", ".join(_known_keys(location))
        return f"unknown key '{key}'", f"Did you mean '{near[0]}'?" if near else f"Known keys: {known}."
    message = problem["msg"].removeprefix("Value error, ")
    message = f"{message[:1].lower()}{message[1:]}"
    return f"{key}: {message}" if key else message, ""


def parse_study(text: str, source: str) -> Study:
    """Read a study from TOML text; `source` names it in messages.

    Raises
    ------
    InputError
        With the line or key that is wrong and, for a misspelt key, the one that was probably meant.
    """
    try:
        raw = tomllib.loads(text)
    except RecursionError as error:
        raise InputError(f"The study file {source} is not TOML", "it is nested too deeply") from error
    except ValueError as error:  # also of numbers with thousands of digits
        raise InputError(f"The study file {source} is not TOML", str(error)) from error
    version = raw.get("schema", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(
            f"The study file {source} has schema {version}",
            f"this program knows schema {SCHEMA_VERSION}",
            "Use a newer htr-workbench.",
        )
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        why, hint = describe_problem(error)
        raise InputError(f"The study file {source} cannot be used", why, hint) from error


def load_study(path: Path) -> Study:
    """Read a study file; lists that it names are looked for beside it.

    Raises
    ------
    InputError
        When the file is missing, not text, too large, or wrong.
    """
    try:
        if path.stat().st_size > MAX_STUDY_FILE_BYTES:
            raise InputError(f"{path.name} is too large for a study file")
        text = files.read_plain(path).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"The study file {path} cannot be read", error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The study file {path.name} is not UTF-8 text", hint="Save it as UTF-8.") from error
    return parse_study(text, path.name).with_files_from(path.parent)


def _update(table: Any, value: dict[str, Any]) -> None:
    for key in [key for key in table if key not in value]:
        del table[key]
    for key, item in value.items():
        if isinstance(item, dict):
            if key not in table:
                table[key] = tomlkit.table()
            _update(table[key], cast("dict[str, Any]", item))
        elif key not in table or table[key] != item:
            table[key] = item


def _said(rules: TargetRules) -> dict[str, Any]:
    """Return what the rules of a data set say beside what holds for any."""
    usual = TargetRules().model_dump(mode="json")
    return {key: said for key, said in rules.model_dump(mode="json").items() if said != usual[key]}


def format_rules(target: str, rules: TargetRules) -> str:
    """Rules of one data set as the table that stands in a study file."""
    document = tomlkit.document()
    tables = tomlkit.table(is_super_table=True)
    tables[target] = tomlkit.item(_said(rules))
    document["target_rules"] = tables
    return tomlkit.dumps(document)


def format_study(study: Study, previous: str = "") -> str:
    """Study as TOML; comments and order of `previous` (the file's old text) are kept."""
    document = tomlkit.parse(previous) if previous else tomlkit.document()
    value = study.model_dump(mode="json", by_alias=True, exclude_none=True)
    usual = Study(name=study.name).model_dump(mode="json", by_alias=True, exclude_none=True)
    for key in LEFT_OUT_KEYS:
        if key not in document and value[key] == usual[key]:
            del value[key]
    for name, rules in study.target_rules.items():
        value["target_rules"][name] = _said(rules)
    _update(document, value)
    return tomlkit.dumps(document)


def save_study(study: Study, path: Path) -> None:
    """Write a study file, keeping the comments of the file that is there; lists below its folder are named from there.

    They go with the folder where it goes; any other list is named by its full path.
    """
    previous = path.read_text(encoding="utf-8") if path.is_file() else ""
    files.write_text(path, format_study(study.with_files_below(path.parent), previous))

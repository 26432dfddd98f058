"""The catalogue names tests that exist, and counts a test that fails once as failing."""

import ast
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.faults.catalogue import FAULTS, ROOT, Outcomes, is_of, table


def names_in(path: str) -> Iterator[str]:
    """Names of the tests of a file, as pytest names them."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield f"{path}::{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield from (
                f"{path}::{node.name}::{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef) and each.name.startswith("test")
            )


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_tests_that_are_there(fault: str) -> None:
    for name in FAULTS[fault]:
        found = list(names_in(name.partition("::")[0]))
        assert any(is_of(test, name) for test in found), name


def report(test: str, when: str, outcome: str) -> SimpleNamespace:
    return SimpleNamespace(
        nodeid=test, when=when, outcome=outcome, failed=outcome == "failed", skipped=outcome == "skipped"
    )


def test_failing_once_is_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.catalogue.FAULTS", {"one": ("t.py::a",), "other": ("t.py::b", "u.py")})
    outcomes = Outcomes()
    for test, when, outcome in (
        ("t.py::a[1]", "setup", "passed"), ("t.py::a[1]", "call", "passed"), ("t.py::a[1]", "teardown", "failed"),
        ("t.py::a[2]", "call", "passed"), ("t.py::ab", "call", "failed"),
        ("t.py::b", "call", "passed"), ("u.py::c", "setup", "skipped"),
    ):  # fmt: skip
        outcomes.pytest_runtest_logreport(report(test, when, outcome))  # type: ignore[arg-type]
    lines, are_all_met = table(outcomes)
    assert [line.rpartition(". ")[2] for line in lines] == ["1 of 2", "1 of 1 (1 skipped)"]
    assert not are_all_met

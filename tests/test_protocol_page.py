"""The page about the published protocol names tests and files that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)[`…]", PAGE))))
def test_named_tests_exist(name: str):
    end = "" if f"`{name}`" in PAGE else r"\w+"  # some are cut short on the page
    assert re.search(rf"^def {name}{end}\(", TESTS, re.MULTILINE)


def test_every_row_has_a_source_and_a_test():
    rows = [
        row for row in PAGE.splitlines() if row.startswith("| ") and row.count(" | ") == 4 and "| what |" not in row
    ]
    tables = [row for row in rows if "SEEN" in row or "INFERRED" in row or "UNKNOWN" in row]
    assert len(tables) > 25
    for row in tables:
        tested = row.split(" | ")[3]
        assert "test" in tested or "same" in tested, row


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(?:tests|benchmarks)/[\w/]+\.py`", PAGE))))
def test_named_files_exist(name: str):
    assert (ROOT / name.strip("`")).is_file()

"""Forty texts of which other programs make something: exact as data, no formula in a spreadsheet, no mark-up."""

import csv
import re
import time
from pathlib import Path

import pytest

from tests.analysis.finished import finished_study
from workbench.analysis.exports.by_name import ExportOptions, export
from workbench.analysis.exports.html_text import escape
from workbench.analysis.exports.latex import escaped
from workbench.analysis.exports.spreadsheet import needs_apostrophe, restored
from workbench.runs.plan import Plan
from workbench.runs.predictions import Prediction, read_predictions, write_predictions
from workbench.runs.store import RunStore

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "＋1", "－1", "＠x", "\u22121", "'=1",
    '=HYPERLINK("http://127.0.0.1/","x")', "=cmd|' /C calc'!A0", "=1;2", '"=1"', "\u200f=1", "\u202e=1", "\ufeff=1",
    "\xa0=1", "\x00=1", "-2+3+cmd|' /C calc'!A0", "%0A=1",
)  # fmt: skip
MARKUP = (
    "<img src=file:///etc/passwd>", "<a href='x'>y</a>", "<table>" * 2_000, "&lt;b&gt;", "</script><script>alert(1)",
    "\" onload='x'", "\\input{/etc/passwd}", "\\write18{touch x}", "$\\catcode`\\%=12$", "100% & #1 ~^_{}",
)  # fmt: skip
UNSEEN = (
    "ا\x00ب", "ا\x1bب\x9f", "ا\ufeffب", "ا\u2028ب\u2029", "\u202eabc\u202c", "\u2066\u2067\u2068\u2069", "ا\ue000ب",
    "ا" + "\u0651\u0650" * 200, "ب" * 200_000, "\u061c\u200e\u200f",
)  # fmt: skip
TEXTS = (*FORMULAS, *MARKUP, *UNSEEN)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, RunStore]:
    plan, store = finished_study(
        tmp_path_factory.mktemp("hostile") / "place", seeds=(0,), k_lines=(100,), architectures=("small-cnn",),
        regimes=("single",), targets=("khatt",),
    )  # fmt: skip
    (planned,) = plan.runs
    rows = [Prediction(f"l{at}{text[:20]}", "khatt", "test", "last", text, text[::-1], 1, len(text))
            for at, text in enumerate(TEXTS)]  # fmt: skip
    write_predictions(store.predictions_file(planned.run), rows)
    return plan, store


def table(path: Path, encoding: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_at_least_forty() -> None:
    assert len(TEXTS) >= 40


def test_data_is_exact(study: tuple[Plan, RunStore], tmp_path: Path) -> None:
    plan, store = study
    assert [line.reference for line in read_predictions(store.predictions_file(plan.run_ids[0]))] == list(TEXTS)
    export("tables", plan, store, tmp_path)
    rows = table(tmp_path / "predictions.csv", "utf-8")
    assert [row["reference"] for row in rows] == list(TEXTS)
    assert [row["hypothesis"] for row in rows] == [text[::-1] for text in TEXTS]


def test_a_spreadsheet_gets_no_formula(study: tuple[Plan, RunStore], tmp_path: Path) -> None:
    plan, store = study
    paths = export("tables", plan, store, tmp_path, ExportOptions(for_spreadsheets=True))
    rows = table(tmp_path / "predictions.csv", "utf-8-sig")
    assert [restored(row["reference"]) for row in rows] == list(TEXTS)
    for path in paths:
        if path.suffix == ".csv":
            for row in table(path, "utf-8-sig"):
                numbers = re.compile(r"-?[\d.]+(e[+-]?\d+)?")
                found = [cell for cell in row.values() if needs_apostrophe(cell) and not cell.startswith("'")]
                assert [cell for cell in found if not numbers.fullmatch(cell)] == []


def test_the_page_shows_them_as_they_are(study: tuple[Plan, RunStore], tmp_path: Path) -> None:
    plan, store = study
    hostile = plan.study.model_copy(update={"description": " ".join(MARKUP[:1] + MARKUP[3:] + UNSEEN[:6])})
    plan = plan.model_copy(update={"study": hostile})
    (path,) = export("html", plan, store, tmp_path, ExportOptions(examples=50))
    page = path.read_text(encoding="utf-8")
    for mark in ("<img src=file", "<a href='x'", "<table><table>", "<script>alert", "onload='x'"):
        assert mark not in page
    assert not CONTROLS.search(page)
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:|#)", page), "nothing is fetched from anywhere"
    assert not re.search(r"url\((?!\s*[\"']?data:)|@import", page)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_none_reaches_latex_or_html_raw(text: str) -> None:
    begun = time.process_time()
    set_by_latex, shown = escaped(text), escape(text)
    assert time.process_time() - begun < 2
    assert not CONTROLS.search(set_by_latex)
    assert not set(set_by_latex) & {"\r", "\n", "\t", "\u2028", "\u2029", "\ufeff", "\ue000"}
    assert not re.search(r"\\(input|write|catcode)", set_by_latex)
    assert not re.search(r"(?<!\\)[%&#]", set_by_latex)
    assert not CONTROLS.search(shown)
    assert not set(shown) & set("<>\"'")

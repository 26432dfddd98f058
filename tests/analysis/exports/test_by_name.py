"""All exports of one study: the report's numbers stand in the window's cells, CSV, LaTeX and HTML alike."""

import csv
import re
from pathlib import Path

import lxml.html
import pytest

from tests.analysis.finished import SECRET, finished_study
from workbench.analysis.exports.by_name import KINDS, ExportOptions, export, export_everything
from workbench.analysis.results.report import report
from workbench.analysis.results.report_tables import percent
from workbench.analysis.results.sentences import signed
from workbench.cli.tables import print_report
from workbench.errors import InputError
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, RunStore]:
    return finished_study(tmp_path_factory.mktemp("study") / "workspace", failed=(1,))


@pytest.fixture(scope="module")
def written(study: tuple[Plan, RunStore], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    options = ExportOptions(formats=("svg", "png"), examples=1)
    found = [paths for paths in export_everything(*study, folder, options) if not isinstance(paths, InputError)]
    assert len(found) == len(KINDS)
    return {path.name: path for paths in found for path in paths}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if (row["split"], row["selection"]) == ("test", "last")]


def latex_numbers(path: Path) -> list[str]:
    """Everything that looks like a number in a LaTeX table, in its order, with a true minus."""
    body = path.read_text(encoding="utf-8").partition(r"\toprule")[2]
    body = re.sub(r"\\(cmidrule|multicolumn)[^\n]*|K = [\d,]+|p\{[^}]*\}|\[2pt\]|\\rlap\{[^\n&]*?\}\}", "", body)
    plain = body.replace("$-$", "−").replace(r"\textbf{", "").replace("}", "")
    return re.findall(r"(?<![\w.])[−+]?\d+\.\d(?!\d)", plain)


def html_numbers(page: lxml.html.HtmlElement, place: int) -> list[str]:
    table = page.xpath('//section[h2/@id="results"]//table')[place]
    return [found for cell in table.xpath(".//td") for found in re.findall(r"[−+]?\d+\.\d(?!\d)", cell.text_content())]


def test_the_same_differences_everywhere(study: tuple[Plan, RunStore], written: dict[str, Path]):
    from workbench.gui.panels.results.cells import Setting, heatmaps_of  # values only: no widget, no display

    found = report(*study)
    cells = [
        found.cell(name, target, k, "1500 steps")
        for name in found.architectures for target in found.targets for k in found.k_lines
    ]  # fmt: skip
    assert sum(cell.pairs for cell in cells) == 15, "one run has failed"
    expected = [signed(value) for cell in cells for value in (cell.delta_pp, cell.low_pp, cell.high_pp)]
    of_cell = {(row["architecture"], row["target"], int(row["k"])): row for row in rows(written["delta.csv"])}
    from_csv = [
        signed(float(of_cell[cell.architecture, cell.target, cell.k][name]))
        for cell in cells
        for name in ("delta_cer_pp", "low_pp", "high_pp")
    ]
    exact = {(row["architecture"], row["target"], row["k"]): row["delta_cer_pp"] for row in rows(written["delta.csv"])}
    assert exact == {(cell.architecture, cell.target, str(cell.k)): repr(cell.delta_pp) for cell in cells}
    page = lxml.html.fromstring(written["report.html"].read_text(encoding="utf-8"))
    window = [
        text
        for content in heatmaps_of(found, Setting("1500 steps"))[:2]
        for target in found.targets
        for k in found.k_lines
        for value in [content.cells[target, k]]
        for text in (signed(value.value), signed(value.low), signed(value.high))
    ]
    # LaTeX has values and intervals in rows of their own.
    assert sorted(latex_numbers(written["delta.tex"])) == sorted(expected)
    assert html_numbers(page, 1) == expected
    assert from_csv == expected
    assert window == expected


def test_the_same_interactions_and_error_rates(study: tuple[Plan, RunStore], written: dict[str, Path]):
    found = report(*study)
    page = lxml.html.fromstring(written["report.html"].read_text(encoding="utf-8"))
    cells = sorted(found.interactions, key=lambda cell: (found.targets.index(cell.target), cell.k))
    interactions = [signed(value) for cell in cells for value in (cell.delta_pp, cell.low_pp, cell.high_pp)]
    assert html_numbers(page, 2) == interactions
    assert sorted(latex_numbers(written["interaction.tex"])) == sorted(interactions)
    assert [
        signed(float(row[name]))
        for row in sorted(rows(written["interactions.csv"]), key=lambda row: (row["target"], int(row["k"])))
        for name in ("interaction_pp", "low_pp", "high_pp")
    ] == interactions  # fmt: skip
    of_arm = {(c.architecture, c.regime, c.target, c.k): c for c in found.rates}
    rates = [
        percent(value)
        for a in found.architectures for r in ("single", "multi") for t in found.targets for k in found.k_lines
        for value in (of_arm[a, r, t, k].cer, of_arm[a, r, t, k].sd) if value is not None
    ]  # fmt: skip
    assert html_numbers(page, 0) == rates
    assert latex_numbers(written["cer.tex"]) == rates
    table = {
        (row["architecture"], row["regime"], row["target"], int(row["k"])): row for row in rows(written["rates.csv"])
    }
    assert {key: float(row["cer"]) for key, row in table.items()} == {key: cell.cer for key, cell in of_arm.items()}


def test_another_measure_is_counted_and_named(study: tuple[Plan, RunStore], tmp_path: Path):
    options = ExportOptions(measure="wer", formats=("svg",), examples=0)
    for kind in ("latex", "heatmaps", "html"):
        export(kind, *study, tmp_path, options)
    found = report(*study, measure="wer")
    of_arm = {(c.architecture, c.regime, c.target, c.k): c for c in found.rates}
    assert of_arm != {(c.architecture, c.regime, c.target, c.k): c for c in report(*study).rates}
    rates = [
        percent(value)
        for a in found.architectures for r in ("single", "multi") for t in found.targets for k in found.k_lines
        for value in (of_arm[a, r, t, k].cer, of_arm[a, r, t, k].sd) if value is not None
    ]  # fmt: skip
    names = sorted(path.name for path in (tmp_path / "latex").iterdir())
    assert names == ["delta-wer.tex", "interaction-wer.tex", "rates-wer.tex", "summary-wer.tex", "tables-wer.tex"]
    table = (tmp_path / "latex" / "rates-wer.tex").read_text(encoding="utf-8")
    assert latex_numbers(tmp_path / "latex" / "rates-wer.tex") == rates
    assert "WER in per cent" in table
    assert "cer" not in table.lower()
    assert "WER(multi) − WER(single)" in (tmp_path / "latex" / "delta-wer.tex").read_text(encoding="utf-8").replace(
        "$-$", "−"
    )
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "ΔWER in percentage points" in page
    assert page.count("--selection last --measure wer") == 2, "the commands give this page, not that of CERs"


def test_the_command_line_prints_them_too(study: tuple[Plan, RunStore], capsys: pytest.CaptureFixture[str]):
    from rich.console import Console

    found = report(*study)
    print_report(found, Console(width=200, highlight=False))
    out = capsys.readouterr().out
    for cell in found.cells:
        assert f"{signed(cell.delta_pp)}  " in out
        assert f"{signed(cell.low_pp)} … {signed(cell.high_pp)}" in out


def test_files_lie_where_they_are_said_to(written: dict[str, Path]):
    assert all(path.stat().st_size for path in written.values())
    assert {path.parent.name for name, path in written.items() if name.endswith(".tex")} == {"latex"}
    assert {name for name, path in written.items() if path.parent.name == "figures"} == {
        "heatmaps.svg", "heatmaps.png", "rates.svg", "rates.png", "curves.svg", "curves.png",
        "examples.svg", "examples.png",
    }  # fmt: skip


def test_a_study_without_anything_writes_what_there_is(tmp_path: Path):
    plan, _ = finished_study(tmp_path / "workspace", seeds=(0,), k_lines=(100,))
    store = RunStore(Workspace(tmp_path / "empty"))
    found = dict(zip(KINDS, export_everything(plan, store, tmp_path / "out"), strict=True))
    left_out = {kind for kind, value in found.items() if isinstance(value, InputError)}
    assert left_out == {"latex", "rates", "curves", "examples"}
    with pytest.raises(InputError, match="no run of the study has finished"):
        export("latex", plan, store, tmp_path / "out")
    assert "No run has finished yet" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_no_texts_where_none_are_asked_for(study: tuple[Plan, RunStore], tmp_path: Path):
    (path,) = export("html", *study, tmp_path, ExportOptions(examples=0))
    assert SECRET not in path.read_text(encoding="utf-8")
    (path,) = export("html", *study, tmp_path, ExportOptions(examples=5))
    assert SECRET in path.read_text(encoding="utf-8")

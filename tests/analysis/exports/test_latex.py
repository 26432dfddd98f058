"""LaTeX tables: the report's numbers, every name escaped; each file compiles alone and read in.

What needs pdfLaTeX (Debian: texlive-latex-recommended) is skipped, with the reason, where there is none.
"""

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.analysis.made_up import make_plan, make_records
from workbench.analysis.exports.latex import escaped, needs_unicode, save_latex, table_file
from workbench.analysis.results.report import report_of
from workbench.analysis.results.report_tables import Column, Row, Table, Value, marks_of, p_in_words, tables_of
from workbench.errors import InputError, WorkspaceError

ASCII = "".join(map(chr, range(0x21, 0x7F)))
AWKWARD = (
    ASCII[:32], ASCII[32:64], ASCII[64:], r"\input{/etc/passwd}", "100 % & $x_1^2$ #~", "--- '' `` ,, ?` !` << >>",
    "é ß Ž œ", "[a] * [b]",
)  # fmt: skip


def edits(request, target):
    chance = random.Random(f"{request.architecture} {request.regime} {target} {request.k} {request.seed}")
    helps = {"small-cnn": 2, "small-crnn": 8}[request.architecture] * (request.regime != "single")
    return 40 - request.k // 100 - helps + chance.randint(0, 1)


def report(**study):
    asked = {"seeds": (0, 1, 2), "k_lines": (100, 500), **study}
    plan = make_plan(**asked)
    return report_of(plan, make_records(plan, edits, clusters=30))


def by_name(found, uncertainty="sd"):
    return {table.name: table for table in tables_of(found, uncertainty)}


def test_the_tables_have_the_reports_numbers():
    found = report()
    tables = by_name(found)
    assert list(tables) == ["cer", "delta", "interaction", "summary"]
    numbers = {name: [v.number for row in table.rows for v in row.values] for name, table in tables.items()}
    of_grid = [(t, k) for t in found.targets for k in found.k_lines]
    assert numbers["delta"] == [
        found.cell(name, t, k, "1500 steps").delta_pp for name in found.architectures for t, k in of_grid
    ]
    interactions = {(cell.target, cell.k): cell.delta_pp for cell in found.interactions}
    assert numbers["interaction"] == [interactions[point] for point in of_grid]
    rates = {(c.architecture, c.regime, c.target, c.k): c.cer for c in found.rates}
    assert numbers["cer"] == [
        100 * rates[a, r, *point] for a in found.architectures for r in ("single", "multi") for point in of_grid
    ]
    means = [pooled.delta_pp for pooled in found.pooled]
    assert numbers["summary"][::4] == means
    assert numbers["summary"][1::4] == [pooled.p for pooled in found.pooled]


def test_a_mean_over_some_of_the_cells_says_so():
    plan = make_plan(k_lines=(100, 500))
    records = make_records(plan, edits)
    late = [
        run for run in plan.runs if run.request.architecture == "small-crnn" and run.request.k == plan.study.k_lines[-1]
    ]
    table = by_name(report_of(plan, {run: r for run, r in records.items() if run not in {each.run for each in late}}))
    half = len(plan.targets) * (len(plan.study.k_lines) - 1)
    whole = len(plan.targets) * len(plan.study.k_lines)
    labels = [row.label for row in table["summary"].rows]
    part = f" ({half} of {whole} cells)"
    assert labels == ["CNN-only (small)", f"CRNN (small){part}", f"CRNN (small) − CNN-only (small){part}"]
    assert "all targets" not in " ".join(table["summary"].notes)


def test_the_lowest_cer_is_bold_and_marks_are_those_after_holm():
    found = report()
    table = by_name(found)["cer"]
    for at in range(len(table.columns)):
        column = [row.values[at] for row in table.rows]
        least = min(value.number for value in column)
        assert [value.is_best for value in column] == [f"{value.number:.1f}" == f"{least:.1f}" for value in column]
    marks = {(row.section, row.label): [value.marks for value in row.values] for row in table.rows}
    cells = [cell for cell in found.cells if cell.architecture == "small-crnn"]
    assert marks["CRNN (small)", "Multi-script"] == [marks_of(cell.holm_p) for cell in cells]
    assert any(marks["CRNN (small)", "Multi-script"]), "some difference is significant, else this tests nothing"
    assert not any(marks["CRNN (small)", "Single-script"])
    text = table_file(table)
    assert text.count(r"\textbf{") == sum(value.is_best for row in table.rows for value in row.values)
    assert r"$\pm$" in text


def test_intervals_instead_of_standard_deviations():
    table = by_name(report(), "interval")["cer"]
    assert all(value.low and value.high and not value.spread for row in table.rows for value in row.values)
    assert r"$\pm$" not in table_file(table).replace(r"mean $\pm$", "")


def test_captions_say_what_the_numbers_are_over():
    for table in tables_of(report(synthetic=("khatt",))):
        words = " ".join((*table.notes, *table.limits))
        for said in (
            "30 lines of 30 writers",
            "equal steps, 1,500 per run",
            "3 seeds",
            "Weights of the last step",
            "khatt: generated lines",
        ):
            assert said in words, (table.name, said)
    single = " ".join(by_name(report(seeds=(0,)))["delta"].notes)
    assert "one training" in single


def test_each_budget_and_condition_has_its_own_tables():
    names = list(by_name(report(budgets=("1500 steps", "40 epochs"), k_lines=(100,))))
    assert "delta-1500-steps" in names
    assert "delta-40-epochs" in names
    assert len(set(names)) == len(names)


def test_missing_values_are_dashes_with_their_reason():
    plan = make_plan(k_lines=(100, 500))
    records = make_records(plan, edits)
    del records["small-cnn-khatt-k100-d0-s0-1500steps"]
    table = by_name(report_of(plan, records))["delta"]
    gone = table.rows[0].values[0]
    assert (gone.text, gone.number, gone.why) == ("–", None, "single: not finished")
    assert "& --" in table_file(table)


def test_nothing_finished_is_no_table(tmp_path):
    with pytest.raises(InputError, match="no run of the study has finished"):
        save_latex(report_of(make_plan(), {}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "tables").write_text("mine")
    with pytest.raises(WorkspaceError):
        save_latex(report(), tmp_path / "tables")


def test_small_p_values_are_not_0():
    assert [p_in_words(p) for p in (None, 0.0004, 0.0123, 1.0)] == ["–", "< 0.001", "0.012", "1.000"]


def test_no_character_of_a_name_is_a_command():
    plain = re.sub(r"\\text[a-z]+\{\}|\\[&%$#_{}]|\$\\?[A-Za-z-]+\$|\{[-*\[\]]?\}", "", escaped("".join(AWKWARD)))
    assert not set(plain) & set("\\&%$#_{}~^")
    assert escaped("a\u202eb\x00c\nd\u2066") == "abc d", "marks of direction and control characters are left out"
    assert escaped("خط 12") == r"\righttoleft{خط} 12"
    assert escaped("a خط نستعلیق b") == r"a \righttoleft{خط نستعلیق} b"
    assert [needs_unicode([text]) for text in ("é − Δ", "خط", "Ω", "я")] == [False, True, True, True]


# With LaTeX


def latex(engine: str, folder: Path, name: str) -> str:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed (Debian: texlive-latex-recommended, texlive-xetex)")
    done = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", name], cwd=folder,
        capture_output=True, text=True, timeout=120, check=False, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    log = (folder / name).with_suffix(".log").read_text(errors="replace")
    assert "Overfull" not in log, re.findall("Overfull.*", log)
    return log


def text_of(pdf: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_every_table_compiles_alone_and_read_into_a_document(tmp_path):
    found = report(targets=("khatt", "uhwr", "phtd_2x"), k_lines=(100, 500, 1000))
    paths = save_latex(found, tmp_path)
    assert [path.name for path in paths] == ["cer.tex", "delta.tex", "interaction.tex", "summary.tex", "tables.tex"]
    for path in paths:
        latex("pdflatex", tmp_path, path.name)
    shown = text_of(tmp_path / "tables.pdf")
    for row in by_name(found)["delta"].rows:
        for value in row.values:
            assert value.text in shown
    assert "phtd_2x" in shown


def test_long_names_are_wrapped(tmp_path):
    names = (
        "a-data-set-with-a-very-long.name_that_says_all_about_its_lines",
        "uhwr",
        "another-very-long-name.of-lines",
    )
    save_latex(report(targets=names, k_lines=(100,), budgets=("1500 steps", "40 epochs")), tmp_path)
    for path in sorted(tmp_path.glob("*.tex")):
        latex("pdflatex", tmp_path, path.name)


def test_a_paper_may_read_a_table_with_any_class(tmp_path):
    save_latex(report(), tmp_path, "interval")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass[twocolumn]{article}\\usepackage{array,booktabs,graphicx}\\begin{document}\n"
        "\\begin{table*}\\end{table*}Before.\\resizebox{1mm}{!}{x}\\input{summary}After.\\end{document}",
        encoding="utf-8",
    )
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-recommended)")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    shown = text_of(tmp_path / "paper.pdf")
    assert "Before." in shown
    assert "After." in shown, "the table does not end the paper"


def test_every_awkward_name_is_set_as_it_is(tmp_path):
    rows = tuple(Row(text, text, (Value("+1.0", number=1.0),)) for text in AWKWARD)
    table = Table("awkward", "Names & more_", "stub #", (Column("{group}", "~^"),), rows, AWKWARD)
    (tmp_path / "awkward.tex").write_text(table_file(table), encoding="utf-8")
    latex_quietly(tmp_path, "awkward.tex")
    shown = re.sub(r"\s+", "", text_of(tmp_path / "awkward.pdf")).replace("’", "'")
    for text in AWKWARD:
        assert re.sub(r"\s+", "", text) in shown or is_same_but_for_breaks(text, shown), text


def is_same_but_for_breaks(text: str, shown: str) -> bool:
    """Long names are wrapped, and other columns then stand between their parts."""
    parts = [re.sub(r"\s+", "", part) for part in text.split()]
    return all(part in shown for part in parts)


def latex_quietly(folder: Path, name: str) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-recommended)")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", name], cwd=folder,
        capture_output=True, text=True, timeout=120, check=False, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_arabic_names_ask_for_xelatex(tmp_path):
    found = report(targets=("khatt", "خط_فارسی"), k_lines=(100,))
    save_latex(found, tmp_path)
    assert (tmp_path / "delta.tex").read_text(encoding="utf-8").startswith("% !TeX program = xelatex")
    latex("xelatex", tmp_path, "delta.tex")
    latex("xelatex", tmp_path, "tables.tex")

"""Published values: read from CSV, kept, and put beside a study's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.analysis.made_up import by_regime, make_plan, make_records
from workbench.analysis.results.published import (
    COLUMNS,
    PublishedValue,
    check_value,
    literature,
    load_published,
    published_beside,
    read_published,
    save_published,
    with_value,
)
from workbench.analysis.results.report import report_of
from workbench.errors import InputError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path):
    values = (
        PublishedValue("khatt", "CRNN, großes", 100, 8.45, 7.0, 'a "paper", table 2', "a; b"),
        PublishedValue("فارسی", "=cmd", None, None, 9.99, "<b>source</b>"),
    )
    save_published(values, tmp_path / "published.csv")
    assert load_published(tmp_path / "published.csv") == values
    assert load_published(tmp_path / "none.csv") == ()


def test_delta_is_worked_out_from_both_cers():
    assert PublishedValue("x", "y", None, 17.20, 14.45, "z").delta_pp == pytest.approx(-2.75)
    assert PublishedValue("x", "y", None, 17.20, None, "z").delta_pp is None


def test_one_row_per_cer_is_put_together(tmp_path):
    text = (
        "\ufeffDataset;Network;K;Regime;CER;Reference\nUNHD;CRNN;1,000;single;17,2 %;A2\n"
        "unhd;crnn;1000;joint;14.45;A2\nUNHD;CRNN;all;single;20;A2\n\n"
    )
    assert read_published(write(tmp_path / "p.csv", text)) == (
        PublishedValue("unhd", "crnn", 1000, 17.2, 14.45, "A2"),
        PublishedValue("UNHD", "CRNN", None, 20.0, None, "A2"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column target, architecture, source.*the file is empty"),
        ("target,architecture,source\nx,y,z\n", "no column single_cer or multi_cer"),
        ("target,architecture,k,single_cer,source\n", "holds no published values"),
        ("target,architecture,k,single_cer,source\nx,y,100,8.x,z\n", "row 2: '8.x' is no CER"),
        ("target,architecture,k,single_cer,source\nx,y,100,-1,z\n", "row 2: -1 is no CER"),
        ("target,architecture,k,single_cer,source\nx,y,100,nan,z\n", "row 2: nan is no CER"),
        ("target,architecture,k,single_cer,source\nx,y,many,8,z\n", "row 2: K 'many' is no number"),
        ("target,architecture,k,single_cer,source\nx,y,0,8,z\n", "row 2: K 0 is no number"),
        ("target,architecture,k,single_cer,source\nx,y,5,8,\n", "row 2: A published value needs a source"),
        ("target,architecture,k,single_cer,source\nx,y,5,,z\n", "row 2: A published value needs a CER"),
        ("target,architecture,k,single_cer,source\nx,y,5,8,z\nx,y,5,9,z\n", "row 3: z is said to tell 8 and 9"),
        ("target,architecture,regime,cer,source\nx,y,both,9,z\n", "row 2: 'both' is no regime"),
        ('target,architecture,k,single_cer,source\n"x,y,5,8,z\n', "cannot be parted"),
    ],
)
def test_tables_that_cannot_be_taken(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_published(write(tmp_path / "p.csv", text))


def test_a_second_value_of_the_same_source_takes_the_place_of_the_first():
    first = PublishedValue("x", "y", 100, 8.0, 7.0, "z")
    values = with_value((first,), PublishedValue("X", "Y", 100, 8.5, None, "z"))
    assert values == (PublishedValue("X", "Y", 100, 8.5, 7.0, "z"),)
    assert len(with_value(values, PublishedValue("x", "y", 100, 8.5, None, "other"))) == 2


def test_the_values_that_come_with_the_program():
    values = literature()
    of = {(value.target, value.architecture, value.source): value for value in values}
    assert len(of) == len(values) > 30
    assert all(check_value(value) == value for value in values)
    unhd = next(value for value in values if value.target == "UNHD")
    assert (unhd.single_cer, unhd.multi_cer, unhd.k) == (17.20, 14.45, None)
    khatt = [value.single_cer for value in values if value.target == "KHATT" and value.architecture == "FCN"]
    assert khatt == [8.77]


def test_ours_stand_beside_theirs():
    plan = make_plan(architectures=("cnn", "both"), k_lines=(100, 500), seeds=(0, 1), budgets=("10 steps", "20 steps"))
    table = {("cnn", "single"): 10, ("cnn", "multi"): 9, ("both", "single"): 8, ("both", "multi"): 6}
    report = report_of(plan, make_records(plan, by_regime(table)))
    values = (
        PublishedValue("KHATT", "CRNN (published)", 100, 9.5, 7.5, "paper"),
        PublishedValue("khatt", "cnn", 500, None, 9.0, "paper"),
        PublishedValue("khatt", "cnn", None, 9.0, None, "paper"),
        PublishedValue("nust", "cnn", 100, 9.0, None, "paper"),
        PublishedValue("khatt", "trocr", 100, 9.0, None, "paper"),
    )
    cells = published_beside(values, report)
    assert [(cell.architecture, cell.budget, bool(cell.why_alone)) for cell in cells] == [
        ("CRNN (published)", "10 steps", False), ("CRNN (published)", "20 steps", False), ("cnn", "10 steps", False),
        ("cnn", "20 steps", False), ("cnn", "", True), ("cnn", "", True), ("trocr", "", True),
    ]  # fmt: skip
    single, multi, delta = cells[0].quantities
    assert (single.theirs, single.ours, single.difference) == pytest.approx((9.5, 9.0, -0.5))
    assert (multi.theirs, multi.ours) == pytest.approx((7.5, 7.0))
    assert (delta.theirs, delta.ours, delta.difference) == pytest.approx((-2.0, -2.0, 0.0), abs=1e-9)
    assert (delta.low, delta.high) == (report.cell("both", "khatt", 100, "10 steps").low_pp,) * 2
    assert single.low < 9.0 < single.high
    assert [quantity.kind for quantity in cells[2].quantities] == ["multi"]
    assert [cell.why_alone for cell in cells[4:]] == [
        "the study has K 100, 500, not all", "the study has no data set nust", "the study has no trocr",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"measure": "wer"}, "they are CERs, and ours are shown by another measure"),
        ({"split": "validation"}, "they are of test lines, and ours are shown of validation lines"),
        ({"k_unit": "characters"}, "their K counts lines, that of the study counts characters"),
    ],
)
def test_beside_a_cer_of_test_lines_stands_nothing_else(shown, why):
    plan = make_plan(architectures=("cnn",), k_lines=(100,), seeds=(0, 1), budgets=("10 steps",))
    records = make_records(plan, by_regime({("cnn", "single"): 10, ("cnn", "multi"): 9}))
    report = replace(report_of(plan, records), **shown)
    (cell,) = published_beside((PublishedValue("khatt", "cnn", 100, 9.5, 9.0, "paper"),), report)
    assert cell.why_alone == why
    assert [quantity.ours for quantity in cell.quantities] == [None, None, None]


def test_the_columns_are_those_that_are_named():
    assert COLUMNS[:3] == ("target", "architecture", "k")

"""The table of all differences: its rows, its order, its words."""

import pytest
from PySide6.QtCore import Qt

from tests.analysis.made_up import by_regime, make_plan, make_records
from workbench.analysis.results.report import report_of
from workbench.gui.item_models.statistics import ALL_TARGETS, CELL_ROLE, StatisticsModel, rows_of
from workbench.gui.wording import p_value

TABLE = {
    ("small-cnn", "single"): 50,
    ("small-cnn", "multi"): 48,
    ("small-crnn", "single"): 40,
    ("small-crnn", "multi"): 28,
}


@pytest.fixture
def model(qapp: object) -> StatisticsModel:
    plan = make_plan(seeds=(0, 1, 2), k_lines=(100, 500))
    edits = by_regime(TABLE)
    records = make_records(plan, lambda request, target: edits(request, target) + request.seed + (request.k == 500))
    model = StatisticsModel()
    report = report_of(plan, records)
    model.show_rows(rows_of(report, report.budgets[0], ""))
    return model


def texts(model: StatisticsModel, column: str) -> list[str]:
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    return [model.index(row, titles.index(column)).data() for row in range(model.rowCount())]


def test_cells_then_means_then_slopes(model: StatisticsModel) -> None:
    assert model.rowCount() == 12 + 3 + 9  # three differences: 2 targets × 2 K; a mean each; slopes: 2 targets and all
    assert texts(model, "Target").count(ALL_TARGETS) == 6
    assert texts(model, "K")[-9:] == ["per doubling"] * 9
    assert texts(model, "Difference")[0] == "CNN-only (small)"
    assert sorted(texts(model, "Δ")[:8]) == ["−12.0"] * 4 + ["−2.0"] * 4
    assert texts(model, "Δ")[8:12] == ["−10.0"] * 4
    assert set(texts(model, "Difference")) == {
        "CNN-only (small)", "CRNN (small)", "CRNN (small) − CNN-only (small)",
    }  # fmt: skip


def test_a_row_leads_to_its_cell_and_a_mean_to_none(model: StatisticsModel) -> None:
    assert model.index(0, 0).data(CELL_ROLE) == ("khatt", 100, ("small-cnn",))
    assert ("uhwr", 500, ("small-crnn", "small-cnn")) in [model.index(n, 0).data(CELL_ROLE) for n in range(12)]
    assert model.index(model.rowCount() - 1, 0).data(CELL_ROLE) is None


def test_it_is_sorted_with_missing_values_last(model: StatisticsModel) -> None:
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        model.sort(titles.index("p, Holm"), order)
        shown = texts(model, "p, Holm")
        assert shown[:12].count("–") == 0
        assert set(shown[12:]) == {"–"}
    model.sort(titles.index("Δ"), Qt.SortOrder.AscendingOrder)
    assert texts(model, "Δ")[0] == "−12.0"
    model.sort(-1)
    assert texts(model, "Difference")[0] == "CNN-only (small)"


def test_it_is_copied_as_it_is_shown(model: StatisticsModel) -> None:
    lines = model.as_text().splitlines()
    assert len(lines) == model.rowCount() + 1
    assert lines[0].split("\t")[:4] == ["Difference", "Target", "K", "Δ"]
    assert lines[1].split("\t")[:4] == ["CNN-only (small)", "khatt", "100", "−2.0"]


def test_the_interval_says_what_it_is_over(model: StatisticsModel) -> None:
    tip = model.index(0, 4).data(Qt.ItemDataRole.ToolTipRole)
    assert "12 writers × 3 pairs" in tip
    assert "so few clusters or trainings cover the truth" in tip


@pytest.mark.parametrize(("p", "text"), [(None, "–"), (0.0002, "< 0.001"), (0.0314, "0.031"), (0.314, "0.31")])
def test_p_values_have_as_many_digits_as_they_bear(p: float | None, text: str) -> None:
    assert p_value(p) == text

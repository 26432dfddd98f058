"""What is said of intervals over few clusters or trainings."""

import pytest

from workbench.analysis.statistics.coverage import coverage_in_words, coverage_of


@pytest.mark.parametrize(("clusters", "trainings"), [(50, 3), (132, 15)])
def test_nothing_is_said_where_it_covers_as_it_should(clusters, trainings):
    assert coverage_of(clusters, trainings) is None


def test_few_clusters_or_trainings_have_what_was_measured_for_them():
    assert coverage_of(15, 1) == coverage_of(24, 1)
    assert coverage_of(15, 1)[1] < 94 < coverage_of(50, 2)[1]
    assert coverage_of(200, 2) == coverage_of(50, 2)
    assert coverage_of(40, 9) == coverage_of(25, 3)
    assert coverage_of(3, 5) == coverage_of(10, 3)


def test_it_is_said_in_words():
    assert coverage_in_words((91, 92)) == "cover the truth 91 to 92 times in 100"
    assert coverage_in_words((93, 93)) == "cover the truth 93 times in 100"

"""What is said of intervals over few clusters or trainings."""

import pytest

from workbench.analysis.coverage import coverage_in_words


@pytest.mark.parametrize(("clusters", "trainings"), [(50, 3), (132, 15)])
def test_nothing_is_said_where_it_covers_as_it_should(clusters, trainings):
    assert coverage_in_words(clusters, trainings) == ""


def test_few_clusters_or_trainings_are_said_with_what_was_measured():
    said = coverage_in_words(15, 1)
    assert said == "Intervals over 15 clusters and 1 training were measured to cover the truth 91 to 92 times in 100."
    assert "over 200 clusters and 2 trainings were measured" in coverage_in_words(200, 2)
    assert "over 40 clusters and 9 trainings were measured" in coverage_in_words(40, 9)
    assert "over 40 clusters and 3 draws were" in coverage_in_words(40, 3, are_draws=True)
    assert coverage_in_words(3, 5).endswith("were not measured: too few.")

"""The regression finds what was put in, agrees with least squares written out, and its p values are uniform."""

import numpy as np
import pytest

from workbench.analysis.letters.regression import NUMBERS, Observation, regression


def made_up(seed=0, *, sharedness=0.0, frequency=0.0, noise=1.0, characters=30, targets=("ar", "ur", "fa")):
    random = np.random.default_rng(seed)
    found = []
    for level, target in enumerate(targets):
        for number in range(characters):
            # frequent characters are shared more often: the confounding that the regression is there for
            count = float(np.rint(10 ** random.uniform(0, 3)))
            shared = float(random.random() < 0.2 + 0.25 * np.log10(1 + count))
            occurrences = int(20 + 2 * count)
            delta = level + sharedness * shared + frequency * np.log10(1 + count) + random.normal(0, noise)
            found.append(Observation(target, chr(0x621 + number), delta, occurrences, shared, count, number % 2 == 0))
    return found


def by_name(fit):
    return {one.name: one for one in fit.coefficients}


def test_exact_effects_are_found_exactly():
    fit = by_name(regression(made_up(sharedness=-4.0, frequency=-2.0, noise=0.0), "exact"))
    assert fit["sharedness"].value_pp == pytest.approx(-4.0)
    assert fit["log_frequency"].value_pp == pytest.approx(-2.0)
    assert fit["dots"].value_pp == pytest.approx(0.0, abs=1e-9)
    assert fit["sharedness"].p < 0.001


def test_coefficients_and_errors_are_those_of_weighted_least_squares():
    observations = made_up(3, sharedness=-1.0)
    fit = regression(observations, "wls")
    design = np.array(
        [[*one.numbers(), *(one.target == target for target in ("ar", "ur", "fa"))] for one in observations]
    )
    weights = np.array([one.occurrences for one in observations], float)
    values = np.array([one.delta_pp for one in observations])
    information = design.T @ (weights[:, None] * design)
    expected = np.linalg.solve(information, design.T @ (weights * values))
    rest = values - design @ expected
    variance = (weights * rest**2).sum() / (len(values) - design.shape[1])
    errors = np.sqrt(variance * np.diag(np.linalg.inv(information)))
    for place, name in enumerate(NUMBERS):
        assert by_name(fit)[name].value_pp == pytest.approx(expected[place])
        assert by_name(fit)[name].standard_error == pytest.approx(errors[place])


def test_what_frequency_alone_does_is_not_taken_for_sharedness():
    fit = by_name(regression(made_up(1, frequency=-3.0, noise=0.3), "confounded"))
    assert fit["sharedness"].alone_pp < -0.5  # shared characters gain more, as they are frequent
    assert abs(fit["sharedness"].value_pp) < 0.2
    assert fit["log_frequency"].p < 0.001


def test_p_values_are_uniform_where_there_is_no_effect():
    ps = [by_name(regression(made_up(seed, characters=10), seed))["sharedness"].p for seed in range(120)]
    assert 0.35 < float(np.mean(ps)) < 0.65
    assert np.mean(np.array(ps) < 0.1) < 0.2


def test_the_same_question_has_the_same_answer():
    assert regression(made_up(5), "key") == regression(made_up(5), "key")


def test_numbers_that_do_not_vary_have_no_coefficient():
    everything_shared = [
        Observation(
            one.target, one.character, one.delta_pp, one.occurrences, 1.0, one.training_count, one.is_told_by_dots
        )
        for one in made_up(2)
    ]
    fit = regression(everything_shared, "shared")
    assert set(by_name(fit)) == {"log_frequency", "dots"}
    assert "sharedness" in fit.remark


def test_too_few_characters_are_said_to_be_so():
    fit = regression(made_up()[:6], "few")
    assert fit.coefficients == ()
    assert "there are 6" in fit.remark

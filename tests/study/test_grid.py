"""The grid: as many requests as the study's axes multiply to, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.study.grid import REGIMES, RunRequest, expand
from workbench.study.schema import Budget, Study

axes = st.fixed_dictionaries(
    {
        "architectures": st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(tuple),
        "regimes": st.lists(st.sampled_from(["single", "multi"]), min_size=1, unique=True).map(tuple),
        "k_lines": st.lists(st.integers(1, 50), min_size=1, max_size=3, unique=True).map(tuple),
        "seeds": st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True).map(tuple),
        "draws": st.integers(1, 3),
        "budgets": st.lists(st.sampled_from(["10 steps", "2 epochs"]), min_size=1, unique=True).map(
            lambda texts: tuple(map(Budget.model_validate, texts))
        ),
    }
)
targets = st.lists(st.sampled_from(["ar", "ur", "fa"]), min_size=2, unique=True).map(tuple)


@given(axes, targets)
def test_sizes_and_order(axis: dict[str, object], names: tuple[str, ...]) -> None:
    study = Study.model_validate({"name": "a", **axis})
    requests = expand(study, names)
    per_cell = ("single" in study.regimes) * len(names) + ("multi" in study.regimes)
    cells = study.draws * len(study.seeds) * len(study.k_lines) * len(study.budgets) * len(study.architectures)
    assert len(requests) == len(set(requests)) == cells * per_cell
    replicates = [(request.draw, study.seeds.index(request.seed)) for request in requests]
    assert replicates == sorted(replicates), "a whole replicate is complete before the next begins"


@given(targets, st.integers(1, 100))
def test_a_single_run_has_what_the_multi_run_has(names: tuple[str, ...], k: int) -> None:
    (joint,) = REGIMES["multi"].compositions(names, k)
    assert REGIMES["single"].compositions(names, k) == tuple((part,) for part in joint)


def by_regime(
    *regimes: str, names: tuple[str, ...] = ("ar", "ur", "fa"), **study: object
) -> dict[str, list[RunRequest]]:
    asked = Study.model_validate({"name": "a", "architectures": ["x"], "regimes": regimes, "k_lines": [10], **study})
    found: dict[str, list[RunRequest]] = {regime: [] for regime in regimes}
    for request in expand(asked, names):
        found[request.regime].append(request)
    return found


def test_compositions_of_every_regime() -> None:
    runs = by_regime(*REGIMES)
    taken = {
        regime: [[(part.target, part.amount) for part in request.composition] for request in requests]
        for regime, requests in runs.items()
    }
    alone = [[("ar", 10)], [("ur", 10)], [("fa", 10)]]
    everything = [("ar", 10), ("ur", 10), ("fa", 10)]
    assert taken["single"] == taken["finetuned"] == taken["head_on_single"] == taken["head_on_multi"] == alone
    assert taken["multi"] == [everything]
    assert taken["pairs"] == [[("ar", 10), ("ur", 10)], [("ar", 10), ("fa", 10)], [("ur", 10), ("fa", 10)]]
    assert sorted(map(sorted, taken["leave_one_out"])) == sorted(map(sorted, taken["pairs"])), "of three targets"
    assert taken["extra"] == [[("ar", 30)], [("ur", 30)], [("fa", 30)]], "the volume of the multi-script run"
    assert taken["permuted"] == [everything] * 3
    assert taken["others_whole"][1] == [("ar", None), ("ur", 10), ("fa", None)]
    assert [request.targets for request in runs["permuted"]] == [("ar",), ("ur",), ("fa",)]
    (around,) = (request for request in runs["permuted"] if request.targets == ("ur",))
    assert [part.are_labels_permuted for part in around.composition] == [True, False, True]
    assert not any(part.are_labels_permuted for request in runs["others_whole"] for part in request.composition)


def test_a_second_stage_comes_after_the_run_that_it_goes_on_from() -> None:
    asked = Study(name="a", regimes=("finetuned", "head_on_multi", "multi", "single", "head_on_single"), seeds=(0, 1))
    requests = expand(asked, ("ar", "ur"))
    for at, request in enumerate(requests):
        firsts = [number for number, other in enumerate(requests) if other.is_first_stage_of(request)]
        after = REGIMES[request.regime].after
        assert len(firsts) == (after is not None)
        if after is not None:
            first = requests[firsts[0]]
            assert firsts[0] < at
            assert first.regime == after.regime
            assert first.setting == request.setting
            assert set(request.targets) <= set(first.trained_on)


def test_conditions_multiply_the_grid_and_the_usual_ones_do_not() -> None:
    plain = expand(Study(name="a"), ("ar", "ur"))
    assert {str(request.conditions) for request in plain} == {""}
    axes = {"folding": ["off", "on"], "batches": ["mixed", "one_target"], "norm": ["group"], "sampling": ["balanced"]}
    many = expand(Study.model_validate({"name": "a", "conditions": axes}), ("ar", "ur"))
    assert len(many) == len(set(many)) == 4 * len(plain)
    assert "code points folded, batches of one data set, balanced sampling, group norm" in {
        str(request.conditions) for request in many
    }


def test_arms_are_named_by_what_they_train_on_where_the_regime_does_not_tell() -> None:
    runs = by_regime("single", "multi", "pairs")
    assert [request.arm for request in runs["pairs"]] == ["pairs: ar + ur", "pairs: ar + fa", "pairs: ur + fa"]
    assert {request.arm for request in runs["multi"]} == {"multi"}


def test_requests_of_older_plans_are_read() -> None:
    text = (
        '{"architecture":"x","regime":"multi","composition":[["ar",100],["ur",100]],"k":100,"draw":0,"seed":0,'
        '"budget":"40 epochs"}'
    )
    request = RunRequest.model_validate_json(text)
    assert request.targets == request.trained_on == ("ar", "ur")
    assert request == RunRequest.model_validate_json(request.model_dump_json())


def test_what_cannot_be_expanded() -> None:
    with pytest.raises(InputError, match="Unknown regime 'duo'"):
        expand(Study(name="a", regimes=("duo",)), ("ar", "ur"))
    with pytest.raises(InputError, match="at least two targets"):
        expand(Study(name="a"), ("ar",))
    assert len(expand(Study(name="a", regimes=("single",)), ("ar",))) == 2
    with pytest.raises(InputError, match="at least three targets"):
        expand(Study(name="a", regimes=("leave_one_out",)), ("ar", "ur"))
    with pytest.raises(InputError, match="goes on from runs of 'multi'"):
        expand(Study(name="a", regimes=("single", "finetuned")), ("ar", "ur"))

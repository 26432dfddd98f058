"""The grid: as many requests as the study's axes multiply to, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.study.grid import REGIMES, expand
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
    (joint,) = REGIMES["multi"](names, k)
    assert REGIMES["single"](names, k) == tuple((part,) for part in joint)


def test_what_cannot_be_expanded() -> None:
    with pytest.raises(InputError, match="Unknown regime 'duo'"):
        expand(Study(name="a", regimes=("duo",)), ("ar", "ur"))
    with pytest.raises(InputError, match="at least two targets"):
        expand(Study(name="a"), ("ar",))
    assert len(expand(Study(name="a", regimes=("single",)), ("ar",))) == 2

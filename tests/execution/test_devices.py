"""Where runs train at the same time: devices by name, several runs on each, told without torch."""

from pathlib import Path

import pytest

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from workbench.errors import InputError
from workbench.execution.devices import Place, check_devices, cuda_devices, has_bfloat16, places
from workbench.execution.estimates import estimate
from workbench.execution.local import LocalExecutor
from workbench.runs.control import Control
from workbench.runs.events import RunFinished
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("workbench.execution.devices.cuda_devices", lambda: ("Large", "Small"))


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.execution.devices.cores", lambda: 4)


def test_one_run_per_gpu_or_per_core(two_gpus: None) -> None:
    assert places("auto") == (Place("auto", 0), Place("auto", 1))
    assert places("cpu") == (Place("cpu"),) * 4
    assert places("cpu", beside_window=True) == (Place("cpu"),) * 3
    assert places("cpu", per_device=2, beside_window=True) == (Place("cpu"),) * 2


def test_several_runs_per_gpu_take_turns(two_gpus: None) -> None:
    assert [place.gpu for place in places("cuda", per_device=2)] == [0, 1, 0, 1]
    assert [place.gpu for place in places("auto", processes=3)] == [0, 1, 0]
    assert [place.gpu for place in places("auto", processes=1)] == [0]


def test_named_devices(two_gpus: None) -> None:
    assert places("cpu", devices=["cuda:1"]) == (Place("cuda", 1),)
    assert places("auto", devices=["cuda:1", "cpu"], per_device=1) == (Place("cuda", 1), Place("cpu"))
    assert places("auto", devices=["cuda:0", "cpu"]).count(Place("cpu")) == 4


def test_a_single_gpu_is_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.execution.devices.cuda_devices", lambda: ("Only",))
    assert places("auto") == (Place("auto"),)
    assert places("auto", per_device=3) == (Place("auto"),) * 3
    assert Place("auto").visible_gpu is None


def test_numbers_count_within_what_the_program_may_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert Place("cuda", 1).visible_gpu == "1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, 5")
    assert [Place("cuda", number).visible_gpu for number in (0, 1)] == ["3", "5"]


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        (["cuda"], "'cuda' is no device"),
        (["cuda:2"], "There is no GPU cuda:2"),
        (["cuda:0", "cuda:0"], "named twice"),
        (["gpu 0"], "no device"),
    ],
)
def test_devices_that_are_not_there(two_gpus: None, devices: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_devices(devices)


def test_a_gpu_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.execution.devices.cuda_devices", tuple)
    with pytest.raises(InputError, match="no CUDA device was found"):
        check_devices(["cuda:0"])
    assert check_devices(["cpu"]) == ("cpu",)


def test_devices_are_told_without_a_fault_on_this_machine() -> None:
    assert all(isinstance(name, str) for name in cuda_devices())


@pytest.mark.parametrize(
    ("told", "has"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512bw avx512dq avx512vl fma\n", True),
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f fma\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd bf16\n", True),
        ("processor\t: 0\nFeatures\t: fp asimd\n", False),
        ("nothing that is known\n", True),
    ],
)
def test_bfloat16_is_told_from_the_processor(monkeypatch: pytest.MonkeyPatch, told: str, has: bool) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: told)
    assert has_bfloat16() is has


def test_a_processor_that_says_nothing_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert has_bfloat16()


def test_a_study_that_is_slow_here_says_so(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    half = plan.study.training.model_copy(update={"precision": "bfloat16"})
    changed = plan.model_copy(update={"study": plan.study.model_copy(update={"training": half})})
    store = RunStore(workspace)
    for has, warned in ((True, False), (False, True)):
        monkeypatch.setattr("workbench.execution.estimates.has_bfloat16", lambda has=has: has)
        assert bool(estimate(changed, store, device="cpu").warning) is warned
        assert not estimate(plan, store, device="cpu").warning


def test_each_process_sees_the_gpu_of_its_place(two_gpus: None, workspace: Workspace, plan: Plan) -> None:
    executor = LocalExecutor(workspace, device="auto", checkpoint_after_s=0, trainer=f"{HERE}:tells_its_device")
    assert executor.slots == 2
    events = list(executor.run(plan, Control()))
    assert sum(isinstance(event, RunFinished) for event in events) == 3
    store = RunStore(workspace)
    told = {(store.folder(run) / "device.txt").read_text() for run in plan.run_ids}
    assert told == {"auto 0", "auto 1"}
    assert training_processes() == []


def test_many_small_runs_on_one_device(workspace: Workspace, plan: Plan) -> None:
    executor = LocalExecutor(
        workspace, devices=("cpu",), per_device=3, checkpoint_after_s=0, trainer=f"{HERE}:tells_its_device"
    )
    assert executor.slots == 3
    events = list(executor.run(plan, Control()))
    assert sum(isinstance(event, RunFinished) for event in events) == 3
    assert (RunStore(workspace).folder(plan.run_ids[0]) / "device.txt").read_text() == "cpu all"

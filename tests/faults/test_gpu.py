"""A GPU that fails or is not there, as PyTorch tells it: one sentence, and a run that goes on where it stood."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.execution.scripted import HERE
from workbench.errors import DeviceLostError
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunResumed
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.training.reproducibility import device_errors, memory_errors

GPU = torch.device("cuda:0")


def run(workspace: Workspace, plan: Plan, trainer: str) -> list[RunEvent]:
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")
    return list(run_study(workspace, plan, executor=executor, control=Control()))


def test_a_run_that_lost_its_gpu_goes_on(workspace: Workspace, plan: Plan) -> None:
    """Without being asked to try failed runs again: nothing was wrong with it."""
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    failed = run(workspace, one, "loses_its_gpu")[-1]
    assert isinstance(failed, RunFailed)
    assert (failed.kind, failed.reason) == ("device_lost", "cuda:0 failed: CUDA error: unspecified launch failure")
    assert RunStore(workspace).state(failed.run) == "interrupted"
    after = run(workspace, one, "train")
    assert isinstance(after[0], RunResumed)
    assert isinstance(after[-1], RunFinished)


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later"),
        RuntimeError("CUDA error: device not ready"),
        RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    ],
    ids=["lost", "not ready", "cudnn", "cublas"],
)
def test_what_pytorch_says_of_a_failed_gpu_is_one_sentence(error: RuntimeError) -> None:
    with pytest.raises(DeviceLostError) as caught, device_errors(GPU), memory_errors(GPU):
        raise error
    assert "\n" not in str(caught.value)
    assert "cuda:0 failed: " in str(caught.value)


@pytest.mark.parametrize("text", ["CUDA out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED"])
def test_memory_is_no_lost_gpu(text: str) -> None:
    with pytest.raises(MemoryError), device_errors(GPU), memory_errors(GPU):
        raise RuntimeError(text)


def test_an_error_of_the_program_is_no_lost_gpu() -> None:
    with pytest.raises(RuntimeError, match="shapes") as caught, device_errors(GPU), memory_errors(GPU):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert not isinstance(caught.value, DeviceLostError)


def test_without_a_gpu_auto_takes_the_processor_and_cuda_says_so(workspace: Workspace) -> None:
    script = (
        "from workbench.training.reproducibility import choose_device\n"
        "print(choose_device('auto'))\n"
        "from workbench.errors import InputError\n"
        "try: choose_device('cuda')\n"
        "except InputError as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stdout.splitlines()[0] == "cpu"
    assert "There is no CUDA device" in ended.stdout.splitlines()[1]

import pytest
import torch

from workbench.errors import InputError
from workbench.training.reproducibility import choose_device, memory_errors, reproducible

needs_no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@needs_no_gpu
def test_auto_falls_back_to_the_cpu():
    assert choose_device("auto") == choose_device("cpu") == "cpu"


@needs_no_gpu
def test_asking_for_a_gpu_that_is_not_there_is_an_error():
    with pytest.raises(InputError, match="There is no CUDA device") as caught:
        choose_device("cuda")
    assert caught.value.hint


@pytest.mark.parametrize("name", ["gpu", "", "tpu:0"])
def test_an_unknown_device_is_an_error(name):
    with pytest.raises(InputError, match="Unknown device"):
        choose_device(name)


def test_what_was_set_is_set_back():
    before = torch.get_num_threads()
    with reproducible(torch.device("cpu"), 2):
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == before
    assert not torch.are_deterministic_algorithms_enabled()


def test_all_ways_to_be_out_of_memory_are_one():
    cpu = torch.device("cpu")
    with pytest.raises(MemoryError), memory_errors(cpu):
        raise torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(MemoryError), memory_errors(cpu):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")
    for text in (
        "std::bad_alloc",
        "could not create a primitive",
        "CUDA error: out of memory",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ):
        with pytest.raises(MemoryError), memory_errors(cpu):
            raise RuntimeError(text)
    with pytest.raises(RuntimeError, match="shape"), memory_errors(cpu):
        raise RuntimeError("shape mismatch")

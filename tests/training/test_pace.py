import psutil
import pytest
import torch

from workbench.training import pace, utilisation
from workbench.training.pace import Stopwatch
from workbench.training.utilisation import LEAST_INTERVAL_S, Utilisation


def test_pauses_do_not_count_and_earlier_sittings_do(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    watch = Stopwatch(50.0, torch.device("cpu"))
    now[0] += 3
    watch.stop()
    now[0] += 1000
    watch.start()
    now[0] += 2
    assert watch.seconds == 55


def test_speed_is_that_of_training_since_the_last_look():
    watch = Stopwatch(0.0, torch.device("cpu"))
    watch.count(8, 0.5)
    watch.count(8, 0.5)
    watch.restart_speed()
    assert watch.pace().lines_per_second == 16
    watch.restart_speed()  # nothing new: the last known speed stays
    assert watch.pace().lines_per_second == 16
    watch.count(4, 1.0)
    watch.restart_speed()
    assert watch.pace().lines_per_second == 4
    assert watch.pace().memory_mb > 10


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(utilisation.time, "monotonic", lambda: now[0])
    return now


class Process:
    """A process that was as busy as it says since it was last asked."""

    def __init__(self, *shares):
        self.shares = list(shares)

    def cpu_percent(self):
        return self.shares.pop(0)


def test_on_a_cpu_it_is_the_share_of_the_threads(monkeypatch, clock):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    busy = Utilisation(torch.device("cpu"), Process(77.0, 150.0, 207.0))
    assert busy.per_cent() is None, "nothing is known yet"
    clock[0] += 1
    assert busy.per_cent() == 75.0
    clock[0] += LEAST_INTERVAL_S / 2
    assert busy.per_cent() == 75.0, "not asked again so soon"
    clock[0] += 1
    assert busy.per_cent() == 100.0


def test_a_pause_is_not_idleness(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    process = Process(0.0, 0.0, 90.0)
    monkeypatch.setattr(pace.psutil, "Process", lambda: process)
    watch = Stopwatch(0.0, torch.device("cpu"))
    watch.stop()
    now[0] += 1000
    watch.start()
    assert process.shares == [90.0], "the idle time was asked for, and is not told"


def test_a_gpu_is_asked_and_one_that_does_not_answer_is_let_alone(monkeypatch, clock):
    asked = []

    def answer(device):
        asked.append(device)
        if len(asked) > 1:
            raise RuntimeError("no driver")
        return 83

    monkeypatch.setattr(torch.cuda, "utilization", answer)
    busy = Utilisation(torch.device("cuda:1"), psutil.Process())
    found = []
    for _ in range(3):
        clock[0] += 1
        found.append(busy.per_cent())
    assert found == [83.0, None, None]
    assert asked == [torch.device("cuda:1")] * 2

import torch

from workbench.training import pace
from workbench.training.pace import Stopwatch


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

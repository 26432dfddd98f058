import pytest
import torch

from workbench.study.schema import Training
from workbench.training.schedule import learning_rate


def rates(training, steps):
    return [learning_rate(training, step, steps) for step in range(1, steps + 1)]


def optimiser(training):
    return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=training.learning_rate)


def by_torch(scheduler, stepper, steps):
    found = []
    for _ in range(steps):
        found.append(stepper.param_groups[0]["lr"])
        stepper.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_one_cycle_is_that_of_torch(share):
    steps = 41
    training = Training(schedule="one_cycle", learning_rate=3e-3, warmup_share=share)
    stepper = optimiser(training)
    # torch places the peak at (share * total - 1): asked for in its own terms.
    peak = (share * (steps - 1) + 1) / steps
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        stepper, 3e-3, total_steps=steps, pct_start=peak, cycle_momentum=False
    )
    expected = [group["lr"] for group in stepper.param_groups]
    for _ in range(steps - 1):
        stepper.step()
        scheduler.step()
        expected.append(stepper.param_groups[0]["lr"])
    assert rates(training, steps) == pytest.approx(expected)


def test_milestones_are_those_of_torch():
    training = Training(schedule="milestones", learning_rate=5e-4, milestone_shares=(0.5, 0.75))
    stepper = optimiser(training)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(stepper, [20, 30])
    assert rates(training, 40) == pytest.approx(by_torch(scheduler, stepper, 40))


def test_constant_stays():
    assert set(rates(Training(schedule="constant", learning_rate=0.01), 9)) == {0.01}


@pytest.mark.parametrize("schedule", ["one_cycle", "milestones", "constant"])
def test_a_run_of_one_step_has_a_rate(schedule):
    assert learning_rate(Training(schedule=schedule), 1, 1) > 0

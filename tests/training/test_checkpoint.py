import hashlib

import pytest
import torch

from workbench.errors import RunError
from workbench.models.registry import architecture_spec, build
from workbench.runs.events import CheckpointSaved
from workbench.training.checkpoint import (
    FORMAT,
    Best,
    Progress,
    checkpoint_name,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    snapshot,
    weights_name,
)


def trained(seed=0, steps=2):
    torch.manual_seed(seed)
    network = build(architecture_spec("small-crnn"), 5).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(steps):
        optimiser.zero_grad()
        output = network(torch.rand(2, 1, 16, 48), [12, 9])
        (output.logits.square().mean() + output.auxiliary.square().mean()).backward()
        optimiser.step()
    return network, optimiser


def saved(folder, progress, network, optimiser, run="abc"):
    name, sha256, size = save_checkpoint(folder, run, progress, network, optimiser)
    return CheckpointSaved(run=run, step=progress.step, path=name, sha256=sha256, bytes=size)


def equal(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_everything_comes_back(tmp_path):
    network, optimiser = trained()
    weights = snapshot(network)
    progress = Progress(
        step=7,
        pending=("ur",),
        loss_sum=1.25,
        loss_steps=3,
        seconds=4.5,
        parts=4,
        reading_parts=2,
        best={"ar": Best(4, 11, weights), "fa": Best(4, 0, weights), "ur": Best(2, 9, snapshot(trained(1)[0]))},
    )
    event = saved(tmp_path, progress, network, optimiser)
    assert (tmp_path / event.path).stat().st_size == event.bytes
    assert hashlib.sha256((tmp_path / event.path).read_bytes()).hexdigest() == event.sha256
    fresh, stepper = trained(5, steps=0)
    back = load_checkpoint(tmp_path, event, fresh, stepper)
    assert (back.step, back.pending, back.loss_sum, back.loss_steps, back.seconds) == (7, ("ur",), 1.25, 3, 4.5)
    assert (back.parts, back.reading_parts) == (4, 2)
    assert {target: (best.step, best.edits) for target, best in back.best.items()} == {
        "ar": (4, 11),
        "fa": (4, 0),
        "ur": (2, 9),
    }
    assert all(equal(back.best[target].weights, progress.best[target].weights) for target in progress.best)
    assert equal(snapshot(fresh), weights)
    for mine, theirs in zip(
        stepper.state_dict()["state"].values(), optimiser.state_dict()["state"].values(), strict=True
    ):
        assert equal(mine, theirs)


def test_best_weights_of_one_step_are_stored_once(tmp_path):
    network, optimiser = trained(steps=0)
    weights = snapshot(network)
    one = saved(tmp_path, Progress(1, best={"a": Best(1, 0, weights)}), network, optimiser)
    three = saved(tmp_path, Progress(2, best={name: Best(1, 0, weights) for name in "abc"}), network, optimiser)
    assert three.bytes < 1.05 * one.bytes


def test_a_snapshot_stays_when_training_goes_on():
    network, _ = trained()
    before = snapshot(network)
    copy = {name: tensor.clone() for name, tensor in before.items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert equal(before, copy)


def test_states_of_one_step_have_different_names():
    names = {checkpoint_name(Progress(10, pending)) for pending in ((), ("a",), ("a", "b"))}
    assert len(names) == 3
    assert checkpoint_name(Progress(10)) == "checkpoint-10.pt"


def test_the_same_weights_give_the_same_bytes(tmp_path):
    first = save_weights(tmp_path, "one.safetensors", snapshot(trained()[0]))
    second = save_weights(tmp_path, "two.safetensors", snapshot(trained()[0]))
    assert first == second == hashlib.sha256((tmp_path / "one.safetensors").read_bytes()).hexdigest()


def test_weights_files_are_names_and_not_paths():
    assert weights_name("last", "ar") == "last.safetensors"
    assert weights_name("best", "khatt 2") == "best-khatt 2.safetensors"
    assert "/" not in weights_name("best", "../../etc/passwd")


def damaged_cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def damaged_flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda path: path.unlink(), "No such file"),
        (damaged_cut, "not the one that was written"),
        (damaged_flip, "not the one that was written"),
    ],
)
def test_a_damaged_checkpoint_is_told(tmp_path, harm, why):
    network, optimiser = trained(steps=0)
    event = saved(tmp_path, Progress(3), network, optimiser)
    harm(tmp_path / event.path)
    with pytest.raises(RunError, match=f"checkpoint-3.pt of run abc cannot be used: .*{why}") as caught:
        load_checkpoint(tmp_path, event, network, optimiser)
    assert "--retry" in caught.value.hint


def as_recorded(path, content):
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return CheckpointSaved(run="abc", step=1, path=path.name, sha256=digest, bytes=len(content))


class _Touch:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_checkpoint_can_run_no_code(tmp_path):
    canary = tmp_path / "canary"
    network, optimiser = trained(steps=0)
    torch.save({"format": FORMAT, "run": "abc", "step": _Touch(str(canary))}, tmp_path / "evil.pt")
    event = as_recorded(tmp_path / "x.pt", (tmp_path / "evil.pt").read_bytes())
    with pytest.raises(RunError, match="cannot be used"):
        load_checkpoint(tmp_path, event, network, optimiser)
    assert not canary.exists()


def test_a_file_that_is_no_checkpoint_is_told(tmp_path):
    network, optimiser = trained(steps=0)
    with pytest.raises(RunError, match="cannot be used"):
        load_checkpoint(tmp_path, as_recorded(tmp_path / "x.pt", b"not a checkpoint"), network, optimiser)


def test_a_checkpoint_of_another_run_or_network_is_told(tmp_path):
    network, optimiser = trained(steps=0)
    other_run = saved(tmp_path, Progress(1), network, optimiser, run="other").model_copy(update={"run": "abc"})
    with pytest.raises(RunError, match="for another run"):
        load_checkpoint(tmp_path, other_run, network, optimiser)
    event = saved(tmp_path, Progress(1), network, optimiser)
    larger = build(architecture_spec("small-crnn"), 9)
    with pytest.raises(RunError, match="does not fit this run"):
        load_checkpoint(tmp_path, event, larger, torch.optim.AdamW(larger.parameters()))

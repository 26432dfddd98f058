"""Runs that go on from another run: what they take, what stays as it is, what is refused."""

import pytest
import torch
from safetensors.torch import load_file

from tests.training.runs import content, drive, drive_until, last_checkpoint, result_files
from tests.training.strokes import lines_of, spec_of, target_of
from workbench.errors import RunError
from workbench.models.registry import build
from workbench.runs.events import RunFinished, StepLogged
from workbench.runs.spec import StartSpec
from workbench.training.stages import take_first_weights


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A finished joint run in a folder of runs, with its sources and targets."""
    runs = tmp_path_factory.mktemp("runs")
    sources = {name: lines_of(name, 13) for name in ("a", "b")}
    targets = [target_of(name, source, 8) for name, source in sources.items()]
    spec = spec_of(targets, list(sources.values()), "small-crnn", steps=10, augmentation="light")
    drive(spec, sources, runs / spec.id)
    return runs, sources, spec


def second(first, takes, **changes):
    """A run on the first target alone that goes on from the joint run."""
    _, sources, joint = first
    alone = joint.targets[:1]
    spec = spec_of(alone, [sources["a"]], "small-crnn", steps=6, augmentation="light", alphabet=joint.alphabet)
    start = StartSpec(run=joint.id, takes=takes, steps=joint.steps)
    return spec.model_copy(update={"start": start, **changes})


def weights_of(runs, run):
    return load_file(runs / run / "last.safetensors")


def is_encoder(name):
    return name.startswith("encoder.")


def test_a_whole_network_goes_on_where_the_first_run_ended(first):
    runs, _, joint = first
    spec = second(first, "network")
    network = build(spec.architecture, len(spec.alphabet) + 1)
    take_first_weights(network, spec, runs)
    before = weights_of(runs, joint.id)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_fine_tuning_changes_every_part(first):
    runs, sources, joint = first
    spec = second(first, "network")
    events = drive(spec, sources, runs / spec.id)
    assert isinstance(events[-1], RunFinished)
    before, after = weights_of(runs, joint.id), weights_of(runs, spec.id)
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert any(map(is_encoder, changed))
    assert not all(map(is_encoder, changed))


def test_a_frozen_encoder_stays_bit_by_bit_its_statistics_too(first):
    runs, sources, joint = first
    spec = second(first, "encoder")
    losses = [event.loss for event in drive(spec, sources, runs / spec.id) if isinstance(event, StepLogged)]
    assert losses[-1] < losses[0], "the new head learns"
    before, after = weights_of(runs, joint.id), weights_of(runs, spec.id)
    kept = [name for name in after if is_encoder(name)]
    assert any("running_mean" in name for name in kept)
    assert all(torch.equal(before[name], after[name]) for name in kept)


def test_the_head_on_a_frozen_encoder_is_a_new_one(first):
    runs, _, joint = first
    spec = second(first, "encoder")
    torch.manual_seed(0)
    network, untouched = (build(spec.architecture, len(spec.alphabet) + 1) for _ in range(2))
    untouched.load_state_dict(network.state_dict())
    take_first_weights(network, spec, runs)
    before = weights_of(runs, joint.id)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name] if is_encoder(name) else untouched.state_dict()[name])


@pytest.mark.parametrize("takes", ["network", "encoder"])
def test_a_second_stage_resumes_as_if_it_had_not_stopped(first, takes, tmp_path):
    runs, sources, joint = first
    spec = second(first, takes)

    def folder(name):
        here = tmp_path / name
        here.mkdir()
        (here / joint.id).symlink_to(runs / joint.id)
        return here / spec.id

    whole = folder("whole")
    events = drive(spec, sources, whole)
    parts = folder("parts")
    begun = drive_until(
        spec, sources, parts, lambda event: isinstance(event, StepLogged) and event.step == 4, checkpoint_after_s=0
    )
    rest = drive(spec, sources, parts, resume_from=last_checkpoint(begun))
    assert content(begun) + content(rest) == content(events)
    assert result_files(parts) == result_files(whole)


def test_weights_that_cannot_be_taken(first, tmp_path):
    runs, sources, joint = first
    spec = second(first, "network")
    with pytest.raises(RunError, match=f"weights of run {joint.id} cannot be taken"):
        drive(spec, sources, tmp_path / spec.id)
    (tmp_path / joint.id).mkdir()
    (tmp_path / joint.id / "last.safetensors").write_bytes(b"not weights")
    with pytest.raises(RunError, match="cannot be taken"):
        drive(spec, sources, tmp_path / spec.id)
    smaller = second(first, "network", alphabet=joint.alphabet[:-1])
    network = build(smaller.architecture, len(smaller.alphabet) + 1)
    with pytest.raises(RunError, match=r"last\.safetensors"):
        take_first_weights(network, smaller, runs)

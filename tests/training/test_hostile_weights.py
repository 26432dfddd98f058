"""Weights and checkpoints that are not what a network needs: told with the name and the shapes, never by the memory."""

import hashlib
import json
import random
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tests.faults.little_memory import little_memory
from tests.training.test_checkpoint import as_recorded, trained
from workbench.errors import RunError
from workbench.models.registry import architecture_spec, build
from workbench.runs.probes import Probed
from workbench.runs.spec import StartSpec
from workbench.training.checkpoint import FORMAT, Progress, load_checkpoint, save_checkpoint, snapshot
from workbench.training.probes import load_network
from workbench.training.stages import take_first_weights

CLASSES = 5


class Spec:
    """What of a spec the loading of weights asks for."""

    architecture = architecture_spec("small-cnn")
    alphabet = ("a",) * (CLASSES - 1)
    start = StartSpec(run="first", takes="network", steps=1)


def good() -> dict[str, torch.Tensor]:
    return snapshot(build(Spec.architecture, CLASSES))


def first_name() -> str:
    return next(name for name, tensor in good().items() if tensor.ndim > 1)


def written(**changes: torch.Tensor) -> bytes:
    return safetensors.torch.save({**good(), **changes})


def headed(header: bytes, length: int | None = None, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + body


def described(**entry: object) -> bytes:
    return headed(json.dumps({first_name(): {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **entry}}).encode(),
                  body=bytes(8))  # fmt: skip


def without_one() -> bytes:
    weights = good()
    del weights[first_name()]
    return safetensors.torch.save(weights)


WEIGHTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "cannot be"),
    "a header of 2^63 bytes": (lambda: headed(b"{}", 2**63), "cannot be"),
    "a header of 90 MB in a short file": (lambda: headed(b"{}", 90_000_000), "cannot be"),
    "a header that is no JSON": (lambda: headed(b"[" * 100_000), "cannot be"),
    "a body that is missing": (lambda: described(shape=[10**9], data_offsets=[0, 4 * 10**9]), "cannot be"),
    "a shape that overflows": (lambda: described(shape=[2**62, 2**62], data_offsets=[0, 8]), "cannot be"),
    "offsets backwards": (lambda: described(data_offsets=[8, 0]), "cannot be"),
    "overlapping offsets": (
        lambda: headed(
            json.dumps({
                name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in (first_name(), "b")
            }).encode(),
            body=bytes(8),
        ),
        "cannot be",
    ),
    "cut off": (lambda: written()[:-50], "cannot be"),
    "another shape": (lambda: written(**{first_name(): torch.zeros(3, 3)}), r"(3, 3|3 × 3|\[3, 3\])"),
    "a missing key": (without_one, "cannot be"),
    "no number": (lambda: written(**{first_name(): good()[first_name()] * float("nan")}), "no number"),
    "infinite": (lambda: written(**{first_name(): good()[first_name()] + float("inf")}), "no number"),
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_told_by_probes_and_second_stages(name: str, tmp_path: Path) -> None:
    make, words = WEIGHTS[name]
    content = make()
    names_the_key = words != "cannot be" or name == "a missing key"
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "last.safetensors").write_bytes(content)
    probed = Probed(
        run="first", target="x", selection="last", weights_path="last.safetensors",
        weights_sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    spec: object = Spec()
    with pytest.raises(RunError, match=words) as by_probe:
        load_network(spec, tmp_path / "first", probed, torch.device("cpu"))  # pyright: ignore[reportArgumentType]
    with pytest.raises(RunError, match=words) as by_stage:
        take_first_weights(build(Spec.architecture, CLASSES), spec, tmp_path)  # pyright: ignore[reportArgumentType]
    for told in (by_probe.value, by_stage.value):
        assert not names_the_key or first_name() in str(told), told
        assert len(str(told)) < 600
        assert "\x1b" not in str(told)


def changed(progress: Progress, folder: Path, **changes: object) -> bytes:
    network, optimiser = trained(steps=1)
    name, _, _ = save_checkpoint(folder, "abc", progress, network, optimiser)
    state = torch.load(folder / name, weights_only=True)
    for key, value in changes.items():
        if value is None:
            del state[key]
        else:
            state[key] = value(state[key]) if callable(value) else value
    torch.save(state, folder / "changed.pt")
    return (folder / "changed.pt").read_bytes()


def reshaped(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    name = next(iter(weights))
    return {**weights, name: torch.zeros(7, 7)}


def lost(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(list(weights.items())[1:])


def not_finite(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    name = next(name for name, tensor in weights.items() if tensor.is_floating_point())
    return {**weights, name: weights[name] * float("nan")}


STATES: dict[str, dict[str, object]] = {
    "no network": {"network": None},
    "no optimiser": {"optimiser": None},
    "a network that is a list": {"network": [1, 2]},
    "another shape": {"network": reshaped},
    "a missing key": {"network": lost},
    "no number": {"network": not_finite},
    "an optimiser of another network": {"optimiser": lambda state: {**state, "param_groups": []}},
    "an optimiser that is a number": {"optimiser": 7},
    "a step that is a text": {"step": "7"},
    "a step below zero": {"step": -1},
    "pending that is a number": {"pending": 7},
    "a best that is a list": {"best": [1]},
    "best weights that are missing": {"best": {"ar": [99, 1]}},
    "another version": {"format": FORMAT + 1},
    "no seconds": {"seconds": None},
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_does_not_fit_is_told(name: str, tmp_path: Path) -> None:
    content = changed(Progress(3), tmp_path, **STATES[name])
    network, optimiser = trained(1, steps=0)
    with pytest.raises(RunError, match="cannot be used") as caught:
        load_checkpoint(tmp_path, as_recorded(tmp_path / "x.pt", content), network, optimiser)
    assert len(str(caught.value)) < 1_000


def test_damaged_checkpoints_take_no_memory(tmp_path: Path) -> None:
    """Bytes are changed 18 times, seeded, and the sums with them; while the address space hardly grows."""
    network, optimiser = trained(steps=1)
    name, _, _ = save_checkpoint(tmp_path, "abc", Progress(3), network, optimiser)
    whole, chance, told = (tmp_path / name).read_bytes(), random.Random(7), 0
    with little_memory(600_000_000):
        for at in range(18):
            content = bytearray(whole)
            if at % 3 == 0:
                del content[chance.randrange(len(content)) :]
            for _ in range(at % 4 + 1):
                place = chance.choice((chance.randrange(len(content)), chance.randrange(min(2_000, len(content)))))
                content[place] = chance.choice((0, 255))
            with suppress(RunError):
                load_checkpoint(tmp_path, as_recorded(tmp_path / "x.pt", bytes(content)), network, optimiser)
                told -= 1
            told += 1
    assert told >= 6

import torch

from workbench.training.randomness import seed_torch, stream


def test_a_key_gives_the_same_draws_whatever_was_drawn_before():
    first = stream("order", 1, 2).random(5)
    stream("order", 1, 3).random(100)
    assert (stream("order", 1, 2).random(5) == first).all()


def test_keys_are_not_run_together():
    draws = {float(stream(*key).random()) for key in [(1, 23), (12, 3), ("1", 23), ("1", "23"), (123,)]}
    assert len(draws) == 5


def test_torch_is_seeded_by_key():
    seed_torch("dropout", 0, 7)
    first = torch.rand(3)
    seed_torch("dropout", 0, 8)
    assert not torch.equal(torch.rand(3), first)
    seed_torch("dropout", 0, 7)
    assert torch.equal(torch.rand(3), first)

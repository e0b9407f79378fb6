"""Randomness that follows from a number, and can be put back where it was."""

from __future__ import annotations

import random

import numpy as np
import torch

from models.runtime.seed import mix, random_states, seed_everything, seeded, set_random_states


def draws():
    return random.random(), np.random.rand(), np.random.randn(), torch.rand(1).item()


def test_states_are_put_back(tmp_path):
    seed_everything(5)
    draws()  # leaves NumPy with half a pair of normal numbers
    states = random_states()
    first = draws()
    torch.save(states, tmp_path / "states.pth")
    draws()
    set_random_states(torch.load(tmp_path / "states.pth", weights_only=True))
    assert draws() == first


def test_block_does_not_disturb_what_goes_on_around_it():
    seed_everything(5)
    expected = [draws(), draws()]
    seed_everything(5)
    before = draws()
    with seeded(7):
        inside = draws()
    assert [before, draws()] == expected
    with seeded(7):
        assert draws() == inside
    with seeded(8):
        assert draws() != inside


def test_mixed_numbers_differ():
    words = {mix(a, b, c) for a in range(10) for b in range(10) for c in range(100)}
    assert len(words) > 10_000 - 5  # of 2 ** 32, hardly two are the same
    assert all(0 <= word < 2**32 for word in words)
    changed = [bin(mix(0, 0, i) ^ mix(0, 0, i + 1)).count("1") for i in range(200)]
    assert 14 < np.mean(changed) < 18
    assert mix(0, 1) != mix(1, 0)

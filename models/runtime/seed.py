"""One number from which a run's randomness follows, and the states it is in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from models.runtime.dist import share

_WORD = 2**32


def choose_seed(seed: int | None = None) -> int:
    """The seed given, or a random one that all processes agree on."""
    if seed is not None:
        return seed
    return share(int(np.random.SeedSequence().generate_state(1)[0]) % 2**31)


def seed_everything(seed: int, deterministic: bool = False) -> None:
    """Seed Python, NumPy and torch; with `deterministic`, choose repeatable cuDNN kernels."""
    random.seed(seed)
    np.random.seed(seed % _WORD)
    torch.manual_seed(seed)
    if deterministic:
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False


def mix(*numbers: int) -> int:
    """Numbers → 32 bits that differ in half their places when one of the numbers changes.

    Source: the finaliser of MurmurHash3 over a running multiply-add.
    """
    word = 0
    for number in numbers:
        word = (word * 0x9E3779B1 + number + 1) % _WORD
        word = ((word ^ word >> 16) * 0x85EBCA6B) % _WORD
        word = ((word ^ word >> 13) * 0xC2B2AE35) % _WORD
        word ^= word >> 16
    return word


def seed_host(seed: int) -> None:
    """Seed Python, NumPy and torch's CPU generator, in microseconds; CUDA is left alone.

    Args:
        seed: of 32 bits.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block, randomness on the host follows from `seed`; then it goes on as before."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seed_host(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def random_states() -> dict[str, Any]:
    """The states of all generators of this process, as tensors and plain values."""
    kind, words, position, has_gauss, gauss = np.random.get_state()
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
    return {
        "python": random.getstate(),
        "numpy": (kind, torch.from_numpy(words.astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state() if cuda else None,
    }


def set_random_states(states: Mapping[str, Any]) -> None:
    """Put all generators of this process into the states that `random_states` returned."""
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    kind, words, *rest = states["numpy"]
    np.random.set_state((kind, words.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(states["torch"])
    if states["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])

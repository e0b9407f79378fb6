"""One number from which a run's randomness follows."""

from __future__ import annotations

import random

import numpy as np
import torch
import torch.distributed


def choose_seed(seed: int | None = None) -> int:
    """The seed given, or a random one that all processes agree on."""
    if seed is not None:
        return seed
    drawn = [int(np.random.SeedSequence().generate_state(1)[0]) % 2**31]
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.broadcast_object_list(drawn, src=0)
    return drawn[0]


def seed_everything(seed: int, deterministic: bool = False) -> None:
    """Seed Python, NumPy and torch; with `deterministic`, choose repeatable cuDNN kernels."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    if deterministic:
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False

"""One training step, the same for every network of mmcv's kind: forward, backward, step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from models.benchmark.inputs import training_batch
from models.benchmark.side import Clock

Step = Callable[[], dict[str, tuple[Any, Any]]]


def make_step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Mapping[str, torch.Tensor],
    clock: Clock,
    **kwargs: Any,
) -> Step:
    """A call that trains on one batch and answers with the marks of its parts.

    Args:
        network: has mmcv's `train_step`, which answers with `loss`.
        optimizer: of its parameters.
        batch: what `train_step` takes, on the network's device.
        clock: of that device.
        kwargs: further arguments of `train_step`.
    """

    def step() -> dict[str, tuple[Any, Any]]:
        begin = clock.mark()
        loss = network.train_step(batch, optimizer, **kwargs)["loss"]
        forward = clock.mark()
        optimizer.zero_grad()
        loss.backward()
        backward = clock.mark()
        optimizer.step()
        end = clock.mark()
        return {
            "forward": (begin, forward),
            "backward": (forward, backward),
            "step": (backward, end),
        }

    return step


def original(options: Mapping[str, Any]) -> tuple[nn.Module, torch.optim.Optimizer]:
    """The original's network in train mode, with mmcv's optimizer as the config names it."""
    from mmcv.runner import build_optimizer

    from models.benchmark.mmpose_side import build_network

    network = build_network(options).train()
    return network, build_optimizer(network, dict(options["optimizer"]))


def ours(options: Mapping[str, Any]) -> tuple[nn.Module, torch.optim.Optimizer]:
    """This project's network in train mode, with the optimizer as its training builds it."""
    from models.benchmark.network import build_network
    from models.engine.optimizer import build_optimizer

    network = build_network(options).train()
    return network, build_optimizer(network, dict(options["optimizer"]))


def batch_on(
    device: str, batch: int, joints: int, size: tuple[int, int]
) -> dict[str, torch.Tensor | list]:
    """A seeded training batch as a loader would hand it over, on a device."""
    arrays = training_batch(batch, joints, size)
    metas = [{"image_file": "", "flip_pairs": []}] * batch
    tensors = {key: torch.from_numpy(value).to(device) for key, value in arrays.items()}
    return {**tensors, "img_metas": metas}


def first_answers(
    network: nn.Module, batch: Mapping[str, Any], **kwargs: Any
) -> dict[str, np.ndarray]:
    """Loss and size of the gradient on a batch, without a step: what two networks must share.

    Batch-norm statistics are left as they were.
    """
    buffers = {name: value.clone() for name, value in network.named_buffers()}
    loss = network.train_step(batch, None, **kwargs)["loss"]
    loss.backward()
    squares = sum(float(p.grad.double().square().sum()) for p in network.parameters())
    for parameter in network.parameters():
        parameter.grad = None
    for name, value in network.named_buffers():
        value.copy_(buffers[name])
    return {"loss": np.array(loss.item()), "gradient": np.array(squares**0.5)}

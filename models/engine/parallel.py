"""The wrappers that bring a batch to the device of the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmcv.parallel import MMDataParallel, MMDistributedDataParallel
from torch import nn

from models.runtime.seed import random_states, set_random_states


def wrap_model(
    model: nn.Module,
    distributed: bool,
    gpu_id: int | None = None,
    find_unused_parameters: bool = False,
) -> nn.Module:
    """Put a network on its device, in the wrapper that mmcv's Runner expects.

    Args:
        model: the network.
        distributed: whether this process is one of a group.
        gpu_id: the GPU of a single process; None is the CPU.
        find_unused_parameters: see torch's DistributedDataParallel.
    """
    if distributed:
        device_ids = None
        if torch.cuda.is_available():
            device_ids = [torch.cuda.current_device()]
            model = model.cuda()
        return MMDistributedDataParallel(
            model,
            device_ids=device_ids,
            broadcast_buffers=False,
            find_unused_parameters=find_unused_parameters,
        )
    if gpu_id is None:
        wrapped = MMDataParallel(model.cpu())
        # On a machine with a GPU, the wrapper takes it unless told otherwise.
        wrapped.device_ids = []
        wrapped.module.cpu()
        return wrapped
    torch.cuda.set_device(gpu_id)  # streams, events and generators are those of the current one
    return MMDataParallel(model.cuda(gpu_id), device_ids=[gpu_id])


def settle_gradients(
    model: nn.Module, batch: Mapping[str, Any], optimizer: Any, **kwargs: Any
) -> None:
    """Pass forward and back once without effect, so that torch groups gradients for good.

    DistributedDataParallel groups gradients for sending, and regroups them after its first pass.
    Sums of three or more numbers depend on the grouping in their last bit, so without this a
    resumed run would end a little elsewhere than an uninterrupted one. Two numbers add up to the
    same either way.

    Args:
        model: the wrapped network.
        batch: any batch; all processes must call this together.
        optimizer: as for `train_step`.
        kwargs: as for `train_step`.
    """
    states = random_states()
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    model.train_step(batch, optimizer, **kwargs)["loss"].backward()
    for parameter in model.parameters():
        parameter.grad = None
    for buffer, before in buffers:
        buffer.copy_(before)
    set_random_states(states)


def choose_device(distributed: bool) -> torch.device:
    """Where this process computes: its GPU, the first one, or the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", torch.cuda.current_device() if distributed else 0)


def choose_gpu(gpus: int | None = None, gpu_ids: list[int] | None = None) -> int | None:
    """The GPU of a single process, from `--gpus` and `--gpu-ids`; None is the CPU.

    Raises:
        ValueError: several are asked for, which takes a launcher, or one that is not there.
    """
    asked = gpu_ids if gpu_ids is not None else list(range(gpus)) if gpus is not None else None
    available = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked is None:
        return 0 if available else None
    if len(asked) > 1:
        raise ValueError(
            f"{len(asked)} GPUs need one process each; start with tools/dist_train.sh CONFIG GPUS"
        )
    if not asked:
        return None
    if not 0 <= asked[0] < available:
        raise ValueError(
            f"GPU {asked[0]} is not there ({available} found); leave --gpus and --gpu-ids out to "
            "use what there is"
        )
    return asked[0]

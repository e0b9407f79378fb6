"""The wrappers that bring a batch to the device of the network."""

from __future__ import annotations

import torch
from mmcv.parallel import MMDataParallel, MMDistributedDataParallel
from torch import nn


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
    return MMDataParallel(model.cuda(gpu_id), device_ids=[gpu_id])


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
            f"{len(asked)} GPUs need one process each; start with torchrun and --launcher pytorch"
        )
    if not asked:
        return None
    if asked[0] >= available:
        raise ValueError(
            f"GPU {asked[0]} is not there ({available} found); leave --gpus and --gpu-ids out to "
            "use what there is"
        )
    return asked[0]

"""Programs that can run the network, behind one call on tensors, as the test loop wants them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.backbones.base import check_size
from models.deploy.base import Engine, check_installed
from models.deploy.exported import find_engine, open_exported

TensorEngine = Callable[[Tensor], Tensor]
"""Normalised images (B, 3, H, W) float32 → output (B, …) float32."""


def start_engine(
    network: nn.Module,
    name: str = "torch",
    input_size: tuple[int, int] = (192, 256),
    device: torch.device | str = "cpu",
    threads: int | None = None,
    patience: int = 0,
) -> Engine:
    """The inference form of a network, ready to run.

    Args:
        network: with its weights; left as it is.
        name: a registered engine.
        input_size: (w, h) of images; 'torch' takes other ones too.
        device: where to compute.
        threads: CPU threads; by default torch's number.
        patience: so many images are predicted before time is spent on getting faster.

    Raises:
        ValueError: an unknown name, an engine that does not compute on the device, or images whose
            sides are no multiples of what the network asks for.
        ImportError: the engine is not installed.
    """
    kind = find_engine(name)
    check_size(*input_size, network.size_divisor)
    kind.check_device(device)
    check_installed(f"the engine '{name}'", kind.needs)
    threads = threads or torch.get_num_threads()
    return kind.from_network(network, input_size, threads, device, patience)


def build_engine(network: nn.Module, *args: Any, **kwargs: Any) -> TensorEngine:
    """`start_engine`, for tensors."""
    return start_engine(network, *args, **kwargs).run_tensor


def load_engine(
    path: str | Path,
    name: str | None = None,
    device: torch.device | str = "cpu",
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
) -> TensorEngine:
    """An exported file, ready to run; see `open_exported`.

    Args:
        path: the file.
        name: which engine runs it; by default the one whose own format it is.
        device: where to compute.
        threads: CPU threads; by default torch's number.
        input_size: (w, h) of the images that will come, to be held against the file's.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the engine does not run such files, or the file takes images of another size.
        ImportError: the engine is not installed.
    """
    threads = threads or torch.get_num_threads()
    return open_exported(path, name, threads, input_size, device).run_tensor

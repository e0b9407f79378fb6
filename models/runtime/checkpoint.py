"""Reading and writing checkpoints: loading runs no code, saving never leaves half a file."""

from __future__ import annotations

import os
import pickle
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mmcv
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from models.runtime.files import atomic_write
from models.runtime.keys import canonical_keys, explain_mismatch

#: what torch.load raises on files that are cut short or something else
_DAMAGED = (RuntimeError, EOFError, OSError, KeyError, UnicodeDecodeError, ValueError)


def read_checkpoint(path: str | os.PathLike) -> dict[str, Any]:
    """Read a checkpoint file without running any code that may be in it.

    Args:
        path: a file written by this project, the original Lite-HRNet or mmpose.

    Returns:
        A dict with at least `state_dict`, keys as in the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is cut short, is no checkpoint, or needs code to be run.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist; check the path")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, *_DAMAGED) as error:
        needs = re.search(r"GLOBAL (\S+)|Unsupported (?:class|operand|global) (\S+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and needs and _looks_saved(path):
            raise ValueError(
                f"checkpoint {path} holds more than tensors and plain values "
                f"({needs.group(1) or needs.group(2)}) and was not loaded, since that could run "
                "code; ask its author for a file of weights only"
            ) from None
        reason = str(error).split("\n")[0][:120]
        raise ValueError(
            f"checkpoint {path} is damaged or no checkpoint ({reason}); fetch it again or use an "
            "older one"
        ) from None
    if not isinstance(content, Mapping):
        raise ValueError(f"checkpoint {path} holds a {type(content).__name__}, not a state dict")
    if "state_dict" not in content:
        content = {"state_dict": content}
    if not all(isinstance(value, Tensor) for value in content["state_dict"].values()):
        raise ValueError(f"checkpoint {path} has no state dict of tensors under 'state_dict'")
    return dict(content)


def load_checkpoint(model: nn.Module, path: str | os.PathLike) -> dict[str, Any]:
    """Load a checkpoint into a network, strictly: every weight finds its place.

    `module.` in front is dropped, mmpose 1.x's `head.` is our `keypoint_head.`; a file of bare
    backbone keys is accepted where the network has no other part.

    Args:
        model: the network, or a parallel wrapper around it.
        path: the checkpoint file.

    Returns:
        The rest of the file: `meta`, `optimizer` …

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is unreadable, or its keys or shapes differ from the network's; lists
            them and says what probably differs.
    """
    checkpoint = read_checkpoint(path)
    network = getattr(model, "module", model)
    state = canonical_keys(checkpoint.pop("state_dict"), network.state_dict())
    _load_strictly(network, state, path)
    return checkpoint


def load_backbone(backbone: nn.Module, path: str | os.PathLike) -> None:
    """Load the backbone part of a checkpoint, strictly (`model.pretrained`).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as for `load_checkpoint`.
    """
    state = read_checkpoint(path)["state_dict"]
    expected = {f"backbone.{name}": value for name, value in backbone.state_dict().items()}
    state = canonical_keys(state, expected)
    prefix = "backbone."
    state = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    _load_strictly(backbone, state, path)


def save_checkpoint(
    model: nn.Module,
    path: str | os.PathLike,
    optimizer: Optimizer | None = None,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write `meta`, `state_dict` and `optimizer` in mmcv's form, atomically.

    Args:
        model: the network, or a parallel wrapper around it.
        path: the file; an older one of this name is replaced only by a whole new one.
        optimizer: whose state is kept for resuming.
        meta: epoch, iteration, config text …; plain values only, so that it loads safely.

    Raises:
        OSError: the file cannot be written.
    """
    network = getattr(model, "module", model)
    state = OrderedDict((name, value.cpu()) for name, value in network.state_dict().items())
    checkpoint = {
        "meta": {**(meta or {}), "mmcv_version": mmcv.__version__, "time": time.asctime()},
        "state_dict": state,
    }
    if optimizer is not None:
        checkpoint["optimizer"] = optimizer.state_dict()
    with atomic_write(path) as temporary:
        torch.save(checkpoint, temporary)


def _looks_saved(path: Path) -> bool:
    """Whether a file begins like one that torch.save wrote: a zip archive or a pickle."""
    with open(path, "rb") as f:
        return f.read(2) in (b"PK", b"\x80\x02")


def _load_strictly(
    network: nn.Module, state: Mapping[str, Tensor], path: str | os.PathLike
) -> None:
    problem = explain_mismatch(state, network.state_dict())
    if problem:
        raise ValueError(f"checkpoint {path} does not fit the network: {problem}")
    network.load_state_dict(state)

"""Reading and writing checkpoints: loading runs no code, saving never leaves half a file."""

from __future__ import annotations

import os
import pickle
import re
import time
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from models.runtime.files import atomic_write
from models.runtime.keys import canonical_keys, explain_mismatch
from models.runtime.quiet_mmcv import mmcv

#: what torch.load raises on files that are cut short or something else
_DAMAGED = (RuntimeError, EOFError, OSError, KeyError, UnicodeDecodeError, ValueError)

#: NumPy's numbers, under the names of NumPy 1 and 2: older files keep their best score as one
_NUMBERS = [
    *((np.core.multiarray.scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    np.dtype,
    *(type(np.dtype(kind)) for kind in ("f8", "f4", "i8", "i4", "?")),
]


def read_checkpoint(path: str | os.PathLike, trust: bool = False) -> dict[str, Any]:
    """Read a checkpoint file without running any code that may be in it.

    Args:
        path: a file written by this project, the original Lite-HRNet or mmpose.
        trust: read whatever the file holds, running its code where it has some.

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
        _check_sums(path)
        with torch.serialization.safe_globals(_NUMBERS):
            content = torch.load(path, map_location="cpu", weights_only=not trust)
    except (pickle.UnpicklingError, *_DAMAGED) as error:
        needs = re.search(r"GLOBAL (\S+)|Unsupported (?:class|operand|global) (\S+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and needs and _looks_saved(path):
            raise ValueError(
                f"checkpoint {path} holds more than tensors and plain values "
                f"({needs.group(1) or needs.group(2)}) and was not loaded, since that could run "
                "code; ask its author for a file of weights only, or say --trust-checkpoint if you "
                "would run a program of theirs"
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


def load_checkpoint(
    model: nn.Module, path: str | os.PathLike, trust: bool = False
) -> dict[str, Any]:
    """Load a checkpoint into a network, strictly: every weight finds its place.

    `module.` in front is dropped, mmpose 1.x's `head.` is our `keypoint_head.`; a file of bare
    backbone keys is accepted where the network has no other part.

    Args:
        model: the network, or a parallel wrapper around it.
        path: the checkpoint file.
        trust: see `read_checkpoint`.

    Returns:
        The rest of the file: `meta`, `optimizer` …

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is unreadable, or its keys or shapes differ from the network's; lists
            them and says what probably differs.
    """
    checkpoint = read_checkpoint(path, trust)
    load_weights(model, checkpoint.pop("state_dict"), path)
    return checkpoint


def load_weights(model: nn.Module, state: Mapping[str, Tensor], path: str | os.PathLike) -> None:
    """Load a state dict strictly, as `load_checkpoint` does; `path` is named in errors.

    Raises:
        ValueError: as for `load_checkpoint`.
    """
    network = getattr(model, "module", model)
    _load_strictly(network, canonical_keys(state, network.state_dict()), path)


def load_backbone(backbone: nn.Module, path: str | os.PathLike) -> None:
    """Load the backbone part of a checkpoint, strictly (`model.pretrained`).

    Weights that the backbone lists as `unused_keys`, such as a classifier's, are left out; batches
    that an old file does not count stay at 0.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is an address and no file, or as for `load_checkpoint`.
    """
    if "://" in str(path):
        raise ValueError(
            f"model.pretrained={path} is an address, and nothing is downloaded here: fetch the "
            "file and give its path, or None to start from random weights"
        )
    state = read_checkpoint(path)["state_dict"]
    expected = {f"backbone.{name}": value for name, value in backbone.state_dict().items()}
    state = canonical_keys(state, expected)
    prefix = "backbone."
    state = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    unused = getattr(backbone, "unused_keys", ())
    state = {k: v for k, v in state.items() if not any(re.match(key, k) for key in unused)}
    for name, value in backbone.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, value)
    _load_strictly(backbone, state, path)


def save_checkpoint(
    model: nn.Module,
    path: str | os.PathLike,
    optimizer: Optimizer | None = None,
    meta: Mapping[str, Any] | None = None,
    **parts: Any,
) -> None:
    """Write `meta`, `state_dict` and `optimizer` in mmcv's form, atomically.

    Args:
        model: the network, or a parallel wrapper around it.
        path: the file; an older one of this name is replaced only by a whole new one.
        optimizer: whose state is kept for resuming.
        meta: epoch, iteration, config text …; plain values only, so that it loads safely.
        **parts: what else the file holds, by key; tensors and plain values only. A `state_dict`
            among them is written in place of the network's.

    Raises:
        OSError: the file cannot be written; older ones are whole.
    """
    network = getattr(model, "module", model)
    state = OrderedDict((name, value.cpu()) for name, value in network.state_dict().items())
    checkpoint = {
        "meta": {**(meta or {}), "mmcv_version": mmcv.__version__, "time": time.asctime()},
        "state_dict": state,
        **parts,
    }
    if optimizer is not None:
        checkpoint["optimizer"] = optimizer.state_dict()
    try:
        with atomic_write(path) as temporary, open(temporary, "wb") as file:
            torch.save(checkpoint, file)
    except (OSError, RuntimeError) as error:
        # torch's writer puts an error of its own in front of the system's.
        cause = error if isinstance(error, OSError) else error.__context__
        if not isinstance(cause, OSError):
            raise
        raise OSError(cause.errno, cause.strerror, str(path)) from error


def _check_sums(path: Path) -> None:
    """Compare each part of an archive with its check sum, which torch itself does not.

    Raises:
        ValueError: one differs.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from None
    if broken:
        raise ValueError(f"check sum of {broken}")


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

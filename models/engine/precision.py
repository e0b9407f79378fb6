"""Mixed precision: what `fp16` in a config asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from models.runtime.names import check_keys

_TYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Precision:
    """Mixed precision of a run.

    Attributes:
        dtype: in which convolutions are computed; None is float32.
        scaler: scales losses so that small gradients do not vanish; None where that is no danger.
    """

    dtype: torch.dtype | None = None
    scaler: torch.amp.GradScaler | None = None


class FixedScaler(torch.amp.GradScaler):
    """torch's scaler with a scale that stays; steps with infinite gradients are still left out."""

    def update(self, new_scale: float | None = None) -> None:
        """End an iteration."""
        super().update(self._init_scale if new_scale is None else new_scale)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with the count of steps; the scale stays the config's."""
        super().load_state_dict({**state_dict, "scale": self._init_scale})


def read_precision(settings: Mapping[str, Any] | None, device: str) -> Precision:
    """Read `fp16` of a config.

    Args:
        settings: `dtype` ('fp16', the default, or 'bf16') and `loss_scale`: 'dynamic' (the
            default), a number that stays, or a dict of GradScaler's arguments, as in mmcv. bf16 has
            float32's range and takes no `loss_scale`.
        device: 'cpu' or 'cuda'.

    Raises:
        KeyError: an unknown key.
        ValueError: an unknown type, or one that the device does not have; a scale that is none, or
            one with bf16.
    """
    if settings is None:
        return Precision()
    check_keys(settings, ("dtype", "loss_scale"), "fp16")
    name = settings.get("dtype", "fp16")
    if name not in _TYPES:
        raise ValueError(f"fp16.dtype={name!r} is unknown; use 'fp16' or 'bf16'")
    if name == "bf16":
        if "loss_scale" in settings:
            raise ValueError("fp16.loss_scale is for dtype='fp16'; bf16 needs none, leave it out")
        if device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
            raise ValueError("this GPU has no bf16; take fp16=dict(loss_scale='dynamic')")
        return Precision(_TYPES[name])
    if device == "cpu":
        raise ValueError(
            "fp16 training needs a GPU; on the CPU take fp16=dict(dtype='bf16'), or leave fp16 out"
        )
    return Precision(_TYPES[name], _scaler(settings.get("loss_scale", "dynamic")))


def _scaler(scale: Any) -> torch.amp.GradScaler:
    if scale == "dynamic":
        return torch.amp.GradScaler("cuda")
    if isinstance(scale, Mapping):
        known = ("init_scale", "growth_factor", "backoff_factor", "growth_interval")
        check_keys(scale, known, "fp16.loss_scale")
        return torch.amp.GradScaler("cuda", **scale)
    if isinstance(scale, (int, float)) and not isinstance(scale, bool) and scale > 0:
        return FixedScaler("cuda", init_scale=float(scale))
    raise ValueError(
        f"fp16.loss_scale={scale!r} is no scale; use 'dynamic', a number above 0, or a dict"
    )

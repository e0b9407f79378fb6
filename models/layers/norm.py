"""Which batch norm this project's own networks are built with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Registers the two layers.
import models.layers.batch_norm
import models.layers.sync_bn  # noqa: F401

#: mmcv's registered type → ours, which has the same arguments, state and results
_OURS = {"BN": "LiteBN", "BN2d": "LiteBN", "SyncBN": "LiteSyncBN"}


def fast_norm(norm_cfg: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A norm config with batch norms replaced by this project's, for mmcv's `build_norm_layer`.

    'BN' becomes the layer that is fast on channels-last maps on the CPU, 'SyncBN' the one that
    works without a GPU too. mmcv's registered layers stay as they are, so that other code which
    asks for 'BN' gets torch's. Layers keep the names `bn`, `bn1` … in checkpoints.

    Args:
        norm_cfg: mmcv norm config, such as `dict(type='BN')`; None where there is no norm.

    Returns:
        A new dict; other types of norm, and None, come back as they are.
    """
    if norm_cfg is None:
        return None
    kind = norm_cfg.get("type")
    return {**norm_cfg, "type": _OURS[kind]} if kind in _OURS else dict(norm_cfg)

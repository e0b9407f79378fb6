"""The contract of a codec, and the one function that builds codecs.

A codec says what a network is taught (`encode`: keypoints → target) and how its output is read
(`decode`: heatmaps → keypoints). The target step, the network, inference and the description
beside exported models all use one object and know nothing else of a scheme. A new scheme is one
file: a subclass of `Codec`, registered in `CODECS`. Nothing here needs PyTorch or mmcv.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from models.codecs.flip import Heatmaps, flip_back
from models.registry import CODECS

Maps = TypeVar("Maps")
"""np.ndarray or torch.Tensor; the result is of the same kind."""


class Codec(ABC):
    """Base of codecs; the arguments of a subclass are kept as attributes of their names.

    Attributes:
        udp: whether crops are cut by `udp_matrix` (UDP), not by `crop_matrix`.
        independent: whether no keypoint's maps depend on another keypoint, so that a batch may be
            encoded as if it were one person.
        summary: how heatmaps are decoded, in a few words.
    """

    udp: ClassVar[bool] = False
    independent: ClassVar[bool] = False

    @abstractmethod
    def encode(
        self,
        keypoints: np.ndarray,
        visible: np.ndarray,
        input_size: ArrayLike,
        heatmap_size: ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The target of one person.

        Args:
            keypoints: (K, 2) or (K, 3), crop frame; x and y are read.
            visible: (K, 3) visibility; the first column is read.
            input_size: (w, h) of the crop.
            heatmap_size: (w, h) of the heatmaps.

        Returns:
            target (C, H, W) float32 with C = `channels(K)`, and the weight of each keypoint in
            the loss (K, 1) float32.

        Raises:
            ValueError: shapes, sizes or coordinates that cannot be.
        """

    @abstractmethod
    def decode(
        self, heatmaps: np.ndarray, center: ArrayLike, scale: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """The keypoints of each person.

        Args:
            heatmaps: (B, C, H, W).
            center: (B, 2) middle of each crop, image frame.
            scale: (B, 2) width and height of each crop, in units of 200 px.

        Returns:
            points (B, K, 2) float32, image frame, and scores (B, K, 1).

        Raises:
            ValueError: shapes that do not fit.
        """

    def encode_batch(
        self,
        keypoints: np.ndarray,
        visible: np.ndarray,
        input_size: ArrayLike,
        heatmap_size: ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        """`encode` for the people of a batch: arguments (B, K, …) → (B, C, H, W) and (B, K, 1)."""
        people, count = keypoints.shape[:2]
        if self.independent:
            flat = keypoints.reshape(people * count, -1), visible.reshape(people * count, -1)
            target, weight = self.encode(*flat, input_size, heatmap_size)
            return target.reshape(people, -1, *target.shape[1:]), weight.reshape(people, count, 1)
        pairs = [
            self.encode(points, seen, input_size, heatmap_size)
            for points, seen in zip(keypoints, visible, strict=True)
        ]
        return np.stack([target for target, _ in pairs]), np.stack([weight for _, weight in pairs])

    def channels(self, keypoints: int) -> int:
        """How many maps a network predicts for so many keypoints."""
        return keypoints

    def keypoint_maps(self, heatmaps: Maps) -> Maps:
        """Of maps (..., C, H, W) those that show where each keypoint is: (..., K, H, W)."""
        return heatmaps

    def flip_back(
        self, heatmaps: Heatmaps, flip_pairs: Iterable[tuple[int, int]], shift: bool = False
    ) -> Heatmaps:
        """Maps of a mirrored image as those of the image; see `models.codecs.flip.flip_back`."""
        return flip_back(heatmaps, flip_pairs, shift)

    def with_default_sigma(self, sigma: float | None) -> Codec:
        """The codec with a data set's sigma (`data_cfg.sigma`), where its own is left open."""
        return self

    def to_config(self) -> dict[str, Any]:
        """The entry that `build_codec` makes this codec of, in plain values.

        Raises:
            TypeError: an argument is not kept under its name.
        """
        kind = type(self)
        names = [name for name, member in CODECS.module_dict.items() if member is kind]
        entry: dict[str, Any] = {"type": names[0] if names else kind.__name__}
        for name, parameter in inspect.signature(kind).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if not hasattr(self, name):
                raise TypeError(
                    f"codec {kind.__name__} does not keep its argument '{name}'; keep each as an "
                    "attribute of its name, or write a to_config of its own"
                )
            value = getattr(self, name)
            if value is not None:
                entry[name] = list(value) if isinstance(value, tuple) else value
        return entry

    @property
    def summary(self) -> str:
        entry = self.to_config()
        kind = entry.pop("type")
        return f"{kind}({', '.join(f'{name}={value!r}' for name, value in entry.items())})"


_built: dict[tuple[Any, str], Codec] = {}


def build_codec(cfg: Mapping[str, Any] | Codec) -> Codec:
    """The codec of a config; the same config gives the same object.

    Args:
        cfg: `type`, a registered name, and the codec's arguments; or a codec, which is returned.

    Raises:
        KeyError: an unknown type or argument; names the nearest.
        ValueError: settings that cannot be.
        TypeError: the class breaks the contract; names the part.
    """
    if isinstance(cfg, Codec):
        return cfg
    kind = cfg.get("type") if isinstance(cfg, Mapping) else None
    # The class itself is part of the key: another one may be registered under the name.
    member = CODECS.get(kind) if isinstance(kind, str) else kind
    key = (member, json.dumps(cfg, sort_keys=True, default=_plain))
    if key not in _built:
        codec = CODECS.build(cfg)
        if not isinstance(codec, Codec):
            raise TypeError(f"codec {kind} is no subclass of models.codecs.Codec; make it one")
        codec.to_config()
        _built[key] = codec
    return _built[key]


def check_average(average: str, codec: Codec) -> None:
    """Make sure that views can be averaged so.

    Args:
        average: `test_cfg.average_clips`.
        codec: of the heatmaps.

    Raises:
        ValueError: the word is unknown, or the codec's maps are no distributions.
    """
    if average not in ("score", "prob"):
        raise ValueError(f"test_cfg.average_clips={average!r} is unknown; use 'score' or 'prob'")
    if average == "prob" and codec.channels(1) != 1:
        raise ValueError(
            "test_cfg.average_clips='prob' is for one heatmap a keypoint, but the codec "
            f"({codec.summary}) has {codec.channels(1)}; use 'score'"
        )


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else repr(value)

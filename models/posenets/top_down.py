"""The top-down network: one person's crop in, heatmaps out, decoded to keypoints in the image."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models import compat
from models.backbones.base import check_backbone, check_size
from models.builder import POSENETS, build_backbone, build_head
from models.codecs import average_views, build_codec, check_average
from models.heads import channels_of
from models.losses import build_losses, heatmap_accuracy
from models.networks import Network, NetworkCard, build_normalization, network_input
from models.networks.base import DEFAULT_RUN, Forward, Run
from models.posenets.card import pose_card
from models.posenets.closeness import keypoint_closeness
from models.posenets.drawn import drawn_people
from models.posenets.predictions import pose_predictions
from models.runtime.checkpoint import load_backbone
from models.runtime.names import check_keys

#: what `test_cfg` may hold; all but the first three spell a codec
TEST_CFG_KEYS = ("flip_test", "shift_heatmap", "average_clips", *compat.DECODING)


@POSENETS.register_module()
class TopDown(Network):
    """Backbone + keypoint head + loss.

    Args:
        backbone: config of the backbone.
        keypoint_head: config of the head; its `in_channels` is the backbone's and may be left out.
        loss_pose: config of the loss, or a list of them; None for a network that is never trained.
        train_cfg: nothing is read from it; it must be empty.
        test_cfg: `flip_test`, `shift_heatmap` and `average_clips` ('score': heatmaps of both views
            are averaged as they are; 'prob': after a spatial softmax each), and what spells a codec
            in mmpose 0.x.
        pretrained: checkpoint whose backbone weights are loaded first.
        img_norm_cfg: `mean` and `std` of each channel on the scale 0–1, for crops that come as
            bytes (`ToTensor(keep_uint8=True)`).
        codec: config of the codec that heatmaps are decoded by, see `models.codecs`; by default
            the one that `test_cfg` spells.
        input_size: (w, h) of crops; by default what the data say, see `build_network`.

    Attributes:
        codec: the codec.
        stride: crop pixels per heatmap pixel.

    Raises:
        KeyError: an unknown key in `train_cfg`, `test_cfg` or `img_norm_cfg`.
        ValueError: `average_clips` is unknown or does not go with the codec, what spells the codec
            does not go together, a mean or std cannot be, or the input size does not suit the
            backbone.
    """

    output_name = "heatmaps"

    def __init__(
        self,
        backbone: Mapping[str, Any],
        keypoint_head: Mapping[str, Any],
        loss_pose: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        train_cfg: Mapping[str, Any] | None = None,
        test_cfg: Mapping[str, Any] | None = None,
        pretrained: str | None = None,
        img_norm_cfg: Mapping[str, Any] | None = None,
        codec: Mapping[str, Any] | None = None,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.normalize = build_normalization(img_norm_cfg)
        check_keys(train_cfg or {}, (), "model.train_cfg")
        check_keys(test_cfg or {}, TEST_CFG_KEYS, "model.test_cfg")
        self.test_cfg = dict(test_cfg or {})
        self.codec = build_codec(compat.codec_of_model({"codec": codec, "test_cfg": self.test_cfg}))
        check_average(self.test_cfg.get("average_clips", "score"), self.codec)
        self.backbone = build_backbone(backbone)
        check_backbone(self.backbone)
        self.keypoint_head = build_head(_fitted(keypoint_head, self.backbone.out_channels))
        self.loss = build_losses(loss_pose)
        self.size_divisor = getattr(self.backbone, "size_divisor", 1)
        self.stride = _stride(self.backbone.strides, self.keypoint_head)
        self.num_views = 2 if self.test_cfg.get("flip_test") else 1
        if input_size is not None:
            self.input_size = int(input_size[0]), int(input_size[1])
            check_size(*self.input_size, self.size_divisor)
        if pretrained:
            load_backbone(self.backbone, pretrained)

    def forward_tensor(self, img: Tensor) -> Tensor:
        """Crops (B, 3, H, W) → heatmaps (B, K, h, w); one view, no averaging.

        Raises:
            ValueError: the crops are bytes, and the network was built without `img_norm_cfg`.
        """
        return self.keypoint_head(self.backbone(network_input(img, self.normalize)))

    def forward_outputs(self, img: Tensor) -> dict[str, Any]:
        """Crops → `output`, the heatmaps, and `features`, the backbone's maps, for some losses."""
        features = self.backbone(network_input(img, self.normalize))
        return {"output": self.keypoint_head(features), "features": features}

    def losses(self, batch: Mapping[str, Any], run: Run = DEFAULT_RUN) -> dict[str, Tensor]:
        """The loss and, without gradient, the accuracy that the log shows.

        Args:
            batch: `img` (B, 3, H, W), `target` (B, K, h, w) and `target_weight` (B, K, 1).
            run: see `Network.losses`.

        Raises:
            ValueError: the network was built without `loss_pose`.
        """
        if self.loss is None:
            raise ValueError("model.loss_pose is missing; training needs a loss")
        if self.loss.wants_batch:
            outputs = run(self.forward_outputs, batch["img"])
        else:
            outputs = {"output": run(self.forward_tensor, batch["img"])}
        losses = self.loss(outputs, batch)
        if self.codec.channels(1) == 1:  # the peaks of other targets say little
            with torch.no_grad():
                losses["acc_pose"] = heatmap_accuracy(
                    outputs["output"], batch["target"], batch["target_weight"]
                )
        return losses

    def predict(self, batch: Mapping[str, Any], forward: Forward | None = None) -> Tensor:
        """Heatmaps (B, K, h, w), with the flip test averaged over the view and its mirror image.

        Args:
            batch: `img` (B, 3, H, W), normalised or bytes; `img_metas`, of which the flip test
                reads `flip_pairs` of the first.
            forward: an engine in the place of `forward_tensor`.
        """
        img = network_input(batch["img"], self.normalize)
        return average_views(
            forward or self.forward_tensor,
            img,
            batch["img_metas"][0]["flip_pairs"] if self.num_views == 2 else None,
            self.test_cfg.get("shift_heatmap", False),
            self.test_cfg.get("average_clips", "score"),
            self.codec.flip_back,
        )

    def postprocess(
        self, output: np.ndarray, metas: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Heatmaps (B, K, h, w) → keypoints in the image, see `pose_predictions`."""
        return pose_predictions(output, metas, self.codec)

    def closeness(
        self, expected: np.ndarray, predicted: np.ndarray, input_size: tuple[int, int]
    ) -> dict[str, float]:
        """How close two outputs of `forward_tensor` are, see `keypoint_closeness`."""
        return keypoint_closeness(expected, predicted, input_size, self.codec)

    def drawn_inputs(
        self, count: int, input_size: tuple[int, int], pipeline: Sequence[Any]
    ) -> tuple[Tensor, str]:
        """Crops for checks where there is no data set, and what they are of; see `drawn_people`."""
        return drawn_people(count, input_size, pipeline), "drawn people"

    def card(self, cfg: Mapping[str, Any], data: Mapping[str, Any]) -> NetworkCard:
        """The parts of a model card that are about poses; see `pose_card`."""
        return pose_card(
            cfg["model"],
            data["keypoint_names"],
            self.input_size,
            self.stride,
            self.codec,
            self.num_views,
        )

    def dataset_args(self) -> dict[str, Any]:
        """The stride, from which the size of target heatmaps follows."""
        return {"stride": self.stride}


def _stride(strides: Sequence[int], head: Any) -> int:
    """Crop pixels per heatmap pixel: of the map that the head reads, by what it enlarges it."""
    index = getattr(head, "in_index", 0)
    stride = strides[index if isinstance(index, int) else index[0]]
    factor = getattr(head, "scale_factor", 1)
    if stride % factor:
        raise ValueError(
            f"the head enlarges maps of stride {stride} by {factor}: heatmaps would be larger than "
            "the crop; use fewer deconvolution layers"
        )
    return stride // factor


def _fitted(head: Mapping[str, Any], out_channels: Sequence[int]) -> dict[str, Any]:
    """The head's config with the `in_channels` that the backbone emits."""
    channels = channels_of(out_channels, head.get("in_index", 0))
    given = head.get("in_channels", channels)
    given = given if isinstance(given, int) else list(given)
    if given != channels:
        # The published naive_litehrnet_18 configs say 40 where the network emits 30.
        warnings.warn(
            f"keypoint_head.in_channels={given}, but the backbone emits {channels}; "
            f"{channels} is used (leave the key out)",
            stacklevel=4,
        )
    return {**head, "in_channels": channels}

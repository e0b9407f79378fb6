"""The top-down network: one person's crop in, one heatmap a joint out; nothing about boxes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from models.builder import POSENETS, build_backbone, build_head, build_loss
from models.codecs import average_views, check_decoding
from models.losses import heatmap_accuracy
from models.posenets.normalization import build_normalization, network_input
from models.posenets.training_form import TrainingForm
from models.runtime.checkpoint import load_backbone
from models.runtime.names import check_keys

#: what `test_cfg` may hold; all but the first three are read by the decoder, not by the network
TEST_CFG_KEYS = (
    "flip_test",
    "shift_heatmap",
    "average_clips",
    "post_process",
    "modulate_kernel",
    "use_udp",
)


@POSENETS.register_module()
class TopDown(nn.Module):
    """Backbone + keypoint head + loss.

    Args:
        backbone: config of the backbone.
        keypoint_head: config of the head; its `in_channels` is the backbone's and may be left out.
        loss_pose: config of the loss; None for a network that is never trained.
        train_cfg: nothing is read from it; it must be empty.
        test_cfg: `flip_test`, `shift_heatmap` and `average_clips` ('score': heatmaps of both views
            are averaged as they are; 'prob': after a spatial softmax each), and the decoder's keys.
        pretrained: checkpoint whose backbone weights are loaded first.
        img_norm_cfg: `mean` and `std` of each channel on the scale 0–1, for crops that come as
            bytes (`ToTensor(keep_uint8=True)`).

    Attributes:
        training_form: how `losses` runs the network; results agree with `heatmaps` up to rounding
            and the precision it asks for.

    Raises:
        KeyError: an unknown key in `train_cfg`, `test_cfg` or `img_norm_cfg`.
        ValueError: `average_clips` is unknown, the decoder's keys do not go together, or a mean or
            std cannot be.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any],
        keypoint_head: Mapping[str, Any],
        loss_pose: Mapping[str, Any] | None = None,
        train_cfg: Mapping[str, Any] | None = None,
        test_cfg: Mapping[str, Any] | None = None,
        pretrained: str | None = None,
        img_norm_cfg: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.img_norm_cfg = img_norm_cfg
        self.normalize = build_normalization(img_norm_cfg)
        check_keys(train_cfg or {}, (), "model.train_cfg")
        check_keys(test_cfg or {}, TEST_CFG_KEYS, "model.test_cfg")
        self.test_cfg = dict(test_cfg or {})
        if self.test_cfg.get("average_clips", "score") not in ("score", "prob"):
            raise ValueError(
                f"test_cfg.average_clips={self.test_cfg['average_clips']!r} is unknown; "
                "use 'score' or 'prob'"
            )
        check_decoding(
            self.test_cfg.get("post_process", "default"),
            self.test_cfg.get("modulate_kernel", 11),
            self.test_cfg.get("use_udp", False),
        )
        self.backbone = build_backbone(backbone)
        self.keypoint_head = build_head(_fitted(keypoint_head, self.backbone.out_channels))
        self.loss = build_loss(loss_pose) if loss_pose else None
        self.training_form = TrainingForm()
        if pretrained:
            load_backbone(self.backbone, pretrained)

    def forward(
        self,
        img: Tensor,
        target: Tensor | None = None,
        target_weight: Tensor | None = None,
        img_metas: Sequence[Mapping[str, Any]] | None = None,
        return_loss: bool = True,
    ) -> dict[str, Tensor] | Tensor:
        """Losses while training, heatmaps while testing.

        Args:
            img: crops (B, 3, H, W), normalised, or bytes; H and W multiples of 32.
            target: target heatmaps (B, K, H/4, W/4).
            target_weight: (B, K, 1).
            img_metas: one dict a sample; the flip test reads `flip_pairs` of the first.
            return_loss: whether to answer with losses.

        Returns:
            `mse_loss` and `acc_pose`, or heatmaps (B, K, H/4, W/4).
        """
        if return_loss:
            return self.losses(img, target, target_weight)
        flip_pairs = img_metas[0]["flip_pairs"] if self.test_cfg.get("flip_test") else None
        return self.predict(img, flip_pairs)

    def heatmaps(self, img: Tensor) -> Tensor:
        """Crops (B, 3, H, W) → heatmaps (B, K, H/4, W/4); one view, no averaging.

        Raises:
            ValueError: the crops are bytes, and the network was built without `img_norm_cfg`.
        """
        return self.keypoint_head(self.backbone(network_input(img, self.normalize)))

    def losses(self, img: Tensor, target: Tensor, target_weight: Tensor) -> dict[str, Tensor]:
        """The loss and, without gradient, the accuracy that the log shows.

        Raises:
            ValueError: the network was built without `loss_pose`.
        """
        if self.loss is None:
            raise ValueError("model.loss_pose is missing; training needs a loss")
        output = self.training_form(self.heatmaps, img)
        with torch.no_grad():
            accuracy = heatmap_accuracy(output, target, target_weight)
        return {"mse_loss": self.loss(output, target, target_weight), "acc_pose": accuracy}

    def predict(self, img: Tensor, flip_pairs: Sequence[tuple[int, int]] | None = None) -> Tensor:
        """Heatmaps averaged over the view and, where `flip_pairs` is given, its mirror image.

        Args:
            img: normalised crops (B, 3, H, W).
            flip_pairs: pairs of left and right joints; None for no flip test.

        Returns:
            (B, K, H/4, W/4).
        """
        shift = self.test_cfg.get("shift_heatmap", False)
        average = self.test_cfg.get("average_clips", "score")
        return average_views(self.heatmaps, img, flip_pairs, shift, average)

    def train_step(self, data_batch: Mapping[str, Any], optimizer: Any, **_: Any) -> dict[str, Any]:
        """One iteration as mmcv's Runner asks for it: loss, log variables, number of samples.

        Log variables are numbers, but tensors on a GPU: to read one waits for all that is queued.
        """
        losses = self(**data_batch)
        loss = sum(value for name, value in losses.items() if "loss" in name)
        log_vars = {name: _loggable(value) for name, value in (*losses.items(), ("loss", loss))}
        return {"loss": loss, "log_vars": log_vars, "num_samples": len(data_batch["img"])}


def _loggable(value: Tensor) -> Tensor | float:
    return value.item() if value.device.type == "cpu" else value.detach()


def _fitted(head: Mapping[str, Any], channels: int) -> dict[str, Any]:
    """The head's config with the `in_channels` that the backbone emits."""
    given = head.get("in_channels", channels)
    if given != channels:
        # The published naive_litehrnet_18 configs say 40 where the network emits 30.
        warnings.warn(
            f"keypoint_head.in_channels={given}, but the backbone emits {channels}; "
            f"{channels} is used (leave the key out)",
            stacklevel=4,
        )
    return {**head, "in_channels": channels}

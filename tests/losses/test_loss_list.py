"""One loss, several, and one that reads more than the output."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from models.builder import LOSSES, build_posenet
from models.losses import JointsMSELoss, LossList, build_losses

BATCH = {
    "img": torch.rand(2, 3, 8, 8),
    "target": torch.rand(2, 9, 4, 4),
    "target_weight": torch.ones(2, 9, 1),
}
OUTPUTS = {"output": torch.rand(2, 9, 4, 4), "features": [torch.rand(2, 5, 4, 4)]}


class FeatureLoss(nn.Module):
    """A distillation: the student's features are drawn to a teacher's, which is not a child."""

    wants_batch = True

    def __init__(self, channels: int = 5) -> None:
        super().__init__()
        self.adapter = nn.Conv2d(channels, 4, 1)
        self.teacher = (nn.Conv2d(3, 4, 2, stride=2).eval().requires_grad_(False),)

    def forward(self, outputs, batch) -> Tensor:
        (teacher,) = self.teacher
        with torch.no_grad():
            wanted = teacher(batch["img"])
        return nn.functional.mse_loss(self.adapter(outputs["features"][-1]), wanted)


@pytest.fixture
def registered():
    """`FeatureLoss` under its name, for one test."""
    LOSSES.register_module(module=FeatureLoss)
    yield
    del LOSSES.module_dict["FeatureLoss"]


def test_single_loss_keeps_its_name_and_number():
    losses = build_losses({"type": "JointsMSELoss", "use_target_weight": True})
    expected = JointsMSELoss(True)(OUTPUTS["output"], BATCH["target"], BATCH["target_weight"])
    assert losses(OUTPUTS, BATCH) == {"mse_loss": expected}
    assert not losses.wants_batch
    assert not losses.state_dict()


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_no_loss(nothing):
    assert build_losses(nothing) is None


def test_each_of_a_list_has_a_name():
    kinds = ["JointsMSELoss", "JointsOHKMMSELoss", "AdaptiveWingLoss", "CombinedTargetMSELoss"]
    found = build_losses([{"type": kind} for kind in kinds])(OUTPUTS, BATCH)
    assert list(found) == ["mse_loss", "ohkm_mse_loss", "awing_loss", "combined_mse_loss"]
    assert all(value.dim() == 0 for value in found.values())


def test_names_can_be_given():
    cfg = [
        {"type": "JointsMSELoss"},
        {"type": "JointsMSELoss", "loss_weight": 2.0, "loss_name": "loss_twice"},
    ]
    found = build_losses(cfg)(OUTPUTS, BATCH)
    assert found["loss_twice"] == 2 * found["mse_loss"]
    assert "loss_name" in cfg[1]


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        ({"type": "JointsMSELoss"}, ValueError, "two losses called 'mse_loss'; give one of them"),
        ({"type": "JointsMSELoss", "loss_name": "mse"}, ValueError, "put 'loss' into loss_name"),
        ({"type": "JointMSELoss"}, KeyError, "did you mean 'JointsMSELoss'"),
        ({"type": "AdaptiveWingLoss", "aplha": 2}, KeyError, "did you mean 'alpha'"),
    ],
)
def test_mistakes_in_a_config(second, error, message):
    with pytest.raises(error, match=message):
        build_losses([{"type": "JointsMSELoss"}, second])


def test_loss_that_reads_features(registered):
    losses = build_losses([{"type": "JointsMSELoss"}, {"type": "FeatureLoss"}])
    assert losses.wants_batch
    found = losses(OUTPUTS, BATCH)
    assert list(found) == ["mse_loss", "feature_loss"]
    found["feature_loss"].backward()
    assert losses.losses["feature_loss"].adapter.weight.grad.any()


def test_teacher_stands_outside_of_the_student(registered):
    """Neither in its checkpoint nor in its modes, and nothing for the optimizer."""
    network = build_posenet(
        {
            "type": "TopDown",
            "backbone": {"type": "ResNet", "depth": 18},
            "keypoint_head": {"type": "TopDownSimpleHead", "out_channels": 9},
            "loss_pose": [{"type": "JointsMSELoss"}, {"type": "FeatureLoss"}],
        }
    ).train()
    names = [name for name in network.state_dict() if "loss" in name]
    assert names == [f"loss.losses.feature_loss.adapter.{part}" for part in ("weight", "bias")]
    assert not any("teacher" in name for name, _ in network.named_parameters())
    loss = network.loss.losses["feature_loss"]
    assert isinstance(network.loss, LossList)
    assert not loss.teacher[0].training
    before = copy.deepcopy(loss.teacher[0].state_dict())
    loss(OUTPUTS, BATCH).backward()
    assert all(torch.equal(v, before[k]) for k, v in loss.teacher[0].state_dict().items())
    assert loss.teacher[0].weight.grad is None

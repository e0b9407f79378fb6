"""The loss and the logged accuracy, by hand."""

from __future__ import annotations

import pytest
import torch

from models.losses import JointsMSELoss, heatmap_accuracy, joints_mse


def test_mean_over_joints_without_a_half():
    output, target = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    target[0, 0, 0, 0] = 2
    assert joints_mse(output, target).item() == pytest.approx((4 / 4 + 0) / 2)


def test_unlabelled_joints_are_left_out():
    output, target = torch.rand(3, 4, 5, 6), torch.rand(3, 4, 5, 6)
    weight = torch.ones(3, 4, 1)
    weight[:, 1] = 0
    changed = output.clone()
    changed[:, 1] += 7
    loss = JointsMSELoss(use_target_weight=True)
    assert loss(output, target, weight) == loss(changed, target, weight)
    plain = JointsMSELoss()
    assert plain(output, target, weight) != plain(changed, target, weight)
    per_joint = [((output - target)[:, k] ** 2).mean() * (k != 1) for k in range(4)]
    torch.testing.assert_close(loss(output, target, weight), sum(per_joint) / 4)


def test_loss_weight():
    output, target = torch.rand(1, 1, 2, 2), torch.rand(1, 1, 2, 2)
    weighed = JointsMSELoss(loss_weight=3.0)(output, target, torch.ones(1, 1, 1))
    torch.testing.assert_close(weighed, 3 * joints_mse(output, target))


def test_other_shapes_say_where_to_look():
    with pytest.raises(ValueError, match=r"out_channels and data_cfg's heatmap_size"):
        joints_mse(torch.zeros(1, 17, 4, 4), torch.zeros(1, 16, 4, 4))


def test_accuracy_counts_labelled_joints_near_the_target():
    """A twentieth of the width is 2 pixels here, of the height 1."""
    target = torch.zeros(2, 3, 20, 40)
    target[:, :, 10, 10] = 1
    output = torch.zeros(2, 3, 20, 40)
    output[0, 0, 10, 11] = 1  # within
    output[0, 1, 11, 10] = 1  # not within: at the threshold
    output[0, 2, 19, 39] = 1  # far, but unlabelled
    output[1, 0, 10, 10] = 1
    output[1, 1, 10, 9] = 1
    output[1, 2, 10, 10] = 1
    weight = torch.ones(2, 3, 1)
    weight[0, 2] = 0
    found = heatmap_accuracy(output, target, weight).item()
    assert found == pytest.approx((2 / 2 + 1 / 2 + 1 / 1) / 3)
    assert heatmap_accuracy(output, target, torch.zeros(2, 3, 1)).item() == 0
    alone = torch.zeros(2, 3, 1)
    alone[1, 0] = 1
    assert heatmap_accuracy(output, target, alone).item() == 1


def test_accuracy_of_maps_with_offsets_looks_at_the_response():
    target = torch.zeros(1, 6, 40, 40)
    target[0, ::3, 10, 10] = 1
    output = target.clone()
    output[0, [1, 2, 4, 5], 30, 30] = 9
    output[0, 3, 39, 39] = 2
    assert heatmap_accuracy(output, target, torch.ones(1, 2, 1)).item() == pytest.approx(0.5)

"""Losses against numbers of mmpose 0.29's, in float64."""

from __future__ import annotations

import pytest
import torch

from models.losses import (
    AdaptiveWingLoss,
    CombinedTargetMSELoss,
    JointsOHKMMSELoss,
    adaptive_wing,
    combined_target_mse,
    joints_ohkm_mse,
)


def wave(phase: float) -> torch.Tensor:
    """Maps (2, 6, 4, 3) between 0 and 1."""
    numbers = torch.arange(2 * 6 * 4 * 3, dtype=torch.float64) * 0.7 + phase
    return numbers.sin().view(2, 6, 4, 3) * 0.5 + 0.5


OUTPUT, TARGET = wave(0.0) * 1.6 - 0.2, wave(1.0)
WEIGHT = torch.tensor([1, 0, 1, 1, 0.5, 1, 1, 1, 0, 1, 1, 1], dtype=torch.float64).view(2, 6, 1)


@pytest.mark.parametrize(
    ("kind", "options", "joints", "expected"),
    [
        (JointsOHKMMSELoss, {"topk": 2}, 6, (0.2660559852973877, 0.2457037954693369)),
        (AdaptiveWingLoss, {}, 6, (3.6182354017953893, 2.7788286623584177)),
        (
            AdaptiveWingLoss,
            {"alpha": 3, "omega": 10, "epsilon": 2, "theta": 0.3},
            6,
            (0.21374441428499985, 0.16365639507521135),
        ),
        (CombinedTargetMSELoss, {}, 2, (0.24387104770656914, 0.18291946365127254)),
    ],
)
def test_numbers_are_mmposes(kind, options, joints, expected):
    """Without weights, as by default, and with them."""
    batch = OUTPUT, TARGET, WEIGHT[:, :joints]
    plain, weighted = expected
    assert kind(**options)(*batch).item() == pytest.approx(plain, rel=1e-13)
    options = {**options, "use_target_weight": True}
    assert kind(**options)(*batch).item() == pytest.approx(weighted, rel=1e-13)
    found = kind(**options, loss_weight=3.0)(*batch).item()
    assert found == pytest.approx(3 * weighted, rel=1e-13)


def test_only_the_hardest_joints_of_each_image_learn():
    output = torch.zeros(2, 4, 2, 2, requires_grad=True)
    target = torch.tensor([[1.0, 4, 3, 2], [9, 1, 1, 8]])[..., None, None].expand(2, 4, 2, 2)
    loss = joints_ohkm_mse(output, target, topk=2)
    assert loss.item() == pytest.approx((16 + 9 + 81 + 64) / 4)
    loss.backward()
    learning = output.grad.abs().sum((2, 3)) > 0
    assert learning.tolist() == [[False, True, True, False], [True, False, False, True]]


def test_offsets_count_where_the_target_responds():
    target = torch.zeros(1, 3, 4, 4)
    target[0, 0, 1, 2] = 1
    output = target.clone()
    output[0, 1:] += 5
    elsewhere = combined_target_mse(output, target).item()
    assert elsewhere == pytest.approx(0.5 * 2 * 25 / 16)  # of both offsets one pixel in sixteen
    output[0, 1:, 1, 2] = 0
    assert combined_target_mse(output, target).item() == 0
    assert combined_target_mse(output + 1, target, torch.zeros(1, 1, 1)).item() == 0


def test_adaptive_wing_is_smooth_where_its_pieces_meet():
    target = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64).view(1, 3, 1, 1)
    values, slopes = [], []
    for step in (-1e-9, 1e-9):
        output = (target + 0.5 + step).requires_grad_()
        value = adaptive_wing(output, target)
        values.append(value.item())
        slopes.append(torch.autograd.grad(value, output)[0])
    assert values[0] == pytest.approx(values[1], abs=1e-7)
    torch.testing.assert_close(*slopes, rtol=1e-7, atol=0)
    exact = target.clone().requires_grad_()
    assert not torch.autograd.grad(adaptive_wing(exact, target), exact)[0].any()


@pytest.mark.parametrize("function", [joints_ohkm_mse, combined_target_mse, adaptive_wing])
def test_other_shapes_say_where_to_look(function):
    with pytest.raises(ValueError, match=r"out_channels and data_cfg's heatmap_size"):
        function(torch.zeros(1, 15, 4, 4), torch.zeros(1, 12, 4, 4))


def test_numbers_that_cannot_be():
    with pytest.raises(ValueError, match="topk=0 cannot be"):
        JointsOHKMMSELoss(topk=0)
    with pytest.raises(ValueError, match="topk=8, but there are 6 joints"):
        joints_ohkm_mse(OUTPUT, TARGET)
    with pytest.raises(ValueError, match="4 maps, no multiple of 3"):
        combined_target_mse(OUTPUT[:, :4], TARGET[:, :4])

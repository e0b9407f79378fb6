"""Light one pixel, put the joint on it: the brightest pixel of the crop is where the joint says."""

import numpy as np
import pytest

from models.pipelines import (
    Compose,
    TopDownAffine,
    TopDownGetRandomScaleRotation,
    TopDownHalfBodyTransform,
    TopDownRandomFlip,
    TopDownRandomShiftBboxCenter,
)
from models.structures import inverse_crop_matrix, transform_points


@pytest.fixture
def lit(sample):
    """Joint 8, and the one lit pixel, at (60, 55); the crop enlarges 2.1 times."""
    sample["img"] = np.zeros((100, 120, 3), np.uint8)
    sample["img"][55, 60] = 255
    sample["joints_3d"][8] = [60, 55, 0]
    sample["scale"] = np.float32([0.225, 0.3])
    return sample


def light(image):
    """(x, y) of the brightness' middle."""
    rows, columns = np.indices(image.shape[:2])
    weight = image[..., 0] / image[..., 0].sum(dtype=float)
    return np.array([(columns * weight).sum(), (rows * weight).sum()])


@pytest.mark.parametrize("use_udp", [False, True])
@pytest.mark.parametrize("rotation", [0, 30, -75])
def test_picture_and_joint_move_together(lit, rotation, use_udp):
    lit["rotation"] = rotation
    made = TopDownAffine(use_udp)(lit)
    assert made["img"].shape == (128, 96, 3)
    np.testing.assert_allclose(light(made["img"]), made["joints_3d"][8, :2], atol=0.1)


def test_whole_augmentation_keeps_them_together_and_can_be_undone(lit):
    """Through flip, half body, shift, scale and rotation, 40 times over."""
    steps = Compose(
        [
            TopDownRandomShiftBboxCenter(shift_factor=0.05, prob=1),
            TopDownRandomFlip(0.5),
            TopDownGetRandomScaleRotation(rot_factor=40, scale_factor=0.2, rot_prob=0.8),
            TopDownAffine(),
        ]
    )
    flips = 0
    for _ in range(40):
        made = steps(lit)
        flips += made["flipped"]
        joint = 7 if made["flipped"] else 8  # the left elbow of the mirror image
        point = made["joints_3d"][joint, :2]
        np.testing.assert_allclose(light(made["img"]), point, atol=0.1)
        back = inverse_crop_matrix(made["center"], made["scale"], made["rotation"], (96, 128))
        x, y = transform_points(point, back)
        np.testing.assert_allclose([119 - x if made["flipped"] else x, y], [60, 55], atol=2e-3)
    assert 5 < flips < 35


def test_half_body_crop_keeps_them_together(lit):
    """Upper crops hold the lit elbow; lower ones may not."""
    steps = Compose([TopDownHalfBodyTransform(8, 1), TopDownAffine()])
    lit_crops = [made for made in (steps(lit) for _ in range(30)) if made["img"].any()]
    assert len(lit_crops) > 10
    for made in lit_crops:
        np.testing.assert_allclose(light(made["img"]), made["joints_3d"][8, :2], atol=0.1)


def test_center_lands_in_the_middle_and_width_decides(sample):
    """(50, 50) → (48, 64); 0.45·200 = 90 px become 96, whatever the height of the scale says."""
    sample["scale"] = np.float32([0.45, 5.0])
    matrix = TopDownAffine()(sample)["crop_matrix"]
    np.testing.assert_allclose(transform_points([50, 50], matrix), [48, 64], atol=1e-4)
    np.testing.assert_allclose(matrix[:, :2], np.eye(2) * 96 / 90, atol=1e-4)


def test_udp_counts_between_pixel_middles(sample):
    """(50, 50) → (47.5, 63.5), and 0.45·200 = 90 px become 95."""
    matrix = TopDownAffine(use_udp=True)(sample)["crop_matrix"]
    np.testing.assert_allclose(transform_points([50, 50], matrix), [47.5, 63.5], atol=1e-4)
    np.testing.assert_allclose(matrix[0, 0], 95 / 90, atol=1e-4)


def test_invisible_joints_stay(sample):
    before = sample["joints_3d"].copy()
    made = TopDownAffine()(sample)
    np.testing.assert_array_equal(made["joints_3d"][3:5], 0)
    assert (made["joints_3d"][5:, :2] != before[5:, :2]).all()


def test_outside_of_the_picture_is_black(sample):
    sample["center"] = np.float32([500, 500])
    assert not TopDownAffine()(sample)["img"].any()


def test_joints_of_the_data_set_are_not_overwritten(sample):
    before = sample["joints_3d"].copy()
    TopDownAffine()(dict(sample))
    np.testing.assert_array_equal(sample["joints_3d"], before)

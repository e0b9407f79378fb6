"""Random size and turn."""

import numpy as np
import pytest

from models.pipelines import TopDownGetRandomScaleRotation


@pytest.fixture
def drawn(sample):
    """2000 draws of (factor, rotation) with the published numbers."""
    step = TopDownGetRandomScaleRotation(rot_factor=30, scale_factor=0.25)
    made = [step(dict(sample)) for _ in range(2000)]
    scale, rotation = np.array([m["scale"] for m in made]), np.array([m["rotation"] for m in made])
    return scale / sample["scale"], rotation


def test_factor_is_a_clipped_normal_common_to_both_sides(drawn):
    factors, _ = drawn
    np.testing.assert_allclose(factors[:, 0], factors[:, 1], rtol=1e-5)
    np.testing.assert_allclose([factors.min(), factors.max()], [0.75, 1.25], rtol=1e-5)
    # 16 % of a normal lie below, and above, one standard deviation
    assert 0.12 < np.isclose(factors[:, 0], 0.75).mean() < 0.20
    assert 0.12 < np.isclose(factors[:, 0], 1.25).mean() < 0.20


def test_rotation_is_a_clipped_normal_in_six_of_ten(drawn):
    _, rotations = drawn
    assert 0.55 < (rotations != 0).mean() < 0.65
    assert np.abs(rotations).max() == 60
    turned = rotations[rotations != 0]
    assert 26 < turned.std() < 32
    assert abs(turned.mean()) < 3.5


def test_scale_factor_that_could_turn_a_crop_inside_out_is_refused():
    with pytest.raises(ValueError, match="scale_factor"):
        TopDownGetRandomScaleRotation(scale_factor=1.0)

"""Styles: which joints and limbs are drawn, in which colors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.structures import COCO_17, MPII_16
from models.visualization import STYLES
from models.visualization.figure import figure_of


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("keypoints", [COCO_17, MPII_16], ids=lambda k: k.name)
def test_figures_are_whole(style, keypoints):
    figure = figure_of(keypoints, style)
    assert len(figure.limbs) == len(figure.limb_colors)
    assert len(figure.order) == len(figure.joint_colors)
    assert np.max(figure.limbs) < len(figure.order)


def test_sides_are_the_sets_own():
    figure = figure_of(MPII_16, "sides")
    assert figure.limbs == MPII_16.skeleton
    assert figure.limb_colors == MPII_16.link_colors
    pose = np.random.default_rng(0).random((16, 3))
    assert (figure.joints(pose) == pose).all()


def test_openpose_adds_a_neck_to_coco():
    figure = figure_of(COCO_17, "openpose")
    pose = np.random.default_rng(0).random((17, 3))
    joints = figure.joints(pose)
    assert joints.shape == (18, 3)
    np.testing.assert_allclose(joints[1, :2], (pose[5, :2] + pose[6, :2]) / 2)
    assert joints[1, 2] == pose[[5, 6], 2].min()
    assert (joints[[0, 2, 5]] == pose[[0, 6, 5]]).all()  # nose, right, left shoulder
    assert figure.joint_colors[0] == (255, 0, 0)
    assert sorted(np.ravel(figure.limbs).tolist()).count(1) == 5  # shoulders, hips, nose
    assert len(set(figure.limb_colors)) == 17


def test_openpose_of_other_joints_is_a_rainbow_over_their_limbs():
    assert figure_of(MPII_16, "openpose").limbs == MPII_16.skeleton
    assert len(set(figure_of(MPII_16, "openpose").limb_colors)) == len(MPII_16.skeleton)
    own_neck = replace(
        COCO_17,
        names=(*COCO_17.names, "neck"),
        joint_weights=np.ones(18),
        sigmas=np.ones(18),
        colors=(),
        link_colors=(),
    )
    assert figure_of(own_neck, "openpose").between == ()

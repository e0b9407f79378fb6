"""Heatmaps for the joints of a crop: which encoder, with what."""

import numpy as np
import pytest

from models.codecs import encode_combined, encode_megvii, encode_msra, encode_udp
from models.pipelines import TopDownGenerateTarget


@pytest.fixture
def given(sample):
    return sample["joints_3d"], sample["joints_3d_visible"], (96, 128), (24, 32)


@pytest.mark.parametrize(
    ("arguments", "encoder", "with_what"),
    [
        ({}, encode_msra, {"sigma": 2.0}),
        ({"sigma": 3}, encode_msra, {"sigma": 3}),
        ({"unbiased_encoding": True}, encode_msra, {"sigma": 2.0, "unbiased": True}),
        ({"encoding": "UDP", "sigma": 1.5}, encode_udp, {"sigma": 1.5}),
        ({"encoding": "Megvii", "kernel": [7, 9]}, encode_megvii, {"kernel": (7, 9)}),
        ({"encoding": "UDP", "target_type": "CombinedTarget"}, encode_combined, {}),
        (
            {"codec": {"type": "MSRAHeatmap", "unbiased": True}},
            encode_msra,
            {"sigma": 2.0, "unbiased": True},
        ),
        ({"codec": {"type": "MSRAHeatmap", "sigma": 3}}, encode_msra, {"sigma": 3}),
        (
            {"codec": {"type": "UDPHeatmap", "heatmap_type": "combined", "radius_factor": 0.1}},
            encode_combined,
            {"radius_factor": 0.1},
        ),
    ],
)
def test_encoder_and_its_arguments(sample, given, arguments, encoder, with_what):
    made = TopDownGenerateTarget(**arguments)(sample)
    target, weight = encoder(*given, **with_what)
    assert target.any()
    np.testing.assert_array_equal(made["target"], target)
    np.testing.assert_array_equal(made["target_weight"], weight)


def test_arguments_by_position(sample, given):
    made = TopDownGenerateTarget(3, (7, 9), "UDP")(sample)
    np.testing.assert_array_equal(made["target"], encode_udp(*given, 3)[0])


def test_batches_are_their_samples_with_offset_maps(sample):
    step = TopDownGenerateTarget(encoding="UDP", target_type="CombinedTarget")
    other = {**sample, "joints_3d": sample["joints_3d"] + 7}
    pair = [dict(sample), dict(other)]
    step.batch(pair)
    for made, alone in zip(pair, (sample, other), strict=True):
        expected = step(dict(alone))
        assert expected["target"].shape == (51, 32, 24)
        np.testing.assert_array_equal(made["target"], expected["target"])
        np.testing.assert_array_equal(made["target_weight"], expected["target_weight"])


def test_peak_is_a_quarter_of_the_way(sample):
    sample["joints_3d"][0] = [40, 80, 0]
    made = TopDownGenerateTarget()(sample)
    assert np.unravel_index(made["target"][0].argmax(), (32, 24)) == (20, 10)
    np.testing.assert_array_equal(made["target_weight"][:6, 0], [1, 1, 1, 0, 0, 1])


def test_weights_of_joints_where_asked_for(sample):
    sample["ann_info"]["use_different_joint_weights"] = True
    weight = TopDownGenerateTarget()(sample)["target_weight"]
    assert weight.shape == (17, 1)
    np.testing.assert_array_equal(weight[:6, 0], [1, 2, 3, 0, 0, 6])


@pytest.mark.parametrize(
    "arguments",
    [
        {"encoding": "msra"},
        {"target_type": "CombinedTarget"},
        {"sigma": 0},
        {"encoding": "UDP", "unbiased_encoding": True},
        {"codec": {"type": "MSRAHeatmap"}, "sigma": 2},
    ],
)
def test_what_is_not_built_is_refused(arguments):
    with pytest.raises(ValueError, match=next(iter(reversed(arguments)))):
        TopDownGenerateTarget(**arguments)

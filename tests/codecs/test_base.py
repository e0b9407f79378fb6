"""What every codec keeps to, and what a config is told that does not."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from models.codecs import Codec, build_codec, check_average, encode_msra
from models.registry import CODECS

CONFIGS = [
    {"type": "MSRAHeatmap", "sigma": 2},
    {"type": "MSRAHeatmap", "sigma": 3.0, "unbiased": True, "refine": "dark", "blur_kernel": 17},
    {"type": "MegviiHeatmap", "kernel": [9, 7], "blur_kernel": 5},
    {"type": "UDPHeatmap", "sigma": 2},
    {"type": "UDPHeatmap", "heatmap_type": "combined", "radius_factor": 0.1},
]
SIZES = (96, 128), (24, 32)


@pytest.fixture(params=CONFIGS, ids=lambda cfg: "-".join(map(str, cfg.values())))
def codec(request):
    return build_codec(request.param)


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    keypoints = rng.uniform((-5, -5, 0), (100, 130, 0), (3, 6, 3)).astype(np.float32)
    return keypoints, rng.choice([0.0, 1.0], (3, 6, 3)).astype(np.float32)


def test_same_config_same_object():
    codec = build_codec({"type": "MegviiHeatmap", "kernel": (9, 7)})
    assert build_codec({"kernel": [9, 7], "type": "MegviiHeatmap"}) is codec
    assert build_codec(codec) is codec
    assert build_codec({"type": "MegviiHeatmap", "kernel": (7, 9)}) is not codec


def test_own_entry_builds_it_again(codec):
    entry = codec.to_config()
    assert build_codec(entry) == codec
    assert pickle.loads(pickle.dumps(codec)) == codec
    assert codec.summary


def test_batches_are_their_people(codec, people):
    target, weight = codec.encode_batch(*people, *SIZES)
    assert target.any()
    assert target.shape == (3, codec.channels(6), 32, 24)
    for i, (points, seen) in enumerate(zip(*people, strict=True)):
        its_target, its_weight = codec.encode(points, seen, *SIZES)
        np.testing.assert_array_equal(target[i], its_target)
        np.testing.assert_array_equal(weight[i], its_weight)


def test_what_is_encoded_is_decoded(codec, people):
    """Within a pixel and a half of the heatmap; of the crop these are six."""
    keypoints = np.random.default_rng(1).uniform((25, 25, 0), (70, 100, 1), (6, 3))
    target, _ = codec.encode(keypoints, np.ones((6, 3)), *SIZES)
    size = np.array(SIZES[0]) - codec.udp
    points, scores = codec.decode(target[None], [size / 2], [size / 200])
    assert np.abs(points[0] - keypoints[:, :2]).max() < 6
    assert (points.shape, scores.shape) == ((1, 6, 2), (1, 6, 1))
    assert (points.dtype, scores.dtype) == (np.float32, np.float32)


def test_mirrored_maps(codec):
    maps = torch.rand(2, codec.channels(4), 8, 6)
    back = codec.flip_back(maps, [(1, 3)])
    assert torch.equal(codec.flip_back(back, [(1, 3)]), maps)
    assert torch.equal(codec.keypoint_maps(back)[:, 3], codec.keypoint_maps(maps)[:, 1].flip(-1))
    assert codec.keypoint_maps(maps).shape == (2, 4, 8, 6)


def test_sigma_may_be_left_to_the_data_set(people):
    given = people[0][0], people[1][0], *SIZES
    open_codec = build_codec({"type": "MSRAHeatmap"})
    assert "sigma" not in open_codec.to_config()
    with pytest.raises(ValueError, match=r"MSRAHeatmap has no sigma .*data_cfg\.sigma"):
        open_codec.encode(*given)
    target, _ = open_codec.with_default_sigma(1.5).encode(*given)
    np.testing.assert_array_equal(target, encode_msra(*given, 1.5)[0])
    own = build_codec({"type": "UDPHeatmap", "sigma": 3})
    assert own.with_default_sigma(1.5) is own


@pytest.mark.parametrize(
    ("cfg", "error", "named"),
    [
        ({"sigma": 2}, KeyError, "key 'type'"),
        ({"type": "MSRAHeatmpa"}, KeyError, "did you mean 'MSRAHeatmap'.*custom_imports"),
        ({"type": "MSRAHeatmap", "sigam": 2}, KeyError, "did you mean 'sigma'"),
        ({"type": "MSRAHeatmap", "sigma": 0}, ValueError, "sigma 0 must be one number above 0"),
        ({"type": "UDPHeatmap", "sigma": [2, 3]}, ValueError, "one number above 0"),
        ({"type": "MSRAHeatmap", "refine": "default"}, ValueError, "none, quarter, dark"),
        ({"type": "MSRAHeatmap", "refine": "dark", "blur_kernel": 10}, ValueError, "odd.*not 10"),
        ({"type": "UDPHeatmap", "blur_kernel": 10}, ValueError, "odd.*not 10"),
        ({"type": "UDPHeatmap", "heatmap_type": "offset"}, ValueError, "gaussian, combined"),
        ({"type": "UDPHeatmap", "radius_factor": 0}, ValueError, r"published is 0\.0546875"),
        ({"type": "MegviiHeatmap", "kernel": 11}, ValueError, r"must be \(w, h\)"),
        ({"type": "MegviiHeatmap", "kernel": (11, 10)}, ValueError, "odd.*not 10"),
    ],
)
def test_settings_are_checked_when_it_is_built(cfg, error, named):
    with pytest.raises(error, match=named):
        build_codec(cfg)


def test_kernel_counts_only_where_there_is_a_blur():
    assert build_codec({"type": "MSRAHeatmap", "blur_kernel": 10}).blur_kernel == 10


def test_probabilities_are_averaged_of_one_map_a_keypoint():
    check_average("prob", build_codec({"type": "UDPHeatmap"}))
    with pytest.raises(ValueError, match="use 'score' or 'prob'"):
        check_average("mean", build_codec({"type": "UDPHeatmap"}))
    with pytest.raises(ValueError, match=r"one heatmap a keypoint.* has 3; use 'score'"):
        check_average("prob", build_codec(CONFIGS[-1]))


class Whole(Codec):
    """Keeps its argument; its target depends on how many keypoints there are."""

    def __init__(self, level: int = 1):
        self.level = level

    def encode(self, keypoints, visible, input_size, heatmap_size):
        count = len(keypoints)
        return np.full((count, 2, 2), self.level * count, np.float32), np.ones((count, 1))

    def decode(self, heatmaps, center, scale):
        return np.zeros((*heatmaps.shape[:2], 2)), heatmaps.max(axis=(2, 3))[..., None]


class Halved(Codec):
    encode = Whole.encode


class Forgetful(Whole):
    def __init__(self, level: int = 1):
        pass


class Stranger:
    pass


@pytest.mark.parametrize(
    ("member", "named"),
    [
        (Halved, "'decode'|method decode"),
        (Forgetful, "Forgetful does not keep its argument 'level'"),
        (Stranger, r"no subclass of models\.codecs\.Codec"),
    ],
)
def test_part_of_the_contract_that_is_missing_is_named(monkeypatch, member, named):
    monkeypatch.setitem(CODECS.module_dict, "Mine", member)
    with pytest.raises(TypeError, match=named):
        build_codec({"type": "Mine"})


def test_people_one_by_one_where_keypoints_depend_on_each_other(monkeypatch):
    monkeypatch.setitem(CODECS.module_dict, "Mine", Whole)
    codec = build_codec({"type": "Mine", "level": 3})
    assert codec.to_config() == {"type": "Mine", "level": 3}
    assert codec.summary == "Mine(level=3)"
    target, weight = codec.encode_batch(np.ones((2, 5, 3)), np.ones((2, 5, 3)), *SIZES)
    np.testing.assert_array_equal(target, np.full((2, 5, 2, 2), 15))
    assert weight.shape == (2, 5, 1)


def test_another_class_under_the_name_is_another_codec(monkeypatch):
    monkeypatch.setitem(CODECS.module_dict, "Mine", Whole)
    before = build_codec({"type": "Mine", "level": 3})
    monkeypatch.setitem(CODECS.module_dict, "Mine", type("Other", (Whole,), {}))
    assert type(build_codec({"type": "Mine", "level": 3})) is not type(before)

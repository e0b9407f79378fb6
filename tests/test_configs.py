"""Every config on disk is read, built and counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmcv import Config

from models import build_posenet, load_config
from models.complexity import count_complexity

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
LEAVES = {path.stem: path for path in sorted((CONFIGS / "top_down").rglob("*.py"))}

#: config → MFLOPs by the published convention, exact number of parameters
PUBLISHED = {
    "naive_litehrnet_18_coco_256x192": (194.8, 760_365),
    "wider_naive_litehrnet_18_coco_256x192": (311.1, 1_318_625),
    "litehrnet_18_coco_256x192": (205.2, 1_130_769),
    "litehrnet_18_coco_384x288": (461.6, 1_130_769),
    "litehrnet_30_coco_256x192": (319.2, 1_763_717),
    "litehrnet_30_coco_384x288": (717.8, 1_763_717),
    "naive_litehrnet_18_mpii_256x256": (259.6, 760_334),
    "wider_naive_litehrnet_18_mpii_256x256": (414.6, 1_318_584),  # published as 418.7
    "litehrnet_18_mpii_256x256": (273.4, 1_130_728),
    "litehrnet_30_mpii_256x256": (425.3, 1_763_676),
}

#: config → GFLOPs in HRNet's tables, which cut off after one digit, exact number of parameters
LARGE = {
    "hrnet_w32_coco_256x192": (7.1, 28_536_113),  # published: 28.5M
    "res50_coco_256x192": (8.9, 33_999_697),  # published: 34.0M
    "timm_res50_coco_256x192": (8.9, 33_999_697),
    "res18_coco_256x192": (5.7, 15_376_721),
}


def read(name: str) -> Config:
    """A config of this name; skips where the package that its network is of is absent."""
    if name.startswith("timm"):
        pytest.importorskip("timm", reason="timm is not installed")
    return load_config(LEAVES[name])


def test_all_published_configs_are_here():
    assert {*PUBLISHED, *LARGE} <= set(LEAVES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_complexity(name):
    cfg = load_config(LEAVES[name])
    width, height = cfg.data.test.data_cfg.image_size
    complexity = count_complexity(build_posenet(cfg.model), height, width)
    mflops, params = PUBLISHED[name]
    assert complexity.params == params
    assert complexity.published_mflops == pytest.approx(mflops, abs=0.06)


@pytest.mark.parametrize("name", LARGE)
def test_complexity_of_large_networks(name):
    complexity = count_complexity(build_posenet(read(name).model), 256, 192)
    gflops, params = LARGE[name]
    assert complexity.params == params
    assert int(complexity.hrnet_gflops * 10) / 10 == gflops


def test_transposed_convolutions_count_what_they_multiply():
    """ResNet-50: mmpose publishes 5.46 G, which mmcv counts; batch norms and ReLUs are in it."""
    complexity = count_complexity(build_posenet(read("res50_coco_256x192").model), 256, 192)
    assert complexity.executed_mflops == pytest.approx(5461.5, abs=0.05)
    assert complexity.unique_mmacs == pytest.approx(5426.4, abs=0.05)


def test_other_conventions():
    cfg = load_config(LEAVES["litehrnet_18_coco_256x192"])
    complexity = count_complexity(build_posenet(cfg.model), 256, 192)
    assert complexity.executed_mflops == pytest.approx(266.0, abs=0.05)
    assert complexity.unique_mmacs == pytest.approx(198.6, abs=0.05)
    assert complexity.executed_mmacs == pytest.approx(242.3, abs=0.05)


@pytest.mark.parametrize("name", LEAVES)
def test_config_agrees_with_itself(name):
    cfg = read(name)
    model = build_posenet(cfg.model)
    joints = 16 if "mpii" in name else 17
    assert model.keypoint_head.out_channels == joints
    kind = "TopDownMpiiDataset" if joints == 16 else "TopDownCocoDataset"
    sizes = set()
    for split in ("train", "val", "test"):
        assert cfg.data[split].type == kind
        sizes.add(tuple(cfg.data[split].data_cfg.image_size))
    ((width, height),) = sizes
    assert name.endswith(f"{height}x{width}")
    assert width % 32 == height % 32 == 0


@pytest.mark.parametrize("name", [n for n in PUBLISHED if "coco" in n])
def test_published_coco_protocol(name):
    cfg = load_config(LEAVES[name])
    large = name.endswith("384x288")
    assert cfg.data.train.data_cfg.sigma == (3 if large else 2)
    assert cfg.data.samples_per_gpu == (32 if large else 64)
    assert cfg.data.val.data_cfg.use_gt_bbox is True
    assert cfg.data.test.data_cfg.use_gt_bbox is False
    assert cfg.total_epochs == 210
    assert cfg.optimizer == {"type": "Adam", "lr": 2e-3}
    assert cfg.evaluation.interval == cfg.checkpoint_config.interval == 10
    assert dict(cfg.lr_config) == {
        "policy": "step",
        "warmup": "linear",
        "warmup_iters": 500,
        "warmup_ratio": 0.001,
        "step": [170, 200],
    }


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.py")), ids=lambda path: path.stem)
def test_a_config_is_a_difference(path):
    """Only bases may be long; a leaf says what is different in at most 25 lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('"""')
    if "_base_" not in path.parts:
        assert len(lines) <= 25

"""A small network with drawn weights, its config, and a picture with boxes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.builder import build_posenet
from models.runtime.config import load_config

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"
SIZE = (64, 96)  # (w, h)


@pytest.fixture(scope="session")
def config_file(repository):
    return repository / CONFIG


@pytest.fixture
def cfg(config_file):
    """The config of the quick start, for crops of `SIZE`."""
    return load_config(config_file, {"data.test.data_cfg.image_size": list(SIZE)})


@pytest.fixture(scope="session")
def checkpoint(config_file, tmp_path_factory):
    """Weights and statistics that let every heatmap have peaks of its own."""
    torch.manual_seed(3)
    network = build_posenet(load_config(config_file).model)
    for name, value in network.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    torch.nn.init.normal_(network.keypoint_head.final_layer.weight, std=0.3)
    path = tmp_path_factory.mktemp("checkpoint") / "drawn.pth"
    torch.save({"state_dict": network.state_dict(), "meta": {}}, path)
    return path


@pytest.fixture
def picture():
    """(120, 150, 3) uint8, BGR: smooth, other in every channel."""
    y, x = np.mgrid[:120, :150]
    waves = [np.sin(x / 7 + y / 11), np.cos(x / 5 - y / 13), np.sin(x * y / 700)]
    return (np.stack(waves, axis=-1) * 100 + 128).astype(np.uint8)


@pytest.fixture
def boxes():
    """(3, 4) x, y, w, h; the last reaches over the edge."""
    return np.array([[20, 10, 40.5, 90], [60, 30, 70, 40], [110, 60, 60, 80]], np.float64)

"""The tool that fills a crop cache: once, where the config says, and training finds it."""

from __future__ import annotations

import pytest

from models import build_network, build_split, load_config

CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


@pytest.fixture
def options(real, tmp_path) -> dict[str, str]:
    return {
        "data.train.ann_file": f"{real}/coco/test_coco.json",
        "data.train.img_prefix": f"{real}/coco/",
        "+data.train.crop_cache.dir": f"{tmp_path}/cache",
    }


def test_cache_is_made_once_and_found(run_tool, repository, options, tmp_path):
    command = ["tools/dataset/build_crop_cache.py", CONFIG]
    given = ["--cfg-options", *(f"{key}={value}" for key, value in options.items())]
    done = run_tool(*command, "--dry-run", *given)
    assert "4 pictures, 0.00 GB of" in done.stdout
    assert not (tmp_path / "cache").exists()
    assert "is made" in run_tool(*command, *given).stdout
    assert "is there already" in run_tool(*command, *given).stdout
    cfg = load_config(repository / CONFIG, options)
    assert len(build_split(cfg, "train", build_network(cfg))) == 12


def test_config_without_a_cache_is_told_how(run_tool, options):
    options.popitem()
    given = ["--cfg-options", *(f"{key}={value}" for key, value in options.items())]
    done = run_tool("tools/dataset/build_crop_cache.py", CONFIG, *given, check=False)
    assert done.returncode == 1
    assert "+data.train.crop_cache.dir=FOLDER" in done.stderr

"""Configs and their overrides: strict, with the cure in the message."""

from __future__ import annotations

import argparse

import pytest

from models.runtime.config import load_config
from models.runtime.options import add_cfg_options, parse_value

CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


@pytest.fixture
def load(repository):
    return lambda **overrides: load_config(
        repository / CONFIG, {key.replace("__", "."): value for key, value in overrides.items()}
    )


def test_overrides_reach_their_place(load, repository):
    overrides = {
        "optimizer.lr": 0.1,
        "data.train.pipeline.2.flip_prob": 0,
        "data.test.data_cfg.use_gt_bbox": True,
        "+optimizer.weight_decay": 0.5,
    }
    cfg = load_config(repository / CONFIG, overrides)
    assert cfg.optimizer == {"type": "Adam", "lr": 0.1, "weight_decay": 0.5}
    assert cfg.data.train.pipeline[2].flip_prob == 0
    assert cfg.data.test.data_cfg.use_gt_bbox is True
    assert cfg.data.train.data_cfg.use_gt_bbox is False


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            "optimizer.lrr",
            r"has no key 'lrr'; did you mean 'lr'\?.*write \+optimizer.lrr",
        ),
        ("optimiser.lr", "the config has no key 'optimiser'; did you mean 'optimizer'"),
        ("data.train.pipeline.99.prob", "pipeline is a list of 10; '99' must be a number below"),
        ("data.train.pipeline.flip.prob", "'flip' must be a number"),
        ("optimizer.lr.x", "optimizer.lr is 0.002 and has no keys"),
        ("data_cfg.image_size", "read by nothing; set data.train.data_cfg"),
        ("train_pipeline.2.flip_prob", "read by nothing; set data.train.pipeline"),
    ],
)
def test_mistyped_override(repository, key, message):
    with pytest.raises(KeyError, match=message):
        load_config(repository / CONFIG, {key: 1})


def test_missing_and_unusable_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"config nowhere\.py does not exist"):
        load_config("nowhere.py")
    (tmp_path / "a.txt").write_text("model = {}")
    with pytest.raises(ValueError, match=r"is no \.py"):
        load_config(tmp_path / "a.txt")
    (tmp_path / "b.py").write_text("model = dict(")
    with pytest.raises(ValueError, match=r"b\.py cannot be read"):
        load_config(tmp_path / "b.py")
    (tmp_path / "c.py").write_text("model = dict()")
    with pytest.raises(ValueError, match="has no 'data' section"):
        load_config(tmp_path / "c.py")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("0.5", 0.5),
        ("1e-3", 1e-3),
        ("True", True),
        ("false", False),
        ("None", None),
        ("[1,2]", [1, 2]),
        ("(1,2)", (1, 2)),
        ("1,2", [1, 2]),
        ("a,b", ["a", "b"]),
        ("[a,b]", ["a", "b"]),
        ("path/to file.json", "path/to file.json"),
        ("'4'", "4"),
        ("", ""),
    ],
)
def test_values_of_overrides(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_options_may_be_given_several_times():
    parser = argparse.ArgumentParser()
    add_cfg_options(parser)
    args = parser.parse_args(["--cfg-options", "a=1", "b=x=y", "--cfg-options", "c=2"])
    assert args.cfg_options == {"a": 1, "b": "x=y", "c": 2}
    with pytest.raises(SystemExit):
        parser.parse_args(["--cfg-options", "a"])

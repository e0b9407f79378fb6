"""Configs and their overrides: strict, with the cure in the message."""

from __future__ import annotations

import argparse
import inspect
import sys

import pytest

from models.runtime.config import load_config
from models.runtime.config_keys import LOADER_KEYS
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
    with pytest.raises(FileNotFoundError, match=r"config nowhere\.py does not exist in /"):
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
    ("line", "message"),
    [
        ("optimiser = dict(lr=1)", "a config has no key 'optimiser'; did you mean 'optimizer'"),
        ("total_epoch = 3", "did you mean 'total_epochs'.* must be used in it"),
        (
            "data = dict(sample_per_gpu=2)",
            "data has no key 'sample_per_gpu'; did you mean",
        ),
        (
            "data = dict(val_dataloader=dict(batch_size=2))",
            r"data\.val_dataloader has no key 'batch_size'",
        ),
    ],
)
def test_mistyped_key_of_a_file(repository, tmp_path, line, message):
    file = tmp_path / "mine.py"
    file.write_text(f"_base_ = '{repository / CONFIG}'\n{line}\n")
    with pytest.raises(KeyError, match=rf"mine\.py: .*{message}"):
        load_config(file)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("+optimiser.lr", "--cfg-options: a config has no key 'optimiser'"),
        ("+data.shufle", "--cfg-options: data has no key 'shufle'; did you mean 'shuffle'"),
        ("+my_rate", "--cfg-options: a config has no key 'my_rate'"),
    ],
)
def test_added_key_that_nothing_reads(repository, key, message):
    with pytest.raises(KeyError, match=message):
        load_config(repository / CONFIG, {key: 1})


def test_variables_of_a_file(repository, tmp_path):
    """They may have any name as long as something uses them; none is left when it is loaded."""
    file = tmp_path / "mine.py"
    file.write_text(
        f"_base_ = '{repository / CONFIG}'\n"
        "my_rate = 0.5\n"
        "channel_cfg = dict(unused=True)\n"
        "optimizer = dict(lr=my_rate)\n"
    )
    cfg = load_config(file)
    assert cfg.optimizer.lr == 0.5
    assert not {"my_rate", "channel_cfg", "data_root", "train_pipeline"} & set(cfg)
    for name in ("my_rate", "+my_rate"):
        with pytest.raises(KeyError, match="'my_rate' only helps to write the file"):
            load_config(file, {name: 1})


def test_user_files_are_imported(repository, tmp_path, monkeypatch):
    (tmp_path / "my_own_hook.py").write_text("LOADED = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "mine.py"
    file.write_text(
        f"_base_ = '{repository / CONFIG}'\ncustom_imports = dict(imports=['my_own_hook'])\n"
    )
    load_config(file)
    assert sys.modules.pop("my_own_hook").LOADED


def test_loader_keys_are_those_of_the_loader():
    from models.datasets.loader import PASSED_ON, build_dataloader

    own = {"dataset", "num_gpus", "dist", "seed", "each_once", "opencv_num_threads", "kwargs"}
    assert {*inspect.signature(build_dataloader).parameters} - own | {*PASSED_ON} == {*LOADER_KEYS}


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

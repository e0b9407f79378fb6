"""What is wrong with a config shows before any data are loaded."""

from __future__ import annotations

import cv2
import pytest
import torch

from models import load_config
from models.engine.checks import check_training, loader_settings, max_epochs
from models.engine.start import scale_learning_rate, set_up_libraries

CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


@pytest.fixture(scope="module")
def load(repository):
    return lambda overrides: load_config(repository / CONFIG, overrides)


@pytest.mark.parametrize("validate", [True, False])
def test_published_config_is_sound(load, validate):
    """Its data are not there, so none are read."""
    check_training(load({}), validate)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("evaluation.metric", "PCKk", "no metric 'PCKk'"),
        ("evaluation.metric", ["mAP", "mep"], "no metric 'mep'"),
        ("evaluation.save_best", "AQ", "save_best='AQ' is no score of"),
        ("+evaluation.intervall", 3, "has no key 'intervall'; did you mean 'interval'"),
        ("+checkpoint_config.max_keep", 3, "checkpoint_config has no key 'max_keep'"),
        ("+log_config.intervall", 3, "log_config has no key 'intervall'; did you mean 'interval'"),
        ("log_config.hooks.0.type", "TextLogerHook", "did you mean 'TextLoggerHook'"),
        ("lr_config.policy", "stepp", "lr_config.policy 'Stepp' is unknown; did you mean 'Step'"),
        ("+lr_config.warmup_iter", 3, "lr_config has no key 'warmup_iter'; did you mean 'warmup_"),
        ("+optimizer_config.grad_clp", 3, "optimizer_config has no key 'grad_clp'; did you mean"),
        ("+custom_hooks", [{"type": "EmaHook"}], "EmaHook is no hook .* did you mean 'EMAHook'"),
        ("+custom_hooks", [{"momentum": 1}], "custom_hooks: .* has no 'type'"),
        ("+custom_hooks", [{"type": "EMAHook", "m": 1}], "has no key 'm'"),
        ("+runner.max_epoch", 3, "runner has no key 'max_epoch'; did you mean 'max_epochs'"),
    ],
)
def test_unknown_names(load, key, value, message):
    with pytest.raises(KeyError, match=message):
        check_training(load({key: value}))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"evaluation.interval": 0}, "interval"),
        ({"+evaluation.rule": "most"}, "rule"),
        ({"+evaluation.by_epoch": False}, "by_epoch"),
        (
            {"+runner": {"type": "IterBasedRunner", "max_iters": 9}},
            "'IterBasedRunner' is not built",
        ),
        ({"+runner": {"type": "EpochBasedRunner", "max_epochs": 9}}, "=210 and .*=9 differ"),
        ({"total_epochs": None}, "no total_epochs"),
        ({"workflow": [("train", 1), ("val", 1)]}, "workflow .* is not supported"),
        (
            {"+data.val_dataloader.shuffle": True},
            "data.val_dataloader.shuffle=True is for training",
        ),
        ({"+mp_start_method": "thread"}, "mp_start_method='thread' must be one of fork"),
    ],
)
def test_values_that_cannot_be(load, overrides, message):
    with pytest.raises(ValueError, match=message):
        check_training(load(overrides))


@pytest.mark.parametrize("save_best", ["auto", True, None, "AP", "AR"])
def test_ways_to_name_the_best(load, save_best):
    check_training(load({"evaluation.save_best": save_best}))


def test_evaluation_is_not_looked_at_without_validation(load):
    check_training(load({"evaluation.metric": "mine"}), validate=False)


def test_length_of_a_run():
    assert max_epochs({"total_epochs": 3}) == 3
    assert max_epochs({"runner": {"type": "EpochBasedRunner", "max_epochs": 4}}) == 4
    assert max_epochs({"total_epochs": 4, "runner": {"max_epochs": 4}}) == 4
    with pytest.raises(ValueError, match="no total_epochs"):
        max_epochs({})


def test_loader_settings_of_a_split_go_first():
    cfg = {
        "data": {
            "samples_per_gpu": 64,
            "workers_per_gpu": 2,
            "val_dataloader": {"samples_per_gpu": 8},
        }
    }
    assert loader_settings(cfg, "train") == {"samples_per_gpu": 64, "workers_per_gpu": 2}
    assert loader_settings(cfg, "val") == {"samples_per_gpu": 8, "workers_per_gpu": 2}


def test_what_data_says_of_its_loaders():
    cfg = {
        "data": {
            "samples_per_gpu": 4,
            "drop_last": False,
            "shuffle": False,
            "pin_memory": True,
            "persistent_workers": True,
        },
        "mp_start_method": "spawn",
        "opencv_num_threads": 2,
    }
    shared = {
        "samples_per_gpu": 4,
        "workers_per_gpu": 0,
        "pin_memory": True,
        "persistent_workers": True,
        "multiprocessing_context": "spawn",
        "opencv_num_threads": 2,
    }
    assert loader_settings(cfg, "train") == {**shared, "drop_last": False, "shuffle": False}
    assert loader_settings(cfg, "test") == shared


def test_size_of_a_batch_must_be_said():
    cfg = {"data": {"train_dataloader": {"samples_per_gpu": 4}}}
    assert loader_settings(cfg, "train")["samples_per_gpu"] == 4
    with pytest.raises(KeyError, match=r"data\.samples_per_gpu nor data\.val_dataloader"):
        loader_settings(cfg, "val")


def test_a_rate_for_no_known_batch_is_left_alone(load, caplog):
    cfg = load({})
    scale_learning_rate(cfg, {"data": {}}, 1, autoscale=True)
    assert cfg.optimizer.lr == 2e-3


def test_libraries_are_set_up(monkeypatch):
    before = cv2.getNumThreads(), torch.backends.cudnn.benchmark
    try:
        set_up_libraries({})
        assert (cv2.getNumThreads(), torch.backends.cudnn.benchmark) == before
        set_up_libraries({"opencv_num_threads": 1, "cudnn_benchmark": True})
        assert (cv2.getNumThreads(), torch.backends.cudnn.benchmark) == (1, True)
    finally:
        cv2.setNumThreads(before[0])
        torch.backends.cudnn.benchmark = before[1]

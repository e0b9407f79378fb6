"""Decoding a batch, stopping on a broken loss, resuming: the engine without the command line."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer

from models import build_posenet, load_config
from models.engine.hooks import EvaluationHook, FiniteLossHook
from models.engine.parallel import choose_gpu
from models.engine.test import decode_batch, run_test
from models.runtime.seed import random_states
from tests.identical import identical

COCO_CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


def meta(number: int, **more) -> dict:
    return {
        "center": np.array([100.0, 50.0]),
        "scale": np.array([0.48, 0.64]),  # 96×128 px: two image pixels a heatmap cell
        "image_file": f"{number}.jpg",
        "bbox_id": number,
        **more,
    }


class Batches(list):
    """What a loader hands out."""

    dataset = range(12)


def test_decoded_batch():
    heatmaps = np.zeros((2, 3, 64, 48), np.float32)
    heatmaps[0, 0, 32, 24] = 0.5
    batch = decode_batch(heatmaps, [meta(4), meta(7, bbox_score=0.25)], {"post_process": "none"})
    assert batch["preds"].shape == (2, 3, 3)
    np.testing.assert_allclose(batch["preds"][0, 0], [100, 50, 0.5])
    np.testing.assert_allclose(batch["boxes"][0], [100, 50, 0.48, 0.64, 96 * 128, 1])
    assert batch["boxes"][1, 5] == 0.25
    assert batch["image_paths"] == ["4.jpg", "7.jpg"]
    assert batch["bbox_ids"] == [4, 7]


def test_batches_are_answered_in_their_order():
    """Each with its own heatmaps, although decoding runs beside the network."""

    class Predictor:
        device, test_cfg = torch.device("cpu"), {"post_process": "none"}

        def predict(self, img, flip_pairs=None):
            heatmaps = torch.zeros(len(img), 1, 64, 48)
            heatmaps[:, 0, 32, 24] = img[:, 0]
            return heatmaps

    batches = Batches(
        {
            "img": torch.full((2, 1), 1.0 + i),
            "img_metas": DataContainer([[meta(2 * i), meta(2 * i + 1)]], cpu_only=True),
        }
        for i in range(6)
    )
    results = run_test(Predictor(), batches)
    assert [batch["bbox_ids"] for batch in results] == [[2 * i, 2 * i + 1] for i in range(6)]
    assert [batch["preds"][0, 0, 2] for batch in results] == [1, 2, 3, 4, 5, 6]


def test_decoding_follows_the_config():
    heatmaps = np.zeros((1, 1, 64, 48), np.float32)
    heatmaps[0, 0, 32, 24:26] = 0.5, 0.4
    points = {
        mode: decode_batch(heatmaps, [meta(0)], {"post_process": mode})["preds"][0, 0, 0]
        for mode in ("none", "default", "unbiased")
    }
    assert points["none"] == pytest.approx(100)
    assert points["default"] == pytest.approx(100.5)
    assert points["unbiased"] != points["default"]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_broken_loss_names_the_batch(loss):
    runner = SimpleNamespace(
        outputs={"log_vars": {"loss": loss}},
        data_batch={"img_metas": DataContainer([[meta(3)]], cpu_only=True)},
        epoch=1,
        inner_iter=4,
    )
    with pytest.raises(ValueError, match=r"epoch 2, iteration 5 \(batch of 1: 3.jpg"):
        FiniteLossHook().after_train_iter(runner)
    runner.outputs["log_vars"]["loss"] = 1.0
    FiniteLossHook().after_train_iter(runner)


def test_broken_loss_on_a_device_is_named_at_the_next_check():
    """Tensors are kept until then; the first broken one is named, not the last."""
    hook = FiniteLossHook(interval=4)
    runner = SimpleNamespace(epoch=0, before_save=[])
    hook.before_run(runner)

    def step(number: int, loss: float) -> None:
        runner.inner_iter = number
        runner.outputs = {"log_vars": {"loss": torch.tensor(loss)}}
        runner.data_batch = {"img_metas": DataContainer([[meta(number)]], cpu_only=True)}
        hook.after_train_iter(runner)

    for number in range(5):
        step(number, 1.0)
    step(5, float("inf"))
    step(6, float("nan"))
    with pytest.raises(ValueError, match=r"loss is inf at epoch 1, iteration 6 .*5.jpg"):
        step(7, 1.0)
    step(8, float("nan"))
    with pytest.raises(ValueError, match=r"loss is nan .*8.jpg"):
        runner.before_save[0]()  # what the runner calls before it writes a checkpoint
    step(9, float("nan"))
    with pytest.raises(ValueError, match=r"iteration 10"):
        hook.after_train_epoch(runner)


def test_choice_of_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_gpu() == 0
    assert choose_gpu(gpus=0) is None
    assert choose_gpu(gpu_ids=[1]) == 1
    with pytest.raises(ValueError, match="one process each"):
        choose_gpu(gpus=2)
    with pytest.raises(ValueError, match=r"GPU 5 is not there \(2 found\)"):
        choose_gpu(gpu_ids=[5])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_gpu() is None
    with pytest.raises(ValueError, match="GPU 0 is not there"):
        choose_gpu(gpus=1)


@pytest.fixture
def hook(tmp_path):
    hook = EvaluationHook.__new__(EvaluationHook)
    hook.key_indicator, hook.out_dir = "AP", str(tmp_path)
    hook.compare_func = lambda new, old: new > old
    return hook


@pytest.fixture
def runner(tmp_path):
    def save(out_dir, filename_tmpl, create_symlink):
        if runner.broken:
            raise OSError("disk full")
        (tmp_path / filename_tmpl).write_text("weights")

    runner = SimpleNamespace(
        meta={"hook_msgs": {}},
        epoch=0,
        broken=False,
        save_checkpoint=save,
        logger=logging.getLogger("test"),
    )
    return runner


def test_evaluation_leaves_the_generators_alone(hook, runner, repository, tmp_path):
    """A run that is stopped in one repeats it, and must then go on as if it had not been."""
    cfg = load_config(repository / COCO_CONFIG)
    runner.model, runner.ema, runner.stop = build_posenet(cfg.model), None, None
    runner.stop_if_asked, runner.log_buffer = lambda: None, SimpleNamespace(output={})
    hook.tmpdir, hook.gpu_collect = None, False
    hook.evaluate = lambda runner, results: float(len(results))
    batch = {
        "img": torch.zeros(1, 3, 96, 64),
        "img_metas": DataContainer([[meta(0, flip_pairs=[[1, 2]])]], cpu_only=True),
    }
    hook.dataloader = Batches([batch])
    states = random_states()
    hook._do_evaluate(runner)
    assert runner.meta["hook_msgs"]["best_score"] == 1  # it was made
    assert identical(random_states(), states)


def test_best_checkpoint_replaces_the_one_before(hook, runner, tmp_path):
    for epoch, score in enumerate([0.1, 0.3, 0.2]):
        runner.epoch = epoch
        hook._save_ckpt(runner, score)
    assert [path.name for path in tmp_path.iterdir()] == ["best_AP_epoch_2.pth"]
    assert runner.meta["hook_msgs"]["best_score"] == 0.3


def test_best_checkpoint_outlives_a_failed_save(hook, runner, tmp_path):
    hook._save_ckpt(runner, 0.1)
    runner.epoch, runner.broken = 1, True
    with pytest.raises(OSError, match="disk full"):
        hook._save_ckpt(runner, 0.5)
    assert [path.name for path in tmp_path.iterdir()] == ["best_AP_epoch_1.pth"]
    assert runner.meta["hook_msgs"]["best_score"] == 0.1

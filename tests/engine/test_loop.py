"""Decoding a batch, stopping on a broken loss, resuming: the engine without the command line."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer

from models.codecs import build_codec
from models.datasets import build_dataloader
from models.engine.hooks import EvaluationHook, FiniteLossHook
from models.engine.parallel import choose_gpu
from models.engine.test import run_test
from models.networks import Network
from models.posenets.predictions import pose_predictions
from models.runtime.seed import random_states
from tests.contracts.second_task import PixelClassifier, SquareIoU, Squares
from tests.identical import identical


def meta(number: int, **more) -> dict:
    return {
        "center": np.array([100.0, 50.0]),
        "scale": np.array([0.48, 0.64]),  # 96×128 px: two image pixels a heatmap cell
        "image_file": f"{number}.jpg",
        "bbox_id": number,
        **more,
    }


def decode_batch(heatmaps, metas, codec):
    (batch,) = pose_predictions(heatmaps, metas, codec)
    return batch


class Batches(list):
    """What a loader hands out."""

    dataset = range(12)


def test_decoded_batch():
    heatmaps = np.zeros((2, 3, 64, 48), np.float32)
    heatmaps[0, 0, 32, 24] = 0.5
    codec = build_codec({"type": "MSRAHeatmap", "refine": "none"})
    batch = decode_batch(heatmaps, [meta(4), meta(7, bbox_score=0.25)], codec)
    assert batch["preds"].shape == (2, 3, 3)
    np.testing.assert_allclose(batch["preds"][0, 0], [100, 50, 0.5])
    np.testing.assert_allclose(batch["boxes"][0], [100, 50, 0.48, 0.64, 96 * 128, 1])
    assert batch["boxes"][1, 5] == 0.25
    assert batch["image_paths"] == ["4.jpg", "7.jpg"]
    assert batch["bbox_ids"] == [4, 7]


def test_batches_are_answered_in_their_order():
    """Each with its own heatmaps, although decoding runs beside the network."""

    class Peaks(Network):
        def __init__(self):
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def losses(self, batch, run=None):
            raise AssertionError

        def forward_tensor(self, img):
            heatmaps = torch.zeros(len(img), 1, 64, 48)
            heatmaps[:, 0, 32, 24] = img[:, 0]
            return heatmaps

        def postprocess(self, output, metas):
            return pose_predictions(output, metas, build_codec({"type": "MSRAHeatmap"}))

    batches = Batches(
        {
            "img": torch.full((2, 1), 1.0 + i),
            "img_metas": DataContainer([[meta(2 * i), meta(2 * i + 1)]], cpu_only=True),
        }
        for i in range(6)
    )
    results = run_test(Peaks(), batches)
    assert [batch["bbox_ids"] for batch in results] == [[2 * i, 2 * i + 1] for i in range(6)]
    assert [batch["preds"][0, 0, 2] for batch in results] == [1, 2, 3, 4, 5, 6]


def test_decoding_follows_the_codec():
    heatmaps = np.zeros((1, 1, 64, 48), np.float32)
    heatmaps[0, 0, 32, 24:26] = 0.5, 0.4
    points = {
        refine: decode_batch(
            heatmaps, [meta(0)], build_codec({"type": "MSRAHeatmap", "refine": refine})
        )["preds"][0, 0, 0]
        for refine in ("none", "quarter", "dark")
    }
    assert points["none"] == pytest.approx(100)
    assert points["quarter"] == pytest.approx(100.5)
    assert points["dark"] != points["quarter"]


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
    """Validates drawn squares."""
    loader = build_dataloader(Squares(5, test_mode=True), 2, 0, each_once=True)
    hook = EvaluationHook(loader, examples=1)
    hook.out_dir = str(tmp_path / "checkpoints")
    return hook


@pytest.fixture
def runner(tmp_path):
    def save(out_dir, filename_tmpl, create_symlink):
        if runner.broken:
            raise OSError("disk full")
        Path(out_dir).mkdir(exist_ok=True)
        Path(out_dir, filename_tmpl).write_text("weights")

    runner = SimpleNamespace(
        model=PixelClassifier(),
        work_dir=str(tmp_path / "run"),
        meta={"hook_msgs": {}},
        epoch=0,
        hooks=[],
        ema=None,
        stop=None,
        stop_if_asked=lambda: None,
        log_buffer=SimpleNamespace(output={}),
        broken=False,
        save_checkpoint=save,
        logger=logging.getLogger("test"),
    )
    return runner


def test_evaluation_leaves_the_generators_alone(hook, runner):
    """A run that is stopped in one repeats it, and must then go on as if it had not been."""
    states = random_states()
    hook._do_evaluate(runner)
    assert runner.meta["hook_msgs"]["best_score"] == runner.log_buffer.output["mIoU"] > 0
    assert identical(random_states(), states)


def test_validation_leaves_examples_of_what_it_scored(hook, runner):
    hook._do_evaluate(runner)
    folder = Path(runner.work_dir) / "validation" / "examples" / "epoch_1"
    shown = json.loads((folder / "examples.json").read_text())["examples"]
    mean = np.mean([example["value"] for example in shown])
    assert mean == pytest.approx(runner.log_buffer.output["mIoU"], abs=0.1)
    assert all((folder / example["picture"]).is_file() for example in shown)


@pytest.mark.parametrize("save_best", [None, True, "auto", "mIoU", "error"])
def test_which_score_is_the_best(hook, runner, save_best, monkeypatch):
    """Of a score for which lower is better, the checkpoint with the lowest is kept."""
    if save_best == "error":
        monkeypatch.setattr(SquareIoU, "higher_is_better", False)
        monkeypatch.setattr(SquareIoU, "scores", ("error",))
    hook = EvaluationHook(hook.dataloader, save_best=save_best)
    hook.out_dir = str(Path(runner.work_dir).with_name("checkpoints"))
    for epoch, score in enumerate([0.2, 0.3, 0.1]):
        runner.epoch = epoch
        hook._save_ckpt(runner, score)
    kept = "best_error_epoch_3.pth" if save_best == "error" else "best_mIoU_epoch_2.pth"
    assert [path.name for path in Path(hook.out_dir).iterdir()] == [kept]


def test_best_checkpoint_replaces_the_one_before(hook, runner):
    for epoch, score in enumerate([0.1, 0.3, 0.2]):
        runner.epoch = epoch
        hook._save_ckpt(runner, score)
    assert [path.name for path in Path(hook.out_dir).iterdir()] == ["best_mIoU_epoch_2.pth"]
    assert runner.meta["hook_msgs"]["best_score"] == 0.3


def test_best_checkpoint_outlives_a_failed_save(hook, runner):
    hook._save_ckpt(runner, 0.1)
    runner.epoch, runner.broken = 1, True
    with pytest.raises(OSError, match="disk full"):
        hook._save_ckpt(runner, 0.5)
    assert [path.name for path in Path(hook.out_dir).iterdir()] == ["best_mIoU_epoch_1.pth"]
    assert runner.meta["hook_msgs"]["best_score"] == 0.1

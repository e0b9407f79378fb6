"""The training run: loaders, optimizer and hooks from the config, driven by mmcv's Runner."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch
from mmcv import Config
from torch import nn
from torch.utils.data import Dataset

from models.compat import canonical_config
from models.datasets import build_dataloader
from models.engine.checks import (
    check_training,
    checkpoint_settings,
    loader_settings,
    max_epochs,
)
from models.engine.hooks import (
    CheckpointHook,
    EMAHook,
    EvaluationHook,
    FiniteLossHook,
    ProgressHook,
    SkippedImagesHook,
)
from models.engine.optimizer import build_optimizer
from models.engine.parallel import wrap_model
from models.engine.precision import read_precision
from models.engine.runner import ResumableRunner
from models.networks import ForwardConfig
from models.runtime.stop import StopRequest


def train_model(
    model: nn.Module,
    dataset: Dataset,
    cfg: Config,
    *,
    val_dataset: Dataset | None = None,
    distributed: bool = False,
    gpu_id: int | None = None,
    seed: int = 0,
    meta: Mapping[str, Any] | None = None,
    timestamp: str = "",
    logger: logging.Logger | None = None,
    stop: StopRequest | None = None,
    trust_checkpoint: bool = False,
) -> None:
    """Train a network as its config says.

    Args:
        model: the network.
        dataset: the training set.
        cfg: the whole config; `work_dir` is set.
        val_dataset: the validation set, in test mode; None trains without validation.
        distributed: whether this process is one of a group.
        gpu_id: the GPU of a single process; None is the CPU.
        seed: of order and augmentation.
        meta: facts that go into every checkpoint; plain values only.
        timestamp: in the names of log files.
        logger: where the log goes.
        stop: request to stop; looked at after every iteration.
        trust_checkpoint: whether to load checkpoints that would run code.

    Raises:
        Stopped: on request, after saving.
        KeyError, ValueError: see `check_training`; ValueError too if the loss stops being finite.
    """
    cfg = canonical_config(cfg)
    check_training(cfg, validate=val_dataset is not None)
    loader = build_dataloader(dataset, dist=distributed, seed=seed, **loader_settings(cfg, "train"))
    if len(loader) == 0:
        raise ValueError("the training set is empty; check data.train.ann_file")
    on_gpu = torch.cuda.is_available() and (distributed or gpu_id is not None)
    device = "cuda" if on_gpu else "cpu"
    precision = read_precision(cfg.get("fp16"), device)
    forward = ForwardConfig(cfg.get("channels_last"), precision.dtype, cfg.get("compile"))
    forward.check(device)
    runner = ResumableRunner(
        wrap_model(model, distributed, gpu_id, cfg.get("find_unused_parameters", False)),
        optimizer=build_optimizer(model, cfg.optimizer),
        work_dir=cfg.work_dir,
        logger=logger or logging.getLogger("lite_hrnet"),
        meta={"hook_msgs": {}, **(meta or {})},
        max_epochs=max_epochs(cfg),
        stop=stop,
        trust_checkpoint=trust_checkpoint,
        scaler=precision.scaler,
        checkpoint_hook=CheckpointHook(**checkpoint_settings(cfg)),
        timestamp=timestamp,  # so that .log and .log.json carry one name
    )
    runner.register_training_hooks(
        dict(cfg.lr_config),
        dict(cfg.get("optimizer_config") or {}),
        None,
        dict(cfg.log_config),
        cfg.get("momentum_config"),
        custom_hooks_config=cfg.get("custom_hooks"),
    )
    # After the other hooks of an epoch, and before its evaluation, which can fail.
    runner.register_hook(runner.checkpoint_hook, priority="BELOW_NORMAL")
    # Before the optimizer step, which a loss that is no number must not reach.
    finite = FiniteLossHook(interval=cfg.log_config.get("interval", 50))
    runner.register_hook(finite, priority="VERY_HIGH")
    runner.register_hook(ProgressHook(), priority="LOW")
    if getattr(dataset, "skip_bad_images", False):
        runner.register_hook(SkippedImagesHook())
    evaluation = None
    if val_dataset is not None:
        settings = loader_settings(cfg, "val")
        val_loader = build_dataloader(val_dataset, dist=distributed, each_once=True, **settings)
        evaluation = EvaluationHook(val_loader, **(cfg.get("evaluation") or {}))
        runner.register_hook(evaluation, priority="LOW")

    if cfg.get("load_from") and not cfg.get("resume_from"):
        runner.load_checkpoint(cfg.load_from)
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            hook.attach(runner)
    if cfg.get("resume_from"):
        runner.resume(cfg.resume_from)
        if evaluation is not None and evaluation.is_pending(runner):
            runner.reopen_epoch(loader)
    runner.run([loader], [("train", 1)], run=forward)

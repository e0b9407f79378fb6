"""How a run begins: the folder it writes to, the checkpoint it goes on from, its learning rate."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import torch
from mmcv import Config

from models.engine.checks import loader_settings
from models.runtime.checkpoint import read_checkpoint
from models.runtime.config_text import config_text
from models.runtime.dist import share
from models.runtime.files import atomic_write, set_aside
from models.runtime.folder import find_resumable, go_on_from, resumable_beside, start_anew

logger = logging.getLogger(__name__)

#: the published learning rates are for this many GPUs
BASE_GPUS = 8

#: by how much a batch may differ from the published one before that is worth a warning
_TOLERATED = 4


def set_up_libraries(cfg: Mapping[str, Any]) -> None:
    """Set what a config says of OpenCV and cuDNN for this process.

    Args:
        cfg: `opencv_num_threads` and `cudnn_benchmark` are read; without them all stays as it is.
    """
    if cfg.get("opencv_num_threads") is not None:
        cv2.setNumThreads(cfg["opencv_num_threads"])
    if cfg.get("cudnn_benchmark") is not None:
        torch.backends.cudnn.benchmark = bool(cfg["cudnn_benchmark"])


def prepare_folder(
    work_dir: str | os.PathLike,
    resume_from: str | None,
    auto_resume: bool,
    rank: int,
    trust: bool = False,
) -> str | None:
    """Decide where a run begins, and move aside what it would write over.

    All processes must call this together; the first one decides.

    Args:
        work_dir: the run folder; exists.
        resume_from: the checkpoint that was asked for.
        auto_resume: whether to prefer the newest usable checkpoint of the folder, if there is one.
        rank: which process this is.
        trust: whether `resume_from` may run code; see `read_checkpoint`.

    Returns:
        The checkpoint to go on from, or None.
    """
    return share(_prepare_folder(work_dir, resume_from, auto_resume, trust) if rank == 0 else None)


def _prepare_folder(
    work_dir: str | os.PathLike, resume_from: str | None, auto_resume: bool, trust: bool
) -> str | None:
    found = find_resumable(work_dir) if auto_resume else None
    if found is None and resume_from:
        found = resumable_beside(resume_from, trust)
    if found is None and auto_resume:
        logger.info("No checkpoint to go on from in %s: the run begins", work_dir)
    aside = start_anew(work_dir) if found is None else go_on_from(found, work_dir, trust)
    if aside:
        logger.info("Checkpoints that this run might write over were moved to %s", aside)
    return str(found) if found else None


def seed_of(checkpoint: str | os.PathLike, trust: bool = False) -> int | None:
    """The seed of the run that wrote a checkpoint, if it says."""
    return read_checkpoint(checkpoint, trust).get("meta", {}).get("seed")


def keep_config(cfg: Config, name: str, work_dir: str | os.PathLike) -> None:
    """Write the merged config into the run folder, as Python; another one there is set aside."""
    path = (Path(work_dir) / name).with_suffix(".py")
    text = config_text(cfg)
    if path.exists():
        if path.read_text(encoding="utf-8") == text:
            return
        set_aside(path)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def scale_learning_rate(
    cfg: Config, published: Mapping[str, Any], world_size: int, autoscale: bool
) -> None:
    """Fit the learning rate to the batch of this run, or warn where it does not fit.

    A published rate is for `BASE_GPUS` times the config's own samples_per_gpu; it grows and falls
    with the batch (the linear scaling rule of Goyal et al., 2017).

    Args:
        cfg: the run's config; `optimizer.lr` is changed if `autoscale`.
        published: the config file as it is, without overrides.
        world_size: number of processes.
        autoscale: whether to change the rate.
    """
    batch = loader_settings(cfg, "train")["samples_per_gpu"] * world_size
    try:
        base = loader_settings(published, "train")["samples_per_gpu"] * BASE_GPUS
    except KeyError:  # the file leaves it to the command line, so there is nothing to compare with
        return
    before = cfg.optimizer.lr
    if autoscale:
        cfg.optimizer.lr = before * batch / base
        logger.info(
            "Learning rate %g × %d / %d = %g: batches of %d processes with %d samples each, in "
            "place of %d with %d",
            before,
            batch,
            base,
            cfg.optimizer.lr,
            world_size,
            batch // world_size,
            BASE_GPUS,
            base // BASE_GPUS,
        )
    elif not base / _TOLERATED <= batch <= base * _TOLERATED:
        logger.warning(
            "The learning rate %g is for batches of %d; this run's are of %d: consider "
            "--autoscale-lr",
            before,
            base,
            batch,
        )

"""Whether a config can be trained as it says, found out before any data are loaded."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from mmcv.runner import HOOKS

from models.datasets import check_evaluation
from models.datasets.worker import START_METHODS
from models.engine.hooks import CheckpointHook
from models.engine.loggers import check_loggers
from models.runtime.config_keys import SHARED_LOADER_KEYS, TRAIN_LOADER_KEYS
from models.runtime.names import check_keys, nearest

#: names of `runner.type` that mean a run by epochs, which is what there is
RUNNERS = ("EpochBasedRunner", "ResumableRunner")


def check_training(cfg: Mapping[str, Any], validate: bool = True) -> None:
    """Check all sections of a config that say how a network is trained and validated.

    Args:
        cfg: the config, in canonical spelling.
        validate: whether the run validates.

    Raises:
        KeyError: an unknown key, hook, metric or score; names the nearest.
        ValueError: values that cannot be, or that contradict each other.
        ImportError: what a logger sends with is not installed.
    """
    max_epochs(cfg)
    workflow = cfg.get("workflow") or [("train", 1)]
    if [flow[0] for flow in workflow] != ["train"]:
        raise ValueError(
            f"workflow {workflow} is not supported; use [('train', 1)], validation comes from "
            "'evaluation'"
        )
    _check_steps(cfg)
    _check_hooks(cfg)
    loader_settings(cfg, "train")
    if validate:
        if "val" not in cfg["data"]:
            raise KeyError("the config has no data.val; add it, or train with --no-validate")
        loader_settings(cfg, "val")
        _check_evaluation(cfg["data"]["val"]["type"], cfg.get("evaluation") or {})


def max_epochs(cfg: Mapping[str, Any]) -> int:
    """Length of the run, from `total_epochs` or mmcv's `runner.max_epochs`.

    Raises:
        KeyError: `runner` has an unknown key.
        ValueError: neither is given, they differ, or `runner.type` is no runner by epochs.
    """
    runner = cfg.get("runner") or {}
    kind = runner.get("type", RUNNERS[0])
    if kind not in RUNNERS:
        raise ValueError(
            f"runner.type='{kind}' is not built; runs are counted in epochs: use "
            "runner=dict(type='EpochBasedRunner', max_epochs=…) or total_epochs"
        )
    check_keys(runner, ("type", "max_epochs"), "runner")
    given = {cfg.get("total_epochs"), runner.get("max_epochs")} - {None}
    if len(given) > 1:
        raise ValueError(
            f"total_epochs={cfg['total_epochs']} and runner.max_epochs={runner['max_epochs']} "
            "differ; give one of them"
        )
    epochs = given.pop() if given else None
    if not epochs:
        raise ValueError("the config has no total_epochs; say how long to train")
    return epochs


def loader_settings(cfg: Mapping[str, Any], split: str) -> dict[str, Any]:
    """Arguments of `build_dataloader` for train, val or test.

    `data.<split>_dataloader` goes before what `data` says for all; `data.shuffle` and
    `data.drop_last` are for training.

    Raises:
        KeyError: no samples_per_gpu is given.
        ValueError: a setting that has no meaning for this split, or cannot be.
    """
    data = cfg["data"]
    shared = TRAIN_LOADER_KEYS if split == "train" else SHARED_LOADER_KEYS
    settings = {
        "workers_per_gpu": 0,
        **{key: data[key] for key in shared if key in data},
        **(data.get(f"{split}_dataloader") or {}),
    }
    if "samples_per_gpu" not in settings:
        raise KeyError(
            f"the config has neither data.samples_per_gpu nor data.{split}_dataloader."
            "samples_per_gpu; say how many samples a batch of one device has"
        )
    if split != "train":
        for key in ("shuffle", "drop_last"):
            if settings.pop(key, False):
                raise ValueError(
                    f"data.{split}_dataloader.{key}=True is for training; every sample is tested, "
                    "in the data set's order: take it out"
                )
    method = cfg.get("mp_start_method")
    if method not in (None, *START_METHODS):
        raise ValueError(f"mp_start_method='{method}' must be one of {', '.join(START_METHODS)}")
    if method:
        settings.setdefault("multiprocessing_context", method)
    if cfg.get("opencv_num_threads") is not None:
        settings["opencv_num_threads"] = cfg["opencv_num_threads"]
    return settings


def checkpoint_settings(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `CheckpointHook` from `checkpoint_config`.

    Raises:
        KeyError: one is unknown; names the nearest.
    """
    settings = dict(cfg.get("checkpoint_config") or {})
    settings.pop("type", None)
    check_keys(settings, inspect.signature(CheckpointHook).parameters, "checkpoint_config")
    return settings


def _check_steps(cfg: Mapping[str, Any]) -> None:
    """What happens in an iteration: optimizer, precision, memory layout, rates."""
    optimizer = cfg.get("optimizer_config") or {}
    kind = optimizer.get("type", "OptimizerHook")
    if kind.endswith("Fp16OptimizerHook"):
        raise ValueError(f"optimizer_config.type='{kind}': set fp16=dict(loss_scale=…) instead")
    if cfg.get("fp16") and kind != "OptimizerHook":
        raise ValueError(f"optimizer_config.type='{kind}' does not work together with fp16")
    if not isinstance(cfg.get("channels_last"), bool | None):
        raise ValueError(f"channels_last={cfg['channels_last']}: use True, False or None")
    _check_hook(optimizer, kind, "optimizer_config", ("type",))
    for section, suffix in (
        ("lr_config", "LrUpdaterHook"),
        ("momentum_config", "MomentumUpdaterHook"),
    ):
        settings = cfg.get(section)
        if settings is None and section == "momentum_config":
            continue
        if not isinstance(settings, Mapping) or "policy" not in settings:
            raise KeyError(
                f"the config has no {section}.policy; name one, lr_config=dict(policy='fixed') for "
                "a rate that stays"
            )
        policy = str(settings["policy"])
        policy = policy.title() if policy == policy.lower() else policy  # as mmcv reads it
        known = [n.removesuffix(suffix) for n in HOOKS.module_dict if n.endswith(suffix)]
        if policy not in known:
            raise KeyError(
                f"{section}.policy '{policy}' is unknown{nearest(policy, filter(None, known))}"
            )
        _check_hook(settings, policy + suffix, section, ("policy",))


def _check_hooks(cfg: Mapping[str, Any]) -> None:
    """What happens besides: checkpoints, logs, the user's hooks."""
    checkpoint_settings(cfg)
    log_config = cfg.get("log_config") or {}
    check_keys(log_config, ("interval", "hooks"), "log_config")
    if not {"interval", "hooks"} <= set(log_config):
        raise KeyError(
            "the config's log_config must have 'interval' and 'hooks'; write "
            "log_config=dict(interval=50, hooks=[dict(type='TextLoggerHook')])"
        )
    check_loggers(log_config)
    hooks = cfg.get("custom_hooks") or []
    for hook in [hooks] if isinstance(hooks, Mapping) else hooks:
        if not isinstance(hook, Mapping):
            continue
        if "type" not in hook:
            raise KeyError(f"custom_hooks: {dict(hook)} has no 'type'; name the hook")
        if isinstance(hook["type"], str):
            where = f"custom_hooks ({hook['type']})"
            _check_hook(hook, hook["type"], where, ("type", "priority"))


def _check_evaluation(data: str, settings: Mapping[str, Any]) -> None:
    """When the hook evaluates, and whether the validation set can be."""
    interval, start = settings.get("interval", 1), settings.get("start")
    for name, value, least in (("interval", interval, 1), ("start", start, 0)):
        if value is not None and (not isinstance(value, int) or value < least):
            raise ValueError(
                f"evaluation.{name}={value!r} must be a number of epochs, {least} or more"
            )
    rule = settings.get("rule")
    if rule not in (None, "greater", "less"):
        raise ValueError(f"evaluation.rule={rule!r} must be 'greater' or 'less'")
    if not settings.get("by_epoch", True):
        raise ValueError("evaluation.by_epoch=False is not built; epochs are evaluated")
    if settings.get("save_best") is False:
        raise ValueError(
            "evaluation.save_best=False is not built, the best checkpoint is always kept; name its "
            "score, or take the key out"
        )
    check_evaluation(data, settings)


def _check_hook(
    settings: Mapping[str, Any], kind: str, where: str, own: Iterable[str] = ()
) -> None:
    hook = HOOKS.get(kind)
    if hook is None:
        near = nearest(kind, HOOKS.module_dict)
        raise KeyError(f"{where}: {kind} is no hook of mmcv or of this project{near}")
    known = _arguments(hook)
    if known is not None:
        check_keys(settings, (*own, *known), where)


def _arguments(kind: type) -> list[str] | None:
    """What a class can be built with, its bases' arguments too where it hands further ones on.

    None if nobody can tell.
    """
    names: list[str] = []
    for cls in inspect.getmro(kind):
        if "__init__" not in vars(cls):
            continue
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
        names += [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return names
    return None

"""Whether what `log_config` asks for can be had, before anything is loaded."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Mapping
from typing import Any

from mmcv.runner import HOOKS, LoggerHook

from models.runtime.names import check_keys, nearest

#: hook → the package that it sends with, which is no requirement of this one
PACKAGES = {
    "ClearMLLoggerHook": "clearml",
    "DvcliveLoggerHook": "dvclive",
    "MlflowLoggerHook": "mlflow",
    "NeptuneLoggerHook": "neptune",
    "SegmindLoggerHook": "segmind",
    "WandbLoggerHook": "wandb",
}


def check_loggers(log_config: Mapping[str, Any]) -> None:
    """Check the hooks of a config's `log_config`.

    Raises:
        ValueError: one is no section with a type.
        KeyError: a type or an argument is unknown; names the nearest.
        ImportError: the package that one sends with is not installed.
    """
    for i, entry in enumerate(log_config.get("hooks") or []):
        where = f"log_config.hooks.{i}"
        if not isinstance(entry, Mapping) or "type" not in entry:
            raise ValueError(f"{where} is {entry!r}; write dict(type='…'), in a config file")
        kind = entry["type"]
        if not isinstance(kind, str):
            continue  # a class, which knows itself
        hook = HOOKS.get(kind)
        if hook is None:
            known = [n for n, cls in HOOKS.module_dict.items() if issubclass(cls, LoggerHook)]
            raise KeyError(f"{where}: {kind} is no logger{nearest(kind, known)}")
        arguments = inspect.signature(hook).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in arguments.values()):
            check_keys([key for key in entry if key != "type"], arguments, f"{where} ({kind})")
        package = PACKAGES.get(kind)
        if package and not _is_installed(package):
            raise ImportError(
                f"{where}: {kind} needs the package {package}, which is not installed; say "
                f"'pip install -c requirements.txt {package}' or take it out of log_config.hooks"
            )


def _is_installed(package: str) -> bool:
    """Whether it can be imported; a mere folder of that name, as W&B makes one, does not count."""
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None

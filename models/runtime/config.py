"""Reading a config and applying overrides, strictly: a mistyped key is an error, not a no-op."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.runtime.names import nearest
from models.runtime.quiet import quiet_imports

with quiet_imports():
    from mmcv import Config

#: prefix of an override that adds a key the config does not have: `+optimizer.weight_decay=1e-4`
NEW = "+"

#: helper variables that config files are made of; nothing reads them once the file is loaded
_BUILDING_BLOCKS = {
    "data_cfg": "data.train.data_cfg, data.val.data_cfg and data.test.data_cfg",
    "val_data_cfg": "data.val.data_cfg",
    "train_pipeline": "data.train.pipeline",
    "val_pipeline": "data.val.pipeline",
    "test_pipeline": "data.test.pipeline",
    "channel_cfg": "model.keypoint_head.out_channels",
    "data_root": "data.train.ann_file, data.train.img_prefix …",
    "dataset_info": "data.train.dataset_info …",
}


def load_config(path: str | os.PathLike, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read a Python config file with its `_base_` files and apply overrides.

    A config file is Python and is run; do not load one from a source you do not trust.

    Args:
        path: the file.
        overrides: dotted key → value, list items by number (`data.train.pipeline.2.flip_prob`). A
            key must exist, unless `+` stands in front of it.

    Raises:
        FileNotFoundError: the file, or a base of it, does not exist.
        KeyError: an override names a key that does not exist, or that nothing reads.
        ValueError: the file is no valid config.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"config {path} does not exist; configs live under configs/")
    if path.suffix not in (".py", ".json", ".yaml", ".yml"):
        raise ValueError(f"config {path} is no .py, .json or .yaml file; give a config file")
    try:
        cfg = Config.fromfile(str(path))
    except (SyntaxError, NameError, TypeError) as error:
        raise ValueError(f"config {path} cannot be read: {error}") from error
    for key in ("model", "data"):
        if key not in cfg:
            raise ValueError(f"config {path} has no '{key}' section; is it a file of _base_?")
    apply_overrides(cfg, overrides or {})
    return cfg


def apply_overrides(cfg: Config, overrides: Mapping[str, Any]) -> None:
    """Merge dotted overrides into `cfg`, in place; see `load_config`.

    Raises:
        KeyError: a key does not exist (names the nearest), or nothing reads it.
    """
    plain = {}
    for key, value in overrides.items():
        if key.startswith(NEW):
            key = key.removeprefix(NEW)
        else:
            _check_exists(cfg, key)
        plain[key] = value
    if plain:
        cfg.merge_from_dict(plain, allow_list_keys=True)


def _check_exists(cfg: Config, key: str) -> None:
    parts = key.split(".")
    if parts[0] in _BUILDING_BLOCKS:
        raise KeyError(
            f"--cfg-options {key}: '{parts[0]}' only helps to write the file and is read by "
            f"nothing; set {_BUILDING_BLOCKS[parts[0]]}"
        )
    node: Any = cfg
    for depth, part in enumerate(parts):
        here = ".".join(parts[:depth]) or "the config"
        if isinstance(node, (Mapping, Config)):
            if part not in node:
                raise KeyError(
                    f"--cfg-options {key}: {here} has no key '{part}'{nearest(part, list(node))}; "
                    f"write {NEW}{key}=… to add it"
                )
            node = node[part]
        elif isinstance(node, Sequence) and not isinstance(node, str):
            if not part.isdigit() or int(part) >= len(node):
                raise KeyError(
                    f"--cfg-options {key}: {here} is a list of {len(node)}; "
                    f"'{part}' must be a number below that"
                )
            node = node[int(part)]
        else:
            raise KeyError(
                f"--cfg-options {key}: {here} is {node!r} and has no keys; to replace it by a "
                f"section, write {NEW}{key}=…"
            )

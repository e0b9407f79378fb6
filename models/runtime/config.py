"""Reading a config and applying overrides, strictly: a mistyped key is an error, not a no-op."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from models.compat import canonical_config
from models.runtime.config_files import find_config, helper_names
from models.runtime.config_keys import HELPERS, check_data, split_names
from models.runtime.names import nearest
from models.runtime.quiet import quiet_imports

with quiet_imports():
    from mmcv import Config

#: prefix of an override that adds a key the config does not have: `+optimizer.weight_decay=1e-4`
NEW = "+"


def load_config(path: str | os.PathLike, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read a config file with its `_base_` files, apply overrides, and translate older spellings.

    What comes back is in the canonical spelling of `models.compat`, without the variables that only
    helped to write the file. A config file is Python and is run; do not load one from a source you
    do not trust.

    Args:
        path: the file, or the name of one of the project's (`litehrnet_18_coco_256x192`).
        overrides: dotted key → value, list items by number (`data.train.pipeline.2.flip_prob`). A
            key must exist as the file spells it, unless `+` stands in front of it.

    Raises:
        FileNotFoundError: the file, or a base of it, does not exist.
        KeyError: a key of the file or of an override does not exist; names the nearest.
        ValueError: the file is no valid config.
    """
    path = find_config(path)
    if path.suffix not in (".py", ".json", ".yaml", ".yml"):
        raise ValueError(f"config {path} is no .py, .json or .yaml file; give a config file")
    try:
        cfg = Config.fromfile(str(path))
    except (SyntaxError, NameError, TypeError) as error:
        raise ValueError(f"config {path} cannot be read: {error}") from error
    for key in ("model", "data"):
        if key not in cfg:
            raise ValueError(f"config {path} has no '{key}' section; is it a file of _base_?")
    helpers = _check_keys(cfg, str(path), helper_names(path))
    apply_overrides(cfg, overrides or {}, helpers)
    for name in helpers:
        cfg.pop(name)
    _check_keys(cfg, "--cfg-options")
    return canonical_config(cfg)


def _check_keys(cfg: Config, where: str, used: Collection[str] = ()) -> set[str]:
    """Check top-level keys and those of `data`; the names that are no settings."""
    try:
        check_data(cfg.data)
        return split_names(cfg, used)
    except KeyError as error:
        raise KeyError(f"{where}: {error.args[0]}") from None


def apply_overrides(
    cfg: Config, overrides: Mapping[str, Any], helpers: Collection[str] = ()
) -> None:
    """Merge dotted overrides into `cfg`, in place; see `load_config`.

    Args:
        cfg: the config.
        overrides: dotted key → value.
        helpers: top-level names that nothing reads.

    Raises:
        KeyError: a key does not exist (names the nearest), or nothing reads it.
    """
    plain = {}
    for key, value in overrides.items():
        name = key.removeprefix(NEW)
        _check_read(name, helpers)
        if name == key:
            _check_exists(cfg, key)
        plain[name] = value
    if plain:
        cfg.merge_from_dict(plain, allow_list_keys=True)


def _check_read(key: str, helpers: Collection[str]) -> None:
    name = key.partition(".")[0]
    if name in helpers or name in HELPERS:
        cure = HELPERS.get(name) or "the key that it is used for"
        raise KeyError(
            f"--cfg-options {key}: '{name}' only helps to write the file and is read by nothing; "
            f"set {cure}"
        )


def _check_exists(cfg: Config, key: str) -> None:
    parts = key.split(".")
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

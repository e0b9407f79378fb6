"""Networks and data sets of a whole config: what each tells the other."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, MutableMapping
from typing import Any

from models.builder import (
    DATASETS,
    NETWORKS,
    POSENETS,
    SEGMENTORS,
    build_dataset,
    build_from,
    build_posenet,
    find_class,
)
from models.networks.base import Network, check_network

#: where a network is looked for
_TASKS = (POSENETS, SEGMENTORS, NETWORKS)


def build_model(cfg: Mapping[str, Any]) -> Network:
    """Build the network of any task from a config's `model` section.

    Raises:
        KeyError: an unknown type or argument; names the nearest known one.
        TypeError: what the type names is no network; says what it lacks.
        ValueError: sections that contradict each other.
    """
    kind = find_class(cfg.get("type"), *_TASKS)
    try:
        if kind in POSENETS.module_dict.values():
            return check_network(build_posenet(cfg))
        return check_network(build_from({**cfg, "type": kind}, NETWORKS))
    except TypeError as error:
        if "abstract method" in str(error):
            raise TypeError(f"model.type='{cfg['type']}' is not complete: {error}") from None
        raise


def build_network(cfg: Mapping[str, Any], pretrained: bool = True) -> Network:
    """Build the network of a whole config, which tells it the size of the images in its data.

    Args:
        cfg: the config.
        pretrained: whether to load the weights that `model.pretrained` names; False where a
            checkpoint brings all.

    Raises:
        as `build_model`.
    """
    model = dict(cfg["model"])
    kind = find_class(model.get("type"), *_TASKS)
    size = input_size_of(cfg)
    if size and not model.get("input_size") and "input_size" in inspect.signature(kind).parameters:
        model["input_size"] = size
    if not pretrained and model.get("pretrained"):
        model["pretrained"] = None
    return build_model(model)


def input_size_of(cfg: Mapping[str, Any]) -> tuple[int, int] | None:
    """(w, h) of the images that a config's test set gives; None where it does not say it."""
    section = (cfg.get("data") or {}).get("test")
    if not section:
        return None
    return find_class(section.get("type"), DATASETS).input_size_of(section)


def set_input_size(cfg: MutableMapping[str, Any], size: tuple[int, int]) -> None:
    """Let the network and all splits of a config have images of another size (w, h), in place."""
    for split in ("train", "val", "test"):
        section = cfg["data"].get(split)
        if section:
            find_class(section["type"], DATASETS).set_input_size(section, size)
    if "input_size" in inspect.signature(find_class(cfg["model"]["type"], *_TASKS)).parameters:
        cfg["model"]["input_size"] = size


def build_split(
    cfg: Mapping[str, Any], split: str, network: Network | None = None, **more: Any
) -> Any:
    """Build the training, validation or test set of a config.

    Args:
        cfg: the config.
        split: 'train', 'val' or 'test'; the latter two in test mode.
        network: tells its data sets what follows from it, the stride of heatmaps say.
        more: further arguments of the data set.

    Raises:
        as `build_dataset`.
    """
    section = cfg["data"].get(split)
    if not section:
        raise KeyError(f"the config has no data.{split}; add it, or choose another split")
    parameters = inspect.signature(find_class(section.get("type"), DATASETS)).parameters
    follows = network.dataset_args() if network is not None else {}
    if split != "train":
        follows["test_mode"] = True
    follows = {key: value for key, value in follows.items() if key in parameters}
    return build_dataset(section, {**follows, **more})

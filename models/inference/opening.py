"""From what a user has (a config, a checkpoint, an exported model) to an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.deploy.base import Engine
from models.deploy.description import Description, read_description
from models.deploy.exported import (
    NumpyEngine,
    engine_for,
    engine_names,
    find_engine,
    is_exported,
    open_exported,
)
from models.inference.device import choose_device
from models.inference.estimator import Preprocess

#: images that PyTorch predicts before it spends seconds on being fast: a folder of them, not one
_PATIENCE = 100


def open_model(
    config: str | Path | None,
    model: str | Path | None,
    device: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
    cfg_options: Mapping[str, Any] | None = None,
    trust_checkpoint: bool = False,
) -> tuple[NumpyEngine, Description]:
    """A network ready to run, and what belongs before and after it.

    PyTorch is imported only for a checkpoint or a TorchScript file.

    Args:
        config: config file or its name (`litehrnet_18_coco_256x192`); not needed for an exported
            model that has its description beside it.
        model: checkpoint, or exported model.
        device: 'cpu', 'cuda', 'cuda:1' …; by default a GPU where there is one and the engine can
            use it.
        engine: a registered engine; by default 'torch', or what runs the exported model.
        threads: CPU threads of the engine.
        cfg_options: overrides of the config, dotted key → value.
        trust_checkpoint: see `models.runtime.checkpoint`.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: what was given does not go together.
        ImportError: what runs the model is not installed.
    """
    if model is None:
        raise ValueError(
            f"{config} says how the network is built, not what it has learnt: give a checkpoint "
            "(.pth) or a model written by tools/deployment/export.py"
        )
    cfg = None
    if config is not None and not (is_exported(model) and engine in (None, *engine_names())):
        from models.runtime.config import load_config

        # Read first: formats and engines of the user's own are in files that it names.
        cfg = load_config(config, cfg_options)
    kind = find_engine(engine_for(model, engine))
    if not is_exported(model):
        return _open_checkpoint(cfg, model, device, kind, threads, trust_checkpoint)
    if cfg_options:
        raise ValueError(f"cfg_options change nothing of {model}; they go with a checkpoint")
    description = _describe(config, model)
    place = _place(kind, device)
    return open_exported(model, kind.name, threads, description.input_size, place), description


def open_preprocess(
    description: Description,
    config: str | Path | None,
    cfg_options: Mapping[str, Any] | None = None,
) -> Preprocess:
    """What makes a network's input: the description, or the config's pipeline where that is more.

    Args:
        description: from `open_model`.
        config: see `open_model`.
        cfg_options: overrides of the config, dotted key → value.

    Raises:
        ValueError: the description is partial, and there is no config.
    """
    if not description.undescribed_steps:
        return description.preprocessor()
    if config is None:
        steps = ", ".join(description.undescribed_steps)
        raise ValueError(
            f"{description.name} was trained with steps before the network that the description "
            f"beside the exported model has no words for ({steps}): give the config along with it"
        )
    from models.inference.pipeline_crops import PipelinePreprocessor
    from models.runtime.config import load_config

    cfg = load_config(config, cfg_options)
    return PipelinePreprocessor(cfg, description.keypoints)


def _describe(config: str | Path | None, model: str | Path) -> Description:
    try:
        return read_description(model)
    except FileNotFoundError:
        if config is None or not Path(model).is_file():
            raise
    from models.deploy import describe
    from models.runtime.config import load_config

    return describe(load_config(config))


def _open_checkpoint(
    cfg: Any,
    checkpoint: str | Path,
    device: str | None,
    kind: type[Engine],
    threads: int | None,
    trust_checkpoint: bool,
) -> tuple[NumpyEngine, Description]:
    if cfg is None:
        raise ValueError(f"the checkpoint {checkpoint} needs the config that it was trained with")
    from models.deploy import describe
    from models.deploy.engines import start_engine
    from models.networks import build_network
    from models.runtime.checkpoint import load_checkpoint

    network = build_network(cfg, pretrained=False)
    description = describe(cfg, network=network)
    load_checkpoint(network, str(checkpoint), trust_checkpoint)
    network.eval()
    place = _place(kind, device)
    size = description.input_size
    run = start_engine(network.to(place), kind.name, size, place, threads, patience=_PATIENCE)
    return run, description


def _place(kind: type[Engine], device: str | None) -> Any:
    """Where an engine computes: the device asked for, else the best that it can use."""
    if kind.on_gpu:
        return choose_device(device)
    kind.check_device(device or "cpu")
    return "cpu"

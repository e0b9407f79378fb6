"""From what a user has (a config, a checkpoint, an exported model) to an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.deploy.description import Description, read_description
from models.deploy.exported import NumpyEngine, open_exported
from models.deploy.formats import check_engine, engine_for, is_exported
from models.inference.device import choose_device

#: crops that PyTorch answers before it spends seconds on being fast: a folder of pictures, not one
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
        engine: one of `models.deploy.ENGINES`; by default 'torch', or what runs the exported model.
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
    name = engine_for(model, engine)
    check_engine(name)
    if not is_exported(model):
        return _open_checkpoint(config, model, device, name, threads, cfg_options, trust_checkpoint)
    if cfg_options:
        raise ValueError(f"cfg_options change nothing of {model}; they go with a checkpoint")
    description = _describe(config, model)
    if name != "torch":
        if device not in (None, "cpu"):
            raise ValueError(f"the engine '{name}' runs on the CPU, not on {device}")
        return open_exported(model, name, threads, description.input_size), description

    from models.deploy import load_engine

    place = choose_device(device)
    run = load_engine(model, name, place, threads, description.input_size)
    return _on_arrays(run, place), description


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
    config: str | Path | None,
    checkpoint: str | Path,
    device: str | None,
    name: str,
    threads: int | None,
    cfg_options: Mapping[str, Any] | None,
    trust_checkpoint: bool,
) -> tuple[NumpyEngine, Description]:
    if config is None:
        raise ValueError(f"the checkpoint {checkpoint} needs the config that it was trained with")
    from models.builder import build_posenet
    from models.deploy import build_engine, describe
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config

    cfg = load_config(config, cfg_options)
    description = describe(cfg)
    cfg.model["pretrained"] = None  # the checkpoint brings all weights
    network = build_posenet(cfg.model)
    load_checkpoint(network, str(checkpoint), trust_checkpoint)
    network.eval()
    place = choose_device(device if name == "torch" else device or "cpu")
    size = description.input_size
    run = build_engine(network.to(place), name, size, place, threads, patience=_PATIENCE)
    return _on_arrays(run, place), description


def _on_arrays(run: Any, device: Any) -> NumpyEngine:
    import torch

    @torch.inference_mode()
    def answer(crops: Any) -> Any:
        return run(torch.from_numpy(crops).to(device)).float().cpu().numpy()

    return answer

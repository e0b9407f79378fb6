"""From what a user has (a config, a checkpoint, an exported model) to an estimator."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import models
from models.deploy.description import Description, read_description
from models.deploy.exported import NumpyEngine, open_exported
from models.deploy.formats import check_engine, engine_for, is_exported
from models.inference.device import choose_device
from models.inference.estimator import Preprocess

CONFIGS = Path(models.__file__).resolve().parents[1] / "configs"

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

    cfg = load_config(find_config(config), cfg_options)
    return PipelinePreprocessor(cfg, description.keypoints)


def find_config(config: str | Path) -> Path:
    """A config file by its path or by its name.

    Raises:
        FileNotFoundError: there is none; names the nearest.
    """
    path = Path(config)
    if path.suffix:  # a path; `load_config` says what is wrong with it
        return path
    known = {found.stem: found for found in sorted(CONFIGS.glob("top_down/**/*.py"))}
    if path.name == str(config) and path.name in known:
        return known[path.name]
    near = difflib.get_close_matches(str(config), known, 1)
    raise FileNotFoundError(
        f"there is no config '{config}'"
        + (f"; did you mean '{near[0]}'?" if near else f"; those in {CONFIGS} have names")
    )


def _describe(config: str | Path | None, model: str | Path) -> Description:
    try:
        return read_description(model)
    except FileNotFoundError:
        if config is None or not Path(model).is_file():
            raise
    from models.deploy import describe
    from models.runtime.config import load_config

    return describe(load_config(find_config(config)))


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

    cfg = load_config(find_config(config), cfg_options)
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

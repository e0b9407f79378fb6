"""The network for those who only want its answers: fast forms of it, and files of them.

- `network.py`: the inference form, made of `folding.py`, `order.py`, `form.py`, `lite.py`,
  `naive.py` and `module.py`, each of which says what it saves and why that is exact.
- `formats.py`: formats of files, and the programs that run them.
- `engines.py`: these programs behind one call: `torch_engine.py` and, by `exported.py`, which needs
  no PyTorch, `onnxruntime_engine.py`, `openvino_engine.py` and `ncnn_engine.py`; `streams.py` is
  what they do with a batch.
- `export.py` writes files, with `ncnn_file.py` and `int8.py`; `verified.py` only lets those stand
  that answer what the network does, by `agreement.py`, on the crops of `crops.py`.
- `description.py`: what is done before and after the network, as json beside a model, made from a
  config by `describing.py`.
- `predictor.py`: an engine in the place of a network, flip test included.

Everything takes normalised crops (B, 3, H, W) and answers heatmaps (B, K, H/4, W/4). Names are
loaded when first used, so that running an exported model imports no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

from models.runtime.quiet import quiet_imports

_PUBLIC = {
    "ENGINES": "formats",
    "FORMATS": "formats",
    "SUFFIXES": "formats",
    "Agreement": "agreement",
    "Description": "description",
    "Form": "form",
    "Predictor": "predictor",
    "build_engine": "engines",
    "compare": "agreement",
    "deploy": "network",
    "describe": "describing",
    "engine_for": "formats",
    "export_verified": "verified",
    "is_exported": "formats",
    "load_engine": "engines",
    "open_exported": "exported",
    "write_model": "export",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        with quiet_imports():
            return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])

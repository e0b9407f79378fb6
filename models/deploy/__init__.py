"""Inference-optimised networks, and files of them.

- `base.py`: the contracts of file formats and of the programs that run them, `Exporter` and
  `Engine`; `formats/` has a file for each format, with both; `streams.py` is what engines do with a
  batch.
- `exported.py`: exporters, engines and exported files by name, without PyTorch; `engines.py`: the
  same on tensors; `torch_engine.py`: PyTorch's.
- `export.py` writes files, with `int8.py`, and only lets those stand that answer what the network
  does, by `agreement.py`, on the images of `inputs.py`.
- `network.py`: the inference form of a network; Lite-HRNet's is made of `folding.py`, `order.py`,
  `form.py`, `lite.py`, `naive.py` and `module.py`, each of which says what it saves and why that is
  exact.
- `description.py`: what is done before and after the network, as json beside a model, made from a
  config by `describing.py`.

Everything takes normalised images (B, 3, H, W) and gives what the network's `forward_tensor` gives.
Names are loaded when first used, so that running an exported model imports no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

from models.deploy.formats import ncnn, onnx, openvino, torchscript  # registers them
from models.runtime.quiet import quiet_imports

_PUBLIC = {
    "Agreement": "agreement",
    "Description": "description",
    "Engine": "base",
    "ExportOptions": "base",
    "Exporter": "base",
    "Form": "form",
    "build_engine": "engines",
    "compare": "agreement",
    "deploy": "network",
    "describe": "describing",
    "engine_for": "exported",
    "export_verified": "export",
    "exportable": "network",
    "find_engine": "exported",
    "find_exporter": "exported",
    "is_exported": "exported",
    "load_engine": "engines",
    "open_exported": "exported",
    "write_model": "export",
}

__all__ = ["ncnn", "onnx", "openvino", "torchscript", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        with quiet_imports():
            return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])

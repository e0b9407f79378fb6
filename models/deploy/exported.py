"""Exported models on NumPy arrays, without PyTorch: what a light installation runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.deploy.formats import check_runs, engine_for
from models.deploy.streams import usable_threads

NumpyEngine = Callable[[np.ndarray], np.ndarray]
"""Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""

#: engine → its module and class; a module imports its program when the class is used
LIBRARIES = {
    "onnxruntime": ("models.deploy.onnxruntime_engine", "OnnxRuntimeEngine"),
    "openvino": ("models.deploy.openvino_engine", "OpenVinoEngine"),
    "ncnn": ("models.deploy.ncnn_engine", "NcnnEngine"),
}


def library_engine(name: str, model: str | Path | bytes, threads: int | None = None) -> NumpyEngine:
    """A model in one of `LIBRARIES`.

    Args:
        name: the engine.
        model: a file, or where the engine takes it the content of one.
        threads: CPU threads; by default `usable_threads()`.

    Raises:
        ImportError: the engine is not installed.
        ValueError: it cannot load the model.
    """
    module, kind = LIBRARIES[name]
    return getattr(importlib.import_module(module), kind)(model, threads or usable_threads())


def open_exported(
    path: str | Path,
    name: str | None = None,
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
) -> NumpyEngine:
    """An exported file in an engine that needs no PyTorch.

    Args:
        path: the file.
        name: which engine runs it; by default the one whose own format it is.
        threads: CPU threads; by default `usable_threads()`.
        input_size: (w, h) of the crops that will come, to be held against the file's.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the engine does not run such files, or the file takes crops of another size.
        ImportError: the engine is not installed.
    """
    name = engine_for(path, name)
    check_runs(path, name)
    if name not in LIBRARIES:
        raise ValueError(f"{path} is run by '{name}', which is no engine without PyTorch")
    engine = library_engine(name, path, threads)
    check_input_size(path, engine.input_size, input_size)
    return engine


def check_input_size(
    path: str | Path, found: tuple[int, ...], asked: tuple[int, int] | None
) -> None:
    """Make sure that a file takes the crops that will come; sizes are (w, h).

    Raises:
        ValueError: it takes others.
    """
    if asked is not None and tuple(found) != tuple(asked):
        sizes = ["×".join(map(str, size)) for size in (found, asked)]
        raise ValueError(
            f"{path} takes crops of {sizes[0]}, not {sizes[1]}; use the config that it was "
            "exported with"
        )

"""Programs that can run the network, behind one call: normalised crops in, heatmaps out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.backbones.litehrnet import check_size
from models.deploy.export import SIZE_FACT, exportable, onnx_bytes, write_model
from models.deploy.exported import check_input_size, library_engine, open_exported
from models.deploy.formats import SUFFIXES, check_engine, check_runs, engine_for
from models.deploy.torch_engine import TorchEngine

Engine = Callable[[Tensor], Tensor]
"""Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""

_FORMATS = {"onnxruntime": "onnx", "openvino": "openvino"}


def build_engine(
    network: nn.Module,
    name: str = "torch",
    input_size: tuple[int, int] = (192, 256),
    device: torch.device | str = "cpu",
    threads: int | None = None,
    patience: int = 0,
) -> Engine:
    """The inference form of a network, ready to run.

    Args:
        network: a top-down network with its weights; left as it is.
        name: one of `ENGINES`.
        input_size: (w, h) of crops; 'torch' takes other ones too.
        device: where to compute; the exported engines run on the CPU.
        threads: CPU threads; by default torch's number.
        patience: see `TorchEngine`.

    Raises:
        ValueError: an unknown name, an exported engine on another device than the CPU, or crops
            whose sides are no multiples of 32.
        ImportError: the engine is not installed.
    """
    check_engine(name)
    check_size(*input_size, network.backbone.size_divisor)
    if name == "torch":
        return TorchEngine(network, device, threads, patience=patience)
    _check_device(name, device)
    threads = threads or torch.get_num_threads()
    if name == "ncnn":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"model{SUFFIXES['ncnn']}")
            write_model(network, file, input_size, "ncnn")
            return _on_tensors(library_engine(name, file, threads))
    form = exportable(network, input_size, _FORMATS[name])
    return _on_tensors(library_engine(name, onnx_bytes(form, input_size), threads))


def load_engine(
    path: str | Path,
    name: str | None = None,
    device: torch.device | str = "cpu",
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
) -> Engine:
    """An exported file, ready to run.

    Args:
        path: an .onnx, .xml (OpenVINO), .torchscript or .param (ncnn) file.
        name: which engine runs it; by default the one that its name ends for.
        device: where to compute.
        threads: CPU threads; by default torch's number.
        input_size: (w, h) of the crops that will come, to be held against the file's.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the engine does not run such files, or the file takes crops of another size.
        ImportError: the engine is not installed.
    """
    name = engine_for(path, name)
    check_runs(path, name)
    threads = threads or torch.get_num_threads()
    if name == "torch":
        facts = {SIZE_FACT: ""}
        graph = torch.jit.load(str(path), map_location=device, _extra_files=facts).eval()
        if facts[SIZE_FACT]:  # a file of another program has none
            check_input_size(path, tuple(map(int, facts[SIZE_FACT].split())), input_size)
        return torch.inference_mode()(lambda img: graph(img.to(device)))
    _check_device(name, device)
    return _on_tensors(open_exported(path, name, threads, input_size))


def _on_tensors(run: Callable[[np.ndarray], np.ndarray]) -> Engine:
    return lambda img: torch.from_numpy(run(np.ascontiguousarray(img.cpu().float().numpy())))


def _check_device(name: str, device: torch.device | str) -> None:
    if torch.device(device).type != "cpu":
        raise ValueError(f"the engine '{name}' runs on the CPU; use 'torch' on {device}")

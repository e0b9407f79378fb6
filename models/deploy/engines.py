"""Programs that can run the network, behind one call: normalised crops in, heatmaps out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.backbones.litehrnet import check_size
from models.deploy.export import SIZE_FACT, SUFFIXES, exportable, onnx_bytes
from models.deploy.onnxruntime_engine import OnnxRuntimeEngine
from models.deploy.openvino_engine import OpenVinoEngine
from models.deploy.torch_engine import TorchEngine

ENGINES = ("torch", "onnxruntime", "openvino")

Engine = Callable[[Tensor], Tensor]
"""Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""

_LIBRARIES = {"onnxruntime": OnnxRuntimeEngine, "openvino": OpenVinoEngine}
_BY_SUFFIX = {".onnx": "onnxruntime", ".xml": "openvino", ".torchscript": "torch"}
_FORMATS = {"onnxruntime": "onnx", "openvino": "openvino"}


def build_engine(
    network: nn.Module,
    name: str = "torch",
    input_size: tuple[int, int] = (192, 256),
    device: torch.device | str = "cpu",
    threads: int | None = None,
) -> Engine:
    """The inference form of a network, ready to run.

    Args:
        network: a top-down network with its weights; left as it is.
        name: one of `ENGINES`.
        input_size: (w, h) of crops; 'torch' takes other ones too.
        device: where to compute; the exported engines run on the CPU.
        threads: CPU threads; by default torch's number.

    Raises:
        ValueError: an unknown name, an exported engine on another device than the CPU, or crops
            whose sides are no multiples of 32.
        ImportError: the engine is not installed.
    """
    _check_name(name)
    check_size(*input_size, network.backbone.size_divisor)
    if name == "torch":
        return TorchEngine(network, device, threads)
    _check_device(name, device)
    form = exportable(network, input_size, _FORMATS[name])
    content = onnx_bytes(form, input_size)
    return _on_tensors(_LIBRARIES[name](content, threads or torch.get_num_threads()))


def load_engine(
    path: str | Path,
    name: str | None = None,
    device: torch.device | str = "cpu",
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
) -> Engine:
    """An exported file, ready to run.

    Args:
        path: an .onnx, .xml (OpenVINO) or .torchscript file.
        name: which engine runs it; by default the one that its name ends for.
        device: where to compute.
        threads: CPU threads; by default torch's number.
        input_size: (w, h) of the crops that will come, to be held against the file's.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the engine does not run such files, or the file takes crops of another size.
        ImportError: the engine is not installed.
    """
    path = Path(path)
    if not is_exported(path):
        raise ValueError(f"{path} is no exported model; such names end with {_suffixes()}")
    if not path.is_file():
        raise FileNotFoundError(f"there is no model {path}")
    name = engine_for(path, name)
    _check_name(name)
    if _BY_SUFFIX[path.suffix] != name and not (name == "openvino" and path.suffix == ".onnx"):
        raise ValueError(f"the engine '{name}' does not run {path.suffix} files such as {path}")
    threads = threads or torch.get_num_threads()
    if name == "torch":
        facts = {SIZE_FACT: ""}
        graph = torch.jit.load(str(path), map_location=device, _extra_files=facts).eval()
        if facts[SIZE_FACT]:  # a file of another program has none
            _check_input_size(path, tuple(map(int, facts[SIZE_FACT].split())), input_size)
        return torch.inference_mode()(lambda img: graph(img.to(device)))
    _check_device(name, device)
    engine = _LIBRARIES[name](path, threads)
    _check_input_size(path, engine.input_size, input_size)
    return _on_tensors(engine)


def engine_for(path: str | Path, name: str | None = None) -> str:
    """The engine that runs a file: the one asked for, else what the file's name ends for.

    Args:
        path: an exported model, or a checkpoint, which PyTorch runs.
        name: the engine asked for.
    """
    return name or _BY_SUFFIX.get(Path(path).suffix, "torch")


def is_exported(path: str | Path) -> bool:
    """Whether a file's name is one of an exported model, not of a checkpoint."""
    return Path(path).suffix in SUFFIXES.values()


def _on_tensors(run: Callable[[np.ndarray], np.ndarray]) -> Engine:
    return lambda img: torch.from_numpy(run(np.ascontiguousarray(img.cpu().float().numpy())))


def _check_input_size(path: Path, found: tuple[int, ...], asked: tuple[int, int] | None) -> None:
    if asked is not None and found != tuple(asked):
        sizes = ["×".join(map(str, size)) for size in (found, asked)]
        raise ValueError(
            f"{path} takes crops of {sizes[0]}, not {sizes[1]}; use the config that it was "
            "exported with"
        )


def _suffixes() -> str:
    return ", ".join(SUFFIXES.values())


def _check_name(name: str) -> None:
    if name not in ENGINES:
        raise ValueError(f"there is no engine '{name}'; use one of {', '.join(ENGINES)}")


def _check_device(name: str, device: torch.device | str) -> None:
    if torch.device(device).type != "cpu":
        raise ValueError(f"the engine '{name}' runs on the CPU; use 'torch' on {device}")

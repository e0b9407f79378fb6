"""ncnn, for phones and boards: pairs of files that pnnx makes, run by ncnn on the CPU."""

from __future__ import annotations

import re
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.deploy.base import Engine, Exporter, ExportOptions
from models.deploy.streams import Streams, usable_threads
from models.registry import ENGINES, EXPORTERS

if TYPE_CHECKING:
    import torch
    from torch import nn

_SECONDS = 600
"""What pnnx may take; it takes 2."""


@EXPORTERS.register_module("ncnn")
class NcnnExporter(Exporter):
    """Writes a .param with its .bin; in float16 the weights are stored, not the arithmetic done."""

    name = "ncnn"
    suffix = ".ncnn.param"  # so that the .bin is not that of OpenVINO's pair
    needs = ("pnnx",)
    half = True
    score_drop = 0.005

    def write(
        self, network: nn.Module, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        """See `Exporter.write`."""
        from models.deploy.form import Form
        from models.deploy.network import exportable

        # pnnx has no word for the squares that gates are broadcast along in the plain form.
        form = exportable(network, input_size, Form.for_size(input_size))
        return write_ncnn(form, path, input_size, options.half, network.output_name)


def write_ncnn(
    form: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    half: bool = False,
    output: str = "output",
) -> list[Path]:
    """Write a module for ncnn, with input `img`, for one image at a time.

    pnnx is given a trace of it. It works in a folder of its own, as it also writes files that
    nobody asked for.

    Args:
        form: images (B, 3, H, W) → output (B, …).
        path: of the .param; the .bin goes beside it.
        input_size: (w, h) of images.
        half: store weights in float16. What is computed in it, the program decides that runs them.
        output: name of the output.

    Returns:
        The .param and the .bin.

    Raises:
        ValueError: pnnx fails, or leaves what ncnn has no layer for.
    """
    import pnnx
    import torch

    width, height = input_size
    with tempfile.TemporaryDirectory(prefix="pnnx_") as folder:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            # Not frozen as by `torch_engine.trace`: of weights without names pnnx dies.
            graph = torch.jit.trace(form, torch.zeros(1, 3, height, width), check_trace=False)
        graph.save(str(Path(folder, "model.pt")))
        options = [f"inputshape=[1,3,{height},{width}]f32", f"fp16={int(half)}"]
        done = subprocess.run(
            [pnnx.EXEC_PATH, "model.pt", *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
        param, weights = Path(folder, "model.ncnn.param"), Path(folder, "model.ncnn.bin")
        if done.returncode != 0 or not param.is_file() or not weights.is_file():
            said = " ".join(done.stdout.splitlines()[-3:])
            raise ValueError(f"pnnx ended with status {done.returncode} ({said}); nothing written")
        text = _named(param.read_text(encoding="utf-8"), input_size, output)
        path.write_text(text, encoding="utf-8")
        binary = path.with_suffix(".bin")
        binary.write_bytes(weights.read_bytes())
    return [path, binary]


def _named(param: str, input_size: tuple[int, int], output: str) -> str:
    """A .param with the size of images in its input, and names as in other formats.

    Args:
        param: what pnnx wrote: `in0` goes in, `out0` out.
        input_size: (w, h) of images.
        output: name of the output.

    Raises:
        ValueError: a layer is none of ncnn's.
    """
    magic, counts, *layers = param.splitlines()
    unknown = sorted({line.split()[0] for line in layers if re.search(r"^\S*[.:]", line)})
    if unknown:
        raise ValueError(f"pnnx leaves {', '.join(unknown)}, which ncnn has no layer for")
    names = {"in0": "img", "out0": output}
    layers = [re.sub(r"(?<!\S)(in0|out0)(?!\S)", lambda m: names[m[0]], line) for line in layers]
    width, height = input_size
    layers = [
        f"{line.rstrip()} 0={width} 1={height} 2=3" if line.split()[0] == "Input" else line
        for line in layers
    ]
    return "\n".join([magic, counts, *layers]) + "\n"


@ENGINES.register_module("ncnn")
class NcnnEngine(Engine):
    """A network that was exported to ncnn, run by ncnn on the CPU.

    Where processors have instructions for them (phones, mostly) ncnn stores maps in 16 bits and
    computes in them by default; here it computes in float32, as the other engines do.

    Args:
        model: a .param file with its .bin beside it.
        threads: CPU threads; by default `usable_threads()`.

    Raises:
        FileNotFoundError: the weights are not beside the model.
        ValueError: the file is no model for one input of known size and one output.
    """

    name = "ncnn"
    suffixes = (".param",)
    needs = ("ncnn",)

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        import ncnn

        self._library = ncnn
        self._model, self._weights = Path(model), Path(model).with_suffix(".bin")
        if not self._weights.is_file():
            raise FileNotFoundError(f"{model} has no weights beside it ({self._weights.name})")
        self.input_size = _input_size(self._model)
        self.threads = threads or usable_threads()
        # One image is computed by all threads together, a batch by one thread an image.
        self._together = self._open(self.threads)
        self._alone = self._open(1) if self.threads > 1 else self._together
        self._streams = Streams(self.threads)
        inputs, outputs = self._together.input_names(), self._together.output_names()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ValueError(
                f"{model} has inputs {list(inputs)} and outputs {list(outputs)}; use a file "
                "written by tools/deployment/export.py"
            )
        self._input, self._output = inputs[0], outputs[0]

    @classmethod
    def open(
        cls, path: str | Path, threads: int | None = None, device: torch.device | str = "cpu"
    ) -> NcnnEngine:
        """See `Engine.open`."""
        return cls(path, threads)

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised images (B, 3, H, W) float32 → output (B, …) float32."""
        width, height = self.input_size
        if img.shape[1:] != (3, height, width):  # ncnn would read past the end of smaller ones
            raise ValueError(
                f"images have shape {img.shape}, {self._model} takes (B, 3, {height}, {width})"
            )
        img = np.ascontiguousarray(img, dtype=np.float32)
        if len(img) == 1:
            return self._run(self._together, img[0])[None]
        return np.stack(self._streams.map(lambda one: self._run(self._alone, one), list(img)))

    def _run(self, net: Any, img: np.ndarray) -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input(self._input, self._library.Mat(img))
        status, output = extractor.extract(self._output)
        if status != 0:
            raise RuntimeError(f"ncnn stopped with status {status}: there may be no memory left")
        return np.array(output)  # a copy: the memory is the extractor's

    def _open(self, threads: int) -> Any:
        net = self._library.Net()
        net.opt.num_threads = threads
        for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(net.opt, f"use_{option}", False)
        if net.load_param(str(self._model)) or net.load_model(str(self._weights)):
            raise ValueError(
                f"ncnn cannot load the model {self._model} with {self._weights.name}; export it "
                "again"
            )
        return net


def _input_size(model: Path) -> tuple[int, int]:
    """(w, h) of images, as the exported file's layer of input says."""
    for line in model.read_text(encoding="utf-8", errors="replace").splitlines():
        layer, *words = line.split() or [""]
        if layer == "Input":
            facts = dict(word.split("=", 1) for word in words if "=" in word)
            if facts.keys() >= {"0", "1"}:
                return int(facts["0"]), int(facts["1"])
    raise ValueError(
        f"ncnn cannot load the model {model}: it does not say what size of images it takes; use a "
        "file written by tools/deployment/export.py"
    )

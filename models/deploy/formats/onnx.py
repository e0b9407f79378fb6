"""ONNX: files of opset 17, run by ONNX Runtime on the CPU."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.deploy.base import Engine, Exporter, ExportOptions, check_installed
from models.deploy.streams import Streams, usable_threads
from models.registry import ENGINES, EXPORTERS

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

_OPSET = 17
#: ONNX Runtime's block of channels on processors with AVX-512; 8 elsewhere, of which it is a whole
_BLOCK = 16


@EXPORTERS.register_module("onnx")
class OnnxExporter(Exporter):
    """Writes .onnx files; in float16 they compute in it."""

    name = "onnx"
    suffix = ".onnx"
    needs = ("onnx",)
    half = True
    int8 = True
    dynamic_batch = "optional"

    def write(
        self, network: nn.Module, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        """See `Exporter.write`."""
        # Quantised convolutions leave the blocks of channels, which then cost and save nothing.
        multiple = 1 if options.int8 else _BLOCK
        more = {"dynamic_batch": options.dynamic_batch, "calibration": options.calibration}
        path.write_bytes(onnx_content(network, input_size, multiple, options.half, **more))
        return [path]


def onnx_content(
    network: nn.Module,
    input_size: tuple[int, int],
    multiple: int = 1,
    half: bool = False,
    dynamic_batch: bool = False,
    calibration: Tensor | None = None,
) -> bytes:
    """A network as the content of an ONNX file with the input `img`.

    Args:
        network: with its weights; left as it is.
        input_size: (w, h) of images; fixed in the file.
        multiple: see `Form`.
        half: compute in float16.
        dynamic_batch: leave the number of images open.
        calibration: normalised images (N, 3, H, W); with them, convolutions are quantised.
    """
    check_installed("an ONNX file", ("onnx",))
    from models.deploy.form import Form
    from models.deploy.int8 import quantize_onnx
    from models.deploy.network import exportable

    form = exportable(network, input_size, Form.for_size(input_size, multiple), half)
    content = _traced(form, input_size, network.output_name, dynamic_batch)
    return content if calibration is None else quantize_onnx(content, calibration.cpu().numpy())


def _traced(
    form: nn.Module, input_size: tuple[int, int], output: str, dynamic_batch: bool
) -> bytes:
    import torch

    width, height = input_size
    file = io.BytesIO()
    axes = {"img": {0: "batch"}, output: {0: "batch"}} if dynamic_batch else None
    with torch.no_grad(), warnings.catch_warnings():
        # torch's newer exporter needs a package more and writes graphs that no faster engine runs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            form,
            torch.zeros(1, 3, height, width),
            file,
            dynamo=False,
            opset_version=_OPSET,
            input_names=["img"],
            output_names=[output],
            dynamic_axes=axes,
        )
    return file.getvalue()


@ENGINES.register_module("onnxruntime")
class OnnxRuntimeEngine(Engine):
    """A network that was exported to ONNX, run by ONNX Runtime on the CPU.

    Args:
        model: an .onnx file, or its content.
        threads: CPU threads; by default `usable_threads()`.

    Raises:
        ValueError: the file is no model for one input and one output.
    """

    name = "onnxruntime"
    suffixes = (".onnx",)
    needs = ("onnxruntime",)

    def __init__(self, model: str | Path | bytes, threads: int | None = None) -> None:
        import onnxruntime

        self._library = onnxruntime
        self._model = model if isinstance(model, bytes) else str(model)
        self.threads = threads or usable_threads()
        # One image is computed by all threads together, a batch by one thread an image.
        self._together = self._open(self.threads)
        self._alone = self._open(1) if self.threads > 1 else self._together
        self._streams = Streams(self.threads)
        inputs, outputs = self._together.get_inputs(), self._together.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or len(inputs[0].shape) != 4:
            raise ValueError(
                f"{'the model' if isinstance(model, bytes) else model} has inputs "
                f"{[i.name for i in inputs]} and outputs {[o.name for o in outputs]}; "
                "use a file written by tools/deployment/export.py"
            )
        self._name = inputs[0].name
        height, width = inputs[0].shape[2:]
        self.input_size = (width, height)

    @classmethod
    def open(
        cls, path: str | Path, threads: int | None = None, device: torch.device | str = "cpu"
    ) -> OnnxRuntimeEngine:
        """See `Engine.open`."""
        return cls(path, threads)

    @classmethod
    def from_network(
        cls,
        network: nn.Module,
        input_size: tuple[int, int],
        threads: int | None = None,
        device: torch.device | str = "cpu",
        patience: int = 0,
    ) -> OnnxRuntimeEngine:
        """See `Engine.from_network`."""
        return cls(onnx_content(network, input_size, _BLOCK), threads)

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised images (B, 3, H, W) float32 → output (B, …) float32."""
        if len(img) == 1:
            return self._together.run(None, {self._name: img})[0]
        images = [img[i : i + 1] for i in range(len(img))]
        return np.concatenate(
            self._streams.map(lambda one: self._alone.run(None, {self._name: one})[0], images)
        )

    def _open(self, threads: int) -> Any:
        options = self._library.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads take work in small shares, so that none waits long for another at an operator's
        # end; there are 600 operators in some milliseconds.
        options.add_session_config_entry("session.dynamic_block_base", "4")
        try:
            return self._library.InferenceSession(
                self._model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library has a class of its own for every kind of failure
            raise ValueError(f"ONNX Runtime cannot load the model: {error}") from error

"""OpenVINO: pairs of files, run by OpenVINO on the CPU, which runs ONNX files too."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.deploy.base import Engine, Exporter, ExportOptions
from models.deploy.formats.onnx import onnx_content
from models.deploy.streams import usable_threads
from models.registry import ENGINES, EXPORTERS

if TYPE_CHECKING:
    import torch
    from torch import nn


@EXPORTERS.register_module("openvino")
class OpenVinoExporter(Exporter):
    """Writes an .xml with its .bin; in float16 the weights are stored, not the arithmetic done."""

    name = "openvino"
    suffix = ".xml"
    needs = ("onnx", "openvino")
    half = True
    int8 = True
    dynamic_batch = "optional"

    def write(
        self, network: nn.Module, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        """See `Exporter.write`."""
        import openvino

        more = {"dynamic_batch": options.dynamic_batch, "calibration": options.calibration}
        content = onnx_content(network, input_size, **more)
        model = openvino.Core().read_model(content)
        openvino.save_model(model, str(path), compress_to_fp16=options.half)
        return [path, path.with_suffix(".bin")]


@ENGINES.register_module("openvino")
class OpenVinoEngine(Engine):
    """A network that was exported to OpenVINO's format or to ONNX, run by OpenVINO on the CPU.

    On processors with instructions for them OpenVINO computes in bfloat16 by default, which moves
    heatmaps by two per cent; here it computes in float32. Several threads may call one engine: its
    requests are shared, so they take turns.

    Args:
        model: an .xml file with its .bin beside it, an .onnx file, or the content of one.
        threads: CPU threads; by default `usable_threads()`.

    Raises:
        ValueError: the file is no model for one input and one output.
    """

    name = "openvino"
    suffixes = (".xml", ".onnx")
    needs = ("openvino",)

    def __init__(self, model: str | Path | bytes, threads: int | None = None) -> None:
        import openvino

        self.threads = threads or usable_threads()
        core = openvino.Core()
        try:
            read = core.read_model(model if isinstance(model, bytes) else str(model))
        except RuntimeError as error:
            raise ValueError(f"OpenVINO cannot load the model: {error}") from error
        if len(read.inputs) != 1 or len(read.outputs) != 1 or len(read.input().partial_shape) != 4:
            raise ValueError(
                f"{'the model' if isinstance(model, bytes) else model} has {len(read.inputs)} "
                f"inputs and {len(read.outputs)} outputs; use a file written by "
                "tools/deployment/export.py"
            )
        _, channels, height, width = read.input().partial_shape
        self.input_size = (width.get_length(), height.get_length())
        # Image by image (see streams.py), for which the batch is known to be 1.
        read.reshape([1, channels, height, width])

        def compile_for(streams: int) -> Any:
            settings = {
                "INFERENCE_NUM_THREADS": self.threads,
                "NUM_STREAMS": streams,
                "INFERENCE_PRECISION_HINT": "f32",
            }
            return core.compile_model(read, "CPU", settings)

        self._together = compile_for(1).create_infer_request()
        self._queue = openvino.AsyncInferQueue(compile_for(self.threads), self.threads)
        self._turn = threading.Lock()

    @classmethod
    def open(
        cls, path: str | Path, threads: int | None = None, device: torch.device | str = "cpu"
    ) -> OpenVinoEngine:
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
    ) -> OpenVinoEngine:
        """See `Engine.from_network`; from an ONNX file's content, which spares converting it."""
        return cls(onnx_content(network, input_size), threads)

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised images (B, 3, H, W) float32 → output (B, …) float32."""
        with self._turn:
            if len(img) == 1:
                return self._together.infer({0: img})[0]
            outputs: list[np.ndarray] = [None] * len(img)

            def keep(request: Any, index: int) -> None:
                outputs[index] = request.get_output_tensor(0).data.copy()

            self._queue.set_callback(keep)
            for i in range(len(img)):
                self._queue.start_async({0: img[i : i + 1]}, i)
            self._queue.wait_all()
        return np.concatenate(outputs)

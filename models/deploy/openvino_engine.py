"""A network that was exported to OpenVINO's form or to ONNX, run by OpenVINO on the CPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.deploy.streams import usable_threads


class OpenVinoEngine:
    """Crops in, heatmaps out.

    On processors with instructions for them OpenVINO computes in bfloat16 by default, which moves
    heatmaps by two per cent; here it computes in float32.

    Args:
        model: an .xml file with its .bin beside it, an .onnx file, or the content of one.
        threads: CPU threads; by default `usable_threads()`.

    Attributes:
        input_size: (w, h) of crops.

    Raises:
        ImportError: OpenVINO is not installed.
        ValueError: the file is no model for one input and one output.
    """

    def __init__(self, model: str | Path | bytes, threads: int | None = None) -> None:
        try:
            import openvino
        except ImportError as error:
            raise ImportError(
                "the engine 'openvino' needs OpenVINO; pip install openvino"
            ) from error
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
        # Crop by crop (see streams.py), for which the batch is known to be 1.
        read.reshape([1, channels, height, width])

        def compile_for(streams: int) -> openvino.CompiledModel:
            return core.compile_model(
                read,
                "CPU",
                {
                    "INFERENCE_NUM_THREADS": self.threads,
                    "NUM_STREAMS": streams,
                    "INFERENCE_PRECISION_HINT": "f32",
                },
            )

        self._together = compile_for(1).create_infer_request()
        self._queue = openvino.AsyncInferQueue(compile_for(self.threads), self.threads)

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""
        if len(img) == 1:
            return self._together.infer({0: img})[0]
        answers: list[np.ndarray] = [None] * len(img)

        def keep(request, index: int) -> None:
            answers[index] = request.get_output_tensor(0).data.copy()

        self._queue.set_callback(keep)
        for i in range(len(img)):
            self._queue.start_async({0: img[i : i + 1]}, i)
        self._queue.wait_all()
        return np.concatenate(answers)

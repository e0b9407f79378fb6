"""A network that was exported to ONNX, run by ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.deploy.streams import Streams, usable_threads


class OnnxRuntimeEngine:
    """Crops in, heatmaps out.

    Args:
        model: an .onnx file, or its content.
        threads: CPU threads; by default `usable_threads()`.

    Attributes:
        input_size: (w, h) of crops.

    Raises:
        ImportError: ONNX Runtime is not installed.
        ValueError: the file is no model for one input and one output.
    """

    def __init__(self, model: str | Path | bytes, threads: int | None = None) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError(
                "the engine 'onnxruntime' needs ONNX Runtime; pip install onnxruntime"
            ) from error
        self._library = onnxruntime
        self._model = model if isinstance(model, bytes) else str(model)
        self.threads = threads or usable_threads()
        # One crop is computed by all threads together, a batch by one thread a crop.
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

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""
        if len(img) == 1:
            return self._together.run(None, {self._name: img})[0]
        crops = [img[i : i + 1] for i in range(len(img))]
        return np.concatenate(
            self._streams.map(lambda crop: self._alone.run(None, {self._name: crop})[0], crops)
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

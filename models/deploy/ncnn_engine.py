"""A network that was exported to ncnn, run by ncnn on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.deploy.streams import Streams, usable_threads


class NcnnEngine:
    """Crops in, heatmaps out.

    Where processors have instructions for them (phones, mostly) ncnn stores maps in 16 bits and
    computes in them by default; here it computes in float32, as the other engines do.

    Args:
        model: a .param file with its .bin beside it.
        threads: CPU threads; by default `usable_threads()`.

    Attributes:
        input_size: (w, h) of crops.

    Raises:
        ImportError: ncnn is not installed.
        FileNotFoundError: the weights are not beside the model.
        ValueError: the file is no model for one input of known size and one output.
    """

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        try:
            import ncnn
        except ImportError as error:
            raise ImportError("the engine 'ncnn' needs ncnn; pip install ncnn") from error
        self._library = ncnn
        self._model, self._weights = Path(model), Path(model).with_suffix(".bin")
        if not self._weights.is_file():
            raise FileNotFoundError(f"{model} has no weights beside it ({self._weights.name})")
        self.input_size = _input_size(self._model)
        self.threads = threads or usable_threads()
        # One crop is computed by all threads together, a batch by one thread a crop.
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

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised crops (B, 3, H, W) float32 → heatmaps (B, K, H/4, W/4) float32."""
        width, height = self.input_size
        if img.shape[1:] != (3, height, width):  # ncnn would read past the end of smaller ones
            raise ValueError(
                f"crops have shape {img.shape}, {self._model} takes (B, 3, {height}, {width})"
            )
        img = np.ascontiguousarray(img, dtype=np.float32)
        if len(img) == 1:
            return self._run(self._together, img[0])[None]
        return np.stack(self._streams.map(lambda crop: self._run(self._alone, crop), list(img)))

    def _run(self, net: Any, crop: np.ndarray) -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input(self._input, self._library.Mat(crop))
        status, heatmaps = extractor.extract(self._output)
        if status != 0:
            raise RuntimeError(f"ncnn stopped with status {status}: there may be no memory left")
        return np.array(heatmaps)  # a copy: the memory is the extractor's

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
    """(w, h) of crops, as the exported file's layer of input says."""
    for line in model.read_text(encoding="utf-8", errors="replace").splitlines():
        layer, *words = line.split() or [""]
        if layer == "Input":
            facts = dict(word.split("=", 1) for word in words if "=" in word)
            if facts.keys() >= {"0", "1"}:
                return int(facts["0"]), int(facts["1"])
    raise ValueError(
        f"ncnn cannot load the model {model}: it does not say what size of crops it takes; use a "
        "file written by tools/deployment/export.py"
    )

"""An ONNX file with 8-bit convolutions.

What is quantised are the dense convolutions of the large maps: stem, transitions, fuse layers,
head. The others stay in float, which was measured to keep the network's AP:

- A depthwise convolution passes half of its channels on as they are (`lite.py`); 8 bits would round
  them anew in every block. This costs most by far, and its few weights save nothing.
- The layers of gates sum over all branches, whose ranges differ, and a gate multiplies a whole map.
- The last layer's heatmaps are what is decoded, to fractions of a heatmap pixel.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

IN_FLOAT = ("squeeze", "gates")
"""Parts of names of layers that make gates."""


def quantize_onnx(content: bytes, images: np.ndarray) -> bytes:
    """Quantise an ONNX file: weights per channel, maps by their range on calibration images.

    Convolutions stand between QuantizeLinear and DequantizeLinear (QDQ), which ONNX Runtime and
    OpenVINO both run in 8 bits.

    Args:
        content: of a file of the inference form.
        images: normalised images (N, 3, H, W) float32 like those that will come.

    Raises:
        ImportError: ONNX Runtime, which has the quantiser, or onnx is not installed.
        ValueError: there is nothing to quantise.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    except ImportError as error:
        raise ImportError(
            "int8 needs ONNX Runtime's quantiser; pip install onnx onnxruntime"
        ) from error
    model = onnx.load_from_string(content)
    nodes = _dense_convolutions(model)
    if not nodes:
        raise ValueError("int8: the network has no dense convolution to quantise")
    with tempfile.TemporaryDirectory(prefix="int8_") as folder, _quiet():
        path = Path(folder, "model.onnx")
        quantize_static(
            model,
            str(path),
            _Images(images, model.graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=nodes,
        )
        return path.read_bytes()


def _dense_convolutions(model) -> list[str]:
    """Names of the convolutions that are quantised."""
    outputs = {value.name for value in model.graph.output}
    gates = {name for node in model.graph.node if node.op_type == "Sigmoid" for name in node.input}
    found = []
    for node in model.graph.node:
        groups = next((a.i for a in node.attribute if a.name == "group"), 1)
        if (
            node.op_type == "Conv"
            and groups == 1
            and not any(part in node.name for part in IN_FLOAT)
            and not (outputs | gates) & set(node.output)
        ):
            found.append(node.name)
    return found


class _Images:
    """Images one by one, as the quantiser asks for them."""

    def __init__(self, images: np.ndarray, name: str) -> None:
        self._images: Iterator[np.ndarray] = iter(np.split(images, len(images)))
        self._name = name

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self._images, None)
        return None if image is None else {self._name: image}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's advice to prepare the model: a deployed form is prepared."""
    import logging

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)

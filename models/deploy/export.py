"""The inference form as a file: ONNX, OpenVINO's own format, TorchScript, ncnn's pair."""

from __future__ import annotations

import importlib.util
import io
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from models.deploy.form import PLAIN, Form
from models.deploy.formats import INT8_FORMATS
from models.deploy.int8 import quantize_onnx
from models.deploy.ncnn_file import write_ncnn
from models.deploy.network import deploy
from models.deploy.torch_engine import trace

#: formats whose files in float16 compute in it; of others the weights are stored in it
HALF_ARITHMETIC = ("onnx", "torchscript")
_OPSET = 17
#: record of a TorchScript file: its crops' size, "w h", which the other formats know themselves
SIZE_FACT = "input_size"
#: ONNX Runtime's block of channels on processors with AVX-512; 8 elsewhere, of which it is a whole
_BLOCK = 16


class _Halved(nn.Module):
    """A form in float16 with float32 at both ends, so that its users need not know."""

    def __init__(self, form: nn.Module) -> None:
        super().__init__()
        self.form = form.half()

    def forward(self, img: Tensor) -> Tensor:
        return self.form(img.half()).float()


def exportable(
    network: nn.Module,
    input_size: tuple[int, int],
    format: str,
    half: bool = False,
    int8: bool = False,
) -> nn.Module:
    """The form that is laid out for a file format, on the CPU.

    Args:
        network: a top-down network; left as it is.
        input_size: (w, h) of crops.
        format: one of `models.deploy.formats.FORMATS`.
        half: weights and arithmetic in float16; of OpenVINO's and ncnn's files the weights alone,
            which is done when they are written.
        int8: the convolutions are to be quantised, and with them the blocks of channels are gone.
    """
    width, height = input_size
    grid = (height // 4, width // 4)
    form = {
        "onnx": Form(multiple=1 if int8 else _BLOCK, grid=grid),
        "openvino": Form(grid=grid),
        "torchscript": PLAIN,
        # pnnx has no word for the squares that gates are broadcast along
        "ncnn": Form(grid=grid),
    }[format]
    deployed = deploy(network, form).cpu().float()
    return _Halved(deployed).eval() if half and format in HALF_ARITHMETIC else deployed


def onnx_bytes(form: nn.Module, input_size: tuple[int, int], dynamic_batch: bool = False) -> bytes:
    """A form as the content of an ONNX file with input `img` and output `heatmaps`.

    Args:
        form: from `exportable`.
        input_size: (w, h) of crops; fixed in the file.
        dynamic_batch: leave the number of crops open; else it is 1.

    Raises:
        ImportError: the package onnx is not installed.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ImportError("torch writes ONNX with the package onnx; pip install onnx")
    width, height = input_size
    file = io.BytesIO()
    axes = {"img": {0: "batch"}, "heatmaps": {0: "batch"}} if dynamic_batch else None
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
            output_names=["heatmaps"],
            dynamic_axes=axes,
        )
    return file.getvalue()


def write_model(
    network: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    format: str,
    dynamic_batch: bool = False,
    half: bool = False,
    calibration: Tensor | None = None,
) -> list[Path]:
    """Write a network as a file; nothing that is there is kept.

    Args:
        network: a top-down network; left as it is.
        path: of the file; of OpenVINO's two, the .xml, of ncnn's the .param.
        input_size: (w, h) of crops.
        format: one of `models.deploy.formats.FORMATS`.
        dynamic_batch: leave the number of crops open, else it is 1; TorchScript always does.
        half: see `exportable`.
        calibration: normalised crops (N, 3, H, W); with them, convolutions are quantised to 8 bits.

    Returns:
        All files written.

    Raises:
        ImportError: what writes the file is not installed.
        ValueError: the format has no 8-bit convolutions, or no open number of crops.
    """
    int8 = calibration is not None
    if int8 and (half or format not in INT8_FORMATS):
        raise ValueError(
            f"int8 is for the formats {' and '.join(INT8_FORMATS)}, without float16; not for "
            f"'{format}'"
        )
    if dynamic_batch and format == "ncnn":
        raise ValueError("ncnn takes one crop at a time: its files have no open number of crops")
    form = exportable(network, input_size, format, half, int8)
    if format == "ncnn":
        return write_ncnn(form, path, input_size, half)
    if format == "torchscript":
        width, height = input_size
        with torch.no_grad():
            graph = trace(form, torch.zeros(2, 3, height, width))
        graph.save(str(path), _extra_files={SIZE_FACT: f"{width} {height}"})
        return [path]
    content = onnx_bytes(form, input_size, dynamic_batch)
    if calibration is not None:
        content = quantize_onnx(content, calibration.cpu().numpy())
    if format == "onnx":
        path.write_bytes(content)
        return [path]
    try:
        import openvino
    except ImportError as error:
        raise ImportError("the format 'openvino' needs OpenVINO; pip install openvino") from error
    openvino.save_model(openvino.Core().read_model(content), str(path), compress_to_fp16=half)
    return [path, path.with_suffix(".bin")]

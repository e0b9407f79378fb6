"""8-bit convolutions: the right ones, in files that both engines run."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.deploy import compare, export_verified, load_engine, write_model
from models.deploy.formats.onnx import OnnxRuntimeEngine, onnx_content

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

SIZE = (64, 96)


@pytest.fixture(scope="module")
def quantized(network, crops, tmp_path_factory):
    path = tmp_path_factory.mktemp("int8") / "model.onnx"
    write_model(network, path, SIZE, "onnx", calibration=crops)
    return path


def test_dense_convolutions_of_large_maps_are_quantised_and_no_others(quantized):
    graph = onnx.load(str(quantized)).graph
    made_by = {name: node for node in graph.node for name in node.output}
    takes = {name: node for node in graph.node for name in node.input}
    dense, others = [], []
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        groups = next(a.i for a in node.attribute if a.name == "group")
        gate = takes.get(node.output[0])
        plain = gate is not None and gate.op_type != "Sigmoid" and "squeeze" not in node.name
        (dense if groups == 1 and plain else others).append(node)
    kinds = {getattr(made_by.get(node.input[1]), "op_type", None) for node in dense}
    assert len(dense) > 50 and kinds == {"DequantizeLinear"}
    assert others and not any(made_by.get(node.input[1]) for node in others)
    scales = [made_by[node.input[1]].input[1] for node in dense]
    sizes = {t.name: t.dims for t in graph.initializer}
    assert all(len(sizes[name]) == 1 and sizes[name][0] > 1 for name in scales)  # per channel


@pytest.mark.parametrize("library", ["onnxruntime", "openvino"])
def test_both_engines_run_it(network, crops, quantized, library):
    pytest.importorskip(library)
    agreement = compare(load_engine(quantized, library), network, crops)
    assert 1e-4 < agreement.relative < 0.3


def test_openvino_writes_it_too(network, crops, tmp_path):
    pytest.importorskip("openvino")
    sizes = []
    for name, calibration in (("float", None), ("int8", crops)):
        path = tmp_path / f"{name}.xml"
        files = write_model(network, path, SIZE, "openvino", calibration=calibration)
        sizes.append(files[1].stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]
    assert compare(load_engine(path), network, crops).relative < 0.3


def test_the_range_of_maps_is_that_of_the_calibration(network, crops):
    """Far too small a range cuts maps off, and the answers are no longer the network's."""
    run = OnnxRuntimeEngine(onnx_content(network, SIZE, calibration=0.01 * crops[:1]), 1)
    assert compare(lambda img: torch.from_numpy(run(img.numpy())), network, crops).relative > 0.3


def test_judged_by_joints(network, crops, tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match=r"in 8 bits .* of what the network is sure of moves"):
        export_verified(network, path, SIZE, "onnx", crops, -0.1, calibration=crops)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("format", "half"), [("torchscript", False), ("ncnn", False), ("onnx", True)]
)
def test_where_there_is_none(network, crops, tmp_path, format, half):
    with pytest.raises(ValueError, match="int8 is for the formats onnx and openvino"):
        write_model(network, tmp_path / "a", SIZE, format, half=half, calibration=crops)


def test_sure_joints_are_those_of_high_heatmaps(network, crops):
    """A joint that moves by a heatmap pixel counts only where the network is sure of it."""
    truth = network.forward_tensor(crops).detach()
    highest = truth.amax((2, 3))
    sure = highest > 0.3 * highest.max()
    assert sure.any()
    moved = truth.roll(2, 3)
    assert compare(lambda img: moved, network, crops).closeness["sure"] < 0.5
    kept = np.where(sure.numpy()[..., None, None], truth.numpy(), moved.numpy())
    assert compare(lambda img: torch.from_numpy(kept), network, crops).closeness["sure"] == 1

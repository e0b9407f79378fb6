"""Engines answer what the network does, whatever the size of the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.deploy import ENGINES, Predictor, build_engine, load_engine
from models.deploy.streams import usable_threads
from models.deploy.torch_engine import TorchEngine

SIZE = (64, 96)


@pytest.fixture(scope="module", params=ENGINES)
def name(request) -> str:
    if request.param != "torch":
        pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    return request.param


@pytest.fixture(scope="module")
def engine(name, network):
    return build_engine(network, name, SIZE, threads=2)


@torch.no_grad()
def expected(network, images) -> np.ndarray:
    return network.heatmaps(images).numpy()


def assert_agrees(answer: torch.Tensor, network, images) -> None:
    truth = expected(network, images)
    assert answer.dtype == torch.float32
    assert answer.shape == truth.shape
    assert np.abs(answer.numpy() - truth).max() < 1e-5 * np.abs(truth).max()


def test_answers_of_the_network(engine, network, crops):
    assert_agrees(engine(crops), network, crops)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_any_number_of_crops_in_their_order(engine, network, crops, count):
    assert_agrees(engine(crops[:count]), network, crops[:count])


def test_repeated_calls_leave_earlier_answers_alone(engine, crops):
    first = engine(crops[:1])
    kept = first.clone()
    engine(crops[1:2])
    engine(crops)
    assert torch.equal(first, kept)


def test_flip_test_of_a_predictor_is_that_of_the_network(engine, network, crops):
    pairs = [[1, 2], [3, 4]]
    predictor = Predictor(engine, network.test_cfg)
    with torch.no_grad():
        truth = network.predict(crops, pairs)
        assert not torch.allclose(truth, network.predict(crops), rtol=1e-2)
    atol = 1e-5 * float(truth.abs().max())
    torch.testing.assert_close(predictor.predict(crops, pairs), truth, rtol=0, atol=atol)


def test_without_tracing(network, crops):
    assert_agrees(TorchEngine(network, threads=2, compiled=False)(crops), network, crops)


def test_torch_takes_crops_of_several_sizes(network, crops):
    engine = build_engine(network, "torch", SIZE)
    engine(crops)
    other = torch.randn(2, 3, 64, 64)
    assert_agrees(engine(other), network, other)
    with pytest.raises(ValueError, match="width 50 is no multiple of 32; use 64"):
        engine(torch.zeros(1, 3, 64, 50))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "tensorrt"}, "no engine 'tensorrt'; use one of torch, onnxruntime, openvino"),
        ({"name": "onnxruntime", "device": "cuda"}, "'onnxruntime' runs on the CPU; use 'torch'"),
        ({"input_size": (250, 64)}, "width 250 is no multiple of 32; use 256"),
    ],
)
def test_mistakes(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        build_engine(network, **arguments)


def test_mistaken_files(tmp_path):
    with pytest.raises(ValueError, match=r"names end with \.onnx, \.xml, \.torchscript"):
        load_engine("latest.pth")
    with pytest.raises(FileNotFoundError, match=r"there is no model gone\.onnx"):
        load_engine("gone.onnx")
    for suffix, library in ((".onnx", "onnxruntime"), (".xml", "openvino")):
        pytest.importorskip(library)
        path = tmp_path / f"broken{suffix}"
        path.write_text("not a model")
        with pytest.raises(ValueError, match="cannot load the model"):
            load_engine(path)
    with pytest.raises(ValueError, match=r"'openvino' does not run \.torchscript"):
        path = tmp_path / "a.torchscript"
        path.write_text("")
        load_engine(path, "openvino")


def test_number_of_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert usable_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert usable_threads() >= 1

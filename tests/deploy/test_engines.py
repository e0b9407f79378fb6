"""Engines answer what the network does, whatever the size of the batch."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from models.deploy import build_engine, engine_for, load_engine, torch_engine
from models.deploy.exported import find_engine
from models.deploy.streams import usable_threads
from models.deploy.torch_engine import TorchEngine
from models.registry import ENGINES

SIZE = (64, 96)


@pytest.fixture(scope="module", params=list(ENGINES.module_dict))
def name(request) -> str:
    for needed in (*find_engine(request.param).needs, *{"ncnn": ["pnnx"]}.get(request.param, [])):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    return request.param


@pytest.fixture(scope="module")
def engine(name, network):
    return build_engine(network, name, SIZE, threads=2)


@torch.no_grad()
def expected(network, images) -> np.ndarray:
    return network.forward_tensor(images).numpy()


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


def test_flip_test_with_an_engine_is_that_of_the_network(engine, network, crops):
    batch = {"img": crops, "img_metas": [{"flip_pairs": [[1, 2], [3, 4]]}]}
    network = copy.deepcopy(network)
    network.num_views = 2
    with torch.no_grad():
        truth = network.predict(batch)
        assert not torch.allclose(truth, network.forward_tensor(crops), rtol=1e-2)
    atol = 1e-5 * float(truth.abs().max())
    torch.testing.assert_close(network.predict(batch, engine), truth, rtol=0, atol=atol)


@pytest.mark.parametrize(
    ("path", "name", "engine"),
    [
        ("a.onnx", None, "onnxruntime"),
        ("a.onnx", "openvino", "openvino"),
        ("a.xml", None, "openvino"),
        ("a.torchscript", None, "torch"),
        ("a.ncnn.param", None, "ncnn"),
        ("latest.pth", None, "torch"),
        ("latest.pth", "eager", "eager"),
    ],
)
def test_engine_of_a_file(path, name, engine):
    """tools/test.py chooses the device by it: those that run on the CPU do so beside a GPU, too."""
    assert engine_for(path, name) == engine


def test_building_one_leaves_the_generator_alone(name, network):
    state = torch.get_rng_state()
    build_engine(network, name, SIZE, threads=2)
    assert torch.equal(torch.get_rng_state(), state)


def test_threads_of_an_engine_are_its_own(network, crops):
    """Else every thread that starts later, a server's for one, would compute alone."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        engine = TorchEngine(network, threads=2, compiled=False)
        engine(crops)
        with ThreadPoolExecutor(1) as later:
            assert later.submit(torch.get_num_threads).result() == 3
        assert torch.get_num_threads() == 3
        assert engine._streams.map(lambda _: torch.get_num_threads(), [0] * 4) == [1] * 4
    finally:
        torch.set_num_threads(before)


def test_without_tracing(network, crops):
    assert_agrees(TorchEngine(network, threads=2, compiled=False)(crops), network, crops)


def test_patient_engine_traces_when_crops_go_on_coming(network, crops, monkeypatch):
    traced = []
    trace = torch_engine.trace
    monkeypatch.setattr(
        torch_engine, "trace", lambda form, img: traced.append(len(img)) or trace(form, img)
    )
    engine = build_engine(network, "torch", SIZE, patience=7)
    for expected_traces in (0, 0, 1, 1):  # of 5 crops each
        assert_agrees(engine(crops), network, crops)
        assert len(traced) == expected_traces


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
        ({"name": "onnxrt"}, "no engine 'onnxrt'; did you mean 'onnxruntime'?"),
        ({"name": "onnxruntime", "device": "cuda"}, "'onnxruntime' runs on the CPU, not on cuda"),
        ({"input_size": (250, 64)}, "width 250 is no multiple of 32; use 256"),
    ],
)
def test_mistakes(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        build_engine(network, **arguments)


def test_mistaken_files(tmp_path):
    with pytest.raises(ValueError, match=r"names end with \.param, \.onnx, \.xml, \.torchscript"):
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

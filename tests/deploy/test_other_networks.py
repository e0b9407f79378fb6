"""Engines and exporters know a contract, no network: other tasks and other backbones come along."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.deploy import (
    ExportOptions,
    build_engine,
    compare,
    deploy,
    export_verified,
    find_engine,
    load_engine,
    write_model,
)
from models.deploy.exported import ready_exporter
from models.deploy.inputs import stand_ins
from models.registry import ENGINES, EXPORTERS
from tests.deploy.other_networks import (
    Activating,
    Counting,
    Deconvolving,
    NormFirst,
    drawn,
)

SIZE = (64, 96)


@pytest.fixture(scope="module", params=[Counting, Deconvolving], ids=lambda kind: kind.__name__)
def other(request):
    return drawn(request.param)


def installed(format: str, engine: str | None = None) -> None:
    try:
        ready_exporter(format, ExportOptions())
    except ImportError as error:
        pytest.skip(str(error))
    for package in find_engine(engine).needs if engine else ():
        pytest.importorskip(package)


@pytest.mark.parametrize("format", list(EXPORTERS.module_dict))
def test_files_of_other_networks(other, crops, format, tmp_path):
    installed(format)
    path = tmp_path / f"model{EXPORTERS.get(format).suffix}"
    _, agreement = export_verified(other, path, SIZE, format, crops, 1e-5)
    assert agreement.relative < 1e-5
    assert agreement.closeness == {}


@pytest.mark.parametrize("name", list(ENGINES.module_dict))
def test_engines_of_other_networks(other, crops, name):
    own = {"onnxruntime": "onnx", "torch": "torchscript"}.get(name, name)
    installed(own, name)
    assert compare(build_engine(other, name, SIZE, threads=2), other, crops).relative < 1e-5


def test_batch_norms_are_folded_in_double_precision():
    network = drawn(Deconvolving, torch.float64)
    images = torch.randn(2, 3, 96, 64, dtype=torch.float64)
    deployed = deploy(network)
    torch.testing.assert_close(
        deployed(images), network.forward_tensor(images), rtol=1e-11, atol=1e-11
    )
    left = [name for name, m in deployed.named_modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(left) == 2 and all(".up." in name for name in left)  # behind deconvolutions
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.body.modules())


def test_norms_that_do_more_stay():
    network = drawn(Activating)
    deployed = deploy(network)
    images = torch.randn(2, 3, 96, 64)
    torch.testing.assert_close(deployed(images), network.forward_tensor(images))
    assert sum(isinstance(m, nn.BatchNorm2d) for m in deployed.modules()) == 1


def test_what_folding_would_change_is_not_folded():
    network = drawn(NormFirst)
    state = torch.get_rng_state()
    with pytest.warns(UserWarning, match="batch norms of NormFirst are not folded"):
        deployed = deploy(network)
    assert torch.equal(torch.get_rng_state(), state)
    images = torch.randn(2, 3, 96, 64)
    assert torch.equal(deployed(images), network.forward_tensor(images))


def test_8_bits_are_judged_by_the_output_where_nothing_else_is_known(other, crops, tmp_path):
    installed("onnx")
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match=r"output differs .* export without --int8, or allow more"):
        export_verified(other, path, SIZE, "onnx", crops, 1e-4, calibration=crops)
    _, agreement = export_verified(other, path, SIZE, "onnx", crops, 0.3, calibration=crops)
    assert 1e-4 < agreement.relative < 0.3


def test_the_network_names_its_output(other, network, tmp_path):
    installed("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    for made, name in ((other, "output"), (network, "heatmaps")):
        write_model(made, tmp_path / "a.onnx", SIZE, "onnx")
        session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"))
        assert [output.name for output in session.get_outputs()] == [name]


def test_images_of_another_size_are_refused(other, crops, tmp_path):
    with pytest.raises(ValueError, match="images to compare on are 64×96, the file is for 64×64"):
        export_verified(other, tmp_path / "a.torchscript", (64, 64), "torchscript", crops, 1e-5)
    assert not list(tmp_path.iterdir())


def test_without_data_noise_is_taken(other, crops, tmp_path):
    cfg = type("Cfg", (), {"data": type("Data", (), {"test": {}})})
    images, what = stand_ins(cfg, other, SIZE, 3)
    assert images.shape == (3, 3, 96, 64) and what == "random noise"
    assert torch.equal(images, stand_ins(cfg, other, SIZE, 3)[0])
    path = tmp_path / "model.torchscript"
    export_verified(other, path, SIZE, "torchscript", images, 1e-5)
    assert compare(load_engine(path), other, crops).relative < 1e-5

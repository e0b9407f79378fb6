"""Files of the network: they answer what it does, or they are not written."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
import torch

from models.deploy import ExportOptions, compare, describe, export, export_verified, load_engine
from models.deploy.description import description_path, read_description
from models.deploy.exported import ready_exporter
from models.posenets.drawn import drawn_people
from models.registry import EXPORTERS
from models.runtime.config import load_config
from models.runtime.files import set_aside
from tests.deploy.conftest import CONFIGS

SIZE = (64, 96)


def name_of(format: str, stem: str = "model") -> str:
    return f"{stem}{EXPORTERS.get(format).suffix}"


@pytest.fixture(params=list(EXPORTERS.module_dict))
def format(request) -> str:
    try:
        ready_exporter(request.param, ExportOptions())
    except ImportError as error:
        pytest.skip(str(error))
    return request.param


def test_written_file_agrees(network, crops, format, tmp_path):
    path = tmp_path / name_of(format)
    files, agreement = export_verified(network, path, SIZE, format, crops, 1e-5)
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert agreement.relative < 1e-5
    assert agreement.closeness == {"joints": 1, "sure": 1}
    assert agreement.images == len(crops)
    assert compare(load_engine(path), network, crops).relative == agreement.relative
    load_engine(path, input_size=SIZE)
    with pytest.raises(ValueError, match=r"model\..* takes images of 64×96, not 96×64; use"):
        load_engine(path, input_size=SIZE[::-1])


def test_open_number_of_crops(network, crops, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "model.onnx"
    export_verified(network, path, SIZE, "onnx", crops, 1e-5, dynamic_batch=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answer = session.run(None, {"img": crops.numpy()})[0]
    with torch.no_grad():
        truth = network.forward_tensor(crops).numpy()
    np.testing.assert_allclose(answer, truth, rtol=0, atol=1e-5 * np.abs(truth).max())


def test_half_precision_is_half_the_size(network, crops, format, tmp_path):
    sizes = []
    for half in (False, True):
        path = tmp_path / name_of(format, f"model_{half}")
        files, agreement = export_verified(network, path, SIZE, format, crops, 2e-2, half=half)
        sizes.append(files[-1].stat().st_size)  # of OpenVINO's two files, the one with weights
        assert agreement.relative > 1e-5 or not half
    assert 0.4 < sizes[1] / sizes[0] < 0.6


def test_a_file_that_answers_something_else_is_not_kept(network, crops, tmp_path, monkeypatch):
    path = tmp_path / "model.torchscript"
    path.write_text("earlier")
    monkeypatch.setattr(
        export, "load_engine", lambda file: lambda img: network.forward_tensor(img) * 2
    )
    with pytest.raises(ValueError, match=r"differs from the network's by 1.0e\+00 .* nothing is"):
        export_verified(network, path, SIZE, "torchscript", crops, 1e-5)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_that_names_a_model_comes_last(network, crops, tmp_path, monkeypatch):
    """So that a model cut off in between is not there, rather than with the weights of another."""
    pytest.importorskip("openvino")
    order = []
    monkeypatch.setattr(export, "publish", lambda file, target: order.append(target.name))
    aside = []
    export_verified(
        network,
        tmp_path / "model.xml",
        *(SIZE, "openvino", crops, 1e-5),
        set_aside=lambda *paths: aside.append([path.name for path in paths]),
    )
    assert order == ["model.bin", "model.xml"]
    assert aside == [["model.xml", "model.bin", "model.xml.json"]]


def test_what_describes_a_file_may_refuse_it(network, crops, tmp_path):
    path = tmp_path / "model.torchscript"
    path.write_text("earlier")

    def refuse(engine, files, agreement):
        assert files[0].is_file() and agreement.relative < 1e-5
        torch.testing.assert_close(engine(crops), load_engine(files[0])(crops))
        raise ValueError("the AP is gone")

    with pytest.raises(ValueError, match="the AP is gone"):
        export_verified(
            network, path, SIZE, "torchscript", crops, 1e-5, describe=refuse, set_aside=set_aside
        )
    assert [file.read_text() for file in tmp_path.iterdir()] == ["earlier"]


def test_model_and_description_stay_together(network, crops, tmp_path, repository, monkeypatch):
    def write(network, path, *more):
        path.write_text("a model")
        return [path]

    monkeypatch.setattr(export, "write_model", write)
    monkeypatch.setattr(export, "load_engine", lambda file: network.forward_tensor)
    path = tmp_path / "model.torchscript"
    description = describe(load_config(repository / CONFIGS["lite"]))
    for number in range(2):
        made = dataclasses.replace(description, model={"number": number})
        files, _ = export_verified(
            network,
            path,
            *(SIZE, "torchscript", crops, 1e-5),
            describe=lambda *args, made=made: made,
            set_aside=set_aside,
        )
        assert files == [path, description_path(path)]
    moved = list(tmp_path.glob("model_*.torchscript"))
    assert len(moved) == 1 and len(list(tmp_path.iterdir())) == 4
    assert read_description(moved[0]).model == {"number": 0}
    assert read_description(path).model == {"number": 1}
    # a model without description does not take over the earlier one's
    export_verified(network, path, SIZE, "torchscript", crops, 1e-5, set_aside=set_aside)
    assert not description_path(path).exists()


@pytest.mark.parametrize("factor", [0.0, float("nan")])
def test_a_network_without_answers_agrees_with_nothing(network, crops, factor):
    broken = copy.deepcopy(network)
    for parameter in broken.keypoint_head.parameters():
        parameter.data *= factor
    with pytest.raises(ValueError, match="the network's own heatmaps are NaN, infinite or all 0"):
        compare(broken.forward_tensor, broken, crops)


def test_answers_that_are_no_numbers_are_noticed(network, crops):
    with pytest.raises(ValueError, match="NaN or infinite"):
        compare(lambda img: network.forward_tensor(img) * float("nan"), network, crops)
    with pytest.raises(ValueError, match="heatmaps have shape"):
        compare(lambda img: network.forward_tensor(img)[:1], network, crops)


def test_drawn_people_go_through_the_pipeline():
    steps = [
        {"type": "LoadImageFromFile"},
        {"type": "TopDownAffine"},
        {"type": "ToTensor"},
        {"type": "NormalizeTensor", "mean": [0.5] * 3, "std": [0.25] * 3},
        {"type": "Collect", "keys": ["img"]},
    ]
    crops = drawn_people(3, SIZE, steps)
    assert crops.shape == (3, 3, 96, 64)
    assert -2 <= crops.min() < -0.5 and 0.5 < crops.max() <= 2

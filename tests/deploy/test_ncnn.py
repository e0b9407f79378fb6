"""ncnn: pnnx converts the network's form, and ncnn runs it; tests of all engines run it, too."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import torch

from models.deploy import export_verified, load_engine, open_exported, write_model
from models.deploy.formats import ncnn as ncnn_format

ncnn = pytest.importorskip("ncnn", reason="ncnn is not installed")
pytest.importorskip("pnnx", reason="pnnx is not installed")

SIZE = (64, 96)


@pytest.fixture(scope="module")
def model(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ncnn")
    files = write_model(network, folder / "model.ncnn.param", SIZE, "ncnn")
    assert sorted(folder.iterdir()) == sorted(files)  # nothing else that pnnx writes
    return files[0]


def test_names_and_size_are_those_of_other_formats(model):
    net = ncnn.Net()
    assert net.load_param(str(model)) == 0
    assert (list(net.input_names()), list(net.output_names())) == (["img"], ["heatmaps"])
    assert open_exported(model, threads=1).input_size == SIZE


def test_threads_change_nothing(model, crops):
    answers = [open_exported(model, threads=n)(crops.numpy()) for n in (1, 3)]
    np.testing.assert_array_equal(*answers)


def test_computes_in_single_precision_whatever_the_processor_offers(model):
    opt = open_exported(model, threads=1)._alone.opt
    used = [opt.use_fp16_packed, opt.use_fp16_storage, opt.use_fp16_arithmetic]
    assert not any([*used, opt.use_bf16_storage])


def test_crops_of_another_size_are_refused(model):
    with pytest.raises(ValueError, match=r"images have shape \(1, 3, 64, 64\), .*3, 96, 64\)"):
        open_exported(model)(np.zeros((1, 3, 64, 64), np.float32))


def test_files_that_are_no_models(model, tmp_path):
    path = tmp_path / "a.param"
    path.write_text(model.read_text())
    with pytest.raises(FileNotFoundError, match=r"a\.param has no weights beside it \(a\.bin\)"):
        load_engine(path)
    weights = path.with_suffix(".bin")
    weights.write_bytes(model.with_suffix(".bin").read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"cannot load the model .*a\.param with a\.bin"):
        load_engine(path)
    path.write_text(model.read_text().replace(" 0=64 1=96 2=3", ""))
    with pytest.raises(ValueError, match="does not say what size of images it takes"):
        load_engine(path)


def test_the_pair_is_moved_aside_together(network, crops, tmp_path):
    aside = []
    export_verified(
        network,
        tmp_path / "model.ncnn.param",
        *(SIZE, "ncnn", crops[:2], 1e-5),
        set_aside=lambda *paths: aside.extend(path.name for path in paths),
    )
    assert aside == ["model.ncnn.param", "model.ncnn.bin", "model.ncnn.param.json"]


def test_one_crop_at_a_time(network, tmp_path):
    with pytest.raises(ValueError, match="ncnn takes one image at a time"):
        write_model(network, tmp_path / "a.ncnn.param", SIZE, "ncnn", dynamic_batch=True)


class Squares(torch.nn.Module):
    """Has a step that pnnx leaves as it is."""

    def forward(self, img):
        return img.unflatten(3, (-1, 2)).sum(4)


def test_what_ncnn_has_no_layer_for_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"pnnx leaves Tensor\.unflatten.*, which ncnn has no"):
        ncnn_format.write_ncnn(Squares(), tmp_path / "a.param", SIZE)
    assert not list(tmp_path.iterdir())


def test_a_converter_that_dies_is_noticed(network, tmp_path, monkeypatch):
    dead = subprocess.CompletedProcess([], -11, "something went wrong")
    monkeypatch.setattr(ncnn_format.subprocess, "run", lambda *args, **kwargs: dead)
    with pytest.raises(ValueError, match=r"status -11 \(something went wrong\); nothing written"):
        write_model(network, tmp_path / "a.ncnn.param", SIZE, "ncnn")
    assert not list(tmp_path.iterdir())

"""The network against numbers of the published code, in float64."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from models import build_posenet, load_config
from models.runtime.checkpoint import load_checkpoint, save_checkpoint

CONFIGS = {
    "litehrnet_18_coco_256x192": "configs/top_down/lite_hrnet/coco",
    "naive_litehrnet_18_coco_256x192": "configs/top_down/naive_litehrnet/coco",
}
TOLERANCE = 1e-9


@pytest.fixture(params=CONFIGS)
def name(request) -> str:
    return request.param


@pytest.fixture
def network(name, repository, fill_by_name):
    cfg = load_config(repository / CONFIGS[name] / f"{name}.py")
    model = build_posenet(cfg.model).double()
    fill_by_name(model)
    return model


@pytest.fixture
def reference(name, golden):
    return np.load(golden / f"forward_{name}.npz")


@pytest.fixture
def images(reference):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(tuple(reference["input_shape"]), generator=generator, dtype=torch.float64)


def relative_error(value, reference) -> float:
    value, reference = np.asarray(value), np.asarray(reference)
    return float(np.abs(value - reference).max() / np.abs(reference).max())


def test_names_and_shapes_of_weights_are_the_published_ones(network, name, golden):
    published = json.loads((golden / f"state_dict_{name}.json").read_text())
    ours = {key: list(value.shape) for key, value in network.state_dict().items()}
    assert ours == published
    assert list(ours) == list(published)


def test_forward_in_eval_mode(network, images, reference):
    with torch.no_grad():
        heatmaps = network.eval().forward_tensor(images)
    assert relative_error(heatmaps[:1], reference["heatmaps"]) < TOLERANCE


def test_four_training_steps(network, images, reference, name, golden):
    expected = json.loads((golden / f"train_{name}.json").read_text())
    generator = torch.Generator().manual_seed(2)
    shape = (len(images), 17, *reference["heatmaps"].shape[2:])
    target = torch.rand(shape, generator=generator, dtype=torch.float64)
    weight = torch.rand(len(images), 17, 1, generator=generator, dtype=torch.float64) > 0.3
    optimizer = torch.optim.Adam(network.train().parameters(), lr=2e-3)

    losses = []
    for step in range(4):
        batch = {"img": images, "target": target, "target_weight": weight.double()}
        loss = network.losses(batch)["mse_loss"]
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for key, parameter in network.named_parameters():
                # A bias in front of a batch norm has gradient 0, up to rounding.
                norm = pytest.approx(expected["grad_norm_step_1"][key], rel=TOLERANCE, abs=1e-14)
                assert parameter.grad.norm().item() == norm, key
        optimizer.step()
    assert losses == pytest.approx(reference["losses"].tolist(), rel=TOLERANCE)

    # The fuse layers that run twice a step move these twice.
    buffers = dict(network.named_buffers())
    for key, value in expected["running_stat_norm_after_4_steps"].items():
        assert buffers[key].norm().item() == pytest.approx(value, rel=TOLERANCE), key
    with torch.no_grad():
        heatmaps = network.eval().forward_tensor(images)
    after = reference["heatmaps_after_4_adam_steps"]
    assert relative_error(heatmaps[:1], after) < TOLERANCE


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("head", ["keypoint_head.", "head."])
def test_published_spellings_of_a_checkpoint_load(network, tmp_path, prefix, head):
    state = {
        prefix + key.replace("keypoint_head.", head): value
        for key, value in network.state_dict().items()
    }
    path = tmp_path / "published.pth"
    torch.save({"state_dict": state, "meta": {}}, path)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    for parameter in network.parameters():
        parameter.data.zero_()
    load_checkpoint(network, path)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_saved_checkpoint_has_the_published_keys(network, tmp_path, name, golden):
    save_checkpoint(network, tmp_path / "epoch_1.pth", meta={"epoch": 1})
    content = torch.load(tmp_path / "epoch_1.pth", weights_only=True)
    published = json.loads((golden / f"state_dict_{name}.json").read_text())
    assert list(content["state_dict"]) == list(published)

"""Networks of timm as backbones; skips where timm is not installed."""

from __future__ import annotations

import sys

import pytest
import torch

from models.backbones import ResNet, TimmBackbone, check_backbone
from models.builder import build_backbone


@pytest.fixture
def timm():
    return pytest.importorskip("timm", reason="timm is not installed")


@pytest.mark.parametrize("kind", ["TimmBackbone", "TIMMBackbone"])
def test_both_spellings(timm, kind):
    network = build_backbone({"type": kind, "model_name": "resnet18", "out_indices": [1, 4]})
    assert (network.out_channels, network.strides) == ((64, 512), (4, 32))
    check_backbone(network, (96, 64))
    assert all(name.startswith("timm_model.") for name in network.state_dict())


@pytest.mark.parametrize(
    ("options", "strides", "divisor"),
    [
        ({"model_name": "resnet18"}, (2, 4, 8, 16, 32), 32),
        ({"model_name": "resnet18", "output_stride": 8}, (2, 4, 8, 8, 8), 8),
        ({"model_name": "mobilenetv3_small_050", "out_indices": (-1,)}, (32,), 32),
        ({"model_name": "hrnet_w18_small", "out_indices": (1,)}, (4,), 32),
    ],
)
def test_declares_what_it_returns(timm, options, strides, divisor):
    network = TimmBackbone(**options)
    assert (network.strides, network.size_divisor) == (strides, divisor)
    check_backbone(network, (96, 64))


def test_maps_with_channels_last_axis_come_in_the_usual_order(timm):
    network = TimmBackbone("swin_s3_tiny_224", out_indices=(1,), img_size=64, window_size=2)
    check_backbone(network, (64, 64))


@torch.no_grad()
def test_resnet_is_ours(timm):
    network, ours = TimmBackbone("resnet50", out_indices=(4,)).eval(), ResNet(50).eval()
    ours.load_state_dict(network.timm_model.state_dict())
    image = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(network(image)[0], ours(image)[0])


@torch.no_grad()
@pytest.mark.parametrize("name", ["resnet18", "convnext_atto"])  # timm renames the latter's weights
def test_checkpoint_of_the_whole_network(timm, name, tmp_path):
    whole = timm.create_model(name).eval()
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    network = TimmBackbone(name, checkpoint_path=str(tmp_path / "whole.pth")).eval()
    image = torch.randn(1, 3, 64, 64)
    assert torch.equal(network(image)[-1], whole.forward_features(image))


@pytest.mark.parametrize(("saved", "asked"), [("resnet18", "resnet34"), ("resnet34", "resnet18")])
def test_checkpoint_of_another_network(timm, saved, asked, tmp_path):
    torch.save(timm.create_model(saved).state_dict(), tmp_path / "other.pth")
    with pytest.raises(ValueError, match=f"is not of timm's {asked}: 96 weights.*layer1.2"):
        TimmBackbone(asked, checkpoint_path=str(tmp_path / "other.pth"))


def test_norm_eval(timm):
    network = TimmBackbone("resnet18", norm_eval=True).train()
    assert network.training
    assert not network.timm_model.bn1.training


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model_name": "resnet5O"}, ValueError, "did you mean 'resnet50'"),
        ({"features_only": False}, ValueError, "gives no feature maps"),
        ({"out_indices": (7,)}, ValueError, "resnet18 has no such map"),
        ({"init_cfg": {"type": "Pretrained"}}, ValueError, "give checkpoint_path"),
        ({"checkpoint_path": "nowhere.pth"}, FileNotFoundError, "nowhere.pth does not exist"),
        ({"checkpoint_path": "no.safetensors"}, FileNotFoundError, "does not exist"),
    ],
)
def test_mistakes_in_a_config(timm, change, error, message):
    with pytest.raises(error, match=message):
        TimmBackbone(**{"model_name": "resnet18", **change})


def test_without_timm_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ImportError, match=r"needs the package timm .* pip install timm"):
        TimmBackbone("resnet18")

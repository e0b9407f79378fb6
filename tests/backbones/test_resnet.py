"""ResNet against torchvision's, whose weights it loads."""

from __future__ import annotations

import pytest
import torch
import torchvision

from models.backbones import ResNet, check_backbone
from models.builder import build_posenet
from models.runtime.checkpoint import load_backbone


def theirs(depth: int) -> torch.nn.Module:
    return getattr(torchvision.models, f"resnet{depth}")(weights=None)


@torch.no_grad()
@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("counted", [True, False])
def test_torchvisions_file_gives_torchvisions_maps(depth, counted, tmp_path, fill_by_name):
    """Older files of torchvision do not count the batches of batch norms."""
    network = theirs(depth)
    fill_by_name(network)
    state = network.state_dict()
    if not counted:
        state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "resnet.pth")
    ours = ResNet(depth, out_indices=(0, 1, 2, 3)).eval()
    load_backbone(ours, tmp_path / "resnet.pth")
    network.eval()
    image = torch.randn(1, 3, 64, 96)
    x = network.maxpool(network.relu(network.bn1(network.conv1(image))))
    for stage, found in zip(range(1, 5), ours(image), strict=True):
        x = getattr(network, f"layer{stage}")(x)
        assert torch.equal(found, x)


@pytest.mark.parametrize(
    ("depth", "indices", "channels", "strides"),
    [
        (18, (3,), (512,), (32,)),
        (34, (2, 0), (64, 256), (4, 16)),
        (50, (0, 1, 2, 3), (256, 512, 1024, 2048), (4, 8, 16, 32)),
    ],
)
def test_declares_what_it_returns(depth, indices, channels, strides):
    network = ResNet(depth, out_indices=indices)
    assert (network.out_channels, network.strides) == (channels, strides)
    assert network.size_divisor == strides[-1]
    check_backbone(network, (96, 64))


def test_fewer_stages(tmp_path):
    network = ResNet(18, num_stages=2, out_indices=(1,))
    check_backbone(network, (64, 64))
    torch.save(theirs(18).state_dict(), tmp_path / "resnet18.pth")
    load_backbone(network, tmp_path / "resnet18.pth")
    torch.save(theirs(34).state_dict(), tmp_path / "resnet34.pth")
    with pytest.raises(ValueError, match=r"unexpected \(layer1.2.conv1.weight"):
        load_backbone(network, tmp_path / "resnet34.pth")


@pytest.mark.parametrize("stages", [-1, 0, 2])
def test_frozen_stages_stay_as_they_are(stages):
    network = ResNet(18, frozen_stages=stages).train()
    expected = {"conv1", "bn1", "layer1", "layer2"} if stages == 2 else {"conv1", "bn1"}
    expected = expected if stages >= 0 else set()
    still = {name.split(".")[0] for name, p in network.named_parameters() if not p.requires_grad}
    assert still == expected
    before = {name: value.clone() for name, value in network.named_buffers()}
    network(torch.randn(2, 3, 64, 64))[0].sum().backward()
    moved = {name.split(".")[0] for name, b in network.named_buffers() if (b != before[name]).any()}
    assert moved == {"bn1", "layer1", "layer2", "layer3", "layer4"} - expected


def test_norm_eval_keeps_statistics_still():
    network = ResNet(18, norm_eval=True).train()
    network(torch.randn(2, 3, 64, 64))
    assert not network.bn1.num_batches_tracked
    assert network.bn1.weight.requires_grad


def test_recomputing_changes_no_number():
    plain = ResNet(18).double().train()
    saving = ResNet(18, with_cp=True).double().train()
    saving.load_state_dict(plain.state_dict())
    image = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    for network in (plain, saving):
        network(image)[0].square().mean().backward()
    for (name, a), (_, b) in zip(plain.named_parameters(), saving.named_parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12, msg=name)
    for (name, a), (_, b) in zip(plain.named_buffers(), saving.named_buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0, msg=name)


def test_initial_weights():
    network = ResNet(50)
    assert network.conv1.weight.std().item() == pytest.approx((2 / (64 * 49)) ** 0.5, rel=0.05)
    assert not network.layer3[2].bn3.weight.any()
    assert ResNet(50, zero_init_residual=False).layer3[2].bn3.weight.all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 20}, "there is no such ResNet; use one of 18, 34"),
        ({"out_indices": (4,)}, r"out_indices=\(4,\) .* use numbers from 0 to 3"),
        ({"num_stages": 5}, "num_stages=5 cannot be; use 1 to 4"),
        ({"frozen_stages": 3, "num_stages": 2, "out_indices": (1,)}, "frozen_stages=3 does not go"),
    ],
)
def test_mistakes_in_a_config(change, message):
    with pytest.raises(ValueError, match=message):
        ResNet(**{"depth": 18, **change})


@pytest.mark.parametrize("address", ["torchvision://resnet50", "https://host/hrnet_w32.pth"])
def test_weights_at_an_address_are_not_fetched(address):
    with pytest.raises(ValueError, match=r"is an address.*fetch the file and give its path"):
        build_posenet(
            {
                "type": "TopDown",
                "pretrained": address,
                "backbone": {"type": "ResNet", "depth": 18},
                "keypoint_head": {"type": "TopDownSimpleHead", "out_channels": 3},
            }
        )

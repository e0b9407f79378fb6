"""HRNet against numbers of mmpose 0.29's, in float64, with weights drawn by their names."""

from __future__ import annotations

import copy
import zlib

import pytest
import torch

from models.backbones import HRNet, check_backbone
from models.builder import build_posenet
from models.runtime.checkpoint import load_backbone


def small(**last) -> dict:
    """One block a branch, narrow; `last` goes into stage 4."""

    def stage(block: str, *channels: int, modules: int = 1, **more) -> dict:
        return {
            "num_modules": modules,
            "num_branches": len(channels),
            "block": block,
            "num_blocks": (1,) * len(channels),
            "num_channels": channels,
            **more,
        }

    return {
        "stage1": stage("BOTTLENECK", 4),
        "stage2": stage("BASIC", 4, 8),
        "stage3": stage("BASIC", 4, 8, 12, modules=2),
        "stage4": stage("BASIC", 4, 8, 12, 16, **last),
    }


ALL = {**small(multiscale_output=True), "upsample": {"mode": "bilinear", "align_corners": False}}

#: training or not → mean and third last value of each map, from mmpose 0.29.0
FIRST_MAP = {
    False: [(1.343360552019, 1.536874085148)],
    True: [(2.417116831504, 4.904298469149)],
}
ALL_MAPS = {
    False: [
        (1.335528636744, 1.472448712443),
        (0.829771504881, 0.941407876224),
        (0.758869505643, 0.371531947833),
        (0.416063798375, 0.632590303609),
    ],
    True: [
        (1.969553364629, 2.873839723886),
        (2.013503567352, 1.200914694303),
        (2.015819802961, 1.078344132169),
        (1.269055686370, 2.588908436328),
    ],
}


def wave(*shape: int) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return torch.sin(torch.arange(count, dtype=torch.float64) * 0.37).view(shape)


@torch.no_grad()
@pytest.mark.parametrize(("extra", "expected"), [(small(), FIRST_MAP), (ALL, ALL_MAPS)])
@pytest.mark.parametrize("training", [False, True])
def test_numbers_are_mmposes(extra, expected, training, fill_by_name):
    network = HRNet(extra).double().train(training)
    fill_by_name(network)
    maps = network(wave(1, 3, 32, 64))
    found = [(x.mean().item(), x.flatten()[-3].item()) for x in maps]
    for ours, theirs in zip(found, expected[training], strict=True):
        assert ours == pytest.approx(theirs, abs=2e-12)


def test_names_of_w32_are_mmposes(repository):
    from models import load_config

    cfg = load_config(repository / "configs/top_down/hrnet/coco/hrnet_w32_coco_256x192.py")
    names = list(build_posenet(cfg.model).backbone.state_dict())
    assert len(names) == 1752
    assert zlib.crc32("\n".join(names).encode()) == 2129214973


@pytest.mark.parametrize(
    ("extra", "channels", "strides"),
    [(small(), (4,), (4,)), (ALL, (4, 8, 12, 16), (4, 8, 16, 32))],
)
def test_declares_what_it_returns(extra, channels, strides):
    network = HRNet(extra)
    assert (network.out_channels, network.strides) == (channels, strides)
    check_backbone(network, (96, 64))


def test_size_that_does_not_suit():
    with pytest.raises(ValueError, match="width 40 is no multiple of 32; use 32"):
        HRNet(small())(torch.zeros(1, 3, 64, 40))


@pytest.mark.parametrize(
    ("stages", "frozen"),
    [
        (-1, set()),
        (0, {"conv1", "bn1", "conv2", "bn2"}),
        (2, {"conv1", "bn1", "conv2", "bn2", "layer1", "transition1", "stage2", "transition2"}),
    ],
)
def test_frozen_stages_stay_as_they_are(stages, frozen):
    network = HRNet(small(), frozen_stages=stages).train()
    still = {name.split(".")[0] for name, p in network.named_parameters() if not p.requires_grad}
    assert still == frozen
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.training is (name.split(".")[0] not in frozen)


def test_recomputing_changes_no_number():
    plain = HRNet(small()).double().train()
    for p in plain.parameters():
        p.data += 0.1 * torch.randn_like(p)
    saving = copy.deepcopy(plain)
    for module in saving.modules():
        if hasattr(module, "with_cp"):
            module.with_cp = True
    for network in (plain, saving):
        network(wave(2, 3, 32, 64))[0].square().mean().backward()
    for (name, a), (_, b) in zip(plain.named_parameters(), saving.named_parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12, msg=name)
    for (name, a), (_, b) in zip(plain.named_buffers(), saving.named_buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0, msg=name)


def test_blocks_that_start_as_identities():
    blocks = HRNet(small(), zero_init_residual=True)
    assert not blocks.layer1[0].bn3.weight.any()
    assert not blocks.stage4[0].branches[3][0].bn2.weight.any()
    assert HRNet(small()).layer1[0].bn3.weight.all()


def test_file_of_imagenet_loads(tmp_path):
    """It holds the classifier, and sums of the last module that nothing here reads."""
    state = HRNet(ALL).state_dict()
    for part in ("incre_modules.0.0.conv1", "downsamp_modules.0.0", "final_layer.0", "classifier"):
        state[f"{part}.weight"] = torch.zeros(2)
    state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "imagenet.pth")
    network = HRNet(small())
    load_backbone(network, tmp_path / "imagenet.pth")
    assert torch.equal(network.conv1.weight, state["conv1.weight"])
    state["stage3.1.fuse_layers.2.9.weight"] = torch.zeros(2)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"1 unexpected \(stage3"):
        load_backbone(network, tmp_path / "other.pth")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"stage5": {}}, KeyError, "did you mean 'stage"),
        ({"stage2": None}, KeyError, "stage2 is missing"),
        ({"stage2": {"block": "BASE"}}, ValueError, r"stage2.block='BASE' is unknown; use one of"),
        ({"stage3": {"num_channels": (4, 8)}}, ValueError, "2 entries for num_branches=3"),
        ({"stage3": {"multiscale_output": True}}, KeyError, "no key 'multiscale_output'"),
    ],
)
def test_mistakes_in_a_config(change, error, message):
    extra = small()
    for name, value in change.items():
        if value is None:
            del extra[name]
        else:
            extra[name] = {**extra.get(name, {}), **value}
    with pytest.raises(error, match=message):
        HRNet(extra)

"""What the backbone promises beyond its numbers: errors, modes, memory."""

from __future__ import annotations

import copy

import pytest
import torch

from models.backbones import LiteHRNet, check_backbone
from models.backbones.stage import LiteHRModule
from models.builder import build_backbone

EXTRA = {
    "stem": {"stem_channels": 32, "out_channels": 32, "expand_ratio": 1},
    "num_stages": 3,
    "stages_spec": {
        "num_modules": (1, 1, 1),
        "num_branches": (2, 3, 4),
        "num_blocks": (1, 1, 1),
        "module_type": ("LITE", "LITE", "LITE"),
        "with_fuse": (True, True, True),
        "reduce_ratios": (8, 8, 8),
        "num_channels": ((40, 80), (40, 80, 160), (40, 80, 160, 320)),
    },
    "with_head": True,
}


def changed(**spec) -> dict:
    extra = copy.deepcopy(EXTRA)
    extra["stages_spec"].update(spec)
    return extra


NAIVE = changed(module_type=("NAIVE", "NAIVE", "NAIVE"), reduce_ratios=(1, 1, 1))


def test_one_map_at_stride_four():
    network = LiteHRNet(EXTRA)
    (features,) = network(torch.zeros(2, 3, 64, 96))
    assert features.shape == (2, 40, 16, 24)
    assert network.out_channels == (40,)
    assert network.strides == (4,)
    assert network.size_divisor == 32
    check_backbone(network, (96, 64))


@pytest.mark.parametrize(("shape", "good"), [((64, 250), 256), ((100, 64), 96), ((16, 64), 32)])
def test_size_that_is_no_multiple_of_32(shape, good):
    with pytest.raises(ValueError, match=f"no multiple of 32; use {good}"):
        LiteHRNet(EXTRA)(torch.zeros(1, 3, *shape))


def test_train_returns_the_network():
    network = LiteHRNet(EXTRA)
    assert network.train() is network
    assert network.eval() is network


def test_norm_eval_keeps_batch_norms_still():
    network = LiteHRNet(EXTRA, norm_eval=True).train()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    before = norms[0].running_mean.clone()
    network(torch.randn(2, 3, 64, 64))
    assert torch.equal(norms[0].running_mean, before)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("extra", [EXTRA, NAIVE], ids=["LITE", "NAIVE"])
@pytest.mark.parametrize("norm_eval", [False, True])
def test_fused_as_in_the_published_code(extra, norm_eval, layout):
    """Each layer once, or call by call: outputs, gradients and statistics of two steps."""
    network = LiteHRNet(extra, norm_eval=norm_eval).double().train()
    for p in network.parameters():
        p.data += 0.05 * torch.randn_like(p)
    literal = copy.deepcopy(network)
    for module in literal.modules():
        if isinstance(module, LiteHRModule):
            module.literal = True
    for _ in range(2):
        images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
        outputs = []
        for net, x in ((network, images.contiguous(memory_format=layout)), (literal, images)):
            outputs.append(net(x)[0])
            outputs[-1].square().mean().backward()
        torch.testing.assert_close(*outputs, rtol=1e-10, atol=1e-12)
    for (name, a), (_, b) in zip(
        network.named_parameters(), literal.named_parameters(), strict=True
    ):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12, msg=name)
    for (name, a), (_, b) in zip(network.named_buffers(), literal.named_buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-13, msg=name)


@pytest.mark.parametrize("extra", [EXTRA, NAIVE], ids=["LITE", "NAIVE"])
def test_layout_is_kept_from_image_to_features(extra):
    """One map in another layout would cost a copy in each direction, at each operation."""
    network = LiteHRNet(extra).train()
    lost = []

    def look(name):
        def hook(module, inputs, output):
            if isinstance(output, torch.Tensor) and output.shape[2:].numel() > 1:
                lost.extend([name] * (not output.is_contiguous(memory_format=torch.channels_last)))

        return hook

    for name, module in network.named_modules():
        module.register_forward_hook(look(name))
    network(torch.randn(2, 3, 64, 96).contiguous(memory_format=torch.channels_last))
    assert not lost


@pytest.mark.parametrize("extra", [EXTRA, NAIVE], ids=["LITE", "NAIVE"])
def test_checkpointing_changes_no_number(extra):
    plain = LiteHRNet(extra).double().train()
    for p in plain.parameters():
        p.data += 0.05 * torch.randn_like(p)
    saving = LiteHRNet(extra, with_cp=True).double().train()
    saving.load_state_dict(plain.state_dict())
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    for network in (plain, saving):
        network(images)[0].square().mean().backward()
    for (name, a), (_, b) in zip(plain.named_parameters(), saving.named_parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12, msg=name)
    for (name, a), (_, b) in zip(plain.named_buffers(), saving.named_buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0, msg=name)


@pytest.mark.parametrize("extra", [EXTRA, NAIVE], ids=["LITE", "NAIVE"])
def test_checkpointing_saves_memory(extra):
    def kept(with_cp: bool) -> int:
        """Bytes that autograd keeps for the backward pass."""
        sizes = {}

        def pack(tensor):
            sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
            return tensor

        network = LiteHRNet(extra, with_cp=with_cp).train()
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            network(torch.randn(4, 3, 128, 128))
        return sum(sizes.values())

    assert kept(with_cp=True) < 0.75 * kept(with_cp=False)


def test_unknown_module_type():
    with pytest.raises(ValueError, match=r"module_type\[1\]='LITTE' is unknown; use one of LITE"):
        LiteHRNet(changed(module_type=("LITE", "LITTE", "LITE")))


def test_unknown_key_names_the_nearest():
    with pytest.raises(KeyError, match="no key 'num_block'; did you mean 'num_blocks'"):
        LiteHRNet(changed(num_block=(1, 1, 1)))


def test_stage_without_an_entry():
    with pytest.raises(ValueError, match="num_modules has 2 entries for num_stages=3"):
        LiteHRNet(changed(num_modules=(1, 1)))


def test_branches_without_channels():
    with pytest.raises(ValueError, match=r"num_channels\[0\] has 1 entries for num_branches"):
        LiteHRNet(changed(num_channels=((40,), (40, 80, 160), (40, 80, 160, 320))))


def test_unknown_backbone_and_argument():
    with pytest.raises(KeyError, match="LiteHRnet is not a backbone; did you mean 'LiteHRNet'"):
        build_backbone({"type": "LiteHRnet", "extra": EXTRA})
    with pytest.raises(KeyError, match="did you mean 'norm_eval'"):
        build_backbone({"type": "LiteHRNet", "extra": EXTRA, "norm_evl": True})

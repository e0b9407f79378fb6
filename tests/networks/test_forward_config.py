"""Layout, precision and compilation while training, against the plain form."""

from __future__ import annotations

import copy
import logging

import pytest
import torch
from torch import nn

from models.builder import build_posenet
from models.networks import ForwardConfig


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """Lite-HRNet with one module of each kind of block, weights that let numbers through."""
    torch.manual_seed(0)
    model = build_posenet(
        {
            "type": "TopDown",
            "backbone": {
                "type": "LiteHRNet",
                "extra": {
                    "stem": {"stem_channels": 32, "out_channels": 32, "expand_ratio": 1},
                    "num_stages": 2,
                    "stages_spec": {
                        "num_modules": (1, 1),
                        "num_branches": (2, 3),
                        "num_blocks": (1, 1),
                        "module_type": ("LITE", "NAIVE"),
                        "with_fuse": (True, True),
                        "reduce_ratios": (8, 1),
                        "num_channels": ((40, 80), (40, 80, 160)),
                    },
                    "with_head": True,
                },
            },
            "keypoint_head": {"type": "TopDownSimpleHead", "out_channels": 3},
            "loss_pose": {"type": "JointsMSELoss", "use_target_weight": True},
        }
    )
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data.normal_(0, (1.0 / parameter[0].numel()) ** 0.5)
    return model.train()


def step(network: nn.Module, run: ForwardConfig, dtype=torch.float32) -> dict[str, torch.Tensor]:
    """Loss, gradients and buffers of one step on a copy."""
    network = copy.deepcopy(network).to(dtype)
    generator = torch.Generator().manual_seed(3)
    batch = {
        "img": torch.randn(4, 3, 64, 64, generator=generator).to(dtype),
        "target": torch.rand(4, 3, 16, 16, generator=generator).to(dtype),
        "target_weight": torch.ones(4, 3, 1, dtype=dtype),
    }
    losses = network.losses(batch, run)
    losses["mse_loss"].backward()
    gradients = {name: p.grad for name, p in network.named_parameters()}
    return {**losses, **gradients, **dict(network.named_buffers())}


@pytest.mark.parametrize(
    "form",
    [
        ForwardConfig(),
        ForwardConfig(channels_last=True),
        ForwardConfig(compile={"backend": "eager"}),
        ForwardConfig(compile={"backend": "aot_eager"}),
    ],
    ids=["default", "channels last", "traced", "traced with gradients"],
)
def test_numbers_are_those_of_the_plain_form(network, form):
    plain = step(network, ForwardConfig(channels_last=False), torch.float64)
    for name, value in step(network, form, torch.float64).items():
        torch.testing.assert_close(value, plain[name], rtol=1e-8, atol=1e-11, msg=name)


@pytest.mark.parametrize(("wanted", "used"), [(None, True), (True, True), (False, False)])
def test_layout_on_the_cpu(wanted, used):
    def look(img):
        assert img.is_contiguous(memory_format=torch.channels_last) is used
        return img

    ForwardConfig(channels_last=wanted)(look, torch.zeros(2, 3, 4, 4))


def test_bf16_leaves_loss_and_parameters_in_float32(network):
    seen = []
    copied = copy.deepcopy(network)
    copied.keypoint_head.register_forward_hook(lambda *args: seen.append(args[-1].dtype))
    copied.loss.losses["mse_loss"].register_forward_pre_hook(
        lambda _, args: seen.append(args[0].dtype)
    )
    mixed = step(copied, ForwardConfig(autocast=torch.bfloat16))
    plain = step(network, ForwardConfig())
    assert seen == [torch.bfloat16, torch.float32]
    assert {value.dtype for value in mixed.values()} <= {torch.float32, torch.int64}
    torch.testing.assert_close(mixed["mse_loss"], plain["mse_loss"], rtol=0.02, atol=0)
    assert not torch.equal(mixed["mse_loss"], plain["mse_loss"])
    name = "keypoint_head.final_layer.weight"
    torch.testing.assert_close(mixed[name], plain[name], rtol=0.1, atol=0.05 * plain[name].std())


def test_another_batch_size_is_not_compiled_anew(network, caplog):
    def heatmaps(img):
        calls.append(torch.compiler.is_compiling())
        return img * 2

    calls: list[bool] = []
    form = ForwardConfig(channels_last=False, compile={"backend": "eager"})
    with caplog.at_level(logging.INFO, "lite_hrnet"):
        for size in (4, 4, 3, 4):
            form(heatmaps, torch.ones(size, 3, 8, 8))
    assert calls.count(False) == 1  # the batch of 3
    assert caplog.text.count("Compiling the network for batches of [4, 3, 8, 8]") == 1
    assert caplog.text.count("Compiled in") == 1


def test_compiled_network_keeps_its_keys(network):
    names = list(network.state_dict())
    run = ForwardConfig(compile={"backend": "eager"})
    shapes = {"img": (2, 3, 32, 32), "target": (2, 3, 8, 8), "target_weight": (2, 3, 1)}
    network.losses({name: torch.zeros(shape) for name, shape in shapes.items()}, run)
    assert list(network.state_dict()) == names


def test_outputs_of_several_parts_come_in_float32():
    def parts(img):
        return {"output": img @ img, "maps": [img @ img, torch.ones(1, dtype=torch.int64)]}

    run = ForwardConfig(autocast=torch.bfloat16)
    found = run(parts, torch.ones(1, 3, 4, 4))
    assert found["output"].dtype == found["maps"][0].dtype == torch.float32
    assert found["maps"][1].dtype == torch.int64


def test_graphs_need_a_gpu():
    with pytest.raises(ValueError, match="records CUDA graphs and needs a GPU"):
        ForwardConfig(compile={"mode": "reduce-overhead"}).check("cpu")


def test_compiler_that_is_not_there(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler"):
        ForwardConfig(compile={}).check("cpu")


def test_unknown_compile_option():
    with pytest.raises(KeyError, match="compile has no key 'mod'; did you mean 'mode'"):
        ForwardConfig(compile={"mod": "default"})

"""Mixed precision: what the config may say, and steps with a scaled loss."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from models.engine.hooks import OptimizerHook
from models.engine.precision import FixedScaler, Precision, read_precision


def test_none_is_full_precision():
    assert read_precision(None, "cuda") == Precision(None, None)


def test_bf16_has_no_scaler():
    assert read_precision({"dtype": "bf16"}, "cpu") == Precision(torch.bfloat16, None)


@pytest.mark.filterwarnings("ignore:.*CUDA is not available")
@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"loss_scale": "dynamic"}, torch.amp.GradScaler),
        ({"dtype": "fp16"}, torch.amp.GradScaler),
        ({"loss_scale": {"init_scale": 8.0, "growth_interval": 10}}, torch.amp.GradScaler),
        ({"loss_scale": 512.0}, FixedScaler),
    ],
)
def test_fp16_scales_the_loss(settings, kind):
    precision = read_precision(settings, "cuda")
    assert precision.dtype == torch.float16
    assert type(precision.scaler) is kind


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"dtype": "fp8"}, ValueError, "fp16.dtype='fp8' is unknown"),
        ({"loss_scales": 1.0}, KeyError, "did you mean 'loss_scale'"),
        ({"loss_scale": "static"}, ValueError, "loss_scale='static' is no scale"),
        ({"loss_scale": 0}, ValueError, "loss_scale=0 is no scale"),
        ({"loss_scale": {"scale": 1.0}}, KeyError, "fp16.loss_scale has no key 'scale'"),
        ({"dtype": "bf16", "loss_scale": 512.0}, ValueError, "bf16 needs none"),
    ],
)
def test_mistakes(settings, error, message):
    with pytest.raises(error, match=message):
        read_precision(settings, "cuda" if "bf16" not in settings.values() else "cpu")


@pytest.mark.parametrize(
    ("settings", "device", "message"),
    [
        ({"dtype": "fp16"}, "cpu", r"fp16 training needs a GPU.*dtype='bf16'"),
        ({"dtype": "bf16"}, "cuda", "this GPU has no bf16"),
    ],
)
def test_types_that_a_device_does_not_have(monkeypatch, settings, device, message):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    with pytest.raises(ValueError, match=message):
        read_precision(settings, device)


class Run:
    """A network of one weight, whose loss is the weight times a factor."""

    def __init__(self, scaler=None, **hook):
        self.model = nn.Linear(1, 1, bias=False)
        nn.init.ones_(self.model.weight)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        self.scaler = scaler
        self.logged = []
        self.log_buffer = SimpleNamespace(update=lambda values, count: self.logged.append(values))
        self.hook = OptimizerHook(**hook)

    def step(self, factor: float) -> float:
        loss = self.model(torch.full((1, 1), factor)).sum()
        self.outputs = {"loss": loss, "num_samples": 1}
        self.hook.after_train_iter(self)
        return self.model.weight.item()


@pytest.mark.parametrize("kind", [torch.amp.GradScaler, FixedScaler])
def test_scaling_changes_no_step(kind):
    scaled, plain = Run(kind("cpu", init_scale=1024.0)), Run()
    for factor in (0.25, 0.5):
        assert scaled.step(factor) == plain.step(factor)


def test_gradients_are_clipped_at_their_true_size():
    run = Run(torch.amp.GradScaler("cpu", init_scale=1024.0), grad_clip={"max_norm": 1.0})
    assert run.step(4.0) == pytest.approx(1 - 0.5 * 1, abs=1e-5)
    assert run.logged == [{"grad_norm": pytest.approx(4.0)}]


def test_overflow_leaves_the_step_out_and_lowers_the_scale():
    run = Run(torch.amp.GradScaler("cpu", init_scale=2.0**120))
    assert run.step(1e4) == 1
    assert run.scaler.get_scale() == 2.0**119
    assert run.step(1e-30) < 1 + 1e-6


def test_fixed_scale_stays():
    run = Run(FixedScaler("cpu", init_scale=2.0**120))
    assert run.step(1e4) == 1
    assert run.scaler.get_scale() == 2.0**120
    run.step(1.0)
    assert run.scaler.get_scale() == 2.0**120


def test_plain_clipping_logs_the_norm():
    run = Run(grad_clip={"max_norm": 1.0})
    assert run.step(4.0) == pytest.approx(0.5, abs=1e-5)
    assert run.logged == [{"grad_norm": pytest.approx(4.0)}]


def test_fixed_scale_is_that_of_the_config_in_a_resumed_run():
    """Whatever the run before had."""
    for before in (torch.amp.GradScaler("cpu", init_scale=2.0**16), FixedScaler("cpu", 8.0)):
        before.scale(torch.ones(()))
        scaler = FixedScaler("cpu", init_scale=512.0)
        scaler.load_state_dict(before.state_dict())
        run = Run(scaler)
        run.step(0.25)
        assert scaler.get_scale() == 512

"""What only a GPU can show; skipped where there is none."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer
from torch.utils.data import DataLoader, Dataset

from models import build_posenet, load_config
from models.deploy.torch_engine import TorchEngine
from models.engine.optimizer import build_optimizer
from models.engine.parallel import wrap_model
from models.engine.precision import read_precision
from models.engine.test import run_test
from models.networks import ForwardConfig
from tests.deploy.conftest import CONFIGS, randomized

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

LAST = f"cuda:{torch.cuda.device_count() - 1}"
"""Not the current one, where there are several."""


@pytest.fixture(scope="module")
def network(repository):
    return randomized(build_posenet(load_config(repository / CONFIGS["lite"]).model))


@pytest.fixture(autouse=True)
def full_float32(monkeypatch):
    """Convolutions round to 10 bits otherwise, on GPUs that can."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)


def crops(number: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(number, 3, 96, 64, generator=torch.Generator().manual_seed(seed))


def truth(network, img) -> torch.Tensor:
    with torch.no_grad():
        return network.forward_tensor(img)


@pytest.mark.parametrize("compiled", [False, True])
def test_engine_answers_what_the_network_does_on_the_cpu(network, compiled):
    """Several sizes of batch, and each recorded graph more than once."""
    engine = TorchEngine(copy.deepcopy(network).to(LAST), LAST, compiled=compiled)
    for seed, number in enumerate((1, 4, 3, 4, 1)):
        expected = truth(network, crops(number, seed))
        answered = engine(crops(number, seed))
        assert answered.device == torch.device(LAST)
        atol = 1e-4 * float(expected.abs().max())
        torch.testing.assert_close(answered.cpu(), expected, rtol=0, atol=atol)


class Crops(Dataset):
    def __len__(self):
        return 22

    def __getitem__(self, index):
        return crops(1, index)[0]


def as_batch(images):
    box = {"center": np.array([32.0, 48.0]), "scale": np.array([0.32, 0.48])}
    metas = [{**box, "image_file": "a.jpg", "bbox_id": number} for number in range(len(images))]
    return {"img": torch.stack(images), "img_metas": DataContainer([metas], cpu_only=True)}


def test_loop_with_pinned_batches_and_a_short_last_one(network):
    """Graphs are recorded while one thread pins batches and another waits for heatmaps."""
    loader = DataLoader(Crops(), 4, num_workers=2, pin_memory=True, collate_fn=as_batch)
    answers = []
    for device in ("cpu", LAST):
        placed = copy.deepcopy(network).to(device)
        results = run_test(placed, loader, TorchEngine(placed, device))
        answers.append(torch.cat([torch.from_numpy(batch["preds"]) for batch in results]))
    scores = [answer[..., 2] for answer in answers]
    torch.testing.assert_close(*scores, rtol=0, atol=1e-4 * float(scores[0].abs().max()))


@pytest.mark.parametrize("settings", [None, {"dtype": "bf16"}, {}, {"loss_scale": 512.0}], ids=str)
@pytest.mark.parametrize("compile", [None, {"mode": "reduce-overhead"}], ids=["eager", "compiled"])
def test_steps_lower_the_loss_in_every_precision(network, settings, compile):
    """As in float32, and in the runner's order: scale, backward, step, update."""
    losses = {}
    batch = {
        "img": crops(4).cuda(),
        "target": torch.rand(4, 17, 24, 16, generator=torch.Generator().manual_seed(1)).cuda(),
        "target_weight": torch.ones(4, 17, 1).cuda(),
        "img_metas": [],
    }
    for name, (asked, mode) in {"plain": (None, None), "asked": (settings, compile)}.items():
        precision = read_precision(asked, "cuda")
        model = copy.deepcopy(network).cuda().train()
        run = ForwardConfig(autocast=precision.dtype, compile=mode)
        optimizer = build_optimizer(model, {"type": "Adam", "lr": 1e-3})
        scaler = precision.scaler or torch.amp.GradScaler("cuda", enabled=False)
        losses[name] = []
        for _ in range(8):
            outputs = model.train_step(batch, optimizer, run)
            losses[name].append(outputs["loss"].item())
            optimizer.zero_grad()
            scaler.scale(outputs["loss"]).backward()
            scaler.step(optimizer)
            scaler.update()
    assert losses["plain"][-1] < losses["plain"][0]
    rtol = 1e-3 if settings is None else 5e-2
    assert losses["asked"][0] == pytest.approx(losses["plain"][0], rel=rtol)
    assert losses["asked"][-1] < losses["asked"][0]


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are no two GPUs")
def test_the_gpu_of_a_run_is_the_current_one(network):
    before = torch.cuda.current_device()
    try:
        wrap_model(copy.deepcopy(network), distributed=False, gpu_id=1)
        assert torch.cuda.current_device() == 1
    finally:
        torch.cuda.set_device(before)

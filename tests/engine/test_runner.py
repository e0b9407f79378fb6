"""A run that is cut after any iteration goes on as if it had not been."""

from __future__ import annotations

import logging
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.runner import Hook
from torch import nn
from torch.utils.data import Dataset

from models.datasets import build_dataloader
from models.engine.hooks import CheckpointHook, EMAHook
from models.engine.optimizer import with_own_kernels
from models.engine.parallel import wrap_model
from models.engine.runner import ResumableRunner
from models.runtime.folder import find_resumable
from models.runtime.seed import seed_everything
from models.runtime.stop import Stopped, StopRequest
from tests.identical import identical

EPOCHS, ITERATIONS = 3, 4  # iterations of an epoch


class Numbers(Dataset):
    """Samples with noise, as augmentation is."""

    def __len__(self):
        return 2 * ITERATIONS + 1

    def __getitem__(self, index):
        noise = np.random.randn() + random.random() + torch.rand(1).item()
        return {"x": torch.tensor([index, noise], dtype=torch.float32) / 10}


class Network(nn.Module):
    """Weights, batch-norm statistics, dropout and noise from NumPy."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1)
        )

    def train_step(self, data_batch, optimizer, **_):
        loss = self.layers(data_batch["x"]).square().mean() * (1 + np.random.rand())
        return {
            "loss": loss,
            "log_vars": {"loss": loss.item()},
            "num_samples": len(data_batch["x"]),
        }


class StopAfter(Hook):
    def __init__(self, iterations, stop):
        self.iterations, self.stop = iterations, stop

    def after_train_iter(self, runner):
        if runner.iter + 1 == self.iterations:
            self.stop.reason = "SIGTERM"


def train(folder, stop_after=None, resume=None, ema=True, scaler=None, **checkpoints):
    """A run from the beginning or from `resume`, stopped where asked."""
    seed_everything(0)
    stop = StopRequest()
    network = Network()
    runner = ResumableRunner(
        wrap_model(network, distributed=False),
        optimizer=torch.optim.Adam(network.parameters(), lr=0.01),
        work_dir=str(folder),
        logger=logging.getLogger("test"),
        meta={"hook_msgs": {}},
        max_epochs=EPOCHS,
        stop=stop,
        scaler=scaler,
        checkpoint_hook=CheckpointHook(**{"interval": 1, **checkpoints}),
    )
    runner.register_training_hooks(
        {"policy": "CosineAnnealing", "min_lr": 0, "by_epoch": False}, {}, None, None
    )
    runner.register_hook(runner.checkpoint_hook, priority="BELOW_NORMAL")
    if ema:
        hook = EMAHook(momentum=0.2)
        runner.register_hook(hook)
        hook.attach(runner)
    runner.register_hook(StopAfter(stop_after, stop))
    if resume:
        runner.resume(str(resume))
    loader = build_dataloader(Numbers(), 2, 0, seed=4)
    runner.run([loader], [("train", 1)])
    return torch.load(folder / f"epoch_{EPOCHS}.pth", weights_only=True)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    return train(tmp_path_factory.mktemp("straight"))


def assert_same(one, other):
    assert one["meta"]["iter"] == other["meta"]["iter"] == EPOCHS * ITERATIONS
    for part in ("state_dict", "raw_state_dict", "optimizer", "random_states"):
        assert identical(one[part], other[part]), part


@pytest.mark.parametrize("iteration", range(1, EPOCHS * ITERATIONS))
def test_stopped_after_any_iteration(straight, tmp_path, iteration):
    with pytest.raises(Stopped) as stopped:
        train(tmp_path, stop_after=iteration)
    assert stopped.value.checkpoint.endswith(f"iter_{iteration}.pth")
    newest = find_resumable(tmp_path)
    assert str(newest) == stopped.value.checkpoint
    assert torch.load(newest, weights_only=True)["meta"]["iter"] == iteration
    assert_same(train(tmp_path, resume=newest), straight)


def test_resumed_at_every_checkpoint(straight, tmp_path):
    train(tmp_path / "all", interval=1, by_epoch=False)
    found = sorted((tmp_path / "all").glob("iter_*.pth"))
    assert len(found) == EPOCHS * ITERATIONS
    for path in found:
        assert_same(train(tmp_path / path.stem, resume=path), straight)


def test_averaged_weights_are_the_ones_to_use(straight, tmp_path):
    plain = train(tmp_path, ema=False)
    assert "raw_state_dict" not in plain
    averaged = False
    for name, value in plain["state_dict"].items():
        assert torch.equal(straight["raw_state_dict"][name], value)  # the hook leaves training be
        averaged |= not torch.equal(straight["state_dict"][name], value)
    assert averaged


@pytest.mark.parametrize("interval", [1, 4])
def test_averages_move_by_the_momentum_of_every_iteration(interval):
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    hook = EMAHook(momentum=0.1, interval=interval, warm_up=1)
    runner = SimpleNamespace(model=network, iter=0)
    hook.attach(runner)
    nn.init.ones_(network.weight)
    for runner.iter in range(8):
        hook.after_train_iter(runner)
    # With an interval of 4, the first update is made at iteration 0 and the second at 4.
    assert runner.ema.state_dict()["weight"].item() == pytest.approx(1 - 0.9**8)


def test_a_resumed_run_has_kernels_of_its_own(tmp_path):
    """A checkpoint of a plain optimizer goes on with the fused one, and the other way round."""
    network = nn.Linear(2, 2)
    for own in (True, False):
        optimizer = torch.optim.Adam(network.parameters(), lr=0.1, fused=own)
        other = torch.optim.Adam(network.parameters(), lr=0.2, fused=not own)
        network(torch.ones(1, 2)).sum().backward()
        other.step()
        optimizer.load_state_dict(with_own_kernels(other.state_dict(), optimizer))
        (group,) = optimizer.param_groups
        assert (group["fused"], group["lr"]) == (own, 0.2)
        assert optimizer.state[network.weight]["step"] == 1
        optimizer.step()


def test_scale_of_the_loss_goes_on(tmp_path):
    def scaler():
        return torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=5)

    whole = train(tmp_path / "whole", scaler=scaler())
    assert whole["loss_scaler"]["scale"] == 16  # 12 steps
    with pytest.raises(Stopped) as stopped:
        train(tmp_path / "cut", stop_after=7, scaler=scaler())
    resumed = train(tmp_path / "cut", resume=stopped.value.checkpoint, scaler=scaler())
    assert resumed["loss_scaler"] == whole["loss_scaler"]
    assert_same(resumed, whole)


def test_a_failing_check_keeps_a_checkpoint_from_being_written(tmp_path, monkeypatch):
    def fail():
        raise ValueError("the loss is nan")

    original = ResumableRunner.run

    def with_check(self, *args, **kwargs):
        self.before_save.append(fail)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(ResumableRunner, "run", with_check)
    with pytest.raises(ValueError, match="the loss is nan"):
        train(tmp_path)
    assert not list(tmp_path.iterdir())


def test_averaging_can_begin_with_a_resumed_run(tmp_path):
    with pytest.raises(Stopped) as stopped:
        train(tmp_path, stop_after=5, ema=False)
    assert "raw_state_dict" in train(tmp_path, resume=stopped.value.checkpoint)


def test_stop_between_epoch_and_evaluation_saves_nothing_twice(tmp_path):
    class StopInEvaluation(Hook):
        def after_train_epoch(self, runner):
            runner.stop.reason = "SIGUSR1"
            runner.stop_if_asked()

    original = ResumableRunner.run

    def with_hook(self, *args, **kwargs):
        self.register_hook(StopInEvaluation(), priority="LOW")
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped) as stopped:
        patch.setattr(ResumableRunner, "run", with_hook)
        train(tmp_path)
    assert stopped.value.checkpoint.endswith("epoch_1.pth")
    assert sorted(p.name for p in tmp_path.glob("*.pth")) == ["epoch_1.pth", "latest.pth"]


def test_older_checkpoints_go_once_newer_ones_are_whole(tmp_path):
    train(tmp_path, interval=1, by_epoch=False, max_keep_ckpts=3)
    left = sorted(path.name for path in tmp_path.glob("*.pth"))
    assert left == ["epoch_3.pth", "iter_11.pth", "iter_12.pth", "latest.pth"]


def test_last_good_checkpoint_is_never_dropped(tmp_path, monkeypatch):
    from models.engine import runner as module

    save = module.save_checkpoint

    def damaging(model, path, *args, **kwargs):
        save(model, path, *args, **kwargs)
        if path.name == "iter_4.pth":
            path.write_bytes(path.read_bytes()[:-100])

    monkeypatch.setattr(module, "save_checkpoint", damaging)
    with pytest.raises(ValueError, match=r"iter_4\.pth is damaged"):
        train(tmp_path, interval=1, by_epoch=False, max_keep_ckpts=1)
    assert find_resumable(tmp_path).name == "iter_3.pth"


@pytest.mark.parametrize("settings", [{"save_optimizer": False}, {"create_symlink": False}])
@pytest.mark.parametrize("iteration", [ITERATIONS, ITERATIONS + 2])
def test_stop_can_be_resumed_whatever_else_is_saved(straight, tmp_path, settings, iteration):
    with pytest.raises(Stopped):
        train(tmp_path, stop_after=iteration, **settings)
    newest = find_resumable(tmp_path)
    assert newest.name == f"iter_{iteration}.pth"
    assert_same(train(tmp_path / "again", resume=newest), straight)


def test_weights_alone_are_no_run(tmp_path):
    train(tmp_path / "a", save_optimizer=False)
    with pytest.raises(ValueError, match="without the state of a run; start from it with --load"):
        train(tmp_path / "b", resume=tmp_path / "a" / "epoch_1.pth")

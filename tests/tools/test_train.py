"""tools/train.py: what a run leaves behind, and what it says when it cannot run."""

from __future__ import annotations

import json

import pytest
import torch

FOLDER = "configs/top_down/lite_hrnet/synthetic"
CONFIG = f"{FOLDER}/litehrnet_18_synthetic_128x96.py"
MPII_CONFIG = f"{FOLDER}/litehrnet_18_synthetic_mpii_128x128.py"


def logged(work_dir) -> list[dict]:
    (path,) = work_dir.glob("*.log.json")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_run_folder(trained):
    assert (trained / "epoch_1.pth").exists()
    assert (trained / "latest.pth").resolve().name == "epoch_2.pth"
    assert len(list(trained.glob("best_AP_epoch_*.pth"))) == 1
    assert list(trained.glob("tf_logs/events*"))
    assert (trained / "litehrnet_18_synthetic_128x96.py").read_text().count("64") >= 6
    (run_file,) = trained.glob("run_*.json")
    facts = json.loads(run_file.read_text())
    assert facts["seed"] == 0
    assert "tools/train.py" in facts["command"]
    assert facts["environment"]["torch"] == str(torch.__version__)
    lines = logged(trained)
    training = [line for line in lines if line.get("mode") == "train"]
    validation = [line for line in lines if line.get("mode") == "val"]
    assert {"loss", "mse_loss", "acc_pose", "lr"} <= set(training[0])
    assert [line["epoch"] for line in validation] == [1, 2]
    assert "AP .5" in validation[0]
    assert training[-1]["loss"] < training[0]["loss"]


def test_checkpoint_meta(trained):
    content = torch.load(trained / "epoch_2.pth", weights_only=True)
    assert content["meta"]["epoch"] == 2
    assert content["meta"]["seed"] == 0
    assert "LiteHRNet" in content["meta"]["config_text"]
    assert content["optimizer"]["param_groups"]


def test_no_warnings_and_no_traceback(run_tool, tiny, tmp_path):
    done = run_tool(
        "tools/train.py",
        CONFIG,
        "--work-dir",
        tmp_path,
        "--no-validate",
        *tiny("coco"),
        "total_epochs=1",
        fresh=True,
    )
    shown = done.stdout + done.stderr
    assert "Warning" not in shown
    assert "Traceback" not in shown
    assert not list(tmp_path.glob("best*"))


def test_resumed_run_ends_like_an_uninterrupted_one(trained, run_tool, tiny, tmp_path):
    run_tool(
        *("tools/train.py", CONFIG, "--work-dir", tmp_path, "--seed", 0),
        *("--resume-from", trained / "epoch_1.pth", *tiny("coco"), "data.workers_per_gpu=1"),
    )
    ours = torch.load(tmp_path / "epoch_2.pth", weights_only=True)
    theirs = torch.load(trained / "epoch_2.pth", weights_only=True)
    assert ours["meta"]["iter"] == theirs["meta"]["iter"]
    for name, value in theirs["state_dict"].items():
        assert torch.equal(ours["state_dict"][name], value), name


def test_second_run_keeps_the_first(trained, run_tool, tiny, tmp_path):
    (tmp_path / "epoch_7.pth").write_bytes((trained / "epoch_1.pth").read_bytes())
    run_tool(
        "tools/train.py",
        CONFIG,
        "--work-dir",
        tmp_path,
        "--no-validate",
        "--load-from",
        trained / "epoch_2.pth",
        *tiny("coco"),
        "total_epochs=1",
    )
    (aside,) = tmp_path.glob("earlier_*")
    assert (aside / "epoch_7.pth").exists()
    assert (tmp_path / "epoch_1.pth").exists()


def test_autoscale_lr(run_tool, tiny, tmp_path):
    done = run_tool(
        *("tools/train.py", CONFIG, "--no-validate", "--autoscale-lr", "--work-dir", tmp_path),
        *(*tiny("coco"), "total_epochs=1", "optimizer.lr=0.064"),
    )
    # one process with 4 samples, where the config means 8 with 8
    assert "Learning rate 0.064 × 4 / 64 = 0.004" in done.stderr
    content = torch.load(tmp_path / "latest.pth", weights_only=True)
    assert content["optimizer"]["param_groups"][0]["initial_lr"] == pytest.approx(0.004)


def test_mpii_form(run_tool, tiny, tmp_path):
    run_tool("tools/train.py", MPII_CONFIG, "--work-dir", tmp_path, *tiny("mpii"), "total_epochs=1")
    assert list(tmp_path.glob("best_PCKh_epoch_1.pth"))
    done = run_tool(
        "tools/test.py",
        MPII_CONFIG,
        tmp_path / "latest.pth",
        "--work-dir",
        tmp_path,
        "--eval",
        "PCKh",
        *tiny("mpii"),
    )
    assert "PCKh:" in done.stdout
    assert "PCKh@0.1:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume-from", "gone.pth"], "checkpoint gone.pth does not exist"),
        (["--load-from", "setup.py"], "checkpoint setup.py is damaged or no checkpoint"),
        (["--gpus", "2"], "2 GPUs need one process each"),
        (["--launcher", "pytorch"], "start with torchrun"),
        (["--cfg-options", "optimizer.lrr=1"], "did you mean 'lr'"),
        (["--cfg-options", "data.train.ann_file=gone.json"], "gone.json does not exist"),
        # known before the data are looked for
        (["--cfg-options", "evaluation.metric=mAPP", "data.train.ann_file=gone"], "metric 'mAPP'"),
        (["--cfg-options", "+runner.type=IterBasedRunner"], "'IterBasedRunner' is not built"),
        (["--cfg-options", "+fp16.loss_scale=512"], "fp16 training needs a GPU"),
        (["--cfg-options", "+compile.mode=reduce-overhead"], "needs a GPU"),
        (["--cfg-options", "channels_last=1"], "channels_last=1: use True, False or None"),
    ],
)
def test_mistakes_end_in_one_line(run_tool, tiny, tmp_path, arguments, message):
    done = run_tool(
        "tools/train.py", CONFIG, "--work-dir", tmp_path, *tiny("coco"), *arguments, check=False
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr

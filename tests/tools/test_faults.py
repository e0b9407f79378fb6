"""What can go wrong with disks, checkpoints and pictures, and what comes of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from types import SimpleNamespace

import pytest
import torch

from models.runtime.checkpoint import read_checkpoint
from tests.tools.conftest import COCO_CONFIG, MPII_CONFIG, overrides
from tests.tools.interrupting import Attempt


@pytest.fixture
def train(run_tool, tiny, tmp_path):
    """Arguments, options → the finished tool, in the folder `run`."""

    def start(*arguments, options=(), check=True, work_dir=tmp_path / "run"):
        return run_tool(
            *("tools/train.py", COCO_CONFIG, "--work-dir", work_dir, "--seed", 0, *arguments),
            *(*tiny("coco"), "data.workers_per_gpu=1", *options),
            check=check,
        )

    return start


@pytest.fixture
def copied(trained, tmp_path):
    """A run of two epochs that may be harmed."""
    shutil.copytree(trained, tmp_path / "run", symlinks=True)
    return tmp_path / "run"


def cut_short(path):
    size = path.stat().st_size
    os.truncate(path, size // 2)


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for two checkpoints and a half."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=38m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk(train, small_disk):
    work_dir = small_disk / "run"
    every_epoch = ("total_epochs=4", "checkpoint_config.interval=1")
    done = train("--no-validate", options=every_epoch, work_dir=work_dir, check=False)
    assert done.returncode == 1
    (error,) = (line for line in done.stderr.splitlines() if line.startswith("error"))
    assert "the disk is full at" in error
    assert "epoch_3.pth" in error
    assert "Traceback" not in done.stderr
    left = sorted(path.name for path in work_dir.glob("*.pth"))
    assert left == ["epoch_1.pth", "epoch_2.pth", "latest.pth"]
    assert read_checkpoint(work_dir / "latest.pth")["meta"]["epoch"] == 2

    (work_dir / "epoch_1.pth").unlink()
    done = train(
        *("--no-validate", "--auto-resume"),
        options=(*every_epoch, "total_epochs=3"),
        work_dir=work_dir,
    )
    assert "resumed at epoch 2" in done.stderr
    assert read_checkpoint(work_dir / "latest.pth")["meta"]["epoch"] == 3


@pytest.mark.parametrize("start", [["--auto-resume"], ["--resume-from", "latest"]])
def test_damaged_latest_checkpoint(train, copied, trained, start):
    cut_short((copied / "latest.pth").resolve())
    for path in copied.glob("best_*"):
        path.unlink()
    start = [str(copied / "latest.pth") if word == "latest" else word for word in start]
    done = train(*start)
    assert re.search(r"WARNING - checkpoint .*epoch_2\.pth is damaged", done.stderr)
    assert "resumed at epoch 1" in done.stderr
    ours, theirs = (
        read_checkpoint(folder / "epoch_2.pth")["state_dict"] for folder in (copied, trained)
    )
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())
    assert len(list(copied.glob("earlier_*/epoch_2.pth"))) == 1  # kept, damaged as it is


def test_named_checkpoint_is_not_replaced_by_another(train, copied):
    cut_short(copied / "epoch_2.pth")
    done = train("--resume-from", copied / "epoch_2.pth", check=False)
    assert done.returncode == 1
    assert "epoch_2.pth is damaged" in done.stderr


def test_nothing_to_go_on_from(train):
    done = train("--auto-resume", "--no-validate", options=["total_epochs=1"])
    assert "No checkpoint to go on from" in done.stderr


def test_going_back_writes_over_nothing(train, copied):
    second = (copied / "epoch_2.pth").read_bytes()
    train("--resume-from", copied / "epoch_1.pth", "--no-validate")
    (kept,) = copied.glob("earlier_*/epoch_2.pth")
    assert kept.read_bytes() == second
    assert (copied / "epoch_2.pth").exists()


def test_seed_is_the_first_runs(train, copied, run_tool, tiny):
    done = run_tool(
        *("tools/train.py", COCO_CONFIG, "--work-dir", copied, "--auto-resume", *tiny("coco"))
    )
    assert "seed 0" in done.stderr


def test_unfinished_evaluation_is_made_up_for(train, copied):
    """The run was cut after the checkpoint of its last epoch, before its evaluation."""
    for path in (*copied.glob("best_*"), *copied.glob("*.log.json")):
        path.unlink()
    train("--auto-resume")
    (log,) = copied.glob("*.log.json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["epoch"] for line in lines if line.get("mode") == "val"] == [2]
    assert not [line for line in lines if line.get("mode") == "train"]
    assert not list(copied.glob("earlier_*"))


class Hostile:
    """A pickle that would run a command when loaded."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.fixture
def rich(trained, tmp_path):
    """Returns a function: object → a checkpoint that holds it besides the weights."""

    def write(thing):
        content = torch.load(trained / "epoch_2.pth", weights_only=True)
        content["meta"]["thing"] = thing
        torch.save(content, tmp_path / "rich.pth")
        return tmp_path / "rich.pth"

    return write


@pytest.mark.parametrize("option", ["--load-from", "--resume-from"])
def test_hostile_checkpoint_runs_nothing(train, rich, tmp_path, option):
    proof = tmp_path / "proof"
    done = train(option, rich(Hostile(proof)), check=False)
    assert done.returncode == 1
    assert "was not loaded, since that could run code" in done.stderr
    assert "--trust-checkpoint" in done.stderr
    assert not proof.exists()


def test_trusted_checkpoint(train, rich, run_tool, tiny, tmp_path):
    path = rich(SimpleNamespace(a=1))
    for option in ("--load-from", "--resume-from"):
        train(option, path, "--trust-checkpoint", "--no-validate", options=["total_epochs=3"])
    test = ["tools/test.py", COCO_CONFIG, path, "--work-dir", tmp_path, *tiny("coco")]
    assert "SimpleNamespace" in run_tool(*test, check=False).stderr
    assert "AP:" in run_tool(*test[:3], "--trust-checkpoint", *test[3:]).stdout


@pytest.mark.parametrize("option", ["--load-from", "--resume-from"])
def test_checkpoint_of_another_network(train, trained, option):
    done = train(
        *(option, trained / "epoch_2.pth"),
        options=["model.backbone.extra.stages_spec.num_modules=(3,8,3)"],
        check=False,
    )
    assert done.returncode == 1
    assert "18 in the file, 30 in the config" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def spoilt(tiny_data, tmp_path):
    """The tiny data set with a damaged picture and a missing one in each half; their names."""
    root = tmp_path / "spoilt"
    shutil.copytree(tiny_data, root)
    bad = {}
    for half in ("train", "val"):
        labels = json.loads((root / f"annotations/person_keypoints_{half}.json").read_text())
        with_persons = {label["image_id"] for label in labels["annotations"]}
        names = [i["file_name"] for i in labels["images"] if i["id"] in with_persons]
        bad[half] = names[1], names[2]
        (root / half / names[1]).write_bytes(b"no picture")
        (root / half / names[2]).unlink()
    return root, bad


def test_bad_pictures_are_skipped_and_listed(run_tool, spoilt, tmp_path):
    root, bad = spoilt
    options = [
        "--cfg-options",
        *overrides(root, "coco"),
        "data.workers_per_gpu=1",
        "total_epochs=1",
    ]
    work_dir = tmp_path / "run"
    done = run_tool(
        *("tools/train.py", COCO_CONFIG, "--work-dir", work_dir, "--skip-bad-images", *options)
    )
    assert "Skipped 2 images" in done.stderr
    listed = json.loads((work_dir / "skipped_images.json").read_text())
    assert {os.path.basename(name) for name in listed} == set(bad["train"])
    assert any("does not exist" in why for why in listed.values())
    listed = json.loads((work_dir / "validation" / "skipped_images.json").read_text())
    assert {os.path.basename(name) for name in listed} == set(bad["val"])

    done = run_tool(
        *("tools/test.py", COCO_CONFIG, work_dir / "latest.pth", "--work-dir", work_dir / "test"),
        *("--out", work_dir / "raw.json", "--skip-bad-images", *options),
    )
    assert "Skipped 2 images" in done.stderr
    answers = json.loads((work_dir / "raw.json").read_text())
    paths = [os.path.basename(path) for batch in answers for path in batch["image_paths"]]
    ids = [bbox_id for batch in answers for bbox_id in batch["bbox_ids"]]
    assert not set(paths) & set(bad["val"])
    assert len(ids) == len(set(ids)) > 10  # the stand-ins are not counted twice


def test_bad_picture_without_skipping(run_tool, spoilt, tmp_path):
    root, bad = spoilt
    done = run_tool(
        *("tools/train.py", COCO_CONFIG, "--work-dir", tmp_path / "run", "--no-validate"),
        *("--cfg-options", *overrides(root, "coco")),
        check=False,
    )
    assert done.returncode == 1
    assert any(name in done.stderr for name in bad["train"])
    assert "Traceback" not in done.stderr


def test_skipped_people_are_misses_on_mpii(run_tool, spoilt, tmp_path):
    root, _ = spoilt
    options = ["--cfg-options", *overrides(root, "mpii"), "total_epochs=1"]
    done = run_tool(
        *("tools/train.py", MPII_CONFIG, "--work-dir", tmp_path / "run", "--skip-bad-images"),
        *options,
    )
    assert "PCKh: " in done.stderr


def test_stop_during_validation(run_tool, tiny, tmp_path):
    """The epoch is saved and its evaluation left for the next start."""
    options = [*tiny("coco"), "data.val_dataloader.samples_per_gpu=1", "total_epochs=1"]
    command = ["tools/train.py", COCO_CONFIG, "--work-dir", tmp_path / "run", "--seed", 0]
    attempt = Attempt([*command, *options], tmp_path / "log.txt")
    assert attempt.wait_for("Saving checkpoint epoch_1.pth")
    attempt.process.send_signal(signal.SIGUSR1)
    assert attempt.wait(60) == 75, attempt.text
    assert "stopped by SIGUSR1" in attempt.text
    assert "Epoch(val)" not in attempt.text
    done = run_tool(*command, "--auto-resume", *options)
    assert "Epoch(val) [1]" in done.stderr
    assert "Epoch [1]" not in done.stderr
    assert list((tmp_path / "run").glob("best_AP_epoch_1.pth"))


def test_killed_loading_process(tiny, tmp_path):
    """As the system does for want of memory."""
    attempt = Attempt(
        [
            *("tools/train.py", COCO_CONFIG, "--work-dir", tmp_path / "run", "--no-validate"),
            *(*tiny("coco"), "data.workers_per_gpu=1", "total_epochs=500"),
            "+data.train_dataloader.persistent_workers=True",
        ],
        tmp_path / "log.txt",
    )
    assert attempt.wait_for("Epoch [2]")
    (worker,) = (pid for pid in attempt.processes() if pid != attempt.process.pid)
    os.kill(worker, signal.SIGKILL)
    assert attempt.wait(60) == 1
    (error,) = (line for line in attempt.text.splitlines() if line.startswith("error"))
    assert "a data-loading process was ended from outside (signal Killed)" in error
    assert "Traceback" not in attempt.text


def test_apostrophe_in_a_path(run_tool, tiny_data, tmp_path):
    root = tmp_path / "it's mine"
    root.symlink_to(tiny_data)
    options = ["--cfg-options", *overrides(root, "coco"), "total_epochs=1"]
    run_tool(
        *("tools/train.py", COCO_CONFIG, "--work-dir", tmp_path / "run", "--no-validate", *options)
    )
    assert "it's mine" in read_checkpoint(tmp_path / "run/latest.pth")["meta"]["config_text"]

"""Which checkpoint a run goes on from, and that none is ever written over."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from models.runtime.checkpoint import save_checkpoint
from models.runtime.files import point
from models.runtime.folder import find_resumable, go_on_from, hold, resumable_beside, start_anew


@pytest.fixture
def write(tmp_path):
    """Name, iteration → a checkpoint; later ones have later times."""
    network = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(network.parameters(), lr=1)

    def write(name, iteration, folder=tmp_path, resumable=True):
        path = folder / name
        meta = {"epoch": 1, "iter": iteration}
        save_checkpoint(network, path, optimizer if resumable else None, meta)
        os.utime(path, (1e9 + iteration, 1e9 + iteration))
        point(folder / "latest.pth", name)
        return path

    return write


def damage(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_a_bit(path):
    weight = torch.load(path, weights_only=True)["state_dict"]["weight"]
    content = bytearray(path.read_bytes())
    content[content.index(weight.numpy().tobytes())] ^= 1
    path.write_bytes(content)


def test_nothing_to_find(tmp_path, write):
    assert find_resumable(tmp_path) is None
    write("weights.pth", 3, resumable=False)
    assert find_resumable(tmp_path) is None


def test_latest_goes_first(tmp_path, write):
    write("epoch_1.pth", 3)
    write("epoch_2.pth", 6)
    assert find_resumable(tmp_path).name == "epoch_2.pth"
    point(tmp_path / "latest.pth", "epoch_1.pth")  # as after going back
    assert find_resumable(tmp_path).name == "epoch_1.pth"


@pytest.mark.parametrize("harm", [damage, flip_a_bit])
def test_damaged_ones_are_passed_over_with_a_warning(tmp_path, write, harm, caplog):
    for number in (1, 2, 3):
        write(f"epoch_{number}.pth", number)
    harm(tmp_path / "epoch_3.pth")
    damage(tmp_path / "epoch_2.pth")
    assert find_resumable(tmp_path).name == "epoch_1.pth"
    assert "epoch_3.pth is damaged" in caplog.text
    assert "epoch_2.pth is damaged" in caplog.text


def test_dangling_link(tmp_path, write, caplog):
    write("epoch_1.pth", 1)
    write("epoch_2.pth", 2).unlink()
    assert find_resumable(tmp_path).name == "epoch_1.pth"
    assert "points to a file that is gone" in caplog.text
    assert resumable_beside(tmp_path / "latest.pth").name == "epoch_1.pth"


def test_resuming_from_latest_means_the_newest_usable(tmp_path, write, caplog):
    write("epoch_1.pth", 1)
    damage(write("epoch_2.pth", 2))
    assert resumable_beside(tmp_path / "latest.pth").name == "epoch_1.pth"
    with pytest.raises(ValueError, match=r"epoch_2\.pth is damaged"):
        resumable_beside(tmp_path / "epoch_2.pth")
    damage(tmp_path / "epoch_1.pth")
    with pytest.raises(ValueError, match=r"latest\.pth is damaged"):
        resumable_beside(tmp_path / "latest.pth")
    with pytest.raises(FileNotFoundError):
        resumable_beside(tmp_path / "epoch_9.pth")


def test_a_new_run_moves_everything(tmp_path, write):
    assert start_anew(tmp_path) is None
    for _ in range(2):
        write("epoch_1.pth", 1)
        (tmp_path / "run.log").write_text("log")
        aside = start_anew(tmp_path)
        assert (aside / "latest.pth").resolve() == aside / "epoch_1.pth"
        assert not list(tmp_path.glob("*.pth"))
    assert len(list(tmp_path.glob("earlier_*"))) == 2
    assert (tmp_path / "run.log").exists()


def test_going_on_moves_only_what_would_be_written_again(tmp_path, write):
    for number in (1, 2, 3):
        write(f"epoch_{number}.pth", number)
    damage(write("iter_4.pth", 4))
    assert go_on_from(tmp_path / "epoch_2.pth", tmp_path).is_dir()
    left = sorted(path.name for path in tmp_path.glob("*.pth"))
    assert left == ["epoch_1.pth", "epoch_2.pth", "latest.pth"]
    assert (tmp_path / "latest.pth").resolve().name == "epoch_2.pth"
    moved = sorted(path.name for path in tmp_path.glob("earlier_*/*"))
    assert moved == ["epoch_3.pth", "iter_4.pth", "latest.pth"]
    assert go_on_from(tmp_path / "epoch_2.pth", tmp_path) is None


def test_going_on_from_elsewhere_moves_all(tmp_path, write):
    (tmp_path / "other").mkdir()
    other = write("epoch_7.pth", 7, tmp_path / "other")
    write("epoch_1.pth", 1)
    go_on_from(other, tmp_path)
    assert not list(tmp_path.glob("*.pth"))
    assert other.exists()


def test_a_link_to_the_checkpoint_is_the_checkpoint(tmp_path, write):
    write("epoch_1.pth", 1)
    write("epoch_2.pth", 2)
    assert go_on_from(resumable_beside(tmp_path / "latest.pth"), tmp_path) is None
    assert (tmp_path / "epoch_2.pth").exists()


HOLDER = """
import sys, time
from models.runtime.folder import hold
lock = hold(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def test_two_runs_do_not_write_to_one_folder(tmp_path, repository):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path],
        cwd=repository,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match=f"is in use by another run .process {other.pid} on"):
            hold(tmp_path, patience=0)
    finally:
        other.kill()
        other.wait()
    lock = hold(tmp_path, patience=0)  # a killed process holds nothing
    assert lock is not None
    lock.close()

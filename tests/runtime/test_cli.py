"""Errors in one line, with their cause."""

from __future__ import annotations

import errno

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from models.pipelines.loading import read_image
from models.runtime.cli import explain, run_tool


def test_full_disk():
    error = OSError(errno.ENOSPC, "No space left on device", "runs/epoch_3.pth")
    assert "the disk is full at runs/epoch_3.pth" in explain(error)
    assert "--auto-resume" in explain(error)


def test_place_that_cannot_be_written():
    assert "/root/x cannot be used (Permission denied)" in explain(
        PermissionError(errno.EACCES, "Permission denied", "/root/x")
    )


def test_faults_of_the_program_are_shown_in_full():
    assert explain(RuntimeError("shape mismatch in matmul")) is None
    assert explain(KeyError("missing")) is None
    assert explain(ValueError("a sentence")) == "a sentence"
    assert explain(KeyError("a sentence")) == "a sentence"


class Images(Dataset):
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return torch.from_numpy(read_image(self.path))


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_bad_image_in_a_loading_process(tmp_path, content):
    path = tmp_path / "a.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((FileNotFoundError, ValueError)) as caught:
        next(iter(DataLoader(Images(path), num_workers=1)))
    text = explain(caught.value)
    assert text.startswith(f"image {path} ")
    assert "\n" not in text


class Killed(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)  # as the system does for want of memory


def test_killed_loading_process():
    with pytest.raises(RuntimeError) as caught:
        next(iter(DataLoader(Killed(), num_workers=1)))
    text = explain(caught.value)
    # torch does not always come to know the signal
    assert "a data-loading process was ended from outside" in text
    assert "workers_per_gpu" in text


def test_signal_that_ended_a_loading_process_is_named():
    cause = RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. ")
    error = RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")
    error.__cause__ = cause
    for known in (cause, error):
        assert "was ended from outside (signal Killed)" in explain(known)


def test_process_is_named(monkeypatch, capsys):
    def fail():
        raise ValueError("width 3 is odd")

    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit) as caught:
        run_tool(fail)
    assert caught.value.code == 1
    assert capsys.readouterr().err == "error (process 1 of 2): width 3 is odd\n"


def test_torchrun_is_told(monkeypatch, tmp_path):
    def fail():
        raise ValueError("width 3 is odd")

    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "error.json"))
    with pytest.raises(SystemExit):
        run_tool(fail)
    assert "width 3 is odd" in (tmp_path / "error.json").read_text()


def test_lost_connection_is_not_the_cause(monkeypatch, tmp_path, capsys):
    """It is said before the wait, in which torchrun may end this process."""
    said = []

    def fail():
        raise RuntimeError("[pair.cc:537] Connection closed by peer [127.0.0.1]:44017")

    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("time.sleep", lambda seconds: said.append(capsys.readouterr().err))
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "error.json"))
    with pytest.raises(SystemExit) as caught:
        run_tool(fail)
    assert caught.value.code == 1
    assert "lost another process" in said[0]
    assert not (tmp_path / "error.json").exists()


def test_light_installation_names_the_full_one():
    error = ModuleNotFoundError("No module named 'torch'", name="torch")
    assert "pip install '.[train]'" in explain(error)
    assert explain(ModuleNotFoundError("No module named 'modles'", name="modles")) is None

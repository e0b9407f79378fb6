"""Requests to stop."""

from __future__ import annotations

import os
import signal

import pytest

from models.runtime.stop import EXIT_STOPPED, LAUNCH_FOLDER, StopRequest, exit_status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signal_is_remembered_and_handlers_are_put_back(number):
    before = signal.getsignal(number)
    with StopRequest() as stop:
        assert stop.reason is None
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)  # a second one changes nothing
        assert stop.reason == number.name
    assert signal.getsignal(number) is before


def test_only_the_first_process_tells(monkeypatch):
    monkeypatch.delenv(LAUNCH_FOLDER, raising=False)
    assert [exit_status(rank) for rank in range(3)] == [EXIT_STOPPED, 0, 0]


def test_the_launch_script_is_told_by_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv(LAUNCH_FOLDER, str(tmp_path))
    with StopRequest():
        assert (tmp_path / f"{os.getpid()}.pid").exists()
    assert exit_status(0) == 0
    assert (tmp_path / "stopped").exists()

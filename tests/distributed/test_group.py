"""Leaving the process group."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path

import torch
from torch import nn

from models.engine.parallel import wrap_model
from models.runtime.dist import end_processes, init_processes


def gloo_threads():
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return sum(name == "pt_gloo_runloop" for name in names)


init_processes("pytorch")
wrapped = wrap_model(nn.Linear(1, 1), distributed=True)
wrapped.hooks = [wrapped]  # as a runner and its hooks refer to each other
del wrapped
before = gloo_threads()
end_processes()
print(before, gloo_threads())
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are read from /proc")
def test_no_thread_of_the_group_outlives_it(repository):
    """One that still had a tensor in hand would abort the process at the interpreter's end."""
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=repository,
        env={**os.environ, **place, "RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert before > 0
    assert after == 0

"""What a run folder remembers of its origin: command, commit, environment, seed."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy
import torch
import torchvision

import models
from models.runtime.quiet_mmcv import mmcv

_CHECKOUT = Path(__file__).resolve().parents[2]


def describe_environment() -> dict[str, Any]:
    """Versions and hardware, in plain values."""
    cuda = torch.cuda.is_available()
    return {
        "lite_hrnet": models.__version__,
        "commit": git_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "mmcv": mmcv.__version__,
        "numpy": numpy.__version__,
        "opencv": cv2.__version__,
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        if cuda
        else [],
        "cuda": str(torch.version.cuda) if cuda else None,
    }


def describe_run(**facts: Any) -> dict[str, Any]:
    """Command, time and environment, with further `facts` such as seed and config."""
    return {
        "command": shlex.join([sys.executable, *sys.argv]),
        "started": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        **facts,
        "environment": describe_environment(),
    }


def git_commit() -> str | None:
    """The checkout's commit, with `+changes` where files differ; None outside a checkout."""
    try:
        commit = _git("rev-parse", "HEAD")
        return commit + ("+changes" if _git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*args: str) -> str:
    command = ["git", "-C", str(_CHECKOUT), *args]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

"""Who else is here: which interpreter has mmpose, and how to get what is missing."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.benchmark.process import CHECKOUT, environment
from models.benchmark.side import Side

ORIGINAL = "mmpose-0.29"
"""Name of the side that stands for the original."""
INSTALL_MMPOSE = (
    "pip install --no-deps mmpose==0.29.0 munkres, in an environment of its own that has what "
    "requirements.txt lists, and name its interpreter with --peer-python"
)
INSTALL_RUNTIMES = "pip install onnx onnxruntime openvino"
_PROBE = (
    "import json, mmcv; mmcv.__version__ = '1.7.0'; import mmpose; "
    "print(json.dumps(mmpose.__version__))"
)


@dataclass(frozen=True)
class Peer:
    """mmpose, or why it is not here.

    Attributes:
        python: the interpreter that can import it.
        version: None where it is missing.
        missing: why, with the cure.
    """

    python: str
    version: str | None = None
    missing: str | None = None


def find_mmpose(python: str | None = None) -> Peer:
    """Look for mmpose 0.29.

    Args:
        python: the interpreter to ask; None asks this one.

    Raises:
        FileNotFoundError: there is no such interpreter.
        ValueError: an interpreter was named, but it cannot import mmpose.
    """
    if python is None:
        if importlib.util.find_spec("mmpose") is None:
            return Peer(
                sys.executable, missing="mmpose 0.29 is not importable (see `mmpose` below)"
            )
        python = sys.executable
    elif not Path(python).is_file():
        raise FileNotFoundError(f"--peer-python {python} does not exist; name an interpreter")
    # Sides run in the checkout. Links stay as they are: an environment's interpreter is one.
    python = os.path.abspath(python)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", _PROBE],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=environment(1),
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ValueError(f"{python} cannot import mmpose ({words[-1]}); {INSTALL_MMPOSE}")
    return Peer(python, json.loads(done.stdout.splitlines()[-1]))


def original_side(
    peer: Peer, function: str, options: Mapping[str, Any], absent: str | None = None
) -> Side:
    """The side that stands for the original.

    Args:
        peer: mmpose.
        function: see `Side`.
        options: see `Side`.
        absent: why it cannot be measured here, for other reasons than mmpose.
    """
    return Side(ORIGINAL, function, options, peer.python, peer.missing or absent)


def lacks(*packages: str) -> str | None:
    """Why a side that needs these packages cannot run here; None where it can."""
    absent = [name for name in packages if importlib.util.find_spec(name) is None]
    return f"{', '.join(absent)} not installed ({INSTALL_RUNTIMES})" if absent else None

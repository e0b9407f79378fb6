"""Tools in processes that begin with the libraries imported, which else takes most of a start."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

# The first keeps what mmcv says on import to itself.
_LIBRARIES = [
    "models.runtime.quiet_mmcv",
    "mmcv.runner",
    "cv2",
    "scipy.optimize",
    "torchvision",
    "xtcocotools.coco",
]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_LIBRARIES)


def run_preloaded(words: list[str], folder: Path, timeout: float) -> subprocess.CompletedProcess:
    """`python WORDS` in a folder, much as `subprocess.run` does it.

    The first word is a file. Environment and interpreter are this process's, but with one thread,
    as every command of a test runs: sums over more threads have other last bits.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds; it is ended.
    """
    with tempfile.TemporaryDirectory() as outputs:
        streams = [Path(outputs) / name for name in ("stdout", "stderr")]
        process = _context.Process(target=_run, args=(words, folder, streams))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, timeout)
        texts = (stream.read_text() for stream in streams)
        return subprocess.CompletedProcess(words, process.exitcode, *texts)


def _run(words: list[str], folder: Path, streams: list[Path]) -> None:
    for number, stream in enumerate(streams, start=1):
        file = os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    tool = folder / words[0]
    # pytest's path begins with the checkout, which a tool has to find by itself.
    elsewhere = [entry for entry in sys.path if entry and Path(entry) != folder]
    sys.path[:] = [str(tool.parent), *elsewhere]
    sys.argv = words
    try:
        runpy.run_path(str(tool), run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a process of multiprocessing leaves them out

"""The inference form as ncnn's pair of files, made by pnnx."""

from __future__ import annotations

import re
import subprocess
import tempfile
import warnings
from pathlib import Path

import torch
from torch import nn

_SECONDS = 600
"""What pnnx may take; it takes 2."""


def write_ncnn(
    form: nn.Module, path: Path, input_size: tuple[int, int], half: bool = False
) -> list[Path]:
    """Write a form for ncnn, with input `img` and output `heatmaps`, for one crop at a time.

    pnnx is given a trace of the form. It works in a folder of its own, as it also writes files that
    nobody asked for.

    Args:
        form: from `models.deploy.export.exportable`.
        path: of the .param; the .bin goes beside it.
        input_size: (w, h) of crops.
        half: store weights in float16. What is computed in it, the program decides that runs them.

    Returns:
        The .param and the .bin.

    Raises:
        ImportError: pnnx is not installed.
        ValueError: pnnx fails, or leaves what ncnn has no layer for.
    """
    try:
        import pnnx
    except ImportError as error:
        raise ImportError("the format 'ncnn' needs pnnx; pip install pnnx ncnn") from error
    width, height = input_size
    with tempfile.TemporaryDirectory(prefix="pnnx_") as folder:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            # Not frozen as by `torch_engine.trace`: of weights without names pnnx dies.
            graph = torch.jit.trace(form, torch.zeros(1, 3, height, width), check_trace=False)
        graph.save(str(Path(folder, "model.pt")))
        options = [f"inputshape=[1,3,{height},{width}]f32", f"fp16={int(half)}"]
        done = subprocess.run(
            [pnnx.EXEC_PATH, "model.pt", *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
        param, weights = Path(folder, "model.ncnn.param"), Path(folder, "model.ncnn.bin")
        if done.returncode != 0 or not param.is_file() or not weights.is_file():
            said = " ".join(done.stdout.splitlines()[-3:])
            raise ValueError(f"pnnx ended with status {done.returncode} ({said}); nothing written")
        path.write_text(_named(param.read_text(encoding="utf-8"), input_size), encoding="utf-8")
        binary = path.with_suffix(".bin")
        binary.write_bytes(weights.read_bytes())
    return [path, binary]


def _named(param: str, input_size: tuple[int, int]) -> str:
    """A .param with the size of crops in its input, and names as in other formats.

    Args:
        param: what pnnx wrote: `in0` goes in, `out0` out.
        input_size: (w, h) of crops.

    Raises:
        ValueError: a layer is none of ncnn's.
    """
    magic, counts, *layers = param.splitlines()
    unknown = sorted({line.split()[0] for line in layers if re.search(r"^\S*[.:]", line)})
    if unknown:
        raise ValueError(f"pnnx leaves {', '.join(unknown)}, which ncnn has no layer for")
    names = {"in0": "img", "out0": "heatmaps"}
    layers = [re.sub(r"(?<!\S)(in0|out0)(?!\S)", lambda m: names[m[0]], line) for line in layers]
    width, height = input_size
    layers = [
        f"{line.rstrip()} 0={width} 1={height} 2=3" if line.split()[0] == "Input" else line
        for line in layers
    ]
    return "\n".join([magic, counts, *layers]) + "\n"

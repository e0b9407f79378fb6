"""The plain export: the unmodified graph as ONNX, and the runtimes that run it.

This is what a user gets who exports the published network without changing it, and what our own
export must be measured against. Pools whose output size is taken from a tensor can be traced for
one size of input only, so each batch size has a file of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.benchmark.inputs import crops
from models.benchmark.process import CHECKOUT, environment

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

Run = Callable[[np.ndarray], np.ndarray]
OPSET = 13


def plain_file(folder: Path, batch: int) -> Path:
    """Where the export for a batch size lies."""
    return folder / f"plain_{batch}.onnx"


def export_plain(plan: Plan) -> None:
    """Write the exports of a run, in a process of mmpose's interpreter where there is one.

    Raises:
        RuntimeError: torch cannot export it; with what it said.
    """
    python = sys.executable if plan.peer.missing else plan.peer.python
    order = {
        **plan.network_options(),
        "mmpose": not plan.peer.missing,
        "folder": str(plan.folder),
        "batches": list(plan.batch_sizes),
    }
    done = subprocess.run(
        [python, "-W", "ignore", "-m", __name__],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=environment(plan.threads),
    )
    if done.returncode:
        raise RuntimeError(f"the plain export failed: …{done.stderr.strip()[-1500:]}")


def onnxruntime_session(file: Path, threads: int) -> Run:
    """ONNX Runtime on the CPU, default settings."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda img: session.run(None, {name: img})[0]


def openvino_model(file: Path, threads: int) -> Run:
    """OpenVINO on the CPU, default settings but for float32: it takes bfloat16 where it can."""
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(str(file), "CPU", settings)
    return lambda img: model(img)[0]


def write_exports(order: Mapping[str, Any]) -> None:
    """Trace the network once for each batch size."""
    import torch

    if order["mmpose"]:
        from models.benchmark.mmpose_side import build_network

        network = build_network(order)
        network.forward = network.forward_dummy
    else:
        from models.benchmark.network import build_network

        network = build_network(order)
        network.forward = network.forward_tensor
    for batch in order["batches"]:
        torch.onnx.export(
            network,
            (torch.from_numpy(crops(batch, tuple(order["size"]))),),
            str(plain_file(Path(order["folder"]), batch)),
            opset_version=OPSET,
            dynamo=False,
        )


if __name__ == "__main__":
    write_exports(json.load(sys.stdin))

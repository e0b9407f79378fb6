"""The machine that numbers come from: they mean nothing without it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

#: instruction sets that decide how fast a network runs on a CPU
SIMD = (
    *("avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16"),
    *("avx_vnni", "amx_tile", "amx_int8", "amx_bf16", "neon", "asimd", "sve"),
)
_PACKAGES = (
    *("torch", "torchvision", "mmcv", "mmcv-full", "numpy", "opencv-python", "xtcocotools"),
    *("onnx", "onnxruntime", "openvino"),
)
#: load (runnable processes) for each core, above which times are not to be trusted
BUSY = 0.25


def describe_machine(threads: int) -> dict[str, Any]:
    """Processor, memory, GPU, system and versions, in plain values.

    Args:
        threads: that a side computes with.
    """
    cpu = _cpu()
    cores = usable_cores()
    load = os.getloadavg()[0]
    return {
        "cpu": cpu["model"],
        "cores": cores,
        "simd": cpu["simd"],
        "memory_gib": round(_memory() / 2**30, 1),
        "gpus": gpus(),
        "cuda": _cuda(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": _versions(),
        "threads": threads,
        "load_at_start": round(load, 2),
        "busy": load > BUSY * cores,
    }


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> list[str]:
    """Name, memory and driver of each NVIDIA GPU, as its driver says."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines()] if done.returncode == 0 else []


def _cpu() -> dict[str, Any]:
    facts: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, colon, value = line.partition(":")
            if colon:
                facts.setdefault(key.strip().lower(), value.strip())
    except OSError:
        pass
    flags = set(facts.get("flags", facts.get("features", "")).split())
    model = facts.get("model name") or platform.processor() or platform.machine()
    return {"model": model, "simd": [name for name in SIMD if name in flags]}


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _cuda() -> str | None:
    import torch

    return torch.version.cuda if torch.cuda.is_available() else None


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found

"""Starting the process group: one call for torchrun, Slurm and MPI, on GPUs and without."""

from __future__ import annotations

import os
import subprocess

import torch
import torch.distributed

LAUNCHERS = ("none", "pytorch", "slurm", "mpi")


def init_processes(launcher: str, backend: str = "nccl", processes_per_gpu: int = 1) -> bool:
    """Join this process to its group, if a launcher started it.

    mmcv's own start-up divides by the number of GPUs and so needs one; this one falls back to gloo
    where there is none.

    Args:
        launcher: one of LAUNCHERS; who set the environment.
        backend: wanted on GPUs; gloo is used without.
        processes_per_gpu: how many consecutive local ranks share a GPU.

    Returns:
        Whether there is a process group now.

    Raises:
        ValueError: the launcher is unknown, or its environment variables are missing.
    """
    if launcher == "none":
        return False
    if launcher not in LAUNCHERS:
        raise ValueError(f"launcher '{launcher}' is unknown; use one of {', '.join(LAUNCHERS)}")
    {"pytorch": _check_torchrun, "slurm": _read_slurm, "mpi": _read_mpi}[launcher]()
    if torch.cuda.is_available():
        local_rank = int(os.environ["LOCAL_RANK"])
        torch.cuda.set_device(local_rank // processes_per_gpu % torch.cuda.device_count())
        if processes_per_gpu > 1 and backend == "nccl":
            backend = "gloo"  # NCCL refuses several ranks on one device
    else:
        backend = "gloo"
    torch.distributed.init_process_group(backend)
    return True


def _check_torchrun() -> None:
    missing = [key for key in ("RANK", "WORLD_SIZE", "LOCAL_RANK") if key not in os.environ]
    if missing:
        raise ValueError(
            f"--launcher pytorch needs {', '.join(missing)} in the environment; start with torchrun"
        )


def _read_slurm() -> None:
    if "SLURM_PROCID" not in os.environ:
        raise ValueError("--launcher slurm needs SLURM_PROCID in the environment; start with srun")
    nodes = os.environ["SLURM_NODELIST"]
    first = subprocess.run(
        ["scontrol", "show", "hostnames", nodes], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    _set_environment(
        rank=os.environ["SLURM_PROCID"],
        world_size=os.environ["SLURM_NTASKS"],
        local_rank=os.environ["SLURM_LOCALID"],
        address=first,
    )


def _read_mpi() -> None:
    if "OMPI_COMM_WORLD_RANK" not in os.environ:
        raise ValueError(
            "--launcher mpi needs OMPI_COMM_WORLD_RANK in the environment; start with mpirun"
        )
    _set_environment(
        rank=os.environ["OMPI_COMM_WORLD_RANK"],
        world_size=os.environ["OMPI_COMM_WORLD_SIZE"],
        local_rank=os.environ["OMPI_COMM_WORLD_LOCAL_RANK"],
        address="127.0.0.1",
    )


def _set_environment(rank: str, world_size: str, local_rank: str, address: str) -> None:
    os.environ["RANK"] = rank
    os.environ["WORLD_SIZE"] = world_size
    os.environ["LOCAL_RANK"] = local_rank
    os.environ.setdefault("MASTER_ADDR", address)
    os.environ.setdefault("MASTER_PORT", "29500")

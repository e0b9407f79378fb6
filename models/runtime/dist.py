"""Starting the process group: one call for torchrun, Slurm and MPI, on GPUs and without.

Besides the group that moves gradients there is one over gloo, in which processes agree on small
things without waiting for their GPUs.
"""

from __future__ import annotations

import gc
import os
import subprocess
import zlib
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

LAUNCHERS = ("none", "pytorch", "slurm", "mpi")

_PORTS = range(20000, 30000)

#: how often torchrun has started the processes again
_RESTARTS = "TORCHELASTIC_RESTART_COUNT"

_host_group: dist.ProcessGroup | None = None


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
    global _host_group
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
    try:
        # torchrun keeps its store when it starts processes again, with the addresses of those that
        # failed in it: each attempt gets a part of its own.
        store, rank, world_size = next(rendezvous("env://"))
        attempt = dist.PrefixStore(os.environ.get(_RESTARTS, "0"), store)
        dist.init_process_group(backend or "nccl", store=attempt, rank=rank, world_size=world_size)
    except dist.DistNetworkError as error:
        if "EADDRINUSE" not in str(error):
            raise
        raise ValueError(
            f"port {os.environ['MASTER_PORT']} of {os.environ['MASTER_ADDR']} is taken; set "
            "MASTER_PORT (PORT for tools/dist_*.sh) to a free one, the same for all processes"
        ) from None
    _host_group = dist.group.WORLD if backend == "gloo" else dist.new_group(backend="gloo")
    return True


def end_processes() -> None:
    """Leave the group, if there is one. Not for use after an error, which may have broken it.

    Gloo's threads end with the last reference to the group. One that is about to let go of a
    tensor when the interpreter ends would abort the process.
    """
    global _host_group
    if dist.is_initialized():
        _host_group = None
        dist.destroy_process_group()
        gc.collect()  # runner, hooks and wrapper refer to each other, and the wrapper to the group


def restarted() -> bool:
    """Whether torchrun started this process in the place of one that failed."""
    return int(os.environ.get(_RESTARTS, 0)) > 0


def share(value: Any) -> Any:
    """The first process's value, in all of them."""
    if not _is_group():
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0, group=_host_group, device=torch.device("cpu"))
    return box[0]


def gather(value: Any) -> list[Any] | None:
    """Every process's value, by rank, in the first process; None in the others."""
    if not _is_group():
        return [value]
    values = [None] * dist.get_world_size() if dist.get_rank() == 0 else None
    dist.gather_object(value, values, dst=0, group=_host_group)
    return values


def any_process(flag: bool) -> bool:
    """Whether the flag is set in any process; all processes get the same answer."""
    if not _is_group():
        return flag
    word = torch.tensor([int(flag)])
    dist.all_reduce(word, dist.ReduceOp.MAX, group=_host_group)
    return bool(word.item())


def _is_group() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


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
    one_node = os.environ.get("SLURM_NNODES") == "1"
    _set_environment(
        rank=os.environ["SLURM_PROCID"],
        world_size=os.environ["SLURM_NTASKS"],
        local_rank=os.environ["SLURM_LOCALID"],
        address="127.0.0.1" if one_node else first,
        job=f"{os.environ['SLURM_JOB_ID']}.{os.environ.get('SLURM_STEP_ID', 0)}",
    )


def _read_mpi() -> None:
    if "OMPI_COMM_WORLD_RANK" not in os.environ:
        raise ValueError(
            "--launcher mpi needs OMPI_COMM_WORLD_RANK in the environment; start with mpirun"
        )
    one_node = os.environ["OMPI_COMM_WORLD_LOCAL_SIZE"] == os.environ["OMPI_COMM_WORLD_SIZE"]
    if not one_node and "MASTER_ADDR" not in os.environ:
        raise ValueError(
            "mpirun on several machines does not say which is the first; add "
            "-x MASTER_ADDR=<address of the machine of rank 0>"
        )
    _set_environment(
        rank=os.environ["OMPI_COMM_WORLD_RANK"],
        world_size=os.environ["OMPI_COMM_WORLD_SIZE"],
        local_rank=os.environ["OMPI_COMM_WORLD_LOCAL_RANK"],
        address="127.0.0.1",
        # names the job, and so is the same in all its processes
        job=os.environ.get("PMIX_NAMESPACE", ""),
    )


def _set_environment(rank: str, world_size: str, local_rank: str, address: str, job: str) -> None:
    """Set what torch reads. The port follows from the job, so that jobs on one machine differ."""
    os.environ["RANK"] = rank
    os.environ["WORLD_SIZE"] = world_size
    os.environ["LOCAL_RANK"] = local_rank
    os.environ.setdefault("MASTER_ADDR", address)
    os.environ.setdefault("MASTER_PORT", str(_PORTS[zlib.crc32(job.encode()) % len(_PORTS)]))
    if address == "127.0.0.1" and os.path.exists("/sys/class/net/lo"):
        # Gloo then takes the loopback: a machine's own name need not resolve.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)  # the processes are the parallelism; torchrun does the same

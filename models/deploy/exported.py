"""Exporters and engines by name, and exported files by their engine, without PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.deploy.base import (
    Engine,
    Exporter,
    ExportOptions,
    check_installed,
    find_member,
    registered,
)
from models.deploy.streams import usable_threads
from models.registry import ENGINES, EXPORTERS

if TYPE_CHECKING:
    import torch

NumpyEngine = Callable[[np.ndarray], np.ndarray]
"""Normalised images (B, 3, H, W) float32 → output (B, …) float32."""


def engine_names() -> list[str]:
    """What `--engine` may say: the engines that are registered."""
    return list(ENGINES.module_dict)


def find_engine(name: str) -> type[Engine]:
    """The engine of a name.

    Raises:
        ValueError: there is none, or it does not keep the contract.
    """
    return find_member(ENGINES, name, "engine")


def find_exporter(name: str) -> Exporter:
    """The exporter of a name.

    Raises:
        ValueError: there is none, it does not keep the contract, or no engine runs what it writes.
    """
    exporter = find_member(EXPORTERS, name, "format")()
    if not exporter.suffix.endswith(_suffixes()):
        raise ValueError(
            f"no engine runs the {exporter.suffix} files of the exporter '{name}', so that none "
            "can be checked: register an engine with that among its suffixes"
        )
    return exporter


def ready_exporter(name: str, options: ExportOptions) -> Exporter:
    """The exporter of a name, if it can write what is asked for, and the file can be checked.

    Raises:
        ValueError: as `find_exporter` and `Exporter.check`.
        ImportError: a package is not installed that writes such files or runs them.
    """
    exporter = find_exporter(name)
    exporter.check(options)
    engine = find_engine(engine_for(f"model{exporter.suffix}"))
    packages = tuple(dict.fromkeys((*exporter.needs, *engine.needs)))
    check_installed(f"exporting to the format '{name}'", packages)
    return exporter


def is_exported(path: str | Path) -> bool:
    """Whether a file's name is one of an exported model, not of a checkpoint."""
    return Path(path).name.endswith(_suffixes())


def engine_for(path: str | Path, name: str | None = None) -> str:
    """The engine that runs a file: the one asked for, else the one whose own format it is.

    Args:
        path: an exported model, or a checkpoint, which PyTorch runs.
        name: the engine asked for.
    """
    if name is not None:
        return name
    engines = registered(ENGINES).items()
    own = (key for key, engine in engines if Path(path).name.endswith(engine.suffixes[0]))
    return next(own, "torch")


def check_runs(path: str | Path, name: str) -> type[Engine]:
    """The engine of a name, if a file is there that it runs.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no exported model, there is no such engine, or it does not run such files.
        ImportError: the engine is not installed.
    """
    path = Path(path)
    if not is_exported(path):
        endings = ", ".join(_suffixes())
        raise ValueError(f"{path} is no exported model; such names end with {endings}")
    if not path.is_file():
        raise FileNotFoundError(f"there is no model {path}")
    engine = find_engine(name)
    if not path.name.endswith(engine.suffixes):
        raise ValueError(f"the engine '{name}' does not run {path.suffix} files such as {path}")
    check_installed(f"the engine '{name}'", engine.needs)
    return engine


def open_exported(
    path: str | Path,
    name: str | None = None,
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
    device: torch.device | str = "cpu",
) -> Engine:
    """An exported file in the engine that runs it.

    Args:
        path: the file.
        name: which engine runs it; by default the one whose own format it is.
        threads: CPU threads; by default `usable_threads()`.
        input_size: (w, h) of the images that will come, to be held against the file's.
        device: where to compute.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the engine does not run such files or on that device, or the file takes images
            of another size.
        ImportError: the engine is not installed.
    """
    kind = check_runs(path, engine_for(path, name))
    kind.check_device(device)
    engine = kind.open(path, threads or usable_threads(), device)
    found = engine.input_size
    if None not in (found, input_size) and tuple(found) != tuple(input_size):
        sizes = ["×".join(map(str, size)) for size in (found, input_size)]
        raise ValueError(
            f"{path} takes images of {sizes[0]}, not {sizes[1]}; use the config that it was "
            "exported with"
        )
    return engine


def _suffixes() -> tuple[str, ...]:
    found = (suffix for engine in registered(ENGINES).values() for suffix in engine.suffixes)
    return tuple(dict.fromkeys(found))

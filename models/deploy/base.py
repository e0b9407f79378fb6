"""What a file format and a program that runs it are: the contracts of exporters and engines.

One file a format holds both, see `models/deploy/formats`; it registers them, and nothing else names
them. Such a file is imported without PyTorch and mmcv, and imports its own packages when it is
used. A user's own file does the same and is named in the config's `custom_imports`.
"""

from __future__ import annotations

import importlib.util
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from models.registry import EXPORTERS, Registry
from models.runtime.names import nearest

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True)
class ExportOptions:
    """What is asked of a file.

    Attributes:
        dynamic_batch: leave the number of images open, else it is 1.
        half: weights in float16.
        int8: convolutions in 8 bits.
        calibration: normalised images (N, 3, H, W) that the 8-bit ranges are measured on.
    """

    dynamic_batch: bool = False
    half: bool = False
    int8: bool = False
    calibration: Tensor | None = None

    @property
    def precision(self) -> str:
        """The name of the precision: 'float32', 'float16' or 'int8'."""
        return "float16" if self.half else "int8" if self.int8 else "float32"


class Exporter(ABC):
    """Writes a network as a file of one format.

    Attributes:
        name: what it is registered as, and `--format` calls it.
        suffix: how names of its files end; own to this format, and run by an engine.
        needs: packages that writing takes, as they are imported and installed.
        half: whether it can store weights in float16.
        int8: whether it can quantise convolutions to 8 bits.
        dynamic_batch: whether the number of images is left open: always, never, or as asked for.
        tolerance: largest difference from the network's output, relative to its highest value.
        half_tolerance: the same in float16.
        int8_tolerance: in 8 bits, the largest share of what the network is sure of that may move;
            of networks that do not say what they are sure of, the largest relative difference.
        score_drop: how much lower the score of a file may be, as a share of the whole scale.
        int8_score_drop: the same in 8 bits.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    half: ClassVar[bool] = False
    int8: ClassVar[bool] = False
    dynamic_batch: ClassVar[Literal["always", "never", "optional"]] = "never"
    tolerance: ClassVar[float] = 1e-5
    half_tolerance: ClassVar[float] = 2e-2
    int8_tolerance: ClassVar[float] = 0.05
    score_drop: ClassVar[float] = 0.001
    int8_score_drop: ClassVar[float] = 0.01

    @abstractmethod
    def write(
        self, network: nn.Module, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        """Write a network; what has the name already is overwritten.

        Args:
            network: with its weights; left as it is. `models.deploy.exportable` makes the module
                to write of it: normalised images (B, 3, H, W) → output (B, …), in float32.
            path: of the file.
            input_size: (w, h) of images.
            options: what is asked for; `check` let it pass.

        Returns:
            All files written, the one at `path` first.

        Raises:
            ValueError: the network cannot be written in this format.
        """

    def check(self, options: ExportOptions) -> None:
        """Make sure that the format has what is asked for, and what writes it is installed.

        Raises:
            ValueError: it has not.
            ImportError: a package is missing.
        """
        if options.int8 and (options.half or not self.int8):
            able = [name for name, kind in registered(EXPORTERS).items() if kind.int8]
            raise ValueError(
                f"int8 is for the formats {' and '.join(able)}, without float16; not for "
                f"'{self.name}'"
            )
        if options.half and not self.half:
            raise ValueError(f"the format '{self.name}' has no float16")
        if options.dynamic_batch and self.dynamic_batch == "never":
            raise ValueError(
                f"{self.name} takes one image at a time: its files have no open number of images"
            )
        check_installed(f"the format '{self.name}'", self.needs)

    def default_tolerance(self, options: ExportOptions) -> float:
        """The tolerance that goes with a precision."""
        by_precision = {"float16": self.half_tolerance, "int8": self.int8_tolerance}
        return by_precision.get(options.precision, self.tolerance)

    def default_score_drop(self, options: ExportOptions) -> float:
        """How much a score may drop in a precision."""
        return self.int8_score_drop if options.int8 else self.score_drop


class Engine(ABC):
    """A network in a program that runs it: normalised images in, the network's output out.

    Attributes:
        name: what it is registered as, and `--engine` calls it.
        suffixes: how names of the files end that it runs; those of its own format come first.
        needs: packages that it takes, as they are imported and installed.
        on_gpu: whether it can compute on a GPU; others compute on the CPU.
        input_size: (w, h) of the images that it takes; None if it takes any.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]] = ()
    on_gpu: ClassVar[bool] = False
    input_size: tuple[int, int] | None = None

    @classmethod
    @abstractmethod
    def open(
        cls, path: str | Path, threads: int | None = None, device: torch.device | str = "cpu"
    ) -> Engine:
        """Load an exported file.

        Args:
            path: the file; it is there, and its name is one of those that the engine runs.
            threads: CPU threads; by default `usable_threads()`.
            device: where to compute; `check_device` let it pass.

        Raises:
            ValueError: the file cannot be loaded.
        """

    @abstractmethod
    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised images (B, 3, H, W) float32 → output (B, …) float32."""

    @classmethod
    def from_network(
        cls,
        network: nn.Module,
        input_size: tuple[int, int],
        threads: int | None = None,
        device: torch.device | str = "cpu",
        patience: int = 0,
    ) -> Engine:
        """A network ready to run: by default exported for the time being to its own format.

        Args:
            network: with its weights; left as it is.
            input_size: (w, h) of images.
            threads: CPU threads.
            device: where to compute.
            patience: so many images are predicted before time is spent on getting faster.

        Raises:
            ValueError: the network cannot be exported, or nothing exports to the engine's format.
        """
        for kind in registered(EXPORTERS).values():
            if kind.suffix.endswith(cls.suffixes[0]):
                exporter = kind()
                exporter.check(ExportOptions())
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder, f"model{exporter.suffix}")
                    exporter.write(network, path, input_size, ExportOptions())
                    return cls.open(path, threads, device)
        raise ValueError(f"no exporter writes {cls.suffixes[0]} files for the engine '{cls.name}'")

    def run_tensor(self, img: Tensor) -> Tensor:
        """The same on tensors, for the test loop; its output is on the device where it computes."""
        import torch

        return torch.from_numpy(self(np.ascontiguousarray(img.cpu().float().numpy())))

    @classmethod
    def check_device(cls, device: torch.device | str) -> None:
        """Make sure that the engine computes on a device.

        Raises:
            ValueError: it does not.
        """
        if not cls.on_gpu and not str(device).startswith("cpu"):
            raise ValueError(
                f"the engine '{cls.name}' runs on the CPU, not on {device}; use 'torch' there"
            )


def check_installed(what: str, packages: Sequence[str]) -> None:
    """Make sure that packages are installed.

    Raises:
        ImportError: one is not; says how to get it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise ImportError(f"{what} needs {package}; pip install {' '.join(packages)}")


def registered(registry: Registry) -> dict[str, type]:
    """All members of `EXPORTERS` or `ENGINES` by name.

    Raises:
        ValueError: one does not keep its contract; says which part.
    """
    for name, member in registry.module_dict.items():
        _check_member(member, name, registry.name)
    return registry.module_dict


def find_member(registry: Registry, name: str, word: str) -> type:
    """The member of a name.

    Args:
        registry: `EXPORTERS` or `ENGINES`.
        name: as it was asked for.
        word: what it is called by those who ask.

    Raises:
        ValueError: there is none, or one does not keep its contract.
    """
    members = registered(registry)
    if name not in members:
        raise ValueError(
            f"there is no {word} '{name}'{nearest(name, members)}; own ones are named in the "
            "config's custom_imports"
        )
    return members[name]


def _check_member(member: object, name: str, kind: str) -> None:
    base = {"exporter": Exporter, "engine": Engine}[kind]
    where = getattr(member, "__module__", ""), getattr(member, "__name__", "")
    what = f"{kind} '{name}' ({'.'.join(where)})"
    if not (isinstance(member, type) and issubclass(member, base)):
        raise ValueError(f"{what} is not derived from models.deploy.{base.__name__}")
    missing = sorted(member.__abstractmethods__)
    missing += [key for key in base.__annotations__ if not hasattr(member, key)]
    if missing:
        raise ValueError(f"{what} has no {', '.join(missing)}; see models.deploy.{base.__name__}")
    if member.name != name:
        raise ValueError(f"{what} calls itself '{member.name}'; name and registered name are one")
    suffixes = (member.suffix,) if base is Exporter else member.suffixes
    if not isinstance(suffixes, tuple) or not all(s.startswith(".") for s in suffixes):
        raise ValueError(f"{what}: {suffixes!r} are no endings of names such as ('.onnx',)")
    if not suffixes or not isinstance(member.needs, tuple):
        raise ValueError(f"{what}: suffixes and needs are tuples; only needs may be empty")

"""TorchScript, run by PyTorch, which also runs networks that were not exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.deploy.base import Engine, Exporter, ExportOptions
from models.registry import ENGINES, EXPORTERS

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

#: record of a file: the size of its images, "w h", which files of other formats know themselves
_SIZE_FACT = "input_size"


@EXPORTERS.register_module("torchscript")
class TorchScriptExporter(Exporter):
    """Writes .torchscript files, for any number of images; in float16 they compute in it."""

    name = "torchscript"
    suffix = ".torchscript"
    needs = ("torch",)
    half = True
    dynamic_batch = "always"

    def write(
        self, network: nn.Module, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        """See `Exporter.write`."""
        import torch

        from models.deploy.network import exportable
        from models.deploy.torch_engine import trace

        width, height = input_size
        form = exportable(network, input_size, half=options.half)
        with torch.no_grad():
            graph = trace(form, torch.zeros(2, 3, height, width))
        graph.save(str(path), _extra_files={_SIZE_FACT: f"{width} {height}"})
        return [path]


@ENGINES.register_module("torch")
class TorchRunner(Engine):
    """A TorchScript file or, as a `TorchEngine`, a network, on the CPU or on a GPU.

    Args:
        run: images → output, on the device.
        device: where it computes.
        input_size: (w, h) of images.
    """

    name = "torch"
    suffixes = (".torchscript",)
    needs = ("torch",)
    on_gpu = True

    def __init__(
        self,
        run: Callable[[Tensor], Tensor],
        device: torch.device | str,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        self.run_tensor = run
        self.device = device
        self.input_size = input_size

    @classmethod
    def open(
        cls, path: str | Path, threads: int | None = None, device: torch.device | str = "cpu"
    ) -> TorchRunner:
        """See `Engine.open`; threads are those of PyTorch."""
        import torch

        facts = {_SIZE_FACT: ""}
        graph = torch.jit.load(str(path), map_location=device, _extra_files=facts).eval()
        # A file of another program has none.
        size = tuple(map(int, facts[_SIZE_FACT].split())) or None
        return cls(torch.inference_mode()(lambda img: graph(img.to(device))), device, size)

    @classmethod
    def from_network(
        cls,
        network: nn.Module,
        input_size: tuple[int, int],
        threads: int | None = None,
        device: torch.device | str = "cpu",
        patience: int = 0,
    ) -> TorchRunner:
        """See `Engine.from_network`; takes images of any size."""
        from models.deploy.torch_engine import TorchEngine

        return cls(TorchEngine(network, device, threads, patience=patience), device)

    def __call__(self, img: np.ndarray) -> np.ndarray:
        """Normalised images (B, 3, H, W) float32 → output (B, …) float32."""
        import torch

        with torch.inference_mode():
            output = self.run_tensor(torch.from_numpy(img).to(self.device))
        return output.float().cpu().numpy()

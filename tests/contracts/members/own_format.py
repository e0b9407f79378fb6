"""A file format and its engine of one's own: PyTorch's exported programs (.pt2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.deploy import Engine, Exporter, ExportOptions, exportable
from models.registry import ENGINES, EXPORTERS


@EXPORTERS.register_module("pt2")
class ProgramExporter(Exporter):
    """`tools/deployment/export.py --format pt2`."""

    name = "pt2"
    suffix = ".pt2"
    needs = ("torch",)

    def write(
        self, network: Any, path: Path, input_size: tuple[int, int], options: ExportOptions
    ) -> list[Path]:
        import torch

        width, height = input_size
        module = exportable(network, input_size)
        program = torch.export.export(module, (torch.zeros(1, 3, height, width),))
        torch.export.save(program, path)
        return [path]


@ENGINES.register_module("programs")
class ProgramEngine(Engine):
    """`tools/test.py --engine programs`; images one by one."""

    name = "programs"
    suffixes = (".pt2",)
    needs = ("torch",)

    def __init__(self, program: Any) -> None:
        self._run = program.module()
        (shape,) = (n.meta["val"].shape for n in program.graph.nodes if n.name == "img")
        self.input_size = (int(shape[3]), int(shape[2]))

    @classmethod
    def open(cls, path: Path, threads: int | None = None, device: str = "cpu") -> ProgramEngine:
        import torch

        return cls(torch.export.load(path))

    def __call__(self, img: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            parts = [self._run(part) for part in torch.from_numpy(img).split(1)]
        return torch.cat(parts).numpy()

"""How a network computes its output while training: layout, precision, compilation."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from models.runtime.names import check_keys

logger = logging.getLogger("lite_hrnet")

#: modes of torch.compile that record CUDA graphs
_GRAPH_MODES = ("reduce-overhead", "max-autotune")


class ForwardConfig:
    """Runs a function of a network in the layout and precision that the config asks for.

    Whatever they are, parameters keep their names, shapes and float32 values, and tensors come out
    in theirs or, of autocast, in float32, so that the loss is computed in no less.

    Args:
        channels_last: whether activations lie in memory with their channels innermost. None decides
            by device: on the CPU, where it was measured to be faster. Numbers agree up to rounding.
        autocast: the type in which convolutions are computed; None is that of the parameters.
        compile: arguments of torch.compile (`backend`, `mode`, `fullgraph`, `options`); None runs
            eagerly. Batches of another shape than the first, such as the last of an epoch, run
            eagerly too: there is one compilation, and the log says when and how long.

    Raises:
        KeyError: `compile` has an unknown key.
    """

    def __init__(
        self,
        channels_last: bool | None = None,
        autocast: torch.dtype | None = None,
        compile: Mapping[str, Any] | None = None,
    ) -> None:
        if compile is not None:
            check_keys(compile, ("backend", "mode", "fullgraph", "options"), "compile")
        self.channels_last = channels_last
        self.autocast = autocast
        self.compile = compile
        self._compiled: Callable[[Tensor], Any] | None = None
        self._shape: torch.Size | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> ForwardConfig:
        """Without what was compiled, which is bound to one network."""
        return ForwardConfig(self.channels_last, self.autocast, self.compile)

    def check(self, device: str) -> None:
        """Raise a ValueError, before anything is computed, if a device cannot do it.

        Args:
            device: 'cpu' or 'cuda'.
        """
        if self.compile is None:
            return
        mode, backend = self.compile.get("mode"), self.compile.get("backend", "inductor")
        if mode in _GRAPH_MODES and device == "cpu":
            raise ValueError(
                f"compile.mode='{mode}' records CUDA graphs and needs a GPU; leave it out"
            )
        if backend == "inductor":
            if device == "cpu" and not shutil.which(os.environ.get("CXX", "g++")):
                raise ValueError("compile needs a C++ compiler on the CPU; install g++ or set CXX")
            if device == "cuda" and importlib.util.find_spec("triton") is None:
                raise ValueError("compile needs the package triton on GPUs; pip install triton")

    def __call__(self, function: Callable[[Tensor], Any], img: Tensor) -> Any:
        """What the function makes of images.

        Args:
            function: of the network, the same in each call: its `forward_tensor`, say.
            img: (B, 3, H, W).
        """
        last = self.channels_last
        if last or (last is None and img.device.type == "cpu"):
            # Convolutions, batch norms and pools keep the layout of what they are given, so that
            # to lay out the image is to lay out everything.
            img = img.contiguous(memory_format=torch.channels_last)
        if self.autocast is None:
            return self._run(function, img)
        with torch.autocast(img.device.type, self.autocast):
            output = self._run(function, img)
        return tree_map(_as_float32, output)

    def _run(self, function: Callable[[Tensor], Any], img: Tensor) -> Any:
        if self.compile is None:
            return function(img)
        if self._compiled is None:
            return self._compile(function, img)
        if img.shape != self._shape:
            return function(img)
        if self.compile.get("mode") in _GRAPH_MODES:
            torch.compiler.cudagraph_mark_step_begin()
        return self._compiled(img)

    def _compile(self, function: Callable[[Tensor], Any], img: Tensor) -> Any:
        logger.info("Compiling the network for batches of %s; this can take minutes", [*img.shape])
        begin = time.perf_counter()
        self._shape = img.shape
        self._compiled = torch.compile(function, dynamic=False, **self.compile)
        output = self._compiled(img)
        logger.info("Compiled in %.0f s", time.perf_counter() - begin)
        return output


def _as_float32(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value

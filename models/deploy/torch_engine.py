"""The inference form run by PyTorch, on the CPU or on a GPU."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from models.backbones.base import check_size
from models.deploy.network import deploy
from models.deploy.streams import Streams

IMAGES_AT_ONCE = 4
"""Images that one thread computes together: their maps still fit into a core's cache."""

_GRAPHS_KEPT = 4


class TorchEngine:
    """Normalised images in, output out.

    On the CPU the form is laid out channels-last, in which a gate's channels are neighbours in
    memory, and traced into a TorchScript graph, which spares Python's share of small operators. On
    a GPU it is recorded as a CUDA graph, one for every size of batch: small kernels are then
    started together, where one by one starting them takes longer than they do.

    Args:
        network: left as it is.
        device: where to compute.
        threads: CPU threads; by default torch's number.
        compiled: whether to trace or record; without, the first answer comes sooner.
        patience: so many images are predicted before there is tracing or recording, which takes
            some seconds; who has a single image need not wait for it.
    """

    def __init__(
        self,
        network: nn.Module,
        device: torch.device | str = "cpu",
        threads: int | None = None,
        compiled: bool = True,
        patience: int = 0,
    ) -> None:
        self.device = torch.device(device)
        self._form = deploy(network).to(self.device)
        self._divisor = network.size_divisor
        self._compiled = compiled
        self._patience = patience
        self._graphs: dict[torch.Size, Callable[[Tensor], Tensor]] = {}
        if self.device.type == "cpu":
            self.threads = threads or torch.get_num_threads()
            self._form = self._form.to(memory_format=torch.channels_last)
            before = torch.get_num_threads()
            self._streams = Streams(self.threads, _compute_alone)
            # The number set last, in whatever thread, is that of all threads to come.
            torch.set_num_threads(before)

    @torch.inference_mode()
    def __call__(self, img: Tensor) -> Tensor:
        """Normalised images (B, 3, H, W) → output (B, …), on the engine's device."""
        img = img.to(self.device)
        if self.device.type != "cpu":
            with torch.cuda.device(img.device):  # a graph records the current device's stream
                return self._graph(img, img.shape, _Recorded)(img)
        img = img.contiguous(memory_format=torch.channels_last)
        run = self._graph(img, img.shape[1:], trace)
        # One image is computed by all threads together, a batch by one thread for each part.
        if len(img) == 1 or self.threads == 1:
            return torch.cat([run(part) for part in img.split(IMAGES_AT_ONCE)])
        share = -(-len(img) // self.threads)
        parts = list(img.split(min(share, IMAGES_AT_ONCE)))
        # A thread has an inference mode of its own.
        return torch.cat(self._streams.map(torch.inference_mode()(run), parts))

    def _graph(
        self, img: Tensor, key: torch.Size, make: Callable[[nn.Module, Tensor], Any]
    ) -> Callable[[Tensor], Tensor]:
        """What runs images like this one: made when the first comes, the latest few are kept."""
        if not self._compiled:
            return self._form
        if key not in self._graphs:
            check_size(img.shape[-1], img.shape[-2], self._divisor)
            if self._patience > 0:
                self._patience -= len(img)
                return self._form
            if len(self._graphs) == _GRAPHS_KEPT:
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = make(self._form, img)
        return self._graphs[key]


def _compute_alone() -> None:
    """Let the calling thread share its work with no other."""
    torch.get_num_threads()  # a thread's first question sets its number to the common one
    torch.set_num_threads(1)


def trace(form: nn.Module, img: Tensor) -> torch.jit.ScriptModule:
    """A frozen TorchScript graph of a form, for any number of images of the size of `img`'s."""
    with warnings.catch_warnings():
        # The compiler that is to follow TorchScript takes minutes for this network.
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.freeze(torch.jit.trace(form, img, check_trace=False))


class _Recorded:
    """A form as a CUDA graph, for images of one shape."""

    _WARM_UP = 3  # cuDNN chooses its kernels in the first passes, which must not be recorded

    def __init__(self, form: nn.Module, img: Tensor) -> None:
        self._source = img.clone()
        side = torch.cuda.Stream(img.device)
        side.wait_stream(torch.cuda.current_stream(img.device))
        with torch.cuda.stream(side):
            for _ in range(self._WARM_UP):
                form(self._source)
        torch.cuda.current_stream(img.device).wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        # Other threads go on using the device: one pins what is loaded, one waits for outputs.
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._answer = form(self._source)

    def __call__(self, img: Tensor) -> Tensor:
        self._source.copy_(img)
        self._graph.replay()
        return self._answer.clone()

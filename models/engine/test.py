"""The test loop: batches in, predictions out.

While the network is at one batch, the one before is postprocessed in a thread of its own, and the
next ones are loaded in processes of theirs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from mmcv.parallel.scatter_gather import scatter_kwargs
from mmcv.runner import get_dist_info
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.datasets import start_loading
from models.networks.base import Forward
from models.runtime.progress import progress_bar
from models.runtime.stop import StopRequest

_WAITING = 2
"""Batches that may wait for postprocessing; with more, their outputs would pile up in memory."""


def run_test(
    network: nn.Module,
    loader: DataLoader,
    forward: Forward | None = None,
    what: str = "Testing",
    stop: StopRequest | None = None,
) -> list[dict[str, Any]]:
    """Predict every sample of a loader; the network is left in eval mode.

    Args:
        network: a `models.networks.Network`, or a parallel wrapper around it.
        loader: of a data set in test mode; of this process's share where there are several.
        forward: an engine that computes in the place of the network's `forward_tensor`.
        what: said in front of the progress bar.
        stop: a request that ends the loop early, with what there is.

    Returns:
        The predictions, as the network's `postprocess` gives them.
    """
    batches = iterate_predictions(network, loader, forward, what, stop)
    return [prediction for batch in batches for prediction in batch]


def iterate_predictions(
    network: nn.Module,
    loader: DataLoader,
    forward: Forward | None = None,
    what: str = "Testing",
    stop: StopRequest | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """The predictions of one batch after the other; arguments as for `run_test`."""
    # A wrapper has nothing to do here: there are no gradients to share.
    network = getattr(network, "module", network).eval()
    device = next(network.parameters()).device
    targets = [-1]  # mmcv's word for the CPU
    if device.type == "cuda":
        targets = [torch.cuda.current_device() if device.index is None else device.index]
    rank, world_size = get_dist_info()
    waiting: deque[tuple[int, Future]] = deque()
    samples = getattr(loader.dataset, "dataset", loader.dataset)
    unit = f" {getattr(samples, 'sample_word', 'sample')}"
    with (
        ThreadPoolExecutor(1, "postprocess") as host,
        progress_bar(len(loader.dataset), what, unit, disable=rank > 0) as bar,
    ):

        def take() -> list[dict[str, Any]]:
            size, predictions = waiting.popleft()
            done = predictions.result()
            bar.update(min(size * world_size, bar.total - bar.n))
            return done

        for batch in start_loading(loader):
            if stop is not None and stop.reason is not None:
                break
            inputs = scatter_kwargs((), batch, targets)[1][0]
            metas = inputs["img_metas"]
            with torch.no_grad():
                output = _on_host(network.predict(inputs, forward))
            waiting.append((len(metas), host.submit(_postprocess, network, output, metas)))
            while len(waiting) > _WAITING:
                yield take()
        while waiting:
            yield take()


def _postprocess(
    network: nn.Module, output: Callable[[], Any], metas: list[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    return network.postprocess(output(), metas)


def _on_host(output: Any) -> Callable[[], Any]:
    """Start bringing an output to the host; what is returned waits for its arrays."""
    if isinstance(output, Mapping):
        parts = {name: _on_host(part) for name, part in output.items()}
        return lambda: {name: part() for name, part in parts.items()}
    if not isinstance(output, Tensor):
        parts = [_on_host(part) for part in output]
        return lambda: [part() for part in parts]
    if output.device.type != "cuda":
        return lambda: _as_float32(output).numpy()
    host = torch.empty(output.shape, dtype=_as_float32(output[:0]).dtype, pin_memory=True)
    host.copy_(output, non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record(torch.cuda.current_stream(output.device))

    def wait() -> Any:
        arrived.synchronize()
        return host.numpy()

    return wait


def _as_float32(value: Tensor) -> Tensor:
    """Halves and doubles as float32; whole numbers, label maps say, as they are."""
    return value.float() if value.is_floating_point() else value

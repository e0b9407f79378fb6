"""The test loop: batches in, joints in the image out.

While the network is at one batch, the one before is decoded in a thread of its own, and the next
ones are loaded in processes of theirs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import torch
from mmcv.parallel.scatter_gather import scatter_kwargs
from mmcv.runner import get_dist_info
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.codecs import Codec
from models.datasets import start_loading
from models.runtime.progress import progress_bar
from models.runtime.stop import StopRequest
from models.structures import PIXEL_STD

_UNDECODED = 2
"""Batches that may wait for the decoder; with more, their heatmaps would pile up in memory."""


class Predicting(Protocol):
    """A network, or what stands in for one (`models.deploy.Predictor`).

    Attributes:
        test_cfg: the config's `model.test_cfg`.
        codec: what its heatmaps are decoded by.
    """

    test_cfg: Mapping[str, Any]
    codec: Codec

    def predict(self, img: Tensor, flip_pairs: Sequence[tuple[int, int]] | None = None) -> Tensor:
        """Crops (B, 3, H, W) → heatmaps (B, K, H/4, W/4), averaged over the views."""


@torch.no_grad()
def run_test(
    model: nn.Module | Predicting,
    loader: DataLoader,
    what: str = "Testing",
    stop: StopRequest | None = None,
) -> list[dict[str, Any]]:
    """Predict and decode every sample of a loader; a network is left in eval mode.

    Args:
        model: the network, a parallel wrapper around it, or a predictor with `device`.
        loader: of a data set in test mode; of this process's share where there are several.
        what: said in front of the progress bar.
        stop: a request that ends the loop early, with what there is.

    Returns:
        One dict a batch, see `decode_batch`.
    """
    # A wrapper has nothing to do here: there are no gradients to share.
    network = getattr(model, "module", model)
    if isinstance(network, nn.Module):
        device = next(network.eval().parameters()).device
    else:
        device = network.device
    targets = [-1]  # mmcv's word for the CPU
    if device.type == "cuda":
        targets = [torch.cuda.current_device() if device.index is None else device.index]
    rank, world_size = get_dist_info()
    results: list[dict[str, Any]] = []
    waiting: deque[tuple[int, Future]] = deque()
    with (
        ThreadPoolExecutor(1, "decode") as decoder,
        progress_bar(len(loader.dataset), what, " box", disable=rank > 0) as bar,
    ):

        def take() -> None:
            size, decoded = waiting.popleft()
            results.append(decoded.result())
            bar.update(min(size * world_size, bar.total - bar.n))

        for batch in start_loading(loader):
            if stop is not None and stop.reason is not None:
                break
            inputs = scatter_kwargs((), batch, targets)[1][0]
            metas = inputs["img_metas"]
            pairs = metas[0]["flip_pairs"] if network.test_cfg.get("flip_test") else None
            heatmaps = _on_host(network.predict(inputs["img"], pairs))
            decoded = decoder.submit(_decode, heatmaps, metas, network.codec)
            waiting.append((len(metas), decoded))
            while len(waiting) > _UNDECODED:
                take()
        while waiting:
            take()
    return results


def _on_host(heatmaps: Tensor) -> Callable[[], np.ndarray]:
    """Start bringing heatmaps to the host; the answer waits for them."""
    if heatmaps.device.type != "cuda":
        return lambda: heatmaps.float().numpy()
    host = torch.empty(heatmaps.shape, pin_memory=True)
    host.copy_(heatmaps, non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record(torch.cuda.current_stream(heatmaps.device))

    def wait() -> np.ndarray:
        arrived.synchronize()
        return host.numpy()

    return wait


def _decode(
    heatmaps: Callable[[], np.ndarray],
    metas: list[Mapping[str, Any]],
    codec: Codec,
) -> dict[str, Any]:
    return decode_batch(heatmaps(), metas, codec)


def decode_batch(
    heatmaps: np.ndarray, metas: list[Mapping[str, Any]], codec: Codec
) -> dict[str, Any]:
    """Heatmaps of a batch → joints, in the form that data sets evaluate.

    Args:
        heatmaps: (B, C, H, W).
        metas: per sample `center`, `scale`, `image_file`, `bbox_id` and, of a detector's box,
            `bbox_score`; `skipped` where it stands in for another.
        codec: what the heatmaps are decoded by.

    Returns:
        preds (B, K, 3): x, y in the image and score; boxes (B, 6): center x, y, scale w, h in
        units of 200 px, area in px², score; image_paths; bbox_ids; skipped, file → reason, if
        images were.
    """
    center = np.stack([meta["center"] for meta in metas])
    scale = np.stack([meta["scale"] for meta in metas])
    score = np.array([meta.get("bbox_score", 1.0) for meta in metas])
    points, scores = codec.decode(heatmaps, center, scale)
    area = np.prod(scale * PIXEL_STD, axis=1)
    # A sample that stands in for one with a bad image is counted where it is itself.
    own = [i for i, meta in enumerate(metas) if "skipped" not in meta]
    answer = {
        "preds": np.concatenate([points, scores], axis=-1)[own],
        "boxes": np.concatenate([center, scale, area[:, None], score[:, None]], axis=1)[own],
        "image_paths": [metas[i]["image_file"] for i in own],
        "bbox_ids": [metas[i]["bbox_id"] for i in own],
    }
    if len(own) < len(metas):
        answer["skipped"] = {
            file: why for meta in metas for file, why in meta.get("skipped", {}).items()
        }
    return answer

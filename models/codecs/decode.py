"""Heatmaps → joints in the image, by the scheme that a config's `test_cfg` names."""

from __future__ import annotations

import numpy as np

from models.codecs.dark import refine_dark
from models.codecs.frames import heatmap_to_image
from models.codecs.gaussian import check_kernel
from models.codecs.megvii import decode_megvii
from models.codecs.msra import refine_quarter_pixel
from models.codecs.peaks import heatmap_peaks
from models.codecs.udp import decode_udp

POST_PROCESSES = ("none", "default", "unbiased", "megvii")


def decode(
    heatmaps: np.ndarray,
    center: np.ndarray,
    scale: np.ndarray,
    *,
    post_process: str = "default",
    kernel: int = 11,
    use_udp: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the joints of each instance.

    Args:
        heatmaps: (B, K, H, W).
        center: (B, 2) middle of each crop, image frame.
        scale: (B, 2) width and height of each crop, in units of 200 px.
        post_process: how peaks are refined: 'none', 'default' (a quarter of a cell), 'unbiased'
            (DARK) or 'megvii'.
        kernel: width of the blur in cells; plays no part in 'none' and 'default'.
        use_udp: decode as UDP does, with its own refinement in place of 'default' or 'unbiased'.

    Returns:
        points (B, K, 2) float32, image frame, and scores (B, K, 1).

    Raises:
        ValueError: an unknown `post_process` or one that UDP does not go with, shapes that do
            not fit, an even kernel.
    """
    check_decoding(post_process, kernel, use_udp)
    heatmaps = np.asarray(heatmaps)
    if use_udp:
        coords, scores = decode_udp(heatmaps, kernel)
    elif post_process == "megvii":
        coords, scores = decode_megvii(heatmaps, kernel)
    else:
        coords, scores = heatmap_peaks(heatmaps)
        if post_process == "default":
            coords = refine_quarter_pixel(coords, heatmaps)
        elif post_process == "unbiased":
            coords = refine_dark(coords, heatmaps, kernel)
    size = heatmaps.shape[:1:-1]
    return heatmap_to_image(coords, center, scale, size, use_udp=use_udp), scores


def check_decoding(post_process: str = "default", kernel: int = 11, use_udp: bool = False) -> None:
    """Make sure that `decode` takes these settings.

    Raises:
        ValueError: an unknown `post_process` or one that UDP does not go with; a kernel that is not
            odd and positive, where there is a blur.
    """
    if post_process not in POST_PROCESSES:
        raise ValueError(
            f"post_process is {post_process!r}; choose one of {', '.join(POST_PROCESSES)}"
        )
    if use_udp and post_process == "megvii":
        raise ValueError("post_process 'megvii' does not go with use_udp=True; use 'default'")
    if use_udp or post_process in ("unbiased", "megvii"):
        check_kernel(kernel)

"""Heatmaps over the picture that they were made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.structures import crop_matrix, udp_matrix

#: perceptual colormaps: equal steps of the value look like equal steps
COLORMAPS = {
    "inferno": cv2.COLORMAP_INFERNO,
    "magma": cv2.COLORMAP_MAGMA,
    "plasma": cv2.COLORMAP_PLASMA,
    "viridis": cv2.COLORMAP_VIRIDIS,
}


def overlay_heatmaps(
    image: np.ndarray,
    heatmaps: ArrayLike,
    center: ArrayLike,
    scale: ArrayLike,
    *,
    joint: int | None = None,
    rotation: float = 0.0,
    use_udp: bool = False,
    peak: float | None = None,
    opacity: float = 0.8,
    colormap: str = "plasma",
) -> np.ndarray:
    """Lay the heatmaps of a person, or of several, over a copy of their picture.

    A value covers the picture by as much as it is high, so that the picture stays to be seen where
    there is no joint.

    Args:
        image: (H, W, 3) uint8, BGR.
        heatmaps: (K, h, w) of one person, or (N, K, h, w).
        center: (2,) or (N, 2) middle of the crop in the image.
        scale: (2,) or (N, 2) width and height of the crop, in units of 200 px.
        joint: shows this one alone; by default each place shows the joint that is highest there.
        rotation: degrees that the crop was turned by.
        use_udp: whether the heatmaps were made for unbiased data processing.
        peak: value that is shown as the hottest; by default the highest there is.
        opacity: how much the hottest covers the picture, 0 … 1.
        colormap: one of `COLORMAPS`.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        ValueError: shapes that do not agree, no such joint or colormap, an opacity outside 0 … 1,
            a `peak` that is not above 0.
    """
    heatmaps = np.asarray(heatmaps, dtype=np.float32)
    heatmaps = heatmaps[None] if heatmaps.ndim == 3 else heatmaps
    centers, scales = (np.atleast_2d(np.asarray(v, dtype=np.float64)) for v in (center, scale))
    _check(heatmaps, centers, scales, joint, opacity, peak, colormap)
    shown = heatmaps.max(axis=1) if joint is None else heatmaps[:, joint]
    hottest = float(shown.max(initial=0.0)) if peak is None else peak
    if hottest <= 0:
        return image.copy()
    heat = np.zeros(image.shape[:2], dtype=np.float32)
    to_crop = udp_matrix if use_udp else crop_matrix
    for values, middle, extent in zip(shown, centers, scales, strict=True):
        matrix = to_crop(middle, extent, rotation, values.shape[::-1])
        _lay(heat, np.clip(values / hottest, 0, 1), matrix)
    return _blend(image, heat, opacity, COLORMAPS[colormap])


def _lay(heat: np.ndarray, values: np.ndarray, matrix: np.ndarray) -> None:
    """Put a heatmap (h, w) where it belongs; where two meet, the higher value stays.

    Args:
        heat: (H, W) in the image frame; is changed.
        values: 0 … 1.
        matrix: (2, 3) from the image to the heatmap.
    """
    height, width = values.shape
    corners = np.array([(-1, -1), (width, -1), (-1, height), (width, height)], dtype=np.float64)
    outside = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    bounds = heat.shape[1], heat.shape[0]
    x0, y0 = np.clip(np.floor(outside.min(axis=0)), 0, bounds).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(outside.max(axis=0)) + 1, 0, bounds).astype(int).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ (x0, y0)
    # Cubic where cells are enlarged: straight lines between them would show the grid.
    warped = cv2.warpAffine(
        values, shifted, (x1 - x0, y1 - y0), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    )
    part = heat[y0:y1, x0:x1]
    np.maximum(part, np.clip(warped, 0, 1), out=part)


def _blend(image: np.ndarray, heat: np.ndarray, opacity: float, colormap: int) -> np.ndarray:
    cover = (opacity * np.sqrt(heat))[..., None]  # the root lets the lower half be seen
    colors = cv2.applyColorMap(np.rint(255 * heat).astype(np.uint8), colormap)
    return np.rint(image * (1 - cover) + colors * cover).astype(np.uint8)


def _check(
    heatmaps: np.ndarray,
    centers: np.ndarray,
    scales: np.ndarray,
    joint: int | None,
    opacity: float,
    peak: float | None,
    colormap: str,
) -> None:
    if heatmaps.ndim != 4 or centers.shape != (len(heatmaps), 2) or scales.shape != centers.shape:
        raise ValueError(
            f"heatmaps {heatmaps.shape}, centers {centers.shape} and scales {scales.shape} must be "
            "(N, K, h, w), (N, 2) and (N, 2), or those of one person"
        )
    if joint is not None and not 0 <= joint < heatmaps.shape[1]:
        raise ValueError(f"there is no joint {joint}; there are 0 … {heatmaps.shape[1] - 1}")
    if not 0 <= opacity <= 1 or (peak is not None and not peak > 0):
        raise ValueError(f"opacity {opacity} must lie in 0 … 1, and peak {peak} above 0")
    if colormap not in COLORMAPS:
        raise ValueError(f"colormap '{colormap}' is unknown; use one of {', '.join(COLORMAPS)}")

"""Who is where: boxes of people in a picture, from a detector, a file, or the whole picture."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models.inference.box_files import BoxFile
from models.inference.torchvision_detector import DETECTORS, TorchvisionDetector

_BOX_FILES = (".json", ".csv", ".tsv", ".txt")


class Detector(Protocol):
    """A picture in, its people's boxes out."""

    def __call__(self, image: np.ndarray, name: str = "") -> np.ndarray:
        """Boxes (N, 5) float32: corners in the image frame, and score; (0, 5) for nobody.

        Args:
            image: (H, W, 3) uint8, BGR.
            name: of the picture: its path, file name or frame number.
        """
        ...


def build_detector(
    which: str | Path | Callable[..., Any],
    device: Any = None,
    weights: str | Path | None = None,
    score_thr: float = 0.3,
) -> Detector:
    """A person detector.

    Args:
        which: 'ssdlite', 'fasterrcnn' or 'fasterrcnn_320' of torchvision (see
            `TorchvisionDetector`); 'full' for one person who fills the picture; the path of a
            box file (see `BoxFile`); or a function of an image, or of image and name, that
            returns corners (N, 4), or (N, 5) with scores.
        device: where torchvision's compute; by default a GPU where there is one.
        weights: a file of torchvision's weights; by default they are fetched once and kept.
        score_thr: boxes of torchvision's with a higher score are kept. Boxes from elsewhere have
            been chosen before, and all stay.

    Raises:
        ImportError: torchvision is wanted and not installed.
        FileNotFoundError: there is no such box file, or weights are missing and cannot be fetched.
        ValueError: there is no such detector, or a file cannot be used.
    """
    if isinstance(which, str) and which in DETECTORS:
        return TorchvisionDetector(which, device, weights, score_thr)
    if weights is not None:
        raise ValueError(
            f"weights {weights} are for one of {', '.join(DETECTORS)}, not for '{which}'; name "
            "the detector, or leave them out"
        )
    if isinstance(which, BoxFile):
        return which
    if callable(which):
        return _Function(which)
    if which == "full":
        return full_image
    path = Path(which)
    if path.suffix.lower() in _BOX_FILES or path.exists():
        return BoxFile(path)
    raise ValueError(
        f"there is no person detector '{which}'; use one of {', '.join(DETECTORS)}, full, or the "
        "path of a box file (.json or .csv)"
    )


def full_image(image: np.ndarray, name: str = "") -> np.ndarray:
    """One box, of the whole picture, with score 1; see `Detector`."""
    height, width = image.shape[:2]
    boxes = np.array([[0, 0, width, height, 1]], np.float32)
    return boxes if image.size else boxes[:0]


class _Function:
    """A user's function, whose answer is checked."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._takes_name = _takes_name(function)

    def __call__(self, image: np.ndarray, name: str = "") -> np.ndarray:
        answer = self._function(image, name) if self._takes_name else self._function(image)
        boxes = np.asarray(answer, np.float32)
        if boxes.size == 0:
            return np.zeros((0, 5), np.float32)
        if boxes.ndim != 2 or boxes.shape[1] not in (4, 5) or not np.isfinite(boxes).all():
            raise ValueError(
                f"the person detector {self._function!r} answered an array of shape {boxes.shape} "
                f"for {name or 'an image'}; it must be corners (N, 4), or (N, 5) with scores, all "
                "finite"
            )
        if boxes.shape[1] == 4:
            boxes = np.hstack([boxes, np.ones((len(boxes), 1), np.float32)])
        return boxes


def _takes_name(function: Callable[..., Any]) -> bool:
    """Whether a second argument is demanded, or called name; another has a meaning of its own."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a compiled function that does not say
        return False
    if len(parameters) < 2 or parameters[1].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        return False
    return parameters[1].name == "name" or parameters[1].default is inspect.Parameter.empty

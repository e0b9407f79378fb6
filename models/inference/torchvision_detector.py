"""torchvision's small detectors, trained on COCO, as person detectors.

Their weights are looked for where torch keeps what it fetched (`torch.hub.get_dir()`, moved by
TORCH_HOME), then fetched from torchvision's address, held against the hash in their name.

torch and torchvision are imported when a detector is made, not before.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.inference.device import choose_device

if TYPE_CHECKING:
    from torch import Tensor, nn

PERSON = 1  # torchvision keeps COCO's own category ids
_PATIENCE = 20.0  # seconds without an answer from the network


@dataclass(frozen=True)
class _Kind:
    builder: str
    weights: str
    threshold: str
    """Name of the builder's option for the least score."""


#: COCO box AP as torchvision publishes it: 21.3, 32.8, 22.8
DETECTORS = {
    "ssdlite": _Kind(
        "ssdlite320_mobilenet_v3_large", "SSDLite320_MobileNet_V3_Large_Weights", "score_thresh"
    ),
    "fasterrcnn": _Kind(
        "fasterrcnn_mobilenet_v3_large_fpn",
        "FasterRCNN_MobileNet_V3_Large_FPN_Weights",
        "box_score_thresh",
    ),
    "fasterrcnn_320": _Kind(
        "fasterrcnn_mobilenet_v3_large_320_fpn",
        "FasterRCNN_MobileNet_V3_Large_320_FPN_Weights",
        "box_score_thresh",
    ),
}


class TorchvisionDetector:
    """People as one of torchvision's detectors finds them.

    Args:
        name: one of `DETECTORS`: 'ssdlite' sees the picture at 320×320 and is the fastest;
            'fasterrcnn' sees it with the short side at 800 and finds small people;
            'fasterrcnn_320' is the same network with the short side at 320.
        device: where to compute; by default a GPU where there is one.
        weights: a file of torchvision's weights for this network; by default they are fetched.
        score_thr: boxes with a higher score are kept.

    Raises:
        ImportError: torchvision is not installed.
        FileNotFoundError: the weights are not there and cannot be fetched.
        ValueError: the file holds no such weights, or an option is out of range.
    """

    def __init__(
        self,
        name: str,
        device: Any = None,
        weights: str | Path | None = None,
        score_thr: float = 0.3,
    ) -> None:
        if not 0 <= score_thr < 1:
            raise ValueError(f"score_thr {score_thr} of a person detector must be in [0, 1)")
        try:
            from torchvision.models import detection
        except ImportError:
            raise ImportError(
                f"the person detector '{name}' needs torchvision: pip install torchvision; or "
                f"{ALTERNATIVES}"
            ) from None
        kind = DETECTORS[name]
        path = Path(weights) if weights is not None else self._fetched(name, detection)
        # A higher threshold from the start changes no box that stays: suppression goes from the
        # highest score down, so weaker boxes never remove stronger ones. It saves time on a CPU.
        model = getattr(detection, kind.builder)(
            weights=None, weights_backbone=None, **{kind.threshold: score_thr}
        )
        _load(model, path, name)
        self.name = name
        self.device = choose_device(device)
        self._model = model.eval().to(self.device)

    def __call__(self, image: np.ndarray, name: str = "") -> np.ndarray:
        """Boxes (N, 5) float32 of people: corners in the image frame, and score.

        They are clipped to the picture and sorted by score.

        Args:
            image: (H, W, 3) uint8, BGR.
            name: not looked at.
        """
        import torch

        if image.size == 0:
            return np.zeros((0, 5), np.float32)
        rgb = np.ascontiguousarray(image[..., ::-1])
        with torch.inference_mode():
            pixels = torch.from_numpy(rgb).to(self.device).permute(2, 0, 1).float() / 255
            (found,) = self._model([pixels])
            people = found["labels"] == PERSON
            boxes = torch.cat([found["boxes"][people], found["scores"][people, None]], 1)
        boxes = boxes.cpu().numpy().astype(np.float32)
        height, width = image.shape[:2]
        boxes[:, :4] = boxes[:, :4].clip(0, (width, height, width, height))
        boxes = boxes[(boxes[:, 2:4] > boxes[:, :2]).all(1)]
        return boxes[np.argsort(-boxes[:, 4], kind="stable")]

    @staticmethod
    def _fetched(name: str, detection: Any) -> Path:
        """Where torch keeps the weights; fetched if they are not there yet."""
        import torch

        url = getattr(detection, DETECTORS[name].weights).DEFAULT.url
        path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
        if path.is_file():
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            print(f"Fetching {url} into {path.parent}", file=sys.stderr)
            with _impatient():
                torch.hub.download_url_to_file(
                    url, str(path), hash_prefix=path.stem.rpartition("-")[2]
                )
        except (OSError, HTTPException, RuntimeError) as error:
            raise FileNotFoundError(
                f"the person detector '{name}' needs its weights, {path.name}, and they could not "
                f"be fetched ({error}); fetch {url} on another machine and put it into "
                f"{path.parent}, or name the file (--detector-weights, weights=); or {ALTERNATIVES}"
            ) from None
        return path


ALTERNATIVES = (
    "do without: --detector boxes.json takes the boxes of a file, --boxes full the whole picture "
    "as one person"
)


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Give up on a network that does not answer; torch itself would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _load(model: nn.Module, path: Path, name: str) -> None:
    """Load weights that fit in every name and shape."""
    found, wanted = _weights_in(path), _without_counters(model.state_dict())
    unlike = [
        f"{key} is {'missing' if key not in found else tuple(found[key].shape)}"
        for key, value in wanted.items()
        if key not in found or found[key].shape != value.shape
    ]
    unlike += [f"{key} is unknown" for key in found if key not in wanted]
    if unlike:
        raise ValueError(
            f"{path} holds no weights of the person detector '{name}', trained on COCO: "
            f"{len(unlike)} of its tensors do not fit ({', '.join(unlike[:3])})"
            f"{_looks_like(found, name)}"
        )
    # Counters of seen batches are in some files and not in others, and mean nothing here.
    model.load_state_dict(found, strict=False)


def _weights_in(path: Path) -> dict[str, Tensor]:
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileNotFoundError(f"detector weights {path} do not exist; check the path") from None
    except IsADirectoryError:
        raise ValueError(f"detector weights {path} are a folder; name the .pth file") from None
    except OSError:
        raise
    except Exception:  # unpickling bytes that are no pickle ends in errors of any kind
        raise ValueError(
            f"detector weights {path} cannot be read: cut short, or more than tensors; remove the "
            "file and fetch torchvision's .pth anew"
        ) from None
    if isinstance(content, dict) and isinstance(content.get("model"), dict):
        content = content["model"]  # as torchvision's training script saves them
    if not isinstance(content, dict) or not all(torch.is_tensor(v) for v in content.values()):
        raise ValueError(
            f"detector weights {path} hold no state dict; give torchvision's .pth, not a whole "
            "model or another file"
        )
    return _without_counters(content)


def _without_counters(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


def _looks_like(found: dict[str, Tensor], name: str) -> str:
    if any(key.startswith("rpn.") for key in found):
        other = "fasterrcnn"
    elif any(key.startswith("head.classification_head.") for key in found):
        other = "ssdlite"
    else:
        return ""
    if name.startswith(other):
        return "; is it trained on other categories, or by another torchvision?"
    return f"; it looks like weights of '{other}'"

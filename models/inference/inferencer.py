"""The one class for newcomers: pictures and videos in, people with their joints out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.deploy.exported import is_exported
from models.inference.detector import Detector, build_detector
from models.inference.estimator import PoseEstimator, Poses
from models.inference.opening import open_model, open_preprocess
from models.inference.sources import Frame, open_source
from models.pipelines.preprocess import check_image
from models.structures import KeypointSet, xyxy_to_xywh

Person = dict[str, Any]
"""keypoints (K, 3) x, y, score; bbox (4,) or (5,) xyxy and score; what was given beside the box."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What was found in one picture.

    Attributes:
        name: the picture's path; of a video its name and the frame's number; see `Frame`.
        index: position in the source, from 0.
        image: (H, W, 3) uint8, BGR.
        people: a dict a person, see `Person`; coordinates are of `image`.
        poses: the same with heatmaps.
        seconds: what detector and network took.
        keypoints: the K joints.
    """

    name: str
    index: int
    image: np.ndarray
    people: list[Person]
    poses: Poses
    seconds: float
    keypoints: KeypointSet

    def draw(self, **options: Any) -> np.ndarray:
        """The picture with the people drawn on it; options of `models.visualization.draw_people`.

        Returns:
            (H, W, 3) uint8, BGR.
        """
        from models.visualization import draw_people

        return draw_people(self.image, self.people, self.keypoints, **options)


class PoseInferencer:
    """Poses of all people in whatever shows people.

    ```python
    from models import PoseInferencer

    inferencer = PoseInferencer("litehrnet_18_coco_256x192", "checkpoint.pth")
    for prediction in inferencer("photo.jpg"):
        cv2.imwrite("drawn.png", prediction.draw())
    ```

    Args:
        config_or_alias: config file or its name (`litehrnet_18_coco_256x192`), or an exported
            model (.onnx, .xml …), which needs no config and, but for .torchscript, no PyTorch. One
            whose pipeline has steps that its description has no words for needs the config too.
        checkpoint: weights that go with the config, or an exported model.
        device: 'cpu', 'cuda:0' …; by default a GPU where there is one and the engine can use it.
        engine: 'torch', 'onnxruntime', 'openvino' …; by default what the model is made for.
        detector: where people are: 'ssdlite' or 'fasterrcnn' (torchvision's), a file of boxes, or
            a callable on pictures; see `build_detector`. By default, and with 'full', the whole
            picture is taken for one person.
        detector_weights: file of the detector's weights, where torchvision shall not fetch them.
        box_thr: least score of a person's box.
        batch_size: people of one forward pass.
        threads: CPU threads of the engine.
        cfg_options: overrides of the config, dotted key → value.
        trust_checkpoint: load a checkpoint that holds more than tensors; runs code from it.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: what was given does not go together.
        ImportError: what runs the model is not installed.
    """

    def __init__(
        self,
        config_or_alias: str | Path,
        checkpoint: str | Path | None = None,
        device: str | None = None,
        engine: str | None = None,
        detector: str | Path | Detector | None = None,
        *,
        detector_weights: str | Path | None = None,
        box_thr: float = 0.3,
        batch_size: int = 64,
        threads: int | None = None,
        cfg_options: Mapping[str, Any] | None = None,
        trust_checkpoint: bool = False,
    ) -> None:
        config: str | Path | None = config_or_alias
        if checkpoint is None and is_exported(config_or_alias):
            config, checkpoint = None, config_or_alias
        run, description = open_model(
            config, checkpoint, device, engine, threads, cfg_options, trust_checkpoint
        )
        self.description = description
        preprocess = open_preprocess(description, config, cfg_options)
        self.estimator = PoseEstimator(run, description, batch_size, preprocess)
        self.detector = build_detector(
            "full" if detector is None else detector,
            device=device,
            weights=detector_weights,
            score_thr=box_thr,
        )
        self.box_thr = box_thr

    @property
    def keypoints(self) -> KeypointSet:
        """The K joints."""
        return self.description.keypoints

    def __call__(self, source: Any, **options: Any) -> Iterator[Prediction]:
        """Go through a source, picture by picture.

        Args:
            source: picture (file, array (H, W, 3) BGR), folder, glob, video, number of a webcam, or
                address of a stream; see `open_source`.
            options: of `open_source`. `upright` is off by default where boxes come from a file of
                COCO's, whose frame is the pixels as stored.

        Raises:
            FileNotFoundError, ValueError: the source shows nothing; names it.
        """
        options.setdefault("upright", not getattr(self.detector, "of_stored_pixels", False))
        with open_source(source, **options) as frames:
            for frame in frames:
                yield self.look(frame)

    def look(self, frame: Frame) -> Prediction:
        """People in one frame of a source that somebody else goes through."""
        begin = time.perf_counter()
        boxes = self.detect(frame.image, frame.name)
        people, poses = self._people(frame.image, _as_people(boxes))
        seconds = time.perf_counter() - begin
        return Prediction(
            frame.name, frame.index, frame.image, people, poses, seconds, self.keypoints
        )

    def detect(self, image: np.ndarray, name: str = "") -> np.ndarray:
        """Boxes of people (N, 5): x1, y1, x2, y2 in the image frame, and score.

        Args:
            image: (H, W, 3) uint8, BGR.
            name: the picture's name, by which a file of boxes knows it.
        """
        check_image(image)
        boxes = np.asarray(self.detector(image, name), dtype=np.float64).reshape(-1, 5)
        return boxes[boxes[:, 4] >= self.box_thr]

    def predict(self, image: np.ndarray, boxes: np.ndarray | list[Person]) -> list[Person]:
        """People in boxes that are known, all in one batch.

        Args:
            image: (H, W, 3) uint8, BGR.
            boxes: (N, 4) x1, y1, x2, y2 in the image frame or (N, 5) with score; or dicts with
                `bbox`, what else they hold (a track_id, say) comes back.
        """
        check_image(image)
        people = boxes if isinstance(boxes, list) else _as_people(boxes)
        return self._people(image, people)[0]

    def _people(self, image: np.ndarray, people: list[Person]) -> tuple[list[Person], Poses]:
        boxes = np.array([person["bbox"][:4] for person in people], np.float64).reshape(-1, 4)
        poses = self.estimator(image, xyxy_to_xywh(boxes))
        found = [
            {**person, "keypoints": keypoints}
            for person, keypoints in zip(people, poses.keypoints, strict=True)
        ]
        return found, poses


def _as_people(boxes: np.ndarray) -> list[Person]:
    boxes = np.asarray(boxes, dtype=np.float64)
    if boxes.size == 0:
        return []
    if boxes.ndim != 2 or boxes.shape[1] not in (4, 5):
        raise ValueError(
            f"boxes are an array (N, 4) or (N, 5) of x1, y1, x2, y2 (and score), not {boxes.shape}"
        )
    return [{"bbox": box} for box in boxes]

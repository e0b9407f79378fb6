"""Three functions with the names, arguments and answers of mmpose 0.x."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.inference.estimator import check_heatmaps
from models.pipelines.preprocess import check_image
from models.structures import (
    KeypointSet,
    keypoint_set_from_info,
    xywh_to_xyxy,
    xyxy_to_xywh,
)

if TYPE_CHECKING:
    from mmcv import Config
    from torch import nn

Person = dict[str, Any]


def init_pose_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    device: str | None = None,
    *,
    trust_checkpoint: bool = False,
) -> nn.Module:
    """Build a network and load its weights.

    Args:
        config: config file, its name (`litehrnet_18_coco_256x192`), or a loaded config, which
            stays as it is.
        checkpoint: weights; None leaves them random.
        device: where it is to compute; by default the first GPU, else the CPU.
        trust_checkpoint: load a checkpoint that holds more than tensors; runs code from it.

    Returns:
        The network in eval mode; `cfg` is its config.

    Raises:
        FileNotFoundError, KeyError, ValueError: the config or the checkpoint cannot be used.
    """
    from models.compat import canonical_config
    from models.inference.device import choose_device
    from models.networks import build_network
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config

    read = load_config if isinstance(config, (str, Path)) else canonical_config
    cfg = read(config)
    network = build_network(cfg, pretrained=False)
    if checkpoint is not None:
        load_checkpoint(network, str(checkpoint), trust_checkpoint)
    network.cfg = cfg
    return network.to(choose_device(device)).eval()


def inference_top_down_pose_model(
    model: nn.Module,
    imgs_or_paths: np.ndarray | str | Path,
    person_results: Sequence[Person] | None = None,
    bbox_thr: float | None = None,
    format: str = "xywh",
    dataset: str | None = None,
    dataset_info: Mapping[str, Any] | KeypointSet | None = None,
    return_heatmap: bool = False,
    outputs: Sequence[str] | str | None = None,
) -> tuple[list[Person], list[dict[str, Any]]]:
    """Joints of the people in the boxes of one picture, all in one batch.

    Args:
        model: from `init_pose_model`.
        imgs_or_paths: the picture: (H, W, 3) uint8, BGR, or its file.
        person_results: a dict a person with `bbox`, (4,) or (5,) with score; None takes the whole
            picture for one person. What else a dict holds (a `track_id`, say) comes back.
        bbox_thr: boxes with a score that is not above it are left out.
        format: of the boxes, 'xywh' or 'xyxy'.
        dataset: type of data set ('TopDownCocoDataset') that tells the joints; by default that of
            the config's test set.
        dataset_info: the joints themselves, in place of `dataset`.
        return_heatmap: whether the second value returned has `heatmap`, (N, C, h, w).
        outputs: names of the network's modules (`backbone.stage0`) whose outputs are wanted.

    Returns:
        The people that were given, each with `keypoints` (K, 3) float32, x and y in the image frame
        and score, and `bbox` as xyxy; and a list of one dict, of heatmaps and of modules' outputs
        as arrays. Both are empty where there are no boxes.

    Raises:
        ValueError: an unknown format, boxes that do not have the shape they should, or a model
            that `init_pose_model` did not make.
        KeyError: a module is unknown.
        FileNotFoundError: there is no such picture.
    """
    import torch

    from models.inference.pipeline_crops import build_preprocess
    from models.pipelines import read_image

    if format not in ("xyxy", "xywh"):
        raise ValueError(f"format is {format!r}; boxes are 'xyxy' or 'xywh'")
    keypoints = _joints(model, dataset, dataset_info)
    preprocess = build_preprocess(model.cfg, keypoints)
    is_image = isinstance(imgs_or_paths, np.ndarray)
    image = imgs_or_paths if is_image else read_image(str(imgs_or_paths), "bgr")
    check_image(image)
    if person_results is None:
        height, width = image.shape[:2]
        person_results = [{"bbox": np.array([0, 0, width, height])}]
        format = "xywh"
    people = [dict(person) for person in person_results]
    if bbox_thr is not None:
        people = [person for person in people if _score(person["bbox"]) > bbox_thr]
    if not people:
        return [], []
    boxes = np.array([person["bbox"] for person in people], dtype=np.float64)
    if boxes.ndim != 2 or boxes.shape[1] not in (4, 5):
        raise ValueError(f"each bbox has 4 numbers, or 5 with score; together {boxes.shape}")
    corners, sizes = (
        (boxes, xyxy_to_xywh(boxes)) if format == "xyxy" else (xywh_to_xyxy(boxes), boxes)
    )
    crops, center, scale = preprocess(image, sizes)
    device = next(model.parameters()).device
    batch = {
        "img": torch.from_numpy(crops).to(device),
        "img_metas": [{"flip_pairs": keypoints.flip_pairs}],
    }
    with torch.no_grad(), _recorded(model, outputs) as answers:
        heatmaps = model.predict(batch).float().cpu().numpy()
    check_heatmaps(heatmaps, keypoints, model.codec)
    points, scores = model.codec.decode(heatmaps, center, scale)
    poses = np.concatenate([points, scores], axis=-1).astype(np.float32)
    for person, pose, box in zip(people, poses, corners, strict=True):
        person.update(keypoints=pose, bbox=box)
    if return_heatmap:
        answers["heatmap"] = heatmaps
    return people, [answers]


def vis_pose_result(
    model: nn.Module,
    img: np.ndarray | str | Path,
    result: Sequence[Person],
    radius: int | None = None,
    thickness: int | None = None,
    kpt_score_thr: float = 0.3,
    bbox_color: str | None = "green",
    dataset: str | None = None,
    dataset_info: Mapping[str, Any] | KeypointSet | None = None,
    show: bool = False,
    out_file: str | Path | None = None,
) -> np.ndarray:
    """Draw people on a picture.

    Args:
        model: from `init_pose_model`.
        img: the picture: (H, W, 3) uint8, BGR, or its file.
        result: from `inference_top_down_pose_model`.
        radius: of joints in pixels; by default by the size of the person.
        thickness: of limbs in pixels; by default by the size of the person.
        kpt_score_thr: joints with a lower score are left out.
        bbox_color: colour of boxes, a name or '#rrggbb'; None draws none.
        dataset: see `inference_top_down_pose_model`.
        dataset_info: likewise.
        show: whether to open a window, until a key is pressed or it is closed.
        out_file: where to write the picture; folders are made.

    Returns:
        (H, W, 3) uint8, BGR.
    """
    from models.inference.window import Window, check_screen
    from models.pipelines import read_image
    from models.visualization import draw_people, write_picture

    image = img if isinstance(img, np.ndarray) else read_image(str(img), "bgr")
    check_image(image)
    drawn = draw_people(
        image,
        list(result),
        _joints(model, dataset, dataset_info),
        score_thr=kpt_score_thr,
        radius=radius,
        thickness=thickness,
        boxes=bbox_color is not None,
        box_color=bbox_color,
    )
    if out_file is not None:
        write_picture(out_file, drawn)
    if show:
        check_screen()
        Window("poses").show_until_key(drawn)
    return drawn


def _joints(
    model: nn.Module, dataset: str | None, info: Mapping[str, Any] | KeypointSet | None
) -> KeypointSet:
    from models.datasets import keypoints_of

    if not hasattr(model, "cfg"):
        raise ValueError("the network has no config; make it with init_pose_model")
    if isinstance(info, KeypointSet):
        return info
    if info is not None:
        return keypoint_set_from_info(info)
    return keypoints_of({"type": dataset} if dataset else model.cfg.data.test)


def _score(box: Sequence[float]) -> float:
    if len(box) != 5:
        raise ValueError(f"bbox_thr needs boxes with a score, five numbers; this has {len(box)}")
    return float(box[4])


@contextmanager
def _recorded(model: nn.Module, names: Sequence[str] | str | None) -> Iterator[dict[str, Any]]:
    """Outputs of the modules that are named, as arrays, once the network has run."""
    from models.runtime.names import nearest

    answers: dict[str, Any] = {}
    modules = dict(model.named_modules())
    hooks = []
    try:
        for name in [names] if isinstance(names, str) else names or ():
            if name not in modules:
                raise KeyError(f"the network has no module '{name}'{nearest(name, modules)}")

            def keep(module: nn.Module, given: Any, answer: Any, name: str = name) -> None:
                answers[name] = _arrays(answer)

            hooks.append(modules[name].register_forward_hook(keep))
        yield answers
    finally:
        for hook in hooks:
            hook.remove()


def _arrays(answer: Any) -> Any:
    if isinstance(answer, (list, tuple)):
        return [_arrays(part) for part in answer]
    return answer.detach().float().cpu().numpy()

"""A seeded evaluation problem of COCO's size: labels, and the poses that a network predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.structures.coco import COCO_17

JOINTS = COCO_17.num_joints


def coco_problem(
    images: int, detections: int, seed: int = 0
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Labels as in COCO val2017, two persons an image, and as many poses in each image.

    Some people are unlabelled, some are crowds, sizes fall into all of COCO's ranges. Poses are
    labelled people moved by a few pixels to half a body, and some at random; scores fall with the
    movement, and a few are equal.

    Args:
        images: how many.
        detections: in all images together.
        seed: of everything.

    Returns:
        The content of an annotation file, and of a result file.
    """
    draw = np.random.default_rng(seed)
    persons = draw.poisson(2.2, images)
    image_of = np.repeat(np.arange(images), persons)
    count = len(image_of)
    height = np.exp(draw.uniform(np.log(20), np.log(400), count))
    size = np.stack([height * draw.uniform(0.3, 0.8, count), height], axis=1)
    corner = draw.uniform(0, 1, (count, 2)) * np.maximum(640 - size, 1)
    poses = corner[:, None] + size[:, None] * draw.uniform(0, 1, (count, JOINTS, 2))
    poses = np.round(poses)
    seen = draw.choice(3, (count, JOINTS), p=[0.3, 0.2, 0.5])
    seen[draw.random(count) < 0.1] = 0
    crowd = draw.random(count) < 0.02
    area = np.round(size.prod(axis=1) * draw.uniform(0.4, 0.8, count), 2)
    labels = [
        {
            "id": i + 1,
            "image_id": int(image_of[i]) + 1,
            "category_id": 1,
            "iscrowd": int(crowd[i]),
            "area": float(area[i]),
            "bbox": np.round([*corner[i], *size[i]], 2).tolist(),
            "num_keypoints": int((seen[i] > 0).sum()),
            "keypoints": np.concatenate([poses[i], seen[i][:, None]], 1).ravel().tolist(),
        }
        for i in range(count)
    ]
    return {
        "images": [{"id": i + 1, "file_name": f"{i + 1}.jpg"} for i in range(images)],
        "annotations": labels,
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}],
    }, _answers(draw, images, detections, persons, poses, size)


def _answers(
    draw: np.random.Generator,
    images: int,
    detections: int,
    persons: np.ndarray,
    poses: np.ndarray,
    size: np.ndarray,
) -> list[dict[str, Any]]:
    image_of = np.arange(detections) % images
    first = np.concatenate([[0], np.cumsum(persons)[:-1]])
    chosen = first[image_of] + draw.integers(0, np.maximum(persons[image_of], 1))
    at_random = (persons[image_of] == 0) | (draw.random(detections) < 0.2)
    chosen = np.where(at_random, 0, chosen)
    amount = np.exp(draw.uniform(np.log(0.005), np.log(0.5), detections))
    spread = (amount * size[chosen, 1])[:, None, None]
    points = poses[chosen] + spread * draw.standard_normal((detections, JOINTS, 2))
    elsewhere = draw.uniform(0, 640, (detections, JOINTS, 2))
    points = np.where(at_random[:, None, None], elsewhere, points)
    joint_scores = draw.uniform(0, 1, (detections, JOINTS, 1))
    score = np.round(np.clip(1 - amount + draw.normal(0, 0.2, detections), 0, 1), 4)
    numbers = np.concatenate([points, joint_scores], axis=2).reshape(detections, -1).tolist()
    return [
        {
            "image_id": int(image_of[i]) + 1,
            "category_id": 1,
            "keypoints": numbers[i],
            "score": float(score[i]),
        }
        for i in range(detections)
    ]

"""Annotations as they are written, with what training leaves out."""

from __future__ import annotations

import numpy as np

from models.datasets.annotated import annotated_coco, annotated_samples


def test_coco_keeps_what_training_drops():
    joints = [10, 20, 1, 30, 40, 2, 0, 0, 0]
    annotations = [
        {"id": 5, "image_id": 1, "bbox": [-4, 1, 30, 60], "keypoints": joints, "area": 7},
        {"id": 6, "image_id": 1, "bbox": [0, 0, 2, 3], "keypoints": [0] * 9},
        {"id": 7, "image_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 1},
        {"id": 8, "image_id": 1, "bbox": [0, 0, 9, 9], "category_id": 2},
    ]
    images = {
        1: {"id": 1, "file_name": "a.jpg", "width": 50, "height": 60},
        2: {"id": 2, "file_name": "b.jpg"},
    }
    first, second = annotated_coco(annotations, images, 3, "folder", 1)
    assert (first.file, first.size, first.crowds) == ("folder/a.jpg", (50, 60), [7])
    assert (second.size, second.people) == (None, [])
    labelled, empty = first.people
    assert (labelled.id, empty.id) == (5, 6)
    assert labelled.bbox.tolist() == [-4, 1, 30, 60]  # not clipped
    assert labelled.joints.tolist() == [[10, 20, 1], [30, 40, 2], [0, 0, 0]]
    assert (labelled.area, empty.area) == (7, 6)
    assert labelled.labelled.tolist() == [True, True, False]
    assert not empty.labelled.any()


def test_other_forms_give_what_their_samples_have():
    def sample(number: int, file: str) -> dict:
        joints = np.array([[1.5, 2.5, 0], [3, 4, 0]], np.float32)
        seen = np.array([[1, 1, 0], [0, 0, 0]], np.float32)
        return {
            "image_file": file,
            "bbox_id": number,
            "bbox": np.array([0, 0, 4, 5], np.float32),
            "joints_3d": joints,
            "joints_3d_visible": seen,
        }

    images = annotated_samples([sample(0, "a"), sample(1, "b"), sample(2, "a")])
    assert [(image.file, [p.id for p in image.people]) for image in images] == [
        ("a", [0, 2]),
        ("b", [1]),
    ]
    person = images[0].people[0]
    assert person.joints.tolist() == [[1.5, 2.5, 2], [3, 4, 0]]
    assert person.area == 20

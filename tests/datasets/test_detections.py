"""Detection files: which boxes count, and what is an error."""

import numpy as np
import pytest

from models.datasets.detections import load_detections

IDS = {50, 51}


@pytest.fixture
def detection_file(write):
    """Writes entries, with defaults for what they leave out."""
    default = {"image_id": 50, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.9}
    return lambda *entries: write("detections.json", [{**default, **entry} for entry in entries])


def test_persons_above_the_threshold_in_order(detection_file):
    path = detection_file(
        {"score": 0.3, "bbox": [1, 2, 3, 4]},
        {"score": 0.9, "category_id": 2},
        {"score": 0.29},
        {"score": 0.8, "image_id": 51},
    )
    persons, without_area = load_detections(path, IDS, 0.3)
    assert [(p["image_id"], p["bbox_score"]) for p in persons] == [(50, 0.3), (51, 0.8)]
    np.testing.assert_array_equal(persons[0]["bbox"], np.float32([1, 2, 3, 4]))
    assert without_area == 0


@pytest.mark.parametrize("bbox", [[1, 2, 0, 4], [1, 2, 3, 0], [1, 2, -3, 4]])
def test_boxes_without_area_are_counted(detection_file, bbox):
    persons, without_area = load_detections(detection_file({}, {"bbox": bbox}), IDS, 0)
    assert (len(persons), without_area) == (1, 1)


def test_boxes_of_other_objects_may_lie_in_other_images(detection_file):
    path = detection_file({}, {"category_id": 18, "image_id": 99})
    assert len(load_detections(path, IDS, 0)[0]) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bbox": [1, 2, float("nan"), 4]}, r"entry 1 has bbox"),
        ({"bbox": [1, 2, 3]}, "entry 1 has bbox"),
        ({"bbox": None}, "entry 1 has bbox None"),
        ({"score": float("inf")}, "entry 1 has bbox .* score inf"),
        ({"score": "high"}, "entry 1 has bbox .* score high"),
        ({"image_id": 77}, "entry 1 is of image 77"),
    ],
)
def test_unusable_entries_are_named(detection_file, changes, message):
    with pytest.raises(ValueError, match=rf"detections\.json: {message}"):
        load_detections(detection_file({}, changes), IDS, 0)


@pytest.mark.parametrize("missing", ["image_id", "category_id", "bbox", "score"])
def test_missing_keys_are_named(write, missing):
    entry = {"image_id": 50, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}
    del entry[missing]
    with pytest.raises(ValueError, match=rf"detections\.json: entry 0 has no '{missing}'"):
        load_detections(write("detections.json", [entry]), IDS, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is empty"),
        ('{"annotations": []}', "is no list of boxes"),
        ('[{"image_id": 50,', "is not valid json"),
    ],
)
def test_unusable_files_are_named(tmp_path, text, message):
    path = tmp_path / "detections.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"detections\.json {message}"):
        load_detections(path, IDS, 0)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"detection file .*nowhere\.json"):
        load_detections(tmp_path / "nowhere.json", IDS, 0)


def test_nobody_left(detection_file):
    with pytest.raises(ValueError, match=r"no box of category 1, .*lower data_cfg\.det_bbox_thr"):
        load_detections(detection_file({"score": 0.1}), IDS, 0.5)

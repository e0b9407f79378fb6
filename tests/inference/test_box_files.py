"""Boxes from files: every form, every way a picture is called, and what is wrong with a file."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from models.inference.box_files import BoxFile

IMAGE = np.zeros((100, 200, 3), np.uint8)
COCO = {
    "images": [
        {"id": 7, "file_name": "val/a.jpg"},
        {"id": 8, "file_name": "val/b.jpg"},
        {"id": 9, "file_name": "val/empty.jpg"},
    ],
    "categories": [{"id": 3, "name": "person"}, {"id": 4, "name": "dog"}],
    "annotations": [
        {"image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40]},
        {"image_id": 7, "category_id": 4, "bbox": [1, 1, 5, 5]},
        {"image_id": 8, "category_id": 3, "bbox": [0, 0, 50, 60], "iscrowd": 1},
        {"image_id": 8, "category_id": 3, "bbox": [5, 6, 7, 8], "iscrowd": 0},
        {"image_id": 8, "category_id": 3, "bbox": [5, 6, 0, 8]},
    ],
}
DETECTIONS = [
    {"image_id": 785, "category_id": 1, "bbox": [10, 20, 30, 40], "score": 0.5},
    {"image_id": 785, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.75},
    {"image_id": 785, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.9},
]


@pytest.fixture
def write(tmp_path):
    """Content → a file that holds it."""

    def write(content, name="boxes.json"):
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def no_warnings():
    """What is in order is not warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_annotations_are_persons_who_are_no_crowd(write):
    boxes = BoxFile(write(COCO))
    assert boxes(IMAGE, "a.jpg").tolist() == [[10, 20, 40, 60, 1]]
    assert boxes(IMAGE, "b.jpg").tolist() == [[5, 6, 12, 14, 1]]
    empty = boxes(IMAGE, "empty.jpg")
    assert empty.shape == (0, 5)
    assert empty.dtype == np.float32
    assert boxes.of_stored_pixels


def test_the_only_category_is_that_of_persons(write):
    only = {**COCO, "categories": [{"id": 3, "name": "figure"}]}
    assert len(BoxFile(write(only))(IMAGE, "a.jpg")) == 1


@pytest.mark.parametrize(
    "name", ["000000000785.jpg", "785.png", "/some/where/COCO_val2014_000000000785.jpg", "785"]
)
def test_detections_are_met_by_number(write, name):
    boxes = BoxFile(write(DETECTIONS))
    assert boxes(IMAGE, name).tolist() == [[10, 20, 40, 60, 0.5], [1, 2, 4, 6, 0.75]]
    assert boxes.lists(name)
    assert boxes.of_stored_pixels


def test_detections_named_by_annotations(write):
    images = {**COCO, "categories": [{"id": 1, "name": "person"}]}
    images["images"] = [*COCO["images"], {"id": 785, "file_name": "c.jpg"}]
    boxes = BoxFile(write(DETECTIONS), write(images, "annotations.json"))
    assert len(boxes(IMAGE, "c.jpg")) == 2
    assert len(boxes(IMAGE, "a.jpg")) == 0  # listed, with nobody


def test_detections_by_file_name(write):
    named = [{**DETECTIONS[0], "image_id": "some one.jpg"}]
    assert len(BoxFile(write(named))(IMAGE, "some one.jpg")) == 1


def test_boxes_by_name(write):
    boxes = BoxFile(write({"a.jpg": [[1, 2, 3, 4], [1, 2, 3, 5, 0.5]], "b.jpg": []}))
    assert boxes(IMAGE, "dir/a.jpg").tolist() == [[1, 2, 3, 4, 1], [1, 2, 3, 5, 0.5]]
    assert boxes(IMAGE, "b.jpg").shape == (0, 5)
    assert not boxes.of_stored_pixels


@pytest.mark.parametrize(
    "text",
    [
        "a.jpg,1,2,3,4,0.5\nb.jpg,0,0,1,1,1\n",
        "\ufeffname,x1,y1,x2,y2,score\r\na.jpg,1,2,3,4,0.5\r\n",
        "score;y2;x2;y1;x1;colour;Image\n0.5;4;3;2;1;red;a.jpg\n",
        "# made by hand\n\na.jpg\t1\t2\t3\t4\t0.5\n",
        "name,x,y,w,h,score\na.jpg, 1, 2, 2, 2, 0.5\n",
        'name,x1,y1,x2,y2,score\n"a.jpg",1,2,3,4,0.5\n',
    ],
    ids=["bare", "headings", "any order", "tabulators", "sizes", "quoted"],
)
def test_csv(write, text):
    boxes = BoxFile(write(text, "boxes.csv"))
    assert boxes(IMAGE, "a.jpg").tolist() == [[1, 2, 3, 4, 0.5]]


def test_csv_without_scores_by_frame(write):
    boxes = BoxFile(write("0,1,2,3,4\n12,5,6,7,8\n12,6,6,7,8\n", "boxes.csv"))
    assert boxes(IMAGE, "walk.mp4/000012").tolist() == [[5, 6, 7, 8, 1], [6, 6, 7, 8, 1]]
    assert boxes(IMAGE, "walk.mp4/000000").tolist() == [[1, 2, 3, 4, 1]]
    assert boxes(IMAGE, "12").shape == (2, 5)


def test_a_number_within_a_name_is_no_number(write):
    boxes = BoxFile(write("12,5,6,7,8\n", "boxes.csv"))
    with pytest.warns(UserWarning, match="does not list cat_000012.jpg"):
        assert len(boxes(IMAGE, "cat_000012.jpg")) == 0


def test_folders_decide_between_equal_names(write):
    boxes = BoxFile(write({"x/1.jpg": [[1, 2, 3, 4]], "y/1.jpg": [[5, 6, 7, 8]]}))
    assert boxes(IMAGE, "/data/y/1.jpg")[0, 0] == 5
    with pytest.raises(ValueError, match=r"x/1\.jpg and y/1\.jpg, and 1\.jpg could be either"):
        boxes(IMAGE, "1.jpg")


def test_an_unlisted_picture_has_nobody_and_is_warned_of_once(write):
    boxes = BoxFile(write({"a.jpg": [[1, 2, 3, 4]]}))
    with pytest.warns(UserWarning, match=r"does not list z\.jpg.*the first is a\.jpg") as caught:
        assert boxes(IMAGE, "z.jpg").shape == (0, 5)
        assert boxes(IMAGE, "y.jpg").shape == (0, 5)
    assert len(caught) == 1
    assert not boxes.lists("z.jpg")


def test_boxes_outside_of_the_picture(write):
    boxes = BoxFile(write({"a.jpg": [[-5, -5, 250, 50], [200, 0, 300, 50], [-9, 0, 0, 9]]}))
    with pytest.warns(UserWarning, match=r"outside of the picture, which is 200×100.*\[200\.0, "):
        found = boxes(IMAGE, "a.jpg")
    assert found.tolist() == [[-5, -5, 250, 50, 1]]  # reaches over the edges, and stays whole


def test_a_picture_without_a_name(write):
    with pytest.raises(ValueError, match="this one has none"):
        BoxFile(write({"a.jpg": [[1, 2, 3, 4]]}))(IMAGE)


def changed(content, *path, **values):
    """A copy of a file's content with one entry changed."""
    copy = json.loads(json.dumps(content))
    entry = copy
    for key in path:
        entry = entry[key]
    for key, value in values.items():
        entry.pop(key) if value is None else entry.update({key: value})
    return copy


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; it must hold COCO annotations"),
        ("{}", "is empty"),
        ("[]", "is empty"),
        ('{"a.jpg": [[1, 2', r"is not valid json \(.*cut short"),
        ({"a.jpg": [1, 2, 3, 4]}, r"'a.jpg' holds \[1, 2, 3, 4\], which is no list of boxes"),
        ({"a.jpg": {"bbox": 1}}, "which is no list of boxes"),
        ({"a.jpg": [[1, 2, 3]]}, r"box 0 of 'a.jpg' is \[1, 2, 3\]; it must be x1, y1"),
        ({"a.jpg": [[1, 2, 3, "wide"]]}, "finite numbers"),
        ({"a.jpg": [[1, 2, 3, float("nan")]]}, "finite numbers"),
        ({"a.jpg": [[1, 2, 3, 4], [100, 50, 30, 40]]}, "box 1 of 'a.jpg' ends before it begins"),
        (changed(COCO, "annotations", 0, bbox=None), r"annotations\[0\] has no 'bbox'"),
        (changed(COCO, "annotations", 0, bbox=[1, 2]), r"annotations\[0\] has bbox \[1, 2\]"),
        (changed(COCO, "annotations", 0, bbox=[1, 2, -3, 4]), "not below 0"),
        (changed(COCO, "annotations", 0, image_id=1), "image 1, which 'images' does not list"),
        (changed(COCO, "images", 1, file_name=None), r"images\[1\] has no 'file_name'"),
        (changed(COCO, annotations=None), "has no list 'annotations'"),
        (changed(COCO, images=None), "has no list 'images'"),
        (changed(COCO, "categories", 0, name="cat"), "none is called 'person'"),
        (changed(DETECTIONS, 1, bbox=None), "entry 1 has no 'bbox'"),
        (changed(DETECTIONS, 1, score=None), "entry 1 has no 'score'"),
        (changed(DETECTIONS, 1, image_id=None), "entry 1 has no 'image_id'"),
        ([[1, 2, 3, 4]], "entry 0 has no 'image_id'"),
        ("a.jpg,1,2,3,4\na.jpg,1,2,3\n", "line 2 has 4 columns"),
        ("a.jpg,1,2,3,4\n\na.jpg,1,2,x,4\n", "line 3 is .*finite numbers"),
        ("name,x1,y1\na.jpg,1,2\n", "line 1 names the columns name, x1, y1; needed are"),
        ("name,x1,y1,x2,y2\na.jpg,1,2\n", "line 2 has 3 columns"),
        ("some text that is no table\n", "line 1 names the columns"),
    ],
)
def test_errors_name_file_entry_and_cure(write, content, message):
    path = write(content, "my boxes")
    with pytest.raises(ValueError, match=message) as caught:
        BoxFile(path)
    assert str(path) in str(caught.value)


def test_files_that_are_none(tmp_path, write):
    with pytest.raises(FileNotFoundError, match="does not exist; check the path"):
        BoxFile(tmp_path / "none.json")
    with pytest.raises(ValueError, match="is a folder"):
        BoxFile(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ValueError, match="is no text"):
        BoxFile(tmp_path / "photo.jpg")


def test_annotations_go_with_detections_only(write):
    annotations = write(COCO, "annotations.json")
    with pytest.raises(ValueError, match="names its pictures itself"):
        BoxFile(write({"a.jpg": []}), annotations)
    with pytest.raises(ValueError, match="image 785, which the annotation file does not list"):
        BoxFile(write(DETECTIONS), annotations)


def test_real_detections(real):
    folder = real / "coco"
    detected = BoxFile(folder / "test_coco_det_AP_H_56.json")
    labelled = BoxFile(folder / "test_coco.json")
    image = np.zeros((640, 640, 3), np.uint8)
    for picture in sorted(folder.glob("*.jpg")):
        found, truth = detected(image, picture.name), labelled(image, picture.name)
        assert len(found) >= len(truth) >= 1
        best = found[np.argmax(found[:, 4]), :4]
        assert min(np.abs(truth[:, :4] - best).max(1)) < 30

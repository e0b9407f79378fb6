"""Pictures in, people out: the class for newcomers."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models import PoseInferencer


@pytest.fixture(scope="module")
def make(config_file, checkpoint):
    """An inferencer with the drawn weights; arguments are added."""
    return lambda **options: PoseInferencer(config_file, checkpoint, "cpu", **options)


@pytest.fixture
def folder(tmp_path, picture):
    """Three pictures: as it is, mirrored, and one in a name with a space."""
    images = {"a.png": picture, "b.png": picture[:, ::-1], "c d.jpg": picture[::2, ::2]}
    for name, image in images.items():
        cv2.imwrite(str(tmp_path / name), image)
    return tmp_path


def test_every_kind_of_picture(make, folder, picture):
    inferencer = make()
    given = inferencer(folder)
    assert iter(given) is given  # a picture is not looked at before it is asked for
    found = list(given)
    names = [str(folder / name) for name in ("a.png", "b.png", "c d.jpg")]
    assert [prediction.name for prediction in found] == names
    assert [prediction.index for prediction in found] == [0, 1, 2]
    assert found[2].image.shape == (60, 75, 3)
    for source in (picture, folder / "a.png", str(folder / "a.*")):
        (one,) = inferencer(source)
        np.testing.assert_array_equal(one.image, picture)
        (person,) = one.people
        np.testing.assert_array_equal(person["keypoints"], found[0].people[0]["keypoints"])
        np.testing.assert_array_equal(person["bbox"], [0, 0, 150, 120, 1])  # nobody was looked for
    assert found[0].poses.heatmaps.shape == (1, 17, 32, 24)
    assert found[0].seconds > 0


def test_detector_says_who_is_there(make, picture):
    def detector(image):
        return [[20, 10, 60, 100, 0.9], [60, 30, 130, 70, 0.31], [5, 5, 50, 50, 0.2]]

    (prediction,) = make(detector=detector)(picture)
    assert [person["bbox"][4] for person in prediction.people] == pytest.approx([0.9, 0.31])
    (prediction,) = make(detector=detector, box_thr=0.5)(picture)
    assert len(prediction.people) == 1
    drawn = prediction.draw(score_thr=0)
    assert drawn.shape == picture.shape
    assert (drawn != picture).any()


def test_photographs_are_upright_but_for_cocos_boxes(make, picture, tmp_path):
    """A photograph says by EXIF which side is up; COCO's boxes are of its pixels as stored."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    Image.fromarray(picture[..., ::-1]).save(tmp_path / "1.jpg", exif=exif)
    boxes = [{"image_id": 1, "category_id": 1, "bbox": [10, 20, 50, 60], "score": 0.9}]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    (turned,) = make()(tmp_path / "1.jpg")
    assert turned.image.shape == (150, 120, 3)
    (stored,) = make(detector=tmp_path / "boxes.json")(tmp_path / "1.jpg")
    assert stored.image.shape == picture.shape
    np.testing.assert_allclose(stored.people[0]["bbox"], [10, 20, 60, 80, 0.9])


def test_nobody_is_there(make, picture):
    (prediction,) = make(detector=lambda image: [])(picture)
    assert prediction.people == []
    np.testing.assert_array_equal(prediction.draw(), picture)


def test_boxes_that_are_known(make, picture, boxes):
    """In one batch or in several, as array or with what belongs to them."""
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    inferencer = make()
    found = inferencer.predict(picture, corners)
    one_by_one = make(batch_size=1).predict(
        picture, [{"bbox": box, "track_id": i} for i, box in enumerate(corners)]
    )
    assert [person["track_id"] for person in one_by_one] == [0, 1, 2]
    for a, b in zip(found, one_by_one, strict=True):
        np.testing.assert_allclose(a["keypoints"], b["keypoints"], atol=1e-3)
        np.testing.assert_array_equal(a["bbox"], b["bbox"])
    assert inferencer.predict(picture, np.zeros((0, 5))) == []
    with pytest.raises(ValueError, match=r"not \(3, 3\)"):
        inferencer.predict(picture, corners[:, :3])


def test_names_of_configs(checkpoint, picture):
    inferencer = PoseInferencer("litehrnet_18_synthetic_128x96", checkpoint, "cpu")
    assert inferencer.keypoints.num_joints == 17
    assert inferencer.description.input_size == (96, 128)


def test_mistakes_are_named(make, config_file, checkpoint, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(make()(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="no person detector 'yolo'"):
        make(detector="yolo")
    with pytest.raises(ValueError, match="batch_size 0"):
        make(batch_size=0)
    with pytest.raises(FileNotFoundError, match=r"lost\.pth"):
        PoseInferencer(config_file, tmp_path / "lost.pth")

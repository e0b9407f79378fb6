"""Videos and their results are whole, also when the run is interrupted."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models.inference.sources import open_source
from models.inference.video_results import VideoResults
from models.inference.video_writer import VideoWriter
from models.structures.coco import COCO_17


def picture(value=100, size=(64, 48)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_video(tmp_path):
    path = tmp_path / "neu ü" / "out.mp4"
    with VideoWriter(path, 12.5) as writer:
        for i in range(10):
            writer.write(picture(20 * i))
            assert not path.exists()
    source = open_source(path)
    assert (source.fps, source.size) == (12.5, (64, 48))
    assert [round(f.image.mean() / 20) for f in source] == list(range(10))
    assert names(path.parent) == ["out.mp4"]


def test_odd_sides_get_one_more(tmp_path):
    image = np.random.randint(0, 255, (33, 47, 3), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 4)
    with VideoWriter(tmp_path / "out.mp4", 25) as writer:
        writer.write(image)
    (frame,) = open_source(tmp_path / "out.mp4")
    assert frame.image.shape == (34, 48, 3)
    assert np.abs(frame.image[:33, :47].astype(int) - image).mean() < 8


def test_later_frames_of_another_size_are_fitted_in(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", 25) as writer:
        writer.write(picture(200))
        writer.write(picture(200, size=(24, 48)))
    _, second = open_source(tmp_path / "out.mp4")
    assert second.image.shape == (48, 64, 3)
    assert second.image[:, :16].mean() < 20
    assert second.image[:, 24:40].mean() > 180


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_interrupted_video_and_results_are_valid(tmp_path, end):
    with (
        pytest.raises(end),
        VideoWriter(tmp_path / "out.mp4", 25) as writer,
        VideoResults(tmp_path / "out.json", COCO_17, "x") as results,
    ):
        for i in range(4):
            writer.write(picture())
            results.write(i, [])
        raise end
    assert len(list(open_source(tmp_path / "out.mp4"))) == 4
    content = json.loads((tmp_path / "out.json").read_text())
    assert len(content["frames"]) == 4
    assert content["complete"] is False
    assert names(tmp_path) == ["out.json", "out.mp4"]


def test_earlier_files_are_kept(tmp_path):
    for name in ("out.mp4", "out.json"):
        (tmp_path / name).write_text("earlier")
    with VideoWriter(tmp_path / "out.mp4", 25):
        pass
    assert (tmp_path / "out.mp4").read_text() == "earlier"
    with (
        VideoWriter(tmp_path / "out.mp4", 25) as writer,
        VideoResults(tmp_path / "out.json", COCO_17, "x"),
    ):
        writer.write(picture())
    kept = [path for path in tmp_path.iterdir() if path.read_bytes() == b"earlier"]
    assert sorted(path.suffix for path in kept) == [".json", ".mp4"]
    assert len(names(tmp_path)) == 4


def test_frames_of_a_camera_keep_its_time(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", 10) as writer:
        for seconds in (0.0, 0.52, 0.55, 1.0):
            writer.write(picture(), seconds)
    assert len(list(open_source(tmp_path / "out.mp4"))) == 11


def test_write_that_fails_is_noticed(tmp_path, monkeypatch):
    writer = VideoWriter(tmp_path / "out.mp4", 25)
    writer.write(picture())
    writer.frames += 1  # as if one had not arrived
    with pytest.raises(OSError, match=r"out.mp4 could not be written: 1 of 2 frames"):
        writer.close()
    assert names(tmp_path) == []


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match=r"let .*out.avi end in .mp4"):
        VideoWriter(tmp_path / "out.avi", 25)
    with pytest.raises(ValueError, match="give 0 to 1000"):
        VideoWriter(tmp_path / "out.mp4", 0)
    assert names(tmp_path) == []


def test_results(tmp_path):
    path = tmp_path / "out.json"
    pose = np.column_stack([np.full((17, 2), 12.3456), np.full(17, 0.123456)]).astype(np.float32)
    with VideoResults(path, COCO_17, "walk.mp4", 25.0, (64, 48)) as results:
        results.write(0, [{"track_id": np.int64(3), "bbox": np.arange(5.0), "keypoints": pose}], 0)
        results.write(1, [{"bbox": np.arange(4), "keypoints": pose, "other": 1}])
    content = json.loads(path.read_text())
    assert content["video"] == {"source": "walk.mp4", "fps": 25.0, "width": 64, "height": 48}
    assert content["keypoints"]["names"] == list(COCO_17.names)
    first, second = content["frames"]
    assert first["seconds"] == 0
    assert second["seconds"] is None
    (person,) = first["people"]
    assert person["track_id"] == 3
    assert person["bbox"] == [0, 1, 2, 3, 4]
    assert person["keypoints"][0] == pytest.approx([12.35, 12.35, 0.1235])
    assert set(second["people"][0]) == {"bbox", "keypoints"}
    assert content["complete"] is True

"""What draws predictions beside their ground truth, for any task."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from models.builder import build_visualizer, visualizer_type
from models.evaluation import BesideLabels, Compared
from models.structures import COCO_17
from models.visualization import Visualizer, draw_comparison
from models.visualization.visualizers import PoseVisualizer


@pytest.fixture
def compared(tmp_path) -> BesideLabels:
    labels = np.ones((2, 17, 3))
    labels[:, :, :2] = np.random.default_rng(0).uniform(10, 90, (2, 17, 2))
    labels[1, 5:, 2] = 0
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((100, 100, 3), 90, np.uint8))
    return BesideLabels("OKS", np.array([0.5, 0.7]), True, [path, path], labels, labels, [3, 4])


def test_poses(compared):
    dataset = SimpleNamespace(beside_labels=lambda results: (results, compared), keypoints=COCO_17)
    visualizer = build_visualizer("PoseVisualizer", dataset)
    assert isinstance(visualizer, PoseVisualizer)
    assert visualizer.compare([1]) == ([1], compared)
    image = np.full((100, 100, 3), 90, np.uint8)
    expected = draw_comparison(
        image, compared.poses[0], compared.labels[0], COCO_17, caption=("x", "y")
    )
    np.testing.assert_array_equal(visualizer.draw(compared, 0, ["x", "y"]), expected)
    assert "a.png" in visualizer.alternative(compared, 0)


def test_what_is_said_of_a_prediction(compared):
    path = str(compared.images[0])
    assert compared.describe(1) == {"image": path, "bbox_id": 4}
    assert compared.title(1) == "box 4, a.png"
    assert compared.telling.tolist() == [True, False]
    plain = Compared("IoU", np.array([0.2]), True, [path])
    assert (plain.describe(0), plain.title(0)) == ({"image": path}, "a.png")
    assert plain.telling.tolist() == [True] and len(plain) == 1


def test_the_default_words_of_a_visualizer(compared):
    class Plain(Visualizer):
        def compare(self, results):
            return None

        def draw(self, compared, i, caption=()):
            return np.zeros((1, 1, 3), np.uint8)

    assert "a.png" in Plain(None).alternative(compared, 0)
    with pytest.raises(TypeError, match="draw"):
        type("Half", (Visualizer,), {"compare": Plain.compare})(None)


def test_unknown_names():
    with pytest.raises(KeyError, match="PoseVisualiser is not a visualizer; did you mean 'PoseVis"):
        visualizer_type("PoseVisualiser")
    with pytest.raises(KeyError, match="visualizer PoseVisualizer has no key 'color'"):
        build_visualizer({"type": "PoseVisualizer", "color": 1}, None)

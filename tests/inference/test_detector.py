"""Person detectors: torchvision's with weights at hand or not, the whole picture, functions."""

from __future__ import annotations

import json
import socket
import time

import numpy as np
import pytest
import torch
from torchvision.models import detection

from models.inference import torchvision_detector
from models.inference.box_files import BoxFile
from models.inference.detector import build_detector, full_image
from models.inference.torchvision_detector import DETECTORS, TorchvisionDetector

IMAGE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """name → file of random weights, in torchvision's form."""
    folder = tmp_path_factory.mktemp("weights")

    def weights(name):
        path = folder / f"{name}.pth"
        if not path.is_file():
            torch.manual_seed(1)
            build = getattr(detection, DETECTORS[name].builder)
            state = build(weights=None, weights_backbone=None).state_dict()
            # As in torchvision's Faster R-CNN files, whose normalisation does not count batches.
            if name != "ssdlite":
                for key in [key for key in state if key.endswith("num_batches_tracked")]:
                    del state[key]
            torch.save(state, path)
        return path

    return weights


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty folder in the place of torch's own."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return tmp_path / "hub" / "checkpoints"


class Answers(torch.nn.Module):
    """In place of a network: what it finds is given, what it was shown is kept."""

    def __init__(self, boxes, labels, scores):
        super().__init__()
        self.found = {
            "boxes": torch.tensor(boxes).reshape(-1, 4),
            "labels": torch.tensor(labels),
            "scores": torch.tensor(scores),
        }

    def forward(self, images):
        (self.shown,) = images
        return [self.found]


@pytest.fixture
def answering(weights):
    """A detector whose network finds what is asked for."""

    def answering(boxes, labels, scores):
        detector = build_detector("ssdlite", weights=weights("ssdlite"))
        detector._model = Answers(boxes, labels, scores)
        return detector

    return answering


def test_people_are_kept_clipped_and_sorted(answering):
    found = answering(
        [[-5.0, 1, 20, 99], [1, 2, 30, 40], [0, 0, 9, 9], [95, 0, 99, 9]],
        [1, 1, 18, 1],
        [0.5, 0.75, 0.9, 0.8],
    )(IMAGE)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 2, 30, 40, 0.75], [0, 1, 20, 60, 0.5]]


def test_the_network_is_shown_rgb_between_0_and_1(answering):
    detector = answering([[0.0, 0, 1, 1]], [1], [0.5])
    detector(IMAGE)
    expected = torch.from_numpy(IMAGE[..., ::-1].copy()).permute(2, 0, 1) / 255
    assert torch.equal(detector._model.shown, expected)


def test_nobody(answering):
    detector = answering([], [], [])
    for image in (IMAGE, IMAGE[:0]):
        found = detector(image)
        assert found.shape == (0, 5)
        assert found.dtype == np.float32


@pytest.mark.parametrize(("name", "variance"), [("ssdlite", 0.01), ("fasterrcnn_320", 0.2)])
def test_answers_what_torchvision_itself_would(name, variance, weights, monkeypatch):
    kind = DETECTORS[name]
    state = torch.load(weights(name), weights_only=True)
    for key, value in state.items():  # random weights answer the same to everything, unsure
        if key.endswith("running_var"):
            value *= variance
        elif key.endswith("bias") and len(value) % 91 == 0 and len(value) != 4 * 91:
            value.view(-1, 91)[:, 1] += 3
    path = weights(name).with_name(f"{name}_sure.pth")
    torch.save(state, path)
    published = getattr(detection, kind.weights)
    monkeypatch.setattr(published, "get_state_dict", lambda *args, **kwargs: state)
    model = getattr(detection, kind.builder)(weights=published.DEFAULT).eval()
    pixels = torch.from_numpy(IMAGE[..., ::-1].copy()).permute(2, 0, 1) / 255
    with torch.no_grad():
        (expected,) = model([pixels])
    people = expected["labels"] == 1
    threshold = float(expected["scores"][people].median())
    people &= expected["scores"] > threshold
    assert people.sum() > 3
    found = build_detector(name, weights=path, score_thr=threshold)(IMAGE)
    np.testing.assert_array_equal(found[:, :4], expected["boxes"][people])
    np.testing.assert_array_equal(found[:, 4], expected["scores"][people])


def test_threshold_reaches_the_network(weights):
    for name, part in (("ssdlite", None), ("fasterrcnn_320", "roi_heads")):
        detector = build_detector(name, weights=weights(name), score_thr=0.625)
        model = detector._model
        assert (getattr(model, part) if part else model).score_thresh == 0.625
    with pytest.raises(ValueError, match=r"score_thr 30 .* must be in \[0, 1\)"):
        build_detector("ssdlite", weights=weights("ssdlite"), score_thr=30)


def test_weights_of_another_network(weights):
    with pytest.raises(ValueError, match=r"holds no weights of .*'ssdlite'.*of 'fasterrcnn'"):
        build_detector("ssdlite", weights=weights("fasterrcnn_320"))
    with pytest.raises(ValueError, match=r"'fasterrcnn'.*looks like weights of 'ssdlite'"):
        build_detector("fasterrcnn", weights=weights("ssdlite"))


def test_weights_of_other_categories(tmp_path):
    model = detection.ssdlite320_mobilenet_v3_large(weights_backbone=None, num_classes=2)
    torch.save({"model": model.state_dict()}, tmp_path / "two.pth")
    with pytest.raises(ValueError, match=r"tensors do not fit .*trained on other categories"):
        build_detector("ssdlite", weights=tmp_path / "two.pth")


def test_weights_that_are_none(tmp_path, weights):
    path = tmp_path / "bad.pth"
    with pytest.raises(FileNotFoundError, match="do not exist; check the path"):
        build_detector("ssdlite", weights=path)
    with pytest.raises(ValueError, match="are a folder"):
        build_detector("ssdlite", weights=tmp_path)
    whole = weights("ssdlite").read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="cannot be read: cut short"):
            build_detector("ssdlite", weights=path)
    torch.save({"meta": 1, "state_dict": {}}, path)
    with pytest.raises(ValueError, match="hold no state dict"):
        build_detector("ssdlite", weights=path)


class Code:
    """Code that would run if a file of weights were unpickled without care."""

    def __reduce__(self):
        return (open, ("ran", "w"))


def test_no_code_of_a_weights_file_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(Code(), "bad.pth")
    with pytest.raises(ValueError, match="more than tensors"):
        build_detector("ssdlite", weights="bad.pth")
    assert not (tmp_path / "ran").exists()


def test_weights_in_the_cache_are_taken(hub, weights, monkeypatch):
    hub.mkdir(parents=True)
    name = "ssdlite320_mobilenet_v3_large_coco-a79551df.pth"
    (hub / name).write_bytes(weights("ssdlite").read_bytes())
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)
    assert isinstance(build_detector("ssdlite"), TorchvisionDetector)


def test_weights_are_fetched_with_their_hash(hub, weights, monkeypatch):
    asked = []

    def fetch(url, target, hash_prefix):
        asked.append((url.rpartition("/")[2], hash_prefix, socket.getdefaulttimeout()))
        with open(target, "wb") as f:
            f.write(weights("ssdlite").read_bytes())

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    build_detector("ssdlite")
    build_detector("ssdlite")
    assert asked == [("ssdlite320_mobilenet_v3_large_coco-a79551df.pth", "a79551df", 20)]
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize("failure", [OSError("no route"), RuntimeError("invalid hash value")])
def test_weights_that_cannot_be_fetched(hub, monkeypatch, failure):
    def fetch(*args, **kwargs):
        raise failure

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    with pytest.raises(FileNotFoundError) as caught:
        build_detector("fasterrcnn")
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth",
        "https://download.pytorch.org/models/",
        str(failure),
        str(hub),
        "--detector-weights",
        "--detector boxes.json",
        "--boxes full",
    ):
        assert part in message


def test_a_silent_network_is_given_up(hub, monkeypatch):
    monkeypatch.setattr(torchvision_detector, "_PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes calls and never answers
        address = f"http://127.0.0.1:{server.getsockname()[1]}/weights-00000000.pth"
        published = detection.SSDLite320_MobileNet_V3_Large_Weights
        monkeypatch.setattr(type(published.DEFAULT), "url", property(lambda self: address))
        begin = time.monotonic()
        with pytest.raises(FileNotFoundError, match=r"could not be fetched \(timed out\)"):
            build_detector("ssdlite")
        assert time.monotonic() - begin < 10
    assert not any(hub.iterdir())
    assert socket.getdefaulttimeout() is None


def test_the_whole_picture():
    assert build_detector("full") is full_image
    assert full_image(IMAGE).tolist() == [[0, 0, 90, 60, 1]]
    assert full_image(IMAGE[:0]).shape == (0, 5)


def test_a_box_file(tmp_path):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"a.jpg": [[1, 2, 3, 4]]}))
    detector = build_detector(path)
    assert detector(IMAGE, "a.jpg").tolist() == [[1, 2, 3, 4, 1]]
    assert build_detector(detector) is detector
    assert isinstance(build_detector(str(path)), BoxFile)
    with pytest.raises(FileNotFoundError, match=r"none\.json does not exist"):
        build_detector("none.json")
    with pytest.raises(ValueError, match="are for one of ssdlite"):
        build_detector(path, weights="some.pth")


def test_a_function():
    assert build_detector(lambda image: [[1, 2, 3, 4]])(IMAGE).tolist() == [[1, 2, 3, 4, 1]]
    assert build_detector(lambda image: [])(IMAGE).shape == (0, 5)
    named = build_detector(lambda image, name: [[1, 2, 3, 4, float(name)]])
    assert named(IMAGE, "0.5").tolist() == [[1, 2, 3, 4, 0.5]]
    tuned = build_detector(lambda image, threshold=0.5: [[1, 2, 3, 4, threshold]])
    assert tuned(IMAGE, "a.jpg")[0, 4] == 0.5
    for answer in ([1, 2, 3, 4], [[1, 2, 3]], [[1, 2, 3, np.nan]]):
        wrong = build_detector(lambda image, answer=answer: answer)
        with pytest.raises(ValueError, match=r"for a\.jpg; it must be corners"):
            wrong(IMAGE, "a.jpg")


def test_an_unknown_detector():
    with pytest.raises(ValueError, match=r"no person detector 'yolo'; use one of ssdlite, .*full"):
        build_detector("yolo")

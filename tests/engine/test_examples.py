"""Examples that a validation leaves, whatever happens to them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmcv.runner import TensorboardLoggerHook
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from models.engine.hooks import EvaluationHook
from models.engine.hooks.examples import Examples
from models.evaluation import BesideLabels
from models.runtime.seed import random_states
from models.structures import COCO_17
from tests.identical import identical


@pytest.fixture
def runner(tmp_path):
    return SimpleNamespace(
        work_dir=str(tmp_path / "run"), epoch=4, iter=99, hooks=[], logger=logging.getLogger("test")
    )


@pytest.fixture
def dataset(tmp_path):
    """Six people in as many pictures, each answered a little worse than the one before."""
    labels = np.ones((6, 17, 3))
    labels[:, :, :2] = np.random.default_rng(0).uniform(10, 90, (6, 17, 2))
    images = [str(tmp_path / f"{i}.png") for i in range(6)]
    for i, image in enumerate(images):
        cv2.imwrite(image, np.full((100, 100, 3), 30 * i, np.uint8))
    beside = BesideLabels(
        measure="OKS",
        higher_is_better=True,
        values=np.linspace(0.9, 0.4, 6),
        poses=labels + np.arange(6)[:, None, None] * np.array([2, 0, 0]),
        labels=labels,
        images=images,
        bbox_ids=np.arange(10, 16),
    )
    return SimpleNamespace(
        beside_labels=lambda results: beside, keypoints=COCO_17, visualizer="PoseVisualizer"
    )


def folder(runner, epoch=5):
    return Path(runner.work_dir) / "validation" / "examples" / f"epoch_{epoch}"


def test_pictures_and_what_they_show(runner, dataset, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    Examples(1).leave(runner, dataset, [])
    content = json.loads((folder(runner) / "examples.json").read_text())
    assert (content["epoch"], content["measure"]) == (5, "OKS")
    assert [(e["rank"], e["bbox_id"], e["picture"]) for e in content["examples"]] == [
        ("best", 10, "best_1.jpg"),
        ("median", 13, "median_1.jpg"),
        ("worst", 15, "worst_1.jpg"),
    ]
    assert content["examples"][0]["image"] == str(tmp_path / "0.png")
    assert content["examples"][0]["value"] == pytest.approx(0.9)
    for example in content["examples"]:
        picture = cv2.imread(str(folder(runner) / example["picture"]))
        assert picture.shape[1] == 606
        background = int(example["image"][-5]) * 30  # of the right person's picture
        assert abs(int(np.median(picture[100:300])) - background) < 12
    assert "3 examples in" in caplog.text


def test_in_tensorboard(runner, dataset):
    hook = TensorboardLoggerHook()
    hook.writer = SummaryWriter(runner.work_dir + "/tf_logs")
    runner.hooks = [object(), hook]
    Examples(2).leave(runner, dataset, [])
    hook.writer.close()
    events = EventAccumulator(runner.work_dir + "/tf_logs").Reload()
    tags = events.Tags()["images"]
    assert sorted(tags) == [
        f"examples/{r}_{i}" for r in ("best", "median", "worst") for i in (1, 2)
    ]
    (shown,) = events.Images("examples/worst_1")
    assert shown.step == hook.get_iter(runner)
    pixels = cv2.imdecode(np.frombuffer(shown.encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
    written = cv2.imread(str(folder(runner) / "worst_1.jpg"))
    assert np.abs(pixels.astype(int) - written).mean() < 3  # colors are not exchanged


def test_generators_and_results_are_left_alone(runner, dataset):
    states = random_states()
    Examples(2).leave(runner, dataset, [])
    assert (folder(runner) / "examples.json").exists()
    assert identical(random_states(), states)


def test_none_wanted_or_none_to_show(runner, dataset, tmp_path):
    Examples(0).leave(runner, dataset, [])
    dataset.beside_labels = lambda results: None
    Examples(3).leave(runner, dataset, [])
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match=r"evaluation\.examples=-1 must be 0 or more"):
        Examples(-1)


def test_a_bad_picture_is_left_out(runner, dataset, tmp_path, caplog):
    (tmp_path / "0.png").write_bytes(b"no picture")
    (tmp_path / "5.png").unlink()
    Examples(2).leave(runner, dataset, [])
    content = json.loads((folder(runner) / "examples.json").read_text())
    assert [e["picture"] for e in content["examples"]] == [
        "best_2.jpg",
        "median_1.jpg",
        "median_2.jpg",
        "worst_2.jpg",
    ]
    assert "0.png" in caplog.text and "5.png" in caplog.text


@pytest.mark.parametrize("fault", ["data set", "disk"])
def test_a_failure_does_not_end_the_run(runner, dataset, tmp_path, caplog, fault):
    if fault == "disk":
        (tmp_path / "run").write_text("a file where the folder should be")
    else:
        dataset.beside_labels = lambda results: 1 / 0
    Examples(2).leave(runner, dataset, [])
    assert "The examples of this epoch failed" in caplog.text


def test_those_of_an_earlier_run_are_set_aside(runner, dataset):
    for epoch in (1, 5, 6, 10):
        runner.epoch = epoch - 1
        Examples(1).leave(runner, dataset, [])
    runner.epoch = 4
    Examples(1).leave(runner, dataset, [])
    there = sorted(path.name for path in folder(runner).parent.iterdir())
    assert there[1:] == ["epoch_1", "epoch_5"] and there[0].startswith("earlier_")
    aside = folder(runner).parent / there[0]
    assert sorted(path.name for path in aside.iterdir()) == ["epoch_10", "epoch_5", "epoch_6"]
    Examples(1).leave(runner, dataset, [])  # within the same second
    assert len(list(folder(runner).parent.glob("earlier_*"))) == 2


def test_the_hook_leaves_them_after_its_scores(runner, dataset, tmp_path):
    """And hands over the very results that were scored."""
    results = [{"preds": 1}]
    hook = EvaluationHook.__new__(EvaluationHook)
    hook.key_indicator, hook.eval_kwargs, hook.examples = "AP", {}, Examples(1)
    beside, seen = dataset.beside_labels(None), []
    dataset.evaluate = lambda given, **more: seen.append(given) or {"AP": 0.5}
    dataset.beside_labels = lambda given: seen.append(given) or beside
    hook.dataset = dataset
    runner.log_buffer = SimpleNamespace(output={})
    assert hook.evaluate(runner, results) == 0.5
    assert seen == [results, results]
    assert (folder(runner) / "best_1.jpg").exists()


def test_no_task_is_known_here(repository):
    source = (repository / "models/engine/hooks/examples.py").read_text(encoding="utf-8").lower()
    for word in ("keypoint", "crop", "heatmap", "bbox", "coco", "pose"):
        assert word not in source, word

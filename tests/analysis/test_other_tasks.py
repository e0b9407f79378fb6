"""Analyses of a task that they do not know: what it offers is shown, the rest is said."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.analysis.measure import measure
from models.analysis.report import write_report
from models.analysis.scores import fractions, main_score, metrics_of
from models.builder import DATASETS, METRICS, VISUALIZERS
from models.engine.hooks.examples import Examples
from models.evaluation.metrics import EPE, PCK, CocoMetric, MpiiPCKh
from models.runtime.config import load_config
from tests.tools.conftest import load_tool


@pytest.fixture(scope="module", autouse=True)
def task():
    """The other task, known to the registries while these tests run."""
    from tests.analysis import other_task

    yield other_task
    for registry, name in (
        (DATASETS, "CountingDataset"),
        (METRICS, "CountError"),
        (VISUALIZERS, "CountVisualizer"),
    ):
        registry.module_dict.pop(name, None)


@pytest.fixture
def run(task, tmp_path) -> Path:
    return task.write_counting_run(tmp_path / "run").parent


def test_what_is_measured(run):
    measured = measure(load_config(run / "counting.py"), run / "results.json")
    assert measured.scores == {"count error": 0.5, "worst error": 2.0}
    assert (measured.headline, measured.highlights) == ("count error", ("worst error",))
    assert (measured.samples, measured.samples_kind) == ("4 images", None)
    assert (measured.errors, measured.curves, measured.lacks) == (None, {}, None)
    assert measured.compared.values.tolist() == [0, 2, 0, 0]


def test_page(run):
    page, lacking = write_report(run)
    text = page.read_text(encoding="utf-8")
    sections = re.findall(r'<section id="([\w-]+)"', text)
    assert sections == ["scores", "training", "worst-cases", "run-and-environment"]
    assert lacking == []
    for told in ("4 images.", "How many were counted.", "count error on the test set", ".5000"):
        assert told in text
    assert re.search(r"best validation count error</dt><dd>1\.5000</dd><dd>epoch 2", text)
    captions = re.findall(r"<b>error (\S+)</b> (\S+)</figcaption>", text)
    assert captions[0] == ("2.00", "1.png")


def test_other_tools_say_what_there_is_not(run, tmp_path):
    config, results = str(run / "counting.py"), str(run / "results.json")
    analyze = load_tool("tools/analysis/analyze_errors.py").main
    with pytest.raises(ValueError, match="CountingDataset offers no comparison of predictions"):
        analyze([config, results, "--out", str(tmp_path / "errors.json")])
    draw = load_tool("tools/analysis/draw_results.py").main
    with pytest.raises(ValueError, match="CountingDataset has no joints"):
        draw([config, results, "--out", str(tmp_path / "drawn")])
    browse = load_tool("tools/analysis/browse_dataset.py").main
    with pytest.raises(ValueError, match="CountingDataset does not give its annotations"):
        browse([config, "--out", str(tmp_path / "browsed")])


def test_curves_of_its_log(run, tmp_path, capsys):
    plot = load_tool("tools/analysis/analyze_logs.py").main
    plot(["plot_curve", str(run), "--out", str(tmp_path / "curves.png")])
    assert "Curves of loss, count error" in capsys.readouterr().out


def test_examples_of_its_validation(task, run, monkeypatch):
    captions = []
    draw = task.CountVisualizer.draw

    def draw_captioned(self, compared, i, caption=()):
        captions.append(caption)
        return draw(self, compared, i)

    monkeypatch.setattr(task.CountVisualizer, "draw", draw_captioned)
    dataset = task.CountingDataset(str(run / "counts.json"))
    runner = SimpleNamespace(work_dir=str(run), epoch=0, hooks=[], logger=logging.getLogger("test"))
    Examples(1).leave(runner, dataset, json.loads((run / "results.json").read_text()))
    folder = run / "validation/examples/epoch_1"
    content = json.loads((folder / "examples.json").read_text())
    assert (content["measure"], content["epoch"]) == ("error", 1)
    worst = content["examples"][-1]
    assert worst == {
        "rank": "worst",
        "image": str(run / "1.png"),
        "value": 2.0,
        "picture": "worst_1.jpg",
    }
    assert (folder / "worst_1.jpg").exists()
    assert ("worst 1: error 2.000", "epoch 1, 1.png") in captions


def test_no_examples_without_a_visualizer(run):
    runner = SimpleNamespace(work_dir=str(run), epoch=0)
    Examples(1).leave(runner, SimpleNamespace(), [])
    Examples(1).leave(runner, SimpleNamespace(visualizer=None), [])
    assert not (run / "validation").exists()


# The scale and direction of scores.


def test_scales_are_those_of_the_metrics():
    scores = {"AP": 0.5, "Head": 50.0, "PCKh": 85.0, "EPE": 7.0, "other": 3.0, "text": "x"}
    metrics = [CocoMetric, MpiiPCKh, EPE]
    expected = {"AP": 0.5, "Head": 0.5, "PCKh": 0.85, "EPE": 7.0, "other": 3.0}
    assert fractions(scores, metrics) == pytest.approx(expected)
    assert fractions({"AP": -1, "Head": 50.0}, [CocoMetric]) == {"AP": -1, "Head": 50.0}
    mine = type("Mine", (CocoMetric,), {"key": "mine", "scores": (), "full_score": 10.0})
    assert fractions({"a": 5.0}, [CocoMetric, mine]) == {"a": 0.5}  # it does not say what it gives


def test_the_main_score():
    assert main_score(["Head", "PCKh"], [CocoMetric, MpiiPCKh]) == ("PCKh", True)
    assert main_score(["PCK", "EPE"], [EPE, PCK]) == ("EPE", False)
    assert main_score(["mine"], [EPE]) == ("mine", True)
    assert main_score([], [EPE]) is None


def test_metrics_of_a_config(repository):
    coco = load_config(repository / "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py")
    assert metrics_of(coco) == [CocoMetric]
    coco.evaluation["metric"] = ["EPE", "mAP"]
    assert metrics_of(coco, "test") == [EPE, CocoMetric]
    assert {CocoMetric, MpiiPCKh} < set(metrics_of(None))

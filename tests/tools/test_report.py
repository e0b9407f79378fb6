"""tools/analysis/report.py writes a page of what a run folder and its results hold."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.analysis.measure import measure
from models.analysis.page.cases import worst_section
from models.runtime.files import dump_json
from tests.analysis.fake_run import answers, write_run
from tests.tools.conftest import COCO_CONFIG, MPII_CONFIG, REPOSITORY, load_tool, overrides

VOID = {"meta", "link", "img", "br", "wbr"}


class Outline(HTMLParser):
    """Elements of a page, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.ids: list[str | None] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "section":
            self.ids.append(facts.get("id"))
        if tag == "img":
            self.images.append(facts)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report():
    """The tool's `main`."""
    return load_tool("tools/analysis/report.py").main


@pytest.fixture
def coco_run(tiny_data, tmp_path):
    """A run folder with results that are off by a pixel, in labelled boxes; its config."""
    options = [*overrides(tiny_data, "coco"), "data.test.data_cfg.use_gt_bbox=True"]
    cfg = write_run(tmp_path / "run", REPOSITORY / COCO_CONFIG, options)
    dump_json(answers(cfg), tmp_path / "run/results.json")
    return tmp_path / "run", cfg


def test_page_of_a_tested_run(report, coco_run, capsys):
    run, cfg = coco_run
    report([str(run)])
    assert str(run / "report.html") in capsys.readouterr().out
    text = (run / "report.html").read_text(encoding="utf-8")
    page = Outline(text)
    assert page.ids == [
        "scores",
        "training",
        "errors-by-joint",
        "worst-cases",
        "run-and-environment",
    ]
    assert page.images
    assert all(i["src"].startswith("data:image/jpeg;base64,") and i["alt"] for i in page.images)
    measured = measure(cfg, run / "results.json")
    assert f"{measured.scores['AP']:.4f}"[1:] in text or measured.scores["AP"] == 1
    for told in ("left shoulder", "jitter", "Precision over recall", "0123456789ab", "2.11.0"):
        assert told in text


def test_worst_person_is_shown_first(coco_run):
    run, cfg = coco_run
    results = answers(cfg)
    poses = np.array(results[0]["preds"])
    poses[3, :, :2] += 40
    results[0]["preds"] = poses.tolist()
    dump_json(results, run / "results.json")
    section = worst_section(measure(cfg, run / "results.json"))
    captions = re.findall(r"<b>OKS (\S+)</b> (\S+)</figcaption>", section)
    assert captions[0][1] == Path(results[0]["image_paths"][3]).name
    values = [float(value) for value, _ in captions]
    assert values == sorted(values)
    assert values[0] < 0.2 < 0.5 < values[1]


def test_page_of_an_mpii_run(report, tiny_data, tmp_path):
    run = tmp_path / "run"
    cfg = write_run(run, REPOSITORY / MPII_CONFIG, overrides(tiny_data, "mpii"))
    dump_json(answers(cfg), run / "results.json")
    report([str(run), "--out", str(tmp_path / "page.html")])
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Outline(text)
    assert page.ids == ["scores", "training", "worst-cases", "run-and-environment"]
    for told in ("PCKh@0.1", "Joints within a distance", "Shoulder", "distance / head size"):
        assert told in text
    scores = measure(cfg, run / "results.json").scores
    assert 0.5 < scores["PCKh"] <= 1


def test_examples_of_a_validation_are_shown(report, coco_run):
    run, _ = coco_run
    for epoch in (2, 10):
        folder = run / f"validation/examples/epoch_{epoch}"
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / "worst_1.jpg"), np.full((900, 60, 3), 128, np.uint8))
        example = {"rank": "worst", "image": "a/b/<i>.jpg", "bbox_id": 3, "value": 0.125}
        shown = {**example, "picture": "worst_1.jpg"}
        lost = {**example, "picture": "../../../gone.jpg"}
        content = {"epoch": epoch, "measure": "OKS", "examples": [shown, lost]}
        (folder / "examples.json").write_text(json.dumps(content))
    (run / "results.json").unlink()
    report([str(run)])
    text = (run / "report.html").read_text(encoding="utf-8")
    (image,) = Outline(text).images
    assert "after epoch 10" in text
    assert "worst: OKS 0.12" in text
    assert image["height"] == "640"
    assert "<i>.jpg" not in text


def test_pictures_that_are_gone_cost_themselves_alone(report, coco_run, tmp_path):
    run, _ = coco_run
    results = json.loads((run / "results.json").read_text())
    moved = tmp_path / "val"
    moved.mkdir()
    for path in {*results[0]["image_paths"]}:
        (moved / Path(path).name).symlink_to(path)
    results[0]["image_paths"] = [str(moved / Path(p).name) for p in results[0]["image_paths"]]
    dump_json(results, run / "results.json")

    def images() -> list[dict[str, str | None]]:
        report([str(run), "--cfg-options", f"data.test.img_prefix={moved}/"])
        page = Outline((run / "report.html").read_text(encoding="utf-8"))
        assert "scores" in page.ids
        return page.images

    before = images()
    (moved / re.search(r"\d+\.jpg", before[0]["alt"])[0]).unlink()
    assert len(before) > len(images()) > 0


def test_results_of_another_data_set(report, coco_run, tmp_path, capsys):
    run, _ = coco_run
    results = json.loads((run / "results.json").read_text())
    results[0]["image_paths"] = [f"other/{i}.jpg" for i in range(len(results[0]["bbox_ids"]))]
    dump_json(results, run / "results.json")
    report([str(run)])
    assert "was not measured" in capsys.readouterr().err
    assert "was not measured" in (run / "report.html").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="other/0"):
        report([str(run), "--results", str(run / "results.json")])
    dump_json({}, tmp_path / "no.json")
    with pytest.raises(ValueError, match="holds no results"):
        report([str(run), "--results", str(tmp_path / "no.json")])


def test_mistakes_are_one_line(run_tool, tmp_path):
    done = run_tool("tools/analysis/report.py", tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "is no run folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1

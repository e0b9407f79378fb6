"""tools/analysis/analyze_errors.py says what is wrong with a test run's joints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tools.conftest import load_tool

FOLDER = "configs/top_down/lite_hrnet/synthetic"
COCO_CONFIG = f"{FOLDER}/litehrnet_18_synthetic_128x96.py"
MPII_CONFIG = f"{FOLDER}/litehrnet_18_synthetic_mpii_128x128.py"


@pytest.fixture
def analyze(repository, monkeypatch) -> Callable[..., None]:
    """The tool, in this process: a start takes longer than the work."""
    monkeypatch.chdir(repository)
    module = load_tool("tools/analysis/analyze_errors.py")
    return lambda *argv: module.main([str(word) for word in argv])


@pytest.fixture
def results(tiny_data, tmp_path) -> Path:
    """The labels themselves as answers, but the first person's nose is far off."""
    content = json.loads((tiny_data / "annotations" / "person_keypoints_val.json").read_text())
    files = {image["id"]: image["file_name"] for image in content["images"]}
    people = [person for person in content["annotations"] if any(person["keypoints"][2::3])]
    people.sort(key=lambda person: person["keypoints"][2] == 0)  # one whose nose is labelled first
    batches = []
    for number, person in enumerate(people):
        pose = np.reshape(person["keypoints"], (17, 3)).astype(float)
        pose[:, 2] = 1
        if number == 0:
            pose[0, 0] += 1000
        batches.append(
            {
                "preds": [pose.tolist()],
                "boxes": [[0, 0, 1, 1, person["area"], 1]],
                "image_paths": [f"{tiny_data}/val/{files[person['image_id']]}"],
                "bbox_ids": [number],
            }
        )
    path = tmp_path / "results.json"
    path.write_text(json.dumps(batches))
    return path


def test_table_numbers_and_chart(analyze, results, tiny, tmp_path, capsys) -> None:
    analyze(COCO_CONFIG, results, *tiny("coco"))
    lines = capsys.readouterr().out.splitlines()
    told = json.loads((tmp_path / "errors.json").read_text())
    assert told["all"]["miss"] == told["joints"]["nose"]["miss"] == 1
    assert told["people"]["missed"] == 0
    assert {"precision_recall", "sizes"} < told.keys()
    (nose,) = (line for line in lines if line.startswith("nose"))
    labelled = told["joints"]["nose"]["labelled"]
    assert nose.split()[1:3] == [str(labelled), f"{100 - 100 / labelled:.1f}%"]
    assert f"People found: {told['people']['matched']}" in "\n".join(lines)
    chart = cv2.imread(str(tmp_path / "errors.png"))
    assert chart.std() > 10


def test_mpii_is_told_by_distance(analyze, tiny_data, tiny, tmp_path, capsys) -> None:
    entries = json.loads((tiny_data / "mpii" / "annotations" / "mpii_val.json").read_text())
    poses = [np.column_stack([np.array(entry["joints"]) - 1, np.ones(16)]) for entry in entries]
    batch = {
        "preds": [pose.tolist() for pose in poses],
        "boxes": [[0, 0, 1, 1, 1, 1]] * len(entries),
        "image_paths": [f"{tiny_data}/{entry['image']}" for entry in entries],
        "bbox_ids": list(range(len(entries))),
    }
    (tmp_path / "results.json").write_text(json.dumps([batch]))
    out = tmp_path / "new" / "pck.json"
    analyze(MPII_CONFIG, tmp_path / "results.json", "--out", out, *tiny("mpii"))
    told = json.loads(out.read_text())["pck"]
    assert told["mean"][50] == told["scores"]["PCKh"]["value"] == pytest.approx(100)
    assert "PCKh: 100.0000 (within 0.5)" in capsys.readouterr().out
    assert cv2.imread(str(out.with_suffix(".png"))).std() > 10


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ({}, ValueError, r"results\.json holds no results of tools/test\.py --out"),
        ([[1]], ValueError, r"results\.json holds no results of tools/test\.py --out"),
        ([{"image_id": 1, "keypoints": []}], KeyError, "has no 'preds'"),
    ],
)
def test_other_files(analyze, results, tiny, content, error, message) -> None:
    results.write_text(json.dumps(content))
    with pytest.raises(error, match=message):
        analyze(COCO_CONFIG, results, *tiny("coco"))


def test_results_of_other_pictures(analyze, results, tiny) -> None:
    results.write_text(results.read_text().replace("/val/", "/train/"))
    with pytest.raises(ValueError, match="which the annotation file does not list"):
        analyze(COCO_CONFIG, results, *tiny("coco"))


@pytest.mark.parametrize(
    ("out", "message"), [("results.json", "would replace the results"), ("a.txt", "end in .json")]
)
def test_bad_out(analyze, tmp_path, capsys, out, message) -> None:
    with pytest.raises(SystemExit):
        analyze(COCO_CONFIG, tmp_path / "results.json", "--out", tmp_path / out)
    assert message in capsys.readouterr().err

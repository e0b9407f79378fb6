"""tools/analysis/browse_dataset.py shows a data set of either form before it is trained on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from models.analysis.browse import open_split
from tests.tools.conftest import load_tool

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = "configs/top_down/lite_hrnet/synthetic"
COCO = f"{FOLDER}/litehrnet_18_synthetic_128x96.py"
MPII = f"{FOLDER}/litehrnet_18_synthetic_mpii_128x128.py"


@pytest.fixture
def browse(monkeypatch) -> Callable[..., None]:
    """The tool's `main`, in this process."""
    monkeypatch.chdir(REPOSITORY)
    module = load_tool("tools/analysis/browse_dataset.py")
    return lambda *argv: module.main([str(word) for word in argv])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_train_split(browse, tiny, tmp_path, capsys):
    options = ("--num", 3, "--draws", 2, *tiny("coco"))
    browse(COCO, "--out", tmp_path, *options)
    said = capsys.readouterr().out
    assert "10 images" in said
    assert "left_shoulder" in said
    assert "Suspicious annotations of" in said
    assert {"statistics.json", "statistics.png", "suspicious.json", "samples"} <= names(tmp_path)
    samples = tmp_path / "samples"
    sheets = {"originals.jpg", "augmented.jpg", "targets.jpg"}
    assert sheets <= names(samples)
    assert len(names(samples)) == 3 + 3
    facts = json.loads((tmp_path / "statistics.json").read_text())
    assert facts["images"] == 10
    assert facts["people_with_joints"] == facts["samples"] > 9
    sheet = cv2.imread(str(samples / "augmented.jpg"))
    before = {path.name: path.read_bytes() for path in samples.iterdir()}

    browse(COCO, "--out", tmp_path, *options)  # the same samples; the earlier ones are kept
    assert {path.name: path.read_bytes() for path in samples.iterdir()} == before
    assert len([name for name in names(tmp_path) if name.startswith("samples_")]) == 1
    assert "earlier output is kept" in capsys.readouterr().out
    browse(COCO, "--out", tmp_path, *options, "--seed", 1)
    assert (cv2.imread(str(samples / "augmented.jpg")) != sheet).any()


@pytest.mark.parametrize(("config", "form"), [(COCO, "coco"), (MPII, "mpii")])
def test_val_split(browse, tiny, tmp_path, capsys, config, form):
    browse(config, "--split", "val", "--num", 2, "--out", tmp_path, *tiny(form))
    assert "8 images" in capsys.readouterr().out
    made = names(tmp_path / "samples")
    assert "augmented.jpg" in made
    assert "targets.jpg" not in made  # its pipeline makes none


def test_planted_faults(browse, tiny, tiny_data, tmp_path, capsys):
    content = json.loads((tiny_data / "annotations/person_keypoints_train.json").read_text())
    first, second = (
        next(a for a in content["annotations"] if a["image_id"] == image) for image in (1, 2)
    )
    first["keypoints"][3 * 11 : 3 * 11 + 2] = [-50, 20]
    content["annotations"].append({**second, "id": 900})
    content["annotations"].append({**second, "id": 901, "keypoints": [0] * 51})
    faulty = tmp_path / "faulty.json"
    faulty.write_text(json.dumps(content))
    out = tmp_path / "out"
    options = [*tiny("coco"), f"data.train.ann_file={faulty}"]
    browse(COCO, "--num", 1, "--out", out, *options)
    told = json.loads((out / "suspicious.json").read_text())
    found = {(finding["kind"], finding["id"]) for finding in told["findings"]}
    assert ("outside picture", first["id"]) in found
    assert ("duplicate", second["id"]) in found
    assert ("no joints", 901) in found
    assert (out / "suspicious.jpg").is_file()
    assert "1  no joints" in capsys.readouterr().out


def test_unreadable_pictures_are_left_out(browse, tiny, tiny_data, tmp_path, capsys):
    pictures = tmp_path / "train"
    pictures.mkdir()
    for path in (tiny_data / "train").iterdir():
        (pictures / path.name).write_bytes(path.read_bytes() if path.stem != "000003" else b"no")
    options = [*tiny("coco"), f"data.train.img_prefix={pictures}/"]
    browse(COCO, "--num", 10, "--draws", 1, "--out", tmp_path / "out", *options)
    said = capsys.readouterr()
    assert "9 samples" in said.out
    assert "left out: image" in said.err


def test_bad_input(browse, tiny, tmp_path, capsys):
    options = tiny("coco")
    with pytest.raises(FileNotFoundError, match=r"annotation file .*none\.json does not exist"):
        browse(COCO, "--out", tmp_path, *options, "data.train.ann_file=none.json")
    (tmp_path / "empty.json").write_text('{"images": [], "annotations": []}')
    with pytest.raises(ValueError, match="lists no 'images'"):
        browse(COCO, "--out", tmp_path, *options, f"data.train.ann_file={tmp_path}/empty.json")
    with pytest.raises(NotADirectoryError, match="is a file"):
        browse(COCO, "--out", tmp_path / "empty.json", *options)
    for wrong in (["--split", "all"], ["--num", "0"]):
        with pytest.raises(SystemExit):
            browse(COCO, "--out", tmp_path, *wrong, *options)
    with pytest.raises(KeyError, match=r"no data\.test"):
        open_split({"data": {"train": {"type": "TopDownCocoDataset"}}}, "test")
    assert "invalid choice: 'all'" in capsys.readouterr().err

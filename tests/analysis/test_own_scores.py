"""Scores that belong to a checkpoint, and none that do not."""

from __future__ import annotations

import json

import pytest

from models import load_config
from models.analysis.own_scores import kept_config, scores_of_results, validation_scores

MPII = "configs/top_down/lite_hrnet/mpii/litehrnet_18_mpii_256x256.py"
COCO = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


def write_log(folder, *entries, name="20260101_000000"):
    lines = ({"seed": 0}, *entries)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / f"{name}.log.json").write_text(text)


def val(epoch, **scores):
    return {"mode": "val", "epoch": epoch, "iter": 5, "lr": 0.1, **scores}


def test_scores_of_the_checkpoints_epoch(repository, tmp_path):
    cfg = load_config(repository / COCO)
    write_log(tmp_path, val(1, AP=0.1), val(2, AP=0.2))
    write_log(tmp_path, val(2, AP=0.3), name="20260102_000000")  # trained again after a cut
    assert validation_scores(tmp_path, {"epoch": 1}, cfg).values == {"AP": 0.1}
    scores = validation_scores(tmp_path, {"epoch": 2, "samples_of_epoch": 0}, cfg)
    assert scores.values == {"AP": 0.3}
    assert scores.boxes == "ground truth"
    assert scores.labels == "data/coco/annotations/person_keypoints_val2017.json"


@pytest.mark.parametrize("meta", [{}, {"epoch": 3}, {"epoch": 1, "samples_of_epoch": 64}])
def test_weights_that_were_not_validated_have_none(repository, tmp_path, meta):
    write_log(tmp_path, val(1, AP=0.1))
    assert validation_scores(tmp_path, meta, load_config(repository / COCO)) is None


def test_a_checkpoint_alone_has_none(repository, tmp_path):
    assert validation_scores(tmp_path, {"epoch": 1}, load_config(repository / COCO)) is None


def test_percentages_become_fractions(repository, tmp_path):
    write_log(tmp_path, val(1, **{"PCKh": 85.0, "PCKh@0.1": 30.0}))
    scores = validation_scores(tmp_path, {"epoch": 1}, load_config(repository / MPII))
    assert scores.values == pytest.approx({"PCKh": 0.85, "PCKh@0.1": 0.3})


def test_config_that_a_run_kept(tmp_path):
    (tmp_path / "run_1.json").write_text(json.dumps({"config": "configs/mine.py"}))
    with pytest.raises(FileNotFoundError, match="give the file"):
        kept_config(tmp_path)
    (tmp_path / "mine.py").touch()
    (tmp_path / "mine_20260101.py").touch()  # set aside
    assert kept_config(tmp_path) == tmp_path / "mine.py"


def test_other_json_is_no_results(repository, tmp_path):
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no results"):
        scores_of_results(tmp_path / "other.json", load_config(repository / COCO))

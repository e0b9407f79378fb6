"""The model card says what is so, and what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import build_network, load_config
from models.analysis.model_card import Known, Scores, model_card
from models.deploy.portable import portable_config
from models.deploy.published import Published

FOLDER = "configs/top_down"


@pytest.fixture
def published(repository):
    path = repository / FOLDER / "naive_litehrnet/mpii/naive_litehrnet_18_mpii_256x256.py"
    cfg = portable_config(load_config(path))
    meta = {
        "keypoint_names": [f"joint_{i}" for i in range(16)],
        "averaged": True,
        "environment": {},
    }
    checkpoint = Path("naive-0123abcd.pth")
    return Published(checkpoint, "0123abcd" * 8, cfg, meta, build_network(cfg), 2**20, 3 * 2**20)


def test_facts(published):
    card = model_card(published, Known("naive_litehrnet_18_mpii_256x256"))
    assert card.startswith("# naive-0123abcd\n")
    assert "naive Lite-HRNet-18" in card
    assert "| FLOPs, published convention | 259." in card
    assert "16 heatmaps of 64×64" in card
    assert "1.0 MiB (its source 3.0 MiB)" in card
    assert "averaged over the run" in card
    assert f"echo '{published.sha256}  naive-0123abcd.pth' | sha256sum --check" in card
    assert "unknown done, 210 in the schedule" in card
    assert "drawn people" not in card
    assert "None are known" in card


def test_published_numbers_are_not_the_files_own(published):
    card = model_card(published, Known("x", published={"PCKh": 0.853}, protocol="MPII val"))
    assert "|  | published |" in card
    assert "on MPII val; measured with its own weights, not with this file" in card
    assert "has not been tested" in card


def test_scores_side_by_side(published):
    known = Known(
        "x",
        validation=Scores({"PCKh": 0.84, "Head": -1.0}, "ground truth", "val.json"),
        test=Scores({"PCKh": 0.83}, "`boxes.json`", "test.json", 7),
        published={"PCKh": 0.853, "PCKh@0.1": 0.305},
        protocol="MPII val",
    )
    card = model_card(published, known)
    assert "|  | test | validation | published |" in card
    assert "| PCKh | 0.830 | 0.840 | 0.853 |" in card
    assert "| PCKh@0.1 | – | – | 0.305 |" in card
    assert "| Head | – | – | – |" in card
    assert "7 persons, labels `test.json`, boxes: `boxes.json`" in card

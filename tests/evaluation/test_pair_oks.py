"""OKS of many pairs at once is, to the last bit, what xtcocotools computes for each."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from models.evaluation import pair_oks as module
from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import read_labels
from models.evaluation.pair_oks import pair_oks


# NumPy adds up to 7, up to 128 and more numbers in different ways, and a bit may depend on it.
@pytest.mark.parametrize("joints", [1, 5, 17, 133, 300])
@pytest.mark.parametrize("use_area", [True, False])
def test_every_bit_is_the_references(monkeypatch, joints: int, use_area: bool) -> None:
    monkeypatch.setattr(module, "CHUNK", 7)  # so that a group is cut
    rng = np.random.default_rng(joints)
    sigmas = rng.uniform(0.03, 0.1, joints)
    labels, poses = [], rng.uniform(0, 100, (20, joints, 3))
    for i in range(40):
        visible = rng.integers(0, 3, joints) * (i % 8 > 0)  # every eighth has no labelled joint
        points = poses[i % 20, :, :2] + rng.normal(0, 3, (joints, 2))
        labels.append(
            {
                "id": i,
                "image_id": 1,
                "category_id": 1,
                "keypoints": np.column_stack([points, visible]).ravel().tolist(),
                "bbox": [*rng.uniform(0, 100, 2).tolist(), *rng.uniform(5, 60, 2).tolist()],
                "area": float(rng.uniform(500, 10000)),
                "iscrowd": 0,
            }
        )
    truth = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": labels}
    results = [
        {"image_id": 1, "category_id": 1, "keypoints": pose.ravel().tolist(), "score": 1 - i / 20}
        for i, pose in enumerate(poses)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO("given", ann_data=truth)
        evaluation = COCOeval(coco, coco.loadRes(results), "keypoints", sigmas, use_area=use_area)
        evaluation.evaluate()
    table = read_labels(labels, Cells.of(truth), joints, use_area)
    answer, label = np.divmod(rng.permutation(20 * 40), 40)
    oks = pair_oks(poses, answer, table, label, sigmas)
    assert np.array_equal(oks, evaluation.ious[1, 1][answer, label])
    assert (oks > 0.1).any()
    assert (oks < 0.1).any()

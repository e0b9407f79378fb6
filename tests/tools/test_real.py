"""Real pictures: a checkpoint of the original code, and learning twelve people by heart."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from models.evaluation import MpiiGroundTruth, save_mpii_ground_truth

COCO = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"
MPII = "configs/top_down/lite_hrnet/mpii/litehrnet_18_mpii_256x256.py"


def on_real_people(real) -> list[str]:
    options = ["--cfg-options", "data.workers_per_gpu=0"]
    for split in ("train", "val", "test"):
        options += [
            f"data.{split}.ann_file={real}/coco/test_coco.json",
            f"data.{split}.img_prefix={real}/coco/",
            f"data.{split}.data_cfg.bbox_file={real}/coco/test_coco_det_AP_H_56.json",
        ]
    return options


def score(stdout: str, name: str) -> float:
    return float(re.search(rf"^{re.escape(name)}: ([\d.]+)$", stdout, re.MULTILINE).group(1))


@pytest.mark.parametrize(
    ("boxes", "ap", "engine"),
    [("gt", 1.0, "torch")]
    + [("det", 0.7267, engine) for engine in ("eager", "torch", "onnxruntime", "openvino")],
)
def test_checkpoint_of_the_original(real, shared_golden, run_tool, tmp_path, boxes, ap, engine):
    if engine in ("onnxruntime", "openvino"):
        pytest.importorskip(engine)
    done = run_tool(
        "tools/test.py",
        COCO,
        shared_golden / "original_coco_12_persons.pth",
        *("--work-dir", tmp_path, "--out", tmp_path / "raw.json", "--batch-size", 8),
        *("--engine", engine),
        *on_real_people(real),
        f"data.test.data_cfg.use_gt_bbox={boxes == 'gt'}",
    )
    recorded = json.loads((shared_golden / f"original_coco_12_persons_{boxes}.json").read_text())
    for name, value in recorded["stats"].items():
        assert score(done.stdout, name) == pytest.approx(value, abs=6e-5), name
    assert recorded["stats"]["AP"] == pytest.approx(ap, abs=5e-5)
    batches = json.loads((tmp_path / "raw.json").read_text())
    poses = np.concatenate([batch["preds"] for batch in batches])
    distance = np.abs(poses - np.array(recorded["preds"]))[..., :2].max(axis=-1)
    assert (distance < 0.05).mean() >= 0.995  # equal maxima may be a rounding apart


def test_real_mpii(real, run_tool, tmp_path):
    """Five people: the data path of MPII from pictures to PCKh."""
    people = json.loads((real / "mpii" / "test_mpii.json").read_text())
    write_ground_truth(tmp_path, people)
    options = ["--cfg-options", "data.workers_per_gpu=0", "data.samples_per_gpu=4"]
    for split in ("train", "val", "test"):
        options.append(f"data.{split}.ann_file={tmp_path}/test_mpii.json")
        options.append(f"data.{split}.img_prefix={real}/mpii/")
        options.append(f"data.{split}.data_cfg.image_size=[64,64]")
    run_tool(
        "tools/train.py",
        MPII,
        "--work-dir",
        tmp_path / "run",
        *options,
        "total_epochs=1",
        "evaluation.interval=1",
    )
    done = run_tool(
        "tools/test.py",
        MPII,
        tmp_path / "run/latest.pth",
        "--work-dir",
        tmp_path,
        "--eval",
        "PCKh",
        *options,
    )
    assert "5 persons" in done.stdout
    assert 0 <= score(done.stdout, "PCKh") <= 100


def write_ground_truth(folder, people: list[dict]) -> None:
    joints = np.array([person["joints"] for person in people])
    visible = np.array([person["joints_vis"] for person in people], dtype=bool)
    head = np.stack([joints[:, 8] - 20, joints[:, 9] + 20], axis=1)
    truth = MpiiGroundTruth(joints=joints, visible=visible, head_boxes=head)
    save_mpii_ground_truth(folder / "mpii_gt_val.mat", truth)
    (folder / "test_mpii.json").write_text(json.dumps(people))


@pytest.mark.slow
def test_twelve_people_are_learned_by_heart(real, run_tool, tmp_path):
    """AP ≥ 0.99 with ground-truth boxes in 260 iterations, flips being the only augmentation."""
    run_tool(
        "tools/train.py",
        COCO,
        *("--work-dir", tmp_path, "--seed", 0),
        *on_real_people(real),
        *("data.samples_per_gpu=12", "total_epochs=260", "evaluation.interval=260"),
        *(
            "checkpoint_config.interval=260",
            "lr_config.warmup_iters=20",
            "lr_config.step=[200,240]",
        ),
        "data.train.pipeline.1.prob=0",
        "data.train.pipeline.3.prob_half_body=0",
        *("data.train.pipeline.4.rot_factor=0", "data.train.pipeline.4.scale_factor=0"),
        timeout=1500,
    )
    done = run_tool(
        "tools/test.py",
        COCO,
        tmp_path / "latest.pth",
        "--work-dir",
        tmp_path,
        *on_real_people(real),
        "data.test.data_cfg.use_gt_bbox=True",
    )
    assert score(done.stdout, "AP") >= 0.99

"""Configs of the original and of mmpose 0.29 go all the way that ours go."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv import Config

from models import build_posenet, load_config
from models.deploy.exported import engine_names
from models.inference.api import inference_top_down_pose_model, init_pose_model
from models.runtime.options import parse_value
from tests.deploy.conftest import randomized
from tests.dialects import installed_mmpose_configs, mmpose_029, original, write_config
from tests.tools.conftest import overrides

#: tested with every engine; of the others it is enough that PyTorch's two forms agree
THOROUGHLY = (
    "original litehrnet_18_coco_256x192",
    "original litehrnet_18_mpii_256x256",
    "mmpose coco",
)
#: mmpose's own files, the hand's among them, where it is installed beside
INSTALLED = {f"installed {path.stem}": path for path in installed_mmpose_configs()}
ALL = (*THOROUGHLY, "original naive_litehrnet_18_coco_256x192", "mmpose mpii", *INSTALLED)


@pytest.fixture(scope="module", params=ALL)
def dialect(request, tmp_path_factory, tiny_data):
    """A config file, options that make it small, and a checkpoint with peaks in its heatmaps."""
    whose, name = request.param.split(" ")
    folder = tmp_path_factory.mktemp("dialect")
    if whose == "original":
        config = original(name)
    elif whose == "installed":
        config = INSTALLED[request.param]
    else:
        config = write_config(mmpose_029(name), folder / "newer.json")
    if "hand" in name:
        return Dialect(config, "coco", tiny_data, folder, *hands(tiny_data, folder))
    return Dialect(config, "mpii" if "mpii" in name else "coco", tiny_data, folder)


def hands(data: Path, folder: Path) -> list[str]:
    """Options of a config of hands: the drawn people once more, taken for left hands."""
    options = []
    for half, splits in (("train", ("train",)), ("val", ("val", "test"))):
        content = json.loads((data / f"annotations/person_keypoints_{half}.json").read_text())
        for person in content["annotations"]:
            points = person.pop("keypoints")
            person |= {
                "lefthand_valid": True,
                "lefthand_box": person["bbox"],
                "lefthand_kpts": (points + points)[: 21 * 3],
                "righthand_valid": False,
                "righthand_box": [0, 0, 0, 0],
                "righthand_kpts": [0] * 63,
            }
        (folder / f"{half}.json").write_text(json.dumps(content))
        options += [f"data.{split}.ann_file={folder}/{half}.json" for split in splits]
    return options


class Dialect:
    """A config, made small, with a checkpoint."""

    def __init__(self, config: Path, form: str, data: Path, folder: Path, *more: str) -> None:
        self.config, self.folder = config, folder
        # mmpose's configs lack some of the keys, those of hands the detections too
        self.values = [
            f"+{option}" if "dataloader" in option or "bbox_file" in option else option
            for option in overrides(data, form)
        ]
        self.values += [f"data.{s}.data_cfg.heatmap_size=[16,16]" for s in ("train", "val", "test")]
        self.values += ["total_epochs=1", *more]
        self.values += ["model.backbone.extra.stages_spec.num_modules=[1,1,1]"]
        self.checkpoint = folder / "drawn.pth"
        modules = {"model.backbone.extra.stages_spec.num_modules": [1, 1, 1]}
        network = randomized(build_posenet(load_config(config, modules).model))
        torch.save({"state_dict": network.state_dict(), "meta": {}}, self.checkpoint)

    @property
    def options(self) -> list[str]:
        return ["--cfg-options", *self.values]

    def keypoints(self, run_tool, model: Path, *options: str) -> np.ndarray:
        """What tools/test.py finds, box by box."""
        out = self.folder / "raw.json"
        run_tool(
            *("tools/test.py", self.config, model, "--out", out, "--work-dir", self.folder),
            *options,
            *self.options,
        )
        batches = json.loads(out.read_text())
        rows = {i: p for b in batches for i, p in zip(b["bbox_ids"], b["preds"], strict=True)}
        return np.array([rows[i] for i in sorted(rows)])


@pytest.fixture(scope="module")
def by_eager(dialect, run_tool):
    return dialect.keypoints(run_tool, dialect.checkpoint, "--engine", "eager")


def assert_same(found, expected) -> None:
    moved = np.abs(found - expected)[..., :2].max(axis=-1) > 0.05
    assert moved.mean() < 0.02  # two maxima may be a rounding apart


def test_trains_and_validates(dialect, run_tool):
    work_dir = dialect.folder / "run"
    run_tool("tools/train.py", dialect.config, "--work-dir", work_dir, *dialect.options)
    log = next(work_dir.glob("*.log.json")).read_text()
    assert '"mode": "train"' in log
    assert '"mode": "val"' in log
    assert (work_dir / "epoch_1.pth").is_file()
    load_config(work_dir / f"{dialect.config.stem}.py")  # what is kept of it is a config too


@pytest.mark.parametrize(
    ("dialect", "engine"),
    [
        (name, engine)
        for name in ALL
        for engine in (engine_names() if name in (*THOROUGHLY, *INSTALLED) else ["torch"])
    ],
    indirect=["dialect"],
)
def test_every_engine_answers_the_same(dialect, run_tool, by_eager, engine):
    if engine != "torch":
        pytest.importorskip("pnnx" if engine == "ncnn" else engine)
    found = dialect.keypoints(run_tool, dialect.checkpoint, "--engine", engine)
    assert_same(found, by_eager)


def test_export_is_described_and_tested(dialect, run_tool, by_eager):
    pytest.importorskip("onnxruntime")
    path = dialect.folder / "model.onnx"
    done = run_tool(
        *("tools/deployment/export.py", dialect.config, dialect.checkpoint, "--out", path),
        *("--crops", 2, "--shape", 64, 64, *dialect.options),
    )
    assert "No description" not in done.stderr
    described = json.loads(path.with_name("model.onnx.json").read_text())
    assert described["postprocessing"]["codec"]["refine"] == "quarter"
    assert_same(dialect.keypoints(run_tool, path), by_eager)


def test_people_are_found_in_pictures(dialect, run_tool, tiny_data):
    """By mmpose's function, by the demos, and alike."""
    image = sorted((tiny_data / "val").iterdir())[0]
    out = dialect.folder / "demo.json"
    pairs = (option.split("=", 1) for option in dialect.values)
    cfg = load_config(dialect.config, {key: parse_value(value) for key, value in pairs})
    model = init_pose_model(cfg, dialect.checkpoint, "cpu")
    (expected,), _ = inference_top_down_pose_model(model, image)
    for tool, source, *more in (
        ("image_demo", "--img", "--boxes", "full", "--out", dialect.folder / "demo"),
        ("video_demo", "--source", "--detector", "full", "--no-smooth"),
    ):
        run_tool(
            *(f"tools/demo/{tool}.py", dialect.config, dialect.checkpoint, source, image, *more),
            *("--device", "cpu", "--json", out, *dialect.options),
        )
        content = json.loads(out.read_text())
        (found,) = content.get("pictures") or content["frames"]
        poses = np.array(found["people"][0]["keypoints"])
        np.testing.assert_allclose(poses, expected["keypoints"], atol=0.05)


def test_a_config_of_mmcv_is_handed_over(dialect):
    """It is translated for the network, and stays as it is for whoever loaded it."""
    cfg = Config.fromfile(str(dialect.config))
    cfg.model.backbone.extra.stages_spec.num_modules = [1, 1, 1]
    before = copy.deepcopy(cfg._cfg_dict)
    model = init_pose_model(cfg, dialect.checkpoint, "cpu")
    assert cfg._cfg_dict == before
    assert model.cfg.model.test_cfg.post_process == "default"


def test_dark_is_dark_with_every_engine(run_tool, tiny_data, tmp_path):
    """`unbiased_decoding` of an older config is `post_process='unbiased'` of ours."""
    cfg = mmpose_029("coco")
    cfg["model"]["test_cfg"] = {"flip_test": True, "unbiased_decoding": True}
    config = write_config(cfg, tmp_path / "dark.json")
    dark = Dialect(config, "coco", tiny_data, tmp_path)
    plain = Dialect(config, "coco", tiny_data, tmp_path, "model.test_cfg.unbiased_decoding=False")
    by = [dark.keypoints(run_tool, dark.checkpoint, "--engine", e) for e in ("eager", "torch")]
    assert_same(*by)
    quarter = plain.keypoints(run_tool, dark.checkpoint, "--engine", "eager")
    assert (np.abs(quarter - by[0])[..., :2].max(axis=-1) > 0.05).mean() > 0.1

"""Running tools as a user does, on a data set of a few pictures."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from models.synthetic.build import build_dataset_folder
from models.synthetic.spec import SyntheticSpec
from tests.tools.preloaded import run_preloaded

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = "configs/top_down/lite_hrnet/synthetic"
COCO_CONFIG = f"{FOLDER}/litehrnet_18_synthetic_128x96.py"
MPII_CONFIG = f"{FOLDER}/litehrnet_18_synthetic_mpii_128x128.py"


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """A drawn data set in both forms."""
    out = tmp_path_factory.mktemp("tiny") / "data"
    spec = SyntheticSpec(train=10, val=8, seed=1, image_size=(200, 160))
    build_dataset_folder(out, spec, workers=1, progress=False)
    return out


def overrides(data: Path, form: str) -> list[str]:
    """`--cfg-options` that point a config at the tiny data set and make it small."""
    options = [
        "total_epochs=2",
        "evaluation.interval=1",
        "data.samples_per_gpu=4",
        "data.workers_per_gpu=0",
        "data.val_dataloader.samples_per_gpu=4",
        "data.test_dataloader.samples_per_gpu=4",
        "log_config.interval=1",
    ]
    for split in ("train", "val", "test"):
        half = "train" if split == "train" else "val"
        options.append(f"data.{split}.data_cfg.image_size=[64,64]")
        if form == "coco":
            options += [
                f"data.{split}.ann_file={data}/annotations/person_keypoints_{half}.json",
                f"data.{split}.img_prefix={data}/{half}/",
                f"data.{split}.data_cfg.bbox_file={data}/person_detections_val.json",
            ]
        else:
            options += [
                f"data.{split}.ann_file={data}/mpii/annotations/mpii_{half}.json",
                f"data.{split}.img_prefix={data}/",
            ]
    return options


@pytest.fixture(scope="session")
def tiny(tiny_data) -> Callable[[str], list[str]]:
    """form ('coco' or 'mpii') → arguments that make its config small."""
    return lambda form: ["--cfg-options", *overrides(tiny_data, form)]


def load_tool(path: str) -> ModuleType:
    """A tool of the checkout as a module, to be run in this process: starting one takes seconds."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, REPOSITORY / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(
    *command: object, check: bool = True, timeout: float = 600, fresh: bool = False, **env: str
) -> subprocess.CompletedProcess:
    """Run a command in the checkout, for at most `timeout` seconds; show its output if it fails.

    A tool in Python finds the libraries imported, unless it is given an environment of its own or
    is to start `fresh`, as a user's does.
    """
    words = [str(word) for word in command]
    if words[0].endswith(".py") and not (env or fresh):
        done = run_preloaded(words, REPOSITORY, timeout)
    else:
        if words[0].endswith(".py"):
            words.insert(0, sys.executable)
        done = subprocess.run(
            words,
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1", **env},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    if check and done.returncode:
        pytest.fail(f"{' '.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


@pytest.fixture(scope="session")
def run_tool() -> Callable[..., subprocess.CompletedProcess]:
    """See `run`."""
    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny) -> Path:
    """The folder of a run of two epochs on the tiny data set, in a path with a space."""
    work_dir = tmp_path_factory.mktemp("work dirs") / "run"
    # With workers, augmentation follows from the epoch, so that a resumed run repeats it.
    options = [*tiny("coco"), "data.workers_per_gpu=1"]
    run("tools/train.py", COCO_CONFIG, "--work-dir", work_dir, "--seed", 0, *options)
    return work_dir

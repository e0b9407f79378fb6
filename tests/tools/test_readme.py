"""Every command of the READMEs runs, in its order, on data sets of a few pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.tools.test_mpii_mat2json import person, write_release

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
DEPLOYMENT = (REPOSITORY / "tools/deployment/README.md").read_text(encoding="utf-8")
HOUSE = (REPOSITORY / "models/README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```bash\n(.*?)```", README + DEPLOYMENT + HOUSE, flags=re.DOTALL)
    for line in block.strip().splitlines()
]

SMALL = "data.workers_per_gpu=0 +data.val_dataloader.samples_per_gpu=4 " + " ".join(
    f"data.{split}.data_cfg.image_size=[64,64]" for split in ("train", "val", "test")
)
SHORT = (
    f"--cfg-options {SMALL} data.samples_per_gpu=4 checkpoint_config.interval=1 "
    "evaluation.interval=1 log_config.interval=1 total_epochs="
)

#: beginning of a command → what makes it short
SHORTER = {
    "bash tools/quickstart.sh": "--train 6 --val 6 --epochs 1",
    "bash tools/run_tests.sh": "tests/layers",
    "pip install": "--no-deps --dry-run",
    "python tools/dataset/make_synthetic.py": "--train 6 --val 6",
    "python tools/dataset/mpii_mat2json.py": "--val-fraction 0.5",
    "python tools/train.py tests/contracts": "",
    "python tools/test.py tests/contracts": "",
    "python tools/train.py": SHORT + "1",
    "bash tools/dist_train.sh": SHORT + "1",
    "bash tools/dist_test.sh": f"--cfg-options {SMALL}",
    "python tools/test.py configs/top_down/lite_hrnet/synthetic": "",
    "python tools/test.py": f"--cfg-options {SMALL}",
    "python tools/dataset/build_crop_cache.py": f"--cfg-options {SMALL}",
    "python tools/deployment/export.py configs/top_down/lite_hrnet/synthetic": "--crops 2",
    "python -m timeit": "",
    "python tools/deployment/export.py": f"--crops 2 --cfg-options {SMALL}",
    "python tools/analysis/draw_results.py": "--num 2",
    "python tools/analysis/analyze_errors.py": f"--cfg-options {SMALL}",
    "python tools/analysis/analyze_logs.py": "",
    "python tools/analysis/browse_dataset.py": f"--num 2 --draws 2 --cfg-options {SMALL}",
    "python tools/analysis/report.py": "",
    "python tools/demo/image_demo.py litehrnet_18": "--boxes full",
    "python tools/demo/image_demo.py": "",
    "python tools/demo/make_video.py": "--frames 12 --people 2",
    "python tools/demo/video_demo.py": "",
    "python tools/publish_model.py": f"--cfg-options {SMALL}",
    "python tools/get_flops.py": "",
    "python tools/print_config.py": "",
    "python tools/check_environment.py": "",
}

#: commands for several machines and for schedulers → where such ones are run
ELSEWHERE = {
    "NNODES=": "tests/distributed/test_launch.py",
    "tools/slurm_": "tests/integration/test_slurm.py",
    "mpirun": "tests/integration/test_mpi.py",
    "tools/benchmark.py": "tests/tools/test_benchmark.py",
    "--format openvino --out work_dirs/model.xml": "tests/tools/test_test.py",
    "--half --out": "tests/deploy/test_export.py",
}


def shortened(command: str) -> str:
    """The command as it is run here; one that is not known here is an error."""
    for beginning, addition in SHORTER.items():
        if command.startswith(beginning):
            if "--int8" in command:  # the network of a minute's training is sure of nothing
                addition += " --calibration-crops 4 --tolerance 1 --max-ap-drop 1"
            if "--resume-from" in command or "--auto-resume" in command:
                addition = SHORT + "2"
            command = command.replace("256x192.py 8", "256x192.py 2")
            command = command.replace("latest.pth 8", "latest.pth 2")
            if "checkpoint_config.interval=2000" in command:
                addition = addition.replace("checkpoint_config.interval=1 ", "")
            # the annotations there are the drawn ones, which later commands train on
            command = command.replace("_1.mat data/mpii/annotations", "_1.mat data/mpii/converted")
            return f"{command} {addition}"
    raise KeyError(f"the README's '{command}' has no short form here; add one to SHORTER")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, tiny_data) -> Path:
    """A checkout of links, with data sets where data/README.md says."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("configs", "models", "tools", "tests"):
        (root / name).symlink_to(REPOSITORY / name)
    for name in ("setup.py", "requirements.txt", "pyproject.toml", "README.md"):
        (root / name).write_bytes((REPOSITORY / name).read_bytes())
    coco, mpii = root / "data" / "coco", root / "data" / "mpii"
    for folder in (coco / "annotations", coco / "person_detection_results", mpii):
        folder.mkdir(parents=True)
    for half in ("train", "val"):
        (coco / f"{half}2017").symlink_to(tiny_data / half)
        written = coco / "annotations" / f"person_keypoints_{half}2017.json"
        written.symlink_to(tiny_data / "annotations" / f"person_keypoints_{half}.json")
    detections = coco / "person_detection_results"
    (detections / "COCO_val2017_detections_AP_H_56_person.json").symlink_to(
        tiny_data / "person_detections_val.json"
    )
    (mpii / "images").symlink_to(tiny_data)
    (mpii / "annotations").symlink_to(tiny_data / "mpii" / "annotations")
    first = next((tiny_data / "val").iterdir())
    cv2.imwrite(str(root / "photo.jpg"), cv2.imread(str(first)))
    people = [(video, [person(video)]) for video in range(1, 5)]
    write_release(mpii / "mpii_human_pose_v1_u12_1.mat", people)
    return root


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, checkout):
    for needs, where in ELSEWHERE.items():
        if needs in command:
            pytest.skip(f"is run by {where}")
    scripts = Path(sys.executable).parent
    env = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(scripts.parent),
    }
    env.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        ["bash", "-c", shortened(command)],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    shown = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, shown
    assert "Warning" not in done.stderr, shown


def test_promised_files_are_there(checkout):
    run = checkout / "work_dirs" / "quickstart"
    summary = (run / "summary.txt").read_text()
    assert "AP: " in summary
    assert "Parameters:" in summary
    assert (run / "pictures" / "sheet.png").exists()
    assert "</html>" in (run / "report.html").read_text()
    assert list((run / "validation" / "examples").glob("epoch_*/worst*"))
    assert (checkout / "work_dirs" / "results.json").exists()


def test_quickstart_reuses_what_is_there(checkout):
    """Run a second time, it neither draws nor trains."""
    test_command("bash tools/quickstart.sh", checkout)
    assert len(list((checkout / "work_dirs" / "quickstart").glob("run_*.json"))) == 1


@pytest.mark.parametrize("page", ["README.md", "models/README.md", "tools/deployment/README.md"])
def test_links_lead_somewhere(page):
    path = REPOSITORY / page
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert target.startswith("http") or (path.parent / target).exists(), target


def test_every_registry_is_on_the_map():
    for name in ("BACKBONES", "HEADS", "LOSSES", "NETWORKS", "DATASETS", "PIPELINES", "CODECS"):
        assert f"`{name}`" in HOUSE
    for name in ("METRICS", "VISUALIZERS", "EXPORTERS", "ENGINES", "HOOKS"):
        assert f"`{name}`" in HOUSE


def test_every_tool_is_in_the_readme():
    for path in sorted((REPOSITORY / "tools").rglob("*.py")):
        assert str(path.relative_to(REPOSITORY)) in README, path

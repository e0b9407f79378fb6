"""Configs are found by path and by name, in a checkout and where the package is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from models.runtime.config import load_config
from models.runtime.config_files import find_config, helper_names

NAME = "litehrnet_18_coco_256x192"


def test_a_name_is_enough(repository, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    expected = repository / "configs/top_down/lite_hrnet/coco" / f"{NAME}.py"
    assert find_config(NAME) == expected
    assert load_config(NAME)._cfg_dict == load_config(expected)._cfg_dict


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("litehrnet_18_coco_256", r"no config 'litehrnet_18_coco_256'; did you mean 'litehrnet_18"),
        ("something", "no config 'something'; those in .*configs have names"),
        ("a/litehrnet_18_coco_256x192", "there is no config 'a/lite"),
        (f"coco/{NAME}.py", rf"does not exist in .*; from everywhere '{NAME}' alone names"),
        ("/gone/mine.py", r"config /gone/mine\.py does not exist; configs live under"),
    ],
)
def test_what_is_not_there(given, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        load_config(given)


def test_names_that_a_file_reads_itself(tmp_path):
    (tmp_path / "base.py").write_text("root = 'a'\nunused = 1\ninfo = {}\n")
    (tmp_path / "leaf.py").write_text(
        "_base_ = ['base.py']\n"
        "import math\n"
        "joints = 17\n"
        "mistake = 2\n"
        "for step in (1, 2):\n    pass\n"
        "data = dict(joints=joints, info={{_base_.info}}, here='{{ fileDirname }}/x')\n"
    )
    (tmp_path / "top.py").write_text("_base_ = './leaf.py'\nmodel = dict(a=root)\n")
    names = helper_names(tmp_path / "top.py")
    assert {"joints", "info", "step", "math", "root"} <= names
    assert not {"unused", "mistake", "data", "model"} & names


def test_installed_package_has_the_configs(repository, tmp_path):
    """A build from a copy of what it takes, put into a folder of its own."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(repository / name, source)
    for name in ("models", "configs"):
        shutil.copytree(
            repository / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", target, source], check=True)
    shutil.rmtree(source)
    program = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "from models import load_config\n"
        f"print(load_config({NAME!r}).filename)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().startswith(f"{target}/models/configs/")

"""The command line of the embedded data set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import load_tool

TOOL = Path(__file__).resolve().parents[2] / "tools" / "dataset" / "make_synthetic.py"
SMALL = ("--train", "2", "--val", "1", "--image-size", "120", "96", "--workers", "1")


@pytest.fixture(scope="module")
def tool():
    return load_tool("tools/dataset/make_synthetic.py")


def test_help_says_what_it_does() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--help"], capture_output=True, text=True, check=True
    )
    assert "Draw a data set of articulated people" in done.stdout
    assert not done.stderr


def test_it_writes_reuses_and_refuses(tool, tmp_path, capsys) -> None:
    out = tmp_path / "people"
    tool.main([str(out), *SMALL, "--seed", "7"])
    assert f"{out}: written" in capsys.readouterr().out
    spec = json.loads((out / "dataset.json").read_text())["spec"]
    assert (spec["seed"], spec["train"], spec["val"]) == (7, 2, 1)
    assert (spec["form"], spec["image_size"]) == ("both", [120, 96])
    tool.main([str(out), *SMALL, "--seed", "7"])
    assert "reused" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"^error: .*--force"):
        tool.main([str(out), *SMALL, "--seed", "8"])
    tool.main([str(out), *SMALL, "--seed", "8", "--force", "--form", "coco"])
    spec = json.loads((out / "dataset.json").read_text())["spec"]
    assert (spec["seed"], spec["form"]) == (8, "coco")


def test_wrong_values_are_one_line(tool, tmp_path) -> None:
    with pytest.raises(SystemExit, match=r"^error: seed -1 is negative; use 0 or more$"):
        tool.main([str(tmp_path / "people"), "--seed", "-1"])
    assert not (tmp_path / "people").exists()


def test_it_runs_from_any_folder_with_several_workers(tmp_path) -> None:
    command = [sys.executable, TOOL, "out", "--train", "60", "--val", "1", "--workers", "2"]
    done = subprocess.run(
        [*command, "--image-size", "100", "100"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "train: 60 pictures" in done.stdout
    assert "100%" in done.stderr
    assert "Warning" not in done.stderr
    assert len(list((tmp_path / "out" / "train").iterdir())) == 60

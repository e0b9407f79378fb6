"""tools/get_flops.py prints the published numbers first."""

from __future__ import annotations

import csv

import pytest

CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


def test_headline_and_files(run_tool, tmp_path):
    done = run_tool(
        "tools/get_flops.py", CONFIG, "--shape", 256, 192, "--out-file", tmp_path / "layers.csv"
    )
    for text in ("205.23 M", "1,130,769", "266.0 M", "198.6 M", "242.3 M"):
        assert text in done.stdout
    assert "backbone.stem.conv1.conv" in done.stdout
    with open(tmp_path / "layers.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert sum(int(row["params"]) for row in rows) == 1_130_769
    assert sum(int(row["FLOPs"]) for row in rows) / 1024**2 == pytest.approx(205.23, abs=0.01)
    # only the fuse layers of the first branch run twice
    twice = [row["layer"] for row in rows if row["kind"] == "Conv2d" and row["calls"] == "2"]
    assert twice
    assert all(".fuse_layers." in layer for layer in twice)


def test_html_and_square(run_tool, tmp_path):
    done = run_tool(
        "tools/get_flops.py",
        CONFIG,
        "--shape",
        256,
        "--no-layers",
        "--out-file",
        tmp_path / "layers.html",
    )
    assert "256 × 256" in done.stdout
    page = (tmp_path / "layers.html").read_text()
    assert "1,130,769" in page
    assert page.count("<tr>") > 300


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--shape", "250"], 1, "250 is no multiple of 32; use 256"),
        (["--shape", "1", "2", "3"], 2, "takes one or two numbers"),
        (["--out-file", "a.txt"], 2, "must end in .csv or .html"),
    ],
)
def test_mistakes(run_tool, arguments, status, message):
    done = run_tool("tools/get_flops.py", CONFIG, *arguments, check=False)
    assert done.returncode == status
    assert message in done.stderr

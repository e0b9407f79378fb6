"""tools/analysis/draw_results.py writes pictures of predictions."""

from __future__ import annotations

import cv2

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"


def test_pictures_and_sheet(trained, run_tool, tiny, tmp_path):
    run_tool(
        "tools/test.py",
        CONFIG,
        trained / "latest.pth",
        "--work-dir",
        tmp_path,
        "--out",
        tmp_path / "raw.json",
        *tiny("coco"),
    )
    done = run_tool(
        "tools/analysis/draw_results.py",
        CONFIG,
        tmp_path / "raw.json",
        "--out",
        tmp_path / "pictures",
        "--num",
        3,
        "--joint-thr",
        -1,
        "--style",
        "openpose",
        "--boxes",
    )
    assert "3 pictures" in done.stdout
    assert len(list((tmp_path / "pictures").glob("*.jpg"))) == 3
    sheet = cv2.imread(str(tmp_path / "pictures" / "sheet.png"))
    assert sheet.shape[1] > sheet.shape[0]


def test_nothing_to_draw(run_tool, tmp_path):
    (tmp_path / "raw.json").write_text("[]")
    done = run_tool(
        "tools/analysis/draw_results.py",
        CONFIG,
        tmp_path / "raw.json",
        "--out",
        tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "holds no person" in done.stderr

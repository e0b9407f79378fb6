"""tools/benchmark.py as a user runs it, at its smallest and without peers; no time is asserted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import load_tool

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = "tools/benchmark.py"
MPII_CONFIG = "configs/top_down/lite_hrnet/mpii/litehrnet_18_mpii_256x256.py"


@pytest.mark.parametrize("sections", ["inference,train", "pipeline,decode,test,evaluate,memory"])
def test_smoke(sections, run_tool, tmp_path):
    out = tmp_path / "a run"
    done = run_tool(TOOL, "--smoke", "--sections", sections, "--out", out, "--device", "cpu")
    report = json.loads((out / "benchmark.json").read_text())
    assert list(report["sections"]) == sections.split(",")
    for name, section in report["sections"].items():
        measured = {side for side, facts in section["sides"].items() if "ready_s" in facts}
        assert any(side.startswith("ours") for side in measured), name
        assert section["cases"], name
        for sides in section["cases"].values():
            for facts in sides.values():
                assert facts["median"] > 0
                assert list(facts["rounds"]) == ["0", "1"]
    assert done.stdout == (out / "benchmark.md").read_text() + "\n"
    assert "not measured: " in done.stdout
    assert "Testing" not in done.stderr  # sides keep to themselves

    again = run_tool(TOOL, "--smoke", "--sections", "decode", "--out", out, check=False)
    assert again.returncode == 1
    assert "holds an earlier benchmark; give another --out" in again.stderr

    page = tmp_path / "page.md"
    page.write_text("<!-- benchmark:begin -->\n<!-- benchmark:end -->\n")
    trial = run_tool(TOOL, "--readme", page, "--results", out / "benchmark.json", check=False)
    assert trial.returncode == 1
    assert "of a run with --smoke" in trial.stderr
    report["settings"]["smoke"] = False
    (out / "benchmark.json").write_text(json.dumps(report))
    run_tool(TOOL, "--readme", page, "--results", out / "benchmark.json")
    assert "| what | original-equivalent |" in page.read_text()


def test_a_side_that_failed_or_disagrees_is_named_and_the_status_says_so(capsys):
    tool = load_tool(TOOL)
    sides = {"xtcocotools": {"status": "measured"}, "mmpose": {"status": "missing", "reason": ""}}
    report = {"sections": {"evaluate": {"sides": sides}}}
    assert tool.complain(report) == 0
    sides["ours"] = {"status": "disagrees", "reason": "statistics differ"}
    assert tool.complain(report) == 1
    assert capsys.readouterr().err == "error: evaluate, ours disagrees: statistics differ\n"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--sections", "speed"], 2, "no section 'speed'; choose of inference, train"),
        (["--batch-sizes", "0"], 2, "invalid numbers value"),
        (["--pictures", "x"], 2, "belong together"),
        (["--rounds", "0"], 2, "--rounds 0: must be above 0"),
        (["--workers", "-1"], 2, "--workers -1: must be 0 or more"),
        (["--config", MPII_CONFIG], 1, "the benchmark takes configs of TopDownCocoDataset"),
        (["--peer-python", "nowhere"], 1, "nowhere does not exist"),
        (["--peer-python", sys.executable], 1, "cannot import mmpose"),
        (["--readme", "nowhere.md", "--results", "x.json"], 1, "nowhere.md does not exist"),
    ],
)
def test_mistakes(arguments, status, message, run_tool, tmp_path):
    done = run_tool(TOOL, "--smoke", "--out", tmp_path, *arguments, check=False)
    assert done.returncode == status
    assert message in done.stderr
    assert not list(tmp_path.iterdir())

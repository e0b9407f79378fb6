"""Bars, tables and files, of a report typed by hand."""

from __future__ import annotations

import json

import pytest

from models.benchmark.bars import Bar, judge
from models.benchmark.report import BEGIN, END, check_unused, newest, refresh, verdicts, write
from models.benchmark.section import shown
from models.benchmark.statistics import Spread
from models.benchmark.table import bars_table, case_table, number, origin, sides_table, table


def side(*rounds, ratio=None):
    values = sorted(rounds)
    return {
        "median": values[len(values) // 2],
        "low": values[0],
        "high": values[-1],
        "ratio": ratio,
        "rounds": {str(i): value for i, value in enumerate(rounds)},
    }


@pytest.fixture
def report():
    measured = {"status": "measured", "ready_s": 5.0, "note": "", "agreement": {"heatmaps": 3e-6}}
    inference = {
        "title": "Inference",
        "unit": "ms",
        "note": "ms a picture",
        "reference": "mmpose-0.29",
        "sides": {
            "mmpose-0.29": measured,
            "ours-train-form": measured,
            "ours:torch": {**measured, "ready_s": 70.0},
            "ours:onnxruntime": measured,
            "plain-onnxruntime": measured,
            "ours:openvino": {"status": "missing", "reason": "openvino not installed"},
            "plain-openvino": {"status": "failed", "reason": "the process ended\n| here"},
        },
        "cases": {
            "batch 1": {
                "mmpose-0.29": side(0.060, 0.066, 0.063),
                "ours-train-form": side(0.05, 0.05, 0.05),
                "ours:torch": side(0.02, 0.02, 0.02),
                "ours:onnxruntime": side(0.006, 0.006, 0.006),
                "plain-onnxruntime": side(0.009, 0.009, 0.006),
            }
        },
    }
    return {
        "command": "python tools/benchmark.py",
        "commit": "0123456789abcdef",
        "date": "2026-01-01 00:00 +0000",
        "settings": {"device": "cpu", "train batch sizes": [16]},
        "machine": {
            "cpu": "a processor",
            "cores": 2,
            "simd": ["avx2"],
            "memory_gib": 8.0,
            "gpus": [],
            "cuda": None,
            "system": "Linux",
            "python": "3.11",
            "packages": {"torch": "2.11.0"},
            "threads": 2,
            "load_at_start": 0.1,
            "busy": False,
        },
        "sections": {"inference": inference},
    }


TORCH = ("ours:torch", "ours-train-form")
EXPORTED = ("ours:openvino", "ours:onnxruntime")


def judged(report, at_least, ours, *reference, **more):
    bar = Bar("it", "inference", "batch 1", at_least, ours, *reference, **more)
    return judge(bar, report["sections"], "cpu")


def test_the_best_of_ours_counts(report):
    verdict = judged(report, 10.5, EXPORTED)
    assert (verdict.side, verdict.met) == ("ours:onnxruntime", True)
    assert verdict.ratio == pytest.approx(Spread(10.5, 10.25, 10.75))
    assert judged(report, 10.51, EXPORTED).met is False


def test_a_form_that_is_ready_late_does_not_count(report):
    in_time = judged(report, 1.2, TORCH, ready_within=60)
    assert (in_time.side, in_time.met) == ("ours-train-form", True)
    late = judged(report, 1.2, TORCH[:1], ready_within=60)
    assert (late.met, late.why) == (False, "ready after 70 s")


def test_each_engine_against_the_plain_export_in_its_own_runtime(report):
    verdict = judged(report, 1.3, EXPORTED, "plain-{engine}")
    assert (verdict.reference, verdict.side) == ("plain-onnxruntime", "ours:onnxruntime")
    assert verdict.ratio.median == pytest.approx(1.5)


def test_what_was_not_measured_says_why(report):
    assert judged(report, 1, EXPORTED[:1]).why == "ours:openvino: openvino not installed"
    assert judged(report, 1, ("ours:other",)).why == "ours:other is not built"
    assert judged(report, 1, TORCH, device="cuda").why == "this run was on the CPU"
    assert judge(Bar("it", "train", "x", 1), report["sections"], "cpu").why == (
        "section train was not run"
    )


@pytest.mark.parametrize("name", ["ours:onnxruntime", "mmpose-0.29"])
def test_a_side_that_died_keeps_no_promise(report, name):
    """Although it has some rounds."""
    sides = report["sections"]["inference"]["sides"]
    sides[name] = {"status": "failed", "reason": "the process ended", "ready_s": 5.0}
    verdict = judged(report, 1, ("ours:onnxruntime",))
    assert (verdict.met, verdict.why) == (None, f"{name}: the process ended")


def test_every_bar_of_the_project_is_judged(report):
    found = verdicts(report)
    whats = [verdict.bar.what for verdict in found]
    assert len(set(whats)) == len(whats) == 17
    assert [v.bar.what for v in found if v.met is not None] == [
        "inference in PyTorch, batch 1",
        "inference, best exported engine, batch 1",
        "… against a plain export in the same runtime, batch 1",
    ]


def test_table_of_bars(report):
    lines = bars_table(
        [judged(report, 6.0, EXPORTED), judged(report, 11.0, EXPORTED), judged(report, 2, ("x",))],
        report["sections"],
    ).splitlines()
    assert lines[0] == ("| what | original-equivalent | ours | ratio (quartiles) | bar | met |")
    assert lines[1] == "| --- | --- | --- | --- | --- | --- |"
    assert lines[2] == (
        "| it | 63 ms (`mmpose-0.29`) | 6 ms (`ours:onnxruntime`) | 10.50× (10.25–10.75) | ≥ 6× "
        "| yes |"
    )
    assert lines[3].endswith("| ≥ 11× | **no** |")
    assert lines[4] == "| it | – | – | – | ≥ 2× | not measured: x is not built |"


def test_tables_of_a_section(report):
    section = report["sections"]["inference"]
    rows = case_table("batch 1", section).splitlines()
    assert rows[0] == "**batch 1**"
    assert rows[4] == "| `mmpose-0.29` | 63 | 60–66 | 3 | reference |"
    sides = sides_table(section)
    assert "| `ours:torch` | 70.0 | heatmaps 3e-06 |  |" in sides
    assert "| `ours:openvino` | – | – | not available: openvino not installed |" in sides
    assert "| `plain-openvino` | – | – | **failed**: the process ended \\| here |" in sides


def test_numbers_and_cells():
    assert [number(x) for x in (0.1234, 6.0, 12.345, 123.4, 12345.0)] == [
        *("0.123", "6", "12.3", "123", "12345")
    ]
    assert shown(0.004, "samples/s") == pytest.approx(250)
    assert shown(0.004, "ms") == pytest.approx(4)
    assert shown(2**21, "MiB") == 2
    assert table(["a|b"], [["c\nd"]]) == "| a\\|b |\n| --- |\n| c d |"


def test_speeds_have_their_quartiles_in_order():
    section = {"unit": "boxes/s", "reference": "a", "cases": {"all": {"a": side(0.1, 0.2, 0.25)}}}
    assert "| `a` | 5 | 4–10 | 3 | reference |" in case_table("all", section)


def test_a_run_is_written_whole_and_never_over_another(report, tmp_path):
    folder = tmp_path / "new" / "run"
    check_unused(folder)
    text = write(report, folder)
    assert json.loads((folder / "benchmark.json").read_text()) == report
    assert (folder / "benchmark.md").read_text() == text
    for part in ("# Benchmark", "## Inference", "**batch 1**", "a processor", "commit: 0123"):
        assert part in text
    with pytest.raises(FileExistsError, match="give another --out"):
        check_unused(folder)
    assert newest(tmp_path / "new") == folder / "benchmark.json"
    with pytest.raises(FileNotFoundError, match="holds no benchmark yet"):
        newest(tmp_path)


def test_a_trial_is_no_measurement(report, tmp_path):
    write(report, tmp_path / "measured")
    report["settings"]["smoke"] = True
    write(report, tmp_path / "trial")
    assert newest(tmp_path) == tmp_path / "measured" / "benchmark.json"
    page = tmp_path / "README.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    with pytest.raises(ValueError, match="of a run with --smoke"):
        refresh(page, tmp_path / "trial" / "benchmark.json")


@pytest.mark.parametrize(
    ("commit", "said"),
    [
        ("0123456789abcdef", "commit 0123456789ab. "),
        ("0123456789abcdef+changes", "commit 0123456789ab with changes. "),
        (None, "commit unknown. "),
    ],
)
def test_a_table_says_of_which_commit_it_is(report, commit, said):
    assert said in origin({**report, "commit": commit})


def test_the_table_of_a_page_is_replaced(report, tmp_path):
    folder = tmp_path / "run"
    write(report, folder)
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        refresh(page, folder / "benchmark.json")
        text = page.read_text()
        assert text.startswith(f"before\n{BEGIN}\n| what |")
        assert text.endswith(f"{END}\nafter\n")
        assert "old" not in text
        assert text.count("10.50× (10.25–10.75)") == 1
    assert "a processor, 2 cores; 2 threads; torch 2.11.0" in text


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_marks_is_left_alone(report, tmp_path, text):
    write(report, tmp_path)
    page = tmp_path / "README.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="once each; add them"):
        refresh(page, tmp_path / "benchmark.json")
    assert page.read_text() == text

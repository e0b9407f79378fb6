"""tools/analysis/analyze_logs.py draws curves and tells times."""

from __future__ import annotations

import cv2
import pytest

from tests.analysis.fake_run import train_line, val_line, write_log
from tests.tools.conftest import load_tool


@pytest.fixture(scope="module")
def analyze_logs():
    """The tool's `main`."""
    return load_tool("tools/analysis/analyze_logs.py").main


@pytest.fixture
def runs(tmp_path):
    """Two run folders."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_log(tmp_path / name, [train_line(1, 10), train_line(1, 20), val_line(1)])
    return [str(tmp_path / "a"), str(tmp_path / "b")]


def test_curves_of_two_runs(analyze_logs, runs, tmp_path, capsys):
    out = tmp_path / "curves.png"
    analyze_logs(["plot_curve", *runs, "--legend", "one", "two", "--out", str(out)])
    assert "Curves of loss, acc_pose, AP" in capsys.readouterr().out
    picture = cv2.imread(str(out))
    assert picture.std() > 5
    analyze_logs(["plot_curve", runs[0], "--keys", "lr", "--out", str(tmp_path / "lr.svg")])
    assert "<svg" in (tmp_path / "lr.svg").read_text()


def test_key_that_was_not_logged(analyze_logs, runs):
    with pytest.raises(KeyError, match="logged no 'los'; did you mean 'loss'"):
        analyze_logs(["plot_curve", *runs, "--keys", "los"])


def test_times(analyze_logs, runs, capsys):
    analyze_logs(["cal_train_time", *runs])
    told = capsys.readouterr().out
    assert told.count("mean iteration  0.1000 s, of it waiting for data 0.0100") == 2

"""Logs of a run that was cut are one history, and no iteration counts twice."""

from __future__ import annotations

import pytest

from models.analysis.logs import read_log, train_time
from models.analysis.plot import plot_curves
from tests.analysis.fake_run import train_line, val_line, write_log


def places(log):
    return [(entry["epoch"], entry["iter"]) for entry in log.train]


def test_one_log(tmp_path):
    write_log(tmp_path, [train_line(1, 50), train_line(1, 100), val_line(1), train_line(2, 50)])
    log = read_log(tmp_path)
    assert log.name == tmp_path.name
    assert places(log) == [(1, 50), (1, 100), (2, 50)]
    assert log.header == {"seed": 0}
    assert log.curve("loss")[0] == [0.5, 1.0, 1.5]
    assert log.curve("AP") == ([1.0], [0.1])


def test_resumed_run_is_one_history(tmp_path):
    """Killed in epoch 3, gone on with from the end of epoch 1."""
    first = [train_line(1, 50), train_line(1, 100), val_line(1), train_line(2, 50, 9.0)]
    write_log(tmp_path, [*first, train_line(2, 100, 9.0), val_line(2), train_line(3, 50, 9.0)])
    write_log(tmp_path, [train_line(2, 50), train_line(2, 100), val_line(2)], "2")
    log = read_log(tmp_path)
    assert places(log) == [(1, 50), (1, 100), (2, 50), (2, 100)]
    assert max(log.curve("loss")[1]) == 0.5
    assert [entry["epoch"] for entry in log.val] == [1, 2]


def test_resumed_in_the_middle_of_an_epoch(tmp_path):
    write_log(tmp_path, [train_line(1, 50), train_line(1, 100)])
    write_log(tmp_path, [train_line(1, 150), val_line(1)], "2")
    assert places(read_log(tmp_path)) == [(1, 50), (1, 100), (1, 150)]


def test_start_that_only_evaluates_keeps_its_epoch(tmp_path):
    write_log(tmp_path, [train_line(1, 50), train_line(2, 50)])
    write_log(tmp_path, [val_line(2)], "2")
    log = read_log(tmp_path)
    assert places(log) == [(1, 50), (2, 50)]
    assert len(log.val) == 1


def test_start_that_logged_nothing_changes_nothing(tmp_path):
    write_log(tmp_path, [train_line(1, 50)])
    write_log(tmp_path, [], "2")
    assert places(read_log(tmp_path)) == [(1, 50)]


def test_line_that_was_cut_short_is_left_out(tmp_path):
    path = write_log(tmp_path, [train_line(1, 50)])
    with path.open("a") as f:
        f.write('{"mode": "train", "epo')
    assert places(read_log(path)) == [(1, 50)]


def test_file_that_is_no_log(tmp_path):
    path = tmp_path / "a.log.json"
    path.write_text("hello\n")
    with pytest.raises(ValueError, match=r"a\.log\.json, line 1, is no json object"):
        read_log(path)
    path.write_text('{"mode": "train", "iter": 3}\n')
    with pytest.raises(ValueError, match="no number 'epoch'"):
        read_log(path)


def test_folder_without_logs(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no \*\.log\.json; give the run folder"):
        read_log(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_log(tmp_path / "nowhere")


def test_unknown_key_names_the_nearest(tmp_path):
    write_log(tmp_path, [train_line(1, 50)])
    with pytest.raises(KeyError, match="did you mean 'acc_pose'"):
        read_log(tmp_path).curve("acc_pos")


def test_values_that_are_no_numbers_are_left_out_of_curves(tmp_path):
    write_log(tmp_path, [train_line(1, 50, float("nan")), train_line(1, 100)])
    assert read_log(tmp_path).curve("loss") == ([1.0], [0.5])


def test_train_time(tmp_path):
    times = {(1, 50): 0.2, (1, 100): 0.4, (2, 50): 0.1, (2, 100): 0.1}
    write_log(tmp_path, [train_line(*place, time=time) for place, time in times.items()])
    time = train_time(read_log(tmp_path))
    assert time.iteration == pytest.approx(0.2)
    assert time.loading == pytest.approx(0.01)
    assert time.slowest == (1, pytest.approx(0.3))
    assert time.fastest == (2, pytest.approx(0.1))
    assert time.spread == pytest.approx(0.1)
    assert time.total == pytest.approx(0.2 * 200)


def test_no_times(tmp_path):
    write_log(tmp_path, [val_line(1)])
    with pytest.raises(ValueError, match="logged no training time"):
        train_time(read_log(tmp_path))


def test_wrong_legend_and_picture(tmp_path):
    write_log(tmp_path, [train_line(1, 50)])
    log = read_log(tmp_path)
    with pytest.raises(ValueError, match="names 1 runs, but there are 2"):
        plot_curves([log, log], ["loss"], tmp_path / "a.png", ["one"])
    with pytest.raises(ValueError, match=r"must end in \.png"):
        plot_curves([log], ["loss"], tmp_path / "a.txt")

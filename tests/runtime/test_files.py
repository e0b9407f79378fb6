"""Files are whole or not there, and nothing is written over silently."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from models.runtime.files import (
    atomic_write,
    check_writable,
    dump_json,
    load_json,
    point,
    set_aside,
    sweep,
)


def test_file_appears_only_when_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_write(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_failure_keeps_the_older_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_of_numpy_values(tmp_path):
    path = tmp_path / "a.json"
    dump_json({"a": np.float32(0.1), "b": np.arange(3), "c": np.int64(2)}, path)
    loaded = load_json(path)
    assert np.float32(loaded["a"]) == np.float32(0.1)
    assert loaded["b"] == [0, 1, 2]
    assert loaded["c"] == 2
    with pytest.raises(TypeError, match="object cannot be written as json"):
        dump_json(object(), path)


def test_broken_json_says_which_file_and_where(tmp_path):
    path = tmp_path / "cut.json"
    path.write_text(json.dumps({"images": [1, 2, 3]})[:-4])
    with pytest.raises(ValueError, match=r"annotation file .*cut\.json is not valid json .*line 1"):
        load_json(path, "annotation file")
    with pytest.raises(FileNotFoundError, match=r"detection file gone\.json does not exist"):
        load_json("gone.json", "detection file")


def test_set_aside_never_replaces(tmp_path):
    path = tmp_path / "result.json"
    assert set_aside(path) is None
    names = set()
    for text in ("first", "second", "third"):
        path.write_text(text)
        names.add(set_aside(path))
    assert len(names) == 3
    assert sorted(p.read_text() for p in names) == ["first", "second", "third"]
    assert not path.exists()


def test_files_that_belong_together_stay_together(tmp_path):
    pair = tmp_path / "model.xml", tmp_path / "model.bin"
    for _ in range(2):
        for number, path in enumerate(pair):
            path.write_text(path.suffix)
            os.utime(path, (1e9 + 5 * number,) * 2)
        set_aside(*pair)
    stems = {path.stem for path in tmp_path.iterdir()}
    assert len(stems) == 2
    for stem in stems:
        assert {path.suffix for path in tmp_path.glob(f"{stem}.*")} == {".xml", ".bin"}


def test_a_folder_that_cannot_be_written_is_noticed(tmp_path):
    check_writable(tmp_path / "new" / "folder")
    assert not list((tmp_path / "new" / "folder").iterdir())
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file" / "folder", "/proc"):
        with pytest.raises(OSError, match=str(folder)):
            check_writable(folder)


def test_link_moves_in_one_step(tmp_path):
    for name in ("epoch_1.pth", "epoch_2.pth"):
        (tmp_path / name).write_text(name)
        point(tmp_path / "latest.pth", name)
        assert (tmp_path / "latest.pth").read_text() == name
    assert len(list(tmp_path.iterdir())) == 3


def test_copy_where_there_are_no_links(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    (tmp_path / "epoch_1.pth").write_text("weights")
    point(tmp_path / "latest.pth", "epoch_1.pth")
    assert (tmp_path / "latest.pth").read_text() == "weights"
    assert not (tmp_path / "latest.pth").is_symlink()


def test_left_over_temporary_files_are_swept(tmp_path):
    (tmp_path / "epoch_1.pth").write_text("weights")
    (tmp_path / ".mine.pth").write_text("a hidden file of the user's")
    try:
        with atomic_write(tmp_path / "epoch_2.pth") as temporary:
            left = temporary.with_name(temporary.name)
            raise RuntimeError
    except RuntimeError:
        left.write_text("half")  # as a killed process leaves it
    sweep(tmp_path, ".pth")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mine.pth", "epoch_1.pth"]

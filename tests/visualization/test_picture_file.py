"""Pictures as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.visualization import write_picture


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_written_as_its_ending_says(noise, tmp_path):
    write_picture(tmp_path / "new folder" / "a.png", noise)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "new folder" / "a.png")), noise)
    sizes = []
    for quality in (50, 95):
        write_picture(tmp_path / "A.JPG", noise, quality)
        sizes.append((tmp_path / "A.JPG").stat().st_size)
    assert sizes[0] < sizes[1]
    assert (tmp_path / "A.JPG").read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize("name", ["a.xyz", "a"])
def test_no_picture_by_its_name(noise, tmp_path, name):
    with pytest.raises(ValueError, match="let its name end in"):
        write_picture(tmp_path / name, noise)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_and_leaves_what_was_there(noise, tmp_path, monkeypatch):
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    write_picture(tmp_path / "a.png", noise)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_picture(tmp_path / "a.png", 255 - noise)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png")), noise)

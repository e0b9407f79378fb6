"""Missing pictures are found at the start."""

import pytest

from models.datasets.images import PROBES, check_images


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(100)]
    for path in paths:
        path.touch()
    return paths


def test_complete_folder_passes(files, tmp_path):
    check_images([str(f) for f in files], str(tmp_path))
    check_images([], str(tmp_path))


def test_missing_folder_names_the_key(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"img_prefix .*val2017 is no folder"):
        check_images([], str(tmp_path / "val2017"))


@pytest.mark.parametrize("missing", [0, 99])
def test_missing_ends_are_found(files, tmp_path, missing):
    files[missing].unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"{missing}\.png does not exist; check img_prefix"
    ):
        check_images([str(f) for f in files], str(tmp_path))


def test_long_gaps_are_found(files, tmp_path):
    for file in files[40 : 40 + 100 // (PROBES - 1) + 1]:
        file.unlink()
    with pytest.raises(FileNotFoundError):
        check_images([str(f) for f in files], str(tmp_path))

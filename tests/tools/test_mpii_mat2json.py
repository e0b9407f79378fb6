"""The converter of MPII's release, on a small file with the release's nested structs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.evaluation import evaluate_pckh, load_mpii_ground_truth
from tests.tools.conftest import load_tool

TOOL = Path(__file__).resolve().parents[2] / "tools" / "dataset" / "mpii_mat2json.py"
EMPTY = np.zeros((0, 0))


@pytest.fixture(scope="module")
def tool():
    return load_tool("tools/dataset/mpii_mat2json.py")


def structs(*records: dict) -> np.ndarray:
    """A MATLAB struct array (1, n); a field that one record lacks is empty there."""
    names = list(dict.fromkeys(name for record in records for name in record))
    array = np.empty((1, len(records)), dtype=[(name, object) for name in names])
    for i, record in enumerate(records):
        for name in names:
            array[0, i][name] = record.get(name, EMPTY)
    return array


def person(number: int, **changes) -> dict:
    """Person `number` of the file: its joints, center and head follow from the number."""
    points = [
        {"x": 100.0 * number + k, "y": 50.0 + k, "id": k, "is_visible": "1" if k % 2 else EMPTY}
        for k in range(16)
        if k != 5
    ]
    fields = {
        "x1": 10.0,
        "y1": 20.0,
        "x2": 40.0,
        "y2": 60.0,
        "annopoints": structs({"point": structs(*points)}),
        "scale": 2.0 + number,
        "objpos": structs({"x": 100.0 * number, "y": 60.0}),
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def write_release(path: Path, images: list[tuple[int, list[dict]]], test_images: int = 0) -> Path:
    """`images` are (video, people); unlabelled test images follow them."""
    entries = [
        {
            "image": structs({"name": f"{i:03d}.jpg"}),
            "annorect": structs(*people) if people else EMPTY,
            "vididx": float(video),
        }
        for i, (video, people) in enumerate([*images, *[(99, [{"scale": 1.0}])] * test_images])
    ]
    public = np.array([[1] * len(images) + [0] * test_images], dtype=np.uint8)
    single = np.empty((len(entries), 1), dtype=object)
    single[:] = [[EMPTY]] * len(entries)
    release = {"annolist": structs(*entries), "img_train": public, "single_person": single}
    savemat(path, {"RELEASE": structs(release)}, do_compression=True)
    return path


@pytest.fixture
def release(tmp_path) -> Path:
    """Six people, three of them of no use, on four labelled images and a test image."""
    images = [
        (1, [person(1), person(2)]),
        (2, [person(3)]),  # one person: no array of people once it is read
        (3, [{"x1": 1.0, "y1": 1.0, "x2": 2.0, "y2": 2.0}]),  # a head alone
        (4, [person(4), person(5, scale=EMPTY), person(6, annopoints=EMPTY)]),
    ]
    return write_release(tmp_path / "release.mat", images, test_images=1)


def people_of(folder: Path, split: str) -> list[int]:
    """Numbers of the people of a written split."""
    entries = json.loads((folder / f"mpii_{split}.json").read_text())
    return [round(entry["center"][0] / 100) for entry in entries]


def convert(tool, release: Path, out: Path, *flags) -> Path:
    tool.main([str(release), str(out), *map(str, flags)])
    return out


def text(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n\n")
    return path


def test_the_json_has_the_published_form(tool, release, tmp_path, capsys) -> None:
    names = text(tmp_path / "val.txt", "001.jpg")
    out = convert(tool, release, tmp_path / "out", "--val-list", names)
    (entry,) = json.loads((out / "mpii_val.json").read_text())
    assert entry["image"] == "001.jpg"
    assert entry["center"] == [300.0, 60.0]
    assert entry["scale"] == 5.0
    assert entry["joints"][4] == [304.0, 54.0]
    assert entry["joints"][5] == [-1.0, -1.0]
    assert entry["joints_vis"] == [1] * 5 + [0] + [1] * 10
    assert people_of(out, "train") == [1, 2, 4]
    said = capsys.readouterr().out
    assert "mpii_train.json: 3 people on 2 images" in said
    assert "left out: 2 people without joints" in said
    assert "left out: 1 people without position or scale" in said
    assert "entries of the list" not in said  # a blank line is none
    assert "do not compare" not in said


def test_the_ground_truth_belongs_to_the_json(tool, release, tmp_path) -> None:
    names = text(tmp_path / "val.txt", "images/000.jpg", "003.jpg")
    out = convert(tool, release, tmp_path / "out", "--val-list", names)
    assert people_of(out, "val") == [1, 2, 4]
    truth = load_mpii_ground_truth(out / "mpii_gt_val.mat")
    entries = json.loads((out / "mpii_val.json").read_text())
    np.testing.assert_array_equal(truth.joints, [entry["joints"] for entry in entries])
    np.testing.assert_array_equal(truth.visible, [entry["joints_vis"] for entry in entries])
    assert truth.head_boxes[2].tolist() == [[10, 20], [40, 60]]
    assert evaluate_pckh(truth.joints - 1, out / "mpii_gt_val.mat")["PCKh"] == 100


@pytest.mark.parametrize("form", ["mat", "json"])
def test_the_published_split_names_people(tool, release, tmp_path, capsys, form) -> None:
    split = tmp_path / f"split.{form}"
    if form == "mat":  # image 1 person 2, and someone without labels
        savemat(split, {"RELEASE_img_index": [[1, 3]], "RELEASE_person_index": [[2, 1]]})
    else:
        people = [("000.jpg", [200.0, 60.0]), ("002.jpg", [1.0, 1.0])]
        split.write_text(json.dumps([{"image": i, "center": c} for i, c in people]))
    out = convert(tool, release, tmp_path / "out", "--val-list", split)
    assert people_of(out, "val") == [2]
    assert people_of(out, "train") == [3, 4]  # person 1 shares an image with the validation
    said = capsys.readouterr().out
    assert "left out: 1 people beside those of validation, on their images" in said
    assert "left out: 1 entries of the list that name nobody with labels" in said


def test_a_json_of_names_takes_everyone_on_them(tool, release, tmp_path) -> None:
    split = tmp_path / "split.json"
    split.write_text(json.dumps(["000.jpg"]))
    assert people_of(convert(tool, release, tmp_path / "a", "--val-list", split), "val") == [1, 2]
    split.write_text(json.dumps([{"image": "000.jpg"}]))
    assert people_of(convert(tool, release, tmp_path / "b", "--val-list", split), "val") == [1, 2]


def test_a_drawn_split_keeps_videos_together(tool, tmp_path, capsys) -> None:
    images = [(video, [person(i)]) for i, video in enumerate([1, 1, 2, 2, 3, 3, 4, 4, 5, 5])]
    release = write_release(tmp_path / "release.mat", images)
    splits = set()
    for seed in range(5):
        flags = ("--seed", seed, "--val-fraction", 0.4)
        out = convert(tool, release, tmp_path / str(seed), *flags)
        train, val = people_of(out, "train"), people_of(out, "val")
        assert sorted(train + val) == list(range(10))
        assert len(val) == 4
        assert {i // 2 for i in train}.isdisjoint(i // 2 for i in val)
        again = convert(tool, release, tmp_path / f"again{seed}", *flags)
        assert people_of(again, "val") == val
        splits.add(tuple(val))
    assert len(splits) > 1
    assert "do not compare with published scores" in capsys.readouterr().out


def test_a_drawn_split_is_the_same_on_every_machine(tool, tmp_path) -> None:
    images = [(video, [person(video)]) for video in range(10)]
    release = write_release(tmp_path / "release.mat", images)
    out = convert(tool, release, tmp_path / "out", "--val-fraction", 0.3)
    assert people_of(out, "val") == [0, 6, 7]


def test_validation_needs_heads_and_training_does_not(tool, tmp_path, capsys) -> None:
    headless = {"x1": EMPTY}
    images = [(1, [person(1, **headless)]), (2, [person(2, **headless), person(3)])]
    release = write_release(tmp_path / "release.mat", images)
    names = text(tmp_path / "val.txt", "001.jpg")
    out = convert(tool, release, tmp_path / "out", "--val-list", names)
    assert people_of(out, "train") == [1]
    assert people_of(out, "val") == [3]
    assert len(load_mpii_ground_truth(out / "mpii_gt_val.mat")) == 1
    assert "left out: 1 people of validation without a head's box" in capsys.readouterr().out


def test_nothing_is_overwritten_unless_forced(tool, release, tmp_path) -> None:
    names = text(tmp_path / "val.txt", "001.jpg")
    out = convert(tool, release, tmp_path / "out", "--val-list", names)
    (out / "mpii_train.json").write_text("mine")
    with pytest.raises(SystemExit, match=r"error: .*mpii_train\.json exists; give --force"):
        convert(tool, release, out, "--val-list", names)
    assert (out / "mpii_train.json").read_text() == "mine"
    convert(tool, release, out, "--val-list", names, "--force")
    assert people_of(out, "train") == [1, 2, 4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.txt", None, r"validation list .*none\.txt does not exist"),
        ("none.mat", None, r"none\.mat does not exist"),
        ("other.txt", "9.jpg", r"nobody listed in .*other\.txt is labelled"),
        ("list.json", "[3]", "must list image names, or people"),
        ("list.json", '[{"center": [1, 2]}]', "must list image names, or people"),
        ("list.json", '[{"image": "1.jpg", "center": [1]}]', "must list image names, or people"),
        ("all.txt", "000.jpg\n001.jpg\n003.jpg", "leaves 0 people to train on"),
    ],
)
def test_a_bad_list_is_named_and_nothing_written(
    tool, release, tmp_path, name, content, message
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit, match=f"error: .*{message}"):
        convert(tool, release, tmp_path / "out", "--val-list", path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content", [{"preds": np.zeros(3)}, {"RELEASE_img_index": [1, 2], "RELEASE_person_index": [1]}]
)
def test_a_mat_that_is_no_split_is_named(tool, release, tmp_path, content) -> None:
    path = tmp_path / "split.mat"
    savemat(path, content)
    with pytest.raises(SystemExit, match=r"split\.mat has no RELEASE_img_index"):
        convert(tool, release, tmp_path / "out", "--val-list", path)


@pytest.mark.parametrize("fraction", ["0", "1"])
def test_a_share_that_leaves_a_side_empty_is_an_error(tool, release, tmp_path, fraction) -> None:
    with pytest.raises(SystemExit, match="leaves one side of the split empty"):
        convert(tool, release, tmp_path / "out", "--val-fraction", fraction)


def test_a_file_that_is_no_release_is_named(tool, release, tmp_path) -> None:
    path = tmp_path / "wrong.mat"
    savemat(path, {"annolist": 1})
    with pytest.raises(SystemExit, match=r"wrong\.mat holds no RELEASE\.annolist; give MPII's"):
        convert(tool, path, tmp_path / "out")
    nobody = write_release(tmp_path / "nobody.mat", [(1, []), (2, [])])
    with pytest.raises(SystemExit, match="labels nobody"):
        convert(tool, nobody, tmp_path / "out")


def test_help_says_what_it_does() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--help"], capture_output=True, text=True, check=True
    )
    assert "annotations of the MPII Human Pose release" in done.stdout
    assert not done.stderr

"""tools/demo/image_demo.py draws skeletons, and says in one line what it cannot."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest
import torch

from models.inference import inferencer
from models.inference.opening import open_model
from tests.tools.conftest import load_tool

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"


@pytest.fixture(scope="module")
def demo(repository, trained):
    """Runs the tool in this process on the trained network."""
    tool = load_tool("tools/demo/image_demo.py")

    networks = []

    def opened(*arguments):
        """The network, opened by the first run and kept for the others."""
        if not networks:
            networks.append(open_model(*arguments))
        return networks[0]

    def demo(*options):
        arguments = [repository / CONFIG, trained / "latest.pth", "--device", "cpu", *options]
        small = ["--cfg-options", "data.test.data_cfg.image_size=[64,64]"]
        tool.main([str(argument) for argument in [*arguments, *small]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inferencer, "open_model", opened)
        yield demo


@pytest.fixture
def pictures(tiny_data, tmp_path):
    """A folder with two pictures of the data set; all their boxes are in `annotations`."""
    folder = tmp_path / "my pictures"
    folder.mkdir()
    for number in (1, 2):
        shutil.copy(tiny_data / "val" / f"00000{number}.jpg", folder)
    return folder


@pytest.fixture
def annotations(tiny_data):
    return tiny_data / "annotations" / "person_keypoints_val.json"


def differs(a, b):
    """Whether two picture files show another thing; JPEG's own error is a few grey levels."""
    difference = cv2.absdiff(cv2.imread(str(a)), cv2.imread(str(b)))
    return bool((difference > 60).any())


def test_a_folder_with_annotations(demo, pictures, annotations, tmp_path, capsys):
    out, results = tmp_path / "out", tmp_path / "results.json"
    out.mkdir()
    (out / "000001.jpg").write_bytes(b"drawn before")
    demo(
        *("--img", pictures, "--boxes", annotations, "--out", out, "--json", results),
        *("--heatmaps", "--draw-boxes", "--style", "openpose", "--joint-thr", -1),
    )
    content = json.loads(annotations.read_text())
    expected = {image["file_name"].rpartition("/")[2]: [] for image in content["images"]}
    names = {image["id"]: image["file_name"].rpartition("/")[2] for image in content["images"]}
    for entry in content["annotations"]:
        x, y, w, h = entry["bbox"]
        expected[names[entry["image_id"]]].append([x, y, x + w, y + h])
    found = json.loads(results.read_text())
    assert len(found["keypoints"]["names"]) == 17
    for picture, result in zip(sorted(pictures.iterdir()), found["pictures"], strict=True):
        assert result["image"] == str(picture)
        assert [result["height"], result["width"]] == list(cv2.imread(str(picture)).shape[:2])
        boxes = [person["bbox"][:4] for person in result["people"]]
        np.testing.assert_allclose(boxes, expected[picture.name], atol=0.01)
        for person in result["people"]:
            assert np.shape(person["keypoints"]) == (17, 3)
            assert person["bbox"][4] == 1
        assert differs(out / picture.name, picture)
        assert differs(out / f"{picture.stem}_heatmaps.jpg", picture)
    assert len(list(out.iterdir())) == 5
    assert [path for path in out.glob("000001_2*.jpg") if path.read_bytes() == b"drawn before"]
    assert f"people in 2 pictures: {out}" in capsys.readouterr().out


def test_one_picture_as_one_person_into_a_file(demo, pictures, tmp_path, capsys):
    out = tmp_path / "sub" / "drawn.png"
    picture = pictures / "000001.jpg"
    demo("--img", picture, "--boxes", "full", "--out", out, "--joint-thr", -1, "--draw-boxes")
    assert differs(out, picture)
    assert f"1 person in the picture: {out}" in capsys.readouterr().out


def test_nobody(demo, pictures, tmp_path, capsys):
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"000001.jpg": [], "000002.jpg": [[1, 1, 90, 90, 0.1]]}))
    demo("--img", pictures, "--boxes", boxes, "--out", tmp_path / "out", "--heatmaps")
    for picture in pictures.iterdir():
        assert not differs(tmp_path / "out" / picture.name, picture)
    said = capsys.readouterr().out
    assert f"nobody found in {pictures / '000001.jpg'}" in said
    assert f"nobody found in {pictures / '000002.jpg'}" in said
    assert "0 people in 2 pictures" in said


def test_equal_names_in_several_folders(demo, pictures, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / "shots" / folder).mkdir(parents=True)
        shutil.copy(pictures / "000001.jpg", tmp_path / "shots" / folder / "1.jpg")
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"a/1.jpg": [[10, 10, 90, 90]], "b/1.jpg": []}))
    pattern = tmp_path / "shots" / "*" / "*.jpg"
    demo("--img", pattern, "--boxes", boxes, "--out", tmp_path / "out", "--joint-thr", -1)
    assert differs(tmp_path / "out" / "a" / "1.jpg", pictures / "000001.jpg")
    assert not differs(tmp_path / "out" / "b" / "1.jpg", pictures / "000001.jpg")


def test_pictures_that_cannot_be_read(demo, pictures, annotations, tmp_path, capsys):
    (pictures / "broken.jpg").write_bytes(b"no picture")
    demo("--img", pictures, "--boxes", annotations, "--out", tmp_path / "out")
    assert "1 of 3 pictures were left out" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"broken\.jpg cannot be decoded"):
        demo("--img", pictures / "broken.jpg", "--boxes", "full", "--out", tmp_path / "out")


def test_stored_and_upright_pictures(demo, pictures, annotations, tmp_path):
    """Boxes of COCO are of the pixels as stored, a user's of the picture as it is seen."""
    path = pictures / "000001.jpg"
    whole = path.read_bytes()
    height, width = cv2.imread(str(path)).shape[:2]
    # EXIF with one entry: orientation 6, to be turned by a quarter
    entry = b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + b"\0\0\0\0"
    tag = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    path.write_bytes(whole[:2] + tag + whole[2:])
    for boxes, shape in ((annotations, (height, width)), ("full", (width, height))):
        demo("--img", path, "--boxes", boxes, "--out", tmp_path / "drawn.png")
        assert cv2.imread(str(tmp_path / "drawn.png")).shape[:2] == shape


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (["--img", "no_such.jpg"], FileNotFoundError, "no_such.jpg does not exist"),
        (["--img", "{tmp}/empty"], ValueError, "empty holds no picture"),
        (["--img", "{tmp}/*.tiff"], FileNotFoundError, "matches nothing"),
        (["--img", "{one}", "--boxes", "no.json"], FileNotFoundError, "no.json does not exist"),
        (["--img", "{one}", "--boxes", "{tmp}/other.json"], ValueError, "lists none of the pic"),
        (["--img", "{one}", "--detector", "yolo"], ValueError, "use one of ssdlite"),
        (["--img", "{one}", "--boxes", "full", "--out", "{one}"], ValueError, "would replace"),
        (["--img", "{one}", "--boxes", "full", "--style", "x"], ValueError, "no --style x"),
        (["--img", "{both}", "--boxes", "full", "--out", "a.png"], ValueError, "for 2 pictures"),
        (["--img", "{both}", "--boxes", "full", "--out", "{both}"], ValueError, "would replace"),
    ],
)
def test_bad_input(demo, pictures, tmp_path, options, error, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.json").write_text(json.dumps({"zebra.jpg": [[1, 2, 3, 4]]}))
    places = {"tmp": tmp_path, "one": pictures / "000001.jpg", "both": pictures}
    default = [] if "--out" in options else ["--out", tmp_path / "out"]
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    with pytest.raises(error, match=message):
        demo(*[option.format(**places) for option in options], *default)
    assert {path: path.read_bytes() for path in pictures.iterdir()} == before
    assert not (tmp_path / "out").exists()


def test_no_weights_for_the_detector(demo, pictures, tmp_path, monkeypatch):
    def fetch(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    with pytest.raises(FileNotFoundError, match=r"ssdlite320_.*\.pth.*no route.*--boxes full"):
        demo("--img", pictures, "--out", tmp_path / "out")


def test_show_without_a_screen(demo, pictures, tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(ValueError, match="there is no screen"):
        demo("--img", pictures, "--boxes", "full", "--out", tmp_path / "out", "--show")


def test_a_mistake_is_one_line(run_tool, trained, tmp_path):
    done = run_tool(
        "tools/demo/image_demo.py",
        CONFIG,
        trained / "latest.pth",
        "--img",
        tmp_path / "none.jpg",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: source {tmp_path / 'none.jpg'} does not exist")
    assert len(done.stderr.splitlines()) == 1

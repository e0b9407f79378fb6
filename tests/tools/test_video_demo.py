"""tools/demo: a drawn video, and people followed through it."""

from __future__ import annotations

import json
import signal
from types import SimpleNamespace

import cv2
import pytest
import torch

from models.inference import follow
from models.runtime.cli import run_tool as run_main
from tests.tools.conftest import load_tool

TOOL = "tools/demo/video_demo.py"
CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"


@pytest.fixture(scope="module")
def film(tmp_path_factory, run_tool):
    """people.mp4 with its boxes and truth, in a folder with a blank."""
    out = tmp_path_factory.mktemp("a film") / "people.mp4"
    done = run_tool(
        "tools/demo/make_video.py", out, "--frames", 20, "--people", 2, "--size", 200, 120
    )
    assert done.stdout.count("wrote ") == 3
    return out


@pytest.fixture
def demo(repository, monkeypatch, capsys):
    """Runs the tool in this process, as its last line does; gives its stdout, stderr, status."""
    monkeypatch.chdir(repository)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    tool = load_tool(TOOL)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*argv):
        status = 0
        try:
            run_main(lambda: tool.main([CONFIG, *map(str, argv)]))
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return said.out, said.err, status

    yield run
    signal.signal(signal.SIGTERM, handler)


def boxes_of(film):
    return film.with_name("people_boxes.json")


def test_made_video(film):
    truth = json.loads(film.with_name("people_truth.json").read_text())
    boxes = json.loads(boxes_of(film).read_text())
    assert len(truth["frames"]) == len(boxes) == 20
    assert {p["track_id"] for f in truth["frames"] for p in f["people"]} == {1, 2}
    assert truth["video"]["width"] == 200


def test_followed(film, trained, demo, tmp_path):
    out, error, status = demo(
        *(trained / "latest.pth", "--source", film, "--detector", boxes_of(film)),
        *("--out", tmp_path / "out.mp4", "--json", tmp_path / "out.json"),
        *("--joint-thr", 0, "--detect-every", 3, "--style", "openpose", "--draw-boxes"),
    )
    assert status == 0, error
    assert "20 frames" in out
    assert "warning" not in error
    content = json.loads((tmp_path / "out.json").read_text())
    assert content["complete"]
    assert len(content["frames"]) == 20
    people = [p for frame in content["frames"] for p in frame["people"]]
    assert any("track_id" in p for p in people)
    assert len(people[0]["keypoints"]) == 17
    capture = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 20
    assert capture.get(cv2.CAP_PROP_FPS) == 25


def test_max_frames_nobody_found_and_no_smoothing(film, trained, demo, tmp_path):
    (tmp_path / "none.json").write_text(json.dumps({str(i): [] for i in range(20)}))
    out, error, status = demo(
        *(trained / "latest.pth", "--source", film, "--no-smooth", "--max-frames", 4),
        *("--json", tmp_path / "out.json", "--detector", tmp_path / "none.json"),
    )
    assert status == 0
    assert "4 frames, 0 poses" in out
    assert "nobody was found" in error
    assert len(json.loads((tmp_path / "out.json").read_text())["frames"]) == 4


def test_options_of_config_and_checkpoint(film, trained, demo, tmp_path):
    content = torch.load(trained / "latest.pth", weights_only=True)
    content["meta"]["thing"] = SimpleNamespace(a=1)
    torch.save(content, tmp_path / "rich.pth")
    out = tmp_path / "out.json"
    given = [tmp_path / "rich.pth", "--source", film, "--detector", "full", "--max-frames", 2]
    _, error, status = demo(*given, "--json", out)
    assert status == 1
    assert "--trust-checkpoint" in error
    _, error, status = demo(*given, "--json", out, "--trust-checkpoint")
    assert status == 0, error
    # 64×64 crops have 16×16 heatmaps, so joints lie elsewhere
    small = tmp_path / "small.json"
    options = ["--cfg-options", "data.test.data_cfg.image_size=[64,64]"]
    _, error, status = demo(*given, "--json", small, "--trust-checkpoint", *options)
    assert status == 0, error
    assert json.loads(out.read_text())["frames"] != json.loads(small.read_text())["frames"]


def test_interrupted(film, trained, demo, tmp_path, monkeypatch):
    """Ctrl-C keeps the frames that were done."""
    whole = follow.follow

    def cut(*args):
        for found in whole(*args):
            if found.frame.index == 5:
                raise KeyboardInterrupt
            yield found

    monkeypatch.setattr(follow, "follow", cut)
    out, _, status = demo(
        *(trained / "latest.pth", "--source", film, "--detector", "full"),
        *("--out", tmp_path / "out.mp4", "--json", tmp_path / "out.json"),
    )
    assert status == 130
    assert "wrote" in out
    assert "5 frames" in out
    content = json.loads((tmp_path / "out.json").read_text())
    assert not content["complete"]
    assert len(content["frames"]) == 5
    assert cv2.VideoCapture(str(tmp_path / "out.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "out.mp4"]


def test_damaged_video(trained, demo, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(300))
    _, error, status = demo("x.pth", "--source", path, "--out", tmp_path / "out.mp4")
    assert status == 1
    assert f"error: video {path} cannot be opened" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--source", "no.mp4"], "error: source no.mp4 does not exist"),
        (["--source", "97"], "error: there is no camera 97"),
        (["--source", "{film}", "--style", "odd"], "error: style 'odd' is unknown"),
        (["--source", "{film}", "--show"], "error: there is no screen"),
    ],
)
def test_bad_input(arguments, message, film, demo, tmp_path):
    argv = ("x.pth", *(a.format(film=film) for a in arguments), "--json", tmp_path / "x.json")
    _, error, status = demo(*argv)
    assert status == 1
    assert message in error
    assert not list(tmp_path.iterdir())


def test_nothing_to_write(demo):
    _, error, status = demo("x.pth", "--source", "0")
    assert status == 2
    assert "give --out, --json or --show" in error

"""Everything that gives pictures, and everything that does not."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from models.inference.sources import open_source, read_picture
from models.inference.video_source import LiveSource

FRAMES = 24


def frames_of(source):
    return list(open_source(source))


def write_picture(path, value=90, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((size[1], size[0], 3), value, np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


def write_video(path):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 12.5, (64, 48))
    for i in range(FRAMES):
        writer.write(np.full((48, 64, 3), 10 * i, np.uint8))
    writer.release()
    return path


@pytest.fixture
def video(tmp_path):
    return write_video(tmp_path / "ein Film ü.mp4")


def test_array():
    image = np.zeros((20, 30, 3), np.uint8)
    source = open_source(image)
    (frame,) = source
    assert source.total == 1
    assert source.size == (30, 20)
    assert frame.image is image
    assert frame.seconds is None
    (grey,) = frames_of(image[..., 0])
    assert grey.image.shape == (20, 30, 3)


@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_no_picture_in_an_array(bad):
    with pytest.raises(ValueError, match="picture"):
        open_source(bad)


def test_picture_with_blank_and_umlaut(tmp_path):
    path = write_picture(tmp_path / "mein Bild ü 日[1].png")
    (frame,) = frames_of(str(path))
    assert frame.name == str(path)
    assert (frame.image == 90).all()


def test_folder_in_natural_order(tmp_path):
    for name in ("10.jpg", "9.png", "b2.jpg", "._9.jpg", "sub/1.jpg"):
        write_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("x")
    found = frames_of(tmp_path)
    assert [os.path.basename(frame.name) for frame in found] == ["9.png", "10.jpg", "b2.jpg"]
    assert [frame.index for frame in found] == [0, 1, 2]


def test_pattern_enters_folders(tmp_path):
    for name in ("a/2.jpg", "b/10.jpg", "b/9.jpg"):
        write_picture(tmp_path / name)
    names = [os.path.relpath(f.name, tmp_path) for f in frames_of(f"{tmp_path}/**/*.jpg")]
    assert names == ["a/2.jpg", "b/9.jpg", "b/10.jpg"]


def test_several_paths_as_a_shell_gives_them(tmp_path):
    paths = [write_picture(tmp_path / name) for name in ("b.jpg", "a.jpg")]
    assert [frame.name for frame in frames_of(paths)] == [str(path) for path in paths]


def test_video(video):
    source = open_source(video)
    assert (source.fps, source.size, source.total) == (12.5, (64, 48), FRAMES)
    assert not source.is_live
    found = list(source)
    assert [frame.index for frame in found] == list(range(FRAMES))
    assert found[12].name == f"{video.name}/000012"
    assert found[12].seconds == pytest.approx(12 / 12.5)
    assert found[5].image.mean() == pytest.approx(50, abs=4)
    assert source.problem is None


def test_cut_video_gives_what_there_is(tmp_path):
    path = tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for _ in range(FRAMES):
        writer.write(np.random.randint(0, 255, (48, 64, 3), np.uint8))
    writer.release()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = open_source(path)
    found = list(source)
    assert 0 < len(found) < FRAMES
    assert f"breaks off after {len(found)} of {FRAMES} frames" in source.problem


def test_video_without_index(video):
    video.write_bytes(video.read_bytes()[:-200])
    with pytest.raises(ValueError, match="cannot be opened; it is cut short"):
        open_source(video)


@pytest.mark.parametrize(
    "content, problem", [(b"", "is empty"), (b"hello " * 99, "neither a video nor a picture")]
)
def test_neither_video_nor_picture(tmp_path, content, problem):
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"x.mp4.*{problem}"):
        open_source(path)


@pytest.mark.parametrize("given", ["no/such.jpg", "no/such.mp4", ""])
def test_missing_file(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "..")
    if given:
        with pytest.raises(FileNotFoundError, match=f"source {given} does not exist"):
            open_source(given)
    else:
        with pytest.raises(ValueError, match="no source"):
            open_source([])


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"holds no picture .*a pattern like"):
        open_source(tmp_path)


def test_pattern_that_matches_nothing_or_no_picture(tmp_path):
    with pytest.raises(FileNotFoundError, match="matches nothing"):
        open_source(str(tmp_path / "*.jpg"))
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match="1 files but no picture"):
        open_source(str(tmp_path / "*.txt"))


@pytest.mark.parametrize("kind", ["empty", "cut short", "cannot be decoded"])
def test_bad_picture(tmp_path, kind):
    path = write_picture(tmp_path / "a.jpg")
    data = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "cut short": data[:-30], "cannot be decoded": b"text " * 9}[kind]
    )
    with pytest.raises(ValueError, match=f"a.jpg.*{kind}"):
        frames_of(path)
    write_picture(tmp_path / "b.jpg")
    source = open_source(tmp_path)
    assert [frame.index for frame in source] == [1]
    assert "1 of 2 pictures were left out" in source.problem


def test_folder_of_bad_pictures(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match="none of the 2 pictures"):
        frames_of(tmp_path)


def test_photograph_is_turned_as_it_says(tmp_path):
    image = np.zeros((20, 40, 3), np.uint8)
    data = cv2.imencode(".jpg", image)[1].tobytes()
    # orientation 6: to be turned by a quarter, clockwise
    tag = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    path = tmp_path / "phone.jpg"
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(tag) + 2).to_bytes(2, "big") + tag + data[2:])
    assert read_picture(path).shape == (40, 20, 3)
    assert next(iter(open_source(path, upright=False))).image.shape == (20, 40, 3)


@pytest.mark.parametrize("number", [97, "97", -1])
def test_no_such_camera(number):
    with pytest.raises(ValueError, match="there is no camera"):
        open_source(number)


def test_address_that_does_not_answer_in_time():
    with socket.socket() as listener:  # takes the connection, says nothing
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        begin = time.monotonic()
        with pytest.raises(ValueError, match=r"does not answer with a video within 0\.5 s"):
            open_source(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/x", timeout=0.5)
        assert time.monotonic() - begin < 20


def test_video_behind_an_address(video):
    handler = type(
        "Handler",
        (http.server.SimpleHTTPRequestHandler,),
        {
            "__init__": lambda self, *a: http.server.SimpleHTTPRequestHandler.__init__(
                self, *a, directory=str(video.parent)
            ),
            "log_message": lambda *a: None,
        },
    )
    video = video.rename(video.with_name("film.mp4"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = frames_of(f"http://127.0.0.1:{server.server_port}/film.mp4")
        server.shutdown()
    assert len(found) == FRAMES
    assert found[1].name == "film.mp4/000001"


class Camera:
    """Gives numbered frames at a pace of its own, then stops."""

    def __init__(self, frames, pause):
        self.given, self.frames, self.pause, self.released = 0, frames, pause, False

    def set(self, key, value):
        return False

    def get(self, key):
        return 0.0

    def read(self):
        if self.given:
            time.sleep(self.pause)
        if self.given == self.frames:
            return False, None
        self.given += 1
        return True, np.full((4, 6, 3), self.given, np.uint8)

    def release(self):
        self.released = True


def test_slow_viewer_sees_the_newest_frame():
    camera = Camera(frames=200, pause=0.002)
    source = LiveSource(camera, "camera 0", "camera0", timeout=5)
    seen = []
    for frame in source:
        seen.append(int(frame.image[0, 0, 0]))
        time.sleep(0.05)
        if len(seen) == 3:
            break
    source.close()
    assert source.is_live
    assert seen[1] > seen[0] + 1  # some were missed
    assert seen[2] > seen[1] + 1
    assert camera.released


def test_camera_that_is_unplugged():
    source = LiveSource(Camera(frames=3, pause=0.001), "camera 0", "camera0", timeout=5)
    assert 1 <= len(list(source)) <= 3
    assert "stopped giving pictures" in source.problem


def test_camera_without_pictures():
    with pytest.raises(ValueError, match="opens but gives no picture"):
        LiveSource(Camera(frames=0, pause=0), "camera 0", "camera0")


def test_opencv_is_silent_and_torch_is_not_needed(tmp_path, repository):
    """Damaged files and missing cameras make OpenCV and FFmpeg talk."""
    path = write_video(tmp_path / "cut.mp4")
    path.write_bytes(path.read_bytes()[:-200])
    code = (
        "import sys\n"
        "from models.inference.sources import open_source\n"
        "for source in (sys.argv[1], 97, 'rtsp://127.0.0.1:9/x'):\n"
        "    try: open_source(source)\n"
        "    except ValueError: print('refused')\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=repository, capture_output=True, text=True
    )
    assert done.stdout.split() == ["refused"] * 3
    assert done.stderr == ""

"""Windows of the demos on a real X server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.integration.conftest import COCO_CONFIG, REPOSITORY, clean_environment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def display() -> Iterator[dict[str, str]]:
    """The environment of a screen; skips where there is none."""
    for program in ("Xvfb", "xdotool"):
        if not shutil.which(program):
            pytest.skip(f"{program} not found (Debian: apt-get install xvfb xdotool)")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as numbers:
        number = numbers.readline().strip()
    assert number, f"Xvfb ended with {server.wait()}"
    yield clean_environment(DISPLAY=f":{number}", PYTHON=sys.executable)
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def film(tmp_path_factory, run_tool):
    out = tmp_path_factory.mktemp("film") / "film.mp4"
    run_tool("tools/demo/make_video.py", out, "--frames", 12, "--people", 2, "--size", 320, 200)
    return out


def start(tool: str, *arguments: object, env: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, tool, COCO_CONFIG, *map(str, arguments), "--show"],
        cwd=REPOSITORY,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_film(display, film, trained):
    source = ["--source", film, "--detector", film.with_name("film_boxes.json")]
    process = start("tools/demo/video_demo.py", trained / "latest.pth", *source, env=display)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert "12 frames" in out
    assert "Qt" not in error  # whose fonts are nobody's concern


def test_a_key_ends_the_show_and_not_the_work(display, trained, tiny_data, tmp_path):
    pictures = sorted((tiny_data / "val").iterdir())[:3]
    shown = start(
        *("tools/demo/image_demo.py", trained / "latest.pth", "--boxes", "full"),
        *("--img", *pictures, "--out", tmp_path / "drawn"),
        env=display,
    )
    look = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "q ends the show"]
    number = subprocess.run(look, env=display, capture_output=True, text=True, timeout=120).stdout
    # Without a window manager, keys go to the window under the pointer.
    under = ["xdotool", "mousemove", "--window", number.split()[-1], "20", "20"]
    subprocess.run(under, env=display, check=True)
    end = time.monotonic() + 60
    while shown.poll() is None and time.monotonic() < end:
        subprocess.run(["xdotool", "key", "q"], env=display, check=True)
        time.sleep(0.5)
    if shown.poll() is None:
        shown.kill()
    out, error = shown.communicate()
    assert shown.returncode == 0, error
    assert "3 people in 3 pictures" in out
    assert len(list((tmp_path / "drawn").iterdir())) == 3

"""Windows, on a screen that is played: keys, closing, size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.inference.window import Window, check_screen


class Screen:
    """Answers `keys` in turn, −1 once they are used up; is closed after `looks` at it."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.looks = 100
        self.shown: list[np.ndarray] = []
        self.sizes: list[tuple[int, int]] = []

    def key(self, milliseconds: int) -> int:
        assert milliseconds > 0  # else nobody sees that the window was closed
        return self.keys.pop(0) if self.keys else -1

    def is_visible(self, title: str, what: int) -> float:
        self.looks -= 1
        if self.looks < -1:
            raise cv2.error("there is no window any more")
        return float(self.looks >= 0)


@pytest.fixture
def screen(monkeypatch):
    played = Screen()
    monkeypatch.setattr(cv2, "namedWindow", lambda *args: None)
    monkeypatch.setattr(cv2, "resizeWindow", lambda title, *size: played.sizes.append(size))
    monkeypatch.setattr(cv2, "imshow", lambda title, image: played.shown.append(image))
    monkeypatch.setattr(cv2, "waitKey", played.key)
    monkeypatch.setattr(cv2, "getWindowProperty", played.is_visible)
    return played


def image(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("key", "more"), [(-1, True), (ord("a"), True), (ord("q"), False), (27, False)]
)
def test_frames_go_on_until_q_or_escape(screen, key, more):
    screen.keys = [key | 0x100000 if key > 0 else key]  # GTK tells of num lock in higher bits
    assert Window("film").show(image(10, 10)) is more
    assert len(screen.shown) == 1


@pytest.mark.parametrize(("key", "more"), [(ord(" "), True), (ord("q"), False)])
def test_pictures_wait_for_a_key(screen, key, more):
    screen.keys = [-1, -1, -1, key]
    assert Window("picture").show_until_key(image(10, 10)) is more
    assert not screen.keys


@pytest.mark.parametrize("looks", [-1, 0, 3])
@pytest.mark.parametrize("method", ["show", "show_until_key"])
def test_closing_ends(screen, method, looks):
    window = Window("closed")
    screen.looks = looks
    shown = 0
    while getattr(window, method)(image(10, 10)):
        shown += 1
    assert shown == (max(looks, 0) if method == "show" else 0)


def test_no_larger_than_a_screen(screen):
    window = Window("sizes")
    for height, width in [(100, 200), (100, 200), (3000, 4000), (900, 10)]:
        window.show(image(height, width))
    assert screen.sizes == [(200, 100), (1067, 800), (9, 800)]


def test_no_screen_is_told(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="no screen"):
        check_screen()


def test_no_windows_in_this_opencv_is_told(monkeypatch):
    def refuse(title):
        raise cv2.error("not implemented")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(cv2, "namedWindow", refuse)
    with pytest.raises(ValueError, match="built without windows"):
        check_screen()

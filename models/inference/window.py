"""Pictures in a window, where there is a screen."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np

_END = (27, ord("q"))  # Esc
_LARGEST = 1280, 800  # width and height in pixels; larger pictures are shown smaller
_WAIT = 50  # milliseconds between two looks whether the window is still there


def check_screen() -> None:
    """Make sure that windows can be opened, before hours are spent on what they shall show.

    Raises:
        ValueError: there is no screen, or OpenCV was built without windows.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise ValueError("there is no screen to show pictures on (DISPLAY is not set); write files")
    # The Qt in OpenCV's packages misses fonts that it has no use for, several times over.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    try:
        cv2.namedWindow("probe")
        cv2.destroyWindow("probe")
    except cv2.error as error:
        raise ValueError(
            "this OpenCV was built without windows (opencv-python-headless): write files, or "
            "install opencv-python"
        ) from error


class Window:
    """A window; `check_screen` first.

    Args:
        title: of the window.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._size: tuple[int, int] | None = None

    def show(self, image: np.ndarray) -> bool:
        """Show a frame and go on; whether the user wants more of them (no q, Esc or closing).

        Args:
            image: (H, W, 3) uint8, BGR.
        """
        self._open(image)
        return not self._ends(cv2.waitKey(1))

    def show_until_key(self, image: np.ndarray) -> bool:
        """Show a picture until a key is pressed; whether the user wants more, see `show`.

        Args:
            image: (H, W, 3) uint8, BGR.
        """
        self._open(image)
        key = -1
        while key < 0 and not self._is_closed():
            key = cv2.waitKey(_WAIT)
        return not self._ends(key)

    def _open(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        if self._size is None:
            look = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
            cv2.namedWindow(self.title, look)
        if self._size != (width, height):
            share = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
            cv2.resizeWindow(self.title, round(share * width), round(share * height))
            self._size = width, height
        cv2.imshow(self.title, image)

    def _ends(self, key: int) -> bool:
        return (key >= 0 and key & 0xFF in _END) or self._is_closed()

    def _is_closed(self) -> bool:
        try:
            return cv2.getWindowProperty(self.title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:  # Qt says so when its last window is gone
            return True

"""Pictures in a window, where there is a screen."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np


def check_screen() -> None:
    """Make sure that windows can be opened, before hours are spent on what they shall show.

    Raises:
        ValueError: there is no screen, or OpenCV was built without windows.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise ValueError("there is no screen to show pictures on (DISPLAY is not set); write files")
    try:
        cv2.namedWindow("probe")
        cv2.destroyWindow("probe")
    except cv2.error as error:
        raise ValueError(
            "this OpenCV was built without windows (opencv-python-headless): write files, or "
            "install opencv-python"
        ) from error


def show_picture(image: np.ndarray, title: str, milliseconds: int = 0) -> int:
    """Show a picture; the code of the key that was pressed, or −1.

    Args:
        image: (H, W, 3) uint8, BGR.
        title: of the window.
        milliseconds: how long to wait for a key; 0 is for ever.

    Raises:
        ValueError: there is no screen.
    """
    check_screen()
    cv2.imshow(title, image)
    return cv2.waitKey(milliseconds)

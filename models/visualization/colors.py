"""Colors: of tracks, of rainbows, and what stands out against them. RGB, as in `KeypointSet`."""

from __future__ import annotations

import colorsys
import re

import numpy as np

from models.structures.keypoints import Color

DARK: Color = (24, 24, 24)
LIGHT: Color = (245, 245, 245)

#: part of a full turn from the hue of one track to that of the next: they fill the circle evenly,
#: however many there are (it is 1 / p², p the root of p³ = p + 1)
_TURN = 0.5698402909980532

#: saturation and value of a track's color, in turn: neighbours in hue differ in these
_SHADES = ((0.85, 0.55), (0.4, 1.0), (0.95, 1.0), (0.85, 0.85), (0.5, 0.65))

#: the colors that have names, those of mmcv
_NAMED: dict[str, Color] = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "yellow": (255, 255, 0),
    "magenta": (255, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}


def id_color(number: int) -> Color:
    """The color of a track: always the same, and far from those of the numbers near it."""
    saturation, value = _SHADES[number % len(_SHADES)]
    return _rgb(number * _TURN % 1, saturation, value)


def named_color(name: str) -> Color:
    """The color of a name ('green') or of '#rrggbb'.

    Raises:
        ValueError: it is neither.
    """
    if re.fullmatch("#[0-9a-fA-F]{6}", name):
        red, green, blue = bytes.fromhex(name[1:])
        return red, green, blue
    if name not in _NAMED:
        raise ValueError(f"'{name}' is no color; write '#rrggbb' or one of {', '.join(_NAMED)}")
    return _NAMED[name]


def rainbow(count: int) -> tuple[Color, ...]:
    """`count` hues from red over green and blue towards red again."""
    return tuple(_rgb(i / count, 1.0, 1.0) for i in range(count))


def contrast(color: Color) -> Color:
    """Dark or light, whichever is better read on or around a color."""
    return DARK if luminance(color) > 0.18 else LIGHT


def luminance(color: Color) -> float:
    """Relative luminance, 0 black … 1 white (WCAG 2)."""
    share = np.asarray(color, dtype=np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def bgr(color: Color) -> Color:
    """In the order of OpenCV's pictures."""
    red, green, blue = color
    return blue, green, red


def _rgb(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue

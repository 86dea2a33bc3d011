"""The diverging colours of the editor as palettes for indexed pictures: hue is the sign, lightness the magnitude.

Pure. The same curves in OKLCH as `js/src/plots/colormap.ts`, of which a palette has room for 253 steps.
"""

from __future__ import annotations

from functools import cache

import numpy as np

GAP, GREY, INK, ZERO = 0, 1, 2, 129
"""Indices of a palette: between cells (transparent), what is not finite, marks on that, and the value 0."""
STEPS = 126
"""Steps from zero to either end."""


@cache
def palette(dark: bool = False) -> np.ndarray:
    """256 by 3 uint8: `ZERO - STEPS` is the most negative colour, `ZERO + STEPS` the most positive."""
    t = np.arange(-STEPS, STEPS + 1) / STEPS
    size, negative = np.abs(t), t < 0
    if dark:
        lightness = 0.285 + 0.515 * size**0.85
        chroma = 0.135 * size**0.7 * (1 - 0.12 * size)
        hue = np.where(negative, 36 + 6 * (1 - size), 248 - 6 * (1 - size))
    else:
        lightness = 0.968 - 0.538 * size**0.95
        rise = np.sin(np.minimum(1, 1.02 * size) * np.pi / 2)
        chroma = 0.165 * rise * np.where(negative, 1, 0.9) * (1 - 0.1 * size)
        hue = np.where(negative, 28 + 8 * (1 - size), 254 - 8 * (1 - size))
    fixed = [[33, 33, 33], [128, 128, 128], [255, 255, 255]] if dark else [[255, 255, 255], [150, 150, 150], [0, 0, 0]]
    colours = np.concatenate([np.array(fixed, np.uint8), _rgb(lightness, chroma, hue)])
    colours.setflags(write=False)
    return colours


def indices(values: np.ndarray, half: float) -> np.ndarray:
    """Palette indices of values, seen against a half width; beyond it they are clamped, and what is not finite is grey."""
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.rint(np.clip(values.astype(np.float64) / half, -1, 1) * STEPS)
    return np.where(np.isfinite(values), ZERO + np.nan_to_num(steps), GREY).astype(np.uint8)


def css(index: int, dark: bool = False) -> str:
    """One colour of a palette for a style sheet."""
    return f"#{palette(dark)[index].tobytes().hex()}"


def ramp(dark: bool = False, stops: int = 9) -> str:
    """The colours from the most negative to the most positive, as the stops of a CSS gradient."""
    at = np.linspace(ZERO - STEPS, ZERO + STEPS, stops).round().astype(int)
    return ",".join(css(int(index), dark) for index in at)


def _rgb(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """OKLCH to sRGB bytes."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    to_lms = np.array([[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728], [-0.0894841775, -1.291485548]])
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.707614701],
        ]
    )
    linear = to_linear @ (lightness + to_lms @ np.stack([a, b])) ** 3
    with np.errstate(invalid="ignore"):
        encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
    # as the browser rounds: halves go up
    rgb: np.ndarray = np.floor(255 * np.clip(encoded, 0, 1) + 0.5).astype(np.uint8).T
    return rgb

"""Pictures of the page that are kept, and how new ones are compared with them: by blocks, not by pixels."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
KEPT = HERE / "pictures"
FAILED = HERE.parent.parent / "build" / "pictures"
REWRITE = "PARAMWIDGET_REWRITE_PICTURES"

BLOCK = 4  # pixels; means of blocks are compared
CONTRAST = 24  # of 255: so far two means may be apart
SHARE = 0.0005  # of the blocks may be further apart


def compare(name: str, png: bytes) -> str:
    """What is different from the picture kept as `name`: one sentence, empty if nothing is."""
    now = Image.open(io.BytesIO(png)).convert("RGB")
    file = KEPT / f"{name}.png"
    if os.environ.get(REWRITE):
        # with a palette, which cannot be seen and halves them
        KEPT.mkdir(exist_ok=True)
        now.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
        return ""
    if not file.is_file():
        return f"there is no {file}; run the tests with {REWRITE}=1 to keep what is shown now, and look at it"
    kept = Image.open(file).convert("RGB")
    apart = _apart(kept, now)
    if kept.size == now.size and apart.mean() <= SHARE:
        return ""
    FAILED.mkdir(parents=True, exist_ok=True)
    now.save(FAILED / f"{name}.png")
    _marked(now, apart).save(FAILED / f"{name}-difference.png")
    return (
        f"{name} is {now.size} and was {kept.size}; {apart.mean():.2%} of it differs, {SHARE:.2%} may. "
        f"See {FAILED / name}.png and {name}-difference.png beside it, and {file}. "
        f"If it is meant, run the tests with {REWRITE}=1."
    )


def _apart(one: Image.Image, other: Image.Image) -> np.ndarray:
    """Which blocks differ, by row and column; what only one of them has differs."""
    size = (max(one.width, other.width), max(one.height, other.height))
    gap = np.abs(_means(one, size) - _means(other, size)).max(axis=2)
    return np.asarray(gap > CONTRAST)


def _means(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    rows, cols = -(-size[1] // BLOCK), -(-size[0] // BLOCK)
    whole = np.full((rows * BLOCK, cols * BLOCK, 3), 128.0)
    whole[: image.height, : image.width] = np.asarray(image, np.float64)
    return np.asarray(whole.reshape(rows, BLOCK, cols, BLOCK, 3).mean(axis=(1, 3)))


def _marked(image: Image.Image, apart: np.ndarray) -> Image.Image:
    """The picture, faint, with the blocks that differ in red."""
    mask = np.kron(apart, np.ones((BLOCK, BLOCK), bool))[: image.height, : image.width]
    pixels = 160 + np.asarray(image.convert("L"), np.uint16) * 95 // 255
    shown = np.repeat(pixels[..., None], 3, axis=2).astype(np.uint8)
    shown[: mask.shape[0], : mask.shape[1]][mask] = (220, 0, 0)
    return Image.fromarray(shown)

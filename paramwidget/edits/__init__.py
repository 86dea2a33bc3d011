"""The closed set of edits: one intended change, frozen and pure, as path + region + operation (+ condition)."""

from __future__ import annotations

from typing import TypeAlias

from paramwidget.edits.arrange import Permute, Swap
from paramwidget.edits.base import Edit, Operation, Place, World
from paramwidget.edits.copy import Copy
from paramwidget.edits.elementwise import Add, Assign, Clip, Compute, Fill, Scale, Zero
from paramwidget.edits.initialize import Initialize
from paramwidget.edits.literal import literal
from paramwidget.edits.noise import Noise
from paramwidget.edits.normalize import Normalize
from paramwidget.edits.prune import Prune
from paramwidget.edits.quantize import Quantize

Act: TypeAlias = (
    Fill
    | Zero
    | Scale
    | Add
    | Clip
    | Compute
    | Noise
    | Prune
    | Quantize
    | Normalize
    | Permute
    | Swap
    | Initialize
    | Copy
)
"""What the page may send. `Assign` is for scripts: its values are any object."""

__all__ = [
    "Act",
    "Add",
    "Assign",
    "Clip",
    "Compute",
    "Copy",
    "Edit",
    "Fill",
    "Initialize",
    "Noise",
    "Normalize",
    "Operation",
    "Permute",
    "Place",
    "Prune",
    "Quantize",
    "Scale",
    "Swap",
    "World",
    "Zero",
    "literal",
]

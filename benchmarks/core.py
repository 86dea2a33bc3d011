"""Benchmarks of the core, without a browser."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

import paramwidget as pw
from benchmarks.report import Line, side_by_side
from paramwidget import protocol as wire
from paramwidget.service import Service
from paramwidget.views.plane import Plane, Window

STATIC = Path(pw.__file__).parent / "static"


def run() -> list[Line]:
    """All of them."""
    torch.set_num_threads(1)
    return [tree_of_many(), tile_of_large(), end_of_cell(), undo_memory(), *bundle()]


def tree_of_many() -> Line:
    """The layer tree of a PyTorch model with 12,000 parameters, against listing their names."""
    model = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(6000)))
    session = pw.Session(model)
    named, tree = side_by_side(lambda: list(model.named_parameters()), lambda: session.tree)
    limit = 2 * named + 0.050
    detail = f"named_parameters {1e3 * named:.1f} ms, ratio {tree / named:.2f}; limit is 2 x + 50 ms"
    return Line("tree of 12,000 parameters", 1e3 * tree, 1e3 * limit, "ms", detail)


def tile_of_large() -> Line:
    """The largest reply for a viewport of a 4096 by 4096 tensor."""
    service = Service(pw.Session(torch.nn.Linear(4096, 4096)))
    plane = Plane(0, 1, [0, 0])
    whole = wire.GetTile("weight", plane, Window(0, 4096, 0, 4096), 500, 800)
    part = wire.GetTile("weight", plane, Window(1000, 1400, 1000, 1600), 500, 800)
    largest = max(sum(map(len, service.answer(request)[1])) for request in (whole, part))
    read, overview, zoomed = side_by_side(
        lambda: np.abs(service.session.model.weight.detach().numpy()).max(),
        lambda: service.answer(whole),
        lambda: service.answer(part),
    )
    detail = f"overview {overview / read:.1f} x of one pass over the values ({1e3 * overview:.0f} ms), "
    detail += f"400 by 600 cells {1e3 * zoomed:.1f} ms"
    return Line("reply for a viewport of 4096x4096", largest / 2**20, 1.0, "MiB", detail)


def end_of_cell() -> Line:
    """Looking, when a cell has run, whether it changed any of 40 tensors on the screen, against hashing a sample of each."""
    model = torch.nn.ModuleList(torch.nn.Linear(512, 512, bias=False) for _ in range(40))
    service = Service(pw.Session(model))
    service.answer(wire.GetGlances([p.path for p in service.session.tree.walk()]))
    samples = [np.ascontiguousarray(w.detach().numpy().reshape(-1)[: 2**16]) for w in model.parameters()]
    hashed, looked = side_by_side(lambda: [hashlib.blake2b(part) for part in samples], service.cell_ran)
    detail = f"hashing {1e3 * hashed:.1f} ms, ratio {looked / hashed:.1f}; limit is 4 x"
    return Line("end of a cell, 40 tensors seen", 1e3 * looked, 4e3 * hashed, "ms", detail)


def undo_memory() -> Line:
    """Bytes held for undo, against the bytes that were touched."""
    model = {"w": np.zeros((1024, 1024), np.float32)}
    session = pw.Session(model)
    touched = 0
    for i in range(16):
        session["w"][64 * i : 64 * (i + 1)] = np.float32(i + 1)
        touched += 64 * 1024 * 4
    held = sum(entry.bytes for entry in session.history)
    return Line(
        "undo memory", held / touched, 1.1, "x", f"{held / 2**20:.1f} MiB held for {touched / 2**20:.1f} MiB touched"
    )


def bundle() -> list[Line]:
    """Size of what travels with each widget."""
    sizes: dict[str, Any] = {name: (STATIC / name).stat().st_size for name in ("widget.js", "widget.css")}
    detail = ", ".join(f"{name} {size / 1000:.1f} kB" for name, size in sizes.items())
    return [Line("front end, as it travels", sum(sizes.values()) / 1000, 200, "kB", detail)]

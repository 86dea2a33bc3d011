"""Models that are made the same in every process, and what is run where paramwidget cannot be imported.

`python tests/replayed.py folder` runs each script of the folder on the model that its name says, and writes the hashes of
all tensors to `hashes.json`. Nothing of paramwidget is imported here.
"""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import models
import numpy as np

HOSTILE = [
    "x\nimport os; os._exit(9)",
    'quote" + str(1/0) + "',
    "tick' + 1/0 + '",
    "\\",
    "{tensor}",
    "\u2028 raise",
    '"""',
    "part",
]


def arrays(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    tensors = models.of_every_kind(rng)
    tensors["group"] |= {7: rng.normal(size=(2, 2)), ("a", 1): np.ones(3)}
    return {**tensors, "hostile": {name: rng.normal(size=(3,)) for name in HOSTILE}}


def torch_net(seed: int) -> Any:
    import torch

    net = models.torch_net(seed)
    hostile = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.randn(3)) for name in HOSTILE if "." not in name})
    net.append(hostile)
    return net


def keras_net(seed: int) -> Any:
    return models.keras_net(seed, "dense\nimport os; os._exit(9)")


MAKERS = {"arrays": arrays, "torch": torch_net, "keras": keras_net}


def hashes(kind: str, model: Any) -> dict[str, str]:
    """SHA-256 of the bytes of every tensor, with its element type, and whether it trains."""
    if kind == "torch":
        import torch

        named = {
            name: (t.detach().clone().view(torch.uint8).numpy(), t.dtype, t.requires_grad) for name, t in _all(model)
        }
        return {repr(name): _hash(*one) for name, one in named.items()}
    if kind == "keras":
        held = enumerate(model.variables)
        return {f"{i} {v.name}": _hash(np.asarray(v.value), v.dtype, v.trainable) for i, v in held}
    return {repr(name): _hash(array, array.dtype, None) for name, array in _leaves(model)}


def _all(model: Any) -> list[tuple[str, Any]]:
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers()]
    return [(name, tensor.reshape(-1)) if not tensor.dim() else (name, tensor) for name, tensor in tensors]


def _leaves(model: Mapping[Any, Any]) -> list[tuple[Any, np.ndarray]]:
    found: list[tuple[Any, np.ndarray]] = []
    for key, value in model.items():
        inner = _leaves(value) if isinstance(value, Mapping) else [((), value)]
        found += [((key, *below), array) for below, array in inner]
    return found


def _hash(array: np.ndarray, *facts: object) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes() + repr(facts).encode()).hexdigest()


def main(folder: Path) -> None:
    sys.modules["paramwidget"] = None  # type: ignore[assignment]  # an import of it fails
    results = {}
    for script in sorted(folder.glob("*.py")):
        kind, seed = script.stem.split("_")
        model = MAKERS[kind](int(seed))
        runpy.run_path(str(script), {"model": model})
        results[script.stem] = hashes(kind, model)
    (folder / "hashes.json").write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    main(Path(sys.argv[1]))

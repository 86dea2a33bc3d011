"""Fresh values from the framework's own initialisers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Name, Options, Seed
from paramwidget.errors import ValueRefusedError
from paramwidget.region import Region


class Initialize(Struct, frozen=True, tag=True):
    """The part of a freshly initialised tensor that lies in the region; a part of it has the spread of the whole."""

    spatial: ClassVar[bool] = False
    name: Name
    """Of an initialiser of the framework, as it is called there: `he_normal`, `kaiming_uniform_`."""
    seed: Seed = 0
    """Where random numbers begin: from 0 to 2**32 - 1."""
    options: Options = {}
    """Its arguments by name, such as `{"std": 0.02}`."""

    @property
    def label(self) -> str:
        options = [f"{name} {value:.6g}" for name, value in self.options.items()]
        return f"{self.name} ({', '.join([*options, f'seed {self.seed}'])})"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        fresh = place.world.initial(place.path, self.name, self.seed, self.options)
        if fresh.shape != place.region.shape:
            raise ValueRefusedError(
                f"{self.name} gave values of shape {fresh.shape} for {place.path} of shape {place.region.shape}; choose "
                "another initialiser"
            )
        return dtypes.cast(fresh[place.region.slices], place.dtype)

    def code(self, place: Place) -> list[str]:
        lines = place.world.initial_code(place.path, self.name, self.seed, self.options)
        return [*lines, f"new{_index(place.region)}.astype(part.dtype)"]


def _index(region: Region) -> str:
    """The region as an index that keeps the rank; nothing for the whole tensor."""
    if region.is_full:
        return ""
    spans = [f"{s.start}:{s.stop}{f':{s.step}' if s.step != 1 else ''}" for s in region.spans]
    return f"[{', '.join(spans)}]"

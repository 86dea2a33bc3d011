"""What stands around a torch module: wrappers that add a prefix to every name, and shards of a model.

Wrappers nest in any order (`_orig_mod.module.`), and none of them is part of a path in paramwidget. Known by the names
of classes and attributes, so that no part of torch is loaded for the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

_WRAPPED = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_WRAPPERS = {"DistributedDataParallel", "DataParallel", "AveragedModel"}
_SHARDED = {"FSDPModule", "FullyShardedDataParallel"}


def inner(cls: type, modules: Mapping[str, Any]) -> str:
    """The name under which a wrapper holds what it wraps; empty if the module is none."""
    for key in _WRAPPED:
        if key in modules:
            return key
    # `module` is a name that people use too
    if "module" in modules and any(b.__name__ in _WRAPPERS and b.__module__.startswith("torch.") for b in cls.__mro__):
        return "module"
    return ""


def content(module: torch.nn.Module) -> dict[str, Any]:
    """The attributes of a module's own; a traced one keeps them in the scripted module that it stands for."""
    content = module.__dict__
    return content["_actual_script_module"].__dict__ if "_actual_script_module" in content else content


def is_sharded(cls: type) -> bool:
    """Whether a module of this class is an FSDP module, of the first or second kind."""
    return any(base.__name__ in _SHARDED for base in cls.__mro__)

"""The layer tree of a model: its nodes and tensors as facts, their names, and the filter language."""

from paramwidget.tree.filters import Facts, flat, matching, meant, named, select
from paramwidget.tree.names import closest, nearest, unique
from paramwidget.tree.nodes import Lock, Node, Parameter, Role, Totals, common_lock, shown_first

__all__ = [
    "Facts",
    "Lock",
    "Node",
    "Parameter",
    "Role",
    "Totals",
    "closest",
    "common_lock",
    "flat",
    "matching",
    "meant",
    "named",
    "nearest",
    "select",
    "shown_first",
    "unique",
]

"""The layer tree as lines of a page with what each layer holds, made in one pass; no value is read.

Pure. Not here: how a line looks.
"""

from __future__ import annotations

from paramwidget.tree import Lock, Node, Parameter, common_lock


class Line:
    """A layer or a tensor in display order. Of a layer, the numbers are those of everything below."""

    __slots__ = ("count", "depth", "item", "layers", "locks", "parent", "tensors")

    def __init__(self, item: Node | Parameter, depth: int, parent: int) -> None:
        self.item = item
        self.depth = depth
        self.parent = parent
        """Number of the line of its layer; -1 at the top."""
        tensor = item if isinstance(item, Parameter) else None
        self.count = tensor.size if tensor is not None and tensor.counted else 0
        self.tensors = int(tensor is not None)
        self.layers = 0
        self.locks: set[Lock] = {tensor.lock} if tensor is not None else set()

    @property
    def lock(self) -> Lock:
        return common_lock(self.locks)


def outline(root: Node) -> list[Line]:
    """All lines; the root has none, the header of a page speaks of it."""
    lines: list[Line] = []
    stack: list[tuple[Node | Parameter, int, int]] = []
    _push(stack, root, 0, -1)
    while stack:  # models may be nested deeper than Python's recursion limit
        item, depth, parent = stack.pop()
        lines.append(Line(item, depth, parent))
        if isinstance(item, Node):
            _push(stack, item, depth + 1, len(lines) - 1)
    for line in reversed(lines):  # what is below a line comes after it, so each is complete when its turn comes
        if line.parent >= 0:
            layer = lines[line.parent]
            layer.count += line.count
            layer.tensors += line.tensors
            layer.layers += line.layers + isinstance(line.item, Node)
            layer.locks |= line.locks
    return lines


def _push(stack: list[tuple[Node | Parameter, int, int]], node: Node, depth: int, parent: int) -> None:
    stack.extend((child, depth, parent) for child in reversed(node.children))
    stack.extend((p, depth, parent) for p in reversed(node.parameters))


def state(line: Line) -> str:
    """What is said of a line beside its numbers: `frozen`, `buffer`, `tied`, `no values`."""
    item = line.item
    if isinstance(item, Parameter):
        if not item.readable:
            return "no values"
        if item.role in ("buffer", "state"):
            return item.role
        if item.tied not in ("", item.path):
            return "tied"
    return {"open": "trainable", "frozen": "frozen", "mixed": "partly frozen", "none": ""}[line.lock]

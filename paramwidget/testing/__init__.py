"""`AdapterContract`: the tests that an adapter must pass, ours or yours.

Subclass it in a test file, say how a model is made and how it is looked at behind the adapter's back, and pytest runs the
rest. pytest itself is not imported here. Values are compared bit by bit: NaN payloads and signs of zero count.

    class TestMyAdapter(AdapterContract):
        def make(self): ...
        def inspect(self, model, path): ...
        def overwrite(self, model, path, values): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Adapter, Markable
from paramwidget.errors import FreezeError, PathError, RegionError
from paramwidget.journal import same_bytes
from paramwidget.region import Region
from paramwidget.testing import samples
from paramwidget.testing.programs import ProgrammableContract, raises
from paramwidget.tree import Node, Parameter


class AdapterContract(ProgrammableContract):
    """What paramwidget relies on in every adapter. `make`, `inspect` and `overwrite` are yours to write.

    Put into the model whatever the framework can hold: 0-d and empty tensors, every dtype, ties, tensors that do not train.
    """

    tied: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Paths that share storage, group by group, in the order of the tree."""

    unreadable: ClassVar[tuple[str, ...]] = ()
    """Paths of tensors that have no values to read; they are not among the oracle values."""

    # ------------------------------------------------------------------ what you write

    def make(self) -> tuple[Any, dict[str, np.ndarray]]:
        """A new model, and copies of the values it holds by path, taken without the adapter."""
        raise NotImplementedError

    def inspect(self, model: Any, path: str) -> np.ndarray:
        """A copy of what the framework's own object holds now, taken without the adapter."""
        raise NotImplementedError

    def overwrite(self, model: Any, path: str, values: np.ndarray) -> None:
        """Give a tensor other values behind the adapter's back; bind a new object if the framework ever does that."""
        raise NotImplementedError

    def adapter(self, model: Any) -> Adapter:
        """The adapter under test; by default the one that paramwidget chooses."""
        return adapter_for(model)

    # ------------------------------------------------------------------ the tree

    def test_the_members_of_the_protocol_are_there(self) -> None:
        model, _ = self.make()
        adapter = self.adapter(model)
        assert isinstance(adapter, Adapter), f"{type(adapter).__name__} lacks a member of paramwidget.adapters.Adapter"
        assert adapter.name, "an adapter needs a name for the badge"

    def test_the_tree_tells_paths_shapes_and_dtypes_of_all_tensors(self) -> None:
        model, oracle = self.make()
        facts = {p.path: (p.shape, p.dtype) for p in self.adapter(model).tree().walk() if p.readable}
        expected = {path: (values.shape, values.dtype.name) for path, values in oracle.items()}
        assert facts == expected, _difference(facts, expected)

    def test_tensors_without_values_are_listed_and_not_writable(self) -> None:
        model, _ = self.make()
        hidden = {p.path: p for p in self.adapter(model).tree().walk() if not p.readable}
        assert set(hidden) == set(self.unreadable), f"without values: {sorted(hidden)}"
        for path, p in hidden.items():
            assert p.reason, f"{path} has no values and no reason for it"
            assert not p.writable, f"{path} has no values and yet is writable"

    def test_no_two_rows_of_the_tree_have_the_same_path(self) -> None:
        model, _ = self.make()
        root = self.adapter(model).tree()
        paths = [p.path for p in root.walk()] + [node.path for node in root.nodes() if node is not root]
        assert len(paths) == len(set(paths)), f"twice: {sorted({p for p in paths if paths.count(p) > 1})}"

    def test_the_tree_is_the_same_whatever_the_values_are(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        before = adapter.tree()
        for path, values in oracle.items():
            if before[path].writable and not self._ties_of(path):
                self.overwrite(model, path, np.zeros_like(values))
        after = adapter.tree()
        assert _facts(after) == _facts(before), "the tree changed with the values"

    def test_tied_tensors_are_known_and_counted_once(self) -> None:
        model, _ = self.make()
        root = self.adapter(model).tree()
        groups: dict[str, list[str]] = {}
        for p in root.walk():
            if p.tied:
                groups.setdefault(p.tied, []).append(p.path)
        assert {first: tuple(paths) for first, paths in groups.items()} == {group[0]: group for group in self.tied}
        for group in self.tied:
            counted = [path for path in group if root[path].counted]
            assert len(counted) <= 1, f"counted more than once: {counted}"
        assert root.count == sum(p.size for p in root.walk() if p.counted)
        assert root.bytes == sum(p.bytes for p in root.walk() if p.stored)
        seconds = [path for path in self._seconds() if root[path].stored]
        assert not seconds, f"their memory is counted twice: {seconds}"

    def test_the_facts_of_one_tensor_are_those_of_the_tree(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        alone = {path: self.adapter(model).facts(path) for path in list(oracle)[:1]}  # before any tree was asked for
        root = adapter.tree()
        found = {path: adapter.facts(path) for path in oracle}
        expected = {path: root[path] for path in oracle}
        assert found == expected, _difference(found, expected)
        assert alone == {path: root[path] for path in alone}, "facts differ before the first tree"

    def test_the_facts_of_one_tensor_are_fresh(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for p, values in self._writable(adapter, oracle):
            adapter.write(p.path, Region.full(p.shape), samples.other(values))
            adapter.after_write(p.path)
            found = adapter.facts(p.path)
            assert found == adapter.tree()[p.path], f"after a write to {p.path}"
        for p in adapter.tree().walk():
            if p.lock == "none" or not p.readable:
                continue
            for wanted in (not p.trainable, bool(p.trainable)):
                adapter.set_trainable(p.path, wanted)
                found = adapter.facts(p.path)
                assert found.trainable is wanted, f"the facts of {p.path} are old"
                assert found == adapter.tree()[p.path], f"after trainable={wanted} of {p.path}"

    def test_a_tensor_that_is_not_there_has_no_facts(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for path in ("", "no such tensor", *(path + "~9" for path in list(oracle)[:1])):
            raises(PathError, adapter.facts, path)

    # ------------------------------------------------------------------ reading

    def test_every_region_reads_as_the_oracle_does(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for path, values in oracle.items():
            for region in samples.regions(values.shape):
                read = adapter.read(path, region)
                assert isinstance(read, np.ndarray), f"{path} {region} came as {type(read).__name__}"
                assert read.shape == region.extent, f"{path} {region} has shape {read.shape}, not {region.extent}"
                assert read.dtype == values.dtype, f"{path} {region} has dtype {read.dtype}, not {values.dtype}"
                assert same_bytes(read, values[samples.index(region)]), f"{path} {region} reads as something else"

    def test_a_region_that_was_made_for_another_shape_is_refused(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for path, values in oracle.items():
            for shape in [(*values.shape, 1), (1, *values.shape), tuple(n + 1 for n in values.shape)]:
                if shape != values.shape:
                    raises(RegionError, adapter.read, path, Region.full(shape))

    def test_reading_changes_nothing(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        before = _facts(adapter.tree())
        for path, values in oracle.items():
            for region in samples.regions(values.shape):
                adapter.read(path, region)
        self._expect(model, oracle)
        assert _facts(adapter.tree()) == before, "the tree changed by reading"

    def test_values_that_were_read_and_copied_are_not_live(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for p, values in self._writable(adapter, oracle):
            region = Region.full(p.shape)
            copy = np.array(adapter.read(p.path, region))
            adapter.write(p.path, region, samples.other(values))
            assert same_bytes(copy, values), f"the copy of {p.path} changed with the model"

    # ------------------------------------------------------------------ writing

    def test_a_write_changes_exactly_its_region(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        now = dict(oracle)
        facts = _facts(adapter.tree())
        for p, values in self._writable(adapter, oracle):
            for region in samples.regions(values.shape):
                wanted = now[p.path].copy()
                wanted[samples.index(region)] = samples.other(wanted[samples.index(region)])
                adapter.write(p.path, region, wanted[samples.index(region)].copy())
                for path in self._ties_of(p.path) or (p.path,):
                    now[path] = wanted
                assert same_bytes(self.inspect(model, p.path), wanted), f"after a write to {p.path} {region}"
        self._expect(model, now)
        assert _facts(adapter.tree()) == facts, "a write changed shapes, dtypes or flags"

    def test_every_bit_pattern_survives_a_write(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for p, values in self._writable(adapter, oracle):
            for wanted in samples.peculiar(values.dtype, values.shape):
                adapter.write(p.path, Region.full(p.shape), wanted)
                assert same_bytes(self.inspect(model, p.path), wanted), f"{p.path} ({p.dtype}) lost bits"

    def test_values_of_another_shape_are_refused_and_change_nothing(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for p, values in self._writable(adapter, oracle):
            for wrong in [(*p.shape, 1), (2, *p.shape), (p.size + 1,)]:
                given = np.zeros(wrong, dtype=values.dtype)
                raises(Exception, adapter.write, p.path, Region.full(p.shape), given)
            if p.size > 1:  # what frameworks would broadcast
                raises(Exception, adapter.write, p.path, Region.full(p.shape), np.zeros((), dtype=values.dtype))
        self._expect(model, oracle)

    def test_tied_tensors_move_together(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        for group in self.tied:
            for path in group:
                wanted = samples.other(self.inspect(model, path))
                adapter.write(path, Region.full(wanted.shape), wanted)
                for other in group:
                    read = adapter.read(other, Region.full(wanted.shape))
                    assert same_bytes(np.asarray(read), wanted), f"{other} did not move with {path}"
        self._expect(model, {k: v for k, v in oracle.items() if not self._ties_of(k)})

    def test_tensors_are_found_again_and_not_kept(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        adapter.tree()
        for p, values in self._writable(adapter, oracle):
            region = Region.full(p.shape)
            adapter.read(p.path, region)
            wanted = samples.other(values)
            self.overwrite(model, p.path, wanted.copy())
            assert same_bytes(np.asarray(adapter.read(p.path, region)), wanted), f"the old {p.path} was read"
            again = samples.other(wanted)
            adapter.write(p.path, region, again)
            assert same_bytes(self.inspect(model, p.path), again), f"the old {p.path} was written"
            adapter.after_write(p.path)
            assert same_bytes(self.inspect(model, p.path), again), f"after_write changed {p.path}"

    # ------------------------------------------------------------------ freezing

    def test_freezing_and_unfreezing_change_one_flag_and_no_value(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        start = adapter.tree()
        for p in start.walk():
            if p.lock == "none":
                continue
            for wanted in (not p.trainable, bool(p.trainable)):
                adapter.set_trainable(p.path, wanted)
                now = adapter.tree()
                assert now[p.path].trainable is wanted, f"{p.path} is not trainable={wanted}"
                together = self._ties_of(p.path) or (p.path,)
                moved = [
                    q.path for q in now.walk() if q.path not in together and q.trainable != start[q.path].trainable
                ]
                assert not moved, f"{moved} changed with {p.path}"
            assert _facts(adapter.tree()) == _facts(start), f"there and back left a trace on {p.path}"
        self._expect(model, oracle)

    def test_what_has_no_notion_of_training_refuses_to_be_frozen(self) -> None:
        model, _ = self.make()
        adapter = self.adapter(model)
        before = _facts(adapter.tree())
        for p in list(adapter.tree().walk()):
            if p.trainable is None:
                raises(FreezeError, adapter.set_trainable, p.path, False)
                raises(FreezeError, adapter.set_trainable, p.path, True)
        assert _facts(adapter.tree()) == before

    # ------------------------------------------------------------------ marks

    def test_a_mark_of_a_model_that_was_only_looked_at_changes_nothing(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        if not isinstance(adapter, Markable):
            return
        before = _facts(adapter.tree())
        mark = adapter.mark()
        for path, values in oracle.items():
            adapter.read(path, Region.full(values.shape))
        mark.restore_modes()
        replaced = [path for path in oracle if mark.is_replaced(path)]
        assert not replaced, f"{replaced} count as replaced by reading"
        self._expect(model, oracle)
        assert _facts(adapter.tree()) == before, "a mark changed the tree"

    # ------------------------------------------------------------------ helpers

    def _expect(self, model: Any, oracle: dict[str, np.ndarray]) -> None:
        for path, values in oracle.items():
            assert same_bytes(self.inspect(model, path), values), f"{path} holds something else"

    def _ties_of(self, path: str) -> tuple[str, ...]:
        return next((group for group in self.tied if path in group), ())

    def _seconds(self) -> set[str]:
        return {path for group in self.tied for path in group[1:]}

    def _writable(self, adapter: Adapter, oracle: dict[str, np.ndarray]) -> Iterator[tuple[Parameter, np.ndarray]]:
        """The tensors to write to, tied ones once; there is at least one."""
        root = adapter.tree()
        found = [root[path] for path in oracle if root[path].writable and path not in self._seconds()]
        assert found or not adapter.writable, "the model of the contract has no tensor that can be written"
        yield from ((p, oracle[p.path]) for p in found)


def _facts(root: Node) -> list[Any]:
    nodes = [(node.path, node.name, node.kind, node.reason, node.parameters) for node in root.nodes()]
    return [nodes, list(root.walk())]


def _difference(found: dict[str, Any], expected: dict[str, Any]) -> str:
    keys = [k for k in {**found, **expected} if found.get(k) != expected.get(k)]
    return "; ".join(f"{k}: {found.get(k)} is told, {expected.get(k)} is there" for k in keys)

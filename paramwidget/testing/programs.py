"""The part of the contract for adapters that are `Programmable`: initialisers, and code that leads to a tensor.

Of other adapters nothing is asked here. Code is followed step by step and never run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from paramwidget.adapters.base import Adapter, Programmable
from paramwidget.errors import PathError, ValueRefusedError
from paramwidget.journal import same_bytes


class ProgrammableContract:
    """What paramwidget relies on in an adapter that has initialisers and code."""

    def make(self) -> tuple[Any, dict[str, np.ndarray]]:
        """As in AdapterContract."""
        raise NotImplementedError

    def inspect(self, model: Any, path: str) -> np.ndarray:
        """As in AdapterContract."""
        raise NotImplementedError

    def adapter(self, model: Any) -> Adapter:
        """As in AdapterContract."""
        raise NotImplementedError

    def test_initialisers_give_whole_tensors_that_the_seed_decides(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        if not isinstance(adapter, Programmable):
            return
        going = set()
        for path, values in oracle.items():
            for name in adapter.initializers():
                try:
                    fresh = adapter.initial(path, name, 7, {})
                except ValueRefusedError:
                    raises(ValueRefusedError, adapter.initial_code, path, "no such initialiser", 7, {})
                    continue
                going.add(name)
                assert fresh.shape == values.shape, f"{name} gives {path} the shape {fresh.shape}, not {values.shape}"
                assert fresh.dtype == values.dtype, f"{name} gives {path} the dtype {fresh.dtype}, not {values.dtype}"
                assert same_bytes(fresh, adapter.initial(path, name, 7, {})), f"{name} is not repeated by its seed"
                is_random = adapter.initial_code(path, name, 7, {}) != adapter.initial_code(path, name, 8, {})
                if values.size >= 4:
                    is_other = not same_bytes(fresh, adapter.initial(path, name, 8, {}))
                    assert is_other is is_random, (
                        f"{name} of {path}: the seed matters: {is_other}, in code: {is_random}"
                    )
                _parse("\n".join(adapter.initial_code(path, name, 7, {})))
                assert isinstance(adapter.initial_note(path, name, {}), str)
        assert going or not adapter.initializers(), "no initialiser goes with any tensor of the contract's model"
        for path, values in oracle.items():
            assert same_bytes(self.inspect(model, path), values), f"{path} changed by an initialiser"

    def test_initialisers_refuse_what_they_do_not_know(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        if not isinstance(adapter, Programmable):
            return
        for call in (adapter.initial, adapter.initial_code):
            for path in oracle:
                raises(ValueRefusedError, call, path, "no such initialiser", 7, {})
            for name in adapter.initializers():
                raises(ValueRefusedError, call, path, name, 7, {"no such option": 1.0})
                raises(ValueRefusedError, call, path, name, -1, {})

    def test_code_leads_to_each_tensor(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        if not isinstance(adapter, Programmable):
            return
        found: dict[int, str] = {}
        leads = {path: follow(model, adapter.code(path)) for path in oracle}
        for p in adapter.tree().walk():
            if p.path in leads:
                assert tuple(leads[p.path].shape) == p.shape, f"the code of {p.path} leads to something else"
                other = found.setdefault(id(leads[p.path]), p.path)
                assert other == p.path or p.tied, f"the code of {p.path} leads to {other}"
        for path in ("", "no such tensor"):
            raises(PathError, adapter.code, path)
            raises(PathError, adapter.dialect, path)

    def test_the_dialect_is_code(self) -> None:
        model, oracle = self.make()
        adapter = self.adapter(model)
        if not isinstance(adapter, Programmable):
            return
        for p in adapter.tree().walk():
            if p.path in oracle:
                dialect = adapter.dialect(p.path)
                for template in (*dialect.imports, dialect.read, dialect.write, dialect.freeze, dialect.unfreeze):
                    _parse(template.format(tensor=adapter.code(p.path), values="new"))
                assert bool(dialect.freeze) == bool(dialect.unfreeze) == (p.lock != "none"), p.path


def follow(model: Any, expression: str) -> Any:
    """What an expression of attributes, items and calls of methods leads to, step by step from `model`."""

    def step(node: ast.AST) -> Any:
        match node:
            case ast.Name(id="model"):
                return model
            case ast.Attribute():
                return getattr(step(node.value), node.attr)
            case ast.Subscript():
                return step(node.value)[ast.literal_eval(node.slice)]
            case ast.Call(func=ast.Name(id="list"), args=[whole]):
                return list(step(whole))
            case ast.Call(func=ast.Attribute()):
                return step(node.func)(*(ast.literal_eval(argument) for argument in node.args))
        raise AssertionError(f"{expression} does more than to lead to a tensor")

    return step(_parse(expression, "eval").body)


def raises(kind: type[BaseException], call: Callable[..., Any], *arguments: Any) -> None:
    """Fail unless a call raises an exception of this kind."""
    try:
        call(*arguments)
    except kind:
        return
    raise AssertionError(f"{getattr(call, '__name__', call)} was expected to raise {kind.__name__} for {arguments[0]}")


def _parse(code: str, mode: str = "exec") -> Any:
    try:
        return ast.parse(code, mode=mode)
    except SyntaxError as error:
        raise AssertionError(f"this is no Python: {code}") from error

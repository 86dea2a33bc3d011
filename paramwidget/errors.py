"""Every exception that paramwidget raises on purpose.

ParamwidgetError
├── UnsupportedModelError   no adapter fits the object                       (TypeError)
├── PathError               no tensor or layer of that name                  (KeyError)
├── QueryError              a filter word that means nothing                 (ValueError)
├── ExpressionError         a formula outside the language                   (ValueError)
├── RegionError             a slice that does not fit the tensor             (IndexError)
├── ValueRefusedError       not a number, overflow, wrong shape              (ValueError)
├── NoValuesError           meta, lazy, unbuilt: there is nothing to read    (ValueError)
├── ReadOnlyError           the framework would lose or garble the write     (TypeError)
├── FreezeError             the framework has no such notion for this tensor (TypeError)
├── HistoryError            no such entry or snapshot, or edits overlap      (ValueError)
├── PreviewError            a preview was ended or does not fit              (RuntimeError)
├── ProbeError              a probe that is no function                      (TypeError)
├── PatchRefusedError       a patch file that fits another model, or none    (ValueError)
├── OutsideChangeError      something else wrote the tensor since the edit   (RuntimeError)
├── WriteFailedError        the framework failed; the model was put back     (RuntimeError)
├── StoppedError            long work was stopped by who asked for it          (RuntimeError)
├── MissingExtraError       an optional package is not installed             (ImportError)
├── MessageError            the page sent something that is not a request    (ValueError)
└── ClosedError             the session or editor was closed                 (RuntimeError)

A message is one sentence for the person at the screen: what happened, why, what to do now. `code` is the
stable name that travels to the browser; it never changes once released.
"""

from __future__ import annotations

from typing import ClassVar


class ParamwidgetError(Exception):
    """Base of all exceptions that paramwidget raises on purpose."""

    code: ClassVar[str] = "error"

    @property
    def sentence(self) -> str:
        """What happened, why, and what to do: for the screen."""
        return str(self.args[0]) if self.args else ""

    @property
    def hint(self) -> str:
        """What to write in a script, where the screen has a button instead; mostly empty."""
        return str(self.args[1]) if len(self.args) > 1 else ""

    def __str__(self) -> str:
        # KeyError would show the repr of its argument; a sentence must stay a sentence.
        return f"{self.sentence}; {self.hint}" if self.hint else self.sentence


class UnsupportedModelError(ParamwidgetError, TypeError):
    """No adapter fits the object. Recover: pass a supported model, or `adapters.register` your own."""

    code = "unsupported-model"


class PathError(ParamwidgetError, KeyError):
    """No tensor or layer has this path. Recover: take one of the names in the message."""

    code = "path"


class QueryError(ParamwidgetError, ValueError):
    """A word of a filter means nothing. Recover: see `tree.select` for the words."""

    code = "query"


class ExpressionError(ParamwidgetError, ValueError):
    """A formula is not one of the language. Recover: `position`, counted from 0, is where it goes wrong."""

    code = "expression"

    def __init__(self, sentence: str = "", hint: str = "", *, position: int = 0) -> None:
        super().__init__(sentence, *([hint] if hint else []))
        self.position: int = position
        """Where the formula goes wrong: a character of it, from 0."""


class RegionError(ParamwidgetError, IndexError):
    """A slice does not fit the tensor. Recover: the message names the axis and its length."""

    code = "region"


class ValueRefusedError(ParamwidgetError, ValueError):
    """A value cannot be stored as it was given. Recover: the message says which values can."""

    code = "value"


class NoValuesError(ParamwidgetError, ValueError):
    """The tensor has a name but no values yet. Recover: build or materialise the model first."""

    code = "no-values"


class ReadOnlyError(ParamwidgetError, TypeError):
    """A write would be lost or garbled by the framework. Recover: the message says what to edit instead."""

    code = "read-only"


class FreezeError(ParamwidgetError, TypeError):
    """The tensor cannot be frozen or unfrozen. Recover: the message says why."""

    code = "freeze"


class HistoryError(ParamwidgetError, ValueError):
    """There is no such entry or snapshot, or one cannot be taken back alone. Recover: the message says what can be."""

    code = "history"


class PreviewError(ParamwidgetError, RuntimeError):
    """A preview has ended already. Recover: start another one with `session.preview`."""

    code = "preview"


class ProbeError(ParamwidgetError, TypeError):
    """A probe is not a function of the model. Recover: the message says what to pass."""

    code = "probe"


class PatchRefusedError(ParamwidgetError, ValueError):
    """A patch does not apply to this model, or is damaged. Recover: the message names the tensor; nothing was changed."""

    code = "patch"


class OutsideChangeError(ParamwidgetError, RuntimeError):
    """Something else wrote the tensor after the edit. Recover: `undo(force=True)` overwrites it all the same."""

    code = "outside-change"


class WriteFailedError(ParamwidgetError, RuntimeError):
    """The framework raised or stored something else; everything was put back. Recover: see the cause."""

    code = "write-failed"


class StoppedError(ParamwidgetError, RuntimeError):
    """Long work was stopped by who asked for it; nothing was changed. Recover: ask again."""

    code = "stopped"


class MissingExtraError(ParamwidgetError, ImportError):
    """An optional package is not installed. Recover: install the extra that the message names."""

    code = "missing-extra"


class MessageError(ParamwidgetError, ValueError):
    """A message from the page is malformed. Recover: reload the page, so that both sides have one version."""

    code = "message"


class ClosedError(ParamwidgetError, RuntimeError):
    """The session or editor was closed. Recover: call `paramwidget.edit(model)` again."""

    code = "closed"

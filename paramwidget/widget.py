"""The editor in Jupyter: an anywidget that carries requests to the service and tells what changed.

The only importer of anywidget, and plumbing only. The page is not trusted: it may send any message and set any trait, so
messages are decoded with limits, traits are set through an allow-list, and nothing that decides what is allowed is a trait.

State (traits) is what the first paint, a second view or a reload must know; events and requests are messages, arrays are
buffers. `_esm` and `_css` are given as text: a path would keep every instance, and with it the model, alive for ever
(anywidget connects a callback to the file watcher of the class).
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import anywidget
import msgspec
import traitlets

from paramwidget import page, panel
from paramwidget import protocol as wire
from paramwidget.backend import Backend
from paramwidget.editors import Editors
from paramwidget.errors import ClosedError
from paramwidget.jupyter import Output, after_each_cell, fills_notebook, obey_subshell
from paramwidget.opened import Update
from paramwidget.safepoint import SafePoint, weakly
from paramwidget.session import Session

_log = logging.getLogger("paramwidget")
_STATIC = Path(__file__).parent / "static"
_MAX_SELECTION = 4000
_CLOSED = "This editor was closed. Run the cell again to open a new one."


def _bundle(name: str, missing: str) -> str:
    """A built file, or a stand-in that says how to build it: a sentence in the cell instead of a traceback."""
    path = _STATIC / name
    return path.read_text(encoding="utf-8") + "\n" if path.is_file() else missing


_NOT_BUILT = """export default { render({ el }) {
  el.textContent = "The front end of paramwidget is not built. Run `make install` in the checkout, or install a wheel.";
} };
"""


class ParamEditor(anywidget.AnyWidget):  # type: ignore[misc]
    """The editor of one model. Made by `paramwidget.edit`; show it by leaving it on the last line of a cell.

    Shown twice, it is two views of one editor: both see every change.
    """

    _esm = _bundle("widget.js", _NOT_BUILT)
    _css = _bundle("widget.css", "\n")

    opening = traitlets.Dict().tag(sync=True)
    selection = traitlets.Unicode("").tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    mid = traitlets.Unicode("").tag(sync=True)
    docked = traitlets.Bool(False).tag(sync=True)
    panels = traitlets.Int(0).tag(sync=True)

    _backend: Backend | None = None
    """None before it is made, and when the editor is closed."""

    def __init__(self, session: Session) -> None:
        self._successor: Callable[[], ParamEditor | None] = lambda: None
        self._unhook: Callable[[], None] = lambda: None  # ipywidgets closes what was half made, too
        self._backend = Backend(
            session, weakly(self._deliver), weakly(self._tell), weakly(self._dock), lambda: str(self.selection)
        )
        super().__init__(opening=self._backend.opening(), revision=session.revision)
        self.mid = self.model_id or ""
        obey_subshell(self.comm)
        session.subscribe(self._on_update)
        self.on_msg(self._on_message)
        self._unhook = after_each_cell(weakly(self._after_cell))

    @property
    def session(self) -> Session:
        """The session behind the editor: the same verbs for scripts.

        Raises
        ------
        ClosedError
            The editor was closed; but one that was opened on the same session since answers in its place.
        """
        successor = self._successor()
        return self._open_backend().session if successor is None else successor.session

    def _open_backend(self) -> Backend:
        if self._backend is None:
            raise ClosedError("this editor was closed; open the model again with paramwidget.edit(model)")
        return self._backend

    def panel(self, anchor: str = "right") -> ParamEditor:
        """Show the editor in JupyterLab's side panel; leave the result on the last line of the cell.

        Called again, as when its cell is run again, it uses the same panel. In the cell a line stays that says where the
        editor is; in a host that has no panels, the editor itself.

        Parameters
        ----------
        anchor
            Where: `right` (the side bar), `split-right`, `split-left`, `split-top`, `split-bottom`, `tab-before`,
            `tab-after`.

        Raises
        ------
        MissingExtraError
            The sidecar package is not installed.
        ValueRefusedError
            `anchor` is no such place.
        ClosedError
            The editor was closed.
        """
        session = self.session
        self.panels += 1  # the page hears of it before the panel is there
        panel.show(session, self, anchor)
        self.docked = True
        return self

    def to_html(self, path: str | PathLike[str], paths: Sequence[str] | None = None) -> Path:
        """Write one page that needs neither kernel nor network: the tree, and statistics and plots of chosen tensors.

        Of a lesson it also shows how the goals stand; they are checked for it.

        Parameters
        ----------
        path
            Where; the file is written whole or not at all.
        paths
            Names, globs or filter words of the tensors that are shown in full; by default up to 40, the largest first.

        Raises
        ------
        ClosedError
            The editor was closed.
        PathError, QueryError
            A name means nothing.
        ValueRefusedError
            The folder does not exist, `path` is a folder itself, or the file cannot be written.
        """
        backend = self._open_backend()
        return page.write(backend.session, path, paths, goals=backend.service.tutor.goals())

    def _ipython_display_(self, **options: Any) -> None:
        """Show the editor, and before it what stays in the notebook when the kernel is gone."""
        if self._backend is None:
            Output().put({"text/plain": _CLOSED})
            return
        if fills_notebook():
            self._backend.still.show()
            bundle = super()._repr_mimebundle_(**options)
        else:
            bundle = self._repr_mimebundle_(**options)
        if bundle is not None:
            Output().put(bundle[0])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and for where there is none (nbviewer, a saved page) a summary that needs no kernel."""
        bundle = super()._repr_mimebundle_(**options)
        if self._backend is not None and bundle is not None:
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            data["text/html"] = page.summary(self._backend.session, self.selection)
        return bundle

    def _replace(self, old: ParamEditor) -> None:
        """Close an editor that this one stands for, and take over where it was."""
        if old._backend is not None:
            if old.selection in self.session.known.index:
                self.selection = old.selection
            if old.docked:
                self.panel()
            old._backend.still.replaced()
            if self._backend is not None and old._backend.session is self._backend.session:
                old._successor = weakref.ref(self)  # not more: the notebook's Out holds the old one
        old.close()

    def _dock(self, request: wire.Dock) -> None:
        if request.open:
            self.panel()
        elif request.panel in (0, self.panels):  # a view that goes with its panel does not mean the one after it
            panel.close(self)
            self.docked = False

    def close(self) -> None:
        """Take the editor from the page and let the session and the model go. The model keeps its values."""
        backend = self._backend
        if backend is not None:
            self._unhook()
            self.on_msg(self._on_message, remove=True)
            backend.close()
            self._tell(wire.Ended(_CLOSED))
            panel.close(self)
            # the notebook's Out may hold a closed editor for ever, but not the model
            self._backend = None
            self.opening = {}
            if self.layout is not None:  # ipywidgets keeps the layout of every widget until it is closed itself
                self.layout.close()
        super().close()

    # ------------------------------------------------------------------ what the page sends

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set what a page has a reason to set: which tensor is selected, and nothing else.

        ipywidgets lets a page set every synced trait, read-only ones and `_esm` included, and echoes it to other pages.
        """
        selection = sync_data.get("selection")
        if isinstance(selection, str) and len(selection) <= _MAX_SELECTION:
            super().set_state({"selection": selection})

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """State for a page; a page that loads anew gets an opening of now."""
        backend = self._backend
        if key is None and backend is not None and backend.session.revision != self.opening.get("revision"):
            try:
                self.set_trait("opening", backend.opening(self.selection))
            except Exception:  # ipywidgets asks for the state of all widgets of a page in one go
                _log.warning("the model could not be looked at for a page", exc_info=True)
        return super().get_state(key, drop_defaults)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        if self._backend is not None:
            self._backend.receive(content, buffers)

    def _deliver(self, message: Any, buffers: list[bytes]) -> None:
        if self._backend is not None:
            self.send(message, buffers)

    # ------------------------------------------------------------------ what the page is told

    def _on_update(self, update: Update) -> None:
        if self._backend is not None:
            self._backend.changed(update)

    def _after_cell(self, first: bool, interrupted: bool) -> None:
        if self._backend is not None:
            self._backend.cell_ran(first, interrupted)

    def _tell(self, event: wire.Event, buffers: Sequence[bytes] = ()) -> None:
        if self._backend is None:
            return
        session = self._backend.session
        self.send(msgspec.to_builtins(wire.Push(session.revision, event)), list(buffers))
        self.revision = session.revision

    def __repr__(self) -> str:  # the default would print every trait
        return f"<ParamEditor of {self._backend.session!r}>" if self._backend is not None else "<ParamEditor, closed>"


_open = Editors()

ProbeFunction: TypeAlias = "Callable[[Any], Any]"


def edit(
    model: Any, *, probe: ProbeFunction | Mapping[str, ProbeFunction] | None = None, title: str | None = None
) -> ParamEditor:
    """Open the editor on a live model; leave the result on the last line of a cell to show it.

    Called again on the same object, it goes on with the same session and history, and the old view closes. The views of
    other models close when the cell that made them runs again: a notebook holds one editor however often its cell runs.

    Parameters
    ----------
    model
        A Keras model, a PyTorch module, or a dict of NumPy arrays. It is edited in place.
    probe
        A function of the model, or several by name, that is run again after each change: it returns a number, a dict of
        numbers, an array, a figure, or anything with a rich display. One that takes less than a second also runs while
        values are tried out.
    title
        Name to show; the model's own by default.

    Raises
    ------
    UnsupportedModelError
        No adapter fits the object.
    ProbeError
        A probe is not callable.
    ValueRefusedError
        The title is not a text, or has more than 200 characters.
    """
    session = Session.of(model)
    if title is not None:
        session.rename(title)
    if probe is not None:
        session.probes.replace(probe)
    return open_editor(session)


def open_editor(session: Session) -> ParamEditor:
    """The editor of a session; what shows the same model until now closes, be it this session or another one."""
    if (
        not session.safe_point.waits
    ):  # it may have been made on a thread of its own, where there was nothing to wait for
        session.safe_point = SafePoint()
    editor = ParamEditor(session)
    for old in _open.add(editor, session):
        editor._replace(old)
    return editor

"""The editor in Jupyter: an anywidget that carries requests to the service and tells what changed.

The only importer of anywidget, and plumbing only. The page is not trusted: it may send any message and set any trait, so
messages are decoded with limits, traits are set through an allow-list, and nothing that decides what is allowed is a trait.

State (traits) is what the first paint, a second view or a reload must know; events and requests are messages, arrays are
buffers. `_esm` and `_css` are given as text: a path would keep every instance, and with it the model, alive for ever
(anywidget connects a callback to the file watcher of the class).
"""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import msgspec
import traitlets

from paramwidget import protocol as wire
from paramwidget.errors import ClosedError, ParamwidgetError
from paramwidget.service import WRITES, Service
from paramwidget.session import Session, Update

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

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._service: Service | None = Service(session)
        self._unhook: Callable[[], None] = lambda: None
        super().__init__(opening=_opening(self._service), revision=session.revision)
        self.mid = self.model_id or ""
        _obey_subshell(self)
        session.subscribe(self._on_update)
        self.on_msg(self._on_message)
        self._unhook = _after_each_cell(self)

    @property
    def session(self) -> Session:
        """The session behind the editor: the same verbs for scripts.

        Raises
        ------
        ClosedError
            The editor was closed.
        """
        if self._session is None:
            raise ClosedError("this editor was closed; open the model again with paramwidget.edit(model)")
        return self._session

    def close(self) -> None:
        """Take the editor from the page and let the session and the model go. The model keeps its values."""
        if self._session is not None:
            self._tell(wire.Ended(_CLOSED))
            self._unhook()
            self._session = self._service = None
            self.on_msg(self._on_message, remove=True)
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
        service = self._service
        if key is None and service is not None and self.revision != self.opening.get("revision"):
            self.set_trait("opening", _opening(service, self.selection))
        return super().get_state(key, drop_defaults)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        service = self._service
        if service is None:
            return
        number = content.get("id") if isinstance(content, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 2**53:
            return  # nobody waits for an answer
        try:
            envelope = service.decode(content)
        except ParamwidgetError as error:
            self._reply(number, wire.Failure(error.code, error.sentence), [])
            return
        if isinstance(envelope.request, WRITES):
            service.session.safe_point.run(lambda: self._answer(envelope))
        else:
            self._answer(envelope)

    def _answer(self, envelope: wire.Envelope) -> None:
        service = self._service
        if service is not None:
            self._reply(envelope.id, *service.answer(envelope.request))

    def _reply(self, number: int, reply: wire.Reply, buffers: list[bytes]) -> None:
        revision = self._session.revision if self._session is not None else 0
        self.send(msgspec.to_builtins(wire.Answer(number, revision, reply)), buffers)

    # ------------------------------------------------------------------ what the page is told

    def _on_update(self, update: Update) -> None:
        if self._service is not None:
            self._tell(self._service.changed(update))

    def _cell_ran(self) -> None:
        """Another cell has run: tell the page what is different now."""
        if self._service is not None and self._session is not None:
            event = self._service.cell_ran()
            if event is not None:
                self._session.revision += 1
                self._tell(event)

    def _tell(self, event: wire.Event) -> None:
        session = self._session
        if session is None:
            return
        self.send(msgspec.to_builtins(wire.Push(session.revision, event)))
        self.revision = session.revision

    def __repr__(self) -> str:  # the default would print every trait
        return f"<ParamEditor of {self._session!r}>" if self._session is not None else "<ParamEditor, closed>"


_editors: weakref.WeakKeyDictionary[Session, weakref.ref[ParamEditor]] = weakref.WeakKeyDictionary()


def edit(model: Any, *, title: str | None = None) -> ParamEditor:
    """Open the editor on a live model; leave the result on the last line of a cell to show it.

    Called again on the same object, as when its cell is run again, it goes on with the same session and history, and the
    old view closes.

    Parameters
    ----------
    model
        A Keras model, a PyTorch module, or a dict of NumPy arrays. It is edited in place.
    title
        Name to show; the model's own by default.

    Raises
    ------
    UnsupportedModelError
        No adapter fits the object.
    """
    session = Session.of(model)
    if title is not None:
        session.rename(title)
    previous = _editors.get(session)
    old = previous() if previous is not None else None
    editor = ParamEditor(session)
    if old is not None:
        editor.selection = old.selection
        old.close()
    _editors[session] = weakref.ref(editor)
    return editor


def _opening(service: Service, selected: str = "") -> dict[str, Any]:
    opening, buffers = service.opening(selected)
    state: dict[str, Any] = msgspec.to_builtins(opening)
    return state | {"buffers": buffers}


def _obey_subshell(widget: ParamEditor) -> None:
    """Let requests be answered while a cell runs, on ipykernel 7.4.

    It sends the page's messages to the thread that published last, which is the main one, where they wait for the running
    cell. The front end asked for a subshell; this obeys it. Private API, so it is used only where it exists.
    """
    comm = widget.comm
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default


def _after_each_cell(editor: ParamEditor) -> Callable[[], None]:
    """Call `_cell_ran` after each cell that IPython runs, without keeping the editor alive; returns how to stop."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return lambda: None
    reference = weakref.ref(editor)
    born = shell.execution_count

    def ran(*_: Any) -> None:
        alive = reference()
        if alive is not None and shell.execution_count != born:  # not after the cell that made the editor
            try:
                alive._cell_ran()
            except ParamwidgetError:
                _log.debug("the model could not be looked at after a cell", exc_info=True)

    shell.events.register("post_run_cell", ran)
    return lambda: shell.events.unregister("post_run_cell", ran)

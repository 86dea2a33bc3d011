"""A real JupyterLab or Notebook 7, and how to drive a notebook in it from a page."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Locator, Page
from server import Server

SETTINGS: dict[str, dict[str, Any]] = {
    # no question about news, no look-ups
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # no autosave in the middle of a test
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


# in one go: an editor that takes the keyboard in between would make its own cell the active one
RUN = """(window.jupyterapp.shell.currentWidget.content.activeCellIndex = i,
  window.jupyterapp.commands.execute('notebook:run-cell'))"""


class Jupyter(Server):
    """JupyterLab, or Notebook 7. `root` is the folder that it shows."""

    def __init__(self, root: Path, app: Literal["lab", "notebook"] = "lab") -> None:
        self.root, self.app = root, app
        super().__init__("/api/status")

    def command(self, port: int) -> list[str]:
        for plugin, value in SETTINGS.items():
            package, name = plugin.rsplit(":", 1)
            file = self.home / "settings" / package / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value))
        module, traits = ("jupyterlab", "LabApp") if self.app == "lab" else ("notebook", "JupyterNotebookApp")
        return [
            *("-m", module, "--no-browser", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
            *(f"--ServerApp.root_dir={self.root}", "--ServerApp.allow_root=True", "--IdentityProvider.token="),
            *("--ServerApp.disable_check_xsrf=True", "--ServerApp.terminals_enabled=False"),
            *("--LabApp.extension_manager=readonly", "--LabApp.news_url=None"),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            f"--{traits}.expose_app_in_browser=True",  # window.jupyterapp, to run commands
        ]

    def url(self, name: str) -> str:
        return f"{self.base}/lab/tree/{name}?reset" if self.app == "lab" else f"{self.base}/notebooks/{name}"


class Notebook:
    """A notebook open in a page; cells are counted from 0."""

    def __init__(self, lab: Jupyter, page: Page, name: str, cells: list[str]) -> None:
        self.lab, self.page, self.name = lab, page, name
        write_notebook(lab.root / name, cells)
        self.open()

    def open(self) -> None:
        self.page.goto(self.lab.url(self.name))
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.wait_until_idle()

    def reload(self) -> None:
        """Reload the page as a user would: outputs come back from the saved notebook, the kernel lives on."""
        self.command("docmanager:save")
        self.page.reload()
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        self.page.wait_for_function(
            """() => {
              const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
              const kernel = widget && widget.sessionContext && widget.sessionContext.session
                && widget.sessionContext.session.kernel;
              return kernel && kernel.status === 'idle' && kernel.connectionStatus === 'connected';
            }""",
            timeout=90_000,
        )

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)", [name, arguments]
        )

    def select(self, cell: int) -> None:
        self.page.evaluate(
            "(i) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i; return null; }", cell
        )

    def run(self, cell: int) -> None:
        """Run a cell and wait for its end."""
        self.page.evaluate(f"(i) => {RUN}.then(() => null)", cell)

    def start(self, cell: int) -> None:
        """Run a cell without waiting."""
        self.page.evaluate(f"(i) => {{ {RUN}; return null; }}", cell)

    def set_source(self, cell: int, source: str) -> None:
        self.page.evaluate(
            """([i, source]) => {
              window.jupyterapp.shell.currentWidget.content.widgets[i].model.sharedModel.setSource(source);
              return null;
            }""",
            [cell, source],
        )

    def evaluate(self, cell: int, source: str) -> str:
        """Put code into a cell, run it, and give the text of its output."""
        self.set_source(cell, source)
        self.run(cell)
        return self.output(cell)

    def wait_for(self, cell: int, source: str, text: str) -> None:
        """Ask again and again until an expression is as expected."""
        deadline = time.monotonic() + 20
        while (now := self.evaluate(cell, source)) != text:
            assert time.monotonic() < deadline, f"{source} is {now}"

    def output(self, cell: int) -> str:
        return self.page.evaluate(
            """(i) => {
              const outputs = window.jupyterapp.shell.currentWidget.content.widgets[i].model.outputs.toJSON();
              return outputs.map((o) => o.text || (o.data && o.data['text/plain']) || (o.traceback || []).join('\\n'))
                .join('').trim();
            }""",
            cell,
        )

    def editor(self, at: int = 0) -> Locator:
        """The editor's root element: the `at`-th one on the page."""
        return self.page.locator(".pw").nth(at)


def write_notebook(path: Path, cells: list[str]) -> None:
    """A notebook file with these cells, that asks for the kernel of this environment."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, path)

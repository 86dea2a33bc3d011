"""A real JupyterLab on loopback with everything it writes in one temporary folder, and how to drive it from a page."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page

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


class JupyterLab:
    """The server process. `root` is the folder that it shows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = Path(tempfile.mkdtemp(prefix="paramwidget-jupyter-"))
        self.base = f"http://127.0.0.1:{_free_port()}"
        for plugin, value in SETTINGS.items():
            package, name = plugin.rsplit(":", 1)
            file = self.home / "settings" / package / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        arguments = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={self.base.rsplit(':', 1)[1]}", "--ServerApp.port_retries=0"),
            *(f"--ServerApp.root_dir={root}", "--ServerApp.allow_root=True", "--IdentityProvider.token="),
            *("--ServerApp.disable_check_xsrf=True", "--ServerApp.terminals_enabled=False"),
            *("--LabApp.extension_manager=readonly", "--LabApp.news_url=None"),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.expose_app_in_browser=True",  # window.jupyterapp, to run commands
        ]
        self._log = (self.home / "server.log").open("w")
        self._process = subprocess.Popen(
            arguments, env=environment, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            if self._process.poll() is not None:
                raise RuntimeError((self.home / "server.log").read_text()[-3000:])
            try:
                urllib.request.urlopen(self.base + "/api/status", timeout=1).read()
            except OSError:
                if time.monotonic() > deadline:
                    self.close()
                    raise
                time.sleep(0.1)
            else:
                return

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Notebook:
    """A notebook open in a page; cells are counted from 0."""

    def __init__(self, lab: JupyterLab, page: Page, name: str, cells: list[str]) -> None:
        self.lab, self.page, self.name = lab, page, name
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, lab.root / name)
        self.open()

    def open(self) -> None:
        self.page.goto(f"{self.lab.base}/lab/tree/{self.name}?reset")
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
        self.select(cell)
        self.command("notebook:run-cell")

    def start(self, cell: int) -> None:
        """Run a cell without waiting."""
        self.select(cell)
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); return null; }")

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

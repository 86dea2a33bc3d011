"""Hosts that show a widget as part of a page without cells: Voila and marimo. Each serves one page."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Literal

from jupyter import write_notebook
from server import Server

_APP = """
import marimo

app = marimo.App()


@app.cell
def _():
{body}
    return


if __name__ == "__main__":
    app.run()
"""


class Voila(Server):
    """A notebook as a page, with a kernel for each visitor."""

    def __init__(self, root: Path, cells: list[str]) -> None:
        self._notebook = root / "voila.ipynb"
        write_notebook(self._notebook, cells)
        super().__init__("/nothing-here")  # its page would start a kernel

    def command(self, port: int) -> list[str]:
        options = ["--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
        return ["-m", "voila", str(self._notebook), *options]


class Marimo(Server):
    """A marimo app with one cell, as its readers or as its author see it."""

    def __init__(self, root: Path, mode: Literal["run", "edit"], source: str, theme: str = "light") -> None:
        self._mode, self._app, self._theme = mode, root / f"app_{mode}.py", theme
        self._app.write_text(_APP.format(body=textwrap.indent(source.strip(), "    ")))
        super().__init__("/health")

    def command(self, port: int) -> list[str]:
        settings = self.home / "config" / "marimo" / "marimo.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[display]\ntheme = "{self._theme}"\n')
        options = ["--headless", "--host", "127.0.0.1", "--port", str(port), "--no-token"]
        if self._mode == "edit":
            options.append("--skip-update-check")
        return ["-m", "marimo", "-y", self._mode, str(self._app), *options]

    def environment(self) -> dict[str, str]:
        kinds = ("CONFIG", "CACHE", "DATA", "STATE")
        return {"HOME": str(self.home), **{f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in kinds}}

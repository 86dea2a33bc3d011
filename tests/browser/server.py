"""A server process on loopback that keeps all it writes in one temporary folder, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path


class Server(ABC):
    """Runs as long as it is not closed. `alive` is a path to ask until something answers."""

    def __init__(self, alive: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="paramwidget-server-"))
        port = _free_port()
        self.base = f"http://127.0.0.1:{port}"
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
            **self.environment(),
        }
        self._log = (self.home / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, *self.command(port)],
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait_until_up(alive)

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """What Python is to run."""

    def environment(self) -> dict[str, str]:
        """More variables that it needs."""
        return {}

    def _wait_until_up(self, alive: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            if self._process.poll() is not None:
                raise RuntimeError((self.home / "server.log").read_text()[-3000:])
            try:
                urllib.request.urlopen(self.base + alive, timeout=1).read()
            except urllib.error.HTTPError:  # an answer all the same
                return
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""`make demo`: JupyterLab on the tour notebook, already run, editor alive. `--check` runs the same notebook headless.

The notebook is copied to build/demo, run cell by cell in a kernel of the server's own, and saved with its outputs; a page
that opens it finds that kernel and shows the live editor at once.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import BlockingKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parent.parent
TOUR = ROOT / "notebooks" / "01-tour.ipynb"
DEMO = ROOT / "build" / "demo"
SERVER = ROOT / "build" / "demo-server"  # what must not lie between the notebooks


def check() -> int:
    """Run the tour without a browser; 0 if every cell ran."""
    notebook = nbformat.read(TOUR, as_version=4)
    try:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(TOUR.parent)}}).execute()
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    print(f"{TOUR.relative_to(ROOT)}: {cells} cells ran")
    return 0


def serve() -> int:
    """Start the server, run the tour in it, print the address, and stay until Ctrl+C."""
    for folder in (DEMO, SERVER):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = os.urandom(16).hex()
    base = f"http://127.0.0.1:{port}"
    runtime = SERVER / "runtime"
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    command += [f"--ServerApp.root_dir={DEMO}", f"--IdentityProvider.token={token}", "--LabApp.news_url=None"]
    command += ["--ServerApp.allow_root=True"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)}
    with (SERVER / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(server, base, token)
            print("training the digits model and opening the editor …", flush=True)
            _run_tour(base, token, runtime)
            address = f"{base}/lab/tree/{TOUR.name}?token={token}"
            print(f"\nThe tour is open at\n\n    {address}\n\nCtrl+C stops it.", flush=True)
            if os.environ.get("DISPLAY") or sys.platform in ("darwin", "win32"):
                webbrowser.open(address)
            server.wait()
        except KeyboardInterrupt:
            print("\nstopped")
        finally:
            server.terminate()
            server.wait(20)
    return 0


def _wait(server: subprocess.Popen[bytes], base: str, token: str) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            _ask(base, token, "/api/status")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"JupyterLab did not start; its log is {SERVER / 'server.log'}")


def _ask(base: str, token: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers), timeout=60) as answer:
        return json.loads(answer.read())


def _run_tour(base: str, token: str, runtime: Path) -> None:
    """Run the cells in a kernel that belongs to the notebook's path, and keep what they show."""
    notebook = nbformat.read(TOUR, as_version=4)
    target = DEMO / TOUR.name
    nbformat.write(notebook, target)
    body = {"path": TOUR.name, "name": TOUR.name, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = _ask(base, token, "/api/sessions", body)["kernel"]["id"]
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    _wait_for_kernel(client)
    try:
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
            cell.outputs = []

            def keep(message: dict[str, Any], outputs: list[Any] = cell.outputs) -> None:
                if message["msg_type"] in ("execute_result", "display_data", "stream", "error"):
                    outputs.append(nbformat.v4.output_from_msg(message))

            client.execute_interactive(cell.source, timeout=600, output_hook=keep, stdin_hook=None, allow_stdin=False)
    finally:
        client.stop_channels()
    nbformat.write(notebook, target)
    NotebookNotary().sign(nbformat.read(target, as_version=4))  # JupyterLab shows widgets in trusted notebooks only


def _wait_for_kernel(client: BlockingKernelClient) -> None:
    """A kernel on a busy machine may miss its first heartbeat; that alone does not mean that it died."""
    deadline = time.monotonic() + 60
    while True:
        try:
            client.wait_for_ready(timeout=60)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else serve())

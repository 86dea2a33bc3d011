"""Hatch build hook: build the front end with npm when a wheel, an sdist or an editable install is made.

- sources unchanged since the last build (sha256 stamp): nothing to do
- npm present: `npm ci` once, `npm run build`
- npm absent, bundle present (sdist, older build): use it, with a warning if it is stale
- npm absent, no bundle: fail with a sentence that says what to do

PARAMWIDGET_SKIP_JS=1 skips everything, for work on metadata only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGETS = ("widget.js", "widget.css")
STAMP = "SOURCES.sha256"


class FrontEndHook(BuildHookInterface):
    """Writes paramwidget/static."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build if needed; see the module's docstring."""
        if os.environ.get("PARAMWIDGET_SKIP_JS") == "1":
            return
        js, static = Path(self.root) / "js", Path(self.root) / "paramwidget" / "static"
        built = all((static / name).is_file() for name in TARGETS)
        wanted = digest(js)
        stamp = static / STAMP
        if built and (wanted is None or (stamp.is_file() and stamp.read_text().strip() == wanted)):
            return
        npm = shutil.which("npm")
        if npm is None:
            if built:
                self.app.display_warning("npm was not found: using the front end that is there, which may be stale")
                return
            raise RuntimeError(
                "the front end is not built and npm was not found. Install Node.js 20.19 or newer, or install a released "
                "wheel of paramwidget, which carries the built front end."
            )
        if not (js / "node_modules" / ".package-lock.json").is_file():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=js, check=True)
        subprocess.run([npm, "run", "build"], cwd=js, check=True)
        if missing := [name for name in TARGETS if not (static / name).is_file()]:
            raise RuntimeError(f"npm run build did not write {', '.join(missing)}")
        stamp.write_text((wanted or "") + "\n")


def digest(js: Path) -> str | None:
    """Checksum of everything that the bundle is made of; None if the sources are not here."""
    if not (js / "src").is_dir():
        return None
    total = hashlib.sha256()
    config = [path for path in sorted(js.iterdir()) if path.is_file()]
    for path in config + sorted(path for path in (js / "src").rglob("*") if path.is_file()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(path.relative_to(js).as_posix().encode() + b"\0" + content + b"\0")
    return total.hexdigest()

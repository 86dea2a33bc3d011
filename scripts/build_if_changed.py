"""Build the front end of a checkout if its sources changed since the last build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from build_front_end import STAMP, TARGETS, digest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "paramwidget" / "static"

if __name__ == "__main__":
    wanted = digest(ROOT / "js") or ""
    stamp = STATIC / STAMP
    fresh = stamp.is_file() and stamp.read_text().strip() == wanted
    if not (fresh and all((STATIC / name).is_file() for name in TARGETS)):
        subprocess.run(["npm", "--prefix", "js", "run", "build", "--silent"], cwd=ROOT, check=True)
        stamp.write_text(wanted + "\n")

"""`make bench`: run all benchmarks and print one line for each target."""

from __future__ import annotations

import sys

from benchmarks import comparison, core, in_jupyter, trying
from benchmarks.report import Line, show

if __name__ == "__main__":
    lines: list[Line] = [
        *core.run(),
        *trying.run(),
        *comparison.run(),
        *([] if "--core" in sys.argv else in_jupyter.run()),
    ]
    show(lines)

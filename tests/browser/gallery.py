"""The front end over a kernel in the page: built once, served on loopback, the same picture on every machine.

It is no JupyterLab and has no Python kernel; how the pieces behave there is tested elsewhere in this folder.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlencode

import matplotlib
from playwright.sync_api import Page

JS = Path(__file__).resolve().parent.parent.parent / "js"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
# The fonts that ship with matplotlib, for text that is as wide everywhere; no margin, so that a window is the view.
STYLE = """
<style>
  @font-face { font-family: Fixed; src: url(./fonts/DejaVuSans.ttf); }
  @font-face { font-family: Fixed; src: url(./fonts/DejaVuSans-Bold.ttf); font-weight: 600 900; }
  @font-face { font-family: "Fixed Mono"; src: url(./fonts/DejaVuSansMono.ttf); }
  :root { --jp-ui-font-family: Fixed; --jp-code-font-family: "Fixed Mono"; }
  body { margin: 0 !important; }
</style>
"""


class Gallery:
    """Builds the pages into `folder` and serves them until it is closed."""

    def __init__(self, folder: Path) -> None:
        command = ["npm", "--prefix", str(JS), "exec", "--", "vite", "build"]
        arguments = ["--config", str(JS / "dev" / "vite.config.ts"), "--outDir", str(folder), "--logLevel", "warn"]
        subprocess.run([*command, *arguments], check=True)
        index = folder / "index.html"
        index.write_text(index.read_text().replace("</head>", f"{STYLE}</head>"))
        (folder / "fonts").mkdir()
        for name in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"):
            shutil.copy(FONTS / f"{name}.ttf", folder / "fonts")
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def open(self, page: Page, **options: str) -> None:
        """Show the editor with the options of `js/dev/main.ts`; it is drawn when this returns."""
        page.goto(f"http://127.0.0.1:{self._server.server_port}/?{urlencode(options)}")
        page.evaluate("() => document.fonts.ready.then(() => null)")
        settle(page)


def settle(page: Page, quiet: int = 300) -> None:
    """Wait until the kernel of the page has answered everything, and nothing more is asked for `quiet` milliseconds.

    By itself that is longer than the page waits before it asks what something typed would do. On a busy machine a frame may
    take as long, so the page must have drawn some, too.
    """
    page.evaluate(
        """async (quiet) => {
          let [asked, since, frames] = [-1, 0, 0];
          while (performance.now() - since < quiet || frames < quiet / 25) {
            await new Promise(requestAnimationFrame);
            const now = window.model.requests.length;
            frames += 1;
            if (now !== asked || window.model.pending() > 0) [since, frames] = [performance.now(), 0];
            asked = now;
          }
        }""",
        quiet,
    )


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: pytest's output is for tests."""

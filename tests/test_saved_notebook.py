"""What a notebook keeps of the editor when it is saved, and what is left to read of it without a kernel."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

MODEL = """
import numpy as np, paramwidget as pw
model = {f"block{i:04}": {"kernel": np.full((64, 64), i), "bias": np.zeros(64)} for i in range(LAYERS)}
model["large"] = np.random.default_rng(0).standard_normal((3000, 1000)).astype(np.float32)
"""
SHOW = """
import matplotlib.pyplot as plt
editor = pw.edit(model, probe={"norm": lambda m: float(np.linalg.norm(m["large"])),
                               "picture": lambda m: plt.imshow(m["large"][:200, :200]).figure})
editor.session["large"][0, 0] = 5
editor
"""


@pytest.fixture(scope="module", params=[3, 2000])
def saved(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    """A notebook as it is saved after it ran from top to bottom, with the state of its widgets."""
    sources = [MODEL.replace("LAYERS", str(request.param)), SHOW, "1 + 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="python3", store_widget_state=True, timeout=120).execute()
    return notebook


def test_the_state_is_small_beside_the_bundle(saved: nbformat.NotebookNode) -> None:
    models = saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    editors = [model for model in models.values() if model["model_module"] == "anywidget"]
    assert len(editors) == 1
    bundle = [editors[0]["state"].pop(name) for name in ("_esm", "_css")]
    assert 50_000 < sum(map(len, bundle)) < 200_000
    assert len(json.dumps(models)) < 100_000


def test_the_page_of_it_shows_a_summary_without_scripts(saved: nbformat.NotebookNode) -> None:
    saved.metadata.pop("widgets", None)  # as on a site that shows no widgets
    page, _ = HTMLExporter().from_notebook_node(saved)
    text = re.sub(r"<[^>]+>", " ", page)
    assert "Run the cell again to edit it." in text
    assert "block0000" in text
    assert "large" in text
    assert re.search(r"3,0\d\d,\d{3}|11,320,000", text), "the total is there"
    assert page.count("data:image/png;base64,") >= 1, "and a plot"


def test_the_summary_is_that_of_the_end_of_the_run() -> None:
    make = "import numpy as np, paramwidget as pw\nmodel = {'w': np.ones((2, 3))}\neditor = pw.edit(model)\neditor"
    first, second = "editor.session['w'].apply('w * 7')", "model['w'][...] = -9"
    shown: list[str] = []
    for sources in ([make], [make, first], [make, first, second]):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in [*sources, "1"]])
        NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
        outputs = [output.data["text/html"] for output in notebook.cells[0].outputs if "text/html" in output.data]
        assert len(outputs) == 1
        shown += re.findall(r"blue (\w+);", outputs[0])
        assert ("w * 7" in outputs[0]) is (first in sources)
    assert shown == ["1", "7", "9"], "the last one was written beside the editor"

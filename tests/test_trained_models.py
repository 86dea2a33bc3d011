"""Real models: a network trained here on handwritten digits, and one with published weights (MTCNN, from its package)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import digits
import joblib
import keras
import numpy as np
import pytest

import paramwidget as pw


@pytest.fixture(params=["keras", "torch"])
def trained(request: pytest.FixtureRequest) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(digits.KERAS if request.param == "keras" else digits.TORCH, names)
    return names


def test_a_trained_network_is_edited_frozen_trained_and_taken_back(trained: dict[str, Any]) -> None:
    model, scores, labels = trained["model"], trained["scores"], trained["y_test"]
    before = scores()
    assert (before.argmax(1) == labels).mean() >= 0.95
    session = pw.Session(model)
    is_keras = isinstance(model, keras.Model)
    assert session.tree.count == (model.count_params() if is_keras else sum(p.numel() for p in model.parameters()))
    slash = "/" if is_keras else "."
    kernel, bias = f"dense{slash}{'kernel' if is_keras else 'weight'}", f"logits{slash}bias"

    session[bias][3] = 100.0
    assert (scores().argmax(1) == 3).all(), "every digit is read as a three now"
    session.undo()
    np.testing.assert_array_equal(scores(), before)

    entry = session.freeze("dense")
    assert entry is not None
    held, moving = session[kernel][...], session[bias][...]
    trained["train"](1)
    np.testing.assert_array_equal(session[kernel][...], held)
    assert np.abs(session[bias][...] - moving).max() > 0
    session.undo()
    trained["train"](1)
    assert np.abs(session[kernel][...] - held).max() > 0, "it trains again"


@pytest.fixture
def onet() -> keras.Model:
    from mtcnn.network.onet import ONet

    found = importlib.util.find_spec("mtcnn")
    assert found is not None
    assert found.submodule_search_locations
    weights = Path(found.submodule_search_locations[0]) / "assets" / "weights" / "onet.lz4"
    model = ONet()
    model.build((None, 48, 48, 3))
    model.set_weights(joblib.load(weights))
    return model


def test_published_weights_are_shown_edited_and_taken_back(onet: keras.Model) -> None:
    faces = np.random.default_rng(0).normal(size=(4, 48, 48, 3)).astype("float32")
    before = onet.predict(faces, verbose=0)
    loaded = onet.get_weights()
    session = pw.Session(onet)
    assert session.tree.count == onet.count_params() == 389_040
    for p, weight in zip(session.tree.walk(), loaded, strict=True):
        np.testing.assert_array_equal(session[p.path][...], weight)
    summary = session["conv1/kernel"].summary()
    assert summary.mean == pytest.approx(loaded[0].mean(dtype=np.float64), rel=1e-12)
    session["conv1/kernel"][..., 0:16] = 0.0
    after = onet.predict(faces, verbose=0)
    assert max(np.abs(a - b).max() for a, b in zip(before, after, strict=True)) > 1e-3
    session.undo()
    for a, b in zip(onet.predict(faces, verbose=0), before, strict=True):
        np.testing.assert_array_equal(a, b)

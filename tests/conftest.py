"""Settings of the frameworks that must stand before they are imported, and what widgets and interrupts need in tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# the same examples on every run where a failure would block somebody else; new ones at home
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread is enough for small models, and leaves one for the browser


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widgets have a page that keeps what they publish."""
    import comm
    from page import RecordingComm

    monkeypatch.setattr(comm, "create_comm", RecordingComm)


@pytest.fixture
def interrupts_are_left() -> Iterator[None]:
    """The test fails if an interrupt is not what it was before."""
    yield
    left = signal.signal(signal.SIGINT, signal.default_int_handler)
    assert left is signal.default_int_handler, "an interrupt is not what it was before"

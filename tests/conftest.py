"""Settings of the frameworks that must stand before they are imported."""

from __future__ import annotations

import os

from hypothesis import settings

# the same examples on every run where a failure would block somebody else; new ones at home
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread is enough for small models, and leaves one for the browser

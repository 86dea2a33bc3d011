"""The Keras tests on the PyTorch backend. A process of Keras has one backend, so they run in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ["test_adapter_keras.py", "test_adapter_keras_freeze.py", "test_adapter_keras_outside.py"]


@pytest.mark.timeout(900)
def test_the_keras_tests_pass_on_the_pytorch_backend() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(str(HERE / name) for name in FILES)]
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    done = subprocess.run(command, env=environment, cwd=HERE.parent, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout

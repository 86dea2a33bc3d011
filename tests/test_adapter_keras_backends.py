"""The Keras tests on the other backends. A process of Keras has one backend, so each runs in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ["test_adapter_keras.py", "test_adapter_keras_freeze.py"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_the_keras_tests_pass_on_the_other_backends(backend: str) -> None:
    if find_spec("keras") is None or find_spec(backend) is None:
        pytest.skip(f"keras or {backend} is not installed")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(str(HERE / name) for name in FILES)]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, env=environment, cwd=HERE.parent, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout

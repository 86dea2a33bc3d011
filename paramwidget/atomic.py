"""A file that is written whole or not at all: beside the old one first, then in its place in one step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write `data` to a file and return its path. A link stays a link, and a file that was there keeps its mode.

    Raises
    ------
    OSError
        It cannot be written; the old file is as it was, and nothing is left beside it.
    """
    target = Path(path)
    target = target.resolve() if target.is_symlink() else target
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target

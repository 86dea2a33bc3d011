"""Files of the user: what is given as a path, and writing whole or not at all: beside the old one, then in its place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from paramwidget.errors import ValueRefusedError


def target(path: str | os.PathLike[str], example: str) -> Path:
    """The path of a file that may be written, as far as that is known before; `example` is a name for one.

    Raises
    ------
    ValueRefusedError
        It is no path, its folder does not exist, or it is a folder itself.
    """
    found = path_of(path)
    if not os.path.isdir(found.parent):  # a Path raises for a name that is too long
        raise ValueRefusedError(f"there is no folder '{found.parent}'; make it first, or give another path")
    if os.path.isdir(found):
        raise ValueRefusedError(f"'{found}' is a folder; give the path of a file in it, such as '{found / example}'")
    return found


def path_of(given: str | os.PathLike[str]) -> Path:
    """What is given as a path.

    Raises
    ------
    ValueRefusedError
        It is none.
    """
    try:
        return Path(given)
    except TypeError:
        raise ValueRefusedError(f"a file is named by a path, a text, and not by {type(given).__name__}") from None


def replace(path: Path, data: bytes) -> Path:
    """Write `data` to a file and return its path. A link stays a link, and a file that was there keeps its mode.

    Raises
    ------
    ValueRefusedError
        It cannot be written; the old file is as it was, and nothing is left beside it.
    """
    try:
        return _replace(path.resolve() if path.is_symlink() else path, data)
    except (OSError, ValueError, RuntimeError) as error:  # no system takes the path, or its links lead in a circle
        raise ValueRefusedError(f"'{path}' could not be written ({why(error)}); give another path") from error


def why(error: Exception) -> str:
    """What the system says, without the name of a file that the user does not know."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _replace(target: Path, data: bytes) -> Path:
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

"""Locate the parts of this installation: the program, its version, its resource files and its requirements.

Sojourn runs from a checkout (``main.py``) and from an installed wheel (the command ``sojourn``); both find the same
files through this module.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

DISTRIBUTION = "sojourn"
_ENTRY_MODULE = "main"
_CHECKOUT = Path(__file__).resolve().parent.parent


def resource_path(*parts: str) -> Path:
    """Return the path of a file or folder below ``resources/``."""
    return Path(str(resources.files("resources").joinpath(*parts)))


def program_command(*arguments: str) -> list[str]:
    """Return the command line that starts this program again with ``arguments``.

    Raise RuntimeError if the module ``main`` cannot be found, as in an incomplete installation.
    """
    spec = importlib.util.find_spec(_ENTRY_MODULE)
    if spec is None or spec.origin is None:
        raise RuntimeError("the module main is missing; install Sojourn again")
    return [sys.executable, spec.origin, *arguments]


def program_name() -> str:
    """Return the name that usage lines show: ``sojourn`` if started by that command, else ``main.py``."""
    return DISTRIBUTION if Path(sys.argv[0]).stem == DISTRIBUTION else "main.py"


def project_file() -> Path | None:
    """Return the checkout's ``pyproject.toml``; None for an installed wheel."""
    file = _CHECKOUT / "pyproject.toml"
    return file if file.is_file() else None


@cache
def version() -> str:
    """Return the version, such as ``0.2.0``: from ``pyproject.toml`` in a checkout, else from the wheel's metadata."""
    file = project_file()
    if file is None:
        return importlib.metadata.version(DISTRIBUTION)
    return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"])


def required_packages() -> list[str]:
    """Return the names of the packages that the program needs at run time, without version pins."""
    file = project_file()
    if file is None:
        pins = [pin for pin in importlib.metadata.requires(DISTRIBUTION) or () if "extra ==" not in pin]
    else:
        pins = [str(pin) for pin in tomllib.loads(file.read_text("utf-8"))["project"]["dependencies"]]
    return [re.split(r"[^\w.-]", pin, maxsplit=1)[0] for pin in pins]

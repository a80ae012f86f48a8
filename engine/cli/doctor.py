"""``doctor`` lists what is installed and what is missing; ``bench`` runs the project's benchmarks."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

from engine.cli import GOOD, NO, Arguments, print_line
from engine.effects.providers import PROVIDERS
from engine.errors import WrongUseError
from engine.installation import project_file, required_packages
from engine.model.activity import ACTIVITY_KINDS
from engine.model.channel import CHANNELS
from engine.registry import PROBLEMS

_REPAIR_COMMAND = "make venv" if project_file() else "pip install --force-reinstall sojourn"
_SCREEN = "make screen" if project_file() else "apt-get install libegl1 libxcb-cursor0"
_SQLITE = (3, 51, 3)


def doctor(arguments: Arguments) -> int:
    """Print each part, whether it is there, and the command that installs it; 1 if something is missing."""
    missing = 0
    print_line(
        f"Python {sys.version.split()[0]}: {'good' if (3, 11) <= sys.version_info < (3, 14) else 'use 3.11 to 3.13'}"
    )
    for name in required_packages():
        try:
            print_line(f"{name} {importlib.metadata.version(name)}: good")
        except importlib.metadata.PackageNotFoundError:
            missing += 1
            print_line(f"{name}: missing; run: {_REPAIR_COMMAND}")
    missing += _check_sqlite()
    missing += _check_window()
    missing += _check_extensions()
    return NO if missing else GOOD


def _check_sqlite() -> int:
    try:
        import pysqlite3
    except ImportError:
        return 1
    new = tuple(int(part) for part in pysqlite3.sqlite_version.split(".")) >= _SQLITE
    print_line(f"SQLite {pysqlite3.sqlite_version}: {'good' if new else f'older than 3.51.3; run: {_REPAIR_COMMAND}'}")
    return 0 if new else 1


def _check_extensions() -> int:
    """Name the extensions that cannot be used, each with the reason."""
    for registry in (CHANNELS, ACTIVITY_KINDS, PROVIDERS):
        len(registry)  # a registry is filled when it is first used
    for problem in PROBLEMS:
        print_line(str(problem))
    return len(PROBLEMS)


def _check_window() -> int:
    """Whether Qt's own libraries can be loaded, in a process of its own: a missing one must not end this one."""
    import subprocess

    done = subprocess.run([sys.executable, "-c", "import PySide6.QtGui"], capture_output=True, text=True, check=False)
    reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    print_line("Qt's libraries: good" if done.returncode == 0 else f"Qt's libraries: {reason}; run: {_SCREEN}")
    return 0 if done.returncode == 0 else 1


def bench(arguments: Arguments) -> int:
    """Run one benchmark, or name them all; prints JSON."""
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if arguments.name is None:
        for name in names:
            print_line(name)
        return GOOD
    if arguments.name not in names:
        raise WrongUseError("bench_unknown", name=arguments.name, names=tuple(names))
    sys.path.insert(0, str(folder.parent))
    figures = importlib.import_module(f"benchmarks.{arguments.name}").main()
    print_line(json.dumps(figures, indent=2))
    return GOOD

"""Makes a fresh machine ready: system libraries, `.venv`, and the packages of requirements.lock. Standard library only.

Started by tools/prepare.sh with a fitting Python. It is quick when there is nothing to do: a stamp in `.venv` tells
which lock, Python and folder the environment was made for, and only when that differs is anything looked at. System
packages are installed with apt where that is allowed without a question (as root, or with sudo that asks nothing);
otherwise the program stops and prints the one line to run.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("VENV", ".venv")
STAMP = VENV / "prepared"
EXIT_FAILED = 3

# What Qt loads at run time, and the Debian package that brings it. The first table is needed to draw at all,
# the second only for a window on a screen.
DRAWING = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
}
SCREEN = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class NotPreparedError(Exception):
    """What stopped the preparation: one sentence that says how to go on."""


def wanted_stamp(lock: bytes, purpose: str) -> str:
    """Return the stamp of an environment in this folder that is fit for `purpose` (`test` or `run`)."""
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{hashlib.sha256(lock).hexdigest()} {version} {ROOT} {purpose}\n"


def is_prepared(lock: bytes, purpose: str) -> bool:
    """Whether nothing is to be done. An environment made for the screen serves the tests too."""
    if not STAMP.is_file() or not (VENV / "bin" / "python").exists():
        return False
    return STAMP.read_text("utf-8") in {wanted_stamp(lock, purpose), wanted_stamp(lock, "run")}


def loads(library: str) -> bool:
    """Whether the dynamic linker finds `library`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(purpose: str) -> list[str]:
    """Return the system packages that are needed before the virtual environment can be made and used.

    If one is missing, those for the screen are taken along; if only those are, the tests do not wait for them.
    """
    missing = [package for library, package in DRAWING.items() if not loads(library)]
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        missing.append(f"python3.{sys.version_info[1]}-venv")
    if missing or purpose == "run":
        missing += [package for library, package in SCREEN.items() if not loads(library)]
    return missing


def privilege() -> list[str] | None:
    """Return the prefix for apt-get: nothing as root, sudo if it asks no password, None if neither is allowed."""
    if os.geteuid() == 0:
        return []
    silent = ["sudo", "-n", "true"]
    if shutil.which("sudo") and subprocess.run(silent, capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def install_packages(packages: list[str]) -> None:
    """Install system packages with apt, or raise NotPreparedError with the line to run."""
    line = f"sudo apt-get update && sudo apt-get install -y {' '.join(packages)}"
    prefix = privilege() if shutil.which("apt-get") else None
    if prefix is None:
        raise NotPreparedError(f"System packages are missing; run this line, then make again: {line}")
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    subprocess.run([*apt, "update"], check=False)
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    if subprocess.run(install, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise NotPreparedError(f"apt could not install the system packages; fix what it reports above, or run: {line}")


def make_environment() -> None:
    """Create `.venv` for this Python; one made by another Python, or without pip, is made anew."""
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if inside and importlib.util.find_spec("pip") is not None:
        return
    python = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}") if inside else Path(sys.executable)
    if VENV.exists():
        shutil.rmtree(VENV)
    if subprocess.run([str(python), "-m", "venv", str(VENV)], check=False).returncode != 0:
        raise NotPreparedError(f"Python could not create the virtual environment {VENV}; fix what it reports above.")


def install_lock() -> None:
    """Install what requirements.lock names, and nothing that it does not name."""
    print(f"Installing Python packages into {VENV.name}; the first time this takes a minute or two.", flush=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--require-hashes", "--requirement", str(ROOT / "requirements.lock")]
    if subprocess.run(command, check=False).returncode != 0:
        raise NotPreparedError(
            "The Python packages could not be installed; fix what pip reports above, then run make again."
        )


def prepare(purpose: str) -> None:
    """Do what is still to be done for `purpose`, and leave the stamp."""
    lock = (ROOT / "requirements.lock").read_bytes()
    if is_prepared(lock, purpose):
        return
    packages = missing_packages(purpose)
    if packages:
        install_packages(packages)
    STAMP.unlink(missing_ok=True)
    make_environment()
    install_lock()
    STAMP.write_text(wanted_stamp(lock, purpose), "utf-8")


def main() -> int:
    """0 when ready; 3 with one sentence on standard error when not."""
    parser = argparse.ArgumentParser(description="Make this machine ready for Sojourn.")
    parser.add_argument("purpose", choices=("test", "run"), help="run also needs what a window on a screen needs")
    arguments = parser.parse_args()
    try:
        prepare(arguments.purpose)
    except NotPreparedError as reason:
        print(reason, file=sys.stderr)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())

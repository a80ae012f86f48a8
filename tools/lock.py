"""Writes requirements.lock: every package that Sojourn needs to run and to be tested, pinned, for all its Pythons.

pip resolves the pins of pyproject.toml once; this program then walks what each package asks for, once for every
supported Python, so that a package that only some of them need carries a marker. No registry is named in the file:
where packages come from is the machine's business. The lock is installed with `--no-deps`, because packages listed
under `tool.sojourn.lock.leave-out` must stay away. Run it in the oldest Python: `.venv/bin/python tools/lock.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Set
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
HEADER = """\
# Written by tools/lock.py from pyproject.toml. Install with: pip install --no-deps -r requirements.lock
"""


def resolve(requirements: list[str]) -> dict[str, dict[str, Any]]:
    """What pip would install for `requirements`: the metadata of each package by its canonical name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*command, "--report", str(report), *requirements], check=True)
        installs = json.loads(report.read_text("utf-8"))["install"]
    return {canonicalize_name(item["metadata"]["name"]): item["metadata"] for item in installs}


def closure(roots: list[str], packages: dict[str, dict[str, Any]], python: str, leave_out: Set[str]) -> set[str]:
    """The canonical names that `roots` need on a Linux machine with this Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    waiting = [(Requirement(root), "") for root in roots]
    needed: set[str] = set()
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in leave_out:
            continue
        if requirement.marker and not requirement.marker.evaluate({**environment, "extra": extra}):
            continue
        if name not in packages:
            raise SystemExit(f"{name} is needed on Python {python} but was not resolved; use the oldest Python.")
        needed.add(name)
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(line), wanted) for line in packages[name].get("requires_dist", ())]
    return needed


def marker(pythons: list[str]) -> str:
    """The marker of a package that only `pythons` need; none when all do."""
    if pythons == list(PYTHONS):
        return ""
    if pythons == list(PYTHONS[: len(pythons)]):
        return f' ; python_version < "{PYTHONS[len(pythons)]}"'
    return f' ; python_version >= "{pythons[0]}"'


def main() -> None:
    """Resolve, walk, write."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    roots = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    leave_out = {canonicalize_name(name) for name in project["tool"]["sojourn"]["lock"]["leave-out"]}
    packages = resolve(roots)
    needed = {python: closure(roots, packages, python, leave_out) for python in PYTHONS}
    lines = []
    for name in sorted(set().union(*needed.values())):
        pin = f"{packages[name]['name']}=={packages[name]['version']}"
        lines.append(pin + marker([python for python in PYTHONS if name in needed[python]]))
    (ROOT / "requirements.lock").write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    print(f"requirements.lock: {len(lines)} packages")


if __name__ == "__main__":
    main()

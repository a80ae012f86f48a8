"""Installs extension packages into a folder, as pip would: the package and its metadata, without a network."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

EXTENSIONS = Path(__file__).resolve().parents[1] / "extensions"


def install(package: Path, site: Path) -> None:
    """Copy a package that has its ``pyproject.toml`` beside ``__init__.py``, and write its entry points."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    modules = (file for file in package.iterdir() if file.suffix == ".py")
    target = site / package.name
    target.mkdir(parents=True)
    for file in modules:
        shutil.copy(file, target)
    metadata = site / f"{package.name}-{project['version']}.dist-info"
    metadata.mkdir()
    header = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(header, encoding="utf-8")
    groups = project["entry-points"].items()
    lines = [line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

"""The wheel: built from the tree, installed into a fresh environment and started from there."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

SOURCES = ("app", "engine", "resources", "main.py", "pyproject.toml", "README.md", "LICENSE", "THIRD-PARTY.md")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, without a network."""
    copy, target = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(target), str(copy)], check=True, capture_output=True)
    return next(target.glob("sojourn-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a fresh environment with the wheel; dependencies come from the tested one."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    packages = home / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    command = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-index", str(wheel)], check=True, capture_output=True)
    return home / "bin"


def run(folder: Path, *words: str) -> str:
    done = subprocess.run([str(folder / words[0]), *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_metadata_names_the_pinned_dependencies(root: Path, wheel: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    required = {str(Requirement(line)) for line in metadata.get_all("Requires-Dist", [])}
    assert required == {str(Requirement(line)) for line in project["dependencies"]}
    assert metadata["Version"] == project["version"]


def test_wheel_holds_every_product_file(root: Path, wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "app", "engine", "resources", "main.py"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    with zipfile.ZipFile(wheel) as archive:
        assert set(listed) - set(archive.namelist()) == set()


def test_installed_command_reports_its_version(root: Path, installed: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert run(installed, "sojourn", "--version") == f"Sojourn {version}\n"


def test_installed_doctor_finds_every_dependency(installed: Path) -> None:
    assert "missing" not in run(installed, "sojourn", "doctor")


def test_installed_program_finds_its_own_files(installed: Path) -> None:
    code = (
        "from engine.installation import program_command, resource_path as path\n"
        "print(program_command()[1]); print(path('samples', 'lobby-and-restaurant.journey.json'))"
    )
    program, sample = run(installed, "python", "-c", code).split()
    assert Path(program).is_relative_to(installed.parent)
    assert Path(sample).is_relative_to(installed.parent)
    run(installed, "sojourn", "validate", sample)


def test_installed_studio_draws_a_journey(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    code = "from engine.installation import resource_path as path; print(path('samples'))"
    sample = Path(run(installed, "python", "-c", code).strip(), "lobby-and-restaurant.journey.json")
    picture = tmp_path / "journey.svg"
    run(installed, "sojourn", "render", str(sample), "-o", str(picture))
    assert "<svg" in picture.read_text("utf-8")

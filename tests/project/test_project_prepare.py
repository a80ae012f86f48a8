"""tools/prepare: what a fresh machine is told and given. The machine around the script is played by small programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import prepare

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def house(root: Path, tmp_path: Path) -> Path:
    """A folder with nothing but what `make` starts from."""
    (tmp_path / "tools").mkdir()
    for name in ("tools/prepare.sh", "tools/prepare.py", "requirements.lock"):
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    (folder / name).chmod(0o755)


def prepare_with(house: Path, path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(house), **more}
    command = ["/bin/sh", str(house / "tools" / "prepare.sh"), "test"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def test_unsupported_python_is_refused(house: Path) -> None:
    says = 'case "$2" in *exit*) exit 1;; *) echo "Python 3.10.12";; esac'
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        program(house / "bin", name, says)
    done = prepare_with(house, house / "bin")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "3.11, 3.12 or 3.13 and found Python 3.10.12" in done.stderr


def test_missing_python_is_reported(house: Path) -> None:
    done = prepare_with(house, house / "bin", PYTHON=str(house / "no-python"))
    assert done.returncode == 3
    assert "found no Python" in done.stderr


def test_second_run_does_nothing(house: Path) -> None:
    lock = (house / "requirements.lock").read_bytes()
    inside = house / ".venv" / "bin"
    inside.mkdir(parents=True)
    inside.joinpath("python").symlink_to(sys.executable)
    stamp = prepare.wanted_stamp(lock, "run").replace(str(prepare.ROOT), str(house))
    (house / ".venv" / "prepared").write_text(stamp, "utf-8")
    done = prepare_with(house, house / "bin", PYTHON=sys.executable)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (house / ".venv" / "prepared").read_text("utf-8") == stamp


def test_changed_lock_is_not_prepared(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "VENV", house / ".venv")
    monkeypatch.setattr(prepare, "STAMP", house / ".venv" / "prepared")
    (house / ".venv" / "bin").mkdir(parents=True)
    (house / ".venv" / "bin" / "python").touch()
    assert not prepare.is_prepared(b"a", "test")
    prepare.STAMP.write_text(prepare.wanted_stamp(b"a", "test"), "utf-8")
    assert prepare.is_prepared(b"a", "test")
    assert not prepare.is_prepared(b"b", "test")
    assert not prepare.is_prepared(b"a", "run"), "a window needs more libraries than the tests"
    prepare.STAMP.write_text(prepare.wanted_stamp(b"a", "run"), "utf-8")
    assert prepare.is_prepared(b"a", "test")


def test_missing_install_rights_print_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None)
    with pytest.raises(prepare.NotPreparedError) as refused:
        prepare.install_packages(["libegl1", "python3.11-venv"])
    assert str(refused.value).endswith("sudo apt-get update && sudo apt-get install -y libegl1 python3.11-venv")


@pytest.mark.parametrize(("silent", "prefix"), [(0, ["sudo", "-n"]), (1, None)])
def test_sudo_requires_no_password(monkeypatch: pytest.MonkeyPatch, silent: int, prefix: list[str] | None) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], silent))
    assert prepare.privilege() == prefix


def test_root_installs_with_apt_and_reports_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 100)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(prepare.NotPreparedError, match="libegl1"):
        prepare.install_packages(["libegl1"])
    assert [command[-1] for command in commands] == ["update", "libegl1"]


def test_tests_do_not_wait_for_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "loads", lambda library: library not in prepare.SCREEN)
    assert prepare.missing_packages("test") == []
    assert prepare.missing_packages("run") == list(prepare.SCREEN.values())
    monkeypatch.setattr(prepare, "loads", lambda _: False)
    assert prepare.missing_packages("test") == [*prepare.DRAWING.values(), *prepare.SCREEN.values()]


def locked(root: Path) -> dict[str, str]:
    """Return the version of each locked package by its canonical name."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", (root / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def test_lock_pins_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    asked = [Requirement(line) for line in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]]
    pins = locked(root)
    assert all(one.specifier.contains(pins[canonicalize_name(one.name)]) for one in asked)
    assert "types-pyside6" not in pins


def test_lock_has_hashes_and_names_no_registry(root: Path) -> None:
    text = (root / "requirements.lock").read_text("utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_every_package_is_listed_with_its_licence(root: Path) -> None:
    lines = (root / "THIRD-PARTY.md").read_text("utf-8").splitlines()
    listed = {canonicalize_name(line.split("|")[1].strip()) for line in lines if "|" in line}
    assert locked(root).keys() <= listed


def test_every_font_has_its_licence(root: Path) -> None:
    families = {file.name.split("-")[0] for file in (root / "resources" / "fonts").glob("*.[ot]tf")}
    assert families
    for family in families:
        assert "SIL Open Font License" in (root / "resources" / "fonts" / f"{family}-LICENSE.txt").read_text("utf-8")

"""Only its owner opens a workspace: its folder, its files, its backups."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.user_files import Drafts, Preferences
from engine.cli import main
from engine.store.permissions import check_permissions
from tests.helpers.embedded_engine import CALLER, running


@pytest.fixture(autouse=True)
def _usual_mask() -> Iterator[None]:
    """New files are readable by everybody unless their mode says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_new_workspace_is_private(tmp_path: Path) -> None:
    Preferences(tmp_path / "home" / "w" / "studio.json").set("theme", "dark")
    Drafts(tmp_path / "home" / "w" / "drafts").save_payloads({"Lobby": {"id": 1}})
    with running(tmp_path / "home" / "w") as place:
        place.engine.backups.begin(CALLER, str(tmp_path / "copies" / "monday.sqlite"))
        place.engine.backups.finish()
        found = {path.name for path in (tmp_path / "home" / "w").iterdir()}
        assert {"workspace.sqlite", "workspace.sqlite-wal", "workspace.sqlite-shm", "studio.json", "drafts"} <= found
        for folder in (tmp_path / "home", tmp_path / "copies"):
            assert check_permissions(folder).details == ()
        assert {one.name: one.faults for one in place.engine.health.check(CALLER)}["permissions of files"] == 0


def test_workspace_that_others_can_open_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "w"
    there = ["--workspace", str(folder)]
    assert main(["setting", "set", "overdue_rate", "200", *there]) == 0
    assert main(["check", *there]) == 0
    (folder / "workspace.sqlite").chmod(0o644)
    folder.chmod(0o755)
    capsys.readouterr()
    assert main(["check", *there]) == 1
    told = capsys.readouterr().out
    assert "permissions of files: " in told
    assert str(folder / "workspace.sqlite") in told
    assert f"run: chmod -R go= {folder}" in told
    main(["doctor", *there])
    assert f"run: chmod -R go= {folder}" in capsys.readouterr().out
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755, "it is told, not changed"

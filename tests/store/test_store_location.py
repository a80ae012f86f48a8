"""Where a workspace is: a folder, or a PostgreSQL database with a folder for its secrets; no password is ever kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine.errors import SojournError
from engine.store.database import Database
from engine.store.location import (
    DATABASE_FILE,
    PASSWORD,
    StudioLock,
    database_url,
    display_name,
    is_studio_open,
    read_url,
    workspace_folder,
)

WORD = "hush/hush@7"
"""A password with characters that a URL quotes."""
QUOTED = "hush%2Fhush%407"


def test_path_is_its_folder(tmp_path: Path) -> None:
    assert workspace_folder(str(tmp_path / "w"), tmp_path) == tmp_path / "w"
    assert database_url(tmp_path / "w") is None


@pytest.mark.parametrize("given", [f"bob:{QUOTED}@db.example:6000/shop", f"bob@db.example:6000/shop?password={QUOTED}"])
def test_url_folder_name_excludes_password(tmp_path: Path, given: str) -> None:
    environment: dict[str, str] = {}
    folder = workspace_folder(f"postgresql://{given}", tmp_path, environment)
    assert environment == {PASSWORD: WORD}
    assert folder.is_relative_to(tmp_path / "postgresql")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / DATABASE_FILE).read_text() == "postgresql+psycopg://bob@db.example:6000/shop\n"
    url = database_url(folder)
    assert url is not None
    assert (url.username, url.password, display_name(url)) == ("bob", None, "shop on db.example")


def test_databases_have_distinct_folders(tmp_path: Path) -> None:
    there = "postgresql+psycopg://bob@db.example/shop"
    same = (there, "postgresql://alice:x@db.example:5432/shop", f"{there}?connect_timeout=3")
    other = (
        "postgresql://bob@db.example/shops",
        "postgresql://bob@db.example:5433/shop",
        "postgresql://bob@db-example/shop",
        f"{there}?options=-csearch_path%3Dtwo",
    )
    environment: dict[str, str] = {}
    assert len({workspace_folder(url, tmp_path, environment) for url in same}) == 1
    assert len({workspace_folder(url, tmp_path, environment) for url in (there, *other)}) == 5


@pytest.mark.parametrize(
    "given",
    [
        "postgres://bob:hush@h/d",
        "postgresql+asyncpg://bob:hush@h/d",
        "mysql://bob:hush@h/d",
        "postgresql://bob:hush@h",
        "postgresql://bob:hush@h:port/d",
        "://bob:hush@h/d",
    ],
)
def test_invalid_postgresql_url_is_refused_without_its_value(tmp_path: Path, given: str) -> None:
    with pytest.raises(SojournError) as caught:
        workspace_folder(given, tmp_path)
    assert caught.value.code == "workspace_url"
    assert "postgresql+psycopg://user@host:5432/database" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["postgresql://bob:hush@h/d", "postgresql://bob@h/d?password=hush"])
def test_file_with_password_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / DATABASE_FILE).write_text(text)
    with pytest.raises(SojournError) as caught:
        database_url(tmp_path)
    assert PASSWORD in str(caught.value)
    assert "hush" not in str(caught.value)


def test_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "w").touch()
    with pytest.raises(SojournError) as caught:
        workspace_folder(str(tmp_path / "w"), tmp_path)
    assert caught.value.code == "workspace_folder"


def test_unreachable_server_is_reported_without_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "")
    folder = workspace_folder("postgresql://bob:hush@127.0.0.1:1/shop", tmp_path)
    assert os.environ[PASSWORD] == "hush"
    database = Database(str(folder))
    with pytest.raises(SojournError) as caught:
        database.prepare()
    database.close()
    assert caught.value.code == "workspace_unreadable"
    assert "start its server, or check the URL" in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_address_is_read_for_driver_in_use() -> None:
    assert read_url(" postgresql://bob@h/d\n").drivername == "postgresql+psycopg"


def test_studio_is_open_while_it_holds_its_lock(tmp_path: Path) -> None:
    one, other = StudioLock(tmp_path), StudioLock(tmp_path)
    assert is_studio_open(tmp_path, one.name)
    one.release()
    one.release()
    assert not is_studio_open(tmp_path, one.name)
    assert is_studio_open(tmp_path, other.name)
    (killed := tmp_path / "studio-killed.lock").touch()
    assert not is_studio_open(tmp_path, "killed")
    assert not killed.exists()
    other.release()
    assert not list(tmp_path.iterdir())

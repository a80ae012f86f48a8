"""Opening workspaces: set up to lose nothing, refused when newer, backed up before they change, owned by one."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pysqlite3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from engine.errors import SojournError
from engine.store import backups, report_queries, revisions, runtime_queries, setting_queries, sqlite
from engine.store.database import Database
from engine.store.database_errors import error_reason, is_database_error
from engine.store.location import RECORD_FILE, create_folder, find_owner, lock_workspace
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import EntryRow, InstanceRow, RuntimeStatements
from engine.store.tables import metadata


def opened(folder: Path) -> Database:
    create_folder(folder)
    database = Database(str(folder))
    database.prepare()
    return database


def test_new_workspace_has_tables_of_program(workspace: Path) -> None:
    database = opened(workspace)
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()
    assert differences == []


def test_sqlite_is_durable_and_secure_delete(tmp_path: Path) -> None:
    database = opened(tmp_path)
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 2, "busy_timeout": 10_000, "query_only": 0}
    with database.write() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        assert connection.connection.driver_connection is not None
        assert connection.connection.driver_connection.in_transaction, "before the first statement: BEGIN IMMEDIATE"
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
    database.close()
    assert found == wanted


def test_second_writer_waits_for_first(tmp_path: Path) -> None:
    """BEGIN IMMEDIATE: whoever comes second fails or waits at its beginning, not in the middle of its work."""
    database = opened(tmp_path)
    hasty = sqlite.open_engine(tmp_path / "workspace.sqlite", "BEGIN IMMEDIATE", ("PRAGMA busy_timeout=0",))
    with database.write() as connection:
        setting_queries.put_workspace_fact(connection, "kept", "1")
        with pytest.raises(OperationalError, match="locked") as caught:
            hasty.begin().__enter__()
    assert is_database_error(caught.value)
    assert str(error_reason(caught.value)) == "the workspace is locked by another program; end that one"
    hasty.dispose()
    database.close()


def test_sqlite_that_can_damage_workspace_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pysqlite3.sqlite_version_info >= (3, 51, 3)
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(SojournError) as caught:
        Database(str(tmp_path))
    assert caught.value.code == "sqlite_old"
    assert "3.51.3" in str(caught.value)


def test_readers_cannot_write(workspace: Path) -> None:
    database = opened(workspace)
    with database.read() as connection, pytest.raises(Exception, match=r"read-?only"):
        setting_queries.put_workspace_fact(connection, "a", "b")
    database.close()


def test_readers_see_snapshot_without_blocking(workspace: Path) -> None:
    database = opened(workspace)
    with database.write() as connection:
        setting_queries.put_workspace_fact(connection, "kept", "1")
    with database.read() as reading:
        assert setting_queries.workspace_fact(reading, "kept") == "1"
        with database.write() as writing:
            setting_queries.put_workspace_fact(writing, "kept", "2")
            assert setting_queries.workspace_fact(reading, "kept") == "1"
        assert setting_queries.workspace_fact(reading, "kept") == "1"
        with database.read() as later:
            assert setting_queries.workspace_fact(later, "kept") == "2"
    database.close()


def test_values_round_trip(workspace: Path) -> None:
    """Large numbers, what PostgreSQL's texts cannot hold, the character that stands for it, other scripts, bytes."""
    odd = ("a\0b", "\ue000", "\ue0000", "\ue0001\0", "서준 👩‍🚀", "%s %% ' \\ \"", "")
    largest = 2**63 - 1
    database = opened(workspace)
    rows = RuntimeStatements(database.dialect)
    every_byte = bytes(range(256))
    with database.write() as connection:
        rows.insert_entries(connection, [EntryRow(1, key, "x", 1, largest, largest) for key in odd])
        rows.insert_instances(connection, [InstanceRow(largest, 1, "k", 4, True, -1, largest, "", None, every_byte)])
    with database.read() as connection:
        found = RuntimeLookups(database.dialect).entries(connection, 1, odd)
        (instance,) = runtime_queries.load_instances(connection, [largest])
    database.close()
    assert sorted(row.key for row in found) == sorted(odd)
    assert {row.last_entered for row in found} == {largest}
    assert instance == InstanceRow(largest, 1, "k", 4, True, -1, largest, "", None, every_byte)


def test_counters_add_up_in_one_statement(workspace: Path) -> None:
    database = opened(workspace)
    rows = RuntimeStatements(database.dialect)
    for delta in (2, 3, -1):
        with database.write() as connection:
            rows.add_counts(connection, [(1, False, "metric", "entered", delta), (1, True, "metric", "entered", 1)])
    with database.read() as connection:
        assert report_queries.counts(connection, [1], False) == {("metric", "entered"): 4}
        assert report_queries.counts(connection, [1], True) == {("metric", "entered"): 3}
    database.close()


def test_failed_transaction_rolls_back(workspace: Path) -> None:
    database = opened(workspace)
    with suppress(ZeroDivisionError), database.write() as connection:
        setting_queries.put_workspace_fact(connection, "kept", "1")
        raise ZeroDivisionError
    with database.read() as connection:
        assert setting_queries.workspace_fact(connection, "kept") is None
    database.close()


def test_newer_workspace_is_refused_and_left_alone(workspace: Path) -> None:
    database = opened(workspace)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SojournError) as caught:
        database.prepare()
    database.close()
    assert caught.value.code == "workspace_newer"
    assert not (workspace / "backups").exists()


def test_backup_is_consistent_workspace(workspace: Path, tmp_path: Path) -> None:
    database = opened(workspace)
    with database.write() as connection:
        setting_queries.put_workspace_fact(connection, "kept", "1")
    copy = tmp_path / "copy" / "workspace.sqlite"
    database.backup(copy)
    with database.write() as connection:
        setting_queries.put_workspace_fact(connection, "kept", "2")
    database.close()
    restored = opened(copy.parent)
    with restored.read() as connection:
        assert setting_queries.workspace_fact(connection, "kept") == "1"
    restored.close()


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "workspace.sqlite").write_bytes(b"no database at all, and long enough to be looked at" * 100)
    database = Database(str(tmp_path))
    with pytest.raises(SojournError) as caught:
        database.prepare()
    database.close()
    assert caught.value.code == "workspace_unreadable"


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SojournError) as caught:
        create_folder(str(tmp_path / "file" / "inside"))
    assert caught.value.code == "workspace_folder"


def test_workspace_has_one_owner_with_private_token(tmp_path: Path) -> None:
    first = lock_workspace(tmp_path)
    assert first is not None
    assert lock_workspace(tmp_path) is None
    first.publish_address("http://127.0.0.1:1")
    found = find_owner(tmp_path)
    assert found is not None
    assert (found.address, found.token) == ("http://127.0.0.1:1", first.token)
    assert stat.S_IMODE((tmp_path / RECORD_FILE).stat().st_mode) == 0o600
    first.release()
    assert find_owner(tmp_path) is None
    second = lock_workspace(tmp_path)
    assert second is not None
    second.release()


def test_older_workspace_is_backed_up_and_migrated(workspace: Path, tmp_path: Path) -> None:
    create_folder(workspace)
    database = Database(str(workspace))
    with database.write() as connection:
        revisions.upgrade(connection, "0001")
        connection.exec_driver_sql("INSERT INTO memberships (profile_id, segment, since) VALUES (1, 'silver', 5)")
    database.prepare()
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        kept = connection.exec_driver_sql("SELECT segment, inside, given FROM memberships").all()
    database.close()
    assert kept == [("silver", 1, 1)]
    (copy,) = (workspace / "backups").iterdir()
    assert copy.name == f"before-{revisions.head()}-from-0001.sqlite"
    assert backups.revision_of(copy) == "0001"
    (tmp_path / "again").mkdir()
    copy.rename(tmp_path / "again" / "workspace.sqlite")
    again = opened(tmp_path / "again")
    with again.read() as connection:
        assert connection.exec_driver_sql("SELECT segment FROM memberships").all() == [("silver",)]
    again.close()


FAULTY = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{head}", None, None


def upgrade() -> None:
    op.create_table("half", sa.Column("n", sa.Integer()))
    op.execute("INSERT INTO settings VALUES ('prod', 'half', '1')")
    op.execute("SELECT nothing FROM nowhere")
"""


def test_failed_migration_changes_nothing(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(workspace).close()
    head = revisions.head()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "r9001_faulty.py").write_text(FAULTY.format(head=head))
    with monkeypatch.context() as later:
        later.setattr(revisions, "VERSIONS", (*revisions.VERSIONS, tmp_path / "more"))
        assert revisions.head() == "9001"
        database = Database(str(workspace))
        with pytest.raises(SojournError) as caught:
            database.prepare()
        database.close()
    assert caught.value.code == "workspace_upgrade"
    assert "as it was" in str(caught.value)
    assert [file.name for file in (workspace / "backups").iterdir()] == [f"before-9001-from-{head}.sqlite"]
    again = opened(workspace)
    with again.read() as connection:
        assert revisions.current(connection) == head
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert setting_queries.load_settings(connection, "prod") == {}
    again.close()

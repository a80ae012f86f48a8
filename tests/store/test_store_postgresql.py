"""What is PostgreSQL's own: who owns the workspace, what happens when the connection breaks, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from engine.catalogue import Phrase
from engine.core.stimulus import EventArrived
from engine.errors import SojournError
from engine.host import host_workspace
from engine.ports import Call, IncomingEvent
from engine.runtime import batch_processor, dispatch
from engine.store import postgresql, runtime_queries, setting_queries
from engine.store.database import Database
from engine.store.database_errors import DatabaseUnavailableError, WorkspaceTakenError, error_reason, is_database_error
from engine.store.location import write_database_url
from engine.store.runtime_lookups import RuntimeLookups
from tests.helpers.embedded_engine import CALLER, START, EmbeddedEngine, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify
from tests.helpers.postgres import USER, Server, running_server

WAITING = journey(
    [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
)
END_THEIR_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'Sojourn%'"


@pytest.fixture
def where(postgres: Server) -> str:
    """Create a separate database."""
    return postgres.new_database()


def folder_at(path: Path, server: Server, database: str) -> Path:
    write_database_url(path, server.url(database))
    return path


@pytest.fixture
def database(tmp_path: Path, postgres: Server, where: str) -> Iterator[Database]:
    made = Database(str(folder_at(tmp_path / "w", postgres, where)))
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for an owner to leave."""
    monkeypatch.setattr(postgresql, "_LOCK_TIMEOUT_MS", 50)


@pytest.mark.usefixtures("impatient")
def test_database_has_one_owner_across_folders(
    tmp_path: Path, postgres: Server, where: str, database: Database
) -> None:
    other = folder_at(tmp_path / "other", postgres, where)
    with pytest.raises(SojournError) as caught:
        host_workspace(other)
    assert caught.value.code == "workspace_owned"
    assert "Sojourn on " in str(caught.value)
    assert where in str(caught.value)
    database.close()
    owner = host_workspace(other)
    assert owner is not None
    owner.close()


@pytest.mark.usefixtures("impatient")
def test_two_schemas_of_database_are_two_workspaces(
    tmp_path: Path, postgres: Server, where: str, database: Database
) -> None:
    postgres.execute(where, "CREATE SCHEMA apart")
    other = Database(str(folder_at(tmp_path / "other", postgres, f"{where}.apart")))
    other.prepare()
    with database.write() as mine, other.write() as theirs:
        setting_queries.put_workspace_fact(mine, "whose", "mine")
        setting_queries.put_workspace_fact(theirs, "whose", "theirs")
    with database.read() as mine, other.read() as theirs:
        assert (setting_queries.workspace_fact(mine, "whose"), setting_queries.workspace_fact(theirs, "whose")) == (
            "mine",
            "theirs",
        )
    other.close()


def broken(database: Database) -> BaseException:
    """Return the error of a write whose connection is gone."""
    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        setting_queries.put_workspace_fact(connection, "tried", "1")
    return caught.value


def test_lost_connection_reacquires_lock(postgres: Server, where: str, database: Database) -> None:
    postgres.execute(where, END_THEIR_CONNECTIONS)
    error = broken(database)
    assert is_database_error(error)
    assert str(error_reason(error)) == "the workspace's database does not answer; start it"
    with database.write() as connection:
        setting_queries.put_workspace_fact(connection, "tried", "2")
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    assert postgres.execute(where, f"{held} AND classid = {postgresql._LOCK}") == [(1,)]


def test_former_owner_stops_writing(tmp_path: Path, postgres: Server, where: str, database: Database) -> None:
    postgres.execute(where, END_THEIR_CONNECTIONS)
    other = Database(str(folder_at(tmp_path / "other", postgres, where)))
    other.prepare()
    other.close()
    broken(database)
    for _ in range(2):
        with pytest.raises(WorkspaceTakenError) as caught, database.write() as connection:
            setting_queries.put_workspace_fact(connection, "tried", "1")
        assert is_database_error(caught.value)
        assert "another process took the workspace" in str(error_reason(caught.value))
    other = Database(str(tmp_path / "other"))
    other.prepare()
    other.close()


def test_engine_outlives_its_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The server ends and starts anew: meanwhile senders are refused, afterwards all goes on, nothing is lost."""
    with running_server() as server:
        folder = folder_at(tmp_path / "w", server, server.new_database())
        world = ScriptedPerformer()
        with running(folder, world) as place:
            version = place.publish(WAITING)
            place.send("before")
            server.stop()
            with pytest.raises(SojournError) as caught:
                place.send("meanwhile")
            assert caught.value.code == "workspace_unreadable"
            with pytest.raises(SojournError) as caught:
                place.owner.writer.accept([arriving("meanwhile")])
            assert caught.value.code == "workspace_unwritable"
            assert "does not answer" in place.owner.writer.failure
            server.start()
            until(lambda: sent(place, "after"), bool)
            assert place.owner.writer.failure == ""
            assert place.metrics(version)["entered"] == 2
            place.pass_time(6 * 3_600_000)
            place.settle(version, completed=2)
    assert "the database refused" in caplog.text


def arriving(key: str) -> IncomingEvent:
    payload = {"id": key}
    return IncomingEvent("prod", f"e-{key}", START, ((EventArrived("Enter", payload, key), key, "CRMID"),), "{}")


def sent(place: EmbeddedEngine, key: str) -> bool:
    """Whether an event was accepted."""
    with suppress(SojournError):
        return bool(place.owner.writer.accept([arriving(key)]))
    return False


def test_oversized_index_value_is_job_error(database: Database) -> None:
    long = Random(2).randbytes(20_000).hex()
    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        setting_queries.put_workspace_fact(connection, long, "1")
    assert not is_database_error(caught.value)
    assert long[:50] not in str(caught.value), "what people sent is in no message"


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (psycopg.errors.DiskFull, True),
        (psycopg.errors.TooManyConnections, True),
        (psycopg.errors.AdminShutdown, True),
        (psycopg.errors.LockNotAvailable, True),
        (psycopg.errors.SerializationFailure, True),
        (psycopg.errors.ReadOnlySqlTransaction, True),
        (psycopg.OperationalError, True),
        (psycopg.errors.UniqueViolation, False),
        (psycopg.errors.NumericValueOutOfRange, False),
        (psycopg.errors.UndefinedTable, False),
        (psycopg.errors.ProgramLimitExceeded, False),
    ],
)
def test_transient_errors_are_distinguished(error: type[psycopg.Error], refused: bool) -> None:
    wrapped = DBAPIError.instance("INSERT", None, error("said"), psycopg.Error)
    assert is_database_error(wrapped) is refused


@pytest.mark.parametrize(
    ("user", "database", "hint"),
    [
        (USER, "nowhere", "create it, or name another"),
        ("nobody", "postgres", "create it, or name another"),
        ("guest", "postgres", "let its user create tables there"),
    ],
)
def test_failed_database_open_suggests_fix(
    tmp_path: Path, postgres: Server, user: str, database: str, hint: str
) -> None:
    if user == "guest":
        postgres.execute("postgres", "CREATE ROLE guest LOGIN")
    write_database_url(tmp_path / "w", postgres.url(database).set(username=user))
    opened = Database(str(tmp_path / "w"))
    with pytest.raises(SojournError) as caught:
        opened.prepare()
    opened.close()
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_password_explains_password_file() -> None:
    sentence = str(
        postgresql.cannot_open("d on h", 'connection failed:\n FATAL:  password authentication failed for "u"')
    )
    assert "set PGPASSWORD or use ~/.pgpass" in sentence
    assert "\n" not in sentence


def test_full_disk_is_reported() -> None:
    wrapped = DBAPIError.instance("INSERT", None, psycopg.errors.DiskFull("said"), psycopg.Error)
    assert str(error_reason(wrapped)) == "the workspace cannot be written; make room on its disk"


def test_database_that_is_not_unicode_is_refused(tmp_path: Path, postgres: Server) -> None:
    postgres.execute("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    other = Database(str(folder_at(tmp_path / "w", postgres, "latin")))
    with pytest.raises(SojournError) as caught:
        other.prepare()
    other.close()
    assert caught.value.code == "database_unfit"
    assert "ENCODING 'UTF8'" in str(caught.value)


def test_commits_ignore_asynchronous_server_setting(tmp_path: Path, postgres: Server, where: str) -> None:
    postgres.execute("postgres", f"ALTER DATABASE {where} SET synchronous_commit = off")
    folder = folder_at(tmp_path / "w", postgres, where)
    for asked, given in (("FULL", "on"), ("NORMAL", "off")):
        database = Database(str(folder), synchronous=asked)
        with database.write() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == given
        database.close()


def test_texts_are_ordered_alike_on_every_server(postgres: Server, where: str, database: Database) -> None:
    rows = postgres.execute(
        where,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'",
    )
    assert rows == []
    assert "PostgreSQL 18" in database.version


def test_due_instances_use_an_index(postgres: Server, where: str, database: Database) -> None:
    """Among many that wait: what is due costs what is due."""
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO instances SELECT n, 1, 'k' || n, 0, false, 0, 0, 'w', n, ''"
            " FROM generate_series(1, 20000) AS n"
        )
    postgres.execute(where, "ANALYZE instances")
    plan = postgres.execute(where, "EXPLAIN SELECT id FROM instances WHERE due IS NOT NULL AND due <= 5 ORDER BY due")
    assert any("instances_due" in line for (line,) in plan), plan
    with database.read() as connection:
        lookups = RuntimeLookups(database.dialect)
        assert lookups.due(connection, 3, 10) == [1, 2, 3]
        assert lookups.next_due(connection) == 1
        assert runtime_queries.count_due(connection, START) == 20_000


def test_call_waits_for_database_that_is_away(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether somebody wants no messages cannot be looked up: that is no fault of the call, and it is made later."""
    monkeypatch.setattr(dispatch, "AWAY_SECONDS", 0.001)
    world = ScriptedPerformer()

    def reply(_: Call) -> None:
        if len(world.calls) < 5:
            raise DatabaseUnavailableError("workspace_unreadable.away", reason=Phrase("database.away"))

    world.reply = reply
    with running(workspace, world) as place:
        version = place.publish(journey([entry(), notify("told")], ["in>told"]))
        place.send()
        place.settle(version, completed=1)
        assert place.engine.reports.dead_letters(CALLER) == ()
    assert len({call.key for call in world.calls}) == 1
    assert len(world.calls) == 5


def test_url_network_options_win(tmp_path: Path, postgres: Server, where: str) -> None:
    url = postgres.url(where).update_query_dict({"connect_timeout": "3"})
    write_database_url(tmp_path / "w", url)
    database = Database(str(tmp_path / "w"))
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection
        given = driver.info.get_parameters()
    database.close()
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("3", "60000")


def test_invalid_stimulus_waits_for_database(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The fault is met, then the database refuses to take the stimulus; nobody dies of it, and nothing is lost."""
    refusals = [psycopg.errors.DiskFull("full")] * 2

    def insert_dead_letter(*given: Any) -> None:
        if refusals:
            raise DBAPIError.instance("INSERT", None, refusals.pop(), psycopg.Error)
        kept(*given)

    def faulty(*_: Any) -> None:
        raise ZeroDivisionError

    kept = runtime_queries.insert_dead_letter
    with running(workspace) as place:
        version = place.publish(WAITING)
        monkeypatch.setattr(runtime_queries, "insert_dead_letter", insert_dead_letter)
        monkeypatch.setattr(batch_processor, "enter", faulty)
        assert place.owner.writer.accept([arriving("bad")]) == (True,)
        monkeypatch.undo()
        (aside,) = place.engine.reports.dead_letters(CALLER)
        place.engine.reports.retry(CALLER, [aside.id])
        place.settle(version, entered=1)
    assert caplog.text.count("the database refused") == 2

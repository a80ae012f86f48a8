"""Step events outside of reports: in pages, in archives, and asked with SQL that can change nothing."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SojournError
from engine.services import archives as limits
from engine.services.access import NotPermittedError
from engine.services.views import Caller, VersionRow
from engine.store import step_files, step_query
from engine.store.retention_queries import Archive, put_archive, steps_after
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, MINUTE, START, EmbeddedEngine, running, until
from tests.helpers.journey_builders import activity, entry, journey

LONG = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])
SHORT = journey([entry()], [], name="Short's")


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


@pytest.fixture
def file_place(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    """A workspace whose database is a file."""
    with running(tmp_path / "w") as made:
        yield made


def lived(place: EmbeddedEngine) -> tuple[VersionRow, VersionRow]:
    versions = place.publish(LONG), place.publish(SHORT)
    for key in ("a", "b"):
        place.send(key)
    place.pass_time(6 * HOUR)
    place.settle(versions[0], completed=2)
    return versions


def archive(place: EmbeddedEngine) -> None:
    """Let the step events become old enough to go to a file."""
    place.pass_time(402 * DAY)
    until(lambda: place.later(2 * MINUTE, lambda: place.engine.archives.list(CALLER)), bool)


def every(place: EmbeddedEngine, limit: int = 2, **wanted: Any) -> list[tuple[str, str]]:
    """Journey and activity of every step event, read page by page."""
    found: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = place.engine.archives.steps(CALLER, cursor, limit, **wanted)
        assert len(page.rows) <= limit
        found += [(str(row["journey_name"]), str(row["node"])) for row in page.rows]
        cursor = page.cursor
    return found


ALL = [("J", "in"), ("Short's", "in"), ("J", "in"), ("Short's", "in"), ("J", "wait"), ("J", "wait")]


def test_pages_cover_all_events_once(place: EmbeddedEngine) -> None:
    lived(place)
    assert every(place) == ALL
    assert every(place, 100) == ALL
    assert every(place, journey="Short's") == ALL[1:4:2]
    assert every(place, since=START + HOUR) == ALL[4:]
    assert every(place, until=START + HOUR) == ALL[:4]
    assert place.engine.archives.steps(Caller(sandbox="dev")).rows == ()


def test_archived_events_precede_and_are_not_repeated(place: EmbeddedEngine) -> None:
    lived(place)
    archive(place)
    place.send("c")
    new = [("J", "in"), ("Short's", "in")]
    for limit in (1, 4, 100):
        assert every(place, limit) == ALL + new
    assert every(place, archived=False) == new
    assert every(place, journey="J", since=START + HOUR) == [("J", "wait"), ("J", "wait"), ("J", "in")]
    (row,) = place.engine.archives.list(CALLER)
    assert (row.rows, row.there) == (6, True)
    Path(row.name).unlink()
    assert not place.engine.archives.list(CALLER)[0].there
    with pytest.raises(SojournError) as caught:
        place.engine.archives.steps(CALLER)
    assert caught.value.code == "archive_unreadable"


def moved(place: EmbeddedEngine, first: int, last: int, folder: Path) -> None:
    """Take step events out of the workspace into an archive."""
    with place.owner.database.write() as connection:
        rows = [row for row in steps_after(connection, first - 1, 100) if row.n <= last]
        path = folder / f"moved-{first}.parquet"
        count = step_files.write_parquet(path, (step_files.record_of(row) for row in rows))
        times = (rows[0].at, rows[-1].at, place.clock.now())
        put_archive(connection, Archive(str(path), first, last, count, *times))


@pytest.mark.parametrize(
    ("limit", "archived", "cuts"),
    [(1, True, (2, 6)), (2, False, (3, 6)), (3, True, (6,)), (2, True, (1, 2, 4)), (4, False, (2, 4, 6))],
)
def test_events_archived_between_pages_are_read_once(
    file_place: EmbeddedEngine, tmp_path: Path, limit: int, archived: bool, cuts: tuple[int, ...]
) -> None:
    lived(file_place)
    steps, first = file_place.engine.archives.steps, 1
    page = steps(CALLER, "", limit, archived=archived)
    found = list(page.rows)
    while page.cursor is not None:
        for last in cuts[:2] if first == 1 else cuts[2:]:
            moved(file_place, first, last, tmp_path)
            first = last + 1
        cuts = cuts[2:]
        page = steps(CALLER, page.cursor, limit, archived=archived)
        found += page.rows
    assert [(row["journey_name"], row["node"]) for row in found] == ALL


def test_reused_numbers_are_read(file_place: EmbeddedEngine, tmp_path: Path) -> None:
    lived(file_place)
    page = file_place.engine.archives.steps(CALLER, "", 4)
    moved(file_place, 1, 6, tmp_path)
    file_place.send("c")
    found = [*page.rows]
    while page.cursor is not None:
        page = file_place.engine.archives.steps(CALLER, page.cursor, 4)
        found += page.rows
    assert [(row["journey_name"], row["node"]) for row in found] == [*ALL, ("J", "in"), ("Short's", "in")]


def test_number_assigned_during_archiving_is_retained(file_place: EmbeddedEngine, tmp_path: Path) -> None:
    lived(file_place)
    with file_place.owner.database.write() as connection:
        put_archive(connection, Archive(str(tmp_path / "a.parquet"), 1, 6, 6, START - DAY, START, START))
    assert [node for _, node in every(file_place, archived=False)] == ["wait", "wait"]


def test_keys_are_joined_for_known_profiles(place: EmbeddedEngine) -> None:
    lived(place)
    page = place.engine.archives.steps(CALLER, with_keys=True)
    assert [(row["key"], row["namespace"]) for row in page.rows[:3]] == [("a", "CRMID"), ("a", "CRMID"), ("b", "CRMID")]
    place.engine.erasure.erase(CALLER, "CRMID", "a")
    page = place.engine.archives.steps(CALLER, with_keys=True)
    assert [row["key"] for row in page.rows[:3]] == ["", "", "b"]
    assert "key" not in place.engine.archives.steps(CALLER).rows[0]


def test_select_is_answered(place: EmbeddedEngine) -> None:
    lived(place)
    answer = place.engine.archives.query(
        CALLER,
        "with waited as (select journey_name as name, person from steps where node = 'wait')"
        " select name, count(*) as people, min((select count(distinct person) from steps)) as everybody"
        " from waited group by name order by name",
    )
    assert (answer.columns, answer.rows, answer.more) == (("name", "people", "everybody"), (("J", 2, 4),), False)
    some = place.engine.archives.query(CALLER, "select * from steps order by n", 5)
    assert (some.columns, len(some.rows), some.more) == (step_query.column_names(), 5, True)
    first = dict(zip(some.columns, some.rows[0], strict=True))
    assert (first["node"], first["transition"], first["ended_as"], bool(first["entrance"])) == ("in", "in", "", True)
    assert place.engine.archives.query(Caller(sandbox="dev"), "select count(*) from steps").rows == ((0,),)
    assert place.engine.archives.query(CALLER, "select ':x' as n").rows == ((":x",),)


REFUSED = (
    "delete from step_events",
    "insert into settings values ('prod', 'x', '1')",
    "update profiles set attributes = '{}'",
    "drop table steps",
    "create table mine (a text)",
    "select * from users",
    "select * from profiles",
    "select fields from step_events",
    "select body from versions",
    "select s.node, u.password from steps s, users u",
    "select * from steps where person in (select key from entries)",
    "select 1) as x; delete from step_events; --",
    "select 1; select 2",
    "select 1 as a) as b union all select password from users where (1 = 1",
    "with steps as (select fields from step_events) select * from steps",
    "with x as (select * from users) select * from x",
    "select 1 from step_events",
    "begin",
    "vacuum",
)


@pytest.mark.parametrize("query", REFUSED)
def test_only_select_from_steps_is_allowed(shared: EmbeddedEngine, query: str) -> None:
    with pytest.raises(SojournError) as caught:
        shared.engine.archives.query(CALLER, query)
    assert caught.value.code in ("query_refused", "query_malformed")
    assert shared.engine.archives.query(CALLER, "select count(*) from steps").rows == ((6,),)


ONLY_FILES = (
    "pragma table_info(users)",
    "attach database '/etc/passwd' as x",
    "select load_extension('x')",
    "select * from sqlite_master",
    "select name from pragma_table_info('users')",
    "select * from temp.sqlite_master",
    "explain select * from users",
)


@pytest.mark.parametrize("query", ONLY_FILES)
def test_file_functions_are_refused(file_place: EmbeddedEngine, query: str) -> None:
    with pytest.raises(SojournError) as caught:
        file_place.engine.archives.query(CALLER, query)
    assert caught.value.code in ("query_refused", "query_malformed")


ONLY_SERVERS = (
    "select query_to_xml('select password from users', true, true, '')",
    "select Query_To_Xml ('select password from users', true, true, '')",
    "select \"query_to_xml\"('select password from users', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "select set_config('role', 'x', true)",
    "select count(*) from steps, xmltable('/a' passing '<a/>'::xml columns b text)",
    "with query_to_xml(a) as (select 1) select query_to_xml('select 1', true, true, '')",
    "select repeat('x', 1000000000)",
    "select currval('users')",
)


@pytest.mark.parametrize("query", ONLY_SERVERS)
def test_server_functions_are_refused(shared: EmbeddedEngine, query: str) -> None:
    with pytest.raises(SojournError) as caught:
        shared.engine.archives.query(CALLER, query)
    assert caught.value.code in ("query_refused", "query_malformed")


def test_usual_functions_are_allowed(shared: EmbeddedEngine) -> None:
    query = (
        "with counted(name, number) as (select node, count(*) from steps group by node)"
        " select upper(name), max(number) over (order by name), coalesce(nullif(number, 0), 1) from counted"
        " where name in ('wait', 'in') and exists (select 1 from steps) order by 1"
    )
    assert [row[0] for row in shared.engine.archives.query(CALLER, query).rows] == ["IN", "WAIT"]


LARGE = (
    "with recursive t(x) as (select 'a' union all select x || x from t limit 31) select max(length(x)) from t",
    "select length(replace(printf('%.*c', 900000000, 'a'), 'a', 'aa'))",
    "select count(*) from (select group_concat(printf('%.*c', 300000000, 'a')) from steps)",
)


@pytest.mark.parametrize("query", LARGE)
def test_query_never_fills_memory(file_place: EmbeddedEngine, query: str) -> None:
    lived(file_place)
    with pytest.raises(SojournError) as caught:
        file_place.engine.archives.query(CALLER, query)
    assert caught.value.code == "query_large"
    assert file_place.engine.archives.query(CALLER, "select count(*) from steps").rows == ((6,),)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """One workspace for questions that change nothing, on each store."""
    folder = tmp_path_factory.mktemp("shared") / "w"
    if request.param == "postgresql":
        request.getfixturevalue("postgres").furnish(folder)
    with running(folder) as made:
        lived(made)
        yield made


def test_query_that_takes_too_long_is_ended(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_query, "LONGEST_SECONDS", 0.05)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(SojournError) as caught:
        place.engine.archives.query(CALLER, endless)
    assert caught.value.code == "query_slow"


def test_query_includes_events_being_archived(
    file_place: EmbeddedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(file_place)
    archives = file_place.engine.archives
    ask, asked = archives._ask, list[str]()

    def slowly(sandbox: str, sql: str, limit: int, records: Any) -> Any:
        if not asked:
            moved(file_place, 1, 4, tmp_path)
        asked.append(sql)
        return ask(sandbox, sql, limit, records)

    monkeypatch.setattr(archives, "_ask", slowly)
    assert archives.query(CALLER, "select count(*) from steps", archived=True).rows == ((6,),)
    assert len(asked) == 2


def test_answer_size_is_limited_on_every_store(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(place)
    monkeypatch.setattr(step_query, "LONGEST_SECONDS", 5.0)
    endless = "with recursive c(x) as (select 1 union all select x + 1 from c) select x from c"
    answer = place.engine.archives.query(CALLER, endless, 3)
    assert (answer.columns, answer.rows, answer.more) == (("x",), ((1,), (2,), (3,)), True)
    monkeypatch.setattr(step_query, "LARGEST_ANSWER", 100)
    with pytest.raises(SojournError) as caught:
        place.engine.archives.query(CALLER, "select n, '0123456789abcdefghij' as text from steps")
    assert caught.value.code == "query_large"
    assert len(place.engine.archives.query(CALLER, "select '0123456789' as text from steps").rows) == 6


def test_file_workspace_queries_include_archives(file_place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(file_place)
    archive(file_place)
    file_place.send("c")
    count = "select count(*), count(distinct person), min(timestamp) from steps"
    assert file_place.engine.archives.query(CALLER, count).rows[0][:2] == (2, 2)
    assert file_place.engine.archives.query(CALLER, count, archived=True).rows == ((8, 6, START),)
    assert file_place.engine.archives.query(Caller(sandbox="dev"), count, archived=True).rows == ((0, 0, None),)
    monkeypatch.setattr(limits, "MOST_ARCHIVED", 5)
    with pytest.raises(SojournError) as caught:
        file_place.engine.archives.query(CALLER, count, archived=True)
    assert caught.value.code == "archives_large"


def test_query_permissions_by_store(place: EmbeddedEngine, workspace: Path) -> None:
    place.engine.users.put(CALLER, "lee", ("Limited Access User",))
    lee = Caller("lee")
    assert place.engine.archives.steps(lee).rows == ()
    if place.owner.database.guards_tables:
        assert place.engine.archives.query(lee, "select count(*) from steps").rows == ((0,),)
    else:
        with pytest.raises(NotPermittedError):
            place.engine.archives.query(lee, "select 1")
        with pytest.raises(SojournError) as caught:
            place.engine.archives.query(CALLER, "select 1", archived=True)
        assert caught.value.code == "archives_apart"


def test_every_form_of_file_holds_same(tmp_path: Path, place: EmbeddedEngine) -> None:
    import csv
    import json

    lived(place)
    records = list(place.engine.archives.steps(CALLER).rows)
    assert step_files.write_lines(tmp_path / "a.jsonl", records) == 6
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()] == records
    assert step_files.write_parquet(tmp_path / "a.parquet", records) == 6
    assert list(step_files.read_parquet(tmp_path / "a.parquet")) == records
    assert step_files.write_csv(tmp_path / "a.csv", records, list(step_files.COLUMNS)) == 6
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["journey_name"], row["node"], row["entrance"]) for row in rows] == [
        (record["journey_name"], record["node"], str(record["entrance"]).lower()) for record in records
    ]


def test_archives_of_moved_folder_are_reported(place: EmbeddedEngine, tmp_path: Path) -> None:
    with place.owner.database.write() as connection:
        put_archive(connection, Archive(str(tmp_path / "gone.parquet"), 1, 2, 2, 1, 2, 3))
    assert [row.there for row in place.engine.archives.list(CALLER)] == [False]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_export_without_space_leaves_no_file(tmp_path: Path, place: EmbeddedEngine, ending: str) -> None:
    lived(place)
    records = list(place.engine.archives.steps(CALLER).rows)

    def breaking() -> Iterator[Mapping[str, Any]]:
        yield from records
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / f"steps.{ending}"
    writers: dict[str, Callable[[Iterator[Mapping[str, Any]]], int]] = {
        "jsonl": lambda some: step_files.write_lines(path, some),
        "csv": lambda some: step_files.write_csv(path, some, list(step_files.COLUMNS)),
        "parquet": lambda some: step_files.write_parquet(path, some),
    }
    for before in (None, b"before"):
        if before is not None:
            path.write_bytes(before)
        with pytest.raises(OSError, match="No space") as caught:
            writers[ending](breaking())
        assert caught.value.filename == str(path)
        assert [file.read_bytes() for file in tmp_path.iterdir() if file.is_file()] == ([before] if before else [])
    assert writers[ending](iter(records)) == 6

"""What is old goes, without stopping: payloads, finished instances, messages; step events to files first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from engine.runtime import maintenance
from engine.services.views import VersionRow
from engine.store import retention_queries, step_files
from engine.store.retention_queries import RetentionLimits
from engine.store.tables import discards, events, feedback, instances, messages, step_events
from tests.helpers.embedded_engine import CALLER, DAY, MINUTE, EmbeddedEngine, ManualClock, running, until
from tests.helpers.journey_builders import activity, entry, journey

MAILING = journey(
    [entry(), activity("mail", "email", template="Welcome", address='"a@b.example"', parameters={"firstName": '"A"'}),
     activity("wait", "wait.duration", duration="PT1H")],
    ["in>mail", "mail>wait"],
)  # fmt: skip


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def lived(place: EmbeddedEngine) -> VersionRow:
    """Two people have been through the journey, and one was refused."""
    version = place.publish(MAILING)
    for key in ("a", "b", "a"):
        place.send(key)
    place.pass_time(60 * MINUTE)
    place.settle(version, completed=2)
    (message, _) = place.engine.reports.messages(CALLER)
    place.engine.events.feedback(CALLER, [{"message": message.id, "kind": "opened"}])
    return version


def counts(place: EmbeddedEngine) -> dict[str, int]:
    tables = {"events": events, "discards": discards, "instances": instances, "messages": messages,
              "feedback": feedback, "steps": step_events}  # fmt: skip
    with place.owner.database.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }


def later(place: EmbeddedEngine, days: int) -> dict[str, int]:
    """What is left after so many days, once the house was looked after."""
    place.pass_time(days * DAY)
    for _ in range(4):
        place.pass_time(2 * MINUTE)
    return counts(place)


def test_retention_periods(place: EmbeddedEngine) -> None:
    place.engine.settings.set(CALLER, "archive_step_events", False)
    lived(place)
    begun = {"events": 3, "discards": 1, "instances": 2, "messages": 2, "feedback": 1, "steps": 6}
    assert later(place, 29) == begun
    assert later(place, 2) == {**begun, "events": 0, "discards": 0}
    assert later(place, 58) == {**begun, "events": 0, "discards": 0}
    assert later(place, 2) == {"events": 0, "discards": 0, "instances": 0, "messages": 0, "feedback": 0, "steps": 6}
    assert later(place, 308)["steps"] == 6
    assert later(place, 2)["steps"] == 0
    assert list((place.owner.location).glob("archives/*")) == []


def test_periods_are_settings_and_ids_last_a_week(place: EmbeddedEngine) -> None:
    lived(place)
    place.engine.settings.set(CALLER, "retention_payload_days", 1)
    assert later(place, 2)["events"] == 3
    with place.owner.database.read() as connection:
        assert set(connection.execute(select(events.c.payload)).scalars()) == {None}
    assert later(place, 6)["events"] == 0


def test_running_instances_are_retained(place: EmbeddedEngine) -> None:
    version = place.publish(
        journey([entry(), activity("w", "wait.duration", duration="P90D")], ["in>w"], global_timeout="P91D")
    )
    place.send("a")
    assert later(place, 89)["instances"] == 1
    place.pass_time(2 * DAY)
    place.settle(version, completed=1)
    assert later(place, 89)["instances"] == 1
    assert later(place, 2)["instances"] == 0


def test_old_rows_go_in_slices_from_oldest(place: EmbeddedEngine) -> None:
    lived(place)
    now = place.clock.now() + 500 * DAY
    limits = RetentionLimits(now=now, payloads=now, instances=now, steps=now)
    with place.owner.database.write() as connection:
        assert retention_queries.delete_expired_rows(connection, limits, batch_size=2)
    left = counts(place)
    assert (left["events"], left["steps"], left["messages"]) == (1, 4, 0)
    with place.owner.database.write() as connection:
        while retention_queries.delete_expired_rows(connection, limits, batch_size=2):
            pass
        assert not retention_queries.has_expired_rows(connection, limits)
    assert set(counts(place).values()) == {0}


def archived(place: EmbeddedEngine) -> tuple[retention_queries.Archive, ...]:
    with place.owner.database.read() as connection:
        return retention_queries.list_archives(connection)


def test_archived_step_events_are_anonymous(place: EmbeddedEngine) -> None:
    version = lived(place)
    people = {step.person for step in place.engine.reports.steps(CALLER, version.id)}
    before = place.live(version).metrics
    assert later(place, 400)["steps"] == 6, "less than a file is written when it has been old for a day"
    place.pass_time(2 * DAY)
    until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 0)
    (archive,) = archived(place)
    path = Path(archive.name)
    assert (path.parent, path.stat().st_mode & 0o777) == (place.owner.location / "archives", 0o600)
    records = list(step_files.read_parquet(path))
    assert (len(records), archive.rows) == (6, 6)
    assert list(records[0]) == list(step_files.COLUMNS)
    assert {record["person"] for record in records} == people
    assert {record["journey_name"] for record in records} == {"J"}
    assert {record["event_id"] for record in records} == {""}, "what a sender wrote is left out"
    assert not any(key in repr(records) for key in ("'a'", "'b'", "a@b.example"))
    assert place.live(version).metrics == before, "what was counted stays counted"


def test_archive_is_written_at_minimum_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "FILE_ROWS", 4)
    with running(tmp_path / "w") as place:
        place.engine.settings.set(CALLER, "archive_folder", str(tmp_path / "elsewhere"))
        lived(place)
        place.pass_time(400 * DAY + MINUTE)
        until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 2)
        (archive,) = archived(place)
        assert (Path(archive.name).parent, archive.rows) == (tmp_path / "elsewhere", 4)
        place.pass_time(2 * DAY)
        until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 0)
        assert [one.rows for one in archived(place)] == [4, 2]


def test_file_that_crash_left_is_written_anew(tmp_path: Path) -> None:
    clock = ManualClock()
    with running(tmp_path / "w", clock=clock) as place:
        lived(place)
        with place.owner.database.read() as connection:
            first = retention_queries.steps_after(connection, 0, 1)[0]
    folder = tmp_path / "w" / "archives"
    folder.mkdir()
    name = f"steps-{first.at:015}-{first.n}.parquet"
    (folder / name).write_bytes(b"half a fi")
    (folder / f".{name}.new").write_bytes(b"ha")
    clock.time += 402 * DAY
    with running(tmp_path / "w", clock=clock) as place:
        until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 0)
        (archive,) = archived(place)
        assert len(list(step_files.read_parquet(Path(archive.name)))) == 6
        assert len(list(folder.iterdir())) == 1


def test_unreadable_step_events_are_archived_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = retention_queries.oldest_steps

    def unreadable(*arguments: Any) -> Any:
        if threading.current_thread().name == "sojourn-archive":
            raise OperationalError("SELECT", None, Exception("disk I/O error"))
        return real(*arguments)

    with running(tmp_path / "w") as place, caplog.at_level(logging.ERROR):
        lived(place)
        monkeypatch.setattr(retention_queries, "oldest_steps", unreadable)
        place.pass_time(402 * DAY)
        until(lambda: place.later(2 * MINUTE, lambda: "archiving failed" in caplog.text), lambda seen: seen)
        monkeypatch.setattr(retention_queries, "oldest_steps", real)
        until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 0)


def test_step_events_stay_without_writable_archive(place: EmbeddedEngine, caplog: pytest.LogCaptureFixture) -> None:
    (place.owner.location / "file").touch()
    place.engine.settings.set(CALLER, "archive_folder", str(place.owner.location / "file" / "inside"))
    lived(place)
    with caplog.at_level(logging.ERROR):
        place.pass_time(402 * DAY)
        until(lambda: place.later(2 * MINUTE, lambda: "archiving failed" in caplog.text), lambda seen: seen)
    assert counts(place)["steps"] == 6
    place.engine.settings.set(CALLER, "archive_folder", "")
    until(lambda: place.later(2 * MINUTE, lambda: counts(place)["steps"]), lambda left: left == 0)


def test_experience_events_are_newest_first_within_year(place: EmbeddedEngine) -> None:
    from engine.model.definitions import Profile
    from engine.store import profile_queries, runtime_queries

    def event(at: str, n: int) -> dict[str, Any]:
        return {"timestamp": at, "n": n}

    stamps = ["2026-03-10T07:00:00Z", "2026-03-10T09:00:00+02:00", "2025-03-01T00:00:00Z", "2026-03-11T00:00:00Z"]
    stamps += [f"2026-02-{day:02}T00:00:00Z" for day in range(1, 29)]
    known = tuple(event(at, number) for number, at in enumerate(stamps))
    place.engine.profiles.save(CALLER, Profile(identities={"CRMID": "p"}, events=known, testProfile=False))
    with place.owner.database.read() as connection:
        found = profile_queries.find_profile(connection, "prod", "CRMID", "p")
        assert found is not None
        read = runtime_queries.experience_events(connection, found, place.clock.now())
    assert [text.partition('"n": ')[2].partition(",")[0] for text in read[:3]] == ["3", "0", "1"], (
        "one that is to come counts as of now"
    )
    assert len(read) == 31, "not what is older than a year"


def test_instance_numbers_are_not_reused(workspace: Path) -> None:
    clock = ManualClock()
    with running(workspace, clock=clock) as place:
        version = lived(place)
        numbers = {int(step.instance) for step in place.engine.reports.steps(CALLER, version.id)}
        assert later(place, 91)["instances"] == 0
    with running(workspace, clock=clock) as place:
        place.send("c")
        (person,) = place.engine.reports.people(CALLER, version.id)
        assert int(person.instance) > max(numbers)

"""The inlet over real sockets: every form of a post, every refusal, and what a second process may call."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from engine.api.server import HttpServer, OncePerSecond, bind, make_app, metrics_text
from engine.catalogue import Phrase
from engine.effects.callbacks import CallbackTokens
from engine.errors import SojournError
from engine.facade import connect
from engine.ports import Call, VaultLockedError
from engine.runtime.writer import BusyError
from engine.services.spreadsheet import MEDIA_TYPE
from engine.services.views import Caller
from engine.store import vault as vaults
from engine.store.database import Database
from engine.store.database_errors import DatabaseUnavailableError
from engine.store.tables import discards
from engine.store.vault import ENVIRONMENT_KEY, key_file_of
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, ScriptedPerformer, running
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey, notify
from tests.helpers.workbook import workbook

WAITING = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])
EVENT_ID = DEFINITIONS["events"][0]["event_id"]


@dataclass
class Served:
    place: EmbeddedEngine
    server: HttpServer
    token: str
    folder: Path

    def post(
        self, path: str, body: Any, token: str | None = None, kind: str = "application/json"
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """POST; a value that is not bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.server.address.rpartition(":")[2]), timeout=240)
        given = self.token if token is None else token
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {given}"} if given else {})}
        try:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("POST", path, raw, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null"), answer.headers
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.server.address.rpartition(":")[2]), timeout=240)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with running(tmp_path / "w") as place:
        place.publish(WAITING)
        server = HttpServer(place.owner, place.events, bind("127.0.0.1", 0))
        place.owner.publish_address(server.address)
        made = Served(place, server, place.engine.inlets.token(CALLER), tmp_path / "w")
        yield made
        made.server.close()


def entity(key: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"_id": name, "id": key, "_experience": {"campaign": {"orchestration": {"eventID": EVENT_ID}}}, **fields}


def envelope(key: str, name: str) -> dict[str, Any]:
    inner = {name_: value for name_, value in entity(key, name).items() if name_ != "_id"}
    return {"header": {"msgId": name}, "body": {"xdmMeta": {}, "xdmEntity": inner}}


def entered(served: Served) -> int:
    (row,) = served.place.engine.journeys.list(CALLER)
    return row.entered


def test_every_form_of_post_is_accepted(served: Served) -> None:
    lines = b"\n".join(json.dumps(entity(key, f"l-{key}")).encode() for key in ("d", "e"))
    posts = [
        (entity("a", "1"), "application/json", ["1"]),
        (envelope("b", "2"), "application/json; charset=utf-8", ["2"]),
        ({"messages": [entity("c", "3"), envelope("f", "4")]}, "application/json", ["3", "4"]),
        (lines, "application/x-ndjson", ["l-d", "l-e"]),
        (
            lines.replace(b"l-", b"m-").replace(b'"d"', b'"g"').replace(b'"e"', b'"h"'),
            "application/json",
            ["m-d", "m-e"],
        ),
    ]
    for body, kind, ids in posts:
        assert served.post("/collection/main", body, kind=kind)[:2] == (202, {"accepted": ids, "errors": []})
    assert entered(served) == 8


def test_duplicate_event_id_is_processed_once(served: Served) -> None:
    for _ in range(2):
        assert served.post("/collection/main", entity("a", "1"))[0] == 202
    assert entered(served) == 1
    assert served.place.reasons() == []


def test_refused_event_does_not_block_batch(served: Served) -> None:
    batch = {"messages": [entity("a", "1"), entity("b", "2", n="many"), {"id": "nobody"}]}
    status, answer, _ = served.post("/collection/main", batch)
    assert status == 202
    assert len(answer["accepted"]) == 2, "without an event id nothing is refused"
    (error,) = answer["errors"]
    assert (error["index"], error["code"], error["field"]) == (1, "wrong_type", "n")
    assert sorted(served.place.reasons()) == ["no_match", "wrong_type"]


@pytest.mark.parametrize(
    ("path", "body", "token", "kind", "status"),
    [
        ("/collection/main", {"id": "a"}, "", "application/json", 401),
        ("/collection/main", {"id": "a"}, "wrong", "application/json", 401),
        ("/collection/elsewhere", {"id": "a"}, None, "application/json", 404),
        ("/collection/main", b" " * ((1 << 20) + 1), None, "application/json", 413),
        ("/collection/main", b"a=b", None, "application/x-www-form-urlencoded", 415),
        ("/collection/main", b"{", None, "application/json", 400),
        ("/collection/main", b"", None, "application/json", 400),
        ("/collection/main", {"messages": [{}] * 1_001}, None, "application/json", 400),
    ],
)
def test_inlet_refusals(served: Served, path: str, body: Any, token: str | None, kind: str, status: int) -> None:
    said, answer, _ = served.post(path, body, token, kind)
    assert said == status
    assert answer.get("message") or answer["errors"][0]["message"]
    assert entered(served) == 0


def test_closed_inlet_and_open_inlet_without_token(served: Served) -> None:
    served.place.engine.inlets.change(CALLER, "main", is_open=False)
    assert served.post("/collection/main", entity("a", "1"))[0] == 409
    served.place.engine.inlets.change(CALLER, "main", requires_token=False)
    assert served.post("/collection/main", entity("a", "1"), "")[0] == 202


def test_full_queue_answers_retry_later(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(arriving: object) -> None:
        raise BusyError("too_much_waiting", message="more events are waiting than the engine may hold")

    monkeypatch.setattr(served.place.owner.writer, "submit", busy)
    status, answer, headers = served.post("/collection/main", entity("a", "1"))
    assert (status, answer["code"], headers["Retry-After"]) == (429, "too_much_waiting", "1")


def test_inlet_reads_tables(served: Served) -> None:
    people = workbook(
        {1: {"A": 't="str"|identity:CRMID', "B": 't="str"|identity:Email'}, 2: {"A": "|7", "B": 't="str"|a@x.de'}}
    )
    assert served.post("/profiles/main", people, kind=MEDIA_TYPE)[:2] == (202, {"accepted": 1})
    assert served.place.engine.profiles.get(CALLER, "CRMID", "7") is not None
    table = "identity:CRMID;identity:Email;firstName\n8;a@x.de;Zoë\n".encode("cp1252")
    conflict = {"index": 2, "namespace": "Email", "moved": False}
    answer = served.post("/profiles/main", table, kind="text/csv")[1]
    assert answer == {"accepted": 1, "encoding": "cp1252", "conflicts": [conflict]}
    assert served.post("/profiles/main", b"PK", kind=MEDIA_TYPE)[0] == 400


def test_inlet_accepts_profiles_and_feedback(served: Served) -> None:
    profile = {"identities": {"CRMID": "a"}, "attributes": {"points": 3}, "testProfile": True}
    assert served.post("/profiles/main", profile)[:2] == (202, {"accepted": 1})
    found = served.place.engine.profiles.get(CALLER, "CRMID", "a")
    assert found is not None
    assert (found.attributes, found.test_profile) == ({"points": 3}, True)
    assert served.post("/profiles/main", {"attributes": {}})[0] == 400
    assert served.post("/feedback/main", {"message": "nobody", "kind": "opened"})[0] == 400
    assert served.post("/feedback/main", b"{")[0] == 400


def test_health_and_metrics(served: Served) -> None:
    served.post("/collection/main", entity("a", "1"))
    status, text = served.get("/healthz")
    assert (status, json.loads(text)["status"]) == (200, "ok")
    status, text = served.get("/metrics")
    assert 'sojourn_journey_total{sandbox="prod",journey="J",version="1",what="entered"} 1' in text
    assert "# TYPE sojourn_waiting gauge" in text


def test_metrics_count_refusals_as_they_come(served: Served) -> None:
    served.post("/collection/main", entity("a", "1", vip="perhaps"))
    served.post("/collection/main", entity("a", "2"))
    served.post("/collection/main", entity("a", "3"))
    served.place.owner.writer.write(lambda connection: connection.execute(delete(discards)))
    lines = [line for line in metrics_text(served.place.owner).splitlines() if line.startswith("sojourn_discarded")]
    assert lines == [
        'sojourn_discarded_total{reason="already_in_journey"} 1',
        'sojourn_discarded_total{reason="wrong_type"} 1',
    ]


def test_metrics_are_read_once_a_second() -> None:
    time, read = [0.0], list[str]()

    def text() -> str:
        read.append("")
        return str(len(read))

    async def ask(once: OncePerSecond) -> list[str]:
        together = await asyncio.gather(*(once.read() for _ in range(16)))
        time[0] = 1.0
        return [*together, await once.read()]

    assert asyncio.run(ask(OncePerSecond(text, lambda: time[0]))) == ["1"] * 16 + ["2"]


def test_second_process_works_through_owner(served: Served) -> None:
    engine = connect(served.folder)
    assert engine is not None
    (row,) = engine.journeys.list(CALLER)
    assert row == served.place.engine.journeys.list(CALLER)[0]
    assert engine.journeys.open(CALLER, row.id) == served.place.engine.journeys.open(CALLER, row.id)
    assert engine.journeys.export(CALLER, "J") == served.place.engine.journeys.export(CALLER, "J")
    assert engine.definitions.all(CALLER) == served.place.engine.definitions.all(CALLER)
    assert engine.reports.live(CALLER, row.id).metrics["entered"] == 0
    assert engine.events.accept(CALLER, [entity("z", "z")]).accepted == ("z",)
    assert engine.profiles.list(CALLER).total == 0
    assert engine.journeys.validate(CALLER, row.id) == served.place.engine.journeys.validate(CALLER, row.id)
    with pytest.raises(SojournError) as caught:
        engine.journeys.open(Caller(sandbox="dev"), row.id)
    assert caught.value.code == "journey_unknown"
    with pytest.raises(AttributeError):
        engine.journeys.no_such_call(CALLER)  # type: ignore[attr-defined]


def test_owner_answers_only_with_its_token(served: Served) -> None:
    body = {"caller": {"actor": "administrator", "sandbox": "prod"}}
    assert served.post("/manage/journeys/list", body, "guessed")[0] == 401
    assert served.post("/manage/journeys/list", body, served.place.owner.token)[0] == 200
    assert served.post("/manage/journeys/_rows", body, served.place.owner.token)[0] == 400
    assert served.post("/manage/journeys/list", {"nobody": 1}, served.place.owner.token)[0] == 400


def test_missing_owner_is_reported(tmp_path: Path, served: Served) -> None:
    engine = connect(served.folder)
    assert engine is not None
    served.server.close()
    assert not engine.is_alive()
    with pytest.raises(SojournError) as caught:
        engine.journeys.list(CALLER)
    assert caught.value.code == "owner_away"
    served.server = HttpServer(served.place.owner, served.place.events, bind("127.0.0.1", 0))


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/healthz", 405), ("/collection/", 404)])
def test_invalid_address_is_refused(served: Served, path: str, status: int) -> None:
    code, said, _ = served.post(path, {})
    assert code == status
    assert said["code"] == "no_such_call"
    assert path in said["message"]


def test_internal_error_does_not_reveal_request(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(caller: Caller, documents: list[Any]) -> Any:
        raise KeyError(documents[0]["message"])

    monkeypatch.setattr(served.place.engine.events, "feedback", broken)
    code, said, _ = served.post("/feedback/main", {"message": "mina-s3cret", "kind": "opened"})
    assert code == 500
    assert said["code"] == "failed"
    assert "mina-s3cret" not in json.dumps(said)
    assert [record.getMessage() for record in caplog.records] == ["a call failed"]
    assert "mina-s3cret" not in caplog.text


@pytest.mark.parametrize("path", ["/collection/main", "/profiles/main", "/feedback/main"])
def test_unavailable_database_answers_retry_later(served: Served, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Not 4xx: what nobody could look at may be good, and is to be sent again."""

    def away(_: object) -> None:
        raise DatabaseUnavailableError("workspace_unreadable.away", reason=Phrase("database.away"))

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Database, "read", away)
        status, answer, _ = served.post(path, entity("a", "1"))
    assert (status, answer["code"]) == (503, "workspace_unreadable")
    assert served.post("/collection/main", entity("a", "1"))[0] == 202


def test_deeply_nested_event_is_refused(served: Served) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = {"in": deep}
    status, answer, _ = served.post(
        "/collection/main", {"messages": [entity("a", "e1"), entity("b", "e2", more=deep), entity("c", "e3")]}
    )
    assert (status, answer["accepted"]) == (202, ["e1", "e3"])
    assert [(error["index"], error["code"]) for error in answer["errors"]] == [(1, "malformed")]
    for _ in range(103):
        deep = deep["in"]
    assert served.post("/collection/main", entity("d", "e4", more=deep))[0] == 202


@pytest.mark.parametrize("host", ["nobody.invalid", "a..b", "x" * 70, "192.0.2.1"])
def test_foreign_host_is_refused_with_its_option(host: str) -> None:
    with pytest.raises(SojournError, match="--host"):
        bind(host, 0)


@pytest.mark.parametrize("path", ["/collection/main", "/profiles/main", "/feedback/main"])
def test_disconnected_sender_causes_no_error(served: Served, path: str) -> None:
    """An unexpected line of the log would fail this test."""

    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def answer(message: Any) -> None:
        said.append(message)

    said: list[Any] = []
    headers = [(b"authorization", f"Bearer {served.token}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    asyncio.run(make_app(served.place.owner)(scope, leave, answer))
    assert said[0]["status"] == 400


@pytest.mark.parametrize("fault", ["missing", "wrong", "mode"])
def test_locked_vault_refuses_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    folder = tmp_path / "w"
    monkeypatch.delenv(ENVIRONMENT_KEY, raising=False)
    with running(folder) as place:
        place.publish(WAITING)
        token = place.engine.inlets.token(CALLER)
        owner_token = CallbackTokens(place.owner.secrets).token("0000000000000001", 1)
    key = key_file_of(folder)
    kept = key.read_text()
    if fault == "missing":
        key.unlink()
    elif fault == "wrong":
        key.write_text("another")
    else:
        key.chmod(0o644)
    monkeypatch.setattr(vaults, "_LOOK_SECONDS", 0.0)
    with running(folder) as place:
        server = HttpServer(place.owner, place.events, bind("127.0.0.1", 0))
        served = Served(place, server, token, folder)
        answers = [served.post("/collection/main", entity("p1", "n1")), served.post(f"/callbacks/{owner_token}", {})]
        for status, body, headers in answers:
            assert (status, body["code"], headers["Retry-After"]) == (503, "secrets_unavailable", "10")
            assert str(tmp_path) not in json.dumps(body)
        (status, ready), (_, told) = served.get("/readyz"), served.get("/healthz")
        assert (status, json.loads(told)["checks"]["vault"]["status"]) == (503, "degraded")
        assert fault in ("missing", "wrong") or "600" in json.loads(ready)["reason"]
        assert str(tmp_path) not in ready
        key.write_text(kept)
        key.chmod(0o600)
        assert served.post("/collection/main", entity("p1", "n1"))[0] == 202
        assert served.get("/readyz")[0] == 200
        server.close()
    assert [record.getMessage() for record in caplog.records] == ["the vault is locked"]


def test_calls_wait_for_locked_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.runtime.dispatch.AWAY_SECONDS", 0.001)
    world = ScriptedPerformer()

    def locked(call: Call) -> None:
        if len(world.calls) < 5:
            raise VaultLockedError("vault_locked")

    world.reply = locked
    with running(tmp_path / "w", world) as place:
        version = place.publish(journey([entry(), notify("told")], ["in>told"]))
        place.send("p1")
        place.settle(version, completed=1)
        assert place.engine.reports.dead_letters(CALLER) == ()

"""The shapes in which senders post events: batches, CloudEvents, compression, media types, and ids of their own."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import socket
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.server import HttpServer, bind
from engine.errors import SojournError
from engine.ingress import event_documents, event_requests
from tests.api.test_api_inlet import WAITING, Served, entered, entity
from tests.helpers.embedded_engine import CALLER, running

ORCHESTRATION = entity("x", "x")["_experience"]


def track(key: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "_experience": ORCHESTRATION, **more}


def cloud_event(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": name, "source": "https://shop.example/orders", "type": "com.shop.order", **more,
        "data": track(key),
    }  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("shapes") / "w"
    with running(folder) as place:
        place.publish(WAITING)
        server = HttpServer(place.owner, place.events, bind("127.0.0.1", 0))
        made = Served(place, server, place.engine.inlets.token(CALLER), folder)
        yield made
        made.server.close()


def post(served: Served, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", int(served.server.address.rpartition(":")[2]), timeout=240)
    try:
        connection.request("POST", "/collection/main", body, {"Authorization": f"Bearer {served.token}", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


JSON = {"Content-Type": "application/json"}


def test_list_of_events_is_accepted(served: Served) -> None:
    before = entered(served)
    status, answer = post(served, json.dumps([entity("l1", "l1"), entity("l2", "l2", n="x"), 5]).encode(), JSON)
    assert (status, answer["accepted"]) == (202, ["l1", *answer["accepted"][1:]])
    assert [(error["index"], error["code"]) for error in answer["errors"]] == [(1, "wrong_type"), (2, "no_match")]
    assert entered(served) == before + 1


@pytest.mark.parametrize(
    ("name", "body", "source"),
    [
        ("messageId", track("m1", messageId="m-1"), "messageId"),
        ("a batch", {"batch": [track("m2", messageId="m-2")], "sentAt": "2026-01-01T00:00:00Z"}, "messageId"),
        ("zero", track("m3", _id=0), ""),
        ("a CloudEvent", cloud_event("m4", "4"), "source+id"),
        ("an empty _id", track("m5", _id="", messageId="m-5"), "messageId"),
    ],
)
def test_event_sent_twice_counts_once(served: Served, name: str, body: Any, source: str) -> None:
    before = entered(served)
    for _ in range(2):
        status, answer = post(served, json.dumps(body).encode(), JSON)
        assert status == 202
        assert answer.get("id_from", [""]) == [source]
    assert entered(served) == before + 1, name


def test_generated_id_is_told(served: Served) -> None:
    _, answer = post(served, json.dumps(track("g1")).encode(), JSON)
    assert answer["id_from"] == [""]
    assert len(answer["accepted"][0]) == 32


def test_setting_names_the_field_of_ids(served: Served) -> None:
    settings = served.place.engine.settings
    settings.set(CALLER, "event_id_field", "order.number, uuid")
    try:
        before = entered(served)
        for number in ("1", "2"):
            body = track("o1", _id=number, order={"number": 77})
            status, answer = post(served, json.dumps(body).encode(), JSON)
            assert (status, answer["accepted"], answer["id_from"]) == (202, ["77"], ["order.number"])
        assert entered(served) == before + 1
        assert served.place.engine.events.accept(CALLER, [track("o2", uuid="u-1")]).id_from == ("uuid",)
    finally:
        settings.set(CALLER, "event_id_field", "")


def test_cloud_events_in_every_mode(served: Served) -> None:
    before = entered(served)
    structured = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
    batched = {"Content-Type": "application/cloudevents-batch+json"}
    binary = {**JSON, "ce-specversion": "1.0", "ce-id": "b1", "ce-source": "/caf%C3%A9", "ce-type": "t"}
    in_base64 = cloud_event("c4", "c4")
    in_base64["data_base64"] = base64.b64encode(json.dumps(in_base64.pop("data")).encode()).decode()
    posts = [
        (cloud_event("c1", "c1"), structured, ["https://shop.example/orders c1"]),
        ([cloud_event("c2", "c2"), cloud_event("c3", "c3")], batched,
         ["https://shop.example/orders c2", "https://shop.example/orders c3"]),
        (track("c5"), binary, ["/café b1"]),
        (in_base64, structured, ["https://shop.example/orders c4"]),
    ]  # fmt: skip
    for body, headers, ids in posts:
        status, answer = post(served, json.dumps(body).encode(), headers)
        assert (status, answer["accepted"], answer["errors"]) == (202, ids, [])
    assert entered(served) == before + 5


def test_incomplete_cloud_event_names_the_attribute(served: Served) -> None:
    event = cloud_event("c9", "c9")
    del event["source"]
    status, answer = post(served, json.dumps(event).encode(), {"Content-Type": "application/cloudevents+json"})
    assert (status, answer["errors"][0]["code"]) == (400, "malformed")
    assert "source" in answer["errors"][0]["message"]
    binary = {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "x", "ce-type": "t"}
    status, answer = post(served, b"{}", binary)
    assert status == 400
    assert "source" in answer["errors"][0]["message"]


def test_cloud_event_keeps_context_and_data() -> None:
    event = {**cloud_event("k", "n", time="2026-01-01T00:00:00Z"), "data": {"id": "order", "total": 5}}
    (document,) = event_documents.read_value(event).documents
    assert isinstance(document.entity, dict)
    assert document.entity["id"] == "order"
    assert document.entity["type"] == "com.shop.order"
    assert document.entity["data"] == {"id": "order", "total": 5}


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda body: gzip.compress(body[:10]) + gzip.compress(body[10:])),
        ("deflate", zlib.compress),
        ("Deflate", raw_deflate),
        ("identity", bytes),
    ],
)
def test_compressed_events_are_read(served: Served, encoding: str, pack: Any) -> None:
    before = entered(served)
    body = pack(json.dumps(entity(f"z-{encoding}", f"z-{encoding}")).encode())
    status, answer = post(served, body, {**JSON, "Content-Encoding": encoding})
    assert (status, answer["errors"]) == (202, [])
    assert entered(served) == before + 1


BOMB = gzip.compress(b" " * (64 << 20))


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (BOMB, "gzip", 413, "body_too_large"),
        (zlib.compress(b" " * (2 << 20)), "deflate", 413, "body_too_large"),
        (gzip.compress(gzip.compress(b"{}")), "gzip, gzip", 415, "content_encoding"),
        (b"{}", "br", 415, "content_encoding"),
        (gzip.compress(b"{}" * 500)[:-9], "gzip", 400, "content_damaged"),
        (b"{}", "gzip", 400, "content_damaged"),
    ],
    ids=["large", "large by deflate", "twice", "unknown", "cut off", "not compressed"],
)
def test_bad_compression_is_refused(served: Served, body: bytes, encoding: str, status: int, code: str) -> None:
    found, answer = post(served, body, {**JSON, "Content-Encoding": encoding})
    assert (found, answer["code"]) == (status, code)


@pytest.mark.parametrize(
    ("kind", "encode", "status"),
    [
        ("application/vnd.shop.order.v2+json", "utf-8", 202),
        ("application/json; charset=UTF-16", "utf-16", 202),
        ("application/json; charset=euc-kr", "euc-kr", 202),
        ("application/json", "utf-8-sig", 202),
        ("text/json", "utf-8", 202),
        ("application/jsonl", "utf-8", 202),
        ("application/json; charset=klingon", "utf-8", 415),
        ("text/plain", "utf-8", 415),
        ("application/xml", "utf-8", 415),
        ("application/cloudevents+avro", "utf-8", 415),
        ("image/svg+json", "utf-8", 415),
    ],
)
def test_media_types_of_json_are_read(served: Served, kind: str, encode: str, status: int) -> None:
    body = json.dumps(entity(f"안녕 {kind}", kind), ensure_ascii=False).encode(encode)
    found, _ = post(served, body, {"Content-Type": kind})
    assert found == status


def test_request_with_two_lengths_is_refused(served: Served) -> None:
    request = (
        b"POST /collection/main HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(served.server.address.rpartition(":")[2])), timeout=60) as peer:
        peer.sendall(request)
        answer = b"".join(iter(lambda: peer.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("body", ["[]", '{"messages": []}', '{"batch": []}'])
def test_empty_list_is_refused(served: Served, body: str) -> None:
    status, answer = post(served, body.encode(), JSON)
    assert (status, answer["errors"][0]["code"]) == (400, "malformed")


def test_field_called_batch_stays_a_field() -> None:
    (document,) = event_documents.read_value({"batch": ["a"], "order": 5}).documents
    assert document.entity == {"batch": ["a"], "order": 5}


@given(st.binary(), st.sampled_from(["gzip", "deflate", "", "br", "gzip,deflate", "\x00"]), st.text(max_size=30))
def test_any_request_is_read_or_refused(body: bytes, encoding: str, kind: str) -> None:
    with suppress(SojournError):
        text = event_requests.unpack(body, encoding, 1_000)
        assert len(text) <= 1_000 or encoding in ("", "\x00")
        batch = event_requests.read({"content-type": kind.replace("\n", "").replace("\r", "")}, text)
        assert batch.documents or batch.faults

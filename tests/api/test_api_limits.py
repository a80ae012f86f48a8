"""Limits of the inlet: connections that send nothing, too many of them, and posts whose rules take long."""

from __future__ import annotations

import json
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.api import connection_limits
from engine.api.connection_limits import ConnectionLimits, raise_descriptor_limit, usual_limits
from engine.api.server import HttpServer, bind
from engine.errors import SojournError
from engine.ingress.event_documents import read_value
from engine.services.events import MATCH_SECONDS
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running, until
from tests.helpers.journey_builders import entry, journey

HEALTH = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


@contextmanager
def served(folder: Path, limits: ConnectionLimits) -> Iterator[tuple[EmbeddedEngine, int]]:
    """An engine with these limits, and its port."""
    with running(folder) as place:
        place.publish(journey([entry()], []))
        server = HttpServer(place.owner, place.events, bind("127.0.0.1", 0), limits=limits)
        try:
            yield place, int(server.address.rpartition(":")[2])
        finally:
            server.close()


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def everything(peer: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    try:
        while part := peer.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_silent_connections_are_closed(tmp_path: Path) -> None:
    limits = ConnectionLimits(100, 100, head_seconds=0.05)
    with served(tmp_path / "w", limits) as (_, port):
        silent = [opened(port) for _ in range(20)]
        for peer in silent[:10]:
            peer.sendall(b"P")
        assert [everything(peer) for peer in silent] == [b""] * 20
        for peer in silent:
            peer.close()
        until(limits.open.total, lambda count: count == 0)


def test_body_that_pauses_is_closed(tmp_path: Path) -> None:
    limits = ConnectionLimits(100, 100, head_seconds=60, pause_seconds=0.05)
    with served(tmp_path / "w", limits) as (place, port), opened(port) as peer:
        token = place.engine.inlets.token(CALLER).encode()
        head = b"POST /collection/main HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
        peer.sendall(head + b"\r\nContent-Length: 50\r\n\r\n{")
        assert everything(peer) == b""


def test_connection_too_many_is_refused(tmp_path: Path) -> None:
    limits = ConnectionLimits(3, 1)
    with served(tmp_path / "w", limits) as (_, port):
        peers = [opened(port) for _ in range(3)]
        for peer in peers:
            peer.sendall(HEALTH)
            assert peer.recv(65_536).startswith(b"HTTP/1.1 200"), (
                "connections of this machine are not counted by address"
            )
        with opened(port) as fourth:
            answer = everything(fourth)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"Retry-After" in answer
        peers.pop().close()
        until(limits.open.total, lambda count: count == 2)
        with opened(port) as again:
            again.sendall(HEALTH)
            assert again.recv(65_536).startswith(b"HTTP/1.1 200")
        for peer in peers:
            peer.close()


def test_one_address_takes_not_all() -> None:
    limits = ConnectionLimits(10, 2)
    assert [limits.admit("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limits.admit("192.0.2.2")
    limits.leave("192.0.2.1")
    assert limits.admit("192.0.2.1")


def test_kept_connection_is_used_again(tmp_path: Path) -> None:
    with served(tmp_path / "w", ConnectionLimits(5, 5, head_seconds=60)) as (_, port), opened(port) as peer:
        peer.sendall(HEALTH + HEALTH)
        answers = b""
        while answers.count(b'"reason":""}') < 2:
            answers += peer.recv(65_536)
        assert answers.count(b"HTTP/1.1 200") == 2
        peer.sendall(HEALTH)
        assert peer.recv(65_536).startswith(b"HTTP/1.1 200")


def test_half_of_the_descriptors_is_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: given.append(limits))
    assert (usual_limits().most, usual_limits().from_one) == (512, 256)
    raise_descriptor_limit()
    assert given == [(4_096, 4_096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
    raise_descriptor_limit()
    assert (usual_limits().most, len(given)) == (connection_limits.LARGEST, 1)


def test_slow_rules_end_the_post(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        place.publish(journey([entry()], []))
        seconds = iter(range(100))
        post = read_value([{"id": f"p{number}"} for number in range(10)])
        with pytest.raises(SojournError) as refused:
            place.engine.events.match_batch("prod", post, "Enter", lambda: float(next(seconds)))
        assert refused.value.code == "post_too_slow"
        assert dict(refused.value.phrase.arguments) == {"seconds": int(MATCH_SECONDS)}


def test_large_post_leaves_the_loop_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a large post is matched, the engine answers others."""
    goes_on, begun = threading.Event(), threading.Event()
    with served(tmp_path / "w", ConnectionLimits(20, 20)) as (place, port):
        events = place.engine.events
        real = events.match_batch

        def slow(*arguments: Any) -> Any:
            begun.set()
            assert goes_on.wait(60)
            return real(*arguments)

        monkeypatch.setattr(events, "match_batch", slow)
        token = place.engine.inlets.token(CALLER)
        body = json.dumps([{"id": f"p{number}"} for number in range(21)])
        head = f"POST /collection/main HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
        with opened(port) as sender, opened(port) as other:
            sender.sendall(
                f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            assert begun.wait(60)
            other.sendall(HEALTH)
            assert other.recv(65_536).startswith(b"HTTP/1.1 200")
            goes_on.set()
            assert sender.recv(65_536).startswith(b"HTTP/1.1 ")

"""Responses of the reservation system and the push gateway; without sockets, so that each can be tested.

A request is answered from a table of routes. What was received is kept, newest last, with the answer it got. The
gateway minds ``Idempotency-Key`` as real ones do: a repeated key is answered as the first time and marked as a
repetition, so that one can see that nobody was sent the same message twice.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

USERNAME = "journeys"
PASSWORD = "guest-book"
KEY = "bell-boy"
MAX_REQUESTS = 10_000
"""How many calls are remembered."""

RESERVATION = "/reservation"
MESSAGES = "/v1/messages"
RECEIVED = "/received"
PUSH_WORD = "push to"
"""How the line of a delivered push begins."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names in lower case, ``target`` with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A response, and ``line``: a log line about it, empty for requests that only read the log."""

    status: HTTPStatus
    body: Any
    line: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def encoded(self) -> bytes:
        """Encode the body: JSON, or the text of a page."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return text.encode()


def error_response(status: HTTPStatus, sentence: str, **headers: str) -> Response:
    """Build an error response: one sentence with the remedy."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"error": sentence}, f"refused: {sentence}", named)


class SampleSystems:
    """The hotel's systems and what they have received. Safe from several threads."""

    def __init__(self, guests: Collection[str]) -> None:
        self._guests = frozenset(guests)
        self._received: deque[dict[str, Any]] = deque(maxlen=MAX_REQUESTS)
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._routes: Mapping[str, tuple[str, Callable[[Request], Response]]] = {
            RESERVATION: ("GET", self._reservation),
            MESSAGES: ("POST", self._message),
            RECEIVED: ("GET", self._show),
            "/": ("GET", self._page),
        }

    def answer(self, request: Request, at: str) -> Response:
        """Answer ``request`` that arrived ``at`` (ISO time) and log it, unless it only reads the log."""
        path = urlsplit(request.target).path
        method, route = self._routes.get(path, ("", None))
        if route is None:
            answer = error_response(
                HTTPStatus.NOT_FOUND, f"There is nothing at {path}; use {RESERVATION} or {MESSAGES}."
            )
        elif request.method != method:
            sentence = f"{path} takes {method}, not {request.method}."
            answer = error_response(HTTPStatus.METHOD_NOT_ALLOWED, sentence, Allow=method)
        else:
            answer = route(request)
        if answer.line:
            self._remember(request, answer, at)
        return answer

    def received(self) -> list[dict[str, Any]]:
        """List the received requests, oldest first: at, method, target, status, line, body, key, repeated."""
        with self._lock:
            return list(self._received)

    def _remember(self, request: Request, answer: Response, at: str) -> None:
        key = request.headers.get("idempotency-key", "")
        call = {
            "at": at,
            "method": request.method,
            "target": request.target,
            "status": int(answer.status),
            "line": answer.line,
            "body": _as_json(request.body),
            "key": key,
        }
        with self._lock:
            self._received.append({**call, "repeated": bool(key) and key in self._seen})
            if key and answer.status < HTTPStatus.BAD_REQUEST:
                self._seen.add(key)

    def _reservation(self, request: Request) -> Response:
        expected = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if not _same(request.headers.get("authorization", ""), expected):
            sentence = f"The reservation system asks for basic authentication as {USERNAME}; correct the password."
            return error_response(HTTPStatus.UNAUTHORIZED, sentence, WWW_Authenticate='Basic realm="Reservations"')
        guest = parse_qs(urlsplit(request.target).query).get("id", [""])[0]
        if not guest:
            return error_response(HTTPStatus.BAD_REQUEST, f"Whose reservation is missing; ask for {RESERVATION}?id=…")
        booked = guest in self._guests
        return Response(HTTPStatus.OK, {"reservation": booked}, f"{guest} has {'a' if booked else 'no'} reservation")

    def _message(self, request: Request) -> Response:
        if not _same(request.headers.get("x-key", ""), KEY):
            return error_response(
                HTTPStatus.UNAUTHORIZED, "The push gateway asks for its key in X-Key; correct the key."
            )
        message = _as_json(request.body)
        if not isinstance(message, dict):
            return error_response(
                HTTPStatus.BAD_REQUEST, "A message is a JSON object with to, title and text; send one."
            )
        missing = [name for name in ("to", "text") if not isinstance(message.get(name), str) or not message[name]]
        if missing:
            return error_response(HTTPStatus.BAD_REQUEST, f"The message has no {' and no '.join(missing)}; add a text.")
        title = message.get("title") or "without a title"
        return Response(HTTPStatus.OK, {"ok": True}, f"{PUSH_WORD} {message['to']}: {title} | {message['text']}")

    def _show(self, _: Request) -> Response:
        return Response(HTTPStatus.OK, {"calls": self.received()})

    def _page(self, _: Request) -> Response:
        return Response(HTTPStatus.OK, render_request_log(self.received()), content_type="text/html; charset=utf-8")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _as_json(body: bytes) -> Any:
    """Parse a body as JSON; None if it is empty or not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Sojourn samples: the outside world</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td {{ border-top: 1px solid #8884; padding: .4rem .6rem; vertical-align: top; }}
td:first-child {{ white-space: nowrap; opacity: .7; }}
</style>
<h1>The outside world</h1>
<p>{summary}</p>
<table>
{rows}
</table>
"""


def render_request_log(calls: Sequence[Mapping[str, object]]) -> str:
    """Render the whole page; everything received is escaped."""
    count = len(calls)
    summary = "Nothing has been received yet." if not count else f"{count} call{'s' if count > 1 else ''} received."
    return _PAGE.format(summary=summary, rows="\n".join(_row(call) for call in reversed(calls)))


def _row(call: Mapping[str, object]) -> str:
    again = " (repeated)" if call["repeated"] else ""
    cells = (call["at"], f"{call['method']} {call['target']}", call["status"], f"{call['line']}{again}")
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"

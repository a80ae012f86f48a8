"""``send``: posts events to a workspace, or to an inlet anywhere."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from engine.cli import GOOD, NO, Arguments, say
from engine.cli.places import workspace
from engine.errors import SojournError
from engine.reading import naming, read_text
from engine.services.views import Accepted, Refused

_AT_ONCE = 500
_BYTES = 900_000


def send(given: Arguments) -> int:
    """Post a file of events; 1 when one was refused."""
    with naming(given.file):
        documents = _documents(read_text(given.file))
        if not documents:
            raise SojournError("event_missing", "there is no event in this file; write one JSON document a line")
    refused = 0
    if given.url:
        for start, some in _posts(documents):
            refused += _tell(start, _post(given.url, given.token, some))
        return NO if refused else GOOD
    with workspace(given) as (engine, caller):
        for start, some in _posts(documents):
            refused += _tell(start, engine.events.accept(caller, some))
    return NO if refused else GOOD


def _documents(text: str) -> list[Any]:
    """One JSON document, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    documents: list[Any] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                documents.append(json.loads(line))
            except ValueError:
                raise SojournError(
                    "event_malformed", "this is not JSON; write one document a line", f"line {number}"
                ) from None
    return documents


def _posts(documents: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """The documents in posts that an inlet takes, each with the index of its first."""
    start, size = 0, 0
    for index, document in enumerate(documents):
        length = len(json.dumps(document))
        if index > start and (index - start == _AT_ONCE or size + length > _BYTES):
            yield start, documents[start:index]
            start, size = index, 0
        size += length
    yield start, documents[start:]


def _tell(start: int, accepted: Accepted) -> int:
    for name in accepted.accepted:
        say(f"accepted {name}")
    for error in accepted.errors:
        say(f"refused {start + error.index + 1}: {' '.join(filter(None, (error.code, error.field)))}: {error.message}")
    return len(accepted.errors)


def _post(url: str, token: str, documents: list[Any]) -> Accepted:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SojournError("url_malformed", f"{url!r} is not an address like http://127.0.0.1:8170/collection/main")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname, parts.port, timeout=60)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        connection.request("POST", parts.path or "/collection/main", json.dumps({"messages": documents}), headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SojournError(
            "inlet_away", f"{url} does not answer ({type(error).__name__}); is the engine running?"
        ) from None
    finally:
        connection.close()
    if "accepted" not in said:
        raise SojournError(said.get("code", "refused"), f"{url} refused: {said.get('message', answer.status)}")
    errors = tuple(Refused(one["index"], one["code"], one["field"], one["message"]) for one in said["errors"])
    return Accepted(tuple(said["accepted"]), errors)

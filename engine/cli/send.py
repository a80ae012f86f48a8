"""``send``: posts events to a workspace, or to an inlet anywhere."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from itertools import zip_longest
from urllib.parse import SplitResult, urlsplit

import orjson

from engine.cli import GOOD, NO, Arguments, print_line
from engine.errors import SojournError, WrongUseError
from engine.files import naming_file, read_text
from engine.services.views import AcceptResult, RejectedItem

_AT_ONCE = 500
_BYTES = 900_000


def send(arguments: Arguments) -> int:
    """Post a file of events; 1 when one was refused."""
    with naming_file(arguments.file):
        documents = _documents(read_text(arguments.file))
        if not documents:
            raise SojournError("event_missing")
    refused = 0
    if arguments.url:
        for start, some in _posts(documents):
            refused += _print_result(start, _post(arguments.url, arguments.token, some))
        return NO if refused else GOOD
    from engine.cli.workspaces import workspace  # nearly everything, which posting to an address does without

    with workspace(arguments) as (engine, caller):
        for start, some in _posts(documents):
            refused += _print_result(start, engine.events.accept(caller, some))
    return NO if refused else GOOD


def _documents(text: str) -> list[object]:
    """One JSON document, or one a line, read as an inlet reads them."""
    try:
        return [orjson.loads(text)]
    except ValueError:
        pass
    documents: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                documents.append(orjson.loads(line))
            except ValueError:
                raise SojournError("event_malformed", f"line {number}") from None
    return documents


def _posts(documents: list[object]) -> Iterator[tuple[int, list[object]]]:
    """Split the documents into batches that an inlet accepts, each with the index of its first document."""
    start, size = 0, 0
    for index, document in enumerate(documents):
        length = len(json.dumps(document))
        if index > start and (index - start == _AT_ONCE or size + length > _BYTES):
            yield start, documents[start:index]
            start, size = index, 0
        size += length
    yield start, documents[start:]


def _print_result(start: int, accepted: AcceptResult) -> int:
    for name, field in zip_longest(accepted.accepted, accepted.id_from, fillvalue="_id"):
        print_line(f"accepted {name}" if field in ("", "_id", "msgId") else f"accepted {name} ({field})")
    for error in accepted.errors:
        print_line(
            f"refused {start + error.index + 1}: {' '.join(filter(None, (error.code, error.field)))}: {error.message}"
        )
    return len(accepted.errors)


def _post(url: str, token: str, documents: list[object]) -> AcceptResult:
    target = _address(url, token)
    make = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = make(target.hostname or "", target.port, timeout=60)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    way = f"{target.path or '/collection/main'}{f'?{target.query}' if target.query else ''}"
    try:
        connection.request("POST", way, json.dumps({"messages": documents}), headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise SojournError("inlet_away", url=url, name=type(error).__name__) from None
    finally:
        connection.close()
    return _read(url, answer.status, body)


def _address(url: str, token: str) -> SplitResult:
    """Split an inlet's URL; raise SojournError if it cannot be called or the token cannot be one."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii() and url.isprintable()
        good = good and " " not in url and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise WrongUseError("url_malformed", url=url)
    if parts.username is not None:
        raise WrongUseError("url_password.token")
    if not (token.isascii() and token.isprintable()):
        raise WrongUseError("token_malformed")
    return parts


def _read(url: str, status: int, body: bytes) -> AcceptResult:
    """Read an inlet's response; raise SojournError for a refusal or if no inlet answered."""
    try:
        said = json.loads(body)
        if "accepted" not in said and "message" in said:
            raise SojournError(f"{said.get('code', 'refused')}.inlet", message=f"{url} refused: {said['message']}")
        errors = tuple(RejectedItem(one["index"], one["code"], one["field"], one["message"]) for one in said["errors"])
        return AcceptResult(tuple(map(str, said["accepted"])), errors, tuple(map(str, said.get("id_from", ()))))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SojournError("inlet_strange", url=url, status=status) from None

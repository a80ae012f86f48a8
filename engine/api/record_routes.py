"""Records that need a person to decide, under ``/authoring``: dead letters, events, failed people, suspended parts.

The log of merges too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import BaseRoute

from engine.catalogue import format_sentence
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.services.views import Caller, SuspendedRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from engine.facade import Engine

Answer = Callable[[Request, Caller], Awaitable[object]]
Read = Callable[["Engine", Caller, Request], object]
MAX_ROWS = 1_000


def record_routes(make: Callable[[str, Answer], BaseRoute], engine: Engine) -> list[BaseRoute]:
    """Make the routes of all operations of :data:`ANSWERS`; ``make`` makes one of its name and answer."""

    def route(name: str, read: Read) -> BaseRoute:
        async def answer(request: Request, caller: Caller) -> object:
            return await asyncio.to_thread(read, engine, caller, request)

        return make(name, answer)

    return [route(name, read) for name, read in ANSWERS.items()]


def _rows(rows: Sequence[DataclassInstance]) -> JsonDict:
    return {"results": [asdict(row) for row in rows], "totalCount": len(rows)}


def _query(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _limit(request: Request) -> int:
    text = _query(request, "limit")
    if text and not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_ROWS):
        raise SojournError("limit_malformed", limit=MAX_ROWS)
    return int(text) if text else 100


def _number(request: Request, unknown: str = "dead_letter_unknown") -> int:
    """Return the number of a record in the path; one that cannot be is unknown."""
    text = str(request.path_params["uid"])
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise SojournError(unknown, number=text[:40], id=text[:40])
    return int(text)


def _retry(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    return {"count": _counted(engine.reports.retry(caller, (_number(request),)), request)}


def _drop(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    return {"count": _counted(engine.operations.drop(caller, (_number(request),)), request)}


def _counted(count: int, request: Request) -> int:
    if not count:
        raise SojournError("dead_letter_unknown", id=request.path_params["uid"])
    return count


def _failed(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    journey, activity, key = (_query(request, name) for name in ("journey", "activity", "key"))
    return _rows(engine.operations.failed(caller, journey, activity, key, _limit(request)))


def _resume_people(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    journey, activity, instance = (_query(request, name) for name in ("journey", "activity", "instance"))
    return {"count": engine.operations.resume_failed(caller, journey, activity, instance)}


def _suspended(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    rows = [_suspension(row) for row in engine.operations.suspended(caller)]
    return {"results": rows, "totalCount": len(rows)}


def _suspension(row: SuspendedRow) -> JsonDict:
    return {"kind": row.kind, "name": row.name, "reason": format_sentence(row.reason)}


def _resume(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    engine.operations.resume(caller, request.path_params["kind"], request.path_params["name"])
    return {"count": 1}


def _merges(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    page = engine.merges.list(caller, _query(request, "search"), _limit(request))
    return {"results": [asdict(row) for row in page.rows], "totalCount": page.total}


def _undo_merge(engine: Engine, caller: Caller, request: Request) -> JsonDict:
    engine.merges.undo(caller, _number(request, "merge_unknown"))
    return {"count": 1}


ANSWERS: dict[str, Read] = {
    "listDeadLetters": lambda engine, caller, _: _rows(engine.reports.dead_letters(caller)),
    "getDeadLetter": lambda engine, caller, request: {
        "result": asdict(engine.operations.dead_letter(caller, _number(request)))
    },
    "retryDeadLetter": _retry,
    "dropDeadLetter": _drop,
    "listDiscards": lambda engine, caller, request: _rows(engine.reports.discards(caller, _limit(request))),
    "listEvents": lambda engine, caller, request: _rows(
        engine.operations.received(caller, _query(request, "search"), _limit(request))
    ),
    "getEvent": lambda engine, caller, request: {
        "result": asdict(engine.operations.event(caller, request.path_params["uid"]))
    },
    "listFailedPeople": _failed,
    "resumeFailedPeople": _resume_people,
    "releaseTimers": lambda engine, caller, _: {"count": engine.operations.release_timers(caller)},
    "acceptClock": lambda engine, caller, _: {"count": engine.operations.accept_clock(caller)},
    "listSuspended": _suspended,
    "resumeSuspended": _resume,
    "listMerges": _merges,
    "undoMerge": _undo_merge,
}

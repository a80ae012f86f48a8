"""Events and feedback from outside: matched, made durable, routed (runtime.md, Events in)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engine.core.stimulus import EventArrived
from engine.ingress import inlet
from engine.ingress.inlet import Document, Post
from engine.ingress.matching import Matcher, Matching
from engine.ports import Arriving, Connection, Runner
from engine.services.access import SEND, Access
from engine.services.views import Accepted, Caller, Refused
from engine.store import run_rows

FEEDBACK_KINDS = ("sent", "delivered", "bounced", "opened", "clicked", "unsubscribed", "failed")
_MAX_ID = 200


class EventRunner(Runner, Protocol):
    """A runner that knows each sandbox's event definitions, compiled, and takes feedback."""

    def matcher(self, sandbox: str) -> Matcher:
        """The compiled event definitions of a sandbox."""
        ...

    def feedback(self, sandbox: str, message: str, kind: str, at: int) -> bool:
        """Record what became of a message and tell its journey; False when there is no such message."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A post before it is durable: what to route, what was refused, and the refusals to list."""

    arriving: tuple[Arriving, ...]
    errors: tuple[Refused, ...]
    discards: tuple[tuple[str | None, str, str], ...]


class EventService:
    """Accepts events and feedback, of senders who proved themselves to an inlet and of those who manage journeys."""

    def __init__(self, runner: EventRunner, access: Access) -> None:
        self._runner = runner
        self._access = access

    def accept(self, caller: Caller, documents: list[Any], event: str | None = None) -> Accepted:
        """Accept documents in any of an inlet's forms; with ``event`` as if that definition's id were in each."""
        self._access.require(caller, SEND)
        posts = [inlet.read_value(document) for document in documents]
        flat = tuple(
            Document(index, one.id, one.entity)
            for index, one in enumerate(one for post in posts for one in post.documents)
        )
        faults = tuple(fault for post in posts for fault in post.faults)
        judged = self.judge(caller.sandbox, Post(flat, faults), event)
        self.record_discards(caller.sandbox, judged)
        self._runner.accept(judged.arriving)
        return Accepted(tuple(one.id for one in judged.arriving), judged.errors)

    def judge(self, sandbox: str, post: Post, event: str | None = None) -> Judged:
        """Match each document; nothing is written yet."""
        matcher = self._runner.matcher(sandbox)
        now = self._runner.clock.now()
        arriving: list[Arriving] = []
        errors = [Refused(fault.index, fault.code, "", fault.message) for fault in post.faults]
        discards: list[tuple[str | None, str, str]] = []
        for document in post.documents:
            if len(document.id) > _MAX_ID:
                sentence = f"an event's id has at most {_MAX_ID} characters; send a shorter one"
                errors.append(Refused(document.index, "wrong_type", "_id", sentence))
                continue
            text = inlet.written(document.entity)
            if text is None:
                sentence = f"an event has at most {inlet.MAX_DEPTH} levels of objects and lists; send a flatter one"
                errors.append(Refused(document.index, inlet.MALFORMED, "", sentence))
                continue
            matching = matcher.match(document.entity, event)
            refused = [refusal for refusal in matching.refusals if not refusal.accepted]
            discards += [(refusal.event, refusal.code, refusal.field) for refusal in refused]
            if refused and not matching.matches:
                first = refused[0]
                errors.append(Refused(document.index, first.code, first.field, first.message))
            else:
                arriving.append(_arriving(sandbox, document, text, matching, now))
        return Judged(tuple(arriving), tuple(errors), tuple(discards))

    def record_discards(self, sandbox: str, judged: Judged) -> None:
        """List what was refused, with its reason."""
        if not judged.discards:
            return
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            rows = [(sandbox, now, name, None, None, code, field) for name, code, field in judged.discards]
            run_rows.insert_discards(connection, rows)

        self._runner.write(work)

    def feedback(self, caller: Caller, documents: list[Any]) -> Accepted:
        """Accept what became of messages: ``{"message", "kind", "at", "address"}`` each."""
        self._access.require(caller, SEND)
        accepted: list[str] = []
        errors: list[Refused] = []
        for index, document in enumerate(documents):
            refusal = _feedback_fault(index, document)
            if refusal is None:
                at = _instant(document.get("at"), self._runner.clock.now())
                if self._runner.feedback(caller.sandbox, document["message"], document["kind"], at):
                    accepted.append(document["message"])
                    continue
                refusal = Refused(index, "no_match", "message", "there is no message with this id; check it")
            errors.append(refusal)
        return Accepted(tuple(accepted), tuple(errors))


def _arriving(sandbox: str, document: Document, text: str, matching: Matching, now: int) -> Arriving:
    arrivals = tuple(
        (EventArrived(match.event, match.payload, document.id, now), match.key, match.namespace)
        for match in matching.matches
    )
    return Arriving(sandbox, document.id, now, arrivals, text, "" if arrivals else "no_match")


def _feedback_fault(index: int, document: Any) -> Refused | None:
    if not isinstance(document, Mapping):
        return Refused(index, "malformed", "", "feedback is an object with message and kind; send one")
    if not isinstance(document.get("message"), str):
        return Refused(index, "missing_field", "message", "the field message is required; send the message's id")
    if document.get("kind") not in FEEDBACK_KINDS:
        return Refused(index, "wrong_type", "kind", f"the field kind is one of {', '.join(FEEDBACK_KINDS)}")
    return None


def _instant(value: Any, now: int) -> int:
    try:
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    except (TypeError, ValueError):
        return now

"""Events and feedback from outside, and the inlets they come through (runtime.md, Events in)."""

from __future__ import annotations

import re
import secrets as random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import NamedTuple, Protocol

from engine.core.event_time import instant_or
from engine.core.stimulus import EventArrived
from engine.errors import SojournError
from engine.ingress import event_documents
from engine.ingress.event_documents import DocumentBatch, EventDocument
from engine.ingress.matching import Matcher, MatchOutcome
from engine.model.channel import CHANNELS
from engine.ports import IncomingEvent, Runner, Secrets
from engine.services.access import ADMINISTER, PRODUCTION, READ_DEFINITIONS, SEND, AccessService, Service
from engine.services.service_method import requires
from engine.services.settings import DEFAULT_PORT, PORT
from engine.services.views import AcceptResult, Caller, InletRow, RejectedItem
from engine.store import runtime_queries, setting_queries
from engine.store.results import Connection
from engine.store.setting_queries import StoredInlet

MAIN_INLET = "main"
_INLET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class InletService(Service):
    """Keeps inlets. ``address`` is where the engine listens, '' while it does not: it will at the workspace's port."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._secrets = secrets
        self.address = ""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller) -> tuple[InletRow, ...]:
        """List the inlets of the sandbox."""
        with self._runner.read() as connection:
            rows = setting_queries.inlet_rows(connection, caller.sandbox)
            port = setting_queries.load_settings(connection, PRODUCTION).get(PORT) or DEFAULT_PORT
        address = self.address or f"http://127.0.0.1:{port}"
        return tuple(_view(row, address) for row in rows)

    @requires(ADMINISTER)
    def token(self, caller: Caller, name: str = MAIN_INLET) -> str:
        """Return the bearer token of an inlet."""
        self._require_inlet(caller, name)
        token = self._secrets.get(_token_secret(name))
        return token if token is not None else self._new_token(name)

    @requires(ADMINISTER)
    def create(self, caller: Caller, name: str, *, requires_token: bool = True) -> InletRow:
        """Create an inlet with a token of its own."""
        if not _INLET_NAME.fullmatch(name):
            raise SojournError("inlet_name")
        with self._runner.read() as connection:
            if name in {row.name for row in setting_queries.inlet_rows(connection)}:
                raise SojournError("name_taken.inlet", name=name)
        return self._put(caller, name, requires_token=requires_token, is_open=True)

    @requires(ADMINISTER)
    def change(self, caller: Caller, name: str, *, requires_token: bool = True, is_open: bool = True) -> InletRow:
        """Open or close an inlet, or let it go without a token."""
        self._require_inlet(caller, name)
        return self._put(caller, name, requires_token=requires_token, is_open=is_open)

    @requires(ADMINISTER)
    def rotate(self, caller: Caller, name: str) -> str:
        """Give an inlet a new token and return it; the one before is refused from now on."""
        self._require_inlet(caller, name)
        self._runner.write(lambda connection: self._access.record(connection, caller, "rotate_inlet", name))
        return self._new_token(name)

    @requires(ADMINISTER)
    def remove(self, caller: Caller, name: str) -> None:
        """Delete an inlet with its token; senders are refused from now on."""
        self._require_inlet(caller, name)

        def work(connection: Connection) -> None:
            setting_queries.remove_inlet(connection, name)
            self._access.record(connection, caller, "remove_inlet", name)

        self._runner.write(work)
        self._secrets.delete(_token_secret(name))

    def _require_inlet(self, caller: Caller, name: str) -> None:
        if name not in {row.name for row in self.list(caller)}:
            raise SojournError("inlet_unknown", name=name)

    def _put(self, caller: Caller, name: str, *, requires_token: bool, is_open: bool) -> InletRow:
        def work(connection: Connection) -> None:
            setting_queries.put_inlet(connection, name, caller.sandbox, requires_token=requires_token, is_open=is_open)
            self._access.record(connection, caller, "put_inlet", name)

        self._runner.write(work)
        return next(row for row in self.list(caller) if row.name == name)

    def authenticate(self, name: str, token: str | None) -> str:
        """Return the sandbox of an inlet for a sender with this token.

        Raises SojournError ``inlet_unknown``, ``inlet_closed`` or ``inlet_token``.
        """
        with self._runner.read() as connection:
            row = next((row for row in setting_queries.inlet_rows(connection) if row.name == name), None)
        if row is None:
            raise SojournError("inlet_unknown.address", name=name)
        if row.requires_token:
            expected = self._secrets.get(_token_secret(name)) or self._new_token(name)
            if token is None or not compare_digest(token.encode(), expected.encode()):
                raise SojournError("inlet_token")
        if not row.open:
            raise SojournError("inlet_closed", name=name)
        return str(row.sandbox)

    def _new_token(self, name: str) -> str:
        token = random.token_urlsafe(24)
        self._secrets.set(_token_secret(name), token)
        return token


def _view(row: StoredInlet, address: str) -> InletRow:
    url = f"{address}/collection/{row.name}"
    return InletRow(row.name, row.sandbox, url, bool(row.requires_token), bool(row.open))


def _token_secret(name: str) -> str:
    return f"inlet/{name}"


UNSUBSCRIBED = "unsubscribed"
FEEDBACK_KINDS = ("sent", "delivered", "bounced", "opened", "clicked", UNSUBSCRIBED, "failed")
_MAX_ID = 200
MATCH_SECONDS = 5.0
"""How long the rules may take for one post."""
ID_FIELDS = "event_id_field"


class EventRunner(Runner[Connection], Protocol):
    """A runner that knows each sandbox's event definitions, compiled, and takes feedback."""

    def matcher(self, sandbox: str) -> Matcher:
        """Return the compiled event definitions of a sandbox."""
        ...

    def setting(self, sandbox: str, name: str) -> object:
        """Return a setting of a sandbox, or its default."""
        ...

    def feedback(self, sandbox: str, message: str, kind: str, at: int) -> bool:
        """Record feedback about a message and pass it to its journey; False when there is no such message."""
        ...


@dataclass(frozen=True, slots=True)
class MatchResult:
    """A post before it is durable: what to route, what was refused, and the refusals to list."""

    arriving: tuple[IncomingEvent, ...]
    errors: tuple[RejectedItem, ...]
    discards: tuple[tuple[str | None, str, str], ...]
    id_from: tuple[str, ...] = ()

    @property
    def result(self) -> AcceptResult:
        """The answer to the sender once the events are durable."""
        return AcceptResult(tuple(one.id for one in self.arriving), self.errors, self.id_from)


class EventService(Service):
    """Accepts events and feedback, from authenticated senders of an inlet and users who manage journeys."""

    def __init__(self, runner: EventRunner, access: AccessService) -> None:
        super().__init__(runner, access)
        self._runner: EventRunner = runner

    @requires(SEND)
    def accept(self, caller: Caller, documents: Sequence[object], event: str | None = None) -> AcceptResult:
        """Accept documents in any of an inlet's forms; with ``event`` as if that definition's id were in each."""
        fields = self.id_fields(caller.sandbox)
        posts = [event_documents.read_value(document, fields) for document in documents]
        flat = tuple(
            EventDocument(index, one.id, one.entity, one.id_from)
            for index, one in enumerate(one for post in posts for one in post.documents)
        )
        faults = tuple(fault for post in posts for fault in post.faults)
        matched = self.match_batch(caller.sandbox, DocumentBatch(flat, faults), event)
        self.record_discards(caller.sandbox, matched)
        self._runner.accept(matched.arriving)
        return matched.result

    def id_fields(self, sandbox: str) -> tuple[str, ...]:
        """Return the fields that hold the id of an event before all others, by the sandbox's setting."""
        given = str(self._runner.setting(sandbox, ID_FIELDS) or "")
        return tuple(filter(None, (path.strip() for path in given.split(","))))

    def match_batch(
        self, sandbox: str, post: DocumentBatch, event: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> MatchResult:
        """Match each document; nothing is written yet. Raises SojournError when that takes too long."""
        ends = clock() + MATCH_SECONDS
        matcher = self._runner.matcher(sandbox)
        now = self._runner.clock.now()
        arriving: list[IncomingEvent] = []
        id_from: list[str] = []
        errors = [RejectedItem(fault.index, fault.code, "", str(fault.phrase)) for fault in post.faults]
        discards: list[tuple[str | None, str, str]] = []
        for document in post.documents:
            if clock() > ends:
                raise SojournError("post_too_slow", seconds=int(MATCH_SECONDS))
            if len(document.id) > _MAX_ID:
                sentence = f"an event's id has at most {_MAX_ID} characters; send a shorter one"
                errors.append(RejectedItem(document.index, "wrong_type", "_id", sentence))
                continue
            text = event_documents.encode(document.entity)
            if text is None:
                sentence = (
                    f"an event has at most {event_documents.MAX_DEPTH} levels of objects and lists; send a flatter one"
                )
                errors.append(RejectedItem(document.index, event_documents.MALFORMED, "", sentence))
                continue
            matching = matcher.match(document.entity, event)
            refused = [refusal for refusal in matching.refusals if not refusal.accepted]
            discards += [(refusal.event, refusal.code, refusal.field) for refusal in refused]
            if refused and not matching.matches:
                first = refused[0]
                errors.append(RejectedItem(document.index, first.code, first.field, str(first.phrase)))
            else:
                arriving.append(_arriving(sandbox, document, text, matching, now))
                id_from.append(document.id_from)
        return MatchResult(tuple(arriving), tuple(errors), tuple(discards), tuple(id_from))

    def record_discards(self, sandbox: str, matched: MatchResult) -> None:
        """List what was refused, with its reason."""
        if not matched.discards:
            return
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            rows = [(sandbox, now, name, None, None, code, field) for name, code, field in matched.discards]
            runtime_queries.insert_discards(connection, rows)

        self._runner.write(work)

    @requires(SEND)
    def feedback(self, caller: Caller, documents: Sequence[object]) -> AcceptResult:
        """Accept what became of messages: ``{"message", "kind", "at", "address"}`` each.

        An ``unsubscribed`` may name an ``address``, and its ``channel``, in place of a message.
        """
        accepted: list[str] = []
        errors: list[RejectedItem] = []
        now = self._runner.clock.now()
        for index, document in enumerate(documents):
            feedback = _read_feedback(index, document, now)
            if isinstance(feedback, RejectedItem):
                errors.append(feedback)
            elif not feedback.message:
                self._unsubscribe(caller, feedback)
                accepted.append(feedback.address)
            elif self._runner.feedback(caller.sandbox, feedback.message, feedback.kind, feedback.at):
                accepted.append(feedback.message)
            else:
                errors.append(RejectedItem(index, "no_match", "message", "there is no message with this id; check it"))
        return AcceptResult(tuple(accepted), tuple(errors))

    def _unsubscribe(self, caller: Caller, one: _Feedback) -> None:
        self._runner.write(
            lambda connection: runtime_queries.suppress(
                connection, caller.sandbox, one.channel, one.address, one.kind, one.at
            )
        )


def _arriving(sandbox: str, document: EventDocument, text: str, matching: MatchOutcome, now: int) -> IncomingEvent:
    arrivals = tuple(
        (EventArrived(match.event, match.payload, document.id, now), match.key, match.namespace)
        for match in matching.matches
    )
    return IncomingEvent(sandbox, document.id, now, arrivals, text, "" if arrivals else "no_match")


class _Feedback(NamedTuple):
    message: str
    kind: str
    at: int
    channel: str = ""
    address: str = ""


def _read_feedback(index: int, document: object, now: int) -> _Feedback | RejectedItem:
    if not isinstance(document, Mapping):
        return RejectedItem(index, "malformed", "", "feedback is an object with message and kind; send one")
    message, kind = document.get("message"), document.get("kind")
    if message is None and kind == UNSUBSCRIBED and document.get("address") is not None:
        return _read_unsubscribed(index, document, now)
    if not isinstance(message, str):
        return RejectedItem(index, "missing_field", "message", "the field message is required; send the message's id")
    if not isinstance(kind, str) or kind not in FEEDBACK_KINDS:
        return RejectedItem(index, "wrong_type", "kind", f"the field kind is one of {', '.join(FEEDBACK_KINDS)}")
    return _Feedback(message, kind, instant_or(document.get("at"), now))


def _read_unsubscribed(index: int, document: Mapping[str, object], now: int) -> _Feedback | RejectedItem:
    """Read feedback by address; the channel is told by the address if it is not given."""
    address, channel = document.get("address"), document.get("channel")
    if not isinstance(address, str) or not address.strip():
        return RejectedItem(index, "wrong_type", "address", "the field address is a text; send the address")
    if channel is None:
        channel = "email" if "@" in address else "sms"
    if not isinstance(channel, str) or channel not in CHANNELS:
        return RejectedItem(index, "wrong_type", "channel", f"the field channel is one of {', '.join(CHANNELS)}")
    return _Feedback("", UNSUBSCRIBED, instant_or(document.get("at"), now), channel, address.strip())

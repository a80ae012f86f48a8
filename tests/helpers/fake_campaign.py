"""Adobe Campaign as its documentation describes it, played by a server on a real socket.

``CampaignClassic`` is Message Center's SOAP router: ``PushEvent`` of ``nms:rtEvent`` with a session token, an event
with ``type`` and ``email`` and a mandatory ``ctx``; the answer is the event's id, 0 or a fault. ``CampaignStandard`` is
the REST API: transactional events by POST with a bearer token, an API key and a charset; resources in pages.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from tests.helpers.raw_server import Behave, Received, Reply

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_EVENT = "{urn:nms:rtEvent}"
_TAKEN = (
    '<SOAP-ENV:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
    '<urn:PushEventResponse xmlns:urn="urn:nms:rtEvent"><plId xsi:type="xsd:long">{id}</plId></urn:PushEventResponse>'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
_FAULT = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault>'
    "<faultcode>SOAP-ENV:Client</faultcode><faultstring>The call failed.</faultstring>"
    "<detail><![CDATA[{detail}]]></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


@dataclass(slots=True)
class CampaignClassic:
    """``events`` are the attributes and data of those it took; ``types`` the event types it knows."""

    session: str = "mc/secret"
    types: tuple[str, ...] = ("welcome",)
    events: list[tuple[dict[str, str], ET.Element]] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: itertools.count(72_057_594_037_935_966))

    @property
    def behaviours(self) -> dict[str, Behave]:
        """What its server does, by path."""
        return {"/nl/jsp/soaprouter.jsp": self.route}

    async def route(self, received: Received, reply: Reply) -> None:
        """One SOAP call."""
        try:
            answer = self._push(received)
        except ValueError as error:
            answer = _FAULT.format(detail=error)
        await reply.send(200, answer.encode(), Content_Type="text/xml; charset=utf-8")

    def _push(self, received: Received) -> str:
        if received.method != "POST" or not received.headers["content-type"].startswith("text/xml"):
            raise ValueError("Expecting a SOAP message")
        if received.headers["soapaction"].strip('"') != "nms:rtEvent#PushEvent":
            return _TAKEN.format(id=0)
        push = ET.fromstring(received.body).find(f"{_SOAP}Body/{_EVENT}PushEvent")
        if push is None:
            raise ValueError("The XML SOAP message is invalid")
        if push.findtext(f"{_EVENT}sessiontoken") != self.session:
            raise ValueError("Invalid login or password. Connection denied.")
        event = push.find(f"{_EVENT}domEvent/rtEvent")
        context = None if event is None else event.find("ctx")
        if event is None or context is None or not event.get("type"):
            raise ValueError("The element rtEvent with type and ctx is missing")
        if "@" not in event.get("email", "@"):
            raise ValueError("The email address is incorrectly formatted")
        if event.attrib["type"] not in self.types:
            return _TAKEN.format(id=0)
        self.events.append((dict(event.attrib), context))
        return _TAKEN.format(id=next(self._ids))


@dataclass(slots=True)
class CampaignStandard:
    """``events`` are those it took, by their primary key; ``published`` the events it knows, ``page`` how many it lists
    at once, ``lives`` how many calls a token is good for."""

    published: tuple[dict[str, Any], ...] = ()
    client: str = "client-1"
    secret: str = "secret-1"
    page: int = 2
    lives: int = 1_000
    tokens: int = 0
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    _left: int = 0

    @property
    def behaviours(self) -> dict[str, Behave]:
        """What its server does, by path; the organization is ``geo``."""
        api = "/geo/campaign/mcgeo"
        sending = {f"{api}/{event['name']}": self.send for event in self.published}
        return {"/ims/token/v3": self.token, api: self.list, **sending}

    async def token(self, received: Received, reply: Reply) -> None:
        """Adobe's identity service."""
        asked = dict(part.split("=", 1) for part in received.body.decode().split("&"))
        known = (asked.get("client_id"), asked.get("client_secret")) == (self.client, self.secret)
        if received.method != "POST" or asked.get("grant_type") != "client_credentials" or not known:
            await reply.json({"error": "invalid_client"}, 400)
            return
        self.tokens += 1
        self._left = self.lives
        await reply.json({"access_token": f"token-{self.tokens}", "token_type": "bearer", "expires_in": 86_399})

    async def _refused(self, received: Received, reply: Reply) -> bool:
        good = received.headers.get("authorization") == f"Bearer token-{self.tokens}" and self._left > 0
        self._left -= 1
        if not good or received.headers.get("x-api-key") != self.client:
            await reply.json({"error_code": "401013", "message": "Oauth token is not valid"}, 401)
            return True
        return False

    async def list(self, received: Received, reply: Reply) -> None:
        """The transactional events, a page at a time."""
        if await self._refused(received, reply):
            return
        start = int(received.query.get("_lineStart", "0"))
        answer: dict[str, Any] = {"content": list(self.published[start : start + self.page])}
        if start + self.page < len(self.published):
            base = f"http://{received.headers['host']}/geo/campaign/mcgeo"
            answer["next"] = {"href": f"{base}?_lineCount={self.page}&_lineStart={start + self.page}"}
        await reply.json(answer)

    async def send(self, received: Received, reply: Reply) -> None:
        """One transactional event."""
        if await self._refused(received, reply):
            return
        if "charset" not in received.headers["content-type"] or received.method != "POST":
            await reply.json({"error_code": "RST-360011", "message": "Unsupported media type"}, 415)
            return
        event = json.loads(received.body)
        if not isinstance(event.get("ctx"), dict):
            await reply.json({"error_code": "RST-360000", "message": "ctx is missing"}, 400)
            return
        name = received.path.rpartition("/")[2]
        key = f"@{len(self.events)}"
        self.events[key] = {"type": name, **event}
        href = f"mcgeo/{name}/{key}"
        await reply.json({"PKey": key, **event, "href": href, "status": "pending", "type": name})

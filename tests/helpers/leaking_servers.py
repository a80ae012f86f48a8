"""A world that talks too much: its servers repeat what they were sent, and remember which secrets reached them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.helpers.canaries import forms
from tests.helpers.raw_server import RawServer, Received, Reply


class LeakingServers:
    """Servers of every kind: ``failing`` paths answer 403 and repeat all that they were sent."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self.failing: set[str] = set()
        self.seen: set[str] = set()
        self.url = ""
        self.mail_port = 0

    async def answer(self, received: Received, reply: Reply) -> None:
        """Good, or an indiscreet refusal."""
        name = received.path.strip("/")
        sent = received.target.encode() + json.dumps(dict(received.headers)).encode() + received.body
        self.seen |= {place for place, secret in self._secrets.items() if any(form in sent for form in forms(secret))}
        if name in self.failing:
            said = {"refused": received.target, "headers": dict(received.headers), "body": received.body.decode()}
            await reply.json(said, 403, X_Said=received.headers.get("x-key", "-"))
        elif name == "token":
            await reply.json({"access_token": self._secrets["fetched_token"]})
        elif name.endswith("soaprouter.jsp"):
            await reply.send(200, b"<a><plId>7</plId></a>", Content_Type="text/xml")
        else:
            await reply.json({"booked": True})

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any) -> AuthResult:
        """The mail server's: the password is seen, and taken unless email is failing."""
        if isinstance(data, LoginPassword) and data.password == self._secrets["smtp_password"].encode():
            self.seen.add("smtp_password")
        return AuthResult(success="email" not in self.failing, handled=False, auth_data=data)


class _Mailbox:
    """Takes every mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "250 taken"


@contextmanager
def leaking_servers(secrets: Mapping[str, str], paths: Sequence[str]) -> Iterator[LeakingServers]:
    """An HTTP server with these paths and a mail server, in a thread of their own."""
    world = LeakingServers(secrets)
    ready, stop = threading.Event(), threading.Event()

    def mail() -> SMTP:
        return SMTP(_Mailbox(), authenticator=world.authenticate, auth_require_tls=False)

    async def serve() -> None:
        async with RawServer(dict.fromkeys(paths, world.answer)) as server:
            post = await asyncio.get_running_loop().create_server(mail, "127.0.0.1", 0)
            world.url, world.mail_port = server.url, post.sockets[0].getsockname()[1]
            ready.set()
            await asyncio.to_thread(stop.wait)
            post.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield world
    finally:
        stop.set()
        thread.join()

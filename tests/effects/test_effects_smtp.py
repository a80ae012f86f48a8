"""Email over SMTP against a real server (aiosmtpd): TLS, login, both forms of the text, a way to unsubscribe."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from engine.effects.network import resolve
from engine.effects.smtp import Email, MailServer, SmtpSender, compose
from engine.model.channel import RenderedMessage
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer
from tests.helpers.server_faults import self_signed
from tests.helpers.virtual_loop import run_virtual

TEMPLATE = {
    "name": "Hello",
    "channel": "email",
    "subject": "Bonjour {{ name }} 안녕",
    "body": "Dear {{ name }},\n.leading dot\n..two\nend",
    "html": "<p>Dear {{ name }}</p>",
    "variables": {"name": "string"},
}


class Mailbox:
    """What the server took; ``refuse`` answers a recipient."""

    def __init__(self, refuse: Callable[[str], str | None] = lambda address: None) -> None:
        self.envelopes: list[Envelope] = []
        self._refuse = refuse

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self._refuse(address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 taken"

    def only_mail(self) -> EmailMessage:
        (envelope,) = self.envelopes
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"hotel", b"p w:d")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Create the TLS contexts of a server and of a client that trusts it."""
    public, key = self_signed()
    (tmp_path / "both.pem").write_bytes(public + key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "both.pem")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=public.decode())
    return server, client


def mail(**changed: Any) -> Email:
    texts = RenderedMessage("Subject", "body", "")
    return Email(**{"id": "m-1", "sender": "a@example.com", "recipient": "b@example.org", "texts": texts, **changed})


async def serve(mailbox: Mailbox, **options: Any) -> tuple[asyncio.Server, int]:
    tls = options.pop("tls", None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="test", loop=loop, **options), "127.0.0.1", 0, ssl=tls
    )
    return server, int(server.sockets[0].getsockname()[1])


def test_message_has_both_texts_headers_and_id() -> None:
    async def main() -> None:
        mailbox = Mailbox()
        server, port = await serve(mailbox)
        world = PerformerFakes(
            {"templates": [TEMPLATE]},
            smtp_url=f"smtp+plain://127.0.0.1:{port}",
            email_from="Hôtel <news@hotel.example>",
            unsubscribe_url="https://hotel.example/u/{id}",
        )
        done = await world.message("email", "Hello", " eve@example.com", name="<Eve>")
        server.close()
        assert (done.error, done.status, done.attempts) == (None, 250, 1)
        assert (mailbox.envelopes[0].mail_from, mailbox.envelopes[0].rcpt_tos) == (
            "news@hotel.example",
            ["eve@example.com"],
        )
        taken = mailbox.only_mail()
        assert taken["Subject"] == "Bonjour <Eve> 안녕"
        assert taken["From"] == "Hôtel <news@hotel.example>"
        assert taken["Message-ID"] == f"<{done.message_id}@hotel.example>"
        assert taken["List-Unsubscribe"] == f"<https://hotel.example/u/{done.message_id}>"
        assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        plain, markup = taken.iter_parts()
        assert plain.get_content().replace("\r\n", "\n").strip() == "Dear <Eve>,\n.leading dot\n..two\nend"
        assert markup.get_content().strip() == "<p>Dear &lt;Eve&gt;</p>"
        assert not world.outbox.messages

    asyncio.run(main())


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_password_requires_verified_tls(
    scheme: str, certificate: tuple[ssl.SSLContext, ssl.SSLContext], caplog: pytest.LogCaptureFixture
) -> None:
    serving, trusting = certificate

    async def main() -> None:
        mailbox = Mailbox()
        implicit = {"tls": serving, "auth_require_tls": False}
        explicit = {"tls_context": serving, "require_starttls": True, "auth_required": True}
        options = implicit if scheme == "smtps" else explicit
        options["authenticator"] = authenticate
        server, port = await serve(mailbox, **options)
        target = MailServer.read(f"{scheme}://hotel@127.0.0.1:{port}")
        good = await SmtpSender(resolve, trusting).send(target, "p w:d", mail(), compose(mail()), 5)
        wrong = await SmtpSender(resolve, trusting).send(target, "wrong", mail(), compose(mail()), 5)
        strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unproven, sentence = await SmtpSender(resolve, strict).send(target, "p w:d", mail(), compose(mail()), 5)
        server.close()
        assert good == (good[0], "")
        assert good[0].code is None
        assert (wrong[0].error, wrong[0].retried) == ("535", False)
        assert "wrong" not in wrong[1]
        assert unproven.error == "connection"
        assert "TLS" in sentence
        assert len(mailbox.envelopes) == 1
        assert "p w:d" not in caplog.text

    asyncio.run(main())


def test_server_without_starttls_receives_no_mail() -> None:
    async def main() -> None:
        mailbox = Mailbox()
        server, port = await serve(mailbox)
        target = MailServer.read(f"smtp://hotel@127.0.0.1:{port}")
        answer, sentence = await SmtpSender().send(target, "p", mail(), compose(mail()), 5)
        server.close()
        assert (answer.error, answer.retried, mailbox.envelopes) == ("504", False, [])
        assert "STARTTLS" in sentence

    asyncio.run(main())


@pytest.mark.parametrize(
    ("reply", "error", "attempts"),
    [("550 no such user", "550", 1), ("451 try later", "connection", 3), ("452 full", "connection", 3)],
)
def test_only_temporary_refusal_is_retried(reply: str, error: str, attempts: int) -> None:
    async def main() -> None:
        asked = 0

        def refuse(address: str) -> str:
            nonlocal asked
            asked += 1
            return reply

        server, port = await serve(Mailbox(refuse))
        world = PerformerFakes(
            {"templates": [TEMPLATE]}, smtp_url=f"smtp+plain://127.0.0.1:{port}", email_from="a@b.example"
        )
        done = await world.message("email", "Hello", "eve@example.com", timeout_ms=1_200)
        server.close()
        assert (done.error, done.attempts, asked, done.message_id) == (error, attempts, attempts, None)
        assert reply[:3] in done.origin_error
        assert "eve" not in done.origin_error

    run_virtual(main())


@pytest.mark.parametrize(
    "greeting", [b"", b"hello\r\n", b"220", b"220-\r\n" * 200, b"\xff\xfe\r\n", b"220 " + b"x" * 100_000]
)
def test_non_smtp_server_is_connection_error(greeting: bytes) -> None:
    async def main() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(greeting)
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        target = MailServer.read(f"smtp+plain://127.0.0.1:{port}")
        answer, _ = await SmtpSender().send(target, "", mail(), compose(mail()), 2)
        server.close()
        assert answer.error == "connection"

    asyncio.run(main())


def test_silent_server_times_out() -> None:
    async def main() -> None:
        async with RawServer({}) as server:
            world = PerformerFakes(
                {"templates": [TEMPLATE]}, smtp_url=f"smtp+plain://127.0.0.1:{server.port}", email_from="a@b.example"
            )
            done = await world.message("email", "Hello", "eve@example.com", timeout_ms=200)
        assert done.error == "timedOut"

    asyncio.run(main())


@pytest.mark.parametrize("url", ["smtp+plain://169.254.169.254", "smtp+plain://0.0.0.0:25", "smtps://[fe80::1]"])
def test_mail_to_reserved_address_is_blocked(url: str) -> None:
    answer, _ = asyncio.run(SmtpSender().send(MailServer.read(url), "", mail(), b"", 2))
    assert (answer.error, answer.final) == ("connection", True)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.com", "cannot be read"),
        ("http://mail.example.com", "cannot be read"),
        ("smtp://", "cannot be read"),
        ("smtp://mail.example.com:x", "cannot be read"),
        ("smtp://me:secret@mail.example.com", "contains a password"),
    ],
)
def test_invalid_server_setting_explains_format(url: str, sentence: str) -> None:
    async def main() -> None:
        world = PerformerFakes({"templates": [TEMPLATE]}, smtp_url=url, email_from="a@b.example")
        done = await world.message("email", "Hello", "eve@example.com")
        assert done.error == "evaluation"
        assert sentence in done.origin_error
        assert "secret" not in done.origin_error.replace("the secret provider", "")

    asyncio.run(main())


def test_urls_have_ports_of_their_protocols() -> None:
    assert MailServer.read("smtp://me%40x@m.example") == MailServer("smtp", "m.example", 587, "me@x")
    assert MailServer.read("smtps://m.example").port == 465
    assert MailServer.read("smtp+plain://m.example:2525").url == "smtp+plain://m.example:2525"


def test_message_requires_sender_and_allows_html_only() -> None:
    with pytest.raises(ValueError, match="email_from"):
        compose(mail(sender=""))
    message = email.message_from_bytes(compose(mail(texts=RenderedMessage("s", "", "<b>x</b>"))))
    assert message.get_content_type() == "text/html"


def test_subject_cannot_smuggle_header() -> None:
    async def main() -> None:
        mailbox = Mailbox()
        server, port = await serve(mailbox)
        world = PerformerFakes(
            {"templates": [TEMPLATE]}, smtp_url=f"smtp+plain://127.0.0.1:{port}", email_from="a@b.example"
        )
        done = await world.message("email", "Hello", "eve@example.com", name="x\r\nBcc: mallory@example.com")
        server.close()
        assert done.error is None
        assert mailbox.only_mail()["Bcc"] is None
        assert mailbox.envelopes[0].rcpt_tos == ["eve@example.com"]

    asyncio.run(main())

"""Email over SMTP: one short conversation under a deadline, TLS whenever the server's URL does not say otherwise.

Our own client, because a conversation must be cancellable at any byte and go to a checked address; the library's is
neither. Replies 4yz may be tried again, 5yz are final and their number is the error code.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from engine.effects.network import ForbiddenTargetError, Resolver, check_address, resolve
from engine.effects.policy import CONNECTION, TIMED_OUT, AttemptResult
from engine.model.template_rendering import RenderedMessage

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
MAX_REPLY_LINES = 100


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. ``scheme``: ``smtp`` (STARTTLS), ``smtps`` (TLS from the start), ``smtp+plain`` (no TLS)."""

    scheme: str
    host: str
    port: int
    username: str

    @classmethod
    def read(cls, url: str) -> Self:
        """The server of a URL like ``smtp://user@mail.example.com:587``; raises ValueError."""
        advice = "write it like smtp://user@mail.example.com:587 or smtps://user@mail.example.com"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(f"The setting smtp_url cannot be read; {advice}") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"The setting smtp_url cannot be read; {advice}")
        if parts.password:
            raise ValueError("The setting smtp_url contains a password; keep it as the secret provider/smtp/password")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], unquote(parts.username or ""))

    @property
    def url(self) -> str:
        """The server's URL without the user."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Email:
    """One email. ``unsubscribe`` is a URL that takes the message's id as ``{id}``, or empty."""

    id: str
    sender: str
    recipient: str
    texts: RenderedMessage
    unsubscribe: str = ""

    @property
    def envelope_sender(self) -> str:
        """The bare address of the sender, who may be written with a name."""
        return parseaddr(self.sender)[1]


def compose(mail: Email) -> bytes:
    """The message as it is sent: text and HTML as alternatives, with a way to unsubscribe. Raises ValueError."""
    domain = mail.envelope_sender.rpartition("@")[2]
    if not domain:
        raise ValueError("The setting email_from is not an email address; set the sender's address")
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = mail.recipient.strip()
    message["Subject"] = mail.texts.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe.replace('{id}', mail.id)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if mail.texts.body or not mail.texts.html:
        message.set_content(mail.texts.body)
        if mail.texts.html:
            message.add_alternative(mail.texts.html, subtype="html")
    else:
        message.set_content(mail.texts.html, subtype="html")
    return message.as_bytes()


class _RefusalError(Exception):
    def __init__(self, code: int, about: str) -> None:
        super().__init__(f"The mail server answered {code} to {about}")
        self.code = code


class SmtpSender:
    """Delivers mails, one connection each. The server is an administrator's choice and may be in the own network."""

    def __init__(self, resolver: Resolver = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._resolve = resolver
        self._tls = tls

    async def send(
        self, server: MailServer, password: str, mail: Email, content: bytes, seconds: float
    ) -> tuple[AttemptResult, str]:
        """What came of one attempt, and a sentence about a failure."""
        try:
            async with asyncio.timeout(seconds):
                await self._converse(server, password, mail, content)
        except TimeoutError:
            return AttemptResult(error=TIMED_OUT), "The mail server did not take the message within the timeout"
        except ForbiddenTargetError as error:
            return AttemptResult(error=CONNECTION, final=True), str(error)
        except _RefusalError as refusal:
            code = CONNECTION if refusal.code < 500 else str(refusal.code)
            return AttemptResult(error=code), str(refusal)
        except ssl.SSLError as error:
            return AttemptResult(
                error=CONNECTION
            ), f"The mail server's TLS was refused: {error.reason or 'handshake failed'}"
        except (OSError, EOFError, ValueError):
            return AttemptResult(error=CONNECTION), "The connection to the mail server broke"
        return AttemptResult(status=250), ""

    async def _converse(self, server: MailServer, password: str, mail: Email, content: bytes) -> None:
        talk = await self._connect(server)
        try:
            await talk.expect(2, "the connection")
            extensions = await talk.hello()
            if server.scheme == "smtp":
                if "STARTTLS" not in extensions:
                    raise _RefusalError(504, "STARTTLS, which it does not offer; use smtps:// or smtp+plain://")
                await talk.command("STARTTLS", 2)
                await talk.start_tls(self._context(), server.host)
                extensions = await talk.hello()
            if server.username:
                await talk.login(extensions, server.username, password)
            await talk.deliver(mail, content, "SMTPUTF8" in extensions)
        finally:
            talk.close()

    def _context(self) -> ssl.SSLContext:
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    async def _connect(self, server: MailServer) -> _Conversation:
        addresses = [ip_address(text) for text in await self._resolve(server.host, server.port)]
        for address in addresses:
            check_address(address, allow_local=True)
        tls = self._context() if server.scheme == "smtps" else None
        failure: OSError = OSError("the host has no address")
        for address in addresses:
            try:
                reader, writer = await asyncio.open_connection(
                    str(address), server.port, ssl=tls, server_hostname=server.host if tls else None
                )
                return _Conversation(reader, writer)
            except OSError as error:
                failure = error
        raise failure


class _Conversation:
    """Commands and replies on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def expect(self, kind: int, about: str) -> list[str]:
        """The lines of a reply whose code begins with ``kind``; raises _RefusalError for another."""
        lines: list[str] = []
        for _ in range(MAX_REPLY_LINES):
            raw = await self._reader.readline()
            if not raw.endswith(b"\n"):
                raise EOFError
            line = raw.decode("ascii", "replace").rstrip()
            lines.append(line[4:])
            if line[3:4] != "-":
                code = int(line[:3])
                if code // 100 != kind:
                    raise _RefusalError(code, about)
                return lines
        raise EOFError

    async def command(self, text: str, kind: int, about: str = "") -> list[str]:
        """Send a line and read its reply. ``about`` names the command when its text is private."""
        if "\r" in text or "\n" in text:
            raise ValueError("a command is one line")
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()
        return await self.expect(kind, about or text.partition(" ")[0])

    async def hello(self) -> set[str]:
        """The extensions the server offers, in capitals; ``AUTH`` mechanisms as ``AUTH PLAIN``."""
        found: set[str] = set()
        for line in (await self.command("EHLO sojourn.invalid", 2))[1:]:
            name, *values = line.upper().replace("AUTH=", "AUTH ").split()
            found |= {name, *(f"{name} {value}" for value in values)}
        return found

    async def start_tls(self, tls: ssl.SSLContext, host: str) -> None:
        """Go on encrypted; nothing said before counts any more."""
        await self._writer.start_tls(tls, server_hostname=host)

    async def login(self, extensions: set[str], username: str, password: str) -> None:
        """Prove who sends."""
        if "AUTH PLAIN" in extensions:
            proof = _base64(f"\0{username}\0{password}")
            await self.command(f"AUTH PLAIN {proof}", 2, "AUTH")
        elif "AUTH LOGIN" in extensions:
            await self.command("AUTH LOGIN", 3)
            await self.command(_base64(username), 3, "AUTH")
            await self.command(_base64(password), 2, "AUTH")
        else:
            raise _RefusalError(504, "AUTH, which it offers in no form that is known here")

    async def deliver(self, mail: Email, content: bytes, utf8: bool) -> None:
        """Hand the message over; after the server's last reply it is the server's."""
        addresses = (mail.envelope_sender, mail.recipient.strip())
        extra = " SMTPUTF8" if utf8 and not all(address.isascii() for address in addresses) else ""
        await self.command(f"MAIL FROM:<{addresses[0]}>{extra}", 2, "MAIL")
        await self.command(f"RCPT TO:<{addresses[1]}>", 2, "RCPT")
        await self.command("DATA", 3)
        lines = content.replace(b"\r\n", b"\n").split(b"\n")
        self._writer.write(b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines))
        self._writer.write(b"" if content.endswith(b"\n") else b"\r\n")
        await self.command(".", 2, "the message")
        self._writer.write(b"QUIT\r\n")

    def close(self) -> None:
        """Hang up; what was written is still sent."""
        self._writer.close()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

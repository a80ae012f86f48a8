"""Email over SMTP: one short conversation under a deadline, TLS unless the server's URL says otherwise.

``aiosmtplib`` speaks the protocol over a socket that was connected to a checked address (``network``). Replies 4yz may
be tried again; 5yz are final and their number is the error code.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from engine.catalogue import Phrase, PhraseArgument, format_sentence
from engine.effects.http import RequestError, find_tls_error
from engine.effects.mail_headers import address_header, sender_header, text_header
from engine.effects.network import ForbiddenTargetError, Resolver, check_address, check_descriptors, resolve
from engine.effects.policy import CONNECTION, TIMED_OUT, AttemptResult
from engine.effects.time_limit import time_limit
from engine.model.channel import RenderedMessage, clean_line, clean_text

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_NOT_IMPLEMENTED = 504
_COMMANDS: Mapping[type[aiosmtplib.SMTPResponseException], str] = {
    aiosmtplib.SMTPConnectResponseError: "the connection",
    aiosmtplib.SMTPHeloError: "EHLO",
    aiosmtplib.SMTPAuthenticationError: "AUTH",
    aiosmtplib.SMTPSenderRefused: "MAIL",
    aiosmtplib.SMTPRecipientRefused: "RCPT",
    aiosmtplib.SMTPDataError: "the message",
}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. ``scheme``: ``smtp`` (STARTTLS), ``smtps`` (TLS from the start), ``smtp+plain`` (no TLS)."""

    scheme: str
    host: str
    port: int
    username: str

    @classmethod
    def read(cls, url: str) -> Self:
        """Parse a URL like ``smtp://user@mail.example.com:587``; raise ValueError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RequestError("call_mail.url") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise RequestError("call_mail.url")
        if parts.password:
            raise RequestError("call_mail.password")
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
        """The address of the sender without a display name."""
        return parseaddr(self.sender)[1]


def compose(mail: Email) -> bytes:
    """Compose a message: text and HTML as alternatives, with unsubscribe headers. Raise ValueError."""
    domain = mail.envelope_sender.rpartition("@")[2]
    if not domain:
        raise RequestError("call_mail.sender")
    headers = [
        sender_header(mail.sender),
        address_header("To", mail.recipient.strip()),
        text_header("Subject", clean_line(mail.texts.subject)),
        text_header("Date", format_datetime(datetime.now(UTC))),
        address_header("Message-ID", f"<{mail.id}@{domain}>"),
    ]
    if mail.unsubscribe:
        headers.append(address_header("List-Unsubscribe", f"<{mail.unsubscribe.replace('{id}', mail.id)}>"))
        headers.append(text_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return b"".join(headers) + _content(mail.texts)


def _content(texts: RenderedMessage) -> bytes:
    """Encode the texts so that no byte of them has a meaning in the protocol, with the headers that say how."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    body, markup = clean_text(texts.body), clean_text(texts.html)
    if body or not markup:
        message.set_content(body)
        if markup:
            message.add_alternative(markup, subtype="html")
    else:
        message.set_content(markup, subtype="html")
    return message.as_bytes()


class _MissingExtensionError(aiosmtplib.SMTPResponseException):
    """The server lacks an extension that its settings need; the message names it and the remedy."""


class SmtpSender:
    """Deliver emails, one connection each. The server is an administrator's choice and may be in a private network."""

    def __init__(self, resolver: Resolver = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._resolve = resolver
        self._tls = tls

    async def send(
        self, server: MailServer, password: str, mail: Email, content: bytes, seconds: float
    ) -> tuple[AttemptResult, str]:
        """Make one attempt within ``seconds``; return its result and, for a failure, one sentence about it."""
        try:
            async with time_limit(seconds):
                await self._deliver(server, password, mail, content)
        except TimeoutError:
            return AttemptResult(error=TIMED_OUT), _sentence("call_mail.late")
        except ForbiddenTargetError as error:
            return AttemptResult(error=CONNECTION, final=True), str(error)
        except (aiosmtplib.SMTPException, OSError, EOFError, ValueError) as error:
            check_descriptors()
            return _failure(error)
        return AttemptResult(status=250), ""

    async def _deliver(self, server: MailServer, password: str, mail: Email, content: bytes) -> None:
        connection = await self._connect(server)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            local_hostname="sojourn.invalid",
            timeout=None,
            use_tls=server.scheme == "smtps",
            start_tls=False,
            tls_context=None if server.scheme == "smtp+plain" else self._context(),
            sock=connection,
        )
        try:
            await client.connect()
        except BaseException:
            connection.close()
            raise
        try:
            await self._converse(client, server, password, mail, content)
        finally:
            client.close()

    async def _converse(
        self, client: aiosmtplib.SMTP, server: MailServer, password: str, mail: Email, content: bytes
    ) -> None:
        await client.ehlo()
        if server.scheme == "smtp":
            if not client.supports_extension("starttls"):
                about = "STARTTLS, which it does not offer; use smtps:// or smtp+plain://"
                raise _MissingExtensionError(_NOT_IMPLEMENTED, about)
            await client.starttls()
            await client.ehlo()
        if server.username:
            if not client.supported_auth_methods:
                about = "AUTH, which it offers in no form that is known here"
                raise _MissingExtensionError(_NOT_IMPLEMENTED, about)
            await client.login(server.username, password)
        addresses = (mail.envelope_sender, mail.recipient.strip())
        options = [] if all(address.isascii() for address in addresses) else ["SMTPUTF8"]
        await client.sendmail(*addresses, content, mail_options=options)
        if client.protocol is not None:
            client.protocol.write(b"QUIT\r\n")  # its reply is not awaited: the message is the server's already

    def _context(self) -> ssl.SSLContext:
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    async def _connect(self, server: MailServer) -> socket.socket:
        """Connect to the first reachable address of the host, after all of them have been checked."""
        addresses = [ip_address(text) for text in await self._resolve(server.host, server.port)]
        for address in addresses:
            check_address(address, is_allowed=True)
        failure: OSError = OSError("the host has no address")
        for address in addresses:
            connection = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
            connection.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(connection, (str(address), server.port))
            except BaseException as error:
                connection.close()
                if not isinstance(error, OSError):
                    raise
                failure = error
            else:
                return connection
        raise failure


def _sentence(key: str, **arguments: PhraseArgument) -> str:
    return format_sentence(Phrase(key, arguments))


def _failure(error: Exception) -> tuple[AttemptResult, str]:
    """Map an error of the SMTP conversation to its result and a sentence: codes from 500 are final, others retried."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        code = CONNECTION if error.code < 500 else str(error.code)
        return AttemptResult(error=code), _sentence("call_mail.answered", code=error.code, command=_command_of(error))
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return AttemptResult(error="553"), _sentence("call_mail.characters")
    if refused := find_tls_error(error):
        return AttemptResult(error=CONNECTION), _sentence("call_mail.tls", reason=refused.reason or "handshake failed")
    return AttemptResult(error=CONNECTION), _sentence("call_mail.broken")


def _command_of(error: aiosmtplib.SMTPResponseException) -> str:
    """Name the command that the server refused; never repeat its text, which may hold an address."""
    names = (name for kind, name in _COMMANDS.items() if isinstance(error, kind))
    return error.message if isinstance(error, _MissingExtensionError) else next(names, "a command")

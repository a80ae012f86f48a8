"""The ways in which a server can misbehave, by name, and the error code that each must end with."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.effects.http import MAX_BODY
from tests.helpers.raw_server import Behave, Received, Reply

GOOD = {"reservation": True}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """How a server behaves, the code the call ends with (None: it succeeds) and the requests it gets by then."""

    behave: Behave
    code: str | None
    requests: int | None = None


def sends(*parts: bytes) -> Behave:
    """Writes these bytes and hangs up."""

    async def behave(received: Received, reply: Reply) -> None:
        await reply.raw(*parts)

    return behave


def answers(status: int, **headers: str) -> Behave:
    """Answers this status with a good body."""

    async def behave(received: Received, reply: Reply) -> None:
        await reply.json(GOOD, status, **headers)

    return behave


async def hang(received: Received, reply: Reply) -> None:
    await asyncio.Event().wait()


async def reset(received: Received, reply: Reply) -> None:
    reply.reset()


def drip(first: bytes) -> Behave:
    """Writes ``first`` and then a byte every now and then, for ever: each read succeeds."""

    async def behave(received: Received, reply: Reply) -> None:
        await reply.raw(first)
        while True:
            await asyncio.sleep(0.02)
            await reply.raw(b"x")

    return behave


async def endless(received: Received, reply: Reply) -> None:
    await reply.raw(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await reply.raw(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def second_time_good(first: Behave) -> Behave:
    """Misbehaves once."""
    served = False

    async def behave(received: Received, reply: Reply) -> None:
        nonlocal served
        if served:
            await reply.json(GOOD)
        else:
            served = True
            await first(received, reply)

    return behave


@cache
def _bomb() -> bytes:
    packed = gzip.compress(b" " * (20 * MAX_BODY), 9)
    return OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed


def faults() -> Mapping[str, Fault]:
    """A fresh set: some faults remember what they have done."""
    return {
        "reset": Fault(reset, "connection"),
        "hangs up at once": Fault(sends(b""), "connection"),
        "hang": Fault(hang, "timedOut", 1),
        "drip of a body": Fault(drip(OK + b"Content-Length: 100000\r\n\r\n"), "timedOut", 1),
        "drip of headers": Fault(drip(OK + b"X-Slow: "), "timedOut", 1),
        "429": Fault(answers(429), "429"),
        "429 once": Fault(second_time_good(answers(429, Retry_After="0")), None, 2),
        "429 for a minute": Fault(answers(429, Retry_After="60"), "429"),
        "408": Fault(answers(408), "408"),
        "500": Fault(answers(500), "500"),
        "501": Fault(answers(501), "501"),
        "502": Fault(answers(502), "502"),
        "503": Fault(answers(503), "503"),
        "504": Fault(answers(504), "504"),
        "503 once": Fault(second_time_good(answers(503)), None, 2),
        "reset once": Fault(second_time_good(reset), None, 2),
        "404": Fault(answers(404), "404", 1),
        "truncated": Fault(sends(OK + b"Content-Length: 1000\r\n\r\n{"), "connection"),
        "truncated chunk": Fault(sends(OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"), "connection"),
        "not HTTP": Fault(sends(b"220 mail.example.com ESMTP\r\n"), "connection"),
        "giant headers": Fault(sends(OK + b"X-Big: " + b"x" * 300_000 + b"\r\n\r\n"), "connection"),
        "not JSON": Fault(sends(OK + b"Content-Length: 6\r\n\r\n<html>"), "malformed", 1),
        "not UTF-8": Fault(sends(OK + b'Content-Length: 19\r\n\r\n{"reservation":"\xff\xfe\xfd"'), "malformed", 1),
        "deeply nested": Fault(sends(OK + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000), "malformed", 1),
        "wrong type": Fault(sends(OK + b'Content-Length: 17\r\n\r\n{"reservation":1}'), "malformed", 1),
        "huge": Fault(sends(OK + f"Content-Length: {10 * MAX_BODY}\r\n\r\n".encode()), "malformed", 1),
        "huge without a length": Fault(endless, "malformed", 1),
        "gzip bomb": Fault(sends(_bomb()), "malformed", 1),
        "damaged gzip": Fault(sends(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"), "malformed", 1),
        "unknown encoding": Fault(sends(OK + b"Content-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd"), "malformed", 1),
        "redirect to a forbidden host": Fault(answers(307, Location="http://169.254.169.254/latest"), "307", 1),
        "redirect to another scheme": Fault(answers(307, Location="file:///etc/passwd"), "307", 1),
        "redirect loop": Fault(answers(307, Location="/fault"), "307", 6),
        "redirect without a target": Fault(answers(302), "302", 1),
    }


def self_signed(host: str = "127.0.0.1") -> tuple[bytes, bytes]:
    """A certificate for an address that nobody trusts, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

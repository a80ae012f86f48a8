"""A server that misbehaves: every call ends in time, with the right code, against sources and against actions."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from engine.effects.http import HttpClient, HttpError, HttpRequest
from engine.effects.local_targets import ALL_LOCAL
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer
from tests.helpers.server_faults import answers, faults, self_signed
from tests.helpers.virtual_loop import VirtualLoop, run_virtual

TIMEOUT_MS = 400


def world_of(url: str) -> PerformerFakes:
    return PerformerFakes(
        {
            "data_sources": [
                {"name": "S", "url": url, "field_groups": [{"name": "G", "fields": {"reservation": "boolean"}}]}
            ],
            "actions": [{"name": "A", "url": url, "body": {}, "response": {"reservation": "boolean"}}],
        },
    )


async def perform(world: PerformerFakes, kind: str, timeout_ms: int = 60_000) -> Any:
    try:
        if kind == "source":
            return await world.fetch("S", "G", timeout_ms=timeout_ms)
        return await world.act("A", {}, timeout_ms=timeout_ms)
    finally:
        await world.performer.close()


@pytest.mark.parametrize("kind", ["source", "action"])
@pytest.mark.parametrize("name", faults())
def test_every_network_fault_has_a_code(name: str, kind: str) -> None:
    """On a clock that only waits move, every call ends by its timeout, and at it if that is what ends it."""
    fault = faults()[name]

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with RawServer({"/fault": fault.behave}) as server:
            done = await perform(world_of(f"{server.url}/fault"), kind, TIMEOUT_MS)
            elapsed = loop.milliseconds()
        assert done.error == fault.code
        assert elapsed <= TIMEOUT_MS
        assert elapsed == TIMEOUT_MS or fault.code != "timedOut"
        assert done.elapsed_ms == elapsed
        if fault.requests is not None:
            assert len(server.received) == fault.requests
        given = done.data if kind == "source" else done.response
        assert given == (None if fault.code else {"reservation": True})
        assert bool(done.origin_error) == bool(fault.code)

    run_virtual(main())


@pytest.mark.parametrize("kind", ["source", "action"])
def test_closed_port_is_connection_error(kind: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = run_virtual(perform(world_of(f"http://127.0.0.1:{unused.getsockname()[1]}/"), kind))
    assert (done.error, done.origin_error) == ("connection", "The host could not be reached")


@pytest.mark.parametrize("kind", ["source", "action"])
def test_name_without_address_is_connection_error(kind: str) -> None:
    done = run_virtual(perform(world_of("http://nobody.invalid/"), kind))
    assert done.error == "connection"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authority_of_the_environment_is_trusted(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed()
    (tmp_path / "both.pem").write_bytes(certificate + key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "both.pem")
    (tmp_path / "ca.pem").write_bytes(certificate)
    usable = variable == "SSL_CERT_FILE"
    monkeypatch.setenv(variable, str(tmp_path / ("ca.pem" if usable else "missing")))

    async def main() -> None:
        async with RawServer({"/": answers(200)}, tls) as server:
            client = HttpClient()
            request = HttpRequest("GET", f"{server.url}/")
            if usable:
                assert (await client.send(request, 5, ALL_LOCAL)).status == 200
            else:
                with pytest.raises(HttpError):
                    await client.send(request, 5, ALL_LOCAL)
            await client.close()

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["source", "action"])
def test_untrusted_certificate_is_refused(kind: str, tmp_path: Path) -> None:
    certificate, key = self_signed()
    (tmp_path / "both.pem").write_bytes(certificate + key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "both.pem")

    async def main() -> None:
        async with RawServer({"/": answers(200)}, tls) as server:
            done = await perform(world_of(f"{server.url}/"), kind)
        assert done.error == "connection"
        assert "TLS" in done.origin_error
        assert not server.received

    run_virtual(main())

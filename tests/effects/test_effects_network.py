"""Sixty and more ways to ask for a forbidden host: not one connection is opened."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.http import HttpClient, HttpError, HttpReply, HttpRequest, _redirected
from engine.effects.local_targets import ALL_LOCAL, NOTHING_LOCAL, LocalTargets, read_allowed_hosts
from engine.effects.network import CheckedBackend, ForbiddenTargetError, check_address, check_url
from tests.helpers.performer_fakes import TRUSTS_NOBODY
from tests.helpers.raw_server import RawServer, Received, Reply

FORBIDDEN = (
    # IPv4 in every spelling a resolver may understand
    *("http://127.0.0.1/", "http://127.0.0.1./", "http://127.1/", "http://127.0.1/", "http://0177.0.0.1/"),
    *("http://0x7f.0.0.1/", "http://0x7f000001/", "http://2130706433/", "http://017700000001/", "http://0/"),
    *("http://0.0.0.0/", "http://00000000000000127.0.0.1/", "http://127.0.0.0x1/", "http://10.0.0.1/"),
    *("http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/"),
    *("http://8.8.8.8/", "https://1.1.1.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/"),
    *("http://256.256.256.256/", "http://1.2.3.4.5/", "http://0x/", "http://999999999999/"),
    # IPv6
    *("http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/"),
    *("http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/"),
    *("http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[ff02::1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[2002:7f00:1::]/", "http://[2002:b00::]/", "http://[2001:db8::1]/", "http://[2606:4700:4700::1111]/"),
    # names of this machine, odd letters, odd encodings
    *("http://localhost/", "http://LOCALHOST./", "http://app.localhost/", "http://１２７.０.０.１/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://%6c%6f%63alhost/"),
    *("http://127.0.0.1%2f@example.com/", "http://exa mple.com/", "http://example.com\t/", "http://ex\nample.com/"),
    *("http://example.com\\@127.0.0.1/", "http://-bad-.example.com/", "http://exa$mple.com/", "http://.example.com/"),
    *("http://a..example.com/", f"http://{'a' * 64}.example.com/", f"http://{'a.' * 130}com/", "http://[example.com]/"),
    # other parts of the URL
    *("http://user@example.com/", "http://user:secret@example.com/", "http://example.com@127.0.0.1/"),
    *("http://example.com:8080/", "https://example.com:80/", "http://example.com:443/", "http://example.com:0/"),
    *("http://example.com:99999/", "http://example.com:x/", "ftp://example.com/", "file:///etc/passwd"),
    *("gopher://example.com/", "javascript:alert(1)", "//example.com/", "example.com", "", "http://", "http:///x"),
)

INNER = ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fd00::1", "::")
PUBLIC = "93.184.216.34"


class ConnectionPool:
    """Records where connections would have gone, and opens none."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    async def connect_tcp(self, host: str, port: int, *_: object) -> httpcore.AsyncNetworkStream:
        self.targets.append(host)
        raise httpcore.ConnectError("recorded")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> ConnectionPool:
    recorded = ConnectionPool()
    monkeypatch.setattr(httpcore, "AnyIOBackend", lambda: recorded)
    return recorded


def send(url: str, *answers: list[str], allowed: LocalTargets = NOTHING_LOCAL) -> tuple[HttpError, int]:
    """Return the error of a call whose host resolves to one answer after the other, and how often it was resolved."""
    asked = 0

    async def resolver(host: str, port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return list(answers[min(asked, len(answers)) - 1])

    async def main() -> HttpError:
        client = HttpClient(resolver, TRUSTS_NOBODY)
        with pytest.raises(HttpError) as caught:
            await client.send(HttpRequest("GET", url), 2, allowed)
        await client.close()
        return caught.value

    return asyncio.run(main()), asked


def test_there_are_sixty_forms() -> None:
    assert len(set(FORBIDDEN)) >= 60


@pytest.mark.parametrize("url", FORBIDDEN)
def test_forbidden_url_is_never_resolved(url: str, connections: ConnectionPool) -> None:
    fault, asked = send(url, [PUBLIC])
    assert (fault.error, fault.final) == ("connection", True)
    assert (connections.targets, asked) == ([], 0)
    assert fault.message


@pytest.mark.parametrize("address", INNER)
def test_name_that_leads_inside_opens_no_connection(address: str, connections: ConnectionPool) -> None:
    fault, _ = send("http://innocent.example.com/", [address])
    assert (fault.final, connections.targets) == (True, [])


@pytest.mark.parametrize("address", INNER)
def test_one_private_address_blocks_name(address: str, connections: ConnectionPool) -> None:
    fault, _ = send("http://innocent.example.com/", [PUBLIC, address])
    assert (fault.final, connections.targets) == (True, [])


def test_dns_rebinding_is_blocked(
    connections: ConnectionPool,
) -> None:
    fault, asked = send("http://rebinding.example.com/", [PUBLIC], ["127.0.0.1"])
    assert (connections.targets, asked, fault.final) == ([PUBLIC], 1, False)


def test_every_address_is_tried_in_order(connections: ConnectionPool) -> None:
    send("http://two.example.com/", [PUBLIC, "2606:4700:4700::1111"])
    assert connections.targets == [PUBLIC, "2606:4700:4700::1111"]


@pytest.mark.parametrize(
    "target",
    [
        *("http://127.0.0.1/", "http://localhost/", "//127.0.0.1/", "http://[::1]/", "https://example.com:8443/"),
        *(
            "file:///etc/passwd",
            "http://user@example.com/",
            "http://example.com/plain",
            "http://2130706433/",
            "http://[",
        ),
    ],
)
def test_redirect_is_checked_like_a_call(target: str) -> None:
    request = HttpRequest("GET", "https://example.com/a")
    assert _redirected(request, HttpReply(302, {"location": target}, b""), NOTHING_LOCAL) is None


def test_cross_host_redirect_drops_credentials() -> None:
    headers = (("Authorization", "Basic x"), ("X-Key", "k"), ("Accept", "application/json"))
    request = HttpRequest("GET", "https://example.com/a", headers, None, frozenset({"authorization", "x-key"}))
    same = _redirected(request, HttpReply(301, {"location": "/b"}, b""), NOTHING_LOCAL)
    other = _redirected(request, HttpReply(301, {"location": "https://other.example.org/b"}, b""), NOTHING_LOCAL)
    assert same is not None
    assert (same.url, same.headers) == ("https://example.com/b", headers)
    assert other is not None
    assert other.headers == (("Accept", "application/json"),)


@pytest.mark.parametrize(
    ("method", "status", "following"),
    [
        *(("POST", status, "GET") for status in (301, 302, 303)),
        *(("POST", status, "POST") for status in (307, 308)),
        *(("PUT", status, "PUT") for status in (301, 302, 307, 308)),
        *((method, 303, "GET") for method in ("GET", "PUT", "PATCH", "DELETE")),
    ],
)
def test_redirect_is_followed_by_its_method(method: str, status: int, following: str) -> None:
    headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
    request = HttpRequest(method, "https://example.com/a", headers, b"{}")
    found = _redirected(request, HttpReply(status, {"location": "/b"}, b""), NOTHING_LOCAL)
    assert found is not None
    assert (found.method, found.url) == (following, "https://example.com/b")
    kept = following == method and status != 303
    assert (found.content, found.headers) == ((b"{}", headers) if kept else (None, headers[1:]))


@pytest.mark.parametrize(
    ("here", "there", "status", "followed"),
    [
        ("https://example.com/a", "https://other.example.org/b", 307, False),
        ("https://example.com/a", "https://other.example.org/b", 302, True),
        ("http://example.com/a", "https://example.com/a", 308, True),
        ("https://example.com/a", "http://example.com/a", 308, False),
    ],
)
def test_body_reaches_its_own_host_alone(here: str, there: str, status: int, followed: bool) -> None:
    request = HttpRequest("POST", here, (), b"{}")
    found = _redirected(request, HttpReply(status, {"location": there}, b""), NOTHING_LOCAL)
    assert (found is not None) == followed


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "ff02::1", "198.18.0.1", "2002:b00::", "2002:a00:1::"],
)
def test_local_endpoints_exclude_reserved_ranges(address: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        check_address(ip_address(address), is_allowed=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1", "8.8.8.8"])
def test_setting_opens_loopback_and_private_networks(address: str) -> None:
    check_address(ip_address(address), is_allowed=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_open(address: str) -> None:
    check_address(ip_address(address), is_allowed=False)


@given(st.ip_addresses())
def test_standard_library_private_ranges_are_blocked(address: object) -> None:
    parsed = ip_address(str(address))
    try:
        check_address(parsed, is_allowed=False)
    except ForbiddenTargetError:
        return
    assert not (parsed.is_loopback)
    assert not (parsed.is_link_local)
    assert not (parsed.is_multicast)
    assert not (parsed.is_unspecified)
    assert not parsed.is_private or parsed in (ip_address("192.0.0.9"), ip_address("192.0.0.10"))


@pytest.mark.parametrize(
    "url", ["https://api.example.com", "http://EXAMPLE.com./a?b=c#d", "https://bücher.example/ä", "http://a_b.example/"]
)
def test_ordinary_urls_are_allowed(url: str) -> None:
    assert check_url(url, NOTHING_LOCAL).host


def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fine(received: Received, reply: Reply) -> None:
        await reply.json({})

    async def main() -> None:
        async with RawServer({"/": fine}) as server, RawServer({}) as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            client = HttpClient(tls=TRUSTS_NOBODY)
            reply = await client.send(HttpRequest("GET", f"{server.url}/"), 2, ALL_LOCAL)
            await client.close()
        assert (reply.status, proxy.connections) == (200, 0)

    asyncio.run(main())


def test_unix_socket_is_no_target() -> None:
    with pytest.raises(ForbiddenTargetError):
        asyncio.run(CheckedBackend(ALL_LOCAL).connect_unix_socket("/run/x.sock"))


ALLOWED = read_allowed_hosts("crm.internal, 10.1.0.0/16; 127.0.0.1:8190 [::1]:9000 box.internal:8443")


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://crm.internal:8080/", True),
        ("https://box.internal:8443/", True),
        ("https://box.internal:8444/", False),
        ("http://10.1.2.3:9/", True),
        ("http://10.2.2.3/", False),
        ("http://127.0.0.1:8190/v1", True),
        ("http://127.0.0.1:8191/", False),
        ("http://[::1]:9000/", True),
        ("http://localhost:8190/", False),
        ("https://example.com:8443/", False),
        ("http://169.254.169.254/", False),
    ],
)
def test_allowed_hosts_and_networks_are_called(url: str, is_allowed: bool) -> None:
    if is_allowed:
        assert check_url(url, ALLOWED).host
    else:
        with pytest.raises(ForbiddenTargetError):
            check_url(url, ALLOWED)


@pytest.mark.parametrize(
    ("url", "address", "is_refused"),
    [
        ("http://crm.internal/", "192.168.3.4", False),
        ("http://other.internal/", "10.1.3.4", False),
        ("http://other.internal/", "10.2.3.4", True),
        ("http://crm.internal/", "169.254.169.254", True),
        ("http://example.com/", "127.0.0.1", True),
    ],
)
def test_address_behind_allowed_host_is_checked(
    url: str, address: str, is_refused: bool, connections: ConnectionPool
) -> None:
    send(url, [address], allowed=ALLOWED)
    assert connections.targets == ([] if is_refused else [address])


MALFORMED = ("https://crm.internal", "10.1.0.0/99", "a b!c", "crm:0", "crm:70000", "[crm]:80", "1:2:3")


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_allowed_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_allowed_hosts(text)

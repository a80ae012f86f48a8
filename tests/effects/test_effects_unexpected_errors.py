"""Whatever a server answers and whatever values a call has, the call ends with a code and is not repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.http import RequestError
from engine.effects.policy import read_retry_after
from engine.effects.requests import LONGEST_URL, action_url
from tests.effects.test_effects_faults import perform, world_of
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer
from tests.helpers.server_faults import answers, sends
from tests.helpers.virtual_loop import run_virtual

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DATES = [
    f"Fri, 31 Dec 1{'0' * 20} 23:59:59 GMT",
    "Fri, 31 Dec -0001 23:59:59 GMT",
    "Fri, 31 Dec 2021 23:59:59 +999999999",
    "-5",
    "1e400",
    "NaN",
    "9" * 400,
]


@pytest.mark.parametrize("kind", ["source", "action"])
@pytest.mark.parametrize("date", DATES)
def test_strange_retry_time_ends_with_the_status(date: str, kind: str) -> None:
    async def main() -> None:
        async with RawServer({"/": answers(429, Retry_After=date)}) as server:
            done = await perform(world_of(f"{server.url}/"), kind)
        assert done.error == "429"

    run_virtual(main())


@given(st.text())
def test_any_retry_time_can_be_read(text: str) -> None:
    wait = read_retry_after(text, NOW)
    assert wait is None or wait >= 0


@pytest.mark.parametrize("kind", ["source", "action"])
@pytest.mark.parametrize(
    "target",
    ["http://xn--a.com/", "http://[::1", "http://a:99999999/", "//\udcff", f"/{'x' * 70_000}", "http://%00/", "::"],
)
def test_malformed_redirect_ends_with_the_status(target: str, kind: str) -> None:
    answer = (
        b"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: " + target.encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    )

    async def main() -> None:
        async with RawServer({"/": sends(answer)}) as server:
            done = await perform(world_of(f"{server.url}/"), kind)
        assert done.error in ("307", "404", "connection")
        assert done.origin_error

    run_virtual(main())


@pytest.mark.parametrize(
    "values",
    [
        {"url_path": "x" * 70_000},
        {"url_path": "지" * 30_000},
        {"url_path": "\ud800"},
        {"url_path": "a\x00b"},
        {"query": {"q": "x" * 70_000}},
        {"query": {"q": "\ud800"}},
        {"headers": {"X": "a\x00b"}},
        {"headers": {"X": "\ud800"}},
        {"headers": {"X": "a\x85b"}},
    ],
)
def test_unsendable_value_is_an_evaluation_error(values: dict[str, Any]) -> None:
    action = {
        "name": "A",
        "url": "https://api.example.com/",
        "dynamic_path": True,
        "headers": [{"name": "X", "variable": "X"}],
        "query": [{"name": "q", "variable": "q"}],
        "body": {},
    }

    async def main() -> None:
        done = await PerformerFakes({"actions": [action]}).act("A", {}, **values)
        assert (done.error, done.attempts) == ("evaluation", 0)
        assert done.origin_error

    run_virtual(main())


def test_error_of_a_library_ends_the_call(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise KeyError("eve@example.com")

    async def main() -> None:
        async with RawServer({"/": answers(200)}) as server:
            for where, code in (
                ("engine.effects.http._wire_request", "evaluation"),
                ("engine.effects.requests.read_fields", "malformed"),
                ("engine.effects.network_performer.action_request", "evaluation"),
            ):
                with monkeypatch.context() as patched:
                    patched.setattr(where, fail)
                    done = await perform(world_of(f"{server.url}/"), "action")
                assert done.error == code
                assert "eve" not in done.origin_error
                with monkeypatch.context() as patched:
                    patched.setattr(where.replace("action_request", "source_request"), fail)
                    done = await perform(world_of(f"{server.url}/"), "source")
                assert done.error == code

    run_virtual(main())
    assert "eve" not in caplog.text
    assert caplog.text.count("unexpected error") == 6


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fadmin",
        "..;/admin",
        "a/..;x=1/b",
        "%2e%2e;/x",
        "a%2f..",
        "%252e%252e/x",
        "a%5c..%5cb",
        "%2525252525252e",
    ],
)
def test_path_cannot_leave_the_url(path: str) -> None:
    with pytest.raises(RequestError):
        action_url("https://api.example.com/v1", path)


@pytest.mark.parametrize("path", ["a;v=1/b", "50%25", "a..b", "orders/..."])
def test_ordinary_path_is_kept(path: str) -> None:
    assert action_url("https://api.example.com/v1", path) == f"https://api.example.com/v1/{path}"


def test_fragment_is_left_out() -> None:
    assert action_url("https://a.example/v1?k=1#top", "b?c=2") == "https://a.example/v1/b?k=1&c=2"
    assert action_url("https://a.example/v1#top") == "https://a.example/v1"


def test_url_has_a_greatest_length() -> None:
    assert len(action_url("https://a.example", "x" * 1_000)) == 1_018
    with pytest.raises(RequestError, match="longer than"):
        action_url("https://a.example", "x" * LONGEST_URL)

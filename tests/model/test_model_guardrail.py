"""Rules in the original's JSON form: each fault has the original's code, and a pattern fits what it should."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.guardrail import GuardrailError, UrlPattern, read_capping, read_throttling

CAPPING: dict[str, Any] = {
    "url": "https://api.example.org/data/2.5/*",
    "methods": ["GET"],
    "services": {"dataSource": {"maxHttpConnections": 50, "rating": {"maxCallsCount": 500, "periodInMs": 1000}}},
    "orgId": "<IMS Org Id>",
}
THROTTLING: dict[str, Any] = {
    "name": "external",
    "urlPattern": "https://api.example.org/data/2.5/*",
    "methods": ["POST", "PUT"],
    "maxThroughput": 4000,
}


def limit(**changed: Any) -> dict[str, Any]:
    rating = {"maxCallsCount": 1, "periodInMs": 1, **changed.pop("rating", {})}
    return {"action": {"rating": rating, "maxHttpConnections": 1, **changed}}


def test_originals_examples_are_rules() -> None:
    rule, issues = read_capping(CAPPING)
    assert issues == ()
    found = rule.limit_for("dataSource", "GET", "https://api.example.org/data/2.5/weather?q=1")
    assert found is not None
    assert (found.max_http_connections, found.rating.max_calls_count, found.rating.period_in_ms) == (50, 500, 1000)
    assert rule.limit_for("action", "GET", "https://api.example.org/data/2.5/weather") is None
    assert rule.limit_for("dataSource", "POST", "https://api.example.org/data/2.5/weather") is None
    throttling = read_throttling(THROTTLING)
    assert throttling.max_throughput == 4000
    assert throttling.applies_to("PUT", "https://API.example.org:443/data/2.5/x/y")
    assert not throttling.applies_to("GET", "https://api.example.org/data/2.5/x")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": None}, "ERR_ENDPOINTCONFIG_100"),
        ({"url": " "}, "ERR_ENDPOINTCONFIG_100"),
        ({"url": "api.example.org/x"}, "ERR_ENDPOINTCONFIG_101"),
        ({"url": "ftp://api.example.org/x"}, "ERR_ENDPOINTCONFIG_101"),
        ({"url": "https://api.example.org:x/"}, "ERR_ENDPOINTCONFIG_101"),
        ({"url": "https://*.example.org/x"}, "ERR_ENDPOINTCONFIG_102"),
        ({"url": "https://api.example.org:*/x"}, "ERR_ENDPOINTCONFIG_102"),
        ({"url": "*"}, "ERR_ENDPOINTCONFIG_102"),
        ({"methods": None}, "ERR_ENDPOINTCONFIG_103"),
        ({"methods": []}, "ERR_ENDPOINTCONFIG_103"),
        ({"methods": ["FETCH"]}, "ERR_ENDPOINTCONFIG_103"),
        ({"methods": [1]}, "ERR_ENDPOINTCONFIG_103"),
        ({"services": None}, "ERR_ENDPOINTCONFIG_104"),
        ({"services": {}}, "ERR_ENDPOINTCONFIG_104"),
        ({"services": {"action": {}}}, "ERR_ENDPOINTCONFIG_104"),
        ({"services": {"action": 1}}, "ERR_ENDPOINTCONFIG_104"),
        ({"services": limit(rating={"maxCallsCount": 0})}, "ERR_ENDPOINTCONFIG_107"),
        ({"services": limit(rating={"maxCallsCount": True})}, "ERR_ENDPOINTCONFIG_107"),
        ({"services": limit(rating={"maxCallsCount": "5"})}, "ERR_ENDPOINTCONFIG_107"),
        ({"services": limit(rating={"periodInMs": -1})}, "ERR_ENDPOINTCONFIG_108"),
        ({"services": limit(rating={"periodInMs": 1.5})}, "ERR_ENDPOINTCONFIG_108"),
        ({"services": limit(maxHttpConnections=401)}, "ERR_ENDPOINTCONFIG_111"),
        ({"services": limit(maxHttpConnections=0)}, "ERR_ENDPOINTCONFIG_111"),
        ({"services": limit(other=1)}, "ERR_ENDPOINTCONFIG_111"),
        ({"services": limit(rating={"other": 1})}, "ERR_ENDPOINTCONFIG_111"),
        ({"other": 1}, "ERR_ENDPOINTCONFIG_111"),
        ({"name": 1}, "ERR_ENDPOINTCONFIG_111"),
        ({"services": {"webhook": {}}}, "ERR_AUTHORING_ENDPOINTCONFIG_1"),
    ],
)
def test_invalid_capping_configuration_has_a_code(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(GuardrailError) as caught:
        read_capping({**CAPPING, **changed})
    assert [issue.code for issue in caught.value.issues if issue.severity == "error"] == [code]


@pytest.mark.parametrize("payload", [None, [], "x", 1])
def test_non_object_is_not_a_configuration(payload: Any) -> None:
    with pytest.raises(GuardrailError, match="ERR_ENDPOINTCONFIG_112"):
        read_capping(payload)
    with pytest.raises(GuardrailError, match="ERR_THROTTLING_CONFIG_106"):
        read_throttling(payload)


def test_unlimited_number_of_connections_is_warning() -> None:
    rule, issues = read_capping({**CAPPING, "services": limit(maxHttpConnections=None)})
    assert [(issue.code, issue.severity) for issue in issues] == [("ERR_ENDPOINTCONFIG_106", "warning")]
    assert rule.services["action"].max_http_connections is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"urlPattern": ""}, "ERR_THROTTLING_CONFIG_100"),
        ({"methods": []}, "ERR_THROTTLING_CONFIG_100"),
        ({"maxThroughput": None}, "ERR_THROTTLING_CONFIG_101"),
        ({"maxThroughput": 199}, "ERR_THROTTLING_CONFIG_101"),
        ({"maxThroughput": 5001}, "ERR_THROTTLING_CONFIG_101"),
        ({"maxThroughput": "300"}, "ERR_THROTTLING_CONFIG_101"),
        ({"urlPattern": 5}, "ERR_THROTTLING_CONFIG_104"),
        ({"urlPattern": "https://"}, "ERR_THROTTLING_CONFIG_104"),
        ({"urlPattern": "https://*.example.org/"}, "ERR_THROTTLING_CONFIG_105"),
        ({"methods": ["FETCH"]}, "ERR_THROTTLING_CONFIG_106"),
        ({"other": 1}, "ERR_THROTTLING_CONFIG_106"),
    ],
)
def test_invalid_throttling_configuration_has_a_code(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(GuardrailError) as caught:
        read_throttling({**THROTTLING, **changed})
    assert [issue.code for issue in caught.value.issues] == [code]


@pytest.mark.parametrize("throughput", [200, 5000])
def test_bounds_of_throughput_are_allowed(throughput: int) -> None:
    assert read_throttling({**THROTTLING, "maxThroughput": throughput}).max_throughput == throughput


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("https://a.example/x", "https://a.example/x", True),
        ("https://a.example/x", "https://a.example/x?q=1", True),
        ("https://a.example/x", "https://a.example/x/y", False),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example", "https://A.EXAMPLE.:443/", True),
        ("https://a.example/*", "https://a.example/", True),
        ("https://a.example/*/z", "https://a.example/x/y/z", True),
        ("https://a.example/*/z", "https://a.example/z", False),
        ("https://a.example/a*a", "https://a.example/a", False),
        ("https://a.example/a*b*c", "https://a.example/axbxbxc", True),
        ("https://a.example/a*b*b*c", "https://a.example/axbxc", False),
        ("https://a.example/*", "not a url", False),
        ("https://a.example/*", "smtp://a.example/", False),
    ],
)
def test_pattern_matches_scheme_host_port_and_path(pattern: str, url: str, fits: bool) -> None:
    assert UrlPattern.parse(pattern).matches(url) == fits


@given(st.lists(st.text("ab/", max_size=5), min_size=1, max_size=6), st.text("ab/", max_size=30), st.data())
def test_generated_urls_match_their_pattern(pieces: list[str], filling: str, data: st.DataObject) -> None:
    pattern = UrlPattern.parse("https://a.example/" + "*".join(pieces))
    between = [data.draw(st.text("ab/", max_size=8)) for _ in pieces[1:]]
    path = pieces[0] + "".join(fill + piece for fill, piece in zip(between, pieces[1:], strict=True))
    assert pattern.matches(f"https://a.example/{path}")


@given(st.integers(1, 200))
def test_matching_takes_no_exponential_time(length: int) -> None:
    assert not UrlPattern.parse("https://a.example/" + "a*" * length + "b").matches("https://a.example/" + "a" * 400)

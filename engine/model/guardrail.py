"""Capping and throttling rules in the JSON form of the original's API (runtime.md, Guardrails).

``read_capping`` and ``read_throttling`` turn a payload into a rule or raise :class:`GuardrailError` with the
original's error code. Rules are matched by method and URL: ``*`` in the path stands for any characters, the query
takes no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, TypeGuard
from urllib.parse import urlsplit

from pydantic import Field as Setting

from engine.catalogue import Phrase, PhraseArgument
from engine.json_types import JsonDict
from engine.model.base import Model

Service = Literal["action", "dataSource"]
SERVICES: tuple[Service, ...] = ("action", "dataSource")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
MAX_CONNECTIONS = 400
MIN_THROUGHPUT, MAX_THROUGHPUT = 200, 5_000
_DEFAULT_PORTS = {"http": 80, "https": 443}

_NO_CONNECTION_LIMIT = "ERR_ENDPOINTCONFIG_106"
_CAPPING_KEYS = {"url", "methods", "services", "name", "description"}
_RATING_KEYS = ("maxCallsCount", "periodInMs")
_THROTTLING_KEYS = {"name", "description", "urlPattern", "methods", "maxThroughput"}
_SERVER_KEYS = {
    *("_id", "uid", "orgId", "sandboxId", "sandboxName", "metadata", "state", "authoringFormatVersion", "version"),
    *("hasBeenDeployed", "deployedConfig", "tenantId"),
}


@dataclass(frozen=True, slots=True)
class GuardrailIssue:
    """An issue of a rule's payload with the original's code and text; only some block deployment."""

    phrase: Phrase
    severity: Literal["error", "warning"] = "error"

    @property
    def code(self) -> str:
        """The original's code."""
        return self.phrase.key.partition(".")[0]

    @property
    def message(self) -> str:
        """The original's text, in English."""
        return str(self.phrase)


class GuardrailError(Exception):
    """A payload that is no rule; ``issues`` holds at least one error."""

    def __init__(self, issues: tuple[GuardrailIssue, ...]) -> None:
        super().__init__("; ".join(f"{issue.code}: {issue.message}" for issue in issues))
        self.issues = issues


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """A URL with wildcards in its path; matching takes time linear in the URL for each piece between wildcards."""

    origin: tuple[str, str, int]
    pieces: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> UrlPattern:
        """Return the pattern of an absolute http or https URL; raises ValueError when it is not one."""
        origin, path = split_url(text)
        return cls(origin, tuple(path.split("*")))

    def matches(self, url: str) -> bool:
        """Whether this absolute URL has the pattern's scheme, host and port, and a path that fits."""
        try:
            origin, path = split_url(url)
        except ValueError:
            return False
        return origin == self.origin and _fits(self.pieces, path)


def _fits(pieces: tuple[str, ...], path: str) -> bool:
    first, *middle = pieces
    if not middle:
        return path == first
    last = middle.pop()
    if len(path) < len(first) + len(last) or not path.startswith(first) or not path.endswith(last):
        return False
    at, end = len(first), len(path) - len(last)
    for piece in middle:
        at = path.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def split_url(url: str) -> tuple[tuple[str, str, int], str]:
    """``((scheme, host, port), path)`` of an absolute http or https URL, in lower case but for the path."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _DEFAULT_PORTS or not host or any(mark.isspace() for mark in url):
        raise ValueError("the URL has no http or https scheme or no host")
    return (scheme, host, parts.port or _DEFAULT_PORTS[scheme]), parts.path or "/"


class Rating(Model):
    """At most ``max_calls_count`` calls in any ``period_in_ms`` milliseconds."""

    max_calls_count: int = Setting(alias="maxCallsCount", ge=1)
    period_in_ms: int = Setting(alias="periodInMs", ge=1)


class ServiceLimit(Model):
    """The limit for one service; without ``max_http_connections`` any number of calls may be open at once."""

    max_http_connections: int | None = Setting(None, alias="maxHttpConnections", ge=1, le=MAX_CONNECTIONS)
    rating: Rating


class CappingRule(Model):
    """Calls over the limit are not made (error ``capped``)."""

    url: str
    methods: tuple[str, ...]
    services: Mapping[Service, ServiceLimit]
    name: str = ""
    description: str = ""

    @cached_property
    def pattern(self) -> UrlPattern:
        """The rule's URL, ready to match."""
        return UrlPattern.parse(self.url)

    def limit_for(self, service: Service, method: str, url: str) -> ServiceLimit | None:
        """Return the limit that holds for such a call, if the rule says anything about it."""
        limit = self.services.get(service)
        return limit if limit and method in self.methods and self.pattern.matches(url) else None


class ThrottlingRule(Model):
    """Calls over ``max_throughput`` a second wait their turn."""

    name: str = ""
    description: str = ""
    url_pattern: str = Setting(alias="urlPattern")
    methods: tuple[str, ...]
    max_throughput: int = Setting(alias="maxThroughput", ge=MIN_THROUGHPUT, le=MAX_THROUGHPUT)

    @cached_property
    def pattern(self) -> UrlPattern:
        """The rule's URL, ready to match."""
        return UrlPattern.parse(self.url_pattern)

    def applies_to(self, method: str, url: str) -> bool:
        """Whether such a call is throttled by this rule."""
        return method in self.methods and self.pattern.matches(url)


def read_capping(payload: object) -> tuple[CappingRule, tuple[GuardrailIssue, ...]]:
    """Return the rule and its warnings; raises GuardrailError when there is an error.

    A service may name ``maxCallsCount`` and ``periodInMs`` beside its other limits instead of in a ``rating``.
    """
    payload = _with_ratings(payload)
    issues = tuple(_capping_issues(payload))
    if any(issue.severity == "error" for issue in issues):
        raise GuardrailError(issues)
    assert isinstance(payload, dict)
    services = {name: ServiceLimit.model_validate(limit) for name, limit in payload["services"].items()}
    return CappingRule(
        url=payload["url"],
        methods=_upper(payload["methods"]),
        services=services,
        name=payload.get("name", ""),
        description=payload.get("description", ""),
    ), issues


def _with_ratings(payload: object) -> object:
    """Return the payload with flat ratings put where the original has them; anything else as it is."""
    if not isinstance(payload, Mapping) or not isinstance(services := payload.get("services"), Mapping):
        return payload
    return {**payload, "services": {name: _with_rating(limit) for name, limit in services.items()}}


def _with_rating(limit: object) -> object:
    if not isinstance(limit, Mapping) or "rating" in limit:
        return limit
    rating = {key: limit[key] for key in _RATING_KEYS if key in limit}
    rest = {key: value for key, value in limit.items() if key not in rating}
    return {**rest, "rating": rating} if rating else rest


def _upper(methods: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(method.upper() for method in methods))


def _issue(code: str, detail: PhraseArgument = "") -> GuardrailIssue:
    phrase = Phrase(f"{code}.detail", {"detail": detail}) if detail else Phrase(code)
    return GuardrailIssue(phrase, "warning" if code == _NO_CONNECTION_LIMIT else "error")


def _capping_issues(payload: object) -> Iterator[GuardrailIssue]:
    if not isinstance(payload, dict):
        yield _issue("ERR_ENDPOINTCONFIG_112")
        return
    yield from _stray_keys(payload, _CAPPING_KEYS, partial(_issue, "ERR_ENDPOINTCONFIG_111"))
    yield from _capping_url_issues(payload.get("url"))
    yield from _method_issues(payload.get("methods"), partial(_issue, "ERR_ENDPOINTCONFIG_103"))
    services = payload.get("services")
    if not isinstance(services, dict) or not services:
        yield _issue("ERR_ENDPOINTCONFIG_104")
        return
    for name, limit in services.items():
        yield from _service_issues(name, limit)


def _capping_url_issues(url: object) -> Iterator[GuardrailIssue]:
    if not isinstance(url, str) or not url.strip():
        yield _issue("ERR_ENDPOINTCONFIG_100")
    elif "*" in _authority(url):
        yield _issue("ERR_ENDPOINTCONFIG_102")
    elif not _is_pattern(url):
        yield _issue("ERR_ENDPOINTCONFIG_101")


def _service_issues(name: str, limit: object) -> Iterator[GuardrailIssue]:
    if name not in SERVICES:
        yield GuardrailIssue(Phrase("ERR_AUTHORING_ENDPOINTCONFIG_1", {"name": name}))
        return
    rating = limit.get("rating") if isinstance(limit, dict) else None
    if not isinstance(limit, dict) or not isinstance(rating, dict):
        yield _issue("ERR_ENDPOINTCONFIG_104", name)
        return
    if not _is_count(rating.get("maxCallsCount")):
        yield _issue("ERR_ENDPOINTCONFIG_107", name)
    if not _is_count(rating.get("periodInMs")):
        yield _issue("ERR_ENDPOINTCONFIG_108", name)
    connections = limit.get("maxHttpConnections")
    if connections is None:
        yield _issue(_NO_CONNECTION_LIMIT, name)
    elif not _is_count(connections) or connections > MAX_CONNECTIONS:
        limits = Phrase("guardrail.connections", {"name": name, "limit": MAX_CONNECTIONS})
        yield _issue("ERR_ENDPOINTCONFIG_111", limits)
    for detail in _unknown(limit, {"maxHttpConnections", "rating"}, name):
        yield _issue("ERR_ENDPOINTCONFIG_111", detail)
    for detail in _unknown(rating, {"maxCallsCount", "periodInMs"}, f"{name}.rating"):
        yield _issue("ERR_ENDPOINTCONFIG_111", detail)


def read_throttling(payload: object) -> ThrottlingRule:
    """Return the rule; raises GuardrailError when there is an error."""
    issues = tuple(_throttling_issues(payload))
    if issues:
        raise GuardrailError(issues)
    assert isinstance(payload, dict)
    return ThrottlingRule(
        name=payload.get("name", ""),
        description=payload.get("description", ""),
        urlPattern=payload["urlPattern"],
        methods=_upper(payload["methods"]),
        maxThroughput=payload["maxThroughput"],
    )


def _throttling_issues(payload: object) -> Iterator[GuardrailIssue]:
    if not isinstance(payload, dict):
        yield _issue("ERR_THROTTLING_CONFIG_106")
        return
    yield from _stray_keys(payload, _THROTTLING_KEYS, partial(_issue, "ERR_THROTTLING_CONFIG_106"))
    for name in ("urlPattern", "methods"):
        if not payload.get(name):
            yield GuardrailIssue(Phrase("ERR_THROTTLING_CONFIG_100", {"name": name}))
    throughput = payload.get("maxThroughput")
    if not _is_count(throughput) or not MIN_THROUGHPUT <= throughput <= MAX_THROUGHPUT:
        limits = {"lowest": MIN_THROUGHPUT, "highest": MAX_THROUGHPUT}
        yield GuardrailIssue(Phrase("ERR_THROTTLING_CONFIG_101", limits))
    if payload.get("urlPattern"):
        yield from _throttling_url_issues(payload["urlPattern"])
    if payload.get("methods"):
        yield from _method_issues(payload["methods"], partial(_issue, "ERR_THROTTLING_CONFIG_106"))


def _throttling_url_issues(url: object) -> Iterator[GuardrailIssue]:
    if not isinstance(url, str):
        yield _issue("ERR_THROTTLING_CONFIG_104")
    elif "*" in _authority(url):
        yield _issue("ERR_THROTTLING_CONFIG_105")
    elif not _is_pattern(url):
        yield _issue("ERR_THROTTLING_CONFIG_104")


def _stray_keys(
    payload: JsonDict, known: set[str], issue: Callable[[PhraseArgument], GuardrailIssue]
) -> Iterator[GuardrailIssue]:
    for detail in _unknown(payload, known | _SERVER_KEYS):
        yield issue(detail)
    for name in ("name", "description"):
        if not isinstance(payload.get(name, ""), str):
            yield issue(Phrase("guardrail.text", {"name": name}))


def _unknown(payload: JsonDict, known: set[str], where: str = "") -> Iterator[Phrase]:
    for name in payload:
        if name not in known:
            yield Phrase("guardrail.attribute", {"name": f"{where}.{name}" if where else name})


def _method_issues(methods: object, issue: Callable[[PhraseArgument], GuardrailIssue]) -> Iterator[GuardrailIssue]:
    if not isinstance(methods, list) or not methods:
        yield issue("")
        return
    for method in methods:
        if not isinstance(method, str) or method.upper() not in METHODS:
            yield issue(Phrase("guardrail.method", {"method": repr(method)}))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _authority(url: str) -> str:
    return url.partition("://")[2].split("/", 1)[0] if "://" in url else url.split("/", 1)[0]


def _is_pattern(url: str) -> bool:
    try:
        UrlPattern.parse(url)
    except ValueError:
        return False
    return True

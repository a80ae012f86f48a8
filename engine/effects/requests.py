"""Build requests from definitions and values, before authentication is added.

Pure: nothing is looked up and nothing is called. Raises ValueError with one sentence for values that cannot be sent
(error code ``evaluation``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote

import httpx
import orjson

from engine.effects.http import HttpRequest, SecretSlot, check_header
from engine.model.action import BodyNode, CallParameter, Constant, CustomAction, Variable
from engine.model.authentication import SECRET_PLACEHOLDER, looks_secret
from engine.model.definitions import DataSource, FieldGroup

Place = Literal["headers", "query"]

IDEMPOTENCY_KEY = "Idempotency-Key"
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_DOTS = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)


def action_url(url: str, url_path: str = "") -> str:
    """Append the dynamic part to a static URL; it may add a path and a query but never changes the host.

    One slash stands between the two; characters that have no place in a path are percent-encoded.
    """
    if not url_path:
        return url
    base, mark, own_query = url.partition("?")
    path, _, query = url_path.partition("?")
    if any(_DOTS.fullmatch(segment) for segment in re.split(r"[/\\]", path)):
        raise ValueError("The dynamic path contains . or .. as a segment, which would leave the action's URL")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in url_path):
        raise ValueError("The dynamic path contains a line break or a control character")
    joined = f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=_PATH_SAFE)}"
    queries = "&".join(part for part in (own_query, quote(query, safe=f"{_PATH_SAFE}?")) if part)
    return f"{joined}?{queries}" if mark or query else joined


def json_content(body: object) -> bytes:
    """Encode a body as JSON, including integers beyond 64 bits and lone surrogates."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode()


def action_request(
    action: CustomAction,
    url_path: str,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    body: object,
    idempotency_key: str,
) -> HttpRequest:
    """Build the call of a custom action. ``headers`` and ``query`` hold values by header or parameter name."""
    parameters, sealed_parameters = _filled("query", action.query, query)
    named, sealed_headers = _filled("headers", action.headers, headers)
    url = with_query(action_url(action.url, url_path), parameters.items())
    sent = {name: str(value) for name, value in named.items()}
    content = None if action.body is None else json_content(body)
    if content is not None:
        sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
        sent["Content-Type"] = f"{action.content_type}; charset=utf-8"
    return _request(action.method, url, sent, content, idempotency_key, (*sealed_parameters, *sealed_headers))


def _filled(
    place: Place, declared: Iterable[CallParameter], values: Mapping[str, str]
) -> tuple[dict[str, str], tuple[SecretSlot, ...]]:
    """All values by name, and the secrets among the constants; ``values`` may repeat these."""
    constants = {parameter.name: parameter.value for parameter in declared if parameter.value is not None}
    filled = {**constants, **values}
    unchanged = {name: value for name, value in constants.items() if filled[name] == value}
    hidden, secret_slots = _secret_slots(place, unchanged)
    return {**filled, **hidden}, secret_slots


def _secret_slots(place: Place, constants: Mapping[str, str]) -> tuple[dict[str, str], tuple[SecretSlot, ...]]:
    """Constants of which the secrets stay out until the call is made, and which these are."""
    secret_slots = tuple(
        SecretSlot(place, name, value) for name, value in constants.items() if looks_secret(name, value)
    )
    return {**constants, **{one.name: SECRET_PLACEHOLDER for one in secret_slots}}, secret_slots


def fill_body(node: BodyNode, values: Mapping[str, object]) -> Any:
    """Fill in the variables of a body by name; a variable without a value is null."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Variable):
        return values.get(node.name)
    return {name: fill_body(child, values) for name, child in node.children.items()}


def source_request(
    source: DataSource, group: FieldGroup, parameters: Mapping[str, object], idempotency_key: str
) -> HttpRequest:
    """Build the call for a field group: its parameters go in the query, or where its body template puts them."""
    headers, secret_slots = _secret_slots("headers", source.headers)
    if group.method == "GET":
        pairs = [(name, text) for name, value in parameters.items() for text in _texts(value)]
        return _request("GET", with_query(source.url, pairs), headers, None, idempotency_key, secret_slots)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    headers["Content-Type"] = "application/json; charset=utf-8"
    content = json_content(fill_template(group.body, parameters))
    return _request("POST", source.url, headers, content, idempotency_key, secret_slots)


def fill_template(template: object, parameters: Mapping[str, object]) -> Any:
    """Replace each ``{"param": name}`` of a body by the parameter's value; an unknown one is null."""
    if isinstance(template, Mapping):
        if set(template) == {"param"} and isinstance(template["param"], str):
            return parameters.get(template["param"])
        return {name: fill_template(value, parameters) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill_template(value, parameters) for value in template]
    return template


def _texts(value: object) -> list[str]:
    """Return the query texts of a parameter: a null is left out, a list is repeated."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return [value if isinstance(value, str) else orjson.dumps(value).decode()]


def with_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Append query parameters to a URL."""
    added = list(pairs)
    if not added:
        return url
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("The URL cannot be read; write it like https://api.example.com/path") from None
    return str(parsed.copy_with(params=[*parsed.params.multi_items(), *added]))


def _request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes | None,
    idempotency_key: str,
    secret_slots: tuple[SecretSlot, ...],
) -> HttpRequest:
    for name, value in headers.items():
        check_header(name, value)
    sent = [*headers.items(), (IDEMPOTENCY_KEY, idempotency_key), ("Accept", "application/json")]
    return HttpRequest(method, url, tuple(dict(sent).items()), content, secret_slots=secret_slots)

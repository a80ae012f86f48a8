"""Build requests from definitions and values, before authentication is added; read the declared fields of replies.

Pure: nothing is looked up and nothing is called. Raises RequestError for values that cannot be sent.

In a reply a field that is absent is null, an integer is accepted for a decimal, keys that no field declares are left
out; a value of another type is an error with its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote, unquote

import httpx
import orjson

from engine.effects.http import HttpReply, HttpRequest, RequestError, SecretSlot, check_header
from engine.effects.network import CallFaultError
from engine.expression.errors import EvaluationError
from engine.expression.types import SCALARS
from engine.expression.values import json_name, value_from_json
from engine.model.action import (
    FORM,
    BodyList,
    BodyNode,
    CallParameter,
    Constant,
    CustomAction,
    Variable,
    form_text,
    is_json,
    media_type,
)
from engine.model.authentication import SECRET_PLACEHOLDER, looks_secret
from engine.model.content_type import read_content_type, utf8_content
from engine.model.definitions import DataSource, FieldGroup
from engine.model.fields import SCALAR_LISTS, Field

Place = Literal["headers", "query"]

IDEMPOTENCY_KEY = "Idempotency-Key"
_NO_CONTENT = 204
LONGEST_URL = 16_384
"""Characters of a URL that is built from values; servers take half of that at the most."""

_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_DECODINGS = 5
_DOTS = re.compile(r"\.{1,2}")


def action_url(url: str, url_path: str = "") -> str:
    """Append the dynamic part to a static URL; it may add a path and a query but never changes the host.

    One slash stands between the two; characters that have no place in a path are percent-encoded. A fragment, which is
    never sent, is left out.
    """
    url = url.partition("#")[0]
    if not url_path:
        return url
    base, mark, own_query = url.partition("?")
    path, _, query = url_path.partition("?")
    if any(ord(mark) < 0x20 or 0x7F <= ord(mark) < 0xA0 or 0xD800 <= ord(mark) < 0xE000 for mark in url_path):
        raise RequestError("call_path.characters")
    if len(url_path) > LONGEST_URL:
        raise RequestError("call_path.long", largest=LONGEST_URL)
    if _leaves(path):
        raise RequestError("call_path.dots")
    joined = f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=_PATH_SAFE)}"
    queries = "&".join(part for part in (own_query, quote(query, safe=f"{_PATH_SAFE}?")) if part)
    whole = f"{joined}?{queries}" if mark or query else joined
    if len(whole) > LONGEST_URL:
        raise RequestError("call_path.long", largest=LONGEST_URL)
    return whole


def _leaves(path: str) -> bool:
    """Whether a path has a segment of dots once its percent escapes are decoded, as often as a chain of servers may."""
    for _ in range(_DECODINGS):
        if any(_DOTS.fullmatch(segment.partition(";")[0]) for segment in re.split(r"[/\\]", path)):
            return True
        path, before = unquote(path), path
        if path == before:
            return False
    return True


def json_content(body: object) -> bytes:
    """Encode a body as JSON, including integers beyond 64 bits and lone surrogates."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode()


def body_content(content_type: str, body: object) -> tuple[str, bytes]:
    """Encode a body as its content type says; return the header and the bytes."""
    if media_type(content_type) == FORM:
        return content_type, form_content(body)
    return content_type if ";" in content_type else f"{content_type}; charset=utf-8", json_content(body)


def form_content(body: object) -> bytes:
    """Encode an object as a form; raise RequestError."""
    if not isinstance(body, Mapping):
        raise RequestError("unsendable.form")
    try:
        return form_text(body).encode()
    except UnicodeEncodeError:
        raise RequestError("call_text") from None


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
    content = None
    if action.body is not None and action.method != "GET":
        kind, content = body_content(action.content_type, body)
        sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
        sent["Content-Type"] = kind
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


def fill_body(node: BodyNode, values: Mapping[str, object]) -> object:
    """Fill in the variables of a body by name; a variable without a value is null."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Variable):
        return values.get(node.name)
    if isinstance(node, BodyList):
        return [fill_body(item, values) for item in node.items]
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


def fill_template(template: object, parameters: Mapping[str, object]) -> object:
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
        whole = str(parsed.copy_with(params=[*parsed.params.multi_items(), *added]))
    except (httpx.InvalidURL, UnicodeError):
        raise RequestError("call_url") from None
    if len(whole) > LONGEST_URL:
        raise RequestError("call_path.long", largest=LONGEST_URL)
    return whole


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


class ResponseFormatError(CallFaultError):
    """A reply that does not match its declared fields; the text names the path."""


def read_json(body: bytes) -> object:
    """Parse a body as JSON; raise ResponseFormatError."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ResponseFormatError("call_field.json") from None


def read_reply(reply: HttpReply) -> object:
    """Parse a reply as JSON in the character set that it names; raise ResponseFormatError."""
    kind, charset = read_content_type(reply.headers.get("content-type") or "application/json")
    try:
        text = utf8_content(reply.body, charset)
    except (LookupError, ValueError):
        raise ResponseFormatError("call_field.charset", charset=charset[:40]) from None
    try:
        return read_json(text)
    except ResponseFormatError:
        if is_json(kind):
            raise
        raise ResponseFormatError("call_field.content", kind=kind[:80]) from None


def read_fields(fields: tuple[Field, ...], value: object) -> dict[str, object]:
    """Read the declared fields of an object; raise ResponseFormatError with the path of the first invalid value."""
    return _object(fields, value, "$")


def _fault(path: str, kind: str, value: object) -> ResponseFormatError:
    return ResponseFormatError("call_field.type", path=path, kind=kind, found=json_name(value))


def _object(fields: tuple[Field, ...], value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _fault(path, "object", value)
    for field in fields:
        if field.required and value.get(field.name) is None:
            raise ResponseFormatError("call_field.missing", path=f"{path}.{field.name}")
    return {
        field.name: _value(field, value[field.name], f"{path}.{field.name}") for field in fields if field.name in value
    }


def _value(field: Field, value: object, path: str) -> object:
    if value is None:
        return None
    if field.kind == "object":
        return _object(field.fields, value, path) if field.fields or not isinstance(value, dict) else value
    if field.kind == "map":
        if not isinstance(value, dict):
            raise _fault(path, "map", value)
        return {key: _value(field.fields[0], item, f"{path}.{key}") for key, item in value.items()}
    if field.kind == "listObject" or field.kind in SCALAR_LISTS:
        return _list(field, value, path)
    _check_scalar(field, value, path)
    return value


def _check_scalar(field: Field, value: object, path: str) -> None:
    try:
        value_from_json(value, SCALARS[field.kind])
    except EvaluationError:
        raise _fault(path, field.kind, value) from None
    if field.enum and value not in field.enum:
        raise ResponseFormatError("call_field.value", path=path)


def _list(field: Field, value: object, path: str) -> list[object]:
    if not isinstance(value, list):
        raise _fault(path, field.kind, value)
    if field.kind == "listObject":
        return [_object(field.fields, item, f"{path}[{index}]") for index, item in enumerate(value)]
    item_field = Field(field.name, SCALAR_LISTS[field.kind], enum=field.enum)
    return [_value(item_field, item, f"{path}[{index}]") for index, item in enumerate(value)]


def read_group(group: FieldGroup, reply: HttpReply) -> dict[str, object] | None:
    """Read the fields of a group; None for a reply without content. Raise ResponseFormatError."""
    if reply.status == _NO_CONTENT:
        return None
    return read_fields(group.fields, read_reply(reply))


def read_response(action: CustomAction, reply: HttpReply) -> dict[str, object] | None:
    """Read the declared response fields; None if none are declared or the reply is empty. Raise ResponseFormatError."""
    if not action.response or not reply.body.strip():
        return None
    return read_fields(action.response, read_reply(reply))

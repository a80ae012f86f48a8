"""The API keeps to its own document: no answer but those it names, whatever comes; and nothing without permission."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import remote
from engine.api.openapi import document
from engine.api.operations import ANYONE, INLET, OPERATIONS, Operation
from engine.api.server import make_app
from engine.catalogue import Phrase
from engine.facade import SERVICES
from engine.host import WorkspaceHost, host_workspace
from engine.services.access import PERMISSIONS
from engine.services.views import Caller
from engine.store.database import Database
from engine.store.database_errors import DatabaseUnavailableError
from tests.helpers.api_client import CAPPING, JOURNEY, THROTTLING, Client
from tests.helpers.schema_strategies import JSON_VALUES, invalid_bodies, valid_bodies

ADMINISTRATOR = Caller()
SCHEMAS: dict[str, Any] = document()["components"]["schemas"]
MANAGED = [one for one in OPERATIONS.values() if one.permission not in (INLET, ANYONE)]
FAULTS_BY_DESIGN = {"export", "deleteCapping", "health"}
"""They answer 5xx where the original does, or when the engine is unwell."""


@dataclass(frozen=True)
class Known:
    """A workspace that has something to find, and those who may and may not."""

    owner: WorkspaceHost
    client: Client
    inlet: Client
    uids: tuple[str, ...]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    owner = host_workspace(tmp_path_factory.mktemp("api") / "workspace")
    assert owner is not None
    owner.start()
    app = make_app(owner)
    client = Client(app, owner.token)
    row = owner.engine.journeys.import_file(ADMINISTRATOR, json.dumps(JOURNEY)).version
    rules = [
        client.post(f"/authoring/{path}", json=body).json()["uid"]
        for path, body in (("endpointConfigs", CAPPING), ("throttlingConfigs", THROTTLING))
    ]
    inlet = Client(app, owner.engine.inlets.token(ADMINISTRATOR))
    yield Known(owner, client, inlet, (row.id, row.journey, row.name, *rules))
    owner.close()


@cache
def validator(schema: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": SCHEMAS}}
    )


def conforms(operation: Operation, answer: Any) -> None:
    """The answer is one that the document names for the operation."""
    assert answer.status_code in operation.answers, (answer.status_code, answer.text)
    assert answer.status_code < 500 or operation.id in FAULTS_BY_DESIGN, answer.text
    schema = operation.answers[answer.status_code]
    if schema == "Text":
        assert answer.headers["content-type"].startswith("text/plain")
        return
    value = answer.json()
    validator(schema).validate(value)
    if answer.status_code == 200 and schema == "RefusalAsText":
        json.loads(value["error"])


def test_document_is_valid_and_describes_every_route(known: Known) -> None:
    shown = known.client.get("/openapi.json").json()
    assert shown == document()
    assert shown["openapi"].startswith("3.1")
    for schema in shown["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    routes = {
        (method, getattr(route, "path", ""))
        for route in make_app(known.owner).routes
        for method in getattr(route, "methods", set()) - {"HEAD"}
        if not getattr(route, "path", "").startswith((remote.COMMAND_ENDPOINT, remote.STUDIO_ENDPOINT))
    }
    assert routes == {(one.method, one.path) for one in OPERATIONS.values()}
    told = {(method.upper(), path) for path, item in shown["paths"].items() for method in item}
    called = {(method, path) for method, path in told if path.startswith(remote.COMMAND_ENDPOINT)}
    assert told - called == routes
    assert called == {
        ("POST", f"{remote.COMMAND_ENDPOINT}/{service}/{name}")
        for service, entry in SERVICES.items()
        for name in entry.methods
    }
    for item in shown["paths"].values():
        for described in item.values():
            assert described["security"] == [] or described["responses"].keys() >= {"401"}


def _bodies(operation: Operation) -> st.SearchStrategy[bytes]:
    if not operation.body:
        return st.just(b"")
    whole = st.just(JOURNEY) if operation.body == "JourneyFile" else valid_bodies(SCHEMAS[operation.body], SCHEMAS)
    values = st.one_of(whole, invalid_bodies(whole), JSON_VALUES).map(lambda value: json.dumps(value).encode())
    return st.one_of(values, values, values, st.binary(max_size=20))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_responses_match_document(known: Known, name: str, data: st.DataObject) -> None:
    operation = OPERATIONS[name]
    words = st.sampled_from(known.uids) | st.text(
        st.characters(codec="utf-8", exclude_characters="/."), min_size=1, max_size=8
    )
    path = operation.path.replace("{inlet}", data.draw(st.sampled_from(["main", "main", "none"])))
    path = path.replace("{uid}", quote(data.draw(words), safe=""))
    if operation.query:
        path += "?forceDelete=" + data.draw(st.sampled_from(["true", "false", "²"]))
    headers = {"Content-Type": data.draw(st.sampled_from([*operation.forms, *operation.forms, "text/plain"]))}
    if operation.permission in PERMISSIONS and data.draw(st.integers(0, 9)) == 0:
        headers["x-sandbox-name"] = data.draw(st.sampled_from(["prod", "nowhere", "../prod"]))
    caller = known.inlet if operation.permission == INLET else known.client
    conforms(operation, caller.request(operation.method, path, content=data.draw(_bodies(operation)), headers=headers))


@pytest.mark.parametrize(
    ("create", "body"), [("createCapping", "CappingConfig"), ("createThrottling", "ThrottlingConfig")]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_body_that_document_allows_is_taken(known: Known, create: str, body: str, data: st.DataObject) -> None:
    operation = OPERATIONS[create]
    kind = operation.path.rpartition("/")[2]
    for made in known.client.post(f"/authoring/list/{kind}").json()["results"]:
        known.client.delete(f"/authoring/{kind}/{made['uid']}?forceDelete=true")
    value = data.draw(valid_bodies(SCHEMAS[body], SCHEMAS))
    answer = known.client.request(operation.method, operation.path, json=value)
    assert (answer.status_code, answer.json().get("canDeploy", {}).get("validationStatus")) == (200, "ok"), value
    conforms(operation, answer)
    deployed = known.client.post(f"{operation.path}/{answer.json()['uid']}/deploy")
    assert deployed.status_code == 200
    conforms(OPERATIONS[create.replace("create", "deploy")], deployed)


@pytest.mark.parametrize("operation", MANAGED, ids=lambda one: one.id)
def test_operation_without_permission_is_refused(known: Known, operation: Operation) -> None:
    engine = known.owner.engine
    others = tuple(permission for permission in PERMISSIONS if permission not in _granting(operation.permission))
    engine.users.put_profile(ADMINISTRATOR, "Others", others)
    engine.users.put(ADMINISTRATOR, "lee", ("Others",))
    poor = engine.api_tokens.issue(ADMINISTRATOR, "poor", "lee")
    narrow = engine.api_tokens.issue(ADMINISTRATOR, "narrow", "administrator", 1, others)
    revoked = engine.api_tokens.issue(ADMINISTRATOR, "revoked", "administrator")
    engine.api_tokens.revoke(ADMINISTRATOR, "revoked")
    path = operation.path.replace("{uid}", known.uids[0])
    for content in (b"", b"{", json.dumps(JOURNEY).encode(), json.dumps(CAPPING).encode()):
        for token, status in (("", 401), ("wrong", 401), (revoked, 401), (f"{poor}x", 401), (poor, 403), (narrow, 403)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = known.client.request(operation.method, path, content=content, headers=headers)
            assert answer.status_code == status, answer.text
            conforms(operation, answer)
    basic = known.client.request(operation.method, path, headers={"Authorization": f"Basic {known.owner.token}"})
    assert basic.status_code == 401


def _granting(permission: str) -> tuple[str, ...]:
    """The permissions that allow what this one allows."""
    implying = {
        "read_journeys": ("manage_journeys", "publish_journeys"),
        "read_reports": ("manage_reports",),
        "read_definitions": ("manage_definitions", "manage_messages", "manage_audiences"),
        "manage_audiences": ("manage_definitions",),
    }
    return (permission, *implying.get(permission, ()))


def test_unknown_method_is_refused_with_allowed_ones(known: Known) -> None:
    answer = known.client.request("PATCH", f"/authoring/endpointConfigs/{known.uids[0]}")
    assert answer.status_code == 405
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["allow"].split(", "))
    assert known.client.get("/authoring/nothing").status_code == 404


def test_extreme_numbers_are_refused_or_preserved(known: Known) -> None:
    for number in ("1e34", "9" * 40, "-0.0", "1e400"):
        body = json.dumps(CAPPING).replace("500", number)
        conforms(OPERATIONS["createCapping"], known.client.request(
            "POST", "/authoring/endpointConfigs", content=body.encode()))  # fmt: skip


def test_number_with_zero_fraction_is_whole_number(known: Known) -> None:
    body = json.dumps(CAPPING).replace("500", "500.0").replace("50,", "50.0,")
    answer = known.client.request("POST", "/authoring/endpointConfigs", content=body.encode())
    assert (answer.status_code, answer.json()["canDeploy"]) == (200, {"validationStatus": "ok"})
    assert answer.json()["createdElement"]["services"]["dataSource"]["maxHttpConnections"] == 50


@pytest.mark.parametrize("name", ["collect", "sendProfiles", "sendFeedback"])
def test_inlet_requires_token(known: Known, name: str) -> None:
    operation = OPERATIONS[name]
    for token in ("", "wrong", known.owner.token):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = known.inlet.request("POST", operation.path.replace("{inlet}", "main"), content=b"{", headers=headers)
        assert answer.status_code == 401
        conforms(operation, answer)


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if 503 in one.answers])
def test_unavailable_database_response_matches_document(
    known: Known, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    operation = OPERATIONS[name]

    def away(_: object) -> None:
        raise DatabaseUnavailableError("workspace_unreadable.away", reason=Phrase("database.away"))

    path = operation.path.replace("{inlet}", "main").replace("{uid}", "1")
    caller = Client(make_app(known.owner), known.owner.engine.inlets.token(ADMINISTRATOR))
    caller = known.client if operation.permission in PERMISSIONS else caller
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Database, "read", away)
        answer = caller.request(operation.method, path, content=b"{}", headers={"Content-Type": "application/json"})
    if operation.id not in ("health", "live", "ready", "sendCallback"):  # these do not read
        assert answer.status_code == 503, answer.text
        validator(operation.answers[503]).validate(answer.json())
    # The engine's own jobs may read meanwhile.
    assert {record.getMessage() for record in caplog.get_records("call")} <= {"the database refused"}


def test_read_operations_document_unavailable_workspace() -> None:
    assert {one.id for one in OPERATIONS.values() if 503 not in one.answers} == {"describe"}


def test_journey_file_in_another_encoding_is_refused(known: Known) -> None:
    text = json.dumps(JOURNEY).replace('"J"', '"Hôtel"')
    path = "/authoring/journeyVersions/import"
    refused = known.client.request("POST", path, content=text.encode("latin-1"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "file_not_text")
    taken = known.client.request("POST", path, content=b"\xef\xbb\xbf" + text.encode())
    assert (taken.status_code, taken.json()["result"]["name"]) == (200, "Hôtel")


@pytest.mark.parametrize("call", ["journeys/list", "journeys/create", "definitions/list", "access/permissions"])
def test_calls_of_services_are_answered_as_described(known: Known, call: str) -> None:
    shown = document()
    described = shown["paths"][f"/manage/{call}"]["post"]
    body = described["requestBody"]["content"]["application/json"]["schema"]
    given = {"caller": {"actor": "administrator", "sandbox": "prod"}, "name": "Called", "kind": "event"}
    arguments = {name: given[name] for name in body["required"]}
    defined = {"components": shown["components"]}
    jsonschema.Draft202012Validator({**body, **defined}).validate(arguments)
    answer = known.client.post(f"/manage/{call}", json=arguments)
    schema = described["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, **defined}).validate(answer.json())
    refused = known.client.post(f"/manage/{call}", json={"nothing": 1})
    schema = described["responses"][str(refused.status_code)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, **defined}).validate(refused.json())


def test_service_calls_name_their_permission() -> None:
    for service, entry in SERVICES.items():
        for name, method in entry.methods.items():
            described = document()["paths"][f"/manage/{service}/{name}"]["post"]
            assert described.get("x-permission", "") == method.permission
            assert "caller" in described["requestBody"]["content"]["application/json"]["schema"]["required"]

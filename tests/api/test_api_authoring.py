"""The management API: the life of capping and throttling configurations, journeys, tokens and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.api.server import make_app
from engine.host import WorkspaceHost, host_workspace
from engine.services.views import Caller
from tests.helpers.api_client import CAPPING, JOURNEY, THROTTLING, Client

ADMINISTRATOR = Caller()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[WorkspaceHost]:
    held = host_workspace(tmp_path / "workspace")
    assert held is not None
    held.start()
    yield held
    held.close()


@pytest.fixture
def client(owner: WorkspaceHost) -> Client:
    return Client(make_app(owner), owner.token)


def test_capping_configuration_lifecycle(owner: WorkspaceHost, client: Client) -> None:
    made = client.post("/authoring/endpointConfigs", json=CAPPING).json()
    uid = made["uid"]
    assert (made["resStatus"], made["canDeploy"]) == ("created", {"validationStatus": "ok"})
    assert made["createdElement"] | CAPPING == made["createdElement"]
    assert (made["createdElement"]["state"], made["createdElement"]["hasBeenDeployed"]) == ("created", False)
    one = f"/authoring/endpointConfigs/{uid}"
    assert owner.writer.guardrails("prod") == ()
    for method in ("GET", "POST"):
        assert client.request(method, f"{one}/canDeploy").json() == {"validationStatus": "ok"}
    assert client.post(f"{one}/deploy").json()["resStatus"] == "deployed"
    assert owner.writer.guardrails("prod") == ({"uid": uid, **CAPPING},)
    again = client.post(f"{one}/deploy")
    assert (again.status_code, again.json()["error"]["code"]) == (400, 1453)

    changed = {**CAPPING, "methods": ["GET", "POST"]}
    updated = client.put(one, json=changed).json()
    assert (updated["resStatus"], updated["updatedElement"]["hasBeenDeployed"]) == ("updated", True)
    read = client.get(one).json()["result"]
    assert (read["methods"], read["state"], read["deployedConfig"]) == (["GET", "POST"], "updated", CAPPING)
    assert owner.writer.guardrails("prod") == ({"uid": uid, **CAPPING},)
    assert client.put(one, json=read).status_code == 200
    client.post(f"{one}/undeploy")
    assert owner.writer.guardrails("prod") == ()
    client.post(f"{one}/deploy")
    assert owner.writer.guardrails("prod") == ({"uid": uid, **changed},)

    refused = client.delete(one)
    assert (refused.status_code, refused.json()["status"], refused.json()["error"]["code"]) == (500, 500, 1451)
    assert client.delete(f"{one}?forceDelete=true").json() == {}
    assert owner.writer.guardrails("prod") == ()
    assert client.get(one).status_code == 404
    assert client.post("/authoring/list/endpointConfigs").json() == {"results": [], "totalCount": 0}


def test_invalid_capping_configuration_is_not_deployed(client: Client) -> None:
    made = client.post("/authoring/endpointConfigs", json={**CAPPING, "methods": []}).json()
    expected = [{"errorCode": "ERR_ENDPOINTCONFIG_103", "error": "capping config: missing HTTP methods"}]
    assert made["canDeploy"] == {"validationStatus": "error", "errors": expected}
    one = f"/authoring/endpointConfigs/{made['uid']}"
    assert client.post(f"{one}/deploy").json()["error"]["code"] == 1452
    assert client.post(f"{one}/undeploy").json()["error"]["code"] == 1454
    assert client.post("/authoring/list/endpointConfigs").json()["totalCount"] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not json", "ERR_ENDPOINTCONFIG_112"),
        (b"[]", "ERR_ENDPOINTCONFIG_112"),
        (b"[" * 1_000 + b"]" * 1_000, "ERR_ENDPOINTCONFIG_112"),
        (b'{"other": 1}', "ERR_ENDPOINTCONFIG_111"),
        (json.dumps({**CAPPING, "services": {"x": {}}}).encode(), "ERR_AUTHORING_ENDPOINTCONFIG_1"),
    ],
)
def test_invalid_configuration_is_refused(client: Client, content: bytes, code: str) -> None:
    refused = client.post("/authoring/endpointConfigs", content=content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


def throttling_code(response: Any) -> tuple[int, int | str]:
    """The original gives a throttling error as JSON within a text."""
    return response.status_code, json.loads(response.json()["error"])["code"]


def test_throttling_configuration_takes_new_figures_at_once(owner: WorkspaceHost, client: Client) -> None:
    uid = client.post("/authoring/throttlingConfigs", json=THROTTLING).json()["uid"]
    one = f"/authoring/throttlingConfigs/{uid}"
    assert throttling_code(client.post(f"{one}/undeploy")) == (400, 14468)
    assert client.post(f"{one}/deploy").json()["deployedElement"]["state"] == "deployed"
    assert throttling_code(client.post(f"{one}/deploy")) == (400, 14466)
    client.put(one, json={**THROTTLING, "maxThroughput": 300})
    assert owner.writer.guardrails("prod") == ({"uid": uid, **THROTTLING, "maxThroughput": 300},)
    assert throttling_code(client.delete(one)) == (400, 1456)
    assert throttling_code(client.post("/authoring/throttlingConfigs", json=THROTTLING)) == (400, 1465)
    assert throttling_code(client.get("/authoring/throttlingConfigs/nobody")) == (404, 14467)
    client.post(f"{one}/undeploy")
    assert client.delete(one).status_code == 200


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({**THROTTLING, "maxThroughput": 1}, "ERR_THROTTLING_CONFIG_101"),
        ({**THROTTLING, "methods": None}, "ERR_THROTTLING_CONFIG_100"),
        ("x", "ERR_THROTTLING_CONFIG_106"),
    ],
)
def test_invalid_throttling_configuration_is_refused(client: Client, payload: Any, code: str) -> None:
    assert throttling_code(client.post("/authoring/throttlingConfigs", json=payload)) == (400, code)


def test_journeys_are_listed_exported_and_imported(owner: WorkspaceHost, client: Client) -> None:
    owner.engine.journeys.import_file(ADMINISTRATOR, json.dumps(JOURNEY))
    (listed,) = client.post("/authoring/list/journeys").json()["results"]
    assert (listed["name"], [version["version"] for version in listed["journeyVersions"]]) == ("J", [1])
    latest = client.get(f"/authoring/journeys/{listed['uid']}/latest").json()["result"]
    assert latest == listed["journeyVersions"][0]
    exported = client.get(f"/authoring/journeyVersions/{latest['uid']}/export")
    assert "canary-key" not in exported.text
    assert exported.json()["actions"][0]["auth"]["value"] == "INSERT_SECRET_HERE"
    assert client.get("/authoring/journeys/nobody/latest").status_code == 404
    assert client.post("/authoring/journeyVersions/import", content=b"{").status_code == 400
    filled = json.loads(exported.text.replace("INSERT_SECRET_HERE", "canary-other"))
    filled["journey"]["name"] = "K"
    done = client.post("/authoring/journeyVersions/import", json=filled)
    assert (done.status_code, done.json()["result"]["name"]) == (200, "K")
    again = client.post("/authoring/journeyVersions/import", json=filled)
    assert (again.status_code, again.json()["result"]["name"], again.json()["result"]["version"]) == (200, "K (2)", 1)


def test_token_ends_with_its_time(owner: WorkspaceHost, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = owner.engine.api_tokens
    token = tokens.issue(ADMINISTRATOR, "short", "administrator", days=1)
    assert tokens.bearer_of(token) == ("administrator", ())
    later = owner.writer.clock.now() + 24 * 3_600_000 + 1
    monkeypatch.setattr(type(owner.writer.clock), "now", lambda self: later)
    assert tokens.bearer_of(token) is None
    assert [row.expired for row in tokens.list(ADMINISTRATOR)] == [True]


def test_unknown_sandbox_is_refused(client: Client) -> None:
    answer = client.post("/authoring/list/endpointConfigs", headers={"x-sandbox-name": "nowhere"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 4000)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "deploy"])
def test_unseen_change_of_configuration_is_refused(client: Client, method: str) -> None:
    made = client.post("/authoring/endpointConfigs", json=CAPPING)
    one = f"/authoring/endpointConfigs/{made.json()['uid']}"
    before = client.get(one).headers["etag"]
    assert before == made.headers["etag"]
    after = client.put(one, json={**CAPPING, "methods": ["GET"]}, headers={"If-Match": before})
    assert (after.status_code, client.get(one).headers["etag"]) == (200, after.headers["etag"])
    assert after.headers["etag"] != before

    def change(tag: str) -> Any:
        headers = {"If-Match": tag}
        if method == "deploy":
            return client.post(f"{one}/deploy", headers=headers)
        return client.request(method, one, json=CAPPING if method == "PUT" else None, headers=headers)

    refused = change(before)
    assert (refused.status_code, refused.json()["error"]["code"]) == (412, "changed_meanwhile")
    assert "administrator changed" in refused.json()["error"]["message"]
    assert client.get(one).json()["result"]["methods"] == ["GET"]
    assert change(f"W/{after.headers['etag']}").status_code == 200


def test_any_revision_of_configuration_can_be_meant(client: Client) -> None:
    one = f"/authoring/endpointConfigs/{client.post('/authoring/endpointConfigs', json=CAPPING).json()['uid']}"
    assert client.put(one, json=CAPPING, headers={"If-Match": "*"}).status_code == 200
    assert client.put(one, json=CAPPING).status_code == 200

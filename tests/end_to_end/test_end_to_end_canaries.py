"""A canary in every place a secret can be: calls succeed and fail, commands fail with a traceback, everything is asked
and exported; and no canary is found in database, log, export, traceback or answer."""

from __future__ import annotations

import http.client
import io
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from engine.cli.workspaces import open_workspace
from engine.errors import SojournError
from engine.services.views import Caller
from main import main
from tests.helpers.canaries import PLACES, canary, files, occurrences
from tests.helpers.engine_process import PATIENCE, ROOT, EngineProcess, place, until
from tests.helpers.leaking_servers import LeakingServers, leaking_servers

pytestmark = pytest.mark.end_to_end

SECRETS = {name: canary(name) for name in PLACES}
ACTIONS = {
    "KeyHeader": {"type": "api_key", "name": "X-Key", "value": SECRETS["key_in_header"]},
    "KeyQuery": {"type": "api_key", "name": "appid", "value": SECRETS["key_in_query"], "in": "query"},
    "Token": {
        "type": "custom", "authorization_type": "bearer", "endpoint": "SERVER/token",
        "headers": {"X-Client-Token": SECRETS["token_header"]},
        "body": {"type": "form", "parameters": {"client_id": "c", "client_secret": SECRETS["client_secret"]}},
        "token_in_response": "json://access_token", "cache": "PT0S"},
}  # fmt: skip
PATHS = ("/rooms", "/token", "/sms", "/push", "/nl/jsp/soaprouter.jsp", *(f"/{name}" for name in ACTIONS))
MESSAGES = {
    "email": {"subject": "Hi", "body": "Hi"},
    "sms": {"text": "Hi"},
    "push": {"title": "Hi", "text": "Hi"},
}


def journey_text(url: str) -> str:
    """A journey that uses every kind of secret, each step with a way out for its error to the next step."""
    steps: list[dict[str, Any]] = [
        {"id": "ask", "type": "condition", "kind": "data_source", "others": True, "on_error": True, "paths": [
            {"id": "yes", "expression": "#{Rooms.Stay.booked, params: {id: @{E.id}}} == true"}]},
        *({"id": name, "type": "action", "action": name, "on_error": True} for name in ("KeyHeader", "KeyQuery")),
        {"id": "Token", "type": "action", "action": "Token", "on_error": True},
        {"id": "Classic", "type": "action", "action": "Classic", "on_error": True},
        *({"id": kind, "type": kind, "template": kind, "on_error": True,
           "address": '"ada@example.com"' if kind == "email" else '"+331"'} for kind in MESSAGES),
        {"id": "end", "type": "end"},
    ]  # fmt: skip
    edges, join = [{"from": "in", "to": "ask"}], {"ask": ("yes", "others", "error")}
    ends: list[dict[str, Any]] = []
    for here, there in pairwise(steps):
        good, *bad = join.get(here["id"], ("", "error"))
        edges.append({"from": here["id"], **({"path": good} if good else {}), "to": there["id"]})
        for path in bad:
            ends.append({"id": f"{here['id']}_{path}", "type": "end"})
            edges.append({"from": here["id"], "path": path, "to": ends[-1]["id"]})
    calls = [{"name": name, "url": f"{url}/{name}", "auth": auth, "body": {}} for name, auth in ACTIONS.items()]
    calls[0] |= {
        "headers": [{"name": "X-Signature", "value": SECRETS["action_header"]}],
        "query": [{"name": "access_token", "value": SECRETS["action_query"]}],
    }
    document = {
        "format": "sojourn/1",
        "events": [{"name": "E", "type": "system", "event_id": "e-1", "fields": {"id": "string"}, "key": "@{E.id}"}],
        "data_sources": [{
            "name": "Rooms", "url": f"{url}/rooms", "headers": {"X-Api-Key": SECRETS["source_header"]},
            "auth": {"type": "basic", "username": "u", "password": SECRETS["basic_password"]},
            "field_groups": [{"name": "Stay", "parameters": ["id"], "fields": {"booked": "boolean"}}]}],
        "actions": [*calls, {"name": "Classic", "type": "campaign_classic", "body": {
            "eventType": {"value": "welcome"}, "email": {"value": "ada@example.com"}}}],
        "templates": [{"name": kind, "channel": kind, **texts} for kind, texts in MESSAGES.items()],
        "journey": {"name": "J", "version": 1, "properties": {"time_zone": "UTC", "timeout_and_error": "PT3S"},
                    "activities": [{"id": "in", "type": "event", "event": "E"}, *steps, *ends], "edges": edges},
    }  # fmt: skip
    return json.dumps(document).replace("SERVER", url)


@pytest.fixture
def world() -> Iterator[LeakingServers]:
    with leaking_servers(SECRETS, PATHS) as made:
        yield made


@pytest.fixture
def systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineProcess]:
    monkeypatch.setenv("SOJOURN_VAULT_KEY", SECRETS["vault_passphrase"])
    monkeypatch.setenv("SOJOURN_LOGS", str(tmp_path / "logs"))
    monkeypatch.setenv("SOJOURN_WORKSPACE", str(tmp_path / "hotel"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PGPASSWORD", "")
    with place(tmp_path / "hotel") as made:
        yield made


def furnish(systems: EngineProcess, world: LeakingServers) -> None:
    """Settings, secrets, the journey, a user."""
    settings: dict[str, Any] = {
        "allow_local_endpoints": True,
        "smtp_url": f"smtp+plain://news@127.0.0.1:{world.mail_port}",
        "email_from": "news@example.com",
        "sms_gateway_url": f"{world.url}/sms",
        "push_gateway_url": f"{world.url}/push",
        "campaign_classic_url": world.url,
        "campaign_standard_url": f"{world.url}/rooms",
        "campaign_standard_organization": "o",
        "campaign_standard_client_id": "c",
        "campaign_standard_token_url": f"{world.url}/token",
    }
    provided = {
        "provider/smtp/password": "smtp_password",
        "provider/sms/value": "sms_key",
        "provider/push/value": "push_key",
        "provider/campaign_classic/value": "classic_session",
        "provider/campaign_standard/body.parameters.client_secret": "campaign_secret",
    }
    engine, caller = open_workspace(systems.folder), Caller()
    for name, value in settings.items():
        engine.settings.set(caller, name, value)
    for name, secret in provided.items():
        engine.settings.set_secret(caller, name, SECRETS[secret])
    engine.journeys.import_file(caller, journey_text(world.url), publish=True)
    engine.users.put(caller, "lee", ("Administrators",))
    engine.users.set_password(caller, "lee", SECRETS["user_password"])
    engine.close()


def asked(systems: EngineProcess, path: str, token: str, method: str = "GET", body: Any = None) -> bytes:
    """What the running server says."""
    connection = http.client.HTTPConnection("127.0.0.1", systems.port, timeout=PATIENCE)
    try:
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return str(answer.getheaders()).encode() + answer.read()
    finally:
        connection.close()


def trial_calls(systems: EngineProcess, token: str, url: str) -> dict[str, bytes]:
    """What the test buttons show, of saved secrets and of one that is only being typed."""
    caller = {"actor": "administrator", "sandbox": "prod"}
    auth = {"type": "basic", "username": "u", "password": SECRETS["typed_password"]}
    groups = [{"name": "Stay", "fields": {"booked": "boolean"}}]
    typed = {"name": "Rooms", "url": f"{url}/rooms", "field_groups": groups, "auth": auth}
    bodies: dict[str, tuple[str, dict[str, Any]]] = {"typed": ("data_source", typed)}
    classic = {"name": "Classic", "type": "campaign_classic", "body": {"eventType": {"value": "welcome"}}}
    bodies["Classic"] = ("action", classic)
    for name, proof in ACTIONS.items():
        hidden: dict[str, Any] = json.loads(json.dumps(proof).replace("SERVER", url))
        if "value" in hidden:
            hidden["value"] = "INSERT_SECRET_HERE"
        bodies[name] = ("action", {"name": name, "url": f"{url}/{name}", "auth": hidden, "body": {}})
    shown = {}
    for name, (kind, body) in bodies.items():
        values = {"group": "Stay", "parameters": {}} if kind == "data_source" else {}
        call = {"caller": caller, "kind": kind, "body": body, "values": values}
        shown[f"trial call {name}"] = asked(systems, "/manage/connections/test_call", token, "POST", call)
        del call["values"]
        shown[f"trial proof {name}"] = asked(systems, "/manage/connections/test_authentication", token, "POST", call)
    path = "/manage/connections/test_campaign_standard"
    shown["templates"] = asked(systems, path, token, "POST", {"caller": caller})
    return shown


def spoken(systems: EngineProcess, folder: Path, world: LeakingServers) -> dict[str, bytes]:
    """What commands print, good ones and failing ones, with and without the traceback."""
    broken = {
        "unknown key": {"auth": {"type": "basic", "password": SECRETS["typed_password"], "pasword": "x"}},
        "wrong type": {"auth": {"type": "api_key", "name": "k", "value": [SECRETS["typed_password"]]}},
        "no such kind": {"auth": {"type": SECRETS["typed_password"]}},
    }
    said = {}
    for name, changed in broken.items():
        document = json.loads(journey_text(world.url))
        document["actions"][0] |= changed
        file = folder / f"{name}.journey.json"
        file.write_text(json.dumps(document), "utf-8")
        for words in (["import", str(file), "--workspace", str(systems.folder)], ["validate", str(file)]):
            if name != "no such kind":
                said[f"{words[0]} {name}"] = run("--debug", *words)
        file.unlink()
    good = folder / "again.journey.json"
    good.write_text(journey_text(world.url), "utf-8")
    said["import again"] = run("--debug", "import", str(good), "--workspace", str(systems.folder), "--publish")
    good.unlink()
    for words in (
        ["export", "J"], ["report"], ["report", "--json"], ["report", "--csv"], ["setting", "list"], ["inlet", "list"],
        ["token", "list"], ["audit"], ["user", "list"], ["sandbox", "list"], ["doctor"], ["export", "nobody"],
    ):  # fmt: skip
        said[" ".join(words)] = run("--debug", *words, "--workspace", str(systems.folder))
    secret = ["secret", "set", "", "--workspace", str(systems.folder)]
    said["refused secret"] = run("--debug", *secret, typed=SECRETS["typed_password"])
    database = f"postgresql://hotel:{quote(SECRETS['database_password'], safe='')}@127.0.0.1:1/none"
    for debug in ((), ("--debug",)):
        said[f"report on a database {debug}"] = run(*debug, "report", "--workspace", database)
        line = [sys.executable, str(ROOT / "main.py"), *debug, "serve", "--port", "0", "--workspace", database]
        done = subprocess.run(line, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode != 0
        said[f"serve on a database {debug}"] = done.stdout + done.stderr
    return said


def run(*words: str, typed: str = "") -> bytes:
    """What a command prints, however it ends; with --debug the traceback as Python shows it."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(typed))
        try:
            main(words)
        except SojournError:
            said.write(traceback.format_exc())
    return said.getvalue().encode()


def errors(systems: EngineProcess, owner: str) -> tuple[int, int]:
    """How many people are through, and how many steps failed."""
    call = {"caller": {"actor": "administrator", "sandbox": "prod"}}
    found = asked(systems, "/manage/reports/summary", owner, "POST", call)
    metrics = json.loads(found[found.index(b"{") :])["J"]["metrics"]
    return metrics["completed"], metrics["errors"]


def _beyond(number: int, seen: tuple[int, int]) -> bool:
    return seen[0] > number


def test_no_secret_is_found_anywhere(
    systems: EngineProcess, world: LeakingServers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    furnish(systems, world)
    systems.start()
    token = systems.token()
    owner = json.loads((systems.folder / "owner.json").read_text("utf-8"))["token"]
    event = {"_experience": {"campaign": {"orchestration": {"eventID": "e-1"}}}}
    kinds = ["rooms", *ACTIONS, "nl/jsp/soaprouter.jsp", "email", "sms", "push", "token"]
    for number, failing in enumerate([None, *kinds]):
        world.failing = set() if failing is None else {failing}
        status, _ = systems.post("/collection/main", json.dumps({**event, "id": f"p{number}"}).encode(), token)
        assert status == 202
        assert until(partial(errors, systems, owner), partial(_beyond, number), f"{failing} is through")[1] == number
    world.failing = {"rooms", "token"}
    answers = {f"{name} without token": text for name, text in trial_calls(systems, owner, world.url).items()}
    world.failing = {*kinds} - {"token"}
    answers |= trial_calls(systems, owner, world.url)
    world.failing = set()
    answers |= {f"good {name}": text for name, text in trial_calls(systems, owner, world.url).items()}
    for path in ("/healthz", "/metrics", "/openapi.json", "/authoring/journeyVersions/1/export", "/authoring/x"):
        answers[path] = asked(systems, path, owner)
    answers["list"] = asked(systems, "/authoring/list/journeys", owner, "POST")
    for service, method in (("definitions", "all"), ("settings", "secrets"), ("reports", "messages")):
        call = {"caller": {"actor": "administrator", "sandbox": "prod"}}
        answers[f"{service}.{method}"] = asked(systems, f"/manage/{service}/{method}", owner, "POST", call)
    answers |= spoken(systems, tmp_path, world)
    during = dict(files(systems.folder, tmp_path / "logs"))
    assert world.seen >= {*PLACES} - {"user_password", "vault_passphrase", "database_password"}
    assert any(b"plId" in text or b"KeyHeader" in text for text in answers.values())
    api_token = run("token", "create", "robot", "--workspace", str(systems.folder)).decode().strip()
    assert asked(systems, "/authoring/list/journeys", api_token, "POST").count(b'"results"') == 1
    systems.stop()
    after = dict(files(systems.folder, tmp_path / "logs"))
    everything = {**answers, **during, **{f"after {name}": text for name, text in after.items()}}
    assert occurrences(everything, SECRETS) == []
    kept = {"the inlet's token": token, "the owner's token": owner, "an API token": api_token}
    allowed = {str(systems.folder / "owner.json")}
    assert {place for place, _ in occurrences(everything, kept)} <= allowed
    assert {record.name for record in caplog.records if record.levelno >= logging.WARNING} <= {"mail.log"}

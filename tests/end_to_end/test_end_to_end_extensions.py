"""Installed extensions work everywhere: checks, simulation, a live engine, the studio; a broken one stops nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine_process import EngineProcess, until
from tests.helpers.extension_install import EXTENSIONS, install
from tests.helpers.raw_server import RawServer, Received, Reply, served

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
FILE: dict[str, Any] = {
    "format": "sojourn/1",
    "events": [
        {
            "name": "Order",
            "type": "rule",
            "rule": '@{Order.kind} == "order"',
            "fields": {"kind": "string", "id": "string", "phone": "string"},
            "key": "@{Order.id}",
        }
    ],
    "actions": [
        {
            "name": "Approve",
            "url": "https://shop.example.com/approve",
            "body": {"id": {"variable": "Id", "type": "string"}},
            "response": {"approved": "boolean"},
        }
    ],
    "templates": [
        {
            "name": "Approved",
            "channel": "whatsapp",
            "text": "Order {{ id }} is approved.",
            "variables": {"id": "string"},
        }
    ],
    "journey": {
        "name": "Approvals",
        "version": 1,
        "properties": {"time_zone": "UTC"},
        "activities": [
            {"id": "in", "type": "event", "event": "Order"},
            {
                "id": "ask",
                "type": "callback",
                "action": "Approve",
                "parameters": {"Id": "@{Order.id}"},
                "on_error": True,
                "timeout": "PT10M",
                "timeout_path": True,
            },
            {
                "id": "yes",
                "type": "condition",
                "kind": "data_source",
                "paths": [{"id": "approved", "expression": "@{Approve.response.approved} == true"}],
            },
            {
                "id": "tell",
                "type": "whatsapp",
                "template": "Approved",
                "address": "@{Order.phone}",
                "parameters": {"id": "@{Order.id}"},
            },
            {"id": "opened", "type": "reaction", "to": "tell", "on": "opened", "timeout": "P1D"},
            {"id": "late", "type": "end"},
            {"id": "failed", "type": "end"},
        ],
        "edges": [
            {"from": "in", "to": "ask"},
            {"from": "ask", "to": "yes"},
            {"from": "ask", "path": "timeout", "to": "late"},
            {"from": "ask", "path": "error", "to": "failed"},
            {"from": "yes", "path": "approved", "to": "tell"},
            {"from": "tell", "to": "opened"},
        ],
    },
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with both extensions installed, on the path of every process that a test starts."""
    folder = tmp_path / "site"
    for name in ("sojourn_callback", "sojourn_whatsapp"):
        install(EXTENSIONS / name, folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "approvals.journey.json"
    path.write_text(json.dumps(FILE), encoding="utf-8")
    return path


def run(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(ROOT / "main.py"), *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)


def test_validate_knows_the_kinds(site: Path, file: Path) -> None:
    good = run("validate", str(file))
    assert good.returncode == 0, good.stdout + good.stderr
    broken = json.loads(file.read_text(encoding="utf-8"))
    del broken["journey"]["activities"][1]["timeout"]
    broken["journey"]["activities"][3]["address"] = ""
    file.write_text(json.dumps(broken), encoding="utf-8")
    found = run("validate", str(file), "--json")
    assert found.returncode == 1
    assert [json.loads(line)["code"] for line in found.stdout.splitlines()] == ["ERR_EVENT_005", "ERR_MESSAGE_003"]


def test_without_extension_the_kind_is_named(file: Path) -> None:
    found = run("validate", str(file))
    assert found.returncode != 0
    assert "$.templates[0].channel" in found.stdout
    assert not found.stderr


def test_simulation_answers_callbacks(site: Path, file: Path, tmp_path: Path) -> None:
    orders = [("p1", "+82 10 1234 5678"), ("p2", "+82 10 1234 5678"), ("p3", "nowhere"), ("p4", "+82 10 1234 5678")]
    scenario = {
        "start": "2026-03-10T08:00:00Z",
        "events": [
            *(
                {"at": "PT0S", "event": "Order", "payload": {"kind": "order", "id": key, "phone": phone}}
                for key, phone in orders
            ),
            *(
                {"at": "PT5M", "callback": "ask", "key": key, "payload": {"approved": key != "p4"}}
                for key in ("p1", "p3", "p4")
            ),
            {"at": "PT1H", "message": "opened", "of": "tell", "key": "p1"},
        ],
        "answers": {"Approve": [{"status": 202}]},
    }
    script = tmp_path / "scenario.json"
    script.write_text(json.dumps(scenario), encoding="utf-8")
    done = run("simulate", str(file), "--scenario", str(script), "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    paths = {
        one["key"]: [(step["activity"], step.get("path", "")) for step in one["history"]]
        for one in outcome["instances"]
    }
    assert ("ask", "timeout") in paths["p2"]
    assert paths["p2"][-1] == ("late", "")
    assert paths["p1"][-1][0] == "opened"
    assert paths["p4"][-1][0] == "yes"
    assert next((one["key"], one["channel"], one["body"]) for one in outcome["messages"]) == (
        "p1",
        "whatsapp",
        "Order p1 is approved.",
    )


class SeparateProcess(EngineProcess):
    """Runs every command in a process of its own, which finds the installed extensions."""

    def command(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, str(ROOT / "main.py"), *words, "--workspace", self.named]
        return subprocess.run(line, input=text, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SeparateProcess]:
    """A workspace whose server, if one runs, is ended afterwards."""
    made = SeparateProcess(tmp_path / "workspace")
    try:
        yield made
    finally:
        made.kill()


class Shop:
    """Another system: it remembers where it is to answer."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    async def approve(self, received: Received, reply: Reply) -> None:
        self.calls.append((json.loads(received.body)["id"], received.headers["x-callback-url"]))
        await reply.send(202)


@pytest.fixture
def shop() -> Iterator[tuple[Shop, RawServer]]:
    found = Shop()
    with served({"/approve": found.approve}) as server:
        yield found, server


IN_TEST_MODE = """
import json, sys
from pathlib import Path
from engine.model.definitions import Profile
from tests.helpers.embedded_engine import CALLER, running
with running(Path(sys.argv[1])) as place:
    engine = place.engine
    for key in ("kr", "us"):
        engine.profiles.save(CALLER, Profile(identities={"CRMID": key}, test_profile=True))
    row = engine.journeys.import_file(CALLER, Path(sys.argv[2]).read_text("utf-8"), differing="replace").version
    engine.testing.switch_on(CALLER, row.id, 1.0, virtual=True)
    for key, phone in (("kr", "+82 10 1234 5678"), ("us", "+1 202 555 0100")):
        engine.testing.fire(CALLER, row.id, "Order", {"kind": "order", "id": key, "phone": phone})
    place.settle(row, current=1)
    engine.testing.step(CALLER, row.id)
    place.settle(row, current=0)
    for log in engine.testing.log(CALLER, row.id):
        steps = [[step["node"], step.get("path", "")] for step in log["transitionHistory"]]
        print(json.dumps([log["externalKeys"][0]["key"], steps]))
"""


def test_activities_and_conditions_run_in_test_mode(site: Path, tmp_path: Path) -> None:
    body: dict[str, Any] = json.loads(json.dumps(FILE))
    body["events"][0]["namespace"] = body["journey"]["namespace"] = "CRMID"
    paths = [{"id": "korea", "prefix": "+82"}]
    country = {"id": "country", "type": "condition", "kind": "phone_country", "paths": paths, "others": True}
    body["journey"]["activities"] += [country | {"number": "@{Order.phone}"}, {"id": "abroad", "type": "end"}]
    body["journey"]["edges"][0] = {"from": "in", "to": "country"}
    body["journey"]["edges"] += [
        {"from": "country", "path": "korea", "to": "ask"},
        {"from": "country", "path": "others", "to": "abroad"},
    ]
    file = tmp_path / "country.journey.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    line = [sys.executable, "-c", IN_TEST_MODE, str(tmp_path / "w"), str(file)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = dict(json.loads(row) for row in done.stdout.splitlines())
    assert found["us"] == [["in", ""], ["country", "others"], ["abroad", ""]]
    assert found["kr"] == [["in", ""], ["country", "korea"], ["ask", "timeout"], ["late", ""]]


def test_live_engine_takes_each_callback_once(
    site: Path, file: Path, engine: SeparateProcess, shop: tuple[Shop, RawServer]
) -> None:
    other, server = shop
    engine.do("setting", "set", "allow_local_endpoints", "true")
    url = f"$.actions[0].url={json.dumps(f'{server.url}/approve')}"
    engine.do("import", str(file), "--publish", "--set", url)
    token = engine.token()
    engine.start()
    for key in ("p1", "p2"):
        order = {"kind": "order", "id": key, "phone": "+82 10 1234 5678"}
        assert engine.post("/collection/main", json.dumps(order).encode(), token)[0] == 202
    until(lambda: len(other.calls), lambda found: found == 2, "calls of the other system")
    path = dict(other.calls)["p1"].removeprefix(f"http://127.0.0.1:{engine.port}")
    assert path.startswith("/callbacks/")
    until(lambda: _answer(engine, path), lambda status: status == 202, "the callback is taken")
    assert engine.post(path, b'{"approved": true}', "")[0] == 404
    forged = f"{path[:-4]}{'AAAA' if not path.endswith('AAAA') else 'BBBB'}"
    assert engine.post(forged, b'{"approved": true}', "")[0] == 404
    assert engine.post("/callbacks/nonsense", b"{}", "")[0] == 404
    other_path = dict(other.calls)["p2"].removeprefix(f"http://127.0.0.1:{engine.port}")
    assert engine.post(other_path, b"{", "")[0] == 400
    until(
        lambda: json.loads(engine.do("report", "Approvals", "--json"))["Approvals"],
        lambda report: report["metrics"]["sent"] == 1 and report["activities"]["opened"]["entered"] == 0,
        "the message goes out",
    )


def test_engine_goes_on_without_an_extension(
    site: Path,
    file: Path,
    engine: SeparateProcess,
    shop: tuple[Shop, RawServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other, server = shop
    engine.do("setting", "set", "allow_local_endpoints", "true")
    url = f"$.actions[0].url={json.dumps(f'{server.url}/approve')}"
    short = json.loads(file.read_text(encoding="utf-8"))
    short["journey"]["activities"][1]["timeout"] = "PT1S"
    file.write_text(json.dumps(short), encoding="utf-8")
    engine.do("import", str(file), "--publish", "--set", url)
    token = engine.token()
    engine.start()
    order = json.dumps({"kind": "order", "id": "p1", "phone": "+82 10 1234 5678"}).encode()
    assert engine.post("/collection/main", order, token)[0] == 202
    until(lambda: len(other.calls), lambda found: found == 1, "the call of the other system")
    engine.stop()
    monkeypatch.delenv("PYTHONPATH")
    engine.start()
    assert engine.post("/collection/main", order, token)[0] == 202
    refused = engine.command("export", "Approvals")
    assert refused.returncode != 0
    assert "uses callback, whatsapp" in refused.stderr
    assert "Traceback" not in refused.stderr
    engine.stop()
    monkeypatch.setenv("PYTHONPATH", str(site))
    engine.start()
    until(
        lambda: json.loads(engine.do("report", "Approvals", "--json"))["Approvals"]["metrics"],
        lambda metrics: metrics["completed"] >= 1,
        "the person goes on",
    )


def _answer(engine: EngineProcess, path: str) -> int:
    return engine.post(path, b'{"approved": true}', "")[0]


STUDIO = """
import json, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app.activities.activity_form import FormContext
from app.activity_views import ACTIVITY_VIEWS, type_title
from app.activity_views import subtitle, title
from app.document.transfer import palette
from app.panels.settings_pane import SettingsPane
from engine.model.journey_file import read
file = read(Path(sys.argv[1]).read_text("utf-8"))
kinds = [item.kind for item in palette(file)]
assert kinds.count("callback") == kinds.count("whatsapp") == 1, kinds
made = next(item for item in palette(file) if item.kind == "callback").activity("new", (0, 0))
assert made.type == "callback"
assert type_title("whatsapp") == "WhatsApp"
pane = SettingsPane()
context = FormContext(file, file.scope())
for name in ("ask", "tell"):
    activity = file.journey.by_id[name]
    pane.show_activity(activity, context, False)
    assert pane.form.activity() == activity, (pane.form.activity(), activity)
    print(title(activity), "|", subtitle(activity))
"""


def test_studio_shows_palette_chip_and_form(site: Path, file: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    line = [sys.executable, "-c", STUDIO, str(file)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["Call with callback | Approve", "WhatsApp | Approved"]
    picture = tmp_path / "picture.svg"
    drawn = run("render", str(file), "-o", str(picture))
    assert drawn.returncode == 0, drawn.stderr
    assert picture.stat().st_size > 1_000


def test_broken_extension_is_reported_and_left_out(site: Path, file: Path) -> None:
    (site / "sojourn_broken.py").write_text("raise RuntimeError('half installed')\n", encoding="utf-8")
    metadata = site / "sojourn_broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: sojourn-broken\nVersion: 1.0\n", encoding="utf-8")
    points = "[sojourn.activities]\nbroken = sojourn_broken:KIND\nagain = sojourn_callback:CALLBACK\n"
    points += "odd = sojourn_whatsapp:CHANNEL\n"
    (metadata / "entry_points.txt").write_text(points, encoding="utf-8")
    assert run("validate", str(file)).returncode == 0
    report = run("doctor").stdout
    assert "The extension broken of sojourn-broken (sojourn.activities) is not used: it cannot be imported" in report
    assert "half installed" in report
    assert "there is a 'callback' already" in report
    assert "sojourn_whatsapp:CHANNEL is no ActivityKind" in report
    assert "Traceback" not in report

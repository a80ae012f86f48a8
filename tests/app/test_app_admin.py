"""The settings as an administrator uses them: each part has words, and what is done there reaches the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.bridge import calls
from app.editors.accounts import BUILT_IN, PERMISSIONS, ProductProfileEditor, UserEditor
from app.editors.audience import NamespaceEditor
from app.editors.guardrail import GuardrailEditor
from app.pages.settings import PARTS
from app.studio import Studio
from engine.catalogue import ENGINE, ENGLISH, load
from engine.model.definitions import Definitions
from engine.model.guardrail import read_capping, read_throttling
from engine.services import access, definitions, settings
from tests.helpers.studio_driver import StudioDriver, close_studio

LEFT = Qt.MouseButton.LeftButton


def test_every_workspace_setting_has_a_label() -> None:
    worded = {name for groups in PARTS.values() for group in groups for name in group.settings}
    assert worded == set(settings.KNOWN_SETTINGS)


def test_every_permission_and_profile_has_a_label() -> None:
    assert tuple(PERMISSIONS) == access.PERMISSIONS
    assert tuple(BUILT_IN) == tuple(profile.name for profile in access.BUILT_IN)


def _editor(qtbot: Any, made: Any) -> Any:
    qtbot.addWidget(made)
    made.resize(560, 900)
    made.show()
    return made


def test_capping_form_matches_api(qtbot: Any) -> None:
    editor = _editor(qtbot, GuardrailEditor(Definitions()))
    saved: list[Any] = []
    editor.saved.connect(lambda body, was: saved.append(body))
    editor.show_new({"kind": "capping", "methods": ["POST"], "services": {"action": {}}})
    QTest.keyClicks(editor.name, "Mail")
    QTest.mouseClick(editor.save_button, LEFT)
    assert not saved
    assert editor._url_row.fault
    QTest.keyClicks(editor.url, "https://mail.example.com/v1/*")
    limit = editor.limits["action"]
    QTest.keyClicks(limit.calls, "100")
    QTest.keyClicks(limit.connections, "8")
    QTest.mouseClick(editor.save_button, LEFT)
    payload = {key: value for key, value in saved[0].items() if key != "kind"}
    rule, _ = read_capping(payload)
    assert rule.services["action"].rating.max_calls_count == 100
    assert rule.services["action"].max_http_connections == 8


def test_throttling_form_matches_api(qtbot: Any) -> None:
    editor = _editor(qtbot, GuardrailEditor(Definitions()))
    saved: list[Any] = []
    editor.saved.connect(lambda body, was: saved.append(body))
    editor.show_new({"kind": "throttling", "urlPattern": "https://a.example/*", "methods": ["POST"]})
    QTest.keyClicks(editor.name, "Slow")
    QTest.keyClicks(editor.throughput, "100")
    QTest.mouseClick(editor.save_button, LEFT)
    assert not saved
    assert editor._throughput_row.fault == "200 to 5000 calls a second."
    QTest.keyClicks(editor.throughput, "0")
    QTest.mouseClick(editor.save_button, LEFT)
    assert read_throttling({key: value for key, value in saved[0].items() if key != "kind"}).max_throughput == 1000


@pytest.mark.parametrize(
    ("body", "said", "deploy", "undeploy"),
    [
        ({"state": "created"}, "not in effect yet", True, False),
        ({"state": "deployed", "deployedConfig": {}}, "in effect", False, True),
        ({"state": "updated", "deployedConfig": {}}, "the former version is in effect", True, True),
    ],
)
def test_rule_status_is_shown(qtbot: Any, body: Any, said: str, deploy: bool, undeploy: bool) -> None:
    editor = _editor(qtbot, GuardrailEditor(Definitions()))
    editor.show_definition({"kind": "capping", "url": "https://a.example", **body}, "uid", 0)
    assert editor.state.text() == said
    assert (editor.deploy_button.isVisible(), editor.undeploy_button.isVisible()) == (deploy, undeploy)


def test_users_password_is_typed_twice(qtbot: Any) -> None:
    editor = _editor(qtbot, UserEditor(Definitions()))
    editor.offer_profiles(["Standard User"])
    saved: list[Any] = []
    editor.saved.connect(lambda body, was: saved.append(body))
    editor.show_new()
    QTest.keyClicks(editor.name, "ann")
    editor.profiles.boxes["Standard User"].click()
    QTest.keyClicks(editor.password, "correct horse")
    QTest.mouseClick(editor.save_button, LEFT)
    assert editor.fault.text() == "The passwords do not match."
    QTest.keyClicks(editor.again, "correct horse")
    QTest.mouseClick(editor.save_button, LEFT)
    assert saved == [{"name": "ann", "profiles": ["Standard User"], "password": "correct horse"}]


def test_built_in_profile_is_shown_and_stays(qtbot: Any) -> None:
    editor = _editor(qtbot, ProductProfileEditor(Definitions()))
    body = {"name": "Standard User", "permissions": ["read_journeys"], "built_in": True, "users": ("ann",)}
    editor.show_definition(body, "Standard User", 0)
    assert not editor.permissions.isEnabled()
    assert editor.told.text() == "built in · used by ann"


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    yield someone
    close_studio(qtbot, studio)


def _row(page: Any, key: str) -> Any:
    return next((row for row in page.list.model.rows if row.key == key), None)


def test_administrator_sets_up_workspace(person: StudioDriver) -> None:
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")

    person.click(admin.buttons["providers"])
    providers = admin.parts["providers"]
    person.until(lambda: providers.inputs)
    person.key_in(providers.inputs["email_from"], "hotel@example.com")
    person.key_in(providers.secrets["provider/smtp/password"], "mail-secret")

    def kept(name: str) -> Any:
        return {row.name: row.value for row in person.ask(calls.settings.list())}[name]

    save = providers.save_buttons["Email"]
    assert (kept("email_from"), person.ask(calls.settings.secrets())) == ("", ()), "a provider goes live as a whole"
    person.click(save)
    person.until(lambda: not save.isEnabled())
    assert kept("email_from") == "hotel@example.com"
    assert person.ask(calls.settings.secrets()) == ("provider/smtp/password",)
    assert providers.secrets["provider/smtp/password"].text() == ""

    person.click(admin.buttons["limits"])
    limits = admin.parts["limits"]
    person.until(lambda: limits.inputs)
    rate = limits.inputs["overdue_rate"]
    person.key_in(rate, "2,50")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert limits.rows["overdue_rate"].fault.startswith("Enter a number such as")
    person.key_in(rate, "2500")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    person.until(lambda: kept("overdue_rate") == 2500)

    person.click(admin.buttons["guardrails"])
    rules = admin.parts["guardrails"]
    person.click(rules.list.new_button)
    person.key_in(rules.editor.name, "Push")
    person.key_in(rules.editor.url, "https://push.example.com/*")
    person.key_in(rules.editor.limits["action"].calls, "50")
    person.click(rules.editor.save_button)
    person.until(lambda: rules.list.model.rows)
    uid = rules.list.model.rows[0].key
    rules.list.select(uid)
    person.until(lambda: rules.editor is not None)
    person.click(rules.editor.deploy_button)
    person.until(lambda: _row(rules, uid).cells["state"].text == "Deployed")

    person.click(admin.buttons["namespaces"])
    spaces = admin.parts["namespaces"]
    person.until(lambda: spaces.list.model.rows or spaces._definitions.namespaces)
    person.click(spaces.list.new_button)
    person.click(spaces.list.new_button)
    person.until(spaces.editor.isVisible)
    assert [made for made in spaces.findChildren(NamespaceEditor) if not made.isHidden()] == [spaces.editor]
    QTest.keyClick(spaces.editor.name, Qt.Key.Key_Escape)
    assert all(made.isHidden() for made in spaces.findChildren(NamespaceEditor))
    person.click(spaces.list.new_button)
    person.key_in(spaces.editor.name, "CardID")
    person.click(spaces.editor.save_button)
    person.until(lambda: _row(spaces, "CardID"))

    person.click(admin.buttons["users"])
    users = admin.parts["users"]
    person.until(lambda: users.list.model.rows and users._profiles)
    person.click(users.list.new_button)
    person.key_in(users.editor.name, "ann")
    users.editor.profiles.boxes["Standard User"].click()
    person.click(users.editor.save_button)
    person.until(lambda: _row(users, "ann"))

    person.click(admin.buttons["tokens"])
    tokens = admin.parts["tokens"]
    person.click(tokens.list.new_button)
    person.answer("reports")
    person.until(lambda: _row(tokens, "reports"))
    person.until(lambda: QGuiApplication.clipboard().text().startswith("reports."))

    person.click(admin.buttons["audit"])
    audit = admin.parts["audit"]
    person.until(
        lambda: {"Changed a user", "Deployed a guardrail"} <= {row.cells["what"].text for row in audit.list.model.rows}
    )


def test_every_audit_action_has_a_label(root: Path) -> None:
    written: set[str] = set()
    for file in (root / "engine" / "services").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        written |= set(re.findall(r"record(?:_workspace)?\(\s*connection,\s*caller,\s*\"(\w+)\"", text))
    written |= {f"{verb}_{kind}" for verb in ("save", "delete") for kind in definitions.MODELS}
    assert {f"audit_action.{action}" for action in written} <= set(load(ENGINE, ENGLISH).names())


def test_segment_sizes_are_shown_and_computed(person: StudioDriver) -> None:
    people = '{"identities": {"CRMID": "p-1"}, "attributes": {"loyaltyMember": true}}'
    profile = {"name": "Profile", "schema": "profile", "fields": {"loyaltyMember": "boolean"}}
    source = {"name": "ExperiencePlatform", "field_groups": [profile]}
    person.ask(calls.definitions.save("data_source", source, None))
    person.ask(calls.profiles.import_text(people, "json"))
    segment = {"name": "Members", "expression": "#{ExperiencePlatform.Profile.loyaltyMember} == true"}
    person.ask(calls.definitions.save("segment", segment, None))
    person.window.show_page("segments")
    page: Any = person.window.page_router.page("segments")
    person.until(lambda: page.list.model.rows and page._definitions.segments)
    page.list.select("Members")
    person.until(lambda: page.editor is not None)
    person.click(page.editor.people.compute_button)

    def said() -> str:
        page.refresh()
        words: str = page.editor.people.words.text()
        return words

    person.until(lambda: said().startswith("1 person inside, computed today"))
    assert _row(page, "Members").cells["people"].text == "1"


def test_erasing_profile_requires_confirmation(person: StudioDriver) -> None:
    person.ask(calls.profiles.import_text('{"identities": {"CRMID": "p-1"}}', "json"))
    person.window.show_page("profiles")
    page: Any = person.window.page_router.page("profiles")
    person.until(lambda: page.list.model.rows)
    page.ask("erase", page.list.model.rows[0].key)
    person.confirm()
    person.until(lambda: not page.list.model.rows)
    assert person.window.toast.words == "Person erased."

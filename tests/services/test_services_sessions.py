"""Signing in: passwords, sessions, and a studio's door that takes nobody's word for who they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from engine import remote
from engine.api.server import make_app
from engine.errors import SojournError
from engine.remote import STUDIO_ENDPOINT
from engine.services.access import PERMISSIONS
from engine.services.sessions import FREE, HOUR, LASTS, LONGEST_PAUSE, PasswordChecker, SessionService, pause_after
from engine.services.users import UserService
from engine.services.views import Caller, SessionState
from tests.helpers.api_client import Client
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running

LEE = Caller("lee")
ADMINISTRATORS, LEES = "battery staple", "correct horse"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedEngine]:
    quick = PasswordHasher(1, 8, 1)
    monkeypatch.setattr("engine.host.PasswordChecker", lambda: PasswordChecker(quick))
    with running(tmp_path / "workspace") as found:
        yield found


@pytest.fixture
def users(place: EmbeddedEngine) -> UserService:
    """The users, of whom the administrator and lee have passwords."""
    found = place.engine.users
    found.put(CALLER, "lee", ("Limited Access User",))
    found.set_password(CALLER, "lee", LEES)
    found.set_password(CALLER, "administrator", ADMINISTRATORS)
    return found


@pytest.fixture
def sessions(place: EmbeddedEngine) -> SessionService:
    return place.engine.sessions


def refused(code: str, call: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(SojournError) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value.message


def of(greeting: SessionState) -> Caller:
    """What the greeted studio calls with."""
    return Caller(greeting.actor, greeting.sandbox, (), greeting.session)


def audit(place: EmbeddedEngine) -> list[tuple[str, str, bool]]:
    return [(row.actor, row.what, row.refused) for row in place.engine.access.audit(CALLER)]


def test_no_password_required_before_administrator_sets_one(place: EmbeddedEngine, sessions: SessionService) -> None:
    alone = sessions.current_session(CALLER)
    assert (alone.asked, alone.guarded, alone.actor, alone.sandbox) == (False, False, "administrator", "prod")
    assert (alone.permissions, alone.has_password, alone.others) == (frozenset(PERMISSIONS), False, False)
    place.engine.users.put(CALLER, "lee", ("Limited Access User",))
    place.engine.users.set_password(CALLER, "lee", LEES)
    again = sessions.current_session(of(alone))
    assert (again.session, again.others) == (alone.session, True)
    lee = sessions.sign_in(LEE, LEES)
    assert (lee.actor, sorted(lee.permissions)) == ("lee", ["read_journeys", "read_reports"])
    sessions.sign_out(of(lee))
    assert sessions.current_session(of(lee)).actor == "administrator"


def test_password_required_once_administrator_has_one(
    place: EmbeddedEngine, users: UserService, sessions: SessionService
) -> None:
    asked = sessions.current_session(LEE)
    assert (asked.asked, asked.guarded, asked.actor, asked.session) == (True, True, "lee", "")
    assert (asked.permissions, asked.sandboxes) == (frozenset(), ())
    assert sessions.sign_in(LEE, LEES).permissions == {"read_journeys", "read_reports"}
    assert sessions.sign_in(CALLER, ADMINISTRATORS).permissions == set(PERMISSIONS)
    users.put(CALLER, "lee", ("Standard User",))
    assert "manage_journeys" in sessions.sign_in(LEE, LEES).permissions
    refused("sign_in", sessions.sign_in, LEE, ADMINISTRATORS)
    refused("not_permitted", users.set_password, LEE, "administrator", "taken over")
    with place.owner.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT password FROM users").scalars().all()
    assert all(text.startswith("$argon2id$") for text in stored)
    rows = {row.name: row for row in users.list(CALLER)}
    assert (list(rows), rows["lee"].has_password) == (["administrator", "lee"], True)
    users.remove(CALLER, "lee")
    refused("sign_in", sessions.sign_in, LEE, LEES)


def test_user_without_product_profile_is_reported(
    place: EmbeddedEngine, users: UserService, sessions: SessionService
) -> None:
    users.put(CALLER, "lee", ())
    assert "lee may do nothing in any sandbox" in refused("no_access", sessions.sign_in, LEE, LEES)
    assert audit(place)[0] == ("lee", "sign_in", True)


def test_sandbox_user_starts_in_own_sandbox(
    place: EmbeddedEngine, users: UserService, sessions: SessionService
) -> None:
    for name in ("staging", "training"):
        place.engine.sandboxes.add(CALLER, name)
    users.put_profile(CALLER, "Trainers", ("manage_journeys",), ("training", "staging"))
    users.put(CALLER, "lee", ("Trainers",))
    lee = sessions.sign_in(LEE, LEES)
    assert (lee.sandbox, lee.sandboxes) == ("staging", ("staging", "training"))
    elsewhere = sessions.current_session(Caller("lee", "training", (), lee.session))
    assert (elsewhere.sandbox, sorted(elsewhere.permissions)) == ("training", ["manage_journeys", "read_journeys"])
    assert sessions.current_session(Caller("lee", "nowhere", (), lee.session)).sandbox == "staging"


def test_failed_sign_ins_are_delayed_and_audited(
    place: EmbeddedEngine, users: UserService, sessions: SessionService
) -> None:
    for _ in range(FREE):
        refused("sign_in", sessions.sign_in, CALLER, "guess")
    said = refused("sign_in_pause", sessions.sign_in, CALLER, ADMINISTRATORS)
    assert said == "too many wrong passwords; wait a second and try again"
    refused("sign_in", sessions.sign_in, Caller("nobody"), "guess")
    place.clock.time += 1_000
    refused("sign_in", sessions.sign_in, CALLER, "guess")
    assert refused("sign_in_pause", sessions.sign_in, CALLER, "guess").endswith("wait 2 seconds and try again")
    place.clock.time += 2_000
    assert sessions.sign_in(CALLER, ADMINISTRATORS).session
    refused("sign_in", sessions.sign_in, CALLER, "guess")
    lines = audit(place)
    assert lines[1] == ("administrator", "sign_in", False)
    assert lines.count(("administrator", "sign_in", True)) == FREE + 4
    assert ("nobody", "sign_in", True) in lines


def test_sign_in_delay_grows_to_limit() -> None:
    pauses = [pause_after(misses) for misses in range(100)]
    assert pauses[:FREE] == [0] * FREE
    assert pauses == sorted(pauses)
    assert pauses[FREE : FREE + 3] == [1_000, 2_000, 4_000]
    assert pauses[-1] == LONGEST_PAUSE


def test_misses_are_remembered_for_latest_names_only() -> None:
    passwords = PasswordChecker(PasswordHasher(1, 8, 1))
    for number in range(1_200):
        passwords._count(f"name {number}", 0)
    assert (len(passwords._misses), "name 1199" in passwords._misses) == (1_000, True)


def test_session_cannot_be_forged(place: EmbeddedEngine, users: UserService, sessions: SessionService) -> None:
    lee = of(sessions.sign_in(LEE, LEES))
    posing = Caller("administrator", "training", ("administer",), lee.session)
    assert sessions.authenticate(posing) == Caller("lee", "training", (), lee.session)
    refused("sign_in_needed", sessions.authenticate, CALLER)
    refused("sign_in_needed", sessions.authenticate, Caller("lee", "prod", (), "made up"))
    assert audit(place)[:2] == [("lee", "session", True), ("administrator", "session", True)]
    sessions.sign_out(lee)
    refused("sign_in_needed", sessions.authenticate, lee)
    assert ("lee", "sign_out", False) in audit(place)
    sessions.sign_out(lee)
    assert audit(place).count(("lee", "sign_out", False)) == 1
    assert lee.session not in repr(lee)


def test_idle_session_expires(place: EmbeddedEngine, users: UserService, sessions: SessionService) -> None:
    used, left = of(sessions.sign_in(LEE, LEES)), of(sessions.sign_in(LEE, LEES))
    for _ in range(LASTS // HOUR):
        place.clock.time += HOUR + 1
        sessions.authenticate(used)
    assert sessions.authenticate(used).actor == "lee"
    refused("sign_in_needed", sessions.authenticate, left)
    sessions.sign_in(CALLER, ADMINISTRATORS)
    with place.owner.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 2


def test_new_password_ends_other_sessions(place: EmbeddedEngine, users: UserService, sessions: SessionService) -> None:
    own, other = of(sessions.sign_in(LEE, LEES)), of(sessions.sign_in(LEE, LEES))
    said = refused("password_current", users.set_password, own, "lee", "my own choice", "not that")
    assert said == "the present password is wrong; type it once more"
    assert audit(place)[0] == ("lee", "set_password", True)
    users.set_password(own, "lee", "my own choice", LEES)
    assert sessions.authenticate(own).actor == "lee"
    refused("sign_in_needed", sessions.authenticate, other)
    refused("sign_in", sessions.sign_in, LEE, LEES)
    assert sessions.sign_in(LEE, "my own choice").session


def test_sessions_survive_restart_and_end_with_user(tmp_path: Path) -> None:
    with running(tmp_path / "workspace") as place:
        place.engine.users.put(CALLER, "lee", ("Limited Access User",))
        place.engine.users.set_password(CALLER, "lee", LEES)
        lee = of(place.engine.sessions.sign_in(LEE, LEES))
    with running(tmp_path / "workspace") as later:
        assert later.engine.sessions.current_session(lee).actor == "lee"
        later.engine.users.remove(CALLER, "lee")
        refused("sign_in_needed", later.engine.sessions.authenticate, lee)


def test_setting_first_password_keeps_session(place: EmbeddedEngine, sessions: SessionService) -> None:
    here, there = of(sessions.current_session(CALLER)), of(sessions.current_session(CALLER))
    place.engine.users.set_password(here, "administrator", ADMINISTRATORS)
    assert sessions.authenticate(here).actor == "administrator"
    refused("sign_in_needed", sessions.authenticate, there)
    assert sessions.current_session(there).asked
    assert sessions.current_session(here).has_password


def test_studio_requires_session_and_commands_use_files(
    place: EmbeddedEngine, users: UserService, sessions: SessionService
) -> None:
    lee = sessions.sign_in(LEE, LEES)
    client = Client(make_app(place.owner), place.owner.token)

    def call(endpoint: str, what: str, caller: dict[str, Any], **more: Any) -> tuple[int, Any]:
        answer = client.request("POST", f"{endpoint}/{what}", content=json.dumps({"caller": caller, **more}))
        return answer.status_code, answer.json()

    posing = {"actor": "administrator", "session": lee.session}
    assert call(STUDIO_ENDPOINT, "journeys/list", posing) == (200, [])
    status, said = call(STUDIO_ENDPOINT, "users/list", posing)
    assert (status, said["code"]) == (400, "not_permitted")
    assert said["message"].startswith("lee may not change users")
    assert call(STUDIO_ENDPOINT, "journeys/list", {"actor": "administrator"})[1]["code"] == "sign_in_needed"
    assert call(STUDIO_ENDPOINT, "sessions/current_session", {"actor": "administrator"})[1]["asked"]
    assert call(STUDIO_ENDPOINT, "sessions/sign_in", {"actor": "lee"}, password=LEES)[1]["actor"] == "lee"
    assert call(STUDIO_ENDPOINT, "sessions/authenticate", posing)[1]["code"] == "call_unknown"
    assert client.request("POST", f"{STUDIO_ENDPOINT}/journeys/list", content="{}").json()["code"] == "call_malformed"
    assert [row["name"] for row in call(remote.COMMAND_ENDPOINT, "users/list", {})[1]] == ["administrator", "lee"]
    stranger = Client(make_app(place.owner), "guessed")
    assert stranger.request("POST", f"{STUDIO_ENDPOINT}/journeys/list", content="{}").status_code == 401


def test_stop_of_engine_takes_administrator(place: EmbeddedEngine, sessions: SessionService) -> None:
    asked: list[bool] = []
    place.owner.end_process = lambda: asked.append(True)
    place.engine.sandboxes.add(CALLER, "training")
    place.engine.users.put_profile(CALLER, "Trainers", ("administer",), ("training",))
    place.engine.users.put(CALLER, "lee", ("Trainers",))
    place.engine.users.set_password(CALLER, "lee", LEES)
    lee = sessions.sign_in(replace(LEE, sandbox="training"), LEES)
    assert not lee.may_stop, "an administrator of one sandbox stops no workspace"
    refused("not_permitted", place.engine.health.stop, of(lee))
    assert asked == []
    assert sessions.current_session(CALLER).may_stop
    place.engine.health.stop(Caller("administrator", "training"))
    assert asked == [True]
    assert next(what for actor, what, is_refused in audit(place) if actor == "lee" and is_refused) == "administer"
    assert ("administrator", "stop_engine", False) in audit(place)

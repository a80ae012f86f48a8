"""The commands about users, product profiles, sandboxes, API tokens and the audit log."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main

Say = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    def run(*words: str, typed: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert main([*words, "--workspace", str(tmp_path / "w")]) == 0
        return capsys.readouterr().out

    return run


def test_users_with_profiles_passwords_and_tokens(said: Say) -> None:
    said("sandbox", "add", "training")
    assert said("user", "list") == "administrator  Administrators  no password\n"
    assert said("sandbox", "list") == "prod\ntraining\n"
    said("product-profile", "set", "Trainers", "--permission", "manage_journeys", "--in", "training")
    assert "Trainers  manage_journeys  in training\n" in said("product-profile", "list")
    assert "Limited Access User  read_journeys, read_reports  in all sandboxes\n" in said("product-profile", "list")
    said("user", "set", "lee", "--product-profile", "Trainers", "--product-profile", "Limited Access User")
    said("user", "password", "lee", typed="correct horse\n")
    assert said("user", "list").splitlines()[1] == "lee  Trainers, Limited Access User  password"
    token = said("token", "create", "robot", "--user", "lee", "--days", "1", "--permission", "read_journeys").strip()
    assert token.startswith("robot.")
    (line,) = said("token", "list").splitlines()
    assert line.startswith("robot  lee  read_journeys  until 2")
    assert token.partition(".")[2] not in line
    said("token", "revoke", "robot")
    assert said("token", "list") == ""
    said("user", "remove", "lee")
    said("product-profile", "remove", "Trainers")
    log = said("audit", "--limit", "3").splitlines()
    assert [line.split("  ")[1:] for line in log] == [
        ["administrator", "remove_product_profile", "Trainers"],
        ["administrator", "remove_user", "lee"],
        ["administrator", "revoke_api_token", "robot"],
    ]


def test_profile_is_narrowed_by_sandbox(said: Say) -> None:
    said("sandbox", "add", "training")
    said("product-profile", "set", "Trainers", "--permission", "manage_journeys", "--sandbox", "training")
    said("product-profile", "set", "Others", "--permission", "manage_journeys")
    listed = said("product-profile", "list")
    assert "Trainers  manage_journeys  in training" in listed
    assert "Others  manage_journeys  in all sandboxes" in listed


def test_acts_on_workspace_are_in_every_audit_log(said: Say) -> None:
    said("sandbox", "add", "training")
    said("user", "set", "ann", "--product-profile", "Standard User", "--sandbox", "training")
    said("setting", "set", "overdue_rate", "7", "--sandbox", "training")
    here, there = said("audit"), said("audit", "--sandbox", "training")
    for log in (here, there):
        assert "put_user  ann" in log
        assert "add_sandbox  training" in log
    assert "set_setting" in there
    assert "set_setting" not in here

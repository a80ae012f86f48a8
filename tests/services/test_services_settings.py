"""Settings are checked when they are set: addresses, senders, bodies; no password is kept within a URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import SojournError
from engine.services.settings import CHECKS, KNOWN_SETTINGS
from engine.services.views import Caller, DefinitionKind
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    with running(tmp_path_factory.mktemp("settings") / "workspace") as found:
        yield found


GOOD = (
    ("smtp_url", "smtp://news@mail.example.com:587"),
    ("smtp_url", "smtps://mail.example.com"),
    ("smtp_url", "smtp+plain://127.0.0.1:25"),
    ("email_from", "Hotel <news@example.com>"),
    ("email_from", "news@example.com"),
    ("unsubscribe_url", "https://example.com/u/{id}"),
    ("unsubscribe_url", "mailto:leave@example.com"),
    ("sms_gateway_url", "https://sms.example.com/messages"),
    ("push_gateway_url", "http://127.0.0.1:8190/push"),
    ("sms_gateway_body", '{"to": ["{{ to }}"]}'),
    ("campaign_classic_url", "https://mc.example.com"),
    ("campaign_standard_url", "https://mc.adobe.io/geo/campaign"),
)
BAD = (
    ("smtp_url", "mail.example.com", "setting_value"),
    ("smtp_url", "smtp://mail.example.com:port", "setting_value"),
    ("smtp_url", "smtp://news:hush-hush@mail.example.com", "url_password"),
    ("email_from", "Hotel", "setting_value"),
    ("email_from", "a@b\r\nBcc: c@d.example", "setting_value"),
    ("unsubscribe_url", "example.com/u", "setting_value"),
    ("sms_gateway_url", "sms.example.com", "setting_value"),
    ("sms_gateway_url", "https://user:hush-hush@sms.example.com/", "url_password"),
    ("push_gateway_url", "https://exa mple.com/", "setting_value"),
    ("push_gateway_url", "https://[::1/", "setting_value"),
    ("push_gateway_body", "{", "setting_value"),
    ("campaign_classic_url", "ftp://mc.example.com", "setting_value"),
    ("campaign_standard_token_url", "https://", "setting_value"),
    ("allow_local_endpoints", "yes", "setting_value"),
    ("overdue_rate", -1, "setting_value"),
    ("nobody", "x", "setting_unknown"),
)


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_valid_setting_is_stored_and_cleared(place: EmbeddedEngine, name: str, value: str) -> None:
    place.engine.settings.set(CALLER, name, value)
    assert place.engine.settings.get(CALLER, name) == value
    place.engine.settings.set(CALLER, name, "")
    assert place.engine.settings.get(CALLER, name) == ""


@pytest.mark.parametrize(("name", "value", "code"), BAD)
def test_invalid_setting_is_refused_without_its_value(place: EmbeddedEngine, name: str, value: Any, code: str) -> None:
    with pytest.raises(SojournError) as caught:
        place.engine.settings.set(CALLER, name, value)
    assert caught.value.code == code
    assert "hush-hush" not in str(caught.value)


def test_every_check_is_of_setting() -> None:
    assert set(CHECKS) <= set(KNOWN_SETTINGS)


@pytest.mark.parametrize("kind", ["data_source", "action"])
def test_definition_keeps_no_password_in_its_url(place: EmbeddedEngine, kind: DefinitionKind) -> None:
    body: dict[str, Any] = {"name": "Rooms", "url": "https://journeys:hush-hush@hotel.example.com/"}
    with pytest.raises(SojournError) as caught:
        place.engine.definitions.save(CALLER, kind, body)
    assert (caught.value.code, "hush-hush" in str(caught.value)) == ("url_password", False)


def test_settings_of_provider_change_together(place: EmbeddedEngine) -> None:
    settings = place.engine.settings
    good = {"smtp_url": "smtp://mail.example.com:25", "email_from": "news@example.com"}
    with pytest.raises(SojournError, match="email_from"):
        settings.change(CALLER, {**good, "email_from": "nobody"}, {}, {"provider/smtp/password": "hush"})
    with pytest.raises(SojournError):
        settings.change(CALLER, good, {}, {"provider/smtp/password": ""})
    assert (settings.get(CALLER, "smtp_url"), settings.secrets(CALLER)) == ("", ())
    settings.change(CALLER, good, {"smtp_url": "", "email_from": ""}, {"provider/smtp/password": "hush"})
    assert [settings.get(CALLER, name) for name in good] == list(good.values())
    assert settings.secrets(CALLER) == ("provider/smtp/password",)


def test_unseen_change_of_setting_is_not_overwritten(place: EmbeddedEngine) -> None:
    settings, seen = place.engine.settings, {"overdue_rate": 200}
    place.engine.users.put(CALLER, "lee", ("Administrators",))
    settings.change(Caller("lee"), {"overdue_rate": 300}, seen, {})
    with pytest.raises(SojournError, match="lee changed overdue_rate at 2026-03-10 08:00 UTC"):
        settings.change(CALLER, {"overdue_rate": 400}, seen, {})
    settings.change(CALLER, {"overdue_rate": 300}, seen, {})
    assert settings.get(CALLER, "overdue_rate") == 300
    settings.change(CALLER, {"overdue_rate": 400}, seen, {}, overwrite=True)
    assert settings.get(CALLER, "overdue_rate") == 400
    assert "overwrite" in [row.what for row in place.engine.access.audit(CALLER)]

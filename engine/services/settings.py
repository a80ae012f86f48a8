"""Workspace settings and the names of secrets; values are checked when they are set, not when they are due."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from engine.catalogue import Phrase, PhraseArgument
from engine.effects.local_targets import ALLOW_LOCAL, ALLOWED_HOSTS, read_allowed_hosts
from engine.effects.providers import extension_settings
from engine.effects.smtp import MailServer
from engine.errors import SojournError
from engine.ports import Runner, Secrets
from engine.services.access import ADMINISTER, AccessService, Service
from engine.services.revisions import refuse_unseen_change
from engine.services.service_method import ANY_PERMISSION, requires
from engine.services.views import Caller, SettingRow
from engine.store import access_queries, setting_queries
from engine.store.results import Connection


def require_no_password(place: PhraseArgument, url: str) -> None:
    """Raise SojournError for a URL with a password, which would be kept in the database."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        raise SojournError("url_password", place=place)


def _check_url(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, value))
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SojournError("setting_value.url", name=name)


def _check_mail_server(name: str, value: str) -> None:
    try:
        MailServer.read(value)
    except ValueError:
        raise SojournError("setting_value.smtp", name=name) from None


def _check_sender(name: str, value: str) -> None:
    address = parseaddr(value)[1]
    user, _, domain = address.rpartition("@")
    if not user or not domain or any(ord(mark) < 0x20 for mark in value):
        raise SojournError("setting_value.address", name=name)


def _check_unsubscribe(name: str, value: str) -> None:
    if not value.startswith("mailto:"):
        _check_url(name, value)


def _check_json(name: str, value: str) -> None:
    try:
        json.loads(value)
    except ValueError:
        raise SojournError("setting_value.json", name=name) from None


def _check_hosts(name: str, value: str) -> None:
    try:
        read_allowed_hosts(value)
    except ValueError as error:
        raise SojournError("setting_value.hosts", name=name, entry=error) from None


CHECKS: Mapping[str, Callable[[str, str], None]] = {
    ALLOWED_HOSTS: _check_hosts,
    "smtp_url": _check_mail_server,
    "email_from": _check_sender,
    "unsubscribe_url": _check_unsubscribe,
    "sms_gateway_body": _check_json,
    "push_gateway_body": _check_json,
}
"""By setting; other settings whose names end in ``_url`` are URLs. An empty value is always allowed: it means off."""


PORT = "port"
DEFAULT_PORT = 8170
"""The port of an engine whose workspace has none of its own."""
LARGEST_NUMBERS: Mapping[str, int] = {PORT: 65_535}
"""Settings that are numbers and cannot be as large as others."""


def check_setting(name: str, value: object) -> None:
    """Raise SojournError when the value cannot be this setting's."""
    check = CHECKS.get(name) or (_check_url if name.endswith("_url") else None)
    if isinstance(value, str) and value and check is not None:
        require_no_password(name, value)
        check(name, value)


KNOWN_SETTINGS: Mapping[str, tuple[object, str]] = {
    **extension_settings(),
    ALLOW_LOCAL: (False, "calls may go to IP addresses, non-default ports and private or loopback hosts"),
    ALLOWED_HOSTS: (
        "",
        "local hosts and networks that calls may reach: crm.internal, 10.1.0.0/16, 127.0.0.1:8190",
    ),
    "max_waiting_events": (
        10_000,
        "how many events may wait to be processed before senders are asked to come back later",
    ),
    "event_id_field": (
        "",
        "which fields hold the id of an event, such as order.number,messageId; nothing for the usual ones",
    ),
    "profiles_from_events": (False, "events with a namespace become experience events of profiles, made where none is"),
    "overdue_timers": (1_000, "how many overdue timers may fire at the start without asking"),
    "overdue_rate": (200, "how many overdue timers fire a second after a long pause"),
    PORT: (0, "the port on which the engine listens, from its next start; 0 for the usual one"),
    "drain_seconds": (20, "how many seconds calls under way may take to end when the engine is stopped"),
    "retention_payload_days": (30, "how many days payloads of events, and refused events, are kept"),
    "retention_instance_days": (90, "how many days finished instances and messages are kept"),
    "retention_step_event_days": (400, "how many days step events are kept in the workspace"),
    "archive_step_events": (True, "older step events go to Parquet files, instead of being deleted"),
    "archive_folder": ("", "where those files are written, or nothing for the folder archives of the workspace"),
    "smtp_url": ("", "where email goes: smtp://user@host:587, or nothing for the local outbox"),
    "sms_gateway_url": ("", "where text messages are posted, or nothing for the local outbox"),
    "push_gateway_url": ("", "where push notifications are posted, or nothing for the local outbox"),
    "callback_url": ("", "where other systems reach this engine for callbacks, or nothing for its own address"),
    "email_from": ("", "the sender's address of emails"),
    "unsubscribe_url": ("", "where people unsubscribe from emails; {id} in it becomes the message's id"),
    "sms_gateway_header": ("Authorization", "the header that carries the SMS gateway's key"),
    "sms_gateway_body": ("", "the JSON the SMS gateway expects, with {{ to }}, {{ text }} and {{ id }} in its texts"),
    "push_gateway_header": ("Authorization", "the header that carries the push gateway's key"),
    "push_gateway_body": (
        "",
        "the JSON the push gateway expects, with {{ to }}, {{ title }}, {{ text }} and {{ id }} in its texts",
    ),
    "campaign_standard_url": ("", "the URL of the Adobe Campaign Standard instance, if it sends the messages"),
    "campaign_standard_organization": ("", "the transactional API in the path of its calls: mc and the organization"),
    "campaign_standard_client_id": ("", "the client id with which tokens for Adobe Campaign Standard are fetched"),
    "campaign_standard_token_url": ("", "where those tokens are fetched, if not at Adobe's identity service"),
    "campaign_classic_url": ("", "the Adobe Campaign Classic or v8 instance that takes transactional events"),
    "campaign_classic_client_id": ("", "the client id with which tokens for Adobe Campaign v8 are fetched"),
    "campaign_classic_token_url": ("", "where those tokens are fetched, if not at Adobe's identity service"),
}
"""Every setting with its default and what it means."""

LARGEST = 2**31 - 1
"""The largest number that a setting may be: as much as every store holds."""


def read_value(name: str, text: str) -> object:
    """Read a setting's value from the text of a command, by its default's type. Raises SojournError."""
    default = _known(name)[0]
    if isinstance(default, str):
        return text
    try:
        value = json.loads(text.lower())
    except ValueError:
        value = None
    return _checked(name, value)


def _known(name: str) -> tuple[object, str]:
    if name not in KNOWN_SETTINGS:
        raise SojournError("setting_unknown", name=name, names=tuple(sorted(KNOWN_SETTINGS)))
    return KNOWN_SETTINGS[name]


def _checked(name: str, value: object) -> object:
    default, _ = _known(name)
    largest = LARGEST_NUMBERS.get(name, LARGEST)
    if type(value) is not type(default) or (isinstance(value, int) and not 0 <= value <= largest):
        raise SojournError(
            "setting_value", name=name, wanted=Phrase(f"value.{type(default).__name__}", {"largest": largest})
        )
    check_setting(name, value)
    return value


def _require_secret(name: str, value: str) -> None:
    if not name or not value:
        raise SojournError("secret_empty")


_NOTHING: Mapping[str, object] = {}
_NO_SECRETS: Mapping[str, str] = {}
_LOOKED_AT = 1_000
"""Lines of the audit log among which the last change of a setting is looked for."""


class SettingsService(Service):
    """Reads and changes settings and keeps secrets in the vault."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._secrets = secrets

    @requires(ANY_PERMISSION)
    def list(self, caller: Caller) -> tuple[SettingRow, ...]:
        """Every setting."""
        with self._runner.read() as connection:
            given = setting_queries.load_settings(connection, caller.sandbox)
        return tuple(
            SettingRow(name, given.get(name, default), default, meaning)
            for name, (default, meaning) in KNOWN_SETTINGS.items()
        )

    @requires(ANY_PERMISSION)
    def get(self, caller: Caller, name: str) -> object:
        """One setting's value, or its default."""
        default, _ = _known(name)
        with self._runner.read() as connection:
            return setting_queries.load_settings(connection, caller.sandbox).get(name, default)

    @requires(ADMINISTER)
    def set(self, caller: Caller, name: str, value: object) -> None:
        """Change a setting; raises SojournError for an unknown one or a wrong type."""
        self._change(caller, {name: value})

    @requires(ADMINISTER)
    def change(
        self,
        caller: Caller,
        values: Mapping[str, object],
        seen: Mapping[str, object],
        secrets: Mapping[str, str],
        overwrite: bool = False,
    ) -> None:
        """Change settings and secrets that belong together, all or none.

        ``seen`` are the values on which the change was made. If one is another now it is refused, unless it is to
        ``overwrite`` that.
        """
        for name, value in secrets.items():
            _require_secret(name, value)
        self._change(caller, values, {} if overwrite else seen, secrets, overwrites=overwrite)

    def _change(
        self,
        caller: Caller,
        values: Mapping[str, object],
        seen: Mapping[str, object] = _NOTHING,
        secrets: Mapping[str, str] = _NO_SECRETS,
        *,
        overwrites: bool = False,
    ) -> None:
        checked = {name: _checked(name, value) for name, value in values.items()}

        def work(connection: Connection) -> None:
            stored = setting_queries.load_settings(connection, caller.sandbox)
            for name, value in checked.items():
                now = stored.get(name, _known(name)[0])
                if name in seen and now not in (seen[name], value):
                    self._refuse_unseen(connection, caller, name)
                setting_queries.put_setting(connection, caller.sandbox, name, value)
                self._access.record(connection, caller, "overwrite" if overwrites else "set_setting", name)
            for name, secret in secrets.items():
                self._secrets.set(f"{caller.sandbox}/{name}", secret)
                self._access.record(connection, caller, "set_secret", name)

        self._runner.write(work)

    def _refuse_unseen(self, connection: Connection, caller: Caller, name: str) -> None:
        rows = access_queries.audit_rows(connection, (caller.sandbox,), _LOOKED_AT)
        last = next((row for row in rows if row.about == name and row.what in ("set_setting", "overwrite")), None)
        refuse_unseen_change(name, last.actor if last else "?", last.at if last else self._runner.clock.now())

    @requires(ADMINISTER)
    def set_secret(self, caller: Caller, name: str, value: str) -> None:
        """Keep a secret of this sandbox: ``action/SendPush/value``, ``data_source/Reservations/password``."""
        _require_secret(name, value)
        self._secrets.set(f"{caller.sandbox}/{name}", value)
        self._runner.write(lambda connection: self._access.record(connection, caller, "set_secret", name))

    @requires(ADMINISTER)
    def secrets(self, caller: Caller) -> tuple[str, ...]:
        """List the names of this sandbox's secrets."""
        prefix = f"{caller.sandbox}/"
        return tuple(name.removeprefix(prefix) for name in self._secrets.names() if name.startswith(prefix))

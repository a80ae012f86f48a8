"""The "test" buttons: tries an authentication or a call as it is being configured."""

from __future__ import annotations

from engine.ports import ConnectionOutcome, ConnectionTester, JsonObject, Runner, Secrets
from engine.services.access import ADMINISTER, MANAGE_DEFINITIONS, AccessService, Service
from engine.services.definitions import name_of
from engine.services.secret_fields import take
from engine.services.service_method import requires
from engine.services.stored_secrets import StoredSecrets
from engine.services.views import Caller
from engine.store import definition_queries
from engine.store.results import Connection


class ConnectionService(Service):
    """``kind`` is ``data_source`` or ``action``; ``body`` the definition in file form, saved or not.

    A secret that is a placeholder in it comes from the vault, and goes only to the hosts of the saved definition.
    """

    def __init__(
        self, runner: Runner[Connection], access: AccessService, tester: ConnectionTester, secrets: Secrets
    ) -> None:
        super().__init__(runner, access)
        self._tester = tester
        self._stored = StoredSecrets(secrets)

    @requires(MANAGE_DEFINITIONS)
    def test_authentication(self, caller: Caller, kind: str, body: JsonObject) -> ConnectionOutcome:
        """Fetch a token with the definition's custom authentication."""
        self._require_same_hosts(caller, kind, body)
        return self._tester.authentication(caller.sandbox, kind, body)

    @requires(MANAGE_DEFINITIONS)
    def test_call(self, caller: Caller, kind: str, body: JsonObject, values: JsonObject) -> ConnectionOutcome:
        """Call it once.

        ``values`` of a source: ``{"group": name, "parameters": {…}}``; of an action: ``{"parameters": {variable:
        value}, "headers": {variable: text}, "query": {variable: text}, "url_path": text}``, all optional.
        """
        self._require_same_hosts(caller, kind, body)
        return self._tester.call(caller.sandbox, kind, body, values)

    def _require_same_hosts(self, caller: Caller, kind: str, body: JsonObject) -> None:
        name = name_of(kind, body)
        with self._runner.read() as connection:
            saved = definition_queries.definition_body(connection, caller.sandbox, kind, name)
        self._stored.require_same_hosts(caller.sandbox, kind, name, saved, body, take(body).typed)

    @requires(ADMINISTER)
    def test_campaign_standard(self, caller: Caller, url: str = "") -> ConnectionOutcome:
        """Try the URL of an Adobe Campaign Standard instance, or the one that is set."""
        return self._tester.campaign_standard(caller.sandbox, url).result

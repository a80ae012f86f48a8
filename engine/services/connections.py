"""The "test" buttons: tries an authentication or a call as it is being configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.ports import Probed, ProbedTemplates, Prober
from engine.services.access import ADMINISTER, MANAGE_DEFINITIONS, READ_DEFINITIONS, Access
from engine.services.views import Caller


class ConnectionService:
    """``kind`` is ``data_source`` or ``action``; ``body`` the definition in file form, saved or not.

    A secret that stands in it as the placeholder comes from the vault.
    """

    def __init__(self, access: Access, prober: Prober) -> None:
        self._access = access
        self._prober = prober

    def test_authentication(self, caller: Caller, kind: str, body: Mapping[str, Any]) -> Probed:
        """Fetch a token with the definition's custom authentication."""
        self._access.require(caller, MANAGE_DEFINITIONS)
        return self._prober.authentication(caller.sandbox, kind, body)

    def test_call(self, caller: Caller, kind: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> Probed:
        """Call it once.

        ``values`` of a source: ``{"group": name, "parameters": {…}}``; of an action: ``{"parameters": {variable:
        value}, "headers": {variable: text}, "query": {variable: text}, "url_path": text}``, all optional.
        """
        self._access.require(caller, MANAGE_DEFINITIONS)
        return self._prober.call(caller.sandbox, kind, body, values)

    def test_campaign_standard(self, caller: Caller, url: str = "") -> Probed:
        """Try the URL of an Adobe Campaign Standard instance, or the one that is set."""
        self._access.require(caller, ADMINISTER)
        return self._prober.campaign_standard(caller.sandbox, url).probed

    def campaign_standard_templates(self, caller: Caller) -> ProbedTemplates:
        """The transactional messages that the instance has; a template of the same name sends one."""
        self._access.require(caller, READ_DEFINITIONS)
        return self._prober.campaign_standard(caller.sandbox, "")

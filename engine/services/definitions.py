"""Events, data sources, actions, templates, segments and namespaces of a sandbox: kept, used and tried out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from engine.catalogue import Phrase
from engine.core.definition_checks import definition_faults
from engine.errors import SojournError
from engine.json_types import JsonDict, JsonObject
from engine.model.action import CustomAction
from engine.model.channel import MessageTemplate
from engine.model.definitions import (
    PROFILE_STORE,
    DataSource,
    Definitions,
    EventDefinition,
    Namespace,
    Segment,
)
from engine.ports import ConnectionOutcome, ConnectionTester, Runner, Secrets
from engine.services.access import (
    ADMINISTER,
    MANAGE_DEFINITIONS,
    READ_DEFINITIONS,
    AccessService,
    Service,
)
from engine.services.definition_secrets import StoredSecrets, placeholder_fields, take_secrets
from engine.services.definition_uses import (
    complete,
    refuse_breaking_change,
    refuse_renaming,
    refuse_used,
    use_counts,
    version_uses,
)
from engine.services.revisions import is_outdated, refuse_unseen
from engine.services.service_method import requires
from engine.services.views import Caller, DefinitionKind, DefinitionRow, DefinitionUse, UsedKind, change_permission
from engine.store import definition_queries
from engine.store.definition_queries import StoredDefinition
from engine.store.results import Connection

MODELS: Mapping[str, type[BaseModel]] = {
    "namespace": Namespace,
    "event": EventDefinition,
    "data_source": DataSource,
    "action": CustomAction,
    "template": MessageTemplate,
    "segment": Segment,
}


def name_of(kind: str, body: JsonObject) -> str:
    """Return a definition's name, or a namespace's code."""
    return str(body.get("code" if kind == "namespace" else "name", ""))


def to_body(model: BaseModel) -> JsonDict:
    """Write a definition in its file form."""
    body: JsonDict = model.model_dump(mode="json", exclude_defaults=True)
    return body


def read_body(kind: str, body: JsonObject) -> BaseModel:
    """Read a definition from its file form; raises SojournError that locates the fault."""
    try:
        return MODELS[kind].model_validate_json(json.dumps(body))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        context = fault.get("ctx", {})
        where = ".".join(str(part) for part in fault["loc"]) + context.get("path", "")
        raise SojournError("definition_malformed", where, message=context.get("phrase", fault["msg"])) from None


def require_sound(model: BaseModel, definitions: Definitions, place: str = "") -> None:
    """Raise SojournError for a definition that cannot work among these; ``place`` is where it stands in a file.

    A segment in a file may read a field group that comes with another file; it is suspended until then.
    """
    for fault in definition_faults(model, definitions):
        if not (place and fault.lacks_source):
            raise SojournError.of(fault.phrase, f"{place}{fault.setting}")


class DefinitionService(Service):
    """Keeps the definitions of each sandbox."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._stored = StoredSecrets(secrets)

    @requires(READ_DEFINITIONS)
    def all(self, caller: Caller) -> Definitions:
        """Every definition; the predefined namespaces and the profile store are always there."""
        with self._runner.read() as connection:
            return complete(definition_queries.load(connection, caller.sandbox))

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller, kind: DefinitionKind) -> tuple[DefinitionRow, ...]:
        """List the definitions of a kind; the profile store is always there."""
        with self._runner.read() as connection:
            rows = definition_queries.rows(connection, caller.sandbox, kind)
            counts = use_counts(connection, caller.sandbox, kind)
        if kind == "data_source" and all(row.name != PROFILE_STORE for row in rows):
            rows = (StoredDefinition(PROFILE_STORE, {"name": PROFILE_STORE}, "", 0, "", 0, 0), *rows)
        return tuple(_row(kind, row, counts.get(row.name, 0)) for row in rows)

    @requires(READ_DEFINITIONS)
    def get(self, caller: Caller, kind: DefinitionKind, name: str) -> JsonObject:
        """One definition in its file form, secrets as placeholders."""
        definitions = self.all(caller)
        for model in getattr(definitions, definition_queries.KINDS[kind]):
            body = to_body(model)
            if name_of(kind, body) == name:
                return body
        raise _unknown(kind, name)

    @requires(READ_DEFINITIONS)
    def save(
        self,
        caller: Caller,
        kind: DefinitionKind,
        body: JsonObject,
        was: str | None = None,
        revision: int | None = None,
        overwrite: bool = False,
    ) -> DefinitionRow:
        """Create a definition, or change the one that was called ``was``. Literal secrets go to the vault.

        A change of another ``revision`` than the stored one is refused, unless it is to ``overwrite`` that; so is one
        of a definition that was deleted. Revision 0 is a built-in one that nobody has changed. A secret that is there
        already stays, unless it would go to another host.
        """
        self._access.require(caller, change_permission(kind))
        sandbox, now = caller.sandbox, self._runner.clock.now()
        with self._runner.read() as connection:
            known = placeholder_fields(definition_queries.definition_body(connection, sandbox, kind, was or "") or {})
        clean, typed, _ = take_secrets(prepare(kind, body), known)
        model = read_body(kind, clean)
        name = name_of(kind, clean)

        def work(connection: Connection) -> DefinitionRow:
            self._check_name(connection, caller.sandbox, kind, name, was)
            refuse_breaking_change(connection, caller.sandbox, kind, was or name, model)
            require_sound(model, complete(definition_queries.load(connection, sandbox)))
            if was is not None:
                self._refuse_unseen(connection, caller, kind, was, model, revision, overwrite=overwrite)
                saved = definition_queries.definition_body(connection, sandbox, kind, was)
                self._stored.require_same_hosts(sandbox, kind, was, saved, clean, typed)
            definition_queries.put(connection, caller.sandbox, kind, name, to_body(model), caller.actor, now, was)
            self._access.record(connection, caller, f"save_{kind}", name)
            self._stored.keep(sandbox, kind, name, typed)
            if was is not None and was != name:
                self._stored.copy(sandbox, kind, was, name, clean)
            counts = use_counts(connection, caller.sandbox, kind)
            rows = definition_queries.rows(connection, caller.sandbox, kind)
            return next(_row(kind, row, counts.get(name, 0)) for row in rows if row.name == name)

        row = self._runner.write(work)
        self._stored.forget(sandbox, kind, name, clean)
        if was is not None and was != name:
            self._stored.forget(sandbox, kind, was)
        return row

    @requires(READ_DEFINITIONS)
    def delete(self, caller: Caller, kind: DefinitionKind, name: str) -> None:
        """Delete a definition that no journey and no other definition uses."""
        self._access.require(caller, change_permission(kind))
        if kind == "data_source" and name == PROFILE_STORE:
            raise SojournError("definition_built_in", name=name)

        def work(connection: Connection) -> None:
            refuse_used(connection, caller.sandbox, kind, name)
            if not definition_queries.remove(connection, caller.sandbox, kind, name):
                raise _unknown(kind, name)
            self._access.record(connection, caller, f"delete_{kind}", name)

        self._runner.write(work)
        self._stored.forget(caller.sandbox, kind, name)

    @requires(READ_DEFINITIONS)
    def used_in(self, caller: Caller, kind: UsedKind, name: str) -> tuple[DefinitionUse, ...]:
        """List the journey versions that use a definition, by themselves or by what they use."""
        with self._runner.read() as connection:
            return tuple(version_uses(connection, caller.sandbox, kind, name))

    def _refuse_unseen(
        self,
        connection: Connection,
        caller: Caller,
        kind: DefinitionKind,
        was: str,
        model: BaseModel,
        revision: int | None,
        *,
        overwrite: bool,
    ) -> None:
        rows = definition_queries.rows(connection, caller.sandbox, kind)
        stored = next((row for row in rows if row.name == was), None)
        gone = stored is None and bool(revision)
        if gone or (stored is not None and is_outdated(stored, revision, same=stored.body == to_body(model))):
            refuse_unseen(was, stored, overwrite=overwrite)
            self._access.record(connection, caller, "overwrite", was)

    def _check_name(self, connection: Connection, sandbox: str, kind: str, name: str, was: str | None) -> None:
        shared = ("event", "action") if kind in ("event", "action") else (kind,)
        for other in shared:
            taken = {row.name for row in definition_queries.rows(connection, sandbox, other)}
            if name in taken and not (other == kind and name == was):
                raise SojournError("name_taken.definition", kind=Phrase(f"a_definition.{other}"), name=name)
        if was is not None and name != was:
            refuse_renaming(connection, sandbox, kind, was)


def prepare(kind: str, body: JsonObject) -> JsonObject:
    """Complete a body to be saved: a system event without an id gets one."""
    if kind == "event" and body.get("type") == "system" and not body.get("event_id"):
        return {**body, "event_id": str(uuid.uuid4())}
    return body


def _row(kind: DefinitionKind, row: StoredDefinition, used: int) -> DefinitionRow:
    description = row.body.get("description", row.body.get("label", ""))
    who = (row.created_by, row.created_at, row.changed_by, row.changed_at, row.revision)
    return DefinitionRow(kind, row.name, description, used, *who)


def _unknown(kind: str, name: str) -> SojournError:
    return SojournError("definition_unknown", kind=Phrase(f"definition.{kind}"), name=name)


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
        self._stored.require_same_hosts(caller.sandbox, kind, name, saved, body, take_secrets(body).typed)

    @requires(ADMINISTER)
    def test_campaign_standard(self, caller: Caller, url: str = "") -> ConnectionOutcome:
        """Try the URL of an Adobe Campaign Standard instance, or the one that is set."""
        return self._tester.campaign_standard(caller.sandbox, url).result

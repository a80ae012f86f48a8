"""Journey files in and out of a workspace (interfaces.md, Commands and A journey file)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from engine.catalogue import Phrase
from engine.errors import SojournError, WrongUseError
from engine.json_types import JsonDict, JsonObject
from engine.model import journey_file
from engine.model.definitions import PREDEFINED_NAMESPACES, PROFILE_STORE, Definitions
from engine.model.dependencies import Dependencies, part_of
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile
from engine.ports import Runner, Secrets, secret_name
from engine.services.access import AccessService
from engine.services.definition_secrets import StoredSecrets, placeholder_fields, take_secrets
from engine.services.definition_uses import complete, refuse_breaking_change
from engine.services.definitions import name_of, read_body, require_sound, to_body
from engine.services.journey_versions import find_version, free_name, publish, version_view
from engine.services.views import Caller, ImportResult, change_permission
from engine.store import definition_queries, journey_queries
from engine.store.results import Connection

Typed = Mapping[tuple[str, str], Mapping[str, str]]
Differing = Literal["refuse", "rename", "replace"]
"""What to do with a definition that differs from the workspace's of that name."""


@dataclass(slots=True)
class _Plan:
    """What an import will write: bodies by (kind, name). ``typed`` are the file's secrets, by (kind, name there)."""

    sandbox: str
    typed: Typed
    bodies: dict[tuple[str, str], JsonDict] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)


class _NeedsPermissionError(SojournError):
    """The plan changes definitions that this caller may not; it is recorded when the writer is free again."""

    @property
    def permission(self) -> str:
        """The permission that is needed."""
        return self.where


class JourneyImporter:
    """Imports journey files into a sandbox."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        self._runner = runner
        self._access = access
        self._secrets = secrets
        self._stored = StoredSecrets(secrets)

    def import_file(
        self,
        caller: Caller,
        text: str,
        sets: Sequence[str],
        publish: bool,
        differing: Differing,
        as_new: bool,
    ) -> ImportResult:
        """Import a journey file, see ``JourneyService.import_file``."""
        original = _document(text)
        known = _secret_paths(original)
        changed = _document(text)
        for assignment in sets:
            _assign(changed, assignment)
        clean, typed = self._take_secrets(caller, changed, known)
        file = journey_file.read(json.dumps(clean, ensure_ascii=False))
        if as_new:
            file = file.model_copy(update={"journey": self._unique(caller, file.journey)})
        work = partial(self._store, caller=caller, file=file, typed=typed, publishing=publish, differing=differing)
        try:
            plan, done = self._runner.write(partial(work, permissions=self._access.permissions(caller)))
        except _NeedsPermissionError as refusal:
            self._access.require(caller, refusal.permission)
            raise
        for (kind, name), body in plan.bodies.items():
            self._stored.forget(caller.sandbox, kind, name, body)
        return done

    def _unique(self, caller: Caller, version: JourneyVersion) -> JourneyVersion:
        with self._runner.read() as connection:
            taken = {row.name for row in journey_queries.version_rows(connection, caller.sandbox)}
        name = free_name(version.name, taken) if version.name in taken else version.name
        return version.model_copy(update={"name": name, "version": 1})

    def _take_secrets(
        self, caller: Caller, document: JsonDict, known: Mapping[tuple[str, int], tuple[str, ...]]
    ) -> tuple[JsonDict, dict[tuple[str, str], dict[str, str]]]:
        typed: dict[tuple[str, str], dict[str, str]] = {}
        lacking: list[str] = []
        for kind, section in (("data_source", "data_sources"), ("action", "actions")):
            bodies = _items(document, section)
            for index, body in enumerate(bodies):
                if not isinstance(body, dict) or "name" not in body:
                    continue
                paths = known.get((section, index), ())
                bodies[index], typed[kind, str(body["name"])], missing = take_secrets(body, paths)
                kept = set(self._secrets.names()) if missing else set()
                lacking += [
                    f"$.{section}[{index}].{path}"
                    for field, path in missing.items()
                    if secret_name(caller.sandbox, kind, body["name"], field) not in kept
                ]
        if lacking:
            options = " ".join(f"--set {place}=…" for place in lacking)
            raise SojournError("secrets_missing", options=options)
        return document, typed

    def _store(
        self,
        connection: Connection,
        caller: Caller,
        file: JourneyFile,
        typed: Typed,
        publishing: bool,
        differing: Differing,
        permissions: frozenset[str],
    ) -> tuple[_Plan, ImportResult]:
        now = self._runner.clock.now()
        plan = self._plan(connection, caller, file, typed, differing)
        kinds = (*(kind for kind, _ in plan.bodies), *(kind for (kind, _), secrets in typed.items() if secrets))
        lacking = sorted({change_permission(kind) for kind in kinds} - permissions)
        if lacking:
            raise _NeedsPermissionError("not_permitted.definitions", lacking[0], message=lacking[0])
        for (kind, name), body in plan.bodies.items():
            refuse_breaking_change(connection, caller.sandbox, kind, name, read_body(kind, body))
            definition_queries.put(connection, caller.sandbox, kind, name, body, caller.actor, now)
        self._check(connection, caller, file, plan)
        version = file.journey if not plan.renamed else _renamed(file.journey, plan.renamed)
        row_id = self._store_version(connection, caller, version, now)
        if publishing:
            publish(connection, caller, find_version(connection, caller, str(row_id)), now)
            self._access.record(connection, caller, "publish", version.name)
        self._access.record(connection, caller, "import", version.name)
        self._keep_secrets(plan)
        row = version_view(find_version(connection, caller, str(row_id)), True, {})
        return plan, ImportResult(row, tuple(plan.added), tuple(plan.unchanged), tuple(plan.replaced), plan.renamed)

    def _check(self, connection: Connection, caller: Caller, file: JourneyFile, plan: _Plan) -> None:
        """Require that the templates and segments that the import changes can work in the sandbox."""
        definitions = complete(definition_queries.load(connection, caller.sandbox))
        for kind, section in definition_queries.KINDS.items():
            for index, model in enumerate(getattr(file, section)):
                name = name_of(kind, vars(model))
                if (kind, plan.renamed.get(name, name)) in plan.bodies:
                    require_sound(model, definitions, f"$.{section}[{index}].")

    def _keep_secrets(self, plan: _Plan) -> None:
        """Keep the file's secrets, under the names that its definitions have here."""
        for (kind, name), typed in plan.typed.items():
            new = plan.renamed.get(name, name)
            renamed = plan.bodies.get((kind, new)) if new != name else None
            self._stored.keep(plan.sandbox, kind, name if renamed is None else new, typed)
            if renamed is not None:
                self._stored.copy(plan.sandbox, kind, name, new, renamed)

    def _store_version(self, connection: Connection, caller: Caller, version: JourneyVersion, now: int) -> int:
        journey = journey_queries.journey_id(connection, caller.sandbox, version.name)
        if journey is not None:
            rows = journey_queries.version_rows(connection, caller.sandbox, version.name)
            if rows[-1].state in ("draft", "test"):
                raise SojournError("journey_state.import_draft", name=version.name)
            version = version.model_copy(update={"version": journey_queries.next_number(connection, journey)})
        return journey_queries.create(connection, caller.sandbox, version, caller.actor, now)

    def _plan(
        self, connection: Connection, caller: Caller, file: JourneyFile, typed: Typed, differing: Differing
    ) -> _Plan:
        plan = _Plan(caller.sandbox, typed)
        for kind, section in definition_queries.KINDS.items():
            here = {row.name: row.body for row in definition_queries.rows(connection, caller.sandbox, kind)}
            for model in getattr(file, section):
                body = to_body(model)
                self._plan_one(plan, kind, body, here, differing)
        return plan

    def _plan_one(
        self, plan: _Plan, kind: str, body: JsonDict, here: Mapping[str, JsonObject], differing: Differing
    ) -> None:
        name = name_of(kind, body)
        before = here.get(name)
        if before is not None and to_body(read_body(kind, before)) != body and name == PROFILE_STORE:
            body = _joined(before, body)
        if before is None:
            plan.added.append(name)
        elif to_body(read_body(kind, before)) == body or kind == "namespace":
            plan.unchanged.append(name)
            return
        elif name == PROFILE_STORE or differing == "replace":
            self._require_same_hosts(plan, kind, before, body)
            plan.replaced.append(name)
        elif differing == "rename":
            self._require_same_hosts(plan, kind, before, body)
            new = _free(name, set(here))
            plan.renamed[name] = new
            plan.bodies[kind, new] = _renamed_body({**body, "name": new}, {name: new})
            return
        else:
            raise SojournError("definition_differs.workspace", kind=Phrase(f"definition.{kind}"), name=name)
        plan.bodies[kind, name] = body

    def _require_same_hosts(self, plan: _Plan, kind: str, before: JsonObject, body: JsonObject) -> None:
        name = name_of(kind, body)
        self._stored.require_same_hosts(plan.sandbox, kind, name, before, body, plan.typed.get((kind, name), {}))


def file_of(version: JourneyVersion, definitions: Definitions) -> JourneyFile:
    """Build a journey file: the version with all definitions that it uses, by itself or by what it uses."""
    used = Dependencies(definitions).of_journey(version)
    kept = part_of(definitions, used)
    codes = {namespace.code for namespace in kept.namespaces}
    predefined = tuple(
        one for one in PREDEFINED_NAMESPACES if ("namespace", one.code) in used and one.code not in codes
    )
    sections = {section: getattr(kept, section) for section in definition_queries.KINDS.values()}
    sections["namespaces"] = (*kept.namespaces, *predefined)
    return JourneyFile(journey=version).model_copy(update=sections)


def _document(text: str) -> JsonDict:
    """Parse the file's JSON, after reading it as a journey file, whose errors are the more precise."""
    journey_file.read(text)
    document: JsonDict = json.loads(text)
    return document


def _secret_paths(document: JsonObject) -> dict[tuple[str, int], tuple[str, ...]]:
    return {
        (section, index): placeholder_fields(body)
        for section in ("data_sources", "actions")
        for index, body in enumerate(_items(document, section))
        if isinstance(body, dict)
    }


def _items(document: JsonObject, key: str) -> list[object]:
    """Return the list under a key; an empty one without it."""
    items = document.get(key)
    return items if isinstance(items, list) else []


def _joined(before: JsonObject, body: JsonObject) -> JsonDict:
    """Join the field groups of two profile stores; a group in both gains the fields of the second."""
    groups = {group["name"]: group for group in _items(before, "field_groups") if isinstance(group, dict)}
    for group in _items(body, "field_groups"):
        if isinstance(group, dict):
            fields = {**groups.get(group["name"], {}).get("fields", {}), **group.get("fields", {})}
            groups[group["name"]] = {**group, "fields": fields}
    return {**body, "field_groups": list(groups.values())}


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name[:27]}_{number}" in taken:
        number += 1
    return f"{name[:27]}_{number}"


def _renamed(version: JourneyVersion, names: Mapping[str, str]) -> JourneyVersion:
    body = version.model_dump(mode="json", exclude_defaults=True)
    return JourneyVersion.model_validate_json(json.dumps(_renamed_body(body, names)))


_NAMING = ("event", "action", "template", "segment")


def _renamed_body(body: JsonObject, names: Mapping[str, str]) -> JsonDict:
    """Rename references to definitions in a JSON object, in settings and in expressions."""
    return {
        key: names.get(item, item) if key in _NAMING and isinstance(item, str) else _renamed_value(item, names)
        for key, item in body.items()
    }


def _renamed_value(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_renamed_value(item, names) for item in value]
    if isinstance(value, dict):
        return _renamed_body(value, names)
    if isinstance(value, str):
        for old, new in names.items():
            value = re.sub(rf"([@#]\{{\s*){re.escape(old)}\b", rf"\g<1>{new}", value)
    return value


_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


def _parse_path(path: str) -> tuple[str | int, ...]:
    """Split ``$.data_sources[1].url`` into steps; raises SojournError for more than names and indexes."""
    steps: list[str | int] = []
    at = 1
    while path.startswith("$") and at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            break
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else name if name is not None else quoted)
        at = match.end()
    if not steps or at != len(path):
        raise WrongUseError("path_malformed", path=path)
    return tuple(steps)


def _assign(document: object, assignment: str) -> None:
    """Set one ``PATH=VALUE`` in a document, in place; JSON values are read as such, anything else is a text.

    The last step may be a new key of an object; every other step must exist. Raises SojournError.
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise WrongUseError("path_malformed.assignment", assignment=assignment)
    here = document
    steps = _parse_path(path)
    last = steps[-1]
    for index, step in enumerate(steps[:-1]):
        here = _child(here, step)
        if here is _ABSENT:
            raise _missing(path, steps[: index + 1])
    before = _child(here, last)
    if isinstance(here, dict) and isinstance(last, str):
        here[last] = _value(text, before)
        return
    if not isinstance(here, list) or not isinstance(last, int) or before is _ABSENT:
        raise _missing(path, steps)
    here[last] = _value(text, before)


_ABSENT = object()


def _child(here: object, step: str | int) -> object:
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return here.get(step, _ABSENT) if isinstance(here, dict) and isinstance(step, str) else _ABSENT


def _missing(path: str, steps: tuple[str | int, ...]) -> SojournError:
    shown = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return SojournError("path_missing", shown, place=shown, path=path)


def _value(text: str, before: object) -> object:
    """JSON values stay JSON, but what replaces a text stays a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(before, str) and not isinstance(value, str):
        return text
    return value

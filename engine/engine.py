"""The one door to a workspace, for the studio, the API and the commands.

``open_workspace(path)`` gives an :class:`Engine`, whether this process owns the workspace or another one does: in that case
the same services are reached over the owner's local address. All calls are blocking, safe from any thread, and take a
``Caller(actor, sandbox)`` first; they raise ``SojournError`` with one clear sentence. Answers are the frozen values
of ``engine.services.views``.

``journeys``
    ``list(caller) -> tuple[VersionRow, ...]`` newest version of each journey;
    ``versions(caller, name) -> tuple[VersionRow, ...]``; ``row(caller, version_id) -> VersionRow``;
    ``open(caller, version_id) -> JourneyVersion``; ``create(caller, name, namespace=None) -> VersionRow``;
    ``save(caller, version_id, journey: JourneyVersion) -> VersionRow``;
    ``validate(caller, version_id) -> tuple[Issue, ...]``; ``publish / close / stop(caller, version_id) -> VersionRow``;
    ``new_version(caller, name) -> VersionRow``; ``duplicate(caller, version_id, name="") -> VersionRow``;
    ``delete(caller, version_id) -> None``; ``import_file(caller, text, sets=(), publish=False, differing="refuse") -> Imported``;
    ``export(caller, name, version=None) -> str``.
``testing``
    ``state(caller, version_id) -> TestState``; ``switch_on(caller, version_id, wait=10.0) -> TestState``;
    ``set_wait(caller, version_id, wait) -> TestState``; ``switch_off(caller, version_id) -> TestState``;
    ``fire(caller, version_id, event, payload) -> Accepted``; ``log(caller, version_id) -> tuple[Mapping[str, Any], ...]``.
``definitions``
    ``all(caller) -> Definitions``; ``list(caller, kind) -> tuple[DefinitionRow, ...]``;
    ``get(caller, kind, name) -> Mapping`` (file form); ``save(caller, kind, body, was=None) -> DefinitionRow`` (file form;
    ``was`` is the name before; literal secrets go to the vault); ``delete(caller, kind, name) -> None``;
    ``used_in(caller, kind, name) -> tuple[Use, ...]``; ``preview(caller, event) -> EventPreview``.
``profiles``
    ``list(caller, search="", limit=100, offset=0) -> ProfilePage``; ``save(caller, profile: Profile) -> ProfileRow``;
    ``get(caller, namespace, value) -> Profile``; ``delete(caller, profile_id) -> None``;
    ``import_text(caller, text, form) -> int`` (``form`` json or csv).
``reports``
    ``live(caller, version_id, steps=50) -> LiveCounts``; ``summary(caller, journey=None) -> Mapping[str, Any]``;
    ``people(caller, version_id, activity=None, limit=100) -> tuple[PersonRow, ...]``;
    ``messages(caller, limit=100) -> tuple[MessageRow, ...]``; ``discards(caller, limit=100) -> tuple[DiscardRow, ...]``;
    ``steps(caller, version_id, instance=None, limit=100) -> tuple[StepRow, ...]``;
    ``set_aside(caller) -> tuple[SetAside, ...]``; ``retry(caller, ids) -> int``.
``inlets``
    ``list(caller) -> tuple[InletRow, ...]``; ``token(caller, name="main") -> str``; ``create(caller, name) -> InletRow``.
``settings``
    ``list(caller) -> tuple[SettingRow, ...]``; ``get(caller, name)``; ``set(caller, name, value) -> None``;
    ``set_secret(caller, name, value) -> None``; ``secrets(caller) -> tuple[str, ...]`` (names).
``events``
    ``accept(caller, documents, inlet="main") -> Accepted``; ``feedback(caller, documents) -> Accepted``.
"""

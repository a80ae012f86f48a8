"""Guardrails: limits on the calls to a system, edited, deployed and withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from app.bridge import calls
from app.editors.guardrail import CAPPING, KIND_LABELS, THROTTLING, GuardrailEditor
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListFormPage
from app.translation import tr
from app.widgets.duration_input import split
from app.widgets.empty_state import EmptyState
from app.widgets.number_input import number_text
from engine.json_types import JsonObject
from engine.model.definitions import Definitions

Document = JsonObject
"""A guardrail in the form of the API."""
_SERVER_KEYS = (
    "uid",
    "state",
    "metadata",
    "hasBeenDeployed",
    "deployedConfig",
    "sandboxName",
    "authoringFormatVersion",
)


class GuardrailsPage(ListFormPage):
    """The guardrails and their forms."""

    def make_list(self) -> ObjectList:
        self._documents: dict[str, Document] = {}
        sentence = tr("A guardrail limits how often journeys call a system.")
        empty = EmptyState("gauge", tr("No guardrails yet"), sentence, tr("New guardrail"))
        columns = (
            Column("name", tr("Name"), "name", stretch=2),
            Column("kind", tr("Kind"), "text", 110),
            Column("url", tr("Address"), "secondary", stretch=3),
            Column("limit", tr("Limit"), "secondary", stretch=2),
            Column("state", tr("State"), "state", 130),
        )
        verbs = (("delete", tr("Delete"), "trash"),)
        made = ObjectList(tr("Guardrails"), columns, tr("New guardrail"), empty, verbs)
        made.created.connect(self.begin_new)
        return made

    def refresh(self) -> None:
        self.bridge.read(calls.guardrails.list(CAPPING), self._take_capping)

    def _take_capping(self, capping: Sequence[Document]) -> None:
        self.bridge.read(calls.guardrails.list(THROTTLING), partial(self._take, tuple(capping)))

    def _take(self, capping: Sequence[Document], throttling: Sequence[Document]) -> None:
        kinds = [(CAPPING, one) for one in capping] + [(THROTTLING, one) for one in throttling]
        self._documents = {str(one["uid"]): {**one, "kind": kind} for kind, one in kinds}
        self.list.show_rows([self._row_of(uid, one) for uid, one in self._documents.items()])

    def _row_of(self, uid: str, document: Document) -> Row:
        running = document.get("deployedConfig") is not None
        changed = running and document.get("state") == "updated"
        words = tr("Not deployed") if not running else tr("Changed", "state") if changed else tr("Deployed")
        cells = {
            "name": Cell(str(document.get("name") or tr("Unnamed"))),
            "kind": Cell(tr(KIND_LABELS[str(document["kind"])])),
            "url": Cell(str(document.get("url") or document.get("urlPattern") or "")),
            "limit": Cell(_limit_words(document)),
            "state": Cell(words, tone="draft" if not running else "closed" if changed else "live"),
        }
        return Row(uid, cells, "gauge", "orchestration")

    def begin_new(self) -> None:
        """Start a guardrail."""
        self._make_editor().show_new({"kind": CAPPING, "methods": ["POST"], "services": {"action": {}}})

    def open(self, key: str) -> None:
        document = self._documents.get(key)
        if document is not None and not self.busy_with(key):
            editor = self._make_editor()
            editor.show_definition(document, key, 0)
            editor.title.setText(str(document.get("name") or tr("Unnamed")))

    def _make_editor(self) -> GuardrailEditor:
        editor = GuardrailEditor(Definitions())
        editor.saved.connect(self._save)
        editor.deploying.connect(self._deploy)
        self.show_editor(editor)
        return editor

    def _save(self, body: JsonObject, was: str | None) -> None:
        kind = str(body["kind"])
        payload = {key: value for key, value in body.items() if key != "kind" and key not in _SERVER_KEYS}
        call = calls.guardrails.create(kind, payload) if was is None else calls.guardrails.update(kind, was, payload)
        self.bridge.write(call, partial(self.done, tr("Saved. It takes effect once deployed.")), self.refuse)

    def _deploy(self, on: bool) -> None:
        if self.editor is None or self.editor.was is None:
            return
        uid = self.editor.was
        kind = str(self._documents[uid]["kind"])
        words = tr("It is now in effect.") if on else tr("It is no longer in effect.")
        call = calls.guardrails.deploy(kind, uid) if on else calls.guardrails.undeploy(kind, uid)
        self.bridge.write(call, partial(self.done, words), self.refuse)

    def ask(self, verb: str, key: str) -> None:
        document = self._documents[key]
        if verb == "delete":
            name = document.get("name") or document.get("url") or document.get("urlPattern")
            call = calls.guardrails.delete(str(document["kind"]), key)
            self.confirm_delete(name, call, partial(self.done, tr("Guardrail deleted.")))
        else:
            copy = {name: value for name, value in document.items() if name not in _SERVER_KEYS}
            self._make_editor().show_new({**copy, "name": f"{copy.get('name', '')} 2".strip()})


def _limit_words(document: Document) -> str:
    if document["kind"] == THROTTLING:
        return tr("{count} per second", count=document.get("maxThroughput", 0))
    limits = [_mapping(limit) for limit in _mapping(document.get("services")).values()]
    ratings = [_mapping(limit.get("rating", limit)) for limit in limits]
    return " · ".join(_rating_words(rating) for rating in ratings if rating.get("maxCallsCount"))


def _rating_words(rating: JsonObject) -> str:
    number, unit = split(timedelta(milliseconds=float(str(rating.get("periodInMs", 1000)))))
    calls_count = int(str(rating["maxCallsCount"]))
    return tr("{count} in {length}", count=f"{calls_count:,}", length=f"{number_text(number)} {tr(unit)}")


def _mapping(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}

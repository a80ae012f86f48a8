"""Guardrails: limits on the calls to a system, edited, deployed and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from app.bridge import calls
from app.editors.guardrail import CAPPING, KIND_LABELS, THROTTLING, GuardrailEditor
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListFormPage
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.duration_input import split
from app.widgets.empty_state import EmptyState
from engine.model.definitions import Definitions

Document = Mapping[str, Any]
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
        made.asked.connect(lambda _, key: self._ask_delete(key))
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
            "kind": Cell(tr(KIND_LABELS[document["kind"]])),
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
        editor.verb.connect(self._asked)
        self.show_editor(editor)
        return editor

    def _save(self, body: Mapping[str, Any], was: str | None) -> None:
        kind = str(body["kind"])
        payload = {key: value for key, value in body.items() if key != "kind" and key not in _SERVER_KEYS}
        if was is None:
            self.bridge.write(calls.guardrails.create(kind, payload), self._saved, self.refuse)
        else:
            self.bridge.write(calls.guardrails.update(kind, was, payload), self._saved, self.refuse)

    def _saved(self, document: Document) -> None:
        self.done(tr("Saved. It takes effect once deployed."))

    def _deploy(self, on: bool) -> None:
        if self.editor is None or self.editor.was is None:
            return
        uid = self.editor.was
        kind = str(self._documents[uid]["kind"])
        words = tr("It is now in effect.") if on else tr("It is no longer in effect.")
        call = calls.guardrails.deploy(kind, uid) if on else calls.guardrails.undeploy(kind, uid)
        self.bridge.write(call, partial(self._deployed, words), self.refuse)

    def _deployed(self, words: str, _: Document) -> None:
        self.done(words)

    def _asked(self, verb: str, key: str) -> None:
        if verb == "delete":
            self._ask_delete(key)
        else:
            copy = {name: value for name, value in self._documents[key].items() if name not in _SERVER_KEYS}
            self._make_editor().show_new({**copy, "name": f"{copy.get('name', '')} 2".strip()})

    def _ask_delete(self, uid: str) -> None:
        document = self._documents[uid]
        question = tr("Delete {name}?", name=document.get("name") or document.get("url") or document.get("urlPattern"))
        details = tr("This cannot be undone.")
        confirm(self, tr("Delete"), question, details, tr("Delete"), lambda: self._delete(uid))

    def _delete(self, uid: str) -> None:
        kind = str(self._documents[uid]["kind"])
        self.bridge.write(calls.guardrails.delete(kind, uid), self._deleted, self.refuse)

    def _deleted(self, _: None) -> None:
        self.done(tr("Guardrail deleted."))


def _limit_words(document: Document) -> str:
    if document["kind"] == THROTTLING:
        return tr("{count} per second", count=document.get("maxThroughput", 0))
    limits = document.get("services", {}).values()
    ratings = [limit.get("rating", limit) for limit in limits]
    return " · ".join(_rating_words(rating) for rating in ratings if rating.get("maxCallsCount"))


def _rating_words(rating: Mapping[str, Any]) -> str:
    number, unit = split(timedelta(milliseconds=rating.get("periodInMs", 1000)))
    return tr("{count} in {length}", count=f"{rating['maxCallsCount']:,}", length=f"{number} {tr(unit)}")

"""A save names the revision that it was made on: somebody else's change is not overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import SojournError
from engine.services.views import Caller
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import DEFINITIONS

LEE = Caller("lee", "prod")


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        made.engine.users.put(CALLER, "lee", ("Administrators",))
        yield made


def test_unseen_change_of_journey_is_not_overwritten(place: EmbeddedEngine) -> None:
    journeys = place.engine.journeys
    row = journeys.create(CALLER, "J", "CRMID")
    design = journeys.open(CALLER, row.id)
    theirs = design.model_copy(update={"description": "theirs"})
    mine = design.model_copy(update={"description": "mine"})
    changed = journeys.save(LEE, row.id, theirs, row.revision)
    assert changed.revision == row.revision + 1
    with pytest.raises(SojournError, match="lee changed J at 2026-03-10 08:00 UTC") as caught:
        journeys.save(CALLER, row.id, mine, row.revision)
    assert caught.value.code == "changed_meanwhile"
    assert journeys.open(CALLER, row.id).description == "theirs"
    assert journeys.save(CALLER, row.id, theirs, row.revision).revision > row.revision, "the same again is no conflict"
    saved = journeys.save(CALLER, row.id, mine, row.revision, overwrite=True)
    assert journeys.open(CALLER, row.id).description == "mine"
    assert "overwrite" in [line.what for line in place.engine.access.audit(CALLER)]
    assert journeys.save(CALLER, row.id, theirs, saved.revision).revision == saved.revision + 1
    journeys.save(CALLER, row.id, mine)


def test_unseen_change_of_definition_is_not_overwritten(place: EmbeddedEngine) -> None:
    definitions, body = place.engine.definitions, DEFINITIONS["actions"][0]
    first = definitions.save(CALLER, "action", body)
    second = definitions.save(LEE, "action", {**body, "description": "theirs"}, "Notify", first.revision)
    assert second.revision == first.revision + 1
    mine = {**body, "description": "mine"}
    with pytest.raises(SojournError, match="lee changed Notify"):
        definitions.save(CALLER, "action", mine, "Notify", first.revision)
    assert definitions.get(CALLER, "action", "Notify")["description"] == "theirs"
    definitions.save(CALLER, "action", mine, "Notify", first.revision, overwrite=True)
    assert definitions.get(CALLER, "action", "Notify")["description"] == "mine"
    (row,) = definitions.list(CALLER, "action")
    assert row.revision == second.revision + 1


@pytest.mark.parametrize("again", [False, True], ids=["deleted", "created again"])
def test_save_of_deleted_definition_is_refused(place: EmbeddedEngine, again: bool) -> None:
    definitions, body = place.engine.definitions, DEFINITIONS["actions"][0]
    seen = [definitions.save(CALLER, "action", body)]
    seen.append(definitions.save(CALLER, "action", {**body, "description": "second"}, "Notify", seen[0].revision))
    definitions.delete(LEE, "action", "Notify")
    if again:
        definitions.save(LEE, "action", {**body, "description": "theirs"})
    for row in seen:
        with pytest.raises(SojournError, match="lee changed Notify" if again else "Notify was deleted"):
            definitions.save(CALLER, "action", {**body, "description": "mine"}, "Notify", row.revision)
    assert [one.description for one in definitions.list(CALLER, "action")] == ["theirs"] * again


def test_new_definition_of_old_name_is_another(place: EmbeddedEngine) -> None:
    definitions, body = place.engine.definitions, DEFINITIONS["actions"][0]
    seen = definitions.save(CALLER, "action", body)
    definitions.save(LEE, "action", {**body, "name": "Tell"}, "Notify", seen.revision)
    definitions.save(LEE, "action", {**body, "description": "theirs"})
    with pytest.raises(SojournError, match="lee changed Notify"):
        definitions.save(CALLER, "action", {**body, "description": "mine"}, "Notify", seen.revision)


def test_built_in_namespace_has_revision_0(place: EmbeddedEngine) -> None:
    definitions = place.engine.definitions
    definitions.save(CALLER, "namespace", {"code": "ECID", "label": "Browser"}, "ECID", 0)
    with pytest.raises(SojournError, match="administrator changed ECID"):
        definitions.save(LEE, "namespace", {"code": "ECID", "label": "Cookie"}, "ECID", 0)


def test_revision_of_deleted_draft_never_returns(place: EmbeddedEngine) -> None:
    journeys = place.engine.journeys
    row = journeys.create(CALLER, "J", "CRMID")
    design = journeys.open(CALLER, row.id)
    journeys.delete(LEE, row.id)
    with pytest.raises(SojournError, match="not there any more"):
        journeys.save(CALLER, row.id, design, row.revision)
    assert journeys.create(LEE, "J", "CRMID").revision > row.revision


def test_new_sandbox_has_inlet_and_profile_store(place: EmbeddedEngine) -> None:
    place.engine.inlets.create(CALLER, "training")
    place.engine.sandboxes.add(CALLER, "training")
    there = Caller(sandbox="training")
    (inlet,) = place.engine.inlets.list(there)
    assert (inlet.name, inlet.requires_token, inlet.open) == ("training-2", True, True)
    assert [row.name for row in place.engine.definitions.list(there, "data_source")] == ["ExperiencePlatform"]


def test_inlet_is_replaced_and_removed(place: EmbeddedEngine) -> None:
    inlets = place.engine.inlets
    with pytest.raises(SojournError, match="already an inlet called main"):
        inlets.create(Caller(sandbox="other"), "main")
    inlets.create(CALLER, "shop")
    before = inlets.token(CALLER, "shop")
    after = inlets.rotate(CALLER, "shop")
    assert after != before
    assert inlets.authenticate("shop", after) == "prod"
    with pytest.raises(SojournError, match="token"):
        inlets.authenticate("shop", before)
    inlets.remove(CALLER, "shop")
    assert [row.name for row in inlets.list(CALLER)] == ["main"]
    with pytest.raises(SojournError, match="shop"):
        inlets.authenticate("shop", after)
    with pytest.raises(SojournError, match="shop"):
        inlets.rotate(CALLER, "shop")

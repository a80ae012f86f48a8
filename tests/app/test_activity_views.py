"""Every registered kind of activity and channel has all its parts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.activities.activity_form import ActivityForm
from app.activities.path_cards import PathCard
from app.activity_views import ACTIVITY_VIEWS, ConditionView, type_icon, type_title, view_of_type
from app.document.transfer import ActivityTemplate
from app.theme.icons import outline
from engine.catalogue import APP, load
from engine.core.handlers import TaskHandler, WaitHandler
from engine.model.activity import ACTIVITY_KINDS, exit_paths, kind_of
from engine.model.channel import CHANNELS

ROOT = Path(__file__).resolve().parents[2]
KOREAN = load(APP, "ko")


@pytest.mark.parametrize("key", list(ACTIVITY_KINDS))
def test_kind_has_settings_handler_checks_and_noun(key: str) -> None:
    kind = ACTIVITY_KINDS[key]
    draft = {"id": "one", "type": kind.type, "kind": key.partition(".")[2]}
    settings = kind.settings.model_validate({name: text for name, text in draft.items() if text})
    assert kind_of(settings) == key
    assert isinstance(kind.handler, TaskHandler | WaitHandler)
    assert callable(kind.handler.check)
    assert kind.noun
    assert kind.noun == kind.noun.strip()
    assert kind.category in ("event", "orchestration", "action")
    assert kind.settings.__doc__
    assert kind.ends_path == (exit_paths(ActivityTemplate(key).activity("one", None)) == ())
    assert all(ACTIVITY_KINDS[start].starts_journey for start in kind.excluded_starts)
    assert bool(kind.activity_settings) or not kind.needs_message
    assert set(kind.activity_settings) | {kind.definition} - {""} <= kind.settings.model_fields.keys()


def test_document_and_its_rules_name_no_kind() -> None:
    names = set(ACTIVITY_KINDS) | {kind.type for kind in ACTIVITY_KINDS.values()}
    for file in (ROOT / "app" / "document").glob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not named & names, file.name


@pytest.mark.parametrize("key", list(ACTIVITY_KINDS))
def test_kind_has_icon_form_and_korean_title(qapp: object, key: str) -> None:
    view = ACTIVITY_VIEWS[key]
    assert not outline(view.icon).isEmpty()
    assert issubclass(view.form, ActivityForm)
    assert view.titles.get("ko") or KOREAN.get(view.title)
    if isinstance(view, ConditionView):
        assert issubclass(view.path_card, PathCard)
        assert not outline(view.variant_icon).isEmpty()
        assert KOREAN.get(view.variant)


def test_every_view_is_of_a_registered_kind() -> None:
    assert set(ACTIVITY_VIEWS) == set(ACTIVITY_KINDS)


@pytest.mark.parametrize("key", list(CHANNELS))
def test_channel_has_parts_reactions_and_activity(key: str) -> None:
    channel = CHANNELS[key]
    assert channel.parts[1]
    assert {"sent", "failed"} <= set(channel.reactions)
    assert ACTIVITY_KINDS[key].channel == key
    with pytest.raises(ValueError, match="address"):
        channel.check_address("\n")


def test_unknown_type_is_shown_by_its_key() -> None:
    assert view_of_type("telegram") is None
    assert type_title("telegram") == "telegram"
    assert type_icon("telegram") == "paper-plane-tilt"

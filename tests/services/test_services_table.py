"""The table of services: every method has a caller, a permission and an implementation."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.errors import SojournError
from engine.facade import SERVICES
from engine.remote import dispatch_call
from engine.services.access import PERMISSIONS, SEND
from engine.services.service_method import ANY_PERMISSION, PUBLIC, ServiceCall, ServiceMethod
from tests.helpers.embedded_engine import CALLER, running

ROOMS = {"commands": "engine/cli", "API": "engine/api", "studio": "app"}
METHODS = [(service, name) for service, entry in SERVICES.items() for name in entry.methods]


def _called(folder: Path) -> Iterator[tuple[str, str]]:
    """The ``….service.method`` chains in the modules of a folder."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                yield node.value.attr, node.attr


def test_every_method_has_a_caller(root: Path) -> None:
    called = {call for folder in ROOMS.values() for call in _called(root / folder)}
    assert [".".join(method) for method in METHODS if method not in called] == []


@pytest.mark.parametrize("room", ROOMS)
def test_each_caller_reaches_several_services(root: Path, room: str) -> None:
    assert len({service for service, name in _called(root / ROOMS[room]) if (service, name) in METHODS}) >= 3


def test_every_method_declares_a_known_permission() -> None:
    known = {*PERMISSIONS, SEND, ANY_PERMISSION, PUBLIC}
    assert {method.permission for entry in SERVICES.values() for method in entry.methods.values()} <= known


def test_arguments_are_passed_by_name(tmp_path: Path) -> None:
    named = {"version_id": "1", "instance": "1", "limit": 5}
    body = json.dumps({"caller": asdict(CALLER), **named}).encode()
    with running(tmp_path / "workspace") as place:
        calls: list[Callable[[], object]] = [
            lambda: ServiceCall("reports", "steps", (), named)(place.engine, CALLER),
            lambda: dispatch_call(SERVICES, place.engine.service, "reports", "steps", body),
        ]
        for call in calls:
            with pytest.raises(SojournError) as refused:
                call()
            assert refused.value.code == "journey_unknown"


def test_every_service_is_hosted(tmp_path: Path) -> None:
    with running(tmp_path / "workspace") as place:
        for name, entry in SERVICES.items():
            found = type(place.engine.service(name))
            declared = {key for key, value in vars(found).items() if isinstance(value, ServiceMethod)}
            assert declared == set(entry.methods) != set()

"""What stays the same in all versions of a journey, and what a simulation refuses to publish."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.validate import changed_invariant
from engine.errors import SojournError
from engine.model.journey_file import JourneyFile
from tests.helpers.journey_builders import activity, entry, journey, run


def version(number: int, first: dict[str, Any] | None = None, **properties: Any) -> JourneyFile:
    return journey([first or entry(), activity("e", "end")], ["in>e"], version=number, **properties)


def qualified(segment: str) -> dict[str, Any]:
    return activity("in", "segment_qualification", segment=segment, behaviour="enter")


SEGMENT = version(1, qualified("silver"))


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (version(1), version(2), None),
        (version(1), version(2, reentrance_wait="PT1H", ends_at="2027-01-01"), None),
        (version(1), version(2, entry("Visit")), None),
        (version(1), version(2, reentrance=False), "reentrance"),
        (version(1), version(2, qualified("silver")), "entry"),
        (SEGMENT, version(2, qualified("silver")), None),
        (SEGMENT, version(2, qualified("gold")), "entry"),
        (version(1), journey([entry(), activity("e", "end")], ["in>e"], version=2, namespace=None), "namespace"),
    ],
)
def test_versions_share_entry_namespace_and_reentrance(
    before: JourneyFile, after: JourneyFile, what: str | None
) -> None:
    assert changed_invariant(before.journey, after.journey) == what


def test_simulation_refuses_versions_that_break_it() -> None:
    with pytest.raises(SojournError, match=r"re-entrance rule .* version 2") as refused:
        run([version(1), version(2, reentrance=False)])
    assert (refused.value.code, refused.value.where) == ("version_differs", "J")


@pytest.mark.parametrize("number", [1, 2])
def test_version_is_published_once(number: int) -> None:
    publish = [{"at": "PT1S", "publish": "J", "version": 2}, {"at": "PT2S", "publish": "J", "version": number}]
    with pytest.raises(SojournError, match="publish a later one"):
        run([version(1), version(2)], commands=publish)

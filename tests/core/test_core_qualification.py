"""What an expression reads of the segment qualification that a person took (product.md, Activities)."""

from __future__ import annotations

from typing import Any

from engine.core.validate import validate
from engine.model.journey_file import JourneyFile
from tests.helpers.journey_builders import activity, entry, journey, notify, profile, run

QUALIFIED = activity("sq", "segment_qualification", segment="silver", behaviour="both")


def told(name: str, text: str) -> dict[str, Any]:
    return {**notify(name), "parameters": {"To": '"x"', "Text": text}}


STATUS = told("n", '@{SegmentQualification.segment} + " " + @{SegmentQualification.status}')


def codes(file: JourneyFile) -> list[str]:
    return [issue.code for issue in validate(file.journey, file)]


def change(at: str, what: str) -> dict[str, Any]:
    return {"at": at, "segment": "silver", "change": what, "key": "p1"}


def test_latest_qualification_of_path_is_read() -> None:
    again = {**QUALIFIED, "id": "again"}
    when = told("m", "toString(@{SegmentQualification.lastQualificationTime})")
    file = journey([QUALIFIED, again, STATUS, when], ["sq>again", "again>n", "n>m"])
    outcome = run(file, change("PT1H", "enter"), change("PT2H", "exit"), profiles=[profile("p1")])
    assert [call["body"]["text"] for call in outcome["calls"]] == ["silver exit", "2026-03-10T10:00:00Z"]


def test_qualification_requires_preceding_activity() -> None:
    before = journey([entry(), STATUS, QUALIFIED], ["in>n", "n>sq"])
    assert "ERR_EXPRESSION_004" in codes(before)
    behind = journey([entry(), QUALIFIED, STATUS], ["in>sq", "sq>n"])
    assert "ERR_EXPRESSION_004" not in codes(behind)
    nothing = journey([entry(), STATUS], ["in>n"], definitions={"segments": []})
    assert codes(nothing) == ["ERR_EXPRESSION_003"]


def test_event_named_like_qualification_is_read() -> None:
    own = {
        "name": "SegmentQualification",
        "type": "system",
        "event_id": "00000000-0000-4000-8000-00000000000b",
        "fields": {"id": "string", "status": "integer"},
        "namespace": "CRMID",
        "key": "@{SegmentQualification.id}",
    }
    file = journey(
        [
            entry("SegmentQualification"),
            {**QUALIFIED, "behaviour": "enter"},
            told("n", '"" + @{SegmentQualification.status}'),
        ],
        ["in>sq", "sq>n"],
        definitions={"events": [own]},
    )
    event = {"at": "PT0S", "event": "SegmentQualification", "payload": {"id": "p1", "status": 7}}
    outcome = run(file, event, change("PT1H", "enter"), profiles=[profile("p1")])
    assert [call["body"]["text"] for call in outcome["calls"]] == ["7"]

"""Everything that can be wrong with a journey: a table of codes (product.md, The journey, Design rules).

``docs/problems.md`` is generated from it: ``python -m tools.problems_page``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.model.activity import ERROR, OTHERS, TIMEOUT

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One violation. ``activity`` is its id, '' for the whole journey; ``path`` the JSON path in the journey file."""

    code: str
    severity: Severity
    activity: str
    path: str
    message: str


MESSAGES: Mapping[str, str] = {
    "ERR_JOURNEY_001": "The journey has no beginning; let it start with an event or a segment qualification",
    "ERR_JOURNEY_002": "A journey has one beginning, and {label} is a second one; connect it or remove it",
    "ERR_JOURNEY_003": "The journey has {count} activities, and {limit} are allowed; remove some or jump to another",
    "ERR_JOURNEY_004": "There is no time zone {name!r}; choose one such as Europe/Paris",
    "ERR_JOURNEY_005": "{name} cannot be read as a time; write one such as 2026-03-10T08:00:00",
    "ERR_JOURNEY_006": "The journey ends before it starts; move the end date behind the start date",
    "ERR_JOURNEY_007": "The wait before re-entrance is over 90 days; shorten it",
    "ERR_JOURNEY_008": "The timeout for calls is not between 1 and 30 seconds; change it in the journey's properties",
    "ERR_JOURNEY_009": "The global timeout is not between 1 second and 91 days; change it in the journey's properties",
    "ERR_JOURNEY_010": "Test mode needs a namespace to find test profiles; give the journey one",
    "ERR_JOURNEY_011": "There is no namespace {name!r}; choose one that exists",
    "ERR_JOURNEY_012": "Two activities have the id {name!r}; give one of them another",
    "ERR_JOURNEY_013": "{limit} journeys are live already; close one before you publish this one",
    "ERR_GRAPH_001": "{label} is connected to nothing before it; draw an edge to it or remove it",
    "ERR_GRAPH_002": "{label} is part of a loop; remove an edge, since people cannot go round",
    "ERR_GRAPH_003": "{label} has two incoming edges; keep one and copy the activity for the other",
    "ERR_GRAPH_004": "{label} stands beside other activities; only events, reactions and waits can be parallel",
    "ERR_GRAPH_005": "An edge leads from or to {name!r}, which does not exist; remove the edge",
    "ERR_GRAPH_006": "An edge leaves {label} by {name!r}, which is none of its ways out; remove the edge",
    "WARN_GRAPH_001": "Nobody can take the path {name!r} of {label}; change its condition or remove it",
    "ERR_EVENT_001": "{label} has no event yet; choose one",
    "ERR_EVENT_002": "There is no event {name!r}; choose one that exists",
    "ERR_EVENT_003": "The event {name!r} has the namespace {other}, the journey {namespace}; a journey has only one",
    "ERR_EVENT_004": "The timeout of {label} is not between 1 second and {days} days; change it",
    "ERR_EVENT_005": "{label} has a timeout path but no timeout; set the timeout or remove the path",
    "ERR_EVENT_006": "The event {name!r} is not finished ({reason}); complete it in the list of events",
    "WARN_EVENT_001": "{label} may wait until the global timeout; set a timeout or put a wait beside it",
    "WARN_EVENT_002": "{label} reads the event {name!r}, which may have timed out; give that event a timeout path",
    "ERR_REACTION_001": "{label} does not say which message it reacts to; choose an earlier email, SMS or push",
    "ERR_REACTION_002": "{label} reacts to {name}, which is no message earlier on its path; choose one that is",
    "ERR_REACTION_003": "{label} cannot wait for {name!r} of this kind of message; choose {choices}",
    "ERR_REACTION_004": "The timeout of {label} is not between 40 seconds and 29 days; change it",
    "ERR_SEGMENT_001": "{label} has no segment yet; choose one",
    "ERR_SEGMENT_002": "There is no segment {name!r}; choose one that exists",
    "ERR_SEGMENT_003": "A journey that starts with a segment qualification needs a namespace; choose one",
    "ERR_SEGMENT_004": "The rule of the segment {name!r} has an error ({reason}); mend it in the list of segments",
    "WARN_SEGMENT_001": "The segment {name!r} has never been computed, so nobody may come; compute it first",
    "ERR_CONDITION_001": "{label} has no path; add one",
    "ERR_CONDITION_002": "The path {name!r} of {label} has no condition; write one",
    "ERR_CONDITION_003": "The shares of {label} add up to {total} %; make them 100 %",
    "ERR_CONDITION_004": "{text!r} in the path {name!r} of {label} cannot be read; write {wanted}",
    "ERR_CONDITION_005": "The path {name!r} of {label} ends before it begins; exchange its dates",
    "ERR_CONDITION_006": "{label} has two paths {name!r}, or the name is taken; give it another",
    "ERR_CONDITION_007": "The limit of {label} is not a number of at least 1; set it",
    "ERR_CONDITION_008": "{label} has {count} paths; a profile cap has one, besides the other cases",
    "ERR_CONDITION_009": "The share of the path {name!r} of {label} is below zero; raise it",
    "ERR_EXPRESSION_001": "{label} has an expression that cannot be read: {reason}",
    "ERR_EXPRESSION_002": "{label} has an expression of the wrong type: {reason}",
    "ERR_EXPRESSION_003": "{label} has an expression with an unknown name: {reason}",
    "ERR_EXPRESSION_004": "{label} reads {name!r}, which is not received earlier on its path; use an earlier event",
    "ERR_EXPRESSION_005": "{label} reads the profile, but the journey has no namespace; give it one",
    "ERR_WAIT_001": "{label} has no duration yet; set one",
    "ERR_WAIT_002": "{label} lasts less than a second; lengthen it",
    "ERR_WAIT_003": "{label} lasts longer than {days} days; shorten it",
    "ERR_WAIT_004": "{label} does not say until when; write an expression",
    "WARN_WAIT_001": "{label} lasts longer than the global timeout, so nobody gets past it; shorten it",
    "ERR_ACTION_001": "{label} has no action yet; choose one",
    "ERR_ACTION_002": "There is no action {name!r}; choose one that exists",
    "ERR_ACTION_003": "{label} has no value for {name!r}; fill it in",
    "ERR_ACTION_004": "{label} fills {name!r}, which the action does not have; remove it",
    "ERR_ACTION_005": "{label} fills the collection {name!r} from {field!r}, which does not exist; map it anew",
    "ERR_ACTION_006": "{label} has no value for the dynamic part of the URL; fill it in",
    "ERR_ACTION_007": "The action {name!r} has no URL; complete it in the list of actions",
    "ERR_ACTION_008": "The payload of the action {name!r} is not finished ({reason}); paste it in the list of actions",
    "ERR_ACTION_009": "{label} calls Adobe Campaign Classic, which takes single events; remove the qualification or it",
    "ERR_MESSAGE_001": "{label} has no template yet; choose one",
    "ERR_MESSAGE_002": "There is no {channel} template {name!r}; choose one that exists",
    "ERR_MESSAGE_003": "{label} has no address; write an expression for it",
    "ERR_MESSAGE_004": "{label} has no value for the variable {name!r}; fill it in",
    "ERR_MESSAGE_005": "{label} fills {name!r}, which the template does not have; remove it",
    "ERR_PROFILE_001": "{label} does not say which field it sets; choose one",
    "ERR_PROFILE_002": "There is no profile field {name!r}; choose one of the profile store's fields",
    "ERR_PROFILE_003": "{label} has no value for the field; write an expression",
    "ERR_PROFILE_004": "{label} needs the profile store, but the journey has no namespace; give it one",
    "ERR_JUMP_001": "{label} has no target journey; choose one",
    "ERR_JUMP_002": "There is no journey {name!r} to jump to; choose one that exists",
    "ERR_JUMP_003": "The journey {name!r} has another namespace; people can only jump within one",
    "ERR_JUMP_004": "The journey {name!r} starts with a segment qualification; choose one that starts with an event",
    "ERR_JUMP_005": "The journey {name!r} leads back here by jumps; remove one of them",
    "ERR_JUMP_006": "{label} fills {name!r}, which the event of the target does not have or has with another type",
    "ERR_JUMP_007": "A journey with a segment qualification cannot jump; remove {label} or the qualification",
    "ERR_JUMP_008": "{label} needs a namespace to hand people over; give the journey one",
    "ERR_JUMP_009": "{label} has no value for {name!r}, which the target requires; fill it in",
}
"""Each code with its sentence; what is in braces is filled in."""

EXIT_NAMES: Mapping[str, str] = {OTHERS: "Others", ERROR: "Timeout or error", TIMEOUT: "Timeout"}
"""What ways out are called that are not the user's to name."""

_HEAD = """# Problems

Every problem that Sojourn finds in a journey. Errors block test and publication; warnings do not. What stands in
braces is filled in. This page is generated from `engine/core/issues.py`; run `python -m tools.problems_page`.

| code | blocks | says |
| --- | --- | --- |
"""


def severity_of(code: str) -> Severity:
    """Codes begin with ``ERR_`` or ``WARN_``."""
    return "error" if code.startswith("ERR_") else "warning"


def document() -> str:
    """The text of ``docs/problems.md``."""
    rows = (
        f"| `{code}` | {'yes' if severity_of(code) == 'error' else 'no'} | {text} |" for code, text in MESSAGES.items()
    )
    return _HEAD + "\n".join(rows) + "\n"

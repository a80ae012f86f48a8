"""Inspection of a journey: the facts that rules need, and the issues they report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from engine.catalogue import Phrase, PhraseArgument
from engine.core.definition_checks import segment_fault, template_faults
from engine.core.issues import Issue, activity_names
from engine.expression import Checked, ExpressionError, check
from engine.expression.surprises import DIVISION, TRUTH, find_surprises
from engine.expression.types import Type
from engine.model.activity import ACTIVITY_KINDS, ERROR, TIMEOUT, Activity, kind_of
from engine.model.channel import MessageTemplate
from engine.model.definitions import PROFILE_STORE, Definitions, Segment
from engine.model.journey import JourneyVersion

_CODE_OF_KIND = {"syntax": "ERR_EXPRESSION_001", "type": "ERR_EXPRESSION_002", "name": "ERR_EXPRESSION_003"}
_CODE_OF_SURPRISE = {DIVISION: "WARN_EXPRESSION_001", TRUTH: "WARN_EXPRESSION_002"}


class Inspection:
    """See the module.

    ``journeys`` are the other journeys of the sandbox, ``computed_segments`` the segments that have been computed;
    None when they are not known. ``alone``: they are not known since one file is checked.
    """

    def __init__(
        self,
        journey: JourneyVersion,
        definitions: Definitions,
        journeys: Sequence[JourneyVersion] | None,
        computed_segments: frozenset[str] | None,
        *,
        alone: bool = False,
    ) -> None:
        self.journey = journey
        self.computed_segments = computed_segments
        self.alone = alone
        self.definitions = definitions
        self.journeys = None if journeys is None else {other.name: other for other in journeys}
        self.issues: list[Issue] = []
        self._scope = definitions.scope()
        self._index = {id(activity): index for index, activity in enumerate(journey.activities)}

    def report(self, code: str, activity: Activity | None = None, where: str = "", **details: PhraseArgument) -> None:
        """Note a violation. ``where`` is the setting below the activity, or below the journey."""
        path = "$.journey" if activity is None else f"$.journey.activities[{self._index[id(activity)]}]"
        if activity is not None:
            details["label"] = self.display_name(activity)
        self.issues.append(Issue(code, activity.id if activity is not None else "", f"{path}{where}", details))

    def display_name(self, activity: Activity) -> Phrase:
        """How sentences call an activity."""
        return self._names[id(activity)]

    @cached_property
    def _names(self) -> Mapping[int, Phrase]:
        return activity_names(self.journey.activities)

    @cached_property
    def ancestors(self) -> Mapping[str, tuple[tuple[Activity, str], ...]]:
        """The activities before each one, nearest first, with the exit that leads to it."""
        return {activity.id: tuple(self._climb(activity.id)) for activity in self.journey.activities}

    def _climb(self, activity: str) -> Iterator[tuple[Activity, str]]:
        seen = {activity}
        while edges := self.journey.incoming.get(activity):
            edge = edges[0]
            found = self.journey.by_id.get(edge.source)
            if found is None or found.id in seen:
                return
            seen.add(found.id)
            yield found, edge.path
            activity = found.id

    def is_reachable(self, activity: Activity) -> bool:
        """Return whether a path leads from an entry to the activity; loops and loose ends have their own issues."""
        before = self.ancestors[activity.id]
        first = before[-1][0] if before else activity
        return ACTIVITY_KINDS[kind_of(first)].starts_journey and first.id not in self.journey.incoming

    def readable_names(self, activity: Activity) -> frozenset[str]:
        """Return the events, actions and qualification that an expression of the activity may read."""
        earlier = (one for one, path in self.ancestors[activity.id] if path not in (TIMEOUT, ERROR))
        names = (ACTIVITY_KINDS[kind_of(one)].readable(one) for one in earlier)
        return frozenset(name for name in names if name is not None)

    def events_maybe_timed_out(self, activity: Activity) -> frozenset[str]:
        """Return the events before the activity that have a timeout, but no path of its own for it."""
        certain: set[str] = set()
        uncertain: set[str] = set()
        for one, _ in self.ancestors[activity.id]:
            name = ACTIVITY_KINDS[kind_of(one)].readable(one)
            settings = vars(one)
            limited = settings.get("timeout") is not None and not settings.get("timeout_path")
            if name is not None:
                (uncertain if limited and one.id in self.journey.incoming else certain).add(name)
        return frozenset(uncertain - certain)

    def formula(self, activity: Activity, where: str, text: str, expected: Type | None = None) -> Checked | None:
        """Check an expression of the activity; None and issues when something is wrong."""
        checked = check(text, self._scope, expected)
        if checked.errors:
            self._report_fault(activity, where, checked.errors[0])
            return None
        self._check_reads(activity, where, checked)
        for found in find_surprises(checked.tree, checked.typed):
            code = _CODE_OF_SURPRISE[found.kind]
            self.report(code, activity, where, written=found.written, meant=found.meant)
        return checked

    def check_segment(self, activity: Activity, where: str, segment: Segment) -> None:
        """Report a segment that an activity uses and whose rule cannot be evaluated."""
        fault = segment_fault(segment, self.definitions)
        if fault is not None:
            self.report(fault.code, activity, where, **fault.arguments)

    def check_template(self, activity: Activity, where: str, template: MessageTemplate) -> None:
        """Report what is wrong with the texts of a template that an activity uses."""
        for fault in template_faults(template):
            self.report(fault.code, activity, where, **fault.arguments)

    def _report_fault(self, activity: Activity, where: str, error: ExpressionError) -> None:
        self.report(_CODE_OF_KIND[error.kind], activity, where, reason=error.phrase)

    def _check_reads(self, activity: Activity, where: str, checked: Checked) -> None:
        references = checked.references
        readable_names = self.readable_names(activity)
        for name in references.events if self.is_reachable(activity) else ():
            if name not in readable_names:
                self.report("ERR_EXPRESSION_004", activity, where, name=name)
            elif name in self.events_maybe_timed_out(activity):
                self.report("WARN_EVENT_002", activity, where, name=name)
        for segment in (self.definitions.segment[name] for name in references.segments):
            self.check_segment(activity, where, segment)
        profile = references.segments or any(source == PROFILE_STORE for source, _ in references.field_groups)
        if profile and self.journey.namespace is None:
            self.report("ERR_EXPRESSION_005", activity, where)

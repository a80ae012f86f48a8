"""A generated population: profiles, events and answers made from the schemas, for ``simulate --profiles N``.

The same seed gives the same people on every machine, and the first people of a larger population are those of a smaller
one. Fields that are not required are null or absent now and then, and some people come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from engine.activities.event import EventActivity, ReactionActivity, SegmentQualificationActivity
from engine.core.handlers import awaits_callback
from engine.ingress.matching import jump_payload
from engine.json_types import JsonDict
from engine.model.definitions import PROFILE_STORE, EventDefinition, Profile
from engine.model.fields import SCALAR_LISTS, Field
from engine.model.journey_file import JourneyFile
from engine.simulation.publication import merge_definitions
from engine.simulation.scenario import Scenario, ScriptedAnswer, ScriptedEvent

DAY = 86_400
ENTERING = DAY
"""People enter within a day, in seconds."""
LATER = 2 * DAY
"""Other events follow within two days of it."""
SHARE_OF_VISITS = 0.6
SHARE_OF_FEEDBACK = 0.4
SHARE_OF_ERRORS = 0.02
SHARE_OF_NULLS = 0.1
"""Of the fields that are not required; one half is absent."""
SHARE_OF_REPEATS = 0.3
MOST_VISITS = 4
WEEK = 7 * DAY
"""Who comes again does so within a week."""
ANSWERS = 100
"""Different answers of each source."""
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "iris", "jade")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def generate(files: Sequence[JourneyFile], count: int, seed: int, base: Scenario | None = None) -> Scenario:
    """Add ``count`` generated people for the journeys of ``files`` to a scenario."""
    scenario = base if base is not None else Scenario()
    people = _People(files, seed)
    keys = [f"p-{number:06}" for number in range(1, count + 1)]
    namespaces = sorted({file.journey.namespace or "" for file in files} - {""})
    events = [event for key in keys for event in people.events_of(key)]
    return scenario.model_copy(
        update={
            "seed": seed,
            "profiles": (*scenario.profiles, *(people.profile(key, namespaces) for key in keys)),
            "events": (*scenario.events, *events),
            "answers": {**people.answers(), **scenario.answers},
        }
    )


class _People:
    """Draws everything of one person, and all answers, from generators of their own."""

    def __init__(self, files: Sequence[JourneyFile], seed: int) -> None:
        self._seed = seed
        self._draw = Random(seed)
        self._files = files
        self._definitions = merge_definitions(files)

    def profile(self, key: str, namespaces: list[str]) -> Profile:
        """Make a profile with the attributes that the journeys' field groups know."""
        self._begin(f"profile {key}")
        source = self._definitions.data_source.get(PROFILE_STORE)
        groups = source.field_groups if source is not None else ()
        attributes: JsonDict = {}
        for group in groups:
            if group.source_schema != "experience_event":
                attributes |= self._object(group.fields)
        return Profile(identities=dict.fromkeys(namespaces or ["CRMID"], key), attributes=attributes, testProfile=True)

    def events_of(self, key: str) -> list[ScriptedEvent]:
        """Make the events of one person in each journey: the entrance, and perhaps those that are awaited."""
        self._begin(f"events {key}")
        return [event for file in self._files for event in self._visits(file, key)]

    def _begin(self, purpose: str) -> None:
        self._draw = Random(f"{self._seed} {purpose}")

    def _visits(self, file: JourneyFile, key: str) -> list[ScriptedEvent]:
        entered = self._draw.randrange(ENTERING)
        events = self._events_in(file, key, entered)
        for _ in range(MOST_VISITS - 1):
            if self._draw.random() >= SHARE_OF_REPEATS:
                break
            entered += self._draw.randrange(1, WEEK)
            events += self._events_in(file, key, entered)
        return events

    def _events_in(self, file: JourneyFile, key: str, entered: int) -> list[ScriptedEvent]:
        events: list[ScriptedEvent] = []
        for activity in file.journey.activities:
            first = activity.id not in file.journey.incoming
            at = entered if first else entered + self._draw.randrange(1, LATER)
            if (
                isinstance(activity, EventActivity)
                and activity.event
                and (first or self._draw.random() < SHARE_OF_VISITS)
            ):
                definition = self._definitions.event[activity.event]
                payload = self._payload(definition, key)
                events.append(ScriptedEvent(at=f"PT{at}S", event=activity.event, payload=payload))
            elif isinstance(activity, SegmentQualificationActivity) and activity.segment:
                change: Literal["enter", "exit"] = "exit" if activity.behaviour == "exit" else "enter"
                events.append(ScriptedEvent(at=f"PT{at}S", segment=activity.segment, change=change, key=key))
            elif isinstance(activity, ReactionActivity) and self._draw.random() < SHARE_OF_FEEDBACK:
                name = file.journey.name
                events.append(ScriptedEvent(at=f"PT{at}S", message=activity.on, of=activity.to, key=key, journey=name))
            elif awaits_callback(activity) and self._draw.random() < SHARE_OF_FEEDBACK:
                name = file.journey.name
                events.append(ScriptedEvent(at=f"PT{at}S", callback=activity.id, payload={}, key=key, journey=name))
        return events

    def _payload(self, event: EventDefinition, key: str) -> JsonDict:
        return jump_payload(event, self._object(event.fields), key)

    def answers(self) -> dict[str, tuple[ScriptedAnswer, ...]]:
        """Make the answers, drawn for each request: sources with different data, actions that fail now and then."""
        self._begin("answers")
        found: dict[str, tuple[ScriptedAnswer, ...]] = {}
        for source in self._definitions.data_sources:
            for group in source.field_groups if not source.built_in else ():
                bodies = [self._object(group.fields) for _ in range(ANSWERS)]
                first = tuple(ScriptedAnswer(share=1 / ANSWERS, body=body) for body in bodies[:-1])
                found[f"{source.name}.{group.name}"] = (*first, ScriptedAnswer(body=bodies[-1]))
        for action in self._definitions.actions:
            failing = ScriptedAnswer(share=SHARE_OF_ERRORS, status=400)
            found[action.name] = (failing, ScriptedAnswer(body=self._object(action.response)))
        return found

    def _object(self, fields: tuple[Field, ...]) -> JsonDict:
        made: JsonDict = {}
        for field in fields:
            value, drawn = self._value(field), self._draw.random()
            if field.required or drawn >= SHARE_OF_NULLS:
                made[field.name] = value
            elif drawn < SHARE_OF_NULLS / 2:
                made[field.name] = None
        return made

    def _value(self, field: Field) -> object:
        if field.enum:
            return self._draw.choice(field.enum)
        if field.kind in SCALAR_LISTS:
            item = Field(field.name, SCALAR_LISTS[field.kind])
            return [self._value(item) for _ in range(self._draw.randrange(4))]
        if field.kind == "listObject":
            return [self._object(field.fields) for _ in range(self._draw.randrange(1, 4))]
        if field.kind == "map":
            return {word: self._value(field.fields[0]) for word in WORDS[: self._draw.randrange(3)]}
        if field.kind == "object":
            return self._object(field.fields)
        return self._scalar(field)

    def _scalar(self, field: Field) -> object:
        draw = self._draw
        moment = EPOCH + timedelta(seconds=draw.randrange(365 * DAY))
        made: JsonDict = {
            "integer": draw.randrange(100),
            "decimal": draw.randrange(100_000) / 100,
            "boolean": draw.random() < 0.5,
            "dateOnly": moment.date().isoformat(),
            "dateTimeOnly": moment.replace(tzinfo=None).isoformat(),
            "dateTime": moment.replace(tzinfo=None).isoformat() + "Z",
            "duration": f"PT{draw.randrange(1, 3_600)}S",
        }
        word = draw.choice(WORDS)
        return made.get(field.kind, f"{word}@example.com" if "mail" in field.name.lower() else word)

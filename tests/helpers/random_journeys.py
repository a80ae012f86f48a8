"""Random journeys, drawn by Hypothesis: activities and edges for the engine, and the same as tables for the model."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from tests.helpers.journey_builders import activity, entry, notify

KEYS = ("ann", "bob", "slow", "bad")
"""``slow`` is answered late, ``bad`` is refused; see ``ANSWERS``."""

SECONDS = st.sampled_from([1, 5, 60, 300, 301, 3_600, 86_400])

ANSWERS: list[dict[str, Any]] = [
    {"when": {"to": "slow"}, "after": "PT5S"},
    {"when": {"to": "bad"}, "status": 400, "after": "PT1S"},
]
"""What becomes of the calls of a random journey, as a scenario says it."""


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
"""Journeys are drawn whole, which takes its time."""


CHOICES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("data_source", {"expression": "#{ExperiencePlatform.Profile.points} > 2"}, {}),
    ("data_source", {"expression": "#{Hotel.Stay.nights, params: {id: @{Enter.id}}} > 2"}, {}),
    ("data_source", {"expression": "@{Enter.n} == 1 or #{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}, {}),
    ("data_source", {"expression": "@{Enter.n} + 9223372036854775807 > 0"}, {}),
    ("profile_cap", {}, {"limit": 1}),
    ("profile_cap", {}, {"limit": 2}),
    ("time", {"from": "22:00", "until": "09:30", "days": ["tuesday", "friday"]}, {}),
    ("date", {"from": "2026-03-10", "until": "2026-04-01"}, {}),
]
"""Conditions whose path ``big`` depends on more than the event."""

UNTIL = [
    'toDateTimeOnly(nowWithDelta(90, "minutes"))',
    'toDateTimeOnly(nowWithDelta(-1, "days"))',
    "toDateTimeOnly(@{Enter.when})",
]
"""Custom waits: ahead, past, and null."""

PEOPLE: list[dict[str, Any]] = [
    {"identities": {"CRMID": "ann"}, "attributes": {"email": "ann@example.com", "points": 1}},
    {"identities": {"CRMID": "slow"}, "attributes": {"email": "slow@example.com"}},
    {"identities": {"CRMID": "bad"}, "attributes": {"points": 9}},
]
"""Whom the profile store knows; ``bob`` is a stranger."""

STAYS: list[dict[str, Any]] = [
    {"when": {"id": "slow"}, "body": {"nights": 3}, "after": "PT5S"},
    {"when": {"id": "bad"}, "status": 404, "after": "PT1S"},
    {"body": {"reservation": True, "nights": 2}},
]
"""What the source of the wide journeys answers."""


class Drawing:
    """One random journey: activities and edges for the engine, tables for the model."""

    KINDS: tuple[str, ...] = ("nothing", "end", "action", "condition", "group", "group")

    def __init__(self, data: Any, depth: int) -> None:
        self.data = data
        self.activities: list[dict[str, Any]] = [entry()]
        self.edges: list[str] = []
        self.nodes: dict[str, dict[str, Any]] = {"in": {"type": "event", "event": "Enter"}}
        self.ways: dict[tuple[str, str], list[str]] = {}
        self.grow("in", "", depth)

    def draw(self, strategy: Any) -> Any:
        return self.data.draw(strategy)

    def add(self, made: dict[str, Any], **node: Any) -> str:
        name: str = made["id"]
        self.activities.append(made)
        self.nodes[name] = {"type": made["type"], **node}
        return name

    def name(self) -> str:
        return f"a{len(self.nodes)}"

    def grow(self, source: str, path: str, depth: int) -> None:
        kind = self.draw(st.sampled_from(self.KINDS))
        if depth == 0 or kind == "nothing" or len(self.nodes) > 20:
            return
        self.lead(source, path, getattr(self, f"grow_{kind}")(depth - 1))

    def lead(self, source: str, path: str, targets: list[str]) -> None:
        self.ways[source, path] = targets
        self.edges += [f"{source}:{path}>{target}" if path else f"{source}>{target}" for target in targets]

    def grow_end(self, _depth: int) -> list[str]:
        return [self.add(activity(self.name(), "end"))]

    def grow_action(self, depth: int) -> list[str]:
        on_error = self.draw(st.booleans())
        name = self.add(notify(self.name(), on_error=on_error), on_error=on_error)
        self.grow(name, "", depth)
        if on_error:
            self.grow(name, "error", depth)
        return [name]

    def grow_condition(self, depth: int) -> list[str]:
        over, others = self.draw(st.integers(0, 5)), self.draw(st.booleans())
        paths = [{"id": "big", "expression": f"@{{Enter.n}} > {over}"}]
        made = activity(self.name(), "condition.data_source", paths=paths, others=others)
        name = self.add(made, over=over, others=others)
        self.grow(name, "big", depth)
        if others:
            self.grow(name, "others", depth)
        return [name]

    def grow_group(self, depth: int) -> list[str]:
        kinds = self.draw(st.lists(st.sampled_from(["wait", "event", "timed", "path"]), min_size=1, max_size=3))
        names = [self.member(kind, height) for height, kind in enumerate(kinds)]
        for name, kind in zip(names, kinds, strict=True):
            self.grow(name, "", depth)
            if kind == "path":
                self.grow(name, "timeout", depth)
        return names

    def member(self, kind: str, y: int) -> str:
        seconds = self.draw(SECONDS)
        length = {"length": seconds * 1_000}
        if kind == "wait":
            return self.add(activity(self.name(), "wait.duration", 0, y, duration=f"PT{seconds}S"), **length)
        event = self.draw(st.sampled_from(["Visit", "Visit", "Enter"]))
        timeout: dict[str, Any] = {} if kind == "event" else {"timeout": f"PT{seconds}S"}
        path = {"timeout_path": True} if kind == "path" else {}
        made = activity(self.name(), "event", 0, y, event=event, **timeout, **path)
        return self.add(made, event=event, **(length if timeout else {}), **path)


class WideDrawing(Drawing):
    """A random journey with the kinds that the model does not know: for two runners that are to agree.

    ``target`` is the journey that jumps lead to; it starts with ``Visit``.
    """

    KINDS = (*Drawing.KINDS, "mail", "mail", "update", "choice", "custom", "jump", "split")

    def __init__(self, data: Any, depth: int, target: str) -> None:
        self.target = target
        super().__init__(data, depth)

    def grow_mail(self, depth: int) -> list[str]:
        on_error = self.draw(st.booleans())
        settings = {"template": "Welcome", "parameters": {"firstName": '"you"'}, "on_error": on_error}
        made = activity(self.name(), "email", address="#{ExperiencePlatform.Profile.email}", **settings)
        if not self.draw(st.booleans()):
            return self._grown(made, depth, "", *(("error",) if on_error else ()))
        mail = self._grown(made, depth, *(("error",) if on_error else ()))
        self.lead(mail[0], "", [*self._reaction(mail[0], depth), self.member("wait", 9)])
        return mail

    def _reaction(self, mail: str, depth: int) -> list[str]:
        kind, timeout = self.draw(st.sampled_from(["opened", "clicked"])), self.draw(st.sampled_from([None, "PT60S"]))
        settings = {"to": mail, "on": kind, **({"timeout": timeout} if timeout else {})}
        return self._grown(activity(self.name(), "reaction", **settings), depth, "")

    def grow_jump(self, depth: int) -> list[str]:
        on_error = self.draw(st.booleans())
        settings = {"journey": self.target, "parameters": {"table": "@{Enter.n}"}, "on_error": on_error}
        return self._grown(activity(self.name(), "jump", **settings), depth, "", *(("error",) if on_error else ()))

    def grow_update(self, depth: int) -> list[str]:
        on_error = self.draw(st.booleans())
        settings = {"field": "Profile.points", "value": "@{Enter.n}", "on_error": on_error}
        return self._grown(
            activity(self.name(), "update_profile", **settings), depth, "", *(("error",) if on_error else ())
        )

    def grow_choice(self, depth: int) -> list[str]:
        kind, path, settings = self.draw(st.sampled_from(CHOICES))
        others = self.draw(st.booleans())
        made = activity(self.name(), f"condition.{kind}", paths=[{"id": "big", **path}], others=others, **settings)
        return self._grown(made, depth, "big", *(("others",) if others else ()))

    def grow_custom(self, depth: int) -> list[str]:
        until = self.draw(st.sampled_from(UNTIL))
        return self._grown(activity(self.name(), "wait.custom", until=until), depth, "")

    def grow_split(self, depth: int) -> list[str]:
        weights = self.draw(st.sampled_from([(50, 50), (10, 90)]))
        paths = [{"id": path, "weight": weight} for path, weight in zip(("few", "many"), weights, strict=True)]
        made = activity(self.name(), "condition.percentage", paths=paths)
        return self._grown(made, depth, "few", "many")

    def _grown(self, made: dict[str, Any], depth: int, *paths: str) -> list[str]:
        name = self.add(made)
        for path in paths:
            self.grow(name, path, depth)
        return [name]

"""What happened to a person of a test at an activity: payload, values, request, response, message, error.

The values are computed anew from what the test keeps of the person: received payloads, responses and fetched data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from engine.core.effect import CallAction, SendMessage
from engine.core.handlers import TaskHandler
from engine.core.instance import Instance, Step
from engine.core.program import JourneyCompiler, Program
from engine.core.step_context import ActivityError, Need, StepContext, copied
from engine.effects.requests import action_request
from engine.errors import SojournError
from engine.expression.values import value_to_json
from engine.json_types import JsonDict, JsonObject
from engine.model.activity import Activity
from engine.model.definitions import Definitions

_TEXTS = ("expression", "until", "address", "url_path", "value")
_MAPPINGS = ("parameters", "headers", "query")


def explain(
    program: Program, definitions: Definitions, instance: Instance, activity: Activity, history: Sequence[JsonObject]
) -> JsonObject:
    """Explain the latest visit of an activity; ``history`` are the person's step events, the first one first."""
    step = next((one for one in reversed(history) if one["node"] == activity.id), None)
    at = int(str(step["timestamp"])) if step is not None else instance.entered_at
    context = StepContext(program, copied(instance), at)
    fetched = cast("Mapping[str, Mapping[str, object]]", instance.enriched)
    context.begin(Step(activity.id, at, fetched=fetched))
    found: JsonDict = {"activity": activity.id, "step": dict(step) if step is not None else None}
    event = str(getattr(activity, "event", None) or "")
    if event in instance.events:
        found["payload"] = instance.events[event]
    found["expressions"] = list(_values(context, JourneyCompiler(definitions), activity))
    found |= _call(context, definitions, activity)
    action = str(getattr(activity, "action", None) or "")
    response = instance.events.get(action)
    if isinstance(response, dict) and "response" in response:
        found["response"] = response["response"]
    return found


def _values(context: StepContext, compiler: JourneyCompiler, activity: Activity) -> Iterator[JsonDict]:
    """Yield each expression of an activity with its value, or with the reason why there is none."""
    for where, text in _expressions(activity):
        formula, needs = compiler.formula(text), list[Need]()
        found: JsonDict = {"where": where, "expression": text}
        try:
            value = context.evaluate(formula, needs)
        except ActivityError as error:
            yield {**found, "error": error.code}
            continue
        yield {**found, "error": "not_read"} if needs else {**found, "value": value_to_json(value, formula.type)}


def _expressions(activity: Activity) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each expression of an activity."""
    for name in _TEXTS:
        text = getattr(activity, name, None)
        if isinstance(text, str) and text.strip():
            yield name, text
    for name in _MAPPINGS:
        for key, text in dict(getattr(activity, name, None) or {}).items():
            if isinstance(text, str) and text.strip():
                yield f"{name}.{key}", text
    for path in getattr(activity, "paths", ()):
        text = getattr(path, "expression", None)
        if isinstance(text, str) and text.strip():
            yield f"paths.{path.label or path.id}", text


def _call(context: StepContext, definitions: Definitions, activity: Activity) -> JsonDict:
    """Return the request of a custom action or the variables of a message, without secrets; {} where there is none."""
    node = context.program.nodes[activity.id]
    if not isinstance(node.handler, TaskHandler) or activity.type == "condition":
        return {}
    try:
        node.handler.run(context, node)
    except ActivityError:
        return {}
    for effect in context.effects:
        if isinstance(effect, CallAction) and effect.action in definitions.action:
            return _request(definitions, effect)
        if isinstance(effect, SendMessage):
            return {"message": {"to": effect.address, "template": effect.template, "variables": dict(effect.variables)}}
    return {}


def _request(definitions: Definitions, effect: CallAction) -> JsonDict:
    action = definitions.action[effect.action]
    if action.type == "campaign_classic":
        return {"request": {"body": effect.body}}
    try:
        request = action_request(action, effect.url_path, effect.headers, effect.query, effect.body, "")
    except (SojournError, ValueError) as error:
        return {"request": {"error": str(error)}}
    headers = {name: value for name, value in request.headers if value}
    return {"request": {"method": request.method, "url": request.url, "headers": headers, "body": effect.body}}

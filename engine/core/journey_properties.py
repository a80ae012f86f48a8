"""``#{JourneyProperties.…}``: what an expression may ask about the journey and the instance (expressions.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.core.instance import Instance
from engine.core.program import Program


def _current(instance: Instance) -> str | None:
    return instance.step.node if instance.step is not None else None


def _name(program: Program, node: str | None) -> str | None:
    found = program.nodes.get(node) if node else None
    return found.name if found else None


def _type(program: Program, node: str) -> str | None:
    found = program.nodes.get(node)
    return found.kind if found else None


PROPERTIES: Mapping[str, Callable[[Program, Instance], str | int | None]] = {
    "journeyUID": lambda program, _: program.journey,
    "journeyVersionUID": lambda program, _: program.version_uid,
    "journeyVersionName": lambda program, _: program.name,
    "journeyVersionDescription": lambda program, _: program.description,
    "journeyVersion": lambda program, _: str(program.version),
    "instanceUID": lambda _, instance: instance.id,
    "externalKey": lambda _, instance: instance.key,
    "organizationId": lambda program, _: program.organization,
    "sandboxName": lambda program, _: program.sandbox,
    "profileId": lambda _, instance: instance.key if instance.namespace is not None else None,
    "namespace": lambda _, instance: instance.namespace,
    "currentNodeId": lambda _, instance: _current(instance),
    "currentNodeName": lambda program, instance: _name(program, _current(instance)),
    "previousNodeId": lambda _, instance: instance.previous or None,
    "previousNodeName": lambda program, instance: _name(program, instance.previous),
    "lastNodeUIDInError": lambda _, instance: instance.error_node or None,
    "lastNodeNameInError": lambda program, instance: _name(program, instance.error_node),
    "lastNodeTypeInError": lambda program, instance: _type(program, instance.error_node),
    "lastErrorCode": lambda _, instance: instance.error_code or None,
    "lastExecutedActionErrorCode": lambda _, instance: instance.action_error or None,
    "lastDataFetchErrorCode": lambda _, instance: instance.fetch_error or None,
    "lastActionExecutionElapsedTime": lambda _, instance: instance.action_elapsed,
    "lastDataFetchElapsedTime": lambda _, instance: instance.fetch_elapsed,
}
